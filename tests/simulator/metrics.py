# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time series in Google-chart form: the lag report of a secondary region, and a few service metrics.

Aiven publishes neither the group names nor the units of the report. What is known is the form: ``{group: {data: {cols, rows}, hints}}``,
with the column definitions echoed as the first row (Aiven's MCP server skips it, src/tools/metrics-shape.ts).
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

from . import backups
from .clock import DAY, HOUR, MINUTE
from .state import Service

# Sampling and length of each period in seconds (aiven/devportal, service-metrics.rst).
PERIODS = {
    "hour": (30, HOUR),
    "day": (5 * MINUTE, DAY),
    "week": (30 * MINUTE, 7 * DAY),
    "month": (3 * HOUR, 30 * DAY),
    "year": (DAY, 365 * DAY),
}


def _moments(period: str, now: float) -> list[float]:
    step, length = PERIODS[period]
    last = math.floor(now / step) * step
    return [last - step * back for back in reversed(range(length // step))]


def _chart(title: str, labels: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    cols = [{"label": "time", "type": "date"}, *({"label": label, "type": "number"} for label in labels)]
    return {"hints": {"title": title}, "data": {"cols": cols, "rows": [cols, *rows]}}


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def lag_at(service: Service, moment: float) -> float | None:
    """Seconds by which the secondary copy was behind at ``moment``; None while there was no copy."""
    point = backups.restore_point(service, moment)
    return None if point is None else max(0.0, round(moment - point, 1))


def btar_report(service: Service, period: str, now: float) -> dict[str, Any]:
    """Lag in seconds and files waiting, one column a node; nothing for a service without secondary region."""
    if service.replica is None:
        return {}
    lags = [(moment, lag_at(service, moment)) for moment in _moments(period, now) if moment >= service.replica.since]
    node = f"{service.name}-1 (master)"
    waiting = [[_time(moment), None if lag is None else int(lag // backups.WAL_INTERVAL)] for moment, lag in lags]
    return {
        "replication_lag": _chart("Replication lag (seconds)", [node], [[_time(moment), lag] for moment, lag in lags]),
        "pending_files": _chart("Files waiting for replication", [node], waiting),
    }


def service_metrics(service: Service, period: str, now: float) -> dict[str, Any]:
    seed = service.seed() % 40
    node = f"{service.name}-1 (master)"
    rows = [[_time(moment), round(20 + seed + 5 * math.sin(moment / HOUR), 2)] for moment in _moments(period, now)]
    return {"disk_usage": _chart("Disk space usage %", [node], rows), "cpu_usage": _chart("CPU usage %", [node], rows)}
