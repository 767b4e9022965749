# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plan of a restore of many: the services to restore in their order, and all that must not be tried, told before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_PITR
from ansible_collections.offsite.aiven.plugins.module_utils._core.restores import (
    PLAN,
    VPC,
    Planned,
    ServiceName,
    plan_restores,
)
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.loss import Loss

Settings = dict[ServiceName, dict[str, str]]
Errors = dict[ServiceName, AivenError]


def planned_restores(loss: Loss, report: Mapping[str, Any], *, suffix: str, recover_to: str) -> list[Planned]:
    """The services to restore in their order, then those that must not be tried, with the reason.

    Calls: one for each project with a service to restore to a point in time, which tells whether the token may ask for it.
    """
    hosts = {name: host.host for name, host in loss.hosts.items()}
    settings, errors = _settings(loss.hosts)

    def planned() -> list[Planned]:
        told = {name: error.as_dict() for name, error in errors.items()}
        return plan_restores(report, hosts, settings, told, suffix=suffix, recover_to=recover_to)

    if recover_to != "backup":
        errors.update(_not_permitted(planned(), loss))
    return [*planned(), *_unreadable(loss, suffix)]


def _settings(hosts: Mapping[ServiceName, HostVariables]) -> tuple[Settings, Errors]:
    """What hosts say of how to restore them, and the errors of those that say it wrongly."""
    settings: Settings = {}
    errors: Errors = {}
    for name, host in hosts.items():
        for key in (PLAN, VPC):
            value = host.shared.get(key)
            if isinstance(value, AivenError):
                errors[name] = value
            elif value not in (None, ""):
                settings.setdefault(name, {})[key] = str(value)
    return settings, errors


def _not_permitted(planned: Iterable[Planned], loss: Loss) -> Errors:
    """Of services that would lose what came after their last base backup, only because the token may not ask for more."""
    asked: dict[str, list[Planned]] = {}
    for each in planned:
        if each.error is None and each.service_type in TYPES_WITH_PITR:
            asked.setdefault(each.project, []).append(each)

    def read(project: str) -> AivenError | None:
        client = loss.owners[project].client
        try:
            # One try: of a region that is gone there may be no answer, and then none is needed.
            client.get_backups(project, asked[project][0].service_name, until=client.transport.clock())
        except Interrupted:
            raise
        except AivenError as error:
            return error if error.code == "permission_denied" else None
        return None

    errors: Errors = {}
    for project, error in zip(asked, in_parallel(read, asked), strict=True):
        if error is not None:
            error.message += " Without it only the newest base backups can be restored: btar_restore_recover_to=backup."
            errors.update(dict.fromkeys(((each.project, each.service_name) for each in asked[project]), error))
    return errors


def _unreadable(loss: Loss, suffix: str) -> Iterable[Planned]:
    """The services of projects that could not be read: whether they are concerned is not known."""
    for (project, name), host in loss.hosts.items():
        error = loss.found.unreadable.get(project)
        if error is not None:
            yield Planned(host.host, project, name, None, None, name + suffix, error=error.as_dict())
