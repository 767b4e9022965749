# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit looks at: the services of hosts, each with its protection now and what is wanted of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import Subject
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import UNASKED, Limits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Asked
from ansible_collections.offsite.aiven.plugins.module_utils._core.lag import LagSeries
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_PITR, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import Protection, protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.scope import covers
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.module_utils._runners.unlisted import Unlisted
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan_lists import plan_lists
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.snapshot import Snapshot

# An account, and a project of it.
_Place = tuple[Account, str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A service as it was read at ``now``, the API's time, and what is wanted of it."""

    service: Service
    target: FleetTarget
    now: datetime
    protection: Protection
    limits: Limits = UNASKED


@dataclass(frozen=True, slots=True)
class Scope:
    """Which services are looked at, and how closely. ``tags`` are globs by key; ``plans``: the lists of plans are read."""

    services: Sequence[str] = ()
    service_types: Sequence[str] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    lag_period: str | None = None
    plans: bool = False

    def covers(self, service: Service) -> bool:
        return covers(
            self.services,
            self.service_types,
            self.tags,
            name=service.name,
            service_type=service.service_type,
            own=service.tags,
        )


@dataclass(frozen=True, slots=True)
class Proofs:
    """The drills of each (project, service name), newest first, and in words what is wrong with the evidence of them."""

    drills: Mapping[tuple[str, str], Sequence[Drill]] = field(default_factory=dict)
    breaks: Mapping[tuple[str, str], Sequence[str]] = field(default_factory=dict)


@dataclass(slots=True)
class Survey:
    """What was found. ``unreadable`` has the error of each project that could not be listed, ``gone`` the labels of hosts
    whose service is not there any more, ``left_out`` counts the services that are not covered, by their type, ``mistakes``
    why hosts are no service that could be looked at; ``warnings`` are in words.
    """

    now: datetime
    subjects: list[Subject] = field(default_factory=list)
    unreadable: dict[str, AivenError] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    mistakes: list[AivenError] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


def survey(
    targets: Sequence[FleetTarget],
    proofs: Proofs,
    scope: Scope,
    local_now: datetime,
    snapshot: Snapshot | None = None,
    asked: Mapping[tuple[str, str], Asked] = MappingProxyType({}),
) -> Survey:
    """The services of ``targets`` with their protection: one call for each project that is not in ``snapshot``, and what
    ``scope`` and what is ``asked`` of each (project, service name) need besides. Raises Interrupted.
    """
    found = Survey(local_now)
    by_place: dict[_Place, dict[str, FleetTarget]] = {}
    for target in targets:
        if target.account is None:
            found.mistakes += [target.mistake] if target.mistake is not None else []
        else:
            by_place.setdefault((target.account, target.project), {})[target.service_name] = target
    known = {} if snapshot is None or scope.exact else snapshot
    places = list(by_place)
    times = [local_now]
    listed = in_parallel(lambda place: _read(place, by_place[place], known, exact=scope.exact), places)
    covered: list[_Row] = []
    for place, rows in zip(places, listed, strict=True):
        if isinstance(rows, AivenError):
            found.unreadable[place[1]] = rows
            continue
        names = {row.service.name for row in rows}
        found.gone += [f"{place[1]}/{name}" for name in by_place[place] if name not in names]
        covered += [row for row in rows if scope.covers(row.service)]
        found.left_out.update(row.service.service_type for row in rows if not scope.covers(row.service))
        times += [row.now for row in rows]
    found.now = max(times[1:], default=local_now)
    if scope.exact:
        unlisted = {
            account: Unlisted(account.client, found.warnings.append, account.breaker) for account, _project in places
        }
        covered = in_parallel(lambda row: _looked_at_closely(row, unlisted, found.warnings.append), covered)
    covered = _with_plans(covered, scope, asked, found.warnings.append)
    found.subjects = [_subject(row, proofs, asked) for row in covered]
    if scope.lag_period is not None:
        period, accounts = scope.lag_period, [row.target.account for row in covered]
        pairs = zip(accounts, found.subjects, strict=True)
        found.subjects = in_parallel(lambda pair: _with_lag(*pair, period, found.warnings.append), list(pairs))
    return found


def _read(
    place: _Place, targets: Mapping[str, FleetTarget], snapshot: Snapshot, *, exact: bool
) -> list[_Row] | AivenError:
    """The services of a project, or why they cannot be told. Unless they are looked at closely, their backups have told what
    they had to tell, and would fill the memory.
    """
    account, project = place
    seen = snapshot.get((account.number, project))
    if seen is not None:
        return [
            _Row(service, targets[name], seen.now, protection)
            for name, (service, protection) in seen.services.items()
            if name in targets
        ]
    try:
        with account.breaker.call():
            listing = account.client.list_services(project, only=targets)
    except Interrupted:
        raise
    except AivenError as error:
        return error
    return [
        _Row(
            service if exact else replace(service, backups=None),
            targets[service.name],
            listing.now,
            protection_of(service, now=listing.now, rpo_target=targets[service.name].rpo_target),
        )
        for service in listing.value
    ]


def _subject(row: _Row, proofs: Proofs, asked: Mapping[tuple[str, str], Asked]) -> Subject:
    target = row.target
    if target.inventory is None:
        raise ValueError("the target of a host has a region inventory")
    return Subject(
        service=replace(row.service, backups=None),
        protection=row.protection,
        inventory=target.inventory,
        override=target.override if isinstance(target.override, str) else None,
        rpo_target=target.rpo_target,
        drills=tuple(proofs.drills.get((target.project, target.service_name), ())),
        breaks=tuple(proofs.breaks.get((target.project, target.service_name), ())),
        limits=row.limits,
        asked=asked.get((target.project, target.service_name)),
    )


def _looked_at_closely(row: _Row, unlisted: Mapping[Account, Unlisted], warn: Callable[[str], None]) -> _Row:
    """The row, with its protection told by details where a listing cannot tell exactly, and by the limits of its plan and
    cloud.
    """
    service, account = row.service, row.target.account
    if account is None:
        return row
    details, now = None, row.now
    unclear = service.service_type in TYPES_WITH_PITR or service.backups is None
    if service.secondary_region is not None and not service.powered_off and unclear:
        try:
            with account.breaker.call():
                answer = account.client.get_backups(service.project, service.name)
            details, now = answer.value, answer.now
        except Interrupted:
            raise
        except AivenError as error:
            warn(f"the backups of {service.project}/{service.name} could not be read: {error.message}")
    limits = unlisted[account].limits_of(service, details)
    protection = protection_of(service, now=now, details=details, rpo_target=row.target.rpo_target, limits=limits)
    return replace(row, service=replace(service, backups=None), now=now, protection=protection, limits=limits)


def _with_plans(
    rows: Sequence[_Row], scope: Scope, asked: Mapping[tuple[str, str], Asked], warn: Callable[[str], None]
) -> list[_Row]:
    """The rows, those that may have a copy with the plans of their type, if those are needed."""

    def needed(service: Service) -> bool:
        own = asked.get((service.project, service.name))
        return scope.plans or (own is not None and (own.max_interval is not None or own.min_retention is not None))

    keys = [
        (row.target.account, row.service.project, row.service.service_type)
        if row.target.account is not None
        and row.service.secondary_region is not None
        and row.protection.status != "unsupported"
        and needed(row.service)
        else None
        for row in rows
    ]
    lists = plan_lists([key for key in keys if key is not None], warn)
    return [
        row if key is None or key not in lists else replace(row, limits=replace(row.limits, plans=lists[key]))
        for row, key in zip(rows, keys, strict=True)
    ]


def _with_lag(account: Account | None, subject: Subject, period: str, warn: Callable[[str], None]) -> Subject:
    service = subject.service
    if account is None or service.secondary_region is None or service.powered_off:
        return subject
    try:
        with account.breaker.call():
            series: Collection[LagSeries] = account.client.get_lag_report(service.project, service.name, period).value
    except Interrupted:
        raise
    except AivenError as error:
        warn(f"the lag report of {service.project}/{service.name} could not be read: {error.message}")
        return subject
    return replace(subject, lag=tuple(series))


def scope_of(params: Mapping[str, Any]) -> Scope:
    """The scope that the options of the audit action ask for."""
    return Scope(
        services=tuple(params["services"] or ()),
        service_types=tuple(params["service_types"] or ()),
        tags={str(key): str(value) for key, value in (params["tags"] or {}).items()},
        exact=params["exact"],
        lag_period=params["lag_period"],
        plans=params["plans"],
    )
