# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lost region takes along of the services whose hosts a task stands for, with the order that their variables give."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import (
    PRIORITY,
    Affected,
    parse_priority,
    region_down,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted, did_you_mean
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader, HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account, Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import not_named
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.survey import Survey, survey


@dataclass(frozen=True)
class Loss:
    """What was found of the hosts. ``hosts`` by project and name of their services; ``mistaken`` are hosts that are none,
    with why; ``owners`` are the accounts of the projects; ``unread`` are projects that the inventory could not read, with why.
    """

    region: str | None
    hosts: Mapping[tuple[str, str], HostVariables]
    owners: Mapping[str, Account]
    found: Survey
    mistaken: Mapping[str, str] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_unread(self) -> bool:
        """Whether no project could be read at all."""
        return bool(self.owners) and self.found.unreadable.keys() >= self.owners.keys()

    def report(self, scope: Mapping[str, Any]) -> dict[str, Any]:
        """What ``region_down`` says of it; also of what could not be found out."""
        left_out = [f"left out: {mistake}" for mistake in self.mistaken.values()]
        affected, without_priority = self._with_priorities()
        unreadable = {**self.unread, **{project: error.message for project, error in self.found.unreadable.items()}}
        return region_down(
            affected,
            region=self.region,
            now=self.found.now,
            scope={"projects": sorted({*self.owners, *self.unread}), **scope, "unreadable_projects": unreadable},
            copies_there=self.found.copies_there,
            unchecked=[*self.found.unchecked, *left_out, *without_priority, *_gone(self.found.gone)],
        )

    def _with_priorities(self) -> tuple[list[Affected], list[str]]:
        """Each with the priority that its host's variable gives, else its tag; what is no number is told and left out."""
        affected, told = [], []
        for each in self.found.affected:
            service = each.source.service
            given = self.hosts[service.project, service.name].shared.get(PRIORITY)
            value = service.tags.get(PRIORITY) if given in (None, "") else given
            try:
                if isinstance(given, AivenError):
                    raise given
                affected.append(replace(each, priority=parse_priority(value)))
            except (AivenError, ValueError) as error:
                told.append(f"{service.project}/{service.name} is left without priority: {cut(str(error))}")
                affected.append(each)
        return affected, told


def read_loss(reader: HostReader, accounts: Accounts, region: str | None, *, exact: bool, local_now: datetime) -> Loss:
    """What the loss of ``region`` (a cloud name or glob; None: wherever they are) means to the services of the batch.

    The variable of :data:`PRIORITY` must be among those that ``reader`` reads. Raises ``unknown_region``.
    """
    hosts: dict[tuple[str, str], HostVariables] = {}
    mistaken: dict[str, str] = {}
    for host in reader.read(reader.batch()):
        mistake = _mistake(host)
        key = str(host.project), str(host.service_name)
        if mistake is None and key in hosts:
            mistake = (
                f"host {host.host} is the same service {'/'.join(key)} as host {hosts[key].host}, which stands for it."
            )
        if mistake is None:
            hosts[key] = host
        else:
            mistaken[host.host] = mistake
    owners: dict[str, Account] = {}
    without: dict[str, AivenError] = {}
    for project, names in _by_project(hosts).items():
        try:
            owners[project] = accounts.of(hosts[project, names[0]].shared)
        except AivenError as error:
            without[project] = error
    if without and not owners:
        raise next(iter(without.values()))
    mistaken.update(
        {
            host.host: f"host {host.host}: {without[name[0]].message}"
            for name, host in hosts.items()
            if name[0] in without
        }
    )
    hosts = {name: host for name, host in hosts.items() if name[0] in owners}
    projects = _by_project(hosts)
    found = survey(owners, projects, region, exact=exact, local_now=local_now)
    if region is not None and not found.affected and not found.unreadable:
        _check_region(region, found.regions | reader.listed_clouds().keys(), next(iter(owners.values()), None))
    return Loss(region, hosts, owners, found, mistaken, reader.unread_projects())


def _mistake(host: HostVariables) -> str | None:
    """Why a host is no service that could be looked at."""
    mistake = host.mistake or not_named(host)
    return None if mistake is None else mistake.message


def _by_project(services: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    projects: dict[str, list[str]] = {}
    for project, name in services:
        projects.setdefault(project, []).append(name)
    return projects


def _check_region(region: str, known: Iterable[str], account: Account | None) -> None:
    """That nothing is found in a region that does not exist must not pass for good news."""
    names = set(known)
    if any(glob_matches(region, name) for name in names):
        return
    names |= account.facts.clouds().keys() if account is not None else set()
    if not any(glob_matches(region, name) for name in names):
        hint = did_you_mean(region, names) or "offsite.aiven.aiven_cloud_info lists all."
        raise AivenError("unknown_region", f"region {region!r} matches no cloud that Aiven lists; {hint}")


def _gone(labels: list[str]) -> list[str]:
    if not labels:
        return []
    shown = ", ".join(labels[:5]) + (" and others" if len(labels) > 5 else "")
    verb = "is" if len(labels) == 1 else "are"
    return [f"{counted(len(labels), 'service')} of the inventory {verb} not there any more ({shown})"]
