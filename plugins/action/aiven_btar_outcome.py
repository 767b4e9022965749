# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.run_folder import outcome_of


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, params = self.validate_argument_spec({"outcome": {"type": "dict"}})
        outcome = params["outcome"] or outcome_of((task_vars or {}).get("inventory_hostname", ""))
        if outcome is None:
            return {**result, "changed": False, "skipped": True, "skip_reason": "no outcome of this host is kept"}
        if not {"changed", "failed", "change", "before", "after", "error", "reason"} <= outcome.keys():
            raise AnsibleActionFail(
                "outcome is not an outcome of offsite.aiven.aiven_btar_fleet: give one of its results"
            )
        error = outcome["error"]
        result.update(
            changed=bool(outcome["changed"]),
            failed=bool(outcome["failed"]),
            change=outcome["change"],
            msg=outcome["reason"],
            # Its words are in msg: Ansible shows both, and a refusal need not be read twice.
            error={key: error[key] for key in error if key != "message"} if isinstance(error, Mapping) else error,
        )
        result.update({key: outcome[key] for key in ("fork", "restored", "warnings") if outcome.get(key)})
        if isinstance(outcome.get("diff"), Mapping):
            result["diff"] = outcome["diff"]
        elif outcome["changed"] and isinstance(outcome["before"], Mapping) and isinstance(outcome["after"], Mapping):
            label = f"{outcome.get('project')}/{outcome.get('service_name')}"
            result["diff"] = {
                "before_header": label,
                "after_header": label,
                "before": _regions(outcome["before"]),
                "after": _regions(outcome["after"]),
            }
        return result


def _regions(side: Mapping[str, object]) -> dict[str, list[object]]:
    return {"additional_backup_regions": [side["region"]] if side.get("region") else []}
