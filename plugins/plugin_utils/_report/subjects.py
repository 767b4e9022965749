# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit looks at: the services of hosts, each with its protection now and what is wanted of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import Outlook
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import Subject
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import UNASKED, Limits
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.lag import LagSeries
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_PITR, BackupDetails, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET, protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.module_utils._runners.unlisted import Unlisted
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan import Wish

# A service, its details where they were read, and the API's time of the answer.
_Row = tuple[Service, BackupDetails | None, datetime]

_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)\s*([smhd]?)")


@dataclass(frozen=True, slots=True)
class Scope:
    """Which services are looked at, and how closely. ``tags`` are globs by key."""

    services: Sequence[str] = ()
    service_types: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    lag_period: str | None = None

    def covers(self, service: Service) -> bool:
        if self.service_types and service.service_type not in self.service_types:
            return False
        if self.services and not any(glob_matches(glob, service.name) for glob in self.services):
            return False
        return all(key in service.tags and glob_matches(glob, service.tags[key]) for key, glob in self.tags.items())


@dataclass(slots=True)
class Survey:
    """What was found. ``unreadable`` has the error of each project that could not be listed, ``gone`` the labels of hosts
    whose service is not there any more; ``warnings`` are in words.
    """

    now: datetime
    subjects: list[Subject] = field(default_factory=list)
    unreadable: dict[str, AivenError] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def parse_duration(name: str, value: object) -> int:
    """Seconds of ``93600``, ``26h``, ``2d`` and the like. Raises ``invalid_target``."""
    match = _DURATION.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if match is None:
        raise AivenError("invalid_target", f"{name} is {value!r}: give seconds, or a duration such as 90m, 26h or 2d.")
    return int(match.group(1)) * _UNITS[match.group(2)]


def survey(
    client: AivenClient,
    wishes: Sequence[Wish],
    rpo_targets: Mapping[tuple[str, str], int],
    drills: Mapping[tuple[str, str], Sequence[Drill]],
    scope: Scope,
    local_now: datetime,
) -> Survey:
    """The services of ``wishes`` with their protection: one call for each project, and what ``scope`` asks for besides."""
    found = Survey(local_now)
    outlook = Outlook()
    by_project: dict[str, dict[str, Wish]] = {}
    for wish in wishes:
        by_project.setdefault(wish.project, {})[wish.service_name] = wish

    def read(project: str) -> list[_Row] | AivenError:
        try:
            with outlook.call():
                listing = client.list_services(project, only=by_project[project])
        except AivenError as error:
            return error
        return [(service, None, listing.now) for service in listing.value]

    covered: list[_Row] = []
    for project, rows in zip(by_project, in_parallel(read, by_project), strict=True):
        if isinstance(rows, AivenError):
            found.unreadable[project] = rows
            continue
        listed = {service.name for service, _details, _now in rows}
        found.gone += [f"{project}/{name}" for name in by_project[project] if name not in listed]
        covered += [row for row in rows if scope.covers(row[0])]
    found.now = max((now for _service, _details, now in covered), default=local_now)
    limits: dict[tuple[str, str], Limits] = {}
    if scope.exact:
        covered = _looked_at_closely(client, covered, outlook, found.warnings.append)
        unlisted = Unlisted(client, found.warnings.append, outlook)
        limits = {(row[0].project, row[0].name): unlisted.limits_of(row[0], row[1]) for row in covered}
    for service, details, now in covered:
        key = (service.project, service.name)
        target = rpo_targets.get(key, DEFAULT_RPO_TARGET)
        wish = by_project[service.project][service.name]
        if wish.inventory is None:
            raise ValueError("the wish of a host has a region inventory")
        found.subjects.append(
            Subject(
                # The backups have told what they had to tell, and would fill the memory.
                service=replace(service, backups=None),
                protection=protection_of(
                    service, now=now, details=details, rpo_target=target, limits=limits.get(key, UNASKED)
                ),
                inventory=wish.inventory,
                override=wish.override if isinstance(wish.override, str) else None,
                rpo_target=target,
                drills=tuple(drills.get(key, ())),
                limits=limits.get(key, UNASKED),
            )
        )
    if scope.lag_period is not None:
        found.subjects = _with_lag(client, found.subjects, scope.lag_period, outlook, found.warnings.append)
    return found


def _looked_at_closely(
    client: AivenClient, rows: Iterable[_Row], outlook: Outlook, warn: Callable[[str], None]
) -> list[_Row]:
    """The rows, with details where a listing cannot tell exactly."""

    def look(row: _Row) -> _Row:
        service = row[0]
        unclear = service.service_type in TYPES_WITH_PITR or service.backups is None
        if service.secondary_region is None or service.powered_off or not unclear:
            return row
        try:
            with outlook.call():
                answer = client.get_backups(service.project, service.name)
        except AivenError as error:
            warn(f"the backups of {service.project}/{service.name} could not be read: {error.message}")
            return row
        return service, answer.value, answer.now

    return in_parallel(look, rows)


def _with_lag(
    client: AivenClient, subjects: list[Subject], period: str, outlook: Outlook, warn: Callable[[str], None]
) -> list[Subject]:
    def look(subject: Subject) -> Subject:
        service = subject.service
        if service.secondary_region is None or service.powered_off:
            return subject
        try:
            with outlook.call():
                series: Collection[LagSeries] = client.get_lag_report(service.project, service.name, period).value
        except AivenError as error:
            warn(f"the lag report of {service.project}/{service.name} could not be read: {error.message}")
            return subject
        return replace(subject, lag=tuple(series))

    return in_parallel(look, subjects)


def scope_of(params: Mapping[str, Any]) -> Scope:
    """The scope that the options of the audit action ask for."""
    return Scope(
        services=tuple(params["services"] or ()),
        service_types=tuple(params["service_types"] or ()),
        tags={str(key): str(value) for key, value in (params["tags"] or {}).items()},
        exact=params["exact"],
        lag_period=params["lag_period"],
    )
