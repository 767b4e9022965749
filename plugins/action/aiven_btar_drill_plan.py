# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import drill_plan_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.choosing import Choosing, Chosen, Settings
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.tasks_file import tasks_file
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.batch_action import BatchAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import targets_of_hosts

_NO_NEGATIVES = ("count", "max_total", "window_days", "restore_timeout", "verify_timeout")
_MOST_REASONS = 5
_SHOWN = ("project", "service_name", "fork_project", "fork_name", "recover_to", "plan", "price_usd_per_hour")


class ActionModule(BatchAction):
    variables: ClassVar = {
        "directory": "btar_drill_dir",
        "price_confirmed": "btar_confirm_drill_price",
        **{
            option: f"btar_drill_{option}"
            for option in drill_plan_options()
            if option not in ("directory", "price_confirmed")
        },
    }

    def argument_spec(self) -> dict[str, Any]:
        return drill_plan_options()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        run_folder.begin_run()
        settings = _settings(params, tasks_file(params["verify"], self._loader))
        targets = targets_of_hosts(list(reader.read(reader.batch())), "enabled", accounts)
        found = Choosing(targets, settings).choose()
        run_folder.keep_drills(found.orders)
        self._warn([*found.warnings, *_mistakes(targets)])
        return self._result(found, settings, targets)

    def _result(self, found: Chosen, settings: Settings, targets: Mapping[str, FleetTarget]) -> dict[str, Any]:
        drills = [
            {key: order[key] for key in _SHOWN} for order in found.orders.values() if order["fork_name"] is not None
        ]
        leftovers = [left for order in found.orders.values() for left in order["leftovers"]]
        message = f"{counted(len(drills), 'service')} to drill of {len(targets)}"
        if leftovers:
            message += f"; {counted(len(leftovers), 'fork')} of earlier drills to delete"
        self._say(f"drill: {message}")
        for drill in drills:
            self._say(f"  {drill['project']}/{drill['service_name']} to {drill['recover_to']}, as {drill['fork_name']}")
        result: dict[str, Any] = {
            "changed": False,
            "msg": message,
            "drills": drills,
            "leftovers": leftovers,
            "left_out": [
                {"project": label.partition("/")[0], "service_name": label.partition("/")[2], "reason": reason}
                for label, reason in found.left_out.items()
            ],
        }
        error = _error(found, settings, drills)
        if error is not None:
            result.update(failed=True, msg=error["message"], error=error)
        return result


def _error(found: Chosen, settings: Settings, drills: list[dict[str, Any]]) -> dict[str, Any] | None:
    if found.unreadable:
        project, error = next(iter(found.unreadable.items()))
        message = (
            f"{counted(len(found.unreadable), 'project')} could not be read, the first, {project}: {error.message}"
        )
        return {**error.as_dict(), "message": message}
    nothing_wanted = (settings.count == 0 and settings.select != "all") or settings.max_total == 0
    if drills or nothing_wanted:
        return None
    if found.expensive:
        message = f"no service is drilled: {_some(found.expensive)}. Allow it with -e btar_confirm_drill_price=true."
        return error_of("change_not_allowed", message)
    return error_of("nothing_to_restore", f"no service can be drilled: {_some(found.left_out) or 'there is none'}.")


def _some(reasons: Mapping[str, str]) -> str:
    shown = [f"{label}: {reason}" for label, reason in list(reasons.items())[:_MOST_REASONS]]
    more = [f"and {len(reasons) - len(shown)} more"] if len(reasons) > len(shown) else []
    return "; ".join([*shown, *more])


def _mistakes(targets: Mapping[str, FleetTarget]) -> list[str]:
    return [f"left out: {target.mistake.message}" for target in targets.values() if target.mistake]


def _settings(params: Mapping[str, Any], verify: str | None) -> Settings:
    for key in _NO_NEGATIVES:
        if not (math.isfinite(params[key]) and params[key] >= 0):
            raise AivenError("invalid_target", f"btar_drill_{key} is {params[key]:g}: give a number, 0 or more.")
    if params["max_forks"] < 1:
        raise AivenError("invalid_target", f"btar_drill_max_forks is {params['max_forks']}: give 1 or more.")
    return Settings(
        **{key: params[key] for key in ("select", "point", "keep", "price_confirmed", "project", "plan", "directory")},
        **{key: params[key] for key in _NO_NEGATIVES},
        max_price=_price(params["max_price"]),
        verify=verify,
    )


def _price(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        price = Decimal(text)
    except InvalidOperation:
        price = Decimal("NaN")
    if not price.is_finite() or price < 0:
        raise AivenError("invalid_target", f"btar_drill_max_price is {text!r}: give US dollars an hour, such as 0.5.")
    return price
