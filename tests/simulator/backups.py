# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups as functions of time: nothing runs in the background, so ten thousand services cost nothing until asked.

Rules (sources in docs/simulator.md): scheduled backups while powered on, kept by count; a first one soon after creation and
power-on; where the primary backups lie never changes; the copy holds only what was taken since the secondary region was set,
each backup ``lag`` seconds later; pg and mysql take a new base backup for it; point-in-time recovery for pg and mysql alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from .catalog import SERVICE_TYPES, Plan, plans
from .clock import DAY, HOUR, MINUTE, iso
from .clouds import region_name
from .state import Era, Gap, Replica, Service

FIRST_BACKUP_AFTER = 2 * MINUTE
BASE_BACKUP_AFTER = 5 * MINUTE
WAL_INTERVAL = 5 * MINUTE


@dataclass(frozen=True)
class Backup:
    """A backup taken at ``taken``; ``replicated`` is when it arrives in the secondary region (inf: not as things stand)."""

    taken: float
    replicated: float | None


def plan_of(service: Service) -> Plan | None:
    return plans().get(service.service_type, {}).get(service.plan)


def open_era(service: Service, now: float) -> None:
    """Take backups from ``now`` on: one soon, then by the schedule that user_config, plan and chance give."""
    plan = plan_of(service)
    hour, minute = schedule(service)
    interval = (plan.interval if plan else 24) * HOUR
    service.eras.append(Era(since=now, offset=hour * HOUR + minute * MINUTE, interval=interval))


