# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The replication lag of a service, from the report of ServiceBackupToAnotherRegionReport.

Aiven publishes neither the report's groups nor their units, only its form: tables as Google charts take them. So every
group and every numeric column is read, and a unit is reported only where the answer itself gives one.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse, format_time, parse_time

_UNIT_AT_THE_END = re.compile(r"\(([^()]{1,20})\)\s*$|(%)\s*$")


@dataclass(frozen=True, slots=True)
class LagSeries:
    """One numeric column of one group; never without points, which are in order of time."""

    group: str
    title: str
    column: str
    unit: str | None
    points: tuple[tuple[datetime | None, float], ...]

    @property
    def last(self) -> float:
        return self.points[-1][1]

    @property
    def maximum(self) -> float:
        return max(value for _time, value in self.points)

    @property
    def p95(self) -> float:
        """The value that 95 % of the points do not exceed (nearest rank)."""
        values = sorted(value for _time, value in self.points)
        return values[math.ceil(0.95 * len(values)) - 1]

    def as_dict(self, max_points: int | None = None) -> dict[str, Any]:
        """The public shape. With ``max_points`` only the highest of neighbouring points are kept, to draw from."""
        return {
            "group": self.group,
            "title": self.title,
            "column": self.column,
            "unit": self.unit,
            "last": self.last,
            "max": self.maximum,
            "p95": self.p95,
            "points": [[format_time(time), value] for time, value in _thinned(self.points, max_points)],
        }


def parse_lag_report(body: object) -> tuple[LagSeries, ...]:
    """Every series with at least one point. Raises :class:`InvalidResponse` for what is not such a report."""
    metrics = body.get("metrics") if isinstance(body, Mapping) else None
    if not isinstance(metrics, Mapping):
        raise InvalidResponse("no 'metrics' object in the lag report of a service")
    return tuple(series for group, chart in metrics.items() for series in _series_of(str(group), chart))


def _series_of(group: str, chart: object) -> Iterator[LagSeries]:
    data = chart.get("data") if isinstance(chart, Mapping) else None
    columns, rows = (data.get("cols"), data.get("rows")) if isinstance(data, Mapping) else (None, None)
    if not (isinstance(columns, list) and isinstance(rows, list)):
        raise InvalidResponse(f"group '{group}' of a lag report has no table of 'cols' and 'rows'")
    if not all(isinstance(row, list) for row in rows):
        raise InvalidResponse(f"group '{group}' of a lag report has a row that is not a list")
    hints = chart.get("hints") if isinstance(chart, Mapping) else None
    hints = hints if isinstance(hints, Mapping) else {}
    title = _text(hints.get("title")) or group
    for index, column in enumerate(columns[1:], start=1):
        label = (_text(column.get("label")) if isinstance(column, Mapping) else None) or f"column {index}"
        points = _points(rows, index)
        if points:
            yield LagSeries(group, title, label, _unit(hints, title), points)


def _points(rows: list[list[Any]], index: int) -> tuple[tuple[datetime | None, float], ...]:
    """The first cell of a row is its time. The API is known to echo the column definitions as the first row."""
    points = [
        (parse_time(row[0]), float(row[index]))
        for row in rows
        if len(row) > index and isinstance(row[0], str | int | float) and _is_number(row[index])
    ]
    timed = [(time, value) for time, value in points if time is not None]
    if len(timed) < len(points):
        return tuple(points)
    timed.sort(key=lambda point: point[0])
    return tuple(timed)


def _is_number(cell: object) -> bool:
    # JSON may hold NaN, infinities and integers that no float holds: none of them is a lag.
    return isinstance(cell, int | float) and not isinstance(cell, bool) and -1e300 < cell < 1e300


def _unit(hints: Mapping[str, Any], title: str) -> str | None:
    """From the hints or the title; what a column's label has in parentheses is the role of a node."""
    given = _text(hints.get("unit")) or _text(hints.get("units"))
    if given:
        return given
    found = _UNIT_AT_THE_END.search(title)
    return (found.group(1) or found.group(2)).strip() if found else None


def _thinned(
    points: Sequence[tuple[datetime | None, float]], limit: int | None
) -> Sequence[tuple[datetime | None, float]]:
    if limit is None or len(points) <= limit:
        return points
    edges = [round(bucket * len(points) / limit) for bucket in range(limit + 1)]
    return [max(points[start:end], key=lambda point: point[1]) for start, end in itertools.pairwise(edges)]


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
