# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader


class ActionModule(ActionBase):
    """What HostReader reads of the batch, and how often it asked ansible for the variables of a host."""

    BYPASS_HOST_LOOP = True
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        variables = task_vars or {}
        manager = variables["hostvars"]._variable_manager
        asked, get_vars = [], manager.get_vars

        def counted(*arguments: Any, **keywords: Any) -> Any:
            asked.append(keywords.get("host"))
            return get_vars(*arguments, **keywords)

        manager.get_vars = counted
        reader = HostReader(variables, self._task, self._loader)
        result["read"] = {
            row.host: {"aiven_project": row.project, "aiven_service_name": row.service_name, **row.shared}
            for row in reader.read(variables["ansible_play_batch"])
        }
        result["asked"] = len(asked)
        return result
