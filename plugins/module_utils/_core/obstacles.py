# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of making a service from its backups in a region: a table, and a small function for each row.

An obstacle of the level ``blocks`` leaves nothing to restore from, and nothing further is looked at. ``prepare`` is to be
seen to before, ``note`` is good to know, ``unknown`` and ``unchecked`` say what could not be found out: the first whether
there is anything to restore, the second whether something has to be prepared.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_BTAR, TYPES_WITH_PITR, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import (
    FREE,
    TYPES_WITHOUT_FREE_FORKS,
    ServicePlans,
    larger_plans,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc

Level = Literal["blocks", "unknown", "prepare", "unchecked", "note"]
Restorable = Literal["yes", "prepare", "no", "unknown"]
Origin = Literal["secondary", "primary"]

LEVELS: tuple[Level, ...] = ("blocks", "unknown", "prepare", "unchecked", "note")
# From best to worst.
RESTORABLE: tuple[Restorable, ...] = ("yes", "prepare", "unknown", "no")

_MOST_PLANS = 3


@dataclass(frozen=True, slots=True)
class RestoreFrom:
    """Which backups to restore from, and the region in which they are: a fork there gets them."""

    copies: Origin
    region: str


@dataclass(frozen=True, slots=True)
class ForkCase:
    """All that is known of a service that may have to be forked.

    ``restore_from`` is None where no backups are left, ``restore_point`` where there is none or it is not known, which
    ``backups_known`` tells apart. ``lost`` has those of its regions that are gone. ``plans`` (of its type) and ``vpcs``
    (of its project) are None where they were not or could not be read. ``followers`` are those that run elsewhere.
    """

    source: ForkSource
    restore_from: RestoreFrom | None
    restore_point: datetime | None
    backups_known: bool = True
    lost: frozenset[str] = frozenset()
    plans: ServicePlans | None = None
    vpcs: Sequence[Vpc] | None = None
    followers: Sequence[Service] = ()


class Obstacle(NamedTuple):
    """Something in the way of one service; ``message`` says it in words."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ObstacleKind:
    """One row of the table. ``check`` gives the message where it holds, else None."""

    code: str
    level: Level
    title: str
    remedy: str
    check: Callable[[ForkCase, str], str | None]

    def as_dict(self) -> dict[str, str]:
        return {"code": self.code, "level": self.level, "title": self.title, "remedy": self.remedy}


def obstacles_of(case: ForkCase) -> tuple[Obstacle, ...]:
    """What stands in the way, what blocks first; after that nothing else."""
    return tuple(_found(case))


def restorable(obstacles: Sequence[Obstacle]) -> Restorable:
    """Whether a service can be made from the backups: ``yes``, after ``prepare``, ``no``, or ``unknown``."""
    levels = {_BY_CODE[obstacle.code].level for obstacle in obstacles}
    if "blocks" in levels:
        return "no"
    if "unknown" in levels:
        return "unknown"
    return "prepare" if "prepare" in levels else "yes"


def _found(case: ForkCase) -> Iterator[Obstacle]:
    for kind in OBSTACLES:
        message = kind.check(case, case.restore_from.region if case.restore_from else "")
        if message is not None:
            yield Obstacle(kind.code, message)
            if kind.level == "blocks":
                return


def _no_own_backups(case: ForkCase, _region: str) -> str | None:
    follows = case.source.service.follows
    return None if follows is None else f"it is {follows} and has no backups of its own"


def _fork_forbidden(case: ForkCase, _region: str) -> str | None:
    service = case.source.service
    if not service.persistent:
        return f"{service.service_type}_persistence is off: it has no backups, and Aiven forbids forks of it"
    if service.service_type in TYPES_WITHOUT_FREE_FORKS and service.plan.startswith(FREE):
        return f"Aiven forbids forks of {service.service_type} on the plan {service.plan}"
    return None


def _unsupported_service_type(case: ForkCase, _region: str) -> str | None:
    service = case.source.service
    if case.restore_from is not None or service.service_type in TYPES_WITH_BTAR:
        return None
    return f"Aiven offers no backup to another region for the type {service.service_type}"


def _secondary_region_lost(case: ForkCase, _region: str) -> str | None:
    secondary = case.source.service.secondary_region
    if case.restore_from is not None or secondary is None or secondary not in case.lost:
        return None
    return f"its secondary region {secondary} is gone as well"


def _no_secondary_region(case: ForkCase, _region: str) -> str | None:
    return "no secondary region is set, and its primary backups are gone" if case.restore_from is None else None


def _nothing_to_restore(case: ForkCase, region: str) -> str | None:
    if case.restore_point is not None or not case.backups_known:
        return None
    return f"no backup is in {region}"


def _backups_unknown(case: ForkCase, region: str) -> str | None:
    return None if case.backups_known else f"whether a backup is in {region} is not known"


def _plan_not_offered(case: ForkCase, region: str) -> str | None:
    return not_offered(case.plans, case.source.service.plan, region)


def not_offered(plans: ServicePlans | None, plan: str, region: str) -> str | None:
    """In words, why no fork in the region can have the plan, and which others it can; None where nothing is known to forbid it."""
    if plan.startswith(FREE):
        return f"no service can be forked to a free plan{_other_plans(plans, plan, region)}"
    if plans is None or offered_in(plans, plan, region) is not False:
        return None
    return f"{plan} is not offered in {region}{_other_plans(plans, plan, region)}"


def _other_plans(plans: ServicePlans | None, plan: str, region: str) -> str:
    if plans is None:
        return ""
    fitting = larger_plans(plans, plan, region)
    more = " and others" if len(fitting) > _MOST_PLANS else ""
    shown = ", ".join(fitting[:_MOST_PLANS]) + more if fitting else "none"
    return f"; offered there and as large: {shown}"


def offered_in(plans: ServicePlans, plan: str, region: str) -> bool | None:
    """Whether the plan is offered in the region; None where the API does not say where it is. Absent is not offered."""
    if plan not in plans:
        return False
    offers = plans[plan].offers
    return None if offers is None else region in offers


def _plan_unchecked(case: ForkCase, region: str) -> str | None:
    plan = case.source.service.plan
    if plan.startswith(FREE) or (case.plans is not None and offered_in(case.plans, plan, region) is not None):
        return None
    return f"whether {plan} is offered in {region} is not known"


def _vpc_missing(case: ForkCase, region: str) -> str | None:
    if not _in_vpc_of_project(case) or any(vpc.active and vpc.cloud_name == region for vpc in case.vpcs or ()):
        return None
    return f"it is in a VPC, and project {case.source.service.project} has no active one in {region}"


def _vpc_unchecked(case: ForkCase, region: str) -> str | None:
    if case.source.project_vpc_id is None or _in_vpc_of_project(case):
        return None
    if case.vpcs is None:
        return f"it is in a VPC; whether there is one in {region} is not known"
    return f"its VPC is none of project {case.source.service.project}; whether there is one in {region} is not known"


def _in_vpc_of_project(case: ForkCase) -> bool:
    return case.vpcs is not None and case.source.project_vpc_id in {vpc.id for vpc in case.vpcs}


def _no_pitr(case: ForkCase, _region: str) -> str | None:
    kind = case.source.service.service_type
    return None if kind in TYPES_WITH_PITR else f"{kind} can be restored to a backup, not to any time after it"


def _customer_key(case: ForkCase, region: str) -> str | None:
    return (
        f"its backups are encrypted with your own key, which is needed in {region}"
        if case.source.service.customer_key
        else None
    )


def _follower(case: ForkCase, _region: str) -> str | None:
    texts = [
        f"its {each.follows.words} {each.name} runs elsewhere" for each in case.followers if each.follows is not None
    ]
    return "; ".join(texts) or None


OBSTACLES: tuple[ObstacleKind, ...] = (
    ObstacleKind(
        "no_own_backups",
        "blocks",
        "It has no backups of its own",
        "Restore the service that it follows, then make the replica or recovery service anew.",
        _no_own_backups,
    ),
    ObstacleKind(
        "fork_forbidden",
        "blocks",
        "Aiven forbids forks of it",
        "Make a new service and fill it from elsewhere.",
        _fork_forbidden,
    ),
    ObstacleKind(
        "unsupported_service_type",
        "blocks",
        "Its type has no backup in another region",
        "Make a new service and fill it from elsewhere.",
        _unsupported_service_type,
    ),
    ObstacleKind(
        "secondary_region_lost",
        "blocks",
        "Its secondary region is gone too",
        "Wait for one of the regions, or make a new service.",
        _secondary_region_lost,
    ),
    ObstacleKind(
        "no_secondary_region",
        "blocks",
        "It has no secondary region",
        "Wait for the region, or make a new service.",
        _no_secondary_region,
    ),
    ObstacleKind(
        "nothing_to_restore",
        "blocks",
        "No backup is there",
        "Wait until a copy has arrived or the region is back, or make a new service.",
        _nothing_to_restore,
    ),
    ObstacleKind(
        "backups_unknown",
        "unknown",
        "Whether a backup is there is not known",
        "Ask with btar_region_exact=true, or simply try the restore.",
        _backups_unknown,
    ),
    ObstacleKind(
        "plan_not_offered",
        "prepare",
        "Its plan is not to be had there",
        "Restore it to another plan, one at least as large.",
        _plan_not_offered,
    ),
    ObstacleKind(
        "vpc_missing",
        "prepare",
        "There is no VPC for it",
        "Make a VPC there and peer it, or restore to the public network with project_vpc_id none.",
        _vpc_missing,
    ),
    ObstacleKind(
        "plan_unchecked",
        "unchecked",
        "Whether its plan is offered there is not known",
        "Try the restore: if the plan is refused, choose another.",
        _plan_unchecked,
    ),
    ObstacleKind(
        "vpc_unchecked",
        "unchecked",
        "Whether there is a VPC for it is not known",
        "Look at the VPCs of project and organization before the restore.",
        _vpc_unchecked,
    ),
    ObstacleKind(
        "no_pitr",
        "note",
        "Its type has no point-in-time recovery",
        "Nothing to do: what came after the backup is lost.",
        _no_pitr,
    ),
    ObstacleKind(
        "customer_key",
        "note",
        "Its backups need your own key",
        "See that the key can be used although the region is gone.",
        _customer_key,
    ),
    ObstacleKind(
        "follower",
        "note",
        "It has a replica elsewhere",
        "Promoting the replica, or failing over to the recovery service, may lose less than a restore.",
        _follower,
    ),
)

_BY_CODE: Mapping[str, ObstacleKind] = {kind.code: kind for kind in OBSTACLES}
