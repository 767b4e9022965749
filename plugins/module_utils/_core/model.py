# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection knows of Aiven: clouds, services, backups, targets and outcomes.

Everything here is a frozen value, and every parser is lenient where the API is loose (unknown fields, nulls, missing
``backups``, states nobody has heard of) and strict where a wrong guess could cause a write: a service whose
``additional_backup_regions`` cannot be read is an :class:`InvalidResponse`, never "off".
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows, followed
from ansible_collections.offsite.aiven.plugins.module_utils._core.schedules import UNSAID, Schedule, own_schedule

Change = Literal["create", "enable", "move", "disable"]
State = Literal["enabled", "disabled"]
Status = Literal["changed", "unchanged", "failed", "skipped"]

CHANGES: tuple[Change, ...] = ("create", "enable", "move", "disable")
STATUSES: tuple[Status, ...] = ("changed", "unchanged", "failed", "skipped")

# Service types whose user_config had additional_backup_regions when this was written. Good enough to read by; before a
# write the live schema of the type decides.
TYPES_WITH_BTAR = frozenset({"grafana", "mysql", "opensearch", "pg", "valkey"})
# Service types with point-in-time recovery: their secondary can be restored to later than its newest base backup.
TYPES_WITH_PITR = frozenset({"mysql", "pg"})

# Providers without object storage: backups of their services lie in the nearest region of another one (cloud-security of
# Aiven's documentation).
PROVIDERS_WITHOUT_STORAGE = frozenset({"do", "upcloud"})
_WITHOUT_STORAGE = tuple(f"{provider}-" for provider in sorted(PROVIDERS_WITHOUT_STORAGE))

POWERED_OFF = "POWEROFF"

# Aiven's own pattern (user_config schema of additional_backup_regions).
REGION_PATTERN = re.compile(r"[a-z0-9-]{1,256}")


class InvalidResponse(Exception):
    """The API answered with success, but its body cannot be read. The text says what was expected, and where."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A change that must not be sent: ``code`` is one of the collection's error codes, ``message`` is for people."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Cloud:
    """A cloud region. ``provider`` is Aiven's code (``aws``, ``google``, ...); None where the API gives none."""

    name: str
    provider: str | None
    geo_region: str | None
    latitude: float | None
    longitude: float | None
    description: str | None = None


Clouds = Mapping[str, Cloud]


@dataclass(frozen=True, slots=True)
class Copy:
    """Where a backup is, or will be, replicated to: an entry of ``backups[].additional_regions``."""

    cloud: str
    paused: bool
    pause_reason: str | None


class Backup(NamedTuple):
    """One base backup. ``size`` is in bytes, before compression; ``storage_location`` is a cloud name."""

    name: str | None
    time: datetime | None
    size: int | None
    storage_location: str | None
    copies: tuple[Copy, ...]


@dataclass(frozen=True, slots=True)
class PitrRange:
    """The range that ``cloud`` can restore to; cloud is None for the primary region.

    A missing end means "now" for the primary region (Aiven's words); for a secondary region it is always set.
    """

    cloud: str | None
    start: datetime | None
    end: datetime | None


@dataclass(frozen=True, slots=True)
class BackupDetails:
    """The answer of ServiceBackupsGet. ``pitr`` is None where the type has no point-in-time recovery."""

    backups: tuple[Backup, ...]
    pitr: tuple[PitrRange, ...] | None


@dataclass(frozen=True, slots=True)
class Service:
    """The public facts of a service: what decisions and reports need, and nothing that is a secret.

    ``backups`` is None when the answer held no ``backups`` at all, which says nothing about their existence.
    ``primary_region`` is where the newest backup lies; the service's cloud until there is one. ``follows`` is set where it
    replicates another one and so has no backups of its own; ``persistent`` is False where its options turn persistence off,
    and its backups with it; ``version`` and ``schedule`` are what they name; ``customer_key``: a key of yours encrypts it.
    """

    project: str
    name: str
    service_type: str
    plan: str
    cloud_name: str
    state: str
    secondary_region: str | None
    primary_region: str
    termination_protection: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    create_time: datetime | None = None
    update_time: datetime | None = None
    backups: tuple[Backup, ...] | None = None
    follows: Follows | None = None
    persistent: bool = True
    version: str | None = None
    customer_key: bool = False
    schedule: Schedule = UNSAID

    @property
    def label(self) -> str:
        return f"{self.project}/{self.name}"

    @property
    def powered_off(self) -> bool:
        return self.state == POWERED_OFF

    @property
    def apart(self) -> bool:
        """Whether the service runs elsewhere than its primary backups lie."""
        return self.cloud_name != self.primary_region

    @property
    def stored_elsewhere(self) -> bool:
        """Whether that is so because its provider stores no backups itself. For words only: names are no sure sign."""
        return self.cloud_name.startswith(_WITHOUT_STORAGE) and not self.primary_region.startswith(_WITHOUT_STORAGE)

    @property
    def migrated(self) -> bool:
        """Whether it was migrated, as far as its regions tell: a migration moves no backups."""
        return self.apart and not self.stored_elsewhere