def schedule(service: Service) -> tuple[int, int]:
    """Hour and minute: what the user set, else random but fixed for the service."""
    seed = service.seed()
    hour, minute = service.user_config.get("backup_hour"), service.user_config.get("backup_minute")
    return (seed % 24 if hour is None else hour), (seed // 24 % 60 if minute is None else minute)


def close_era(service: Service, now: float) -> None:
    if service.eras and service.eras[-1].until is None:
        service.eras[-1].until = now


def _scheduled(era: Era, before: float, limit: int) -> Iterator[float]:
    """Times of one era up to ``before``, newest first, at most ``limit``."""
    end = min(before, era.until if era.until is not None else before)
    first = era.since + FIRST_BACKUP_AFTER
    moment = math.floor((end - era.offset) / era.interval) * era.interval + era.offset
    while moment > first and limit > 0:
        yield moment
        moment -= era.interval
        limit -= 1
    if limit > 0 and first <= end:
        yield first


def backup_times(service: Service, now: float) -> list[float]:
    """When the backups that exist at ``now`` were taken, oldest first."""
    plan = plan_of(service)
    keep = plan.max_count if plan else 2
    if keep == 0 or service.user_config.get("valkey_persistence") == "off":
        return []
    times = {moment for moment in service.extra_backups if moment <= now}
    for era in service.eras:
        if era.since <= now:
            times.update(_scheduled(era, now, keep))
    return sorted(times)[-keep:]


def next_backup_time(service: Service, now: float) -> float:
    """When the next backup is due; inf while powered off."""
    coming = [moment for moment in service.extra_backups if moment > now]
    era = service.eras[-1] if service.eras else None
    if era and era.until is None:
        coming.append((math.floor((now - era.offset) / era.interval) + 1) * era.interval + era.offset)
        coming.append(era.since + FIRST_BACKUP_AFTER)
    return min((moment for moment in coming if moment > now), default=math.inf)


def outages(service: Service, replica: Replica) -> list[Gap]:
    """Everything that holds replication up: pauses, stops, and the times without power."""
    eras = service.eras
    off = [
        Gap(era.until, "off", until=eras[i + 1].since if i + 1 < len(eras) else None)
        for i, era in enumerate(eras)
        if era.until is not None
    ]
    return sorted([*replica.gaps, *(gap for gap in off if gap.until != gap.since)], key=lambda gap: gap.since)


def replicated_at(replica: Replica, gaps: list[Gap], taken: float) -> float | None:
    """When the copy of a backup arrives; None: never copied, as it is older than the copy; inf: not while a gap lasts."""
    if taken < replica.since:
        return None
    arrival = taken + replica.lag
    for gap in gaps:
        if gap.until is None:
            if arrival >= gap.since:
                return math.inf
        elif gap.since <= arrival < gap.until:
            arrival = gap.until + replica.lag
    return arrival


def backups(service: Service, now: float) -> list[Backup]:
    replica = service.replica
    gaps = outages(service, replica) if replica else []
    return [
        Backup(taken, replicated_at(replica, gaps, taken) if replica else None) for taken in backup_times(service, now)
    ]


def next_change(service: Service, now: float) -> float:
    """The first moment after ``now`` at which the service looks different without anyone touching it."""
    arrivals = [
        backup.replicated
        for backup in backups(service, now)
        if backup.replicated is not None and backup.replicated > now
    ]
    ready = [service.ready_at] if service.ready_at > now and service.powered else []
    return min([next_backup_time(service, now), *arrivals, *ready])


def wal_end(service: Service, replica: Replica, now: float) -> float:
    """Time of the last WAL or binlog file that the secondary region has at ``now``."""
    reached = now - replica.wal_lag
    for gap in outages(service, replica):
        if gap.since <= now and (gap.until is None or now < gap.until + replica.wal_lag):
            reached = min(reached, gap.since - (0 if gap.kind == "off" else replica.wal_lag))
    phase = service.seed() % WAL_INTERVAL
    return math.floor((reached - phase) / WAL_INTERVAL) * WAL_INTERVAL + phase


def secondary_range(service: Service, now: float) -> tuple[float, float] | None:
    """Oldest and newest moment that the secondary copy can be restored to; equal bounds are single backups' times."""
    replica = service.replica
    copies = [
        backup.taken for backup in backups(service, now) if backup.replicated is not None and backup.replicated <= now
    ]
    if replica is None or not copies:
        return None
    if not has_pitr(service):
        return copies[0], copies[-1]
    return copies[0], max(copies[-1], wal_end(service, replica, now))


def has_pitr(service: Service) -> bool:
    kind = SERVICE_TYPES.get(service.service_type)
    return kind is not None and kind.pitr


def restore_point(service: Service, now: float) -> float | None:
    reach = secondary_range(service, now)
    return reach[1] if reach else None


# --- what the API shows ------------------------------------------------------------------------------------------------------


def backup_name(service: Service, taken: float) -> str:
    moment = datetime.fromtimestamp(int(taken), UTC)
    if service.service_type == "pg":
        return moment.strftime("%Y-%m-%d_%H-%M_0.00000000.pghoard")
    if service.service_type == "mysql":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ_mysql_basebackup").replace(":", "-")
    return moment.strftime(f"{service.service_type}-%Y%m%dT%H%M%S000000Z")


def data_size(service: Service, taken: float) -> int:
    """Bytes before compression: 100 MB to 50 GB, growing half a percent a day."""
    base = 100_000_000 + service.seed() % 50_000 * 1_000_000
    return int(base * (1 + 0.005 * (taken - service.created) / DAY))


def _copy_json(replica: Replica, now: float) -> dict[str, Any]:
    gap = next(
        (
            gap
            for gap in replica.gaps
            if gap.kind == "paused" and gap.since <= now and (gap.until is None or now < gap.until)
        ),
        None,
    )
    copy: dict[str, Any] = {"cloud": replica.cloud, "region": region_name(replica.cloud), "paused": gap is not None}
    return {**copy, "pause_reason": gap.reason} if gap else copy


def backups_json(service: Service, now: float) -> list[dict[str, Any]]:
    """``backups[]`` of the service object and of the backups call. A copy is listed once it has arrived."""
    copy = [_copy_json(service.replica, now)] if service.replica else []
    return [
        {
            "backup_name": backup_name(service, backup.taken),
            "backup_time": iso(backup.taken),
            "data_size": data_size(service, backup.taken),
            "storage_location": service.primary_region,
            "tiered_storage_data_size": 0,
            "additional_regions": copy if backup.replicated is not None and backup.replicated <= now else [],
        }
        for backup in backups(service, now)
    ]


def pitr_json(service: Service, now: float) -> dict[str, Any]:
    """``pitr`` of the backups call: null start without a backup, null end for "now"; the secondary only when it has a copy."""
    times = backup_times(service, now)
    reach = secondary_range(service, now)
    additional = []
    if service.replica and reach:
        cloud = service.replica.cloud
        additional = [
            {
                "cloud": cloud,
                "region": region_name(cloud),
                "pitr_range_start": iso(reach[0]),
                "pitr_range_end": iso(reach[1]),
            }
        ]
    return {
        "primary_region": {"pitr_range_start": iso(times[0]) if times else None, "pitr_range_end": None},
        "additional_regions": additional,
    }


def backups_response(service: Service, now: float) -> dict[str, Any]:
    hour, minute = schedule(service)
    plan = plan_of(service)
    answer: dict[str, Any] = {
        "backups": backups_json(service, now),
        "scheduled_backup_time": {
            "backup_hour": hour,
            "backup_minute": minute,
            "backup_interval_hours": plan.interval if plan else 24,
        },
    }
    if has_pitr(service):
        answer["pitr"] = pitr_json(service, now)
    return answer
