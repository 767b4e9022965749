# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans of service types, as many lists as matter: one call for each type and project."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account

# A type in a project of an account.
Key = tuple[Account, str, str]


def plan_lists(keys: Iterable[Key], warn: Callable[[str], None]) -> Mapping[Key, ServicePlans]:
    """The plans of each, as far as they can be read; ``warn`` is told why one cannot. Raises Interrupted.

    A token that may not read them for one type of a project may not for another.
    """
    types: dict[tuple[Account, str], dict[str, None]] = {}
    for account, project, service_type in keys:
        types.setdefault((account, project), {})[service_type] = None

    def read(place: tuple[Account, str]) -> dict[Key, ServicePlans]:
        account, project = place
        plans: dict[Key, ServicePlans] = {}
        for service_type in types[place]:
            try:
                with account.breaker.call():
                    plans[account, project, service_type] = account.client.list_service_plans(project, service_type)
            except Interrupted:
                raise
            except AivenError as error:
                warn(f"the plans of {service_type} in project {project} could not be read: {error.message}")
                if error.code == "permission_denied":
                    break
        return plans

    return {key: plans for each in in_parallel(read, types) for key, plans in each.items()}
