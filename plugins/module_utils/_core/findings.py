# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a control may look at, and what it says of a service."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import (
    Drill,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import (
    UNASKED,
    Limits,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Clouds, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    Protection,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import Choice
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import (
    RegionException,
    Rules,
)

Severity = Literal["error", "warning"]
Result = Literal["pass", "fail", "excepted", "not_applicable", "unknown"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning")
RESULTS: tuple[Result, ...] = ("pass", "fail", "excepted", "not_applicable", "unknown")


class Finding(NamedTuple):
    """What a control found of one service; ``message`` says it in words."""

    result: Result
    message: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an audit asks of all services alike beyond the region inventory; None or False switches a control off.

    ``key_tag`` is the tag that says who holds the key of a service that is encrypted with one of your own, ``owner_tag`` the one
    that says whose a service is.
    """

    deletion_protection: bool = False
    key_tag: str | None = None
    owner_tag: str | None = None


NOTHING_WANTED = Wanted()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of one service, as it may differ between them by how critical they are; None switches a control off.

    ``max_interval`` between backups, ``min_retention`` of them and ``drill_rto_target`` are in seconds.
    """

    max_interval: int | None = None
    min_retention: int | None = None
    drill_max_age_days: int | None = None
    drill_rto_target: int | None = None

    def as_dict(self) -> dict[str, int | None]:
        return {
            "max_interval_seconds": self.max_interval,
            "min_retention_seconds": self.min_retention,
            "drill_max_age_days": self.drill_max_age_days,
            "drill_rto_target_seconds": self.drill_rto_target,
        }


NOTHING_ASKED = Asked()
ASKED = tuple(NOTHING_ASKED.as_dict())


@dataclass(frozen=True, slots=True)
class Case:
    """All that a control may look at.

    ``choice`` is what the region inventory plans, None where that needs clouds and none are known. ``exception`` is the
    one that is written for the service, ended or not. ``nearest_min_km`` is the distance that is wanted where no rule asks
    for one. ``drills`` are those in the current secondary region, newest first, ``drills_elsewhere`` those in others.
    ``breaks`` says in words what is wrong with their evidence. ``rpo_target`` is in seconds.
    """

    service: Service
    protection: Protection
    now: datetime
    clouds: Clouds
    rules: Rules
    choice: Choice | None
    exception: RegionException | None
    drills: tuple[Drill, ...]
    rpo_target: int
    asked: Asked
    limits: Limits = UNASKED
    wanted: Wanted = NOTHING_WANTED
    nearest_min_km: float = 0
    drills_elsewhere: tuple[Drill, ...] = ()
    breaks: tuple[str, ...] = ()

    @property
    def secondary(self) -> str:
        return self.service.secondary_region or ""

    @property
    def places(self) -> dict[str, str]:
        """The clouds that a secondary region is held against, each with what it is to the service."""
        places = {self.service.primary_region: "where its primary backups are"}
        if self.service.apart:
            places[self.service.cloud_name] = "where it runs"
        return places

    @property
    def today(self) -> date:
        return self.now.date()
