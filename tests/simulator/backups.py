# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups as functions of time: nothing runs in the background, so ten thousand services cost nothing until asked.

Rules (sources in docs/simulator.md): scheduled backups while powered on, kept by count; a first one soon after creation and
power-on; none of what follows another service; each change of power, plan or settings begins an era with a rule of its own,
and what a former one deleted is gone;
where the primary backups lie never changes; the copy holds only what was taken since the secondary region was set,
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
from .state import Era, Gap, Replica, Rule, Service

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


def without_persistence(service: Service) -> bool:
    """Without it there are no backups, and those that were there are deleted (DOC service_backups.md)."""
    return service.user_config.get(f"{service.service_type}_persistence") == "off"


def schedule(service: Service) -> tuple[int, int]:
    """Hour and minute: what the user set, else random but fixed for the service."""
    seed = service.seed()
    hour, minute = service.user_config.get("backup_hour"), service.user_config.get("backup_minute")
    return (seed % 24 if hour is None else hour), (seed // 24 % 60 if minute is None else minute)


def _rule(service: Service) -> Rule:
    plan = plan_of(service)
    hour, minute = schedule(service)
    keep = 0 if without_persistence(service) or service.follows else plan.max_count if plan else 2
    return Rule(hour * HOUR + minute * MINUTE, (plan.interval if plan else 24) * HOUR, keep, service.powered)


def follow(service: Service, now: float) -> None:
    """Go by what power, plan and settings ask for from ``now`` on. What was deleted by then stays deleted."""
    past = [era for era in service.eras if era.since <= now]
    last, rule = (past[-1] if past else None), _rule(service)
    first = _first_backup(service, last, rule, now)
    service.eras = past
    if last and last.rule == rule:
        last.first, last.until = first, math.inf
        return
    if last:
        last.until = now
    service.eras.append(Era(now, rule, first))


def _first_backup(service: Service, last: Era | None, rule: Rule, now: float) -> float:
    """Soon after backups begin, but not before the service is built; one that is due or was taken already stays."""
    if not rule.takes_backups:
        return math.inf
    first = last.first if last and last.rule.takes_backups else now + FIRST_BACKUP_AFTER
    return max(first, service.ready_at) if first > now else first


def _scheduled(era: Era, end: float) -> Iterator[float]:
    """Times of one era up to ``end``, newest first, as many as are kept."""
    rule = era.rule
    if not rule.takes_backups:
        return
    limit = rule.keep
    moment = math.floor((end - rule.offset) / rule.interval) * rule.interval + rule.offset
    while moment > max(era.since, era.first) and limit > 0:
        yield moment
        moment -= rule.interval
        limit -= 1
    if limit > 0 and era.since < era.first <= end:
        yield era.first


def _taken(service: Service, now: float) -> list[float]:
    """When the backups that exist at ``now`` were taken, oldest first: era by era, each with its own retention."""
    held: list[float] = []
    after = -math.inf
    for era in service.eras:
        if era.since > now:
            break
        end, keep = min(now, era.until), era.rule.keep
        taken = {moment for moment in service.extra_backups if after < moment <= end}
        if era.rule.takes_backups:
            taken |= {moment for moment in service.base_backups if era.since < moment <= end}
            taken.update(_scheduled(era, end))
        held = sorted({*held, *taken})[-keep:] if keep else []
        after = end
    return held


def next_backup_time(service: Service, now: float) -> float:
    """When the next backup may be there, or one gone; inf if never as things stand, or if an engine will tell."""
    if service.real:
        return math.inf
    coming = [*service.extra_backups, *service.base_backups]
    for era in service.eras:
        coming += [era.since, era.until]
        if era.since <= now < era.until and era.rule.takes_backups:
            rule = era.rule
            coming.append((math.floor((now - rule.offset) / rule.interval) + 1) * rule.interval + rule.offset)
            coming.append(era.first)
    return min((moment for moment in coming if moment > now), default=math.inf)


def had_power(service: Service, moment: float) -> bool:
    return any(era.rule.powered and era.since <= moment <= era.until for era in service.eras)


def running_until(service: Service, now: float) -> float:
    """The last moment up to ``now`` at which the service had power: its WAL ends there."""
    for era in reversed([era for era in service.eras if era.since <= now]):
        if era.rule.powered:
            break
        now = era.since
    return now


def outages(service: Service, replica: Replica) -> list[Gap]:
    """Everything that holds replication up: pauses, stops, and the times without power."""
    off = [
        Gap(era.since, "off", until=era.until if era.until < math.inf else None)
        for era in service.eras
        if not era.rule.powered and era.until > era.since
    ]
    return sorted([*replica.gaps, *off], key=lambda gap: gap.since)


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
    """What exists at ``now``, oldest first. Where the primary region is gone, only what had been copied by then."""
    lost = service.primary_lost_at
    held = _stored(service) if service.real else _kept(service, now if lost is None else min(now, lost))
    return [item for item in held if lost is None or (item.replicated is not None and item.replicated <= lost)]


def _stored(service: Service) -> list[Backup]:
    copied = service.stored.copied_to == copied_to(service)
    return [Backup(item.taken, item.replicated if copied else None) for item in service.stored.backups]


def _kept(service: Service, now: float) -> list[Backup]:
    replica = service.replica
    gaps = outages(service, replica) if replica else []
    return [Backup(taken, replicated_at(replica, gaps, taken) if replica else None) for taken in _taken(service, now)]


def copied_to(service: Service) -> tuple[str, float] | None:
    """The secondary region and since when it is: what tells one copy from a later one in the same place."""
    return (service.replica.cloud, service.replica.since) if service.replica else None


def backup_times(service: Service, now: float) -> list[float]:
    """When the backups that exist at ``now`` were taken, oldest first."""
    return [item.taken for item in backups(service, now)]


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
    if service.real:
        return max((end for since, end in service.stored.reaches if since <= now), default=0.0)
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
    if service.real:
        return next(item.name for item in service.stored.backups if item.taken == taken)
    moment = datetime.fromtimestamp(int(taken), UTC)
    if service.service_type == "pg":
        return moment.strftime("%Y-%m-%d_%H-%M_0.00000000.pghoard")
    if service.service_type == "mysql":
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ_mysql_basebackup").replace(":", "-")
    return moment.strftime(f"{service.service_type}-%Y%m%dT%H%M%S000000Z")


def data_size(service: Service, taken: float) -> int:
    """Bytes before compression: 100 MB to 50 GB, growing half a percent a day; of a real backup what it has."""
    if service.real:
        return next((item.size for item in service.stored.backups if item.taken == taken), 0)
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


def backups_json(service: Service, now: float, *, early: bool = False) -> list[dict[str, Any]]:
    """``backups[]`` of the service object and of the backups call. A copy is listed once it has arrived, or ``early``."""
    copy = [_copy_json(service.replica, now)] if service.replica else []
    return [
        {
            "backup_name": backup_name(service, backup.taken),
            "backup_time": iso(backup.taken),
            "data_size": data_size(service, backup.taken),
            "storage_location": service.primary_region,
            "tiered_storage_data_size": 0,
            "additional_regions": copy if backup.replicated is not None and (early or backup.replicated <= now) else [],
        }
        for backup in backups(service, now)
    ]


def pitr_json(service: Service, now: float) -> dict[str, Any]:
    """``pitr`` of the backups call: null start without a backup, null end for "now"; the secondary only when it has a copy.

    Without power "now" would be wrong: the end is then when power went off.
    """
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
    primary = {
        "pitr_range_start": iso(times[0]) if times else None,
        "pitr_range_end": None if service.powered else iso(running_until(service, now)),
    }
    return {
        "primary_region": primary,
        "additional_regions": additional,
    }


def backups_response(service: Service, now: float, *, early: bool = False) -> dict[str, Any]:
    hour, minute = schedule(service)
    plan = plan_of(service)
    answer: dict[str, Any] = {
        "backups": backups_json(service, now, early=early),
        "scheduled_backup_time": {
            "backup_hour": hour,
            "backup_minute": minute,
            "backup_interval_hours": plan.interval if plan else 24,
        },
    }
    if has_pitr(service):
        answer["pitr"] = pitr_json(service, now)
    return answer
