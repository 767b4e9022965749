# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut
from ansible_collections.offsite.aiven.plugins.module_utils._api.options import region_down_options
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import (
    PRIORITY,
    Affected,
    parse_priority,
    region_down,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader, HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account, Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.batch_action import BatchAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.files import write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.survey import Survey, survey
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.table import headline_words, table_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError


class ActionModule(BatchAction):
    variables: ClassVar = {"region": "btar_region", "exact": "btar_region_exact", "directory": "btar_report_dir"}
    more_variables = (PRIORITY,)

    def argument_spec(self) -> dict[str, Any]:
        return region_down_options()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        region = params["region"].strip()
        if not region:
            raise AivenError(
                "invalid_target",
                "region is empty: name the cloud that is gone, to the playbook with -e btar_region=aws-eu-west-1.",
            )
        hosts = [(host, _mistake(host)) for host in reader.read(reader.batch())]
        services = {(str(host.project), str(host.service_name)): host for host, mistake in hosts if mistake is None}
        projects = _by_project(services)
        owners = {project: accounts.of(services[project, names[0]].shared) for project, names in projects.items()}
        found = survey(owners, projects, region, exact=params["exact"], local_now=datetime.now(UTC))
        # The others are not to wait for the mending of these.
        found.unchecked += [
            f"host {host.host} is left out: {mistake}" for host, mistake in hosts if mistake is not None
        ]
        if not found.affected and not found.unreadable:
            _check_region(region, found.regions | reader.listed_clouds().keys(), next(iter(owners.values()), None))
        report = region_down(
            self._with_priorities(found, services),
            region=region,
            now=found.now,
            scope=_scope_words(params, found, projects),
            copies_there=found.copies_there,
            unchecked=[*found.unchecked, *_gone(found.gone)],
        )
        paths = {}
        # A report of nothing would stand in the place of the last good one.
        unread = found.unreadable.keys() >= projects.keys()
        if params["directory"] is not None and not (unread and projects):
            try:
                paths = write_reports(report, params["directory"], params["formats"])
            except ReportError as error:
                raise AivenError("invalid_target", str(error)) from None
        self._warn(report["unchecked"])
        return self._result(report, paths, found)

    def _with_priorities(self, found: Survey, services: Mapping[tuple[str, str], HostVariables]) -> list[Affected]:
        """Each with the priority that its host's variable gives, else its tag; what is no number is told and left out."""
        affected = []
        for each in found.affected:
            service = each.source.service
            given = services[service.project, service.name].shared.get(PRIORITY)
            value = service.tags.get(PRIORITY) if given in (None, "") else given
            try:
                if isinstance(given, AivenError):
                    raise given
                affected.append(replace(each, priority=parse_priority(value)))
            except (AivenError, ValueError) as error:
                found.unchecked.append(f"{service.project}/{service.name} is left without priority: {cut(str(error))}")
                affected.append(each)
        return affected

    def _result(self, report: dict[str, Any], paths: dict[str, str], found: Survey) -> dict[str, Any]:
        message = headline_words(report)
        for line in [message, *table_of(report), *(f"report: {path}" for path in paths.values())]:
            self._say(line)
        result = {
            "changed": False,
            "msg": message,
            "headline": report["headline"],
            "services": report["services"],
            "reports": paths,
        }
        if found.unreadable:
            project, error = next(iter(found.unreadable.items()))
            message = (
                f"{counted(len(found.unreadable), 'project')} could not be read, the first, {project}: {error.message}"
            )
            result.update(failed=True, msg=message, error={**error.as_dict(), "message": message})
        return result


def _mistake(host: HostVariables) -> str | None:
    """Why a host is no service that could be looked at."""
    if host.mistake is not None:
        return host.mistake.message
    named = all(isinstance(value, str) and value for value in (host.project, host.service_name))
    return None if named else "it has no aiven_project or no aiven_service_name"


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
        near = difflib.get_close_matches(region, names, 3)
        hint = f"; similar are {', '.join(near)}" if near else ""
        raise AivenError("unknown_region", f"region {region!r} matches no cloud that Aiven lists{hint}.")


def _scope_words(params: Mapping[str, Any], found: Survey, projects: Iterable[str]) -> dict[str, Any]:
    unreadable = {project: error.message for project, error in found.unreadable.items()}
    return {"projects": sorted(projects), "exact": params["exact"], "unreadable_projects": unreadable}


def _gone(labels: list[str]) -> list[str]:
    if not labels:
        return []
    shown = ", ".join(labels[:5]) + (" and others" if len(labels) > 5 else "")
    verb = "is" if len(labels) == 1 else "are"
    return [f"{counted(len(labels), 'service')} of the inventory {verb} not there any more ({shown})"]