@dataclass(frozen=True, slots=True)
class Target:
    """What is wanted of one service. ``region`` is None for ``disabled``; ``expect`` is the ``before`` of a plan."""

    project: str
    service_name: str
    state: State
    region: str | None = None
    expect: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        return f"{self.project}/{self.service_name}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one target. ``before`` and ``after`` are secondary regions; ``error`` is code, message, status."""

    project: str
    service_name: str
    status: Status
    change: Change | None = None
    reason: str = ""
    before: str | None = None
    after: str | None = None
    error: Mapping[str, Any] | None = None
    changed: bool = False

    @property
    def failed(self) -> bool:
        return self.status == "failed"

    def as_dict(self) -> dict[str, Any]:
        """The public shape, all keys always present."""
        return {
            "project": self.project,
            "service_name": self.service_name,
            "status": self.status,
            "changed": self.changed,
            "failed": self.failed,
            "change": self.change,
            "reason": self.reason,
            "before": {"region": self.before},
            "after": {"region": self.after},
            "error": dict(self.error) if self.error is not None else None,
        }


def parse_time(value: object) -> datetime | None:
    """A time of the API as an aware UTC datetime; None when it is absent or not a time.

    Takes every format seen: ``Z`` and ``+00:00``, with and without microseconds, a space for the ``T``, no offset.
    """
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value.strip())
    except ValueError:
        return None
    if time.tzinfo is None:
        return time.replace(tzinfo=UTC)
    if time.tzinfo is UTC:
        return time
    try:
        return time.astimezone(UTC)
    except OverflowError:
        return None


def format_time(time: datetime | None) -> str | None:
    """The one format in which the collection writes times: ``2026-08-20T00:11:22Z``."""
    return None if time is None else time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def parse_clouds(body: object) -> dict[str, Cloud]:
    """``GET /clouds`` and ``GET /project/P/clouds``: clouds by name, in the API's order."""
    found = {}
    for row in rows_of(body, "clouds", "a list of clouds"):
        name = row.get("cloud_name")
        if not isinstance(name, str) or not name:
            raise InvalidResponse("a cloud without 'cloud_name' in the list of clouds")
        found[name] = Cloud(
            name=name,
            provider=_text(row.get("provider")),
            geo_region=_text(row.get("geo_region")),
            latitude=_number(row.get("geo_latitude")),
            longitude=_number(row.get("geo_longitude")),
            description=_text(row.get("cloud_description")),
        )
    return found


def parse_service_list(
    project: str, body: object, *, with_backups: bool = True, only: Collection[str] | None = None
) -> list[Service]:
    """``GET /project/P/service``: its services, in the API's order; with ``only``, those of these names."""
    rows = rows_of(body, "services", f"the services of project {project}")
    if only is not None:
        rows = [row for row in rows if isinstance(name := row.get("service_name"), str) and name in only]
    return [_service(project, row, with_backups) for row in rows]


def parse_service_answer(project: str, body: object, *, with_backups: bool = True) -> Service:
    """The answer of ServiceGet, ServiceCreate and ServiceUpdate."""
    row = body.get("service") if isinstance(body, Mapping) else None
    if not isinstance(row, Mapping):
        raise InvalidResponse(f"no 'service' object in the answer about a service of project {project}")
    return _service(project, row, with_backups)


def parse_backup_details(body: object) -> BackupDetails:
    """The answer of ServiceBackupsGet."""
    backups = tuple(_backup(row) for row in rows_of(body, "backups", "the backups of a service"))
    pitr = body.get("pitr") if isinstance(body, Mapping) else None
    return BackupDetails(backups, _pitr(pitr) if isinstance(pitr, Mapping) else None)


def rows_of(body: object, key: str, what: str) -> list[Mapping[str, Any]]:
    """The objects under a key of an answer, which are called ``what`` where there are none. Raises :class:`InvalidResponse`."""
    rows = body.get(key) if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidResponse(f"expected {what} under '{key}', got something else")
    return rows


