# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drills of a run: what is read of the services, which of them are drilled, and what earlier drills have left."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_choice import (
    Candidate,
    Select,
    choose,
    circumstances_of,
    fork_name_of,
    last_tested,
    random_point,
    too_expensive,
    unfit,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import drills_by_service
from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import (
    PURPOSE_TAG,
    SOURCE_TAG,
    is_fork_of,
    source_tag,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_PITR, Service, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import restore_range
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import DrillFolder, read_evidence, runs_still
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan_lists import plan_lists

_DRAW = random.SystemRandom().random
# A fork of which this machine knows nothing may be of a drill that runs elsewhere, until it is older than any drill.
_SLACK = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Settings:
    """What a run of drills is to be. Times are in seconds, ``max_price`` in US dollars an hour."""

    select: Select
    count: int
    max_total: int
    point: str
    window_days: float
    directory: str
    restore_timeout: float
    verify_timeout: float
    max_price: Decimal | None = None
    price_confirmed: bool = False
    project: str | None = None
    plan: str | None = None
    verify: str | None = None
    keep: bool = False

    @property
    def longest(self) -> timedelta:
        return timedelta(seconds=self.restore_timeout + self.verify_timeout) + _SLACK


@dataclass(slots=True)
class Chosen:
    """What is to be done. ``orders`` by host; ``left_out`` says of services why they are not drilled, in words by label;
    ``expensive`` those that only a yes would let in; ``unreadable`` has the error of each project that could not be listed.
    """

    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    expensive: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, AivenError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Row:
    """A service of a host as it was read at ``now``, the API's time."""

    host: str
    account: Account
    source: ForkSource
    now: datetime


@dataclass(frozen=True, slots=True)
class _Listing:
    services: Mapping[str, ForkSource]
    now: datetime


_Place = tuple[Account, str]


class Choosing:
    """Chooses drills. Calls: one for each project, sources' and forks'; with a limit on prices the plans of each type and
    project; with random points the backups of each service chosen.
    """

    def __init__(self, targets: Mapping[str, FleetTarget], settings: Settings) -> None:
        self._targets = {host: target for host, target in targets.items() if target.account is not None}
        self._settings = settings
        self._evidence = read_evidence(settings.directory)
        self._drills = drills_by_service(self._evidence.drills)
        self._drafts = DrillFolder(settings.directory).unfinished()
        self._plans: dict[tuple[Account, str, str], ServicePlans | None] = {}
        self.found = Chosen()

    def choose(self) -> Chosen:
        listings = self._listings()
        rows = list(self._rows(listings))
        candidates = {candidate.label: (row, candidate) for row, candidate in self._candidates(rows)}
        settings = self._settings
        picked = choose(
            [candidate for _row, candidate in candidates.values()],
            settings.select,
            settings.count,
            settings.max_total,
            _DRAW,
        )
        if settings.select == "all" and len(candidates) > len(picked):
            self.found.warnings.append(
                f"{counted(len(candidates) - len(picked), 'service')} left for later runs: btar_drill_max_total is {settings.max_total}"
            )
        drilled = {candidate.label: candidate for candidate in picked}
        for row in rows:
            left = self._left(row, listings)
            label = f"{row.source.service.project}/{row.source.service.name}"
            if label in drilled or left["leftovers"] or left["unfinished"]:
                order = self._order(row, drilled.get(label))
                self.found.orders[row.host] = {**order, **left}
        self.found.warnings += [*self._orphans(listings), *self._evidence.warnings]
        return self.found

    def _fork_project(self, project: str) -> str:
        return self._settings.project or project

    def _listings(self) -> dict[_Place, _Listing | None]:
        places: dict[_Place, None] = {}
        for target in self._targets.values():
            if target.account is not None:
                places[target.account, target.project] = None
                places[target.account, self._fork_project(target.project)] = None

        def read(place: _Place) -> _Listing | None:
            account, project = place
            try:
                with account.breaker.call():
                    answer = account.client.list_fork_sources(project)
            except Interrupted:
                raise
            except AivenError as error:
                self.found.unreadable[project] = error
                return None
            return _Listing({source.service.name: source for source in answer.value.services}, answer.now)

        return dict(zip(places, in_parallel(read, places), strict=True))

    def _rows(self, listings: Mapping[_Place, _Listing | None]) -> Iterator[_Row]:
        for host, target in self._targets.items():
            account = target.account
            if account is None:
                continue
            listing = listings[account, target.project]
            if listing is None or listings[account, self._fork_project(target.project)] is None:
                continue
            source = listing.services.get(target.service_name)
            if source is None:
                self.found.left_out[f"{target.project}/{target.service_name}"] = "it is not there any more"
            else:
                yield _Row(host, account, source, listing.now)

    def _candidates(self, rows: Sequence[_Row]) -> Iterator[tuple[_Row, Candidate]]:
        for row in rows:
            service = row.source.service
            candidate = Candidate(
                row.source,
                protection_of(service, now=row.now),
                last_tested(self._drills.get((service.project, service.name), ()), datetime.now(UTC)),
                plan=self._settings.plan,
            )
            why = unfit(candidate)
            if why is None and self._settings.max_price is not None:
                candidate = replace(candidate, plans=self._plans_for(row))
                why = unfit(candidate)
                if why is None and not self._settings.price_confirmed:
                    why = too_expensive(candidate, self._settings.max_price)
                    if why is not None:
                        self.found.expensive[candidate.label] = why
            if why is None:
                yield row, candidate
            else:
                self.found.left_out[candidate.label] = why

    def _plans_for(self, row: _Row) -> ServicePlans | None:
        """The plans of the service's type in the project of the fork; None where they cannot be read."""
        service = row.source.service
        project = self._fork_project(service.project)
        key = (row.account, project, service.service_type)
        if key not in self._plans:
            self._plans[key] = plan_lists([key], self.found.warnings.append).get(key)
        return self._plans[key]

    def _order(self, row: _Row, candidate: Candidate | None) -> dict[str, Any]:
        """What the tasks of a host need to know. ``fork_name`` is null where there is only something to clear away."""
        service, settings = row.source.service, self._settings
        order: dict[str, Any] = {
            "project": service.project,
            "service_name": service.name,
            "service_type": service.service_type,
            "fork_project": self._fork_project(service.project),
            "fork_name": None,
            "directory": str(Path(settings.directory).absolute()),
        }
        if candidate is None:
            return order
        price = candidate.price_usd
        return {
            **order,
            "fork_name": fork_name_of(service.project, service.name, datetime.now(UTC)),
            "secondary_region": service.secondary_region,
            "recover_to": self._point(row),
            "plan": settings.plan or "",
            "price_usd_per_hour": None if price is None else str(price),
            "restore_timeout": settings.restore_timeout,
            "verify": settings.verify or "",
            "verify_timeout": settings.verify_timeout,
            "keep": settings.keep,
            "source": circumstances_of(row.source, candidate.protection).as_dict(),
            "last_tested": format_time(candidate.last),
        }

    def _point(self, row: _Row) -> str:
        if self._settings.point != "random":
            return self._settings.point
        service, details = row.source.service, None
        try:
            with row.account.breaker.call():
                details = row.account.client.get_backups(service.project, service.name).value
        except Interrupted:
            raise
        except AivenError as error:
            self.found.warnings.append(
                f"the listing tells of the backups of {service.project}/{service.name}, as they could not be read: {error.message}"
            )
        reach = restore_range(
            service, service.secondary_region, details, row.now, with_pitr=service.service_type in TYPES_WITH_PITR
        )
        return random_point(service.service_type, reach, row.now, self._settings.window_days, _DRAW)

    def _left(self, row: _Row, listings: Mapping[_Place, _Listing | None]) -> dict[str, Any]:
        """What earlier drills of a service have left: forks to delete, and drafts to end. Those that still run are left alone."""
        service = row.source.service
        drafts = [
            draft["order"]
            for draft in self._drafts
            if (draft["order"].get("project"), draft["order"].get("service_name")) == (service.project, service.name)
            and self._is_over(draft, row.now)
        ]
        running = {
            (draft["order"].get("fork_project"), draft["order"].get("fork_name"))
            for draft in self._drafts
            if draft["order"] not in drafts
        }
        known = {(order.get("fork_project"), order.get("fork_name")) for order in drafts} | {
            (self._fork_project(service.project), drill.fork_name)
            for drill in self._drills.get((service.project, service.name), ())
        }
        listing = listings[row.account, self._fork_project(service.project)]
        forks = [
            source.service
            for source in (listing.services.values() if listing is not None else ())
            if is_fork_of(source.service, service.project, service.name, "drill")
            and (source.service.project, source.service.name) not in running
        ]
        leftovers = [fork for fork in forks if (fork.project, fork.name) in known or self._is_old(fork, row.now)]
        self.found.warnings += [
            f"{fork.project}/{fork.name} is left alone, as the drill that made it may still run on another machine"
            for fork in forks
            if fork not in leftovers
        ]
        told = [{"project": fork.project, "name": fork.name} for fork in leftovers]
        # A draft whose fork is in another project than today's, or was never made, is ended all the same.
        told += [
            {"project": order["fork_project"], "name": order["fork_name"]}
            for order in drafts
            if (order["fork_project"], order["fork_name"]) not in {(fork.project, fork.name) for fork in leftovers}
        ]
        return {"leftovers": told, "unfinished": drafts}

    def _orphans(self, listings: Mapping[_Place, _Listing | None]) -> Iterator[str]:
        """In words, the forks of drills of services that are gone: no host stands for those, so no run deletes their forks."""
        for (account, _project), listing in listings.items():
            for source in listing.services.values() if listing is not None else ():
                fork = source.service
                label = fork.tags.get(SOURCE_TAG, "") if fork.tags.get(PURPOSE_TAG) == "drill" else ""
                home = label.partition("/")[0]
                there = listings.get((account, home))
                if there is not None and label not in {source_tag(home, name) for name in there.services}:
                    yield (
                        f"{fork.project}/{fork.name} was made for a drill of {label}, which is not there any more, so no "
                        "drill deletes it: do so yourself, with aiven_btar_restore and state: absent"
                    )

    def _is_over(self, draft: Mapping[str, Any], now: datetime) -> bool:
        running = runs_still(draft)
        if running is not None:
            return not running
        started = datetime.fromisoformat(str(draft.get("started")))
        return now - started > self._settings.longest

    def _is_old(self, fork: Service, now: datetime) -> bool:
        return fork.create_time is None or now - fork.create_time > self._settings.longest
