# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the run was called, for the commands that a report names: they are to be pasted where it was called."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.remedies import Invocation
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables


def invocation_of(hosts: Iterable[HostVariables], task_vars: Mapping[str, Any]) -> Invocation:
    """The inventories as seen from the present folder, the limit, and the host of each service."""
    limit = task_vars.get("ansible_limit")
    return Invocation(
        inventories=[_seen_from_here(str(source)) for source in task_vars.get("ansible_inventory_sources") or ()],
        limit=None if limit is None else str(limit),
        hosts={(str(host.project), str(host.service_name)): host.host for host in hosts},
    )


def _seen_from_here(source: str) -> str:
    """Ansible makes every path absolute; a list of hosts is no path."""
    here = os.getcwd()
    return os.path.relpath(source, here) if Path(source).is_relative_to(here) else source
