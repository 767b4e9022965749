# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The services of a run as they are: one call for each project, kept until they are too old to be written to."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case

# An account and a project of it.
Place = tuple[Account, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """When a project was read: by the local monotonic clock in seconds, and by the API's."""

    at: float
    now: datetime


class Reading:
    """Reads the services of cases. With ``observe`` it tells their protection too; their backups are not kept."""

    def __init__(self, *, observe: bool, clock: Callable[[], float] = time.monotonic) -> None:
        self._observe = observe
        self._clock = clock
        self.seen: dict[Place, Seen] = {}

    def places(self, cases: Iterable[Case]) -> dict[Place, list[Case]]:
        """The cases of each project."""
        places: dict[Place, list[Case]] = {}
        for case in cases:
            places.setdefault((case.account, case.asked.project), []).append(case)
        return places

    def old(self, cases: Iterable[Case], max_age: float) -> dict[Place, list[Case]]:
        """The cases of each project that was read more than ``max_age`` seconds ago."""
        now = self._clock()
        return {
            place: group
            for place, group in self.places(cases).items()
            if place not in self.seen or now - self.seen[place].at >= max_age
        }

    def read(self, place: Place, cases: Sequence[Case]) -> None:
        """Sets the service of each case, None where there is none: a listing unless there is a single case.

        Where the project cannot be read the cases have failed. Raises Interrupted.
        """
        account, project = place
        try:
            if account.client.transport.guard is not None:
                account.client.transport.guard()
            with account.breaker.call():
                at = self._clock()
                services, now = self._services(account, project, [case.asked.service_name for case in cases])
        except Interrupted:
            raise
        except AivenError as error:
            for case in cases:
                case.fail(error)
            return
        self.seen[place] = Seen(at, now)
        by_name = {service.name: service for service in services}
        for case in cases:
            case.service = by_name.get(case.asked.service_name)
            if case.service is not None and self._observe:
                case.protection = protection_of(case.service, now=now, rpo_target=case.asked.rpo_target)
                case.service = replace(case.service, backups=None)

    def _services(self, account: Account, project: str, names: Sequence[str]) -> tuple[list[Service], datetime]:
        if len(names) == 1:
            try:
                answer = account.client.get_service(project, names[0])
            except AivenError as error:
                if error.code == "service_not_found":
                    return [], datetime.now(UTC)
                raise
            return [answer.value], answer.now
        listing = account.client.list_services(project, with_backups=self._observe, only=set(names))
        return listing.value, listing.now
