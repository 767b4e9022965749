# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often backups are taken and how long they are kept: what a plan says, and what options of a service say instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Schedule(NamedTuple):
    """Seconds from one backup to the next, and seconds for which one is kept; None where nothing is said."""

    interval: int | None = None
    retention: int | None = None


UNSAID = Schedule()


def own_schedule(service_type: str, user_config: object) -> Schedule:
    """What the options of a service say of it.

    ``backup_interval_hours`` and ``backup_retention_days`` are options of plans without fixed ones; a ``backup_hour`` makes
    Valkey's backups daily (configure-backups of Aiven's documentation).
    """
    if not isinstance(user_config, dict):
        return UNSAID
    hours, days = user_config.get("backup_interval_hours"), user_config.get("backup_retention_days")
    if hours is None and service_type == "valkey" and user_config.get("backup_hour") is not None:
        hours = 24
    if hours is None and days is None:
        return UNSAID
    return Schedule(_times(hours, _HOUR), _times(days, _DAY))


def plan_schedule(backup_config: object, own: Schedule = UNSAID) -> Schedule:
    """What the ``backup_config`` of a plan says, for a service whose options say ``own``.

    Where a plan takes backups at two paces, the faster is the interval, and the slower ones are kept for longer. Else as many
    are kept as ``max_count`` says, one for each interval; with a ``max_count`` of zero none are made, whatever the interval.
    """
    config: Mapping[str, Any] = backup_config if isinstance(backup_config, Mapping) else {}
    count = config.get("max_count")
    if count == 0 and not isinstance(count, bool) and own == UNSAID:
        return UNSAID
    interval = _times(config.get("frequent_interval_minutes"), _MINUTE) or _times(config.get("interval"), _HOUR)
    if own.interval is not None:
        interval = own.interval
    retention = own.retention or max(
        _times(config.get(f"{pace}_oldest_age_minutes"), _MINUTE) or 0 for pace in ("frequent", "infrequent")
    )
    if not retention and interval and isinstance(count, int) and not isinstance(count, bool) and count > 0:
        retention = interval * count
    return Schedule(interval, retention or None)


def _times(value: object, unit: int) -> int | None:
    return value * unit if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None