def _service(project: str, row: Mapping[str, Any], with_backups: bool) -> Service:
    name, service_type, cloud = row.get("service_name"), row.get("service_type"), row.get("cloud_name")
    if not (isinstance(name, str) and name and isinstance(service_type, str) and isinstance(cloud, str)):
        raise InvalidResponse(f"a service of project {project} without service_name, service_type or cloud_name")
    raw_backups = row.get("backups")
    rows = [item for item in raw_backups if isinstance(item, dict)] if isinstance(raw_backups, list) else None
    tags, user_config = row.get("tags"), row.get("user_config")
    return Service(
        project=project,
        name=name,
        service_type=service_type,
        plan=_text(row.get("plan")) or "",
        cloud_name=cloud,
        state=_text(row.get("state")) or "",
        secondary_region=_secondary_region(f"{project}/{name}", user_config),
        primary_region=_newest_location(rows) or cloud,
        termination_protection=row.get("termination_protection") is True,
        tags={str(key): str(value) for key, value in tags.items()} if isinstance(tags, dict) else {},
        create_time=parse_time(row.get("create_time")),
        update_time=parse_time(row.get("update_time")),
        backups=tuple(_backup(item) for item in rows) if with_backups and rows is not None else None,
        follows=followed(project, name, row),
        persistent=not (isinstance(user_config, dict) and user_config.get(f"{service_type}_persistence") == "off"),
        version=_text(user_config.get(f"{service_type}_version")) if isinstance(user_config, dict) else None,
        customer_key=_text(row.get("cmk_id")) is not None,
        schedule=own_schedule(service_type, user_config),
    )


def _secondary_region(label: str, user_config: object) -> str | None:
    """Absent, null and empty are all "off"; the API shows each of them."""
    regions = user_config.get("additional_backup_regions") if isinstance(user_config, dict) else None
    if user_config is not None and not isinstance(user_config, dict):
        raise InvalidResponse(f"user_config of {label} is not an object")
    if regions is None or regions == []:
        return None
    if not isinstance(regions, list) or not isinstance(regions[0], str) or not regions[0]:
        raise InvalidResponse(f"user_config.additional_backup_regions of {label} is not a list of cloud names")
    return regions[0]


def _newest_location(rows: Iterable[Mapping[str, Any]] | None) -> str | None:
    """Where the newest backup is. Times are only compared where backups are in different places, which is rare."""
    placed = [row for row in rows or () if _text(row.get("storage_location"))]
    if len({row["storage_location"] for row in placed}) < 2:
        return next((row["storage_location"] for row in placed if parse_time(row.get("backup_time"))), None)
    newest: datetime | None = None
    location = None
    for row in placed:
        time = parse_time(row.get("backup_time"))
        if time and (newest is None or time >= newest):
            newest, location = time, row["storage_location"]
    return location


def _backup(row: Mapping[str, Any]) -> Backup:
    copies = row.get("additional_regions")
    size = row.get("data_size")
    return Backup(
        _text(row.get("backup_name")),
        parse_time(row.get("backup_time")),
        size if isinstance(size, int) and not isinstance(size, bool) else None,
        _text(row.get("storage_location")),
        _copies(copies) if copies and isinstance(copies, list) else (),
    )


def _copies(rows: list[object]) -> tuple[Copy, ...]:
    return tuple(
        [
            _copy(row["cloud"], row.get("paused") is True, _text(row.get("pause_reason")))
            for row in rows
            if isinstance(row, dict) and isinstance(row.get("cloud"), str)
        ]
    )


@lru_cache(maxsize=1024)
def _copy(cloud: str, paused: bool, pause_reason: str | None) -> Copy:
    """The same few copies appear with every backup of a fleet."""
    return Copy(cloud, paused, pause_reason)


def _pitr(pitr: Mapping[str, Any]) -> tuple[PitrRange, ...]:
    ranges = []
    primary = pitr.get("primary_region")
    if isinstance(primary, Mapping):
        ranges.append(_pitr_range(None, primary))
    additional = pitr.get("additional_regions")
    for item in additional if isinstance(additional, list) else ():
        if isinstance(item, Mapping) and isinstance(item.get("cloud"), str):
            ranges.append(_pitr_range(item["cloud"], item))
    return tuple(ranges)


def _pitr_range(cloud: str | None, item: Mapping[str, Any]) -> PitrRange:
    return PitrRange(cloud, parse_time(item.get("pitr_range_start")), parse_time(item.get("pitr_range_end")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _number(value: object) -> float | None:
    """A finite number. JSON, as Python reads it, may also hold NaN, Infinity, and integers beyond any float."""
    if not isinstance(value, int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None
