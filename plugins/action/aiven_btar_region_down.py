# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ansible.errors import AnsibleError

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut
from ansible_collections.offsite.aiven.plugins.module_utils._api.options import region_down_options
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import (
    PRIORITY,
    Affected,
    parse_priority,
    region_down,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.action import AivenAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.files import write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.survey import Survey, survey
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.table import headline_words, table_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError


class ActionModule(AivenAction):
    # One report for all hosts of the batch.
    BYPASS_HOST_LOOP = True

    def argument_spec(self) -> dict[str, Any]:
        return region_down_options()

    def perform(self, client: AivenClient, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        region = params["region"].strip()
        if not region:
            raise AivenError(
                "invalid_target",
                "region is empty: name the cloud that is gone, to the playbook with -e btar_region=aws-eu-west-1.",
            )
        reader = HostReader(task_vars, self._task, self._loader)
        hosts, unnamed = _services_of_hosts(reader, task_vars)
        projects = _by_project(hosts)
        found = survey(client, projects, region, exact=params["exact"], local_now=datetime.now(UTC))
        found.unchecked += unnamed
        if not found.affected and not found.unreadable:
            _check_region(region, found.regions | reader.listed_clouds().keys(), client)
        report = region_down(
            self._with_priorities(found, hosts, task_vars),
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

    def _with_priorities(
        self, found: Survey, hosts: Mapping[tuple[str, str], str], task_vars: Mapping[str, Any]
    ) -> list[Affected]:
        """Each with the priority that its host's variable gives, else its tag; what is no number is told and left out."""
        affected = []
        for each in found.affected:
            service = each.source.service
            host = hosts[service.project, service.name]
            try:
                given = task_vars["hostvars"][host].get(PRIORITY)
                value = service.tags.get(PRIORITY) if given in (None, "") else given
                affected.append(replace(each, priority=parse_priority(value)))
            except (AnsibleError, ValueError) as error:
                found.unchecked.append(f"{service.project}/{service.name} is left without priority: {cut(str(error))}")
                affected.append(each)
        return affected

    def _result(self, report: dict[str, Any], paths: dict[str, str], found: Survey) -> dict[str, Any]:
        message = headline_words(report)
        for line in [message, *table_of(report), *(f"report: {path}" for path in paths.values())]:
            self._display.display(line, stderr=True)
        result = {
            "changed": False,
            "msg": message,
            "headline": report["headline"],
            "services": report["services"],
            "reports": paths,
        }
        if found.unreadable:
            project, error = next(iter(found.unreadable.items()))
            message = f"{len(found.unreadable)} projects could not be read, the first, {project}: {error.message}"
            result.update(failed=True, msg=message, error={**error.as_dict(), "message": message})
        return result


def _services_of_hosts(
    reader: HostReader, task_vars: Mapping[str, Any]
) -> tuple[dict[tuple[str, str], str], list[str]]:
    """The host of each service, and for each host without one a text: the others are not to wait for its mending."""
    hosts: dict[tuple[str, str], str] = {}
    unnamed = []
    for host in reader.read(task_vars.get("ansible_play_batch") or []):
        if isinstance(host.project, str) and isinstance(host.service_name, str) and host.project and host.service_name:
            hosts.setdefault((host.project, host.service_name), host.host)
        else:
            unnamed.append(f"host {host.host} is left out: it has no aiven_project or no aiven_service_name")
    return hosts, unnamed


def _by_project(services: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    projects: dict[str, list[str]] = {}
    for project, name in services:
        projects.setdefault(project, []).append(name)
    return projects


def _check_region(region: str, known: Iterable[str], client: AivenClient) -> None:
    """That nothing is found in a region that does not exist must not pass for good news."""
    names = set(known)
    if any(glob_matches(region, name) for name in names):
        return
    names |= client.list_clouds().keys()
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
    return [f"{len(labels)} services of the inventory are not there any more ({shown})"]
