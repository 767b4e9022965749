# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services are drilled, and to which point each is restored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Circumstances, Drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import PURPOSE_TAG
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_PITR
from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import ForkCase, RestoreFrom, obstacles_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import Protection
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import RestoreRange, exact_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans

Select = Literal["oldest_tested", "random", "all"]

# What no secondary region and no plan mends. Of the other obstacles a plan to restore to takes the last away.
_FOR_GOOD = ("no_own_backups", "fork_forbidden", "unsupported_service_type")
_PLAN_NOT_OFFERED = "plan_not_offered"

# Aiven takes names of 64 characters: letters, digits and hyphens.
_NOT_IN_NAMES = re.compile(r"[^a-z0-9-]")
_LONGEST_STEM = 38


@dataclass(frozen=True, slots=True)
class Candidate:
    """A service that could be drilled. ``last`` is its newest drill that was not interrupted; None: it never was drilled.

    ``plans`` are those of its type in the project of the fork, None where they were not or could not be read. ``plan`` is
    what the fork is to have, None for the plan of the service.
    """

    source: ForkSource
    protection: Protection
    last: datetime | None = None
    plans: ServicePlans | None = None
    plan: str | None = None

    @property
    def label(self) -> str:
        return f"{self.source.service.project}/{self.source.service.name}"

    @property
    def region(self) -> str:
        return self.source.service.secondary_region or ""

    @property
    def price_usd(self) -> Decimal | None:
        """US dollars an hour for the fork; None where it is not known."""
        plan = (self.plans or {}).get(self.plan or self.source.service.plan)
        return plan.price_in(self.region) if plan is not None else None


def last_tested(drills: Sequence[Drill], now: datetime) -> datetime | None:
    """When a service was drilled last. A drill that was interrupted tested nothing, and one that is dated after ``now`` would
    keep its service from being drilled for as long.
    """
    told = (drill.finished for drill in drills if drill.result != "interrupted" and not drill.is_after(now))
    return max(told, default=None)


def circumstances_of(source: ForkSource, protection: Protection) -> Circumstances:
    """The facts of a source that a drill depends on."""
    service = source.service
    return Circumstances(service.plan, service.cloud_name, service.version, protection.usual_size)


def unfit(candidate: Candidate) -> str | None:
    """Why a service cannot be drilled, in words; None for one that can."""
    service = candidate.source.service
    if PURPOSE_TAG in service.tags:
        return "it is a fork itself"
    secondary = service.secondary_region
    case = ForkCase(
        candidate.source,
        None if secondary is None else RestoreFrom("secondary", secondary),
        candidate.protection.restore_point,
        plans=candidate.plans,
    )
    found = {obstacle.code: obstacle.message for obstacle in obstacles_of(case)}
    for code in _FOR_GOOD:
        if code in found:
            return found[code]
    if secondary is None:
        return "no secondary region is set"
    if candidate.protection.restore_point is None:
        return candidate.protection.explanation
    return found.get(_PLAN_NOT_OFFERED) if candidate.plan is None else None


def too_expensive(candidate: Candidate, max_price: Decimal) -> str | None:
    """Why a fork needs a yes, in words; ``max_price`` is in US dollars an hour."""
    price, plan = candidate.price_usd, candidate.plan or candidate.source.service.plan
    if price is None:
        return f"the price of {plan} in {candidate.region} is not known"
    if price > max_price:
        return f"{plan} costs {price} USD an hour in {candidate.region}, btar_drill_max_price is {max_price}"
    return None


def choose(
    candidates: Sequence[Candidate], select: Select, count: int, max_total: int, draw: Callable[[], float]
) -> list[Candidate]:
    """The services to drill, those that were never or longest ago drilled first; ``random`` draws them by lot.

    ``draw`` gives a number from 0 to below 1.
    """
    ranked = sorted(candidates, key=lambda each: (each.last.timestamp() if each.last else 0.0, each.label))
    if select == "random":
        ranked = [each for _lot, each in sorted(((draw(), each) for each in ranked), key=lambda pair: pair[0])]
    return ranked[: max_total if select == "all" else min(count, max_total)]


def random_point(
    service_type: str, reach: RestoreRange, now: datetime, window_days: float, draw: Callable[[], float]
) -> str:
    """A point within the last ``window_days`` for ``recover_to``: a time where the type has point-in-time recovery, else the
    name of a base backup. ``latest`` where nothing else is known.
    """
    since = now - timedelta(days=window_days)
    if service_type not in TYPES_WITH_PITR:
        names = [backup.name for backup in reach.backups or () if backup.name and backup.time and backup.time >= since]
        return names[int(draw() * len(names))] if names else "latest"
    if reach.start is None or reach.end is None:
        return "latest"
    start = min(max(reach.start, since), reach.end)
    time = start + (reach.end - start) * draw()
    whole = time.replace(microsecond=0)
    return exact_time(whole if whole >= start else time)


def fork_name_of(project: str, service_name: str, now: datetime) -> str:
    """A name that no other drill has, of this service or of one of the same name in another project."""
    stem = _NOT_IN_NAMES.sub("-", service_name.lower())[:_LONGEST_STEM].rstrip("-")
    digest = hashlib.sha256(f"{project}/{service_name}".encode("utf-8", "surrogatepass")).hexdigest()[:4]
    return f"{stem}-drill-{now:%y%m%d%H%M%S}-{digest}"
