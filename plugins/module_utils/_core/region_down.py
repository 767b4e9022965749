# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A region that is gone: which services it takes along, what can be restored where and to when, and in which order.

The result is plain data, ready for JSON, in the form that docs/schemas/region-down.schema.json publishes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_BTAR,
    TYPES_WITH_PITR,
    Backup,
    BackupDetails,
    Service,
    format_time,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import (
    OBSTACLES,
    RESTORABLE,
    ForkCase,
    RestoreFrom,
    obstacles_of,
    restorable,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import duration_words, protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_facts import report_facts
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc

SCHEMA = "offsite.aiven/region-down/1"
# The host variable and the tag by which services are put in order.
PRIORITY = "btar_restore_priority"

_PRIORITY = re.compile(r"-?\d{1,9}")


@dataclass(frozen=True, slots=True)
class Affected:
    """A service that runs, or has its primary backups, in the region that is gone.

    ``now`` is the API's time of what was read; ``details`` the answer about its backups, where there is one. ``priority``
    None: after those that have one. ``plans``, ``vpcs`` and ``followers`` as in :class:`ForkCase`.
    """

    source: ForkSource
    now: datetime
    details: BackupDetails | None = None
    priority: int | None = None
    plans: ServicePlans | None = None
    vpcs: Sequence[Vpc] | None = None
    followers: Sequence[Service] = ()


@dataclass(frozen=True, slots=True)
class _Point:
    """The newest state that can be restored; ``exact`` unless it may in truth be newer. ``size`` of the backup in bytes."""

    time: datetime | None
    oldest: datetime | None
    exact: bool
    size: int | None
    known: bool
    explanation: str


def parse_priority(value: object) -> int | None:
    """A whole number, small ones first; None where nothing is given. Raises ValueError."""
    if value is None or value == "":
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not _PRIORITY.fullmatch(text):
        raise ValueError(f"{PRIORITY} is {value!r}: give a whole number, small ones are restored first")
    return int(text)


def lost_regions(service: Service, region: str | None) -> frozenset[str]:
    """Those of its regions that are gone with ``region``, a cloud name or glob. None takes the service for lost, wherever
    it is: all but its secondary region.
    """
    if region is None:
        return frozenset({service.cloud_name, service.primary_region} - {service.secondary_region})
    return frozenset(name for name in regions_of(service) if glob_matches(region, name))


def is_affected(service: Service, region: str | None) -> bool:
    """Whether the service runs, or has its primary backups, in ``region``, see :func:`lost_regions`."""
    return not lost_regions(service, region).isdisjoint((service.cloud_name, service.primary_region))


def regions_of(service: Service) -> set[str]:
    """Every region that the service has to do with."""
    return {service.cloud_name, service.primary_region} | ({service.secondary_region or ""} - {""})


def restore_source(service: Service, region: str | None) -> RestoreFrom | None:
    """The backups that are left without ``region``: the primary ones where they are elsewhere, else the secondary copy."""
    lost, secondary = lost_regions(service, region), service.secondary_region
    if service.primary_region not in lost:
        return RestoreFrom("primary", service.primary_region)
    if secondary is None or service.service_type not in TYPES_WITH_BTAR or secondary in lost:
        return None
    return RestoreFrom("secondary", secondary)


def needs_details(service: Service, region: str | None) -> bool:
    """Whether more than the listing is needed to know the restore point exactly."""
    if restore_source(service, region) is None:
        return False
    return service.service_type in TYPES_WITH_PITR or service.backups is None


def region_down(
    affected: Iterable[Affected],
    *,
    region: str | None,
    now: datetime,
    scope: Mapping[str, Any] | None = None,
    copies_there: int = 0,
    unchecked: Sequence[str] = (),
) -> dict[str, Any]:
    """What the loss of ``region`` (see :func:`lost_regions`) means. ``copies_there``: services that only have their secondary region there.

    ``unchecked`` says in words what could not be found out.
    """
    affected = list(affected)
    rows = [_row(each, region) for each in affected]
    rows.sort(key=_place)
    for order, row in enumerate((row for row in rows if _to_restore(row)), 1):
        row["order"] = order
    return {
        "schema": SCHEMA,
        "generator": f"offsite.aiven {VERSION}",
        "generated_at": format_time(now),
        "region": region,
        "regions": sorted({name for each in affected for name in lost_regions(each.source.service, region)}),
        "scope": dict(scope or {}),
        "headline": _headline(rows, copies_there),
        "obstacles": _obstacle_counts(rows),
        "unchecked": list(unchecked),
        "services": rows,
    }


def _row(affected: Affected, region: str | None) -> dict[str, Any]:
    service = affected.source.service
    source, lost = restore_source(service, region), lost_regions(service, region)
    point = _point(affected, source)
    obstacles = obstacles_of(
        ForkCase(
            source=affected.source,
            restore_from=source,
            restore_point=point.time,
            backups_known=point.known,
            lost=lost,
            plans=affected.plans,
            vpcs=affected.vpcs,
            followers=affected.followers,
        )
    )
    return {
        "order": None,
        **report_facts(service),
        "runs_in_region": service.cloud_name in lost,
        "primary_backups_in_region": service.primary_region in lost,
        "priority": affected.priority,
        "restorable": restorable(obstacles),
        "restore_from": {"copies": source.copies, "region": source.region} if source else None,
        **_point_facts(point, affected.now),
        "obstacles": [obstacle._asdict() for obstacle in obstacles],
    }


def _point_facts(point: _Point, now: datetime) -> dict[str, Any]:
    rpo = None if point.time is None else max(0, int((now - point.time).total_seconds()))
    return {
        "restore_point": format_time(point.time),
        "oldest_restorable": format_time(point.oldest),
        "rpo_seconds": rpo,
        "rpo_exact": point.exact,
        "size_bytes": point.size,
        "explanation": point.explanation,
    }


def _point(affected: Affected, source: RestoreFrom | None) -> _Point:
    if source is None:
        return _Point(None, None, False, None, True, "no backups are left to restore from")
    if source.copies == "primary":
        return _primary_point(affected, source.region)
    return _secondary_point(affected, source.region)


def _secondary_point(affected: Affected, region: str) -> _Point:
    service = affected.source.service
    found = protection_of(service, now=affected.now, details=affected.details)
    copies = [item for item in _backups(affected) or () if region in [copy.cloud for copy in item.copies]]
    return _Point(
        found.restore_point,
        found.oldest_restorable,
        found.rpo_exact,
        _size(copies),
        found.status != "unknown",
        found.explanation,
    )


def _primary_point(affected: Affected, region: str) -> _Point:
    """Of primary backups elsewhere. Their range has no end while it goes on: then the newest backup is the least there is."""
    service, backups = affected.source.service, _backups(affected)
    there = [item for item in backups or () if item.storage_location == region and item.time is not None]
    times = [item.time for item in there if item.time is not None]
    pitr = affected.details.pitr if affected.details is not None else None
    primary = next((item for item in pitr or () if item.cloud is None), None)
    end = primary.end if primary else None
    time = end or max(times, default=None)
    exact = end is not None or service.service_type not in TYPES_WITH_PITR
    age = "" if time is None else f", {duration_words(max(0, int((affected.now - time).total_seconds())))} old"
    told = (
        f"can restore {'up to' if exact else 'at least up to'} {format_time(time)}{age}" if time else "hold no backup"
    )
    text = f"its primary backups are in {region}, which is not gone, and {told}"
    oldest = primary.start if primary and primary.start else min(times, default=None)
    return _Point(time, oldest, exact and time is not None, _size(there), backups is not None, text)


def _backups(affected: Affected) -> tuple[Backup, ...] | None:
    return affected.details.backups if affected.details is not None else affected.source.service.backups


def _size(backups: Iterable[Backup]) -> int | None:
    """Of the newest."""
    dated = [(item.time, item.size) for item in backups if item.time is not None]
    return max(dated, key=lambda pair: pair[0])[1] if dated else None


def _to_restore(row: Mapping[str, Any]) -> bool:
    return bool(row["runs_in_region"]) and row["restorable"] != "no"


def _place(row: Mapping[str, Any]) -> tuple[Any, ...]:
    """What has to be restored first: by priority, the small ones first among equals. Then what cannot be, then what still runs."""
    priority, size = row["priority"], row["size_bytes"]
    return (
        not row["runs_in_region"],
        row["restorable"] == "no",
        priority is None,
        priority or 0,
        size is None,
        size or 0,
        row["project"],
        row["service_name"],
    )


def _headline(rows: Sequence[Mapping[str, Any]], copies_there: int) -> dict[str, Any]:
    down = [row for row in rows if row["runs_in_region"]]
    counts = Counter(row["restorable"] for row in down)
    aged = [row for row in down if _to_restore(row) and row["rpo_seconds"] is not None]
    oldest = max(aged, key=lambda row: row["rpo_seconds"], default=None)
    return {
        "services": len(rows),
        "down": len(down),
        "restorable": {answer: counts[answer] for answer in RESTORABLE},
        "oldest_restore_point": None if oldest is None else _named(oldest),
        "still_running": len(rows) - len(down),
        "copies_there": copies_there,
    }


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("project", "service_name", "restore_point", "rpo_seconds", "rpo_exact")}


def _obstacle_counts(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    counts = Counter(obstacle["code"] for row in rows for obstacle in row["obstacles"])
    return [{**kind.as_dict(), "services": counts[kind.code]} for kind in OBSTACLES]
