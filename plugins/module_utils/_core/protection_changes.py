# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What became worse or better with the protection of services between two looks at them, and what of it is an event.

The ranks are those of :data:`.protection.STATUSES`: a service is better off the later its status comes there.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    STATUSES,
    Protection,
    ProtectionStatus,
)

Kind = Literal["lost", "unknown", "paused", "lagging", "improved", "recovered", "gone", "appeared"]
Direction = Literal["worse", "better"]

# What a service is after it became worse. Without a secondary region, or with nothing in it any more, its copy is lost.
_WORSE: dict[ProtectionStatus, Kind] = {
    "unsupported": "lost",
    "disabled": "lost",
    "unknown": "unknown",
    "pending": "lost",
    "paused": "paused",
    "lagging": "lagging",
}
# As the inventory names hosts; another name makes none.
_HOST_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")


class Sight(NamedTuple):
    """A service as it was seen. ``since`` is when this protection with this region was first seen; times are texts in UTC."""

    service_type: str
    protection: ProtectionStatus
    region: str | None
    restore_point: str | None
    pause_reason: str | None
    since: str


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """A change of the protection of one service. ``before`` is None for one that appeared, ``after`` for one that is gone."""

    kind: Kind
    project: str
    service_name: str
    before: Sight | None
    after: Sight | None
    time: str
    explanation: str | None = None

    @property
    def direction(self) -> Direction | None:
        """Whether it is worse or better than before; None for a service that was not seen before."""
        if self.kind == "appeared":
            return None
        return "better" if self.kind in ("improved", "recovered") else "worse"

    def as_event(self) -> dict[str, Any]:
        """The public shape, all keys always present but ``host``, which a name that is no host's does not have."""
        named = _HOST_PART.fullmatch(self.service_name) and _HOST_PART.fullmatch(self.project)
        known = self.after or self.before
        return {
            "kind": self.kind,
            "direction": self.direction,
            "project": self.project,
            "service_name": self.service_name,
            "service_type": known.service_type if known else None,
            **({"host": f"{self.service_name}.{self.project}"} if named else {}),
            "before": _public(self.before),
            "after": _public(self.after),
            "explanation": self.explanation,
            "time": self.time,
            "id": event_id(self.kind, self.project, self.service_name, _identity(self.before), _identity(self.after)),
        }


def sight_of(service: Service, protection: Protection, now: datetime, former: Sight | None) -> Sight:
    """How the service is seen at ``now`` (aware), after it was seen as ``former``."""
    same = former is not None and (former.protection, former.region) == (protection.status, service.secondary_region)
    return Sight(
        service.service_type,
        protection.status,
        service.secondary_region,
        format_time(protection.restore_point),
        protection.pause_reason,
        former.since if former is not None and same else format_time(now) or "",
    )


def changes_between(
    project: str,
    before: Mapping[str, Sight],
    after: Mapping[str, Sight],
    now: datetime,
    explanations: Mapping[str, str] | None = None,
) -> list[ServiceChange]:
    """The changes from one look at a project to the next, by service name. ``explanations`` are those of ``after``."""
    time = format_time(now) or ""
    changes = []
    for name in sorted({*before, *after}):
        former, latter = before.get(name), after.get(name)
        kind = kind_of(former, latter)
        if kind is not None:
            words = (explanations or {}).get(name)
            changes.append(ServiceChange(kind, project, name, former, latter, time, words))
    return changes


def kind_of(before: Sight | None, after: Sight | None) -> Kind | None:
    """What a service did between two looks; None where its protection is neither worse nor better."""
    if after is None:
        return None if before is None else "gone"
    if before is None:
        return "appeared"
    former, latter = STATUSES.index(before.protection), STATUSES.index(after.protection)
    if latter < former:
        return _WORSE[after.protection]
    if latter > former:
        return "recovered" if after.protection == "protected" else "improved"
    return None


def event_id(*parts: object) -> str:
    """The same for the same event, whenever it is told: who was told twice can know by it."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()[:16]


def seconds_to_next_look(failures: int, interval: float, longest: float) -> float:
    """How long to wait after ``failures`` looks in a row that failed: twice as long for each, up to ``longest``."""
    return min(interval * 2.0 ** min(max(failures - 1, 0), 30), max(interval, longest))


def count_by_protection(sights: Iterable[Sight]) -> dict[str, int]:
    """How many services have each protection, those that none has left out."""
    found = [sight.protection for sight in sights]
    return {status: found.count(status) for status in STATUSES if status in found}


def _identity(sight: Sight | None) -> tuple[str, str | None, str] | None:
    return None if sight is None else (sight.protection, sight.region, sight.since)


def _public(sight: Sight | None) -> dict[str, Any] | None:
    return None if sight is None else {key: value for key, value in sight._asdict().items() if key != "service_type"}
