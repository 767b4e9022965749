# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role, and the options of actions that they become, which know type and choices."""

from __future__ import annotations

from typing import Any

import yaml

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    audit_options,
    drill_plan_options,
    fleet_options,
)
from tests.simulator.client import ROOT

SPECS: dict[str, Any] = yaml.safe_load((ROOT / "roles/btar/meta/argument_specs.yml").read_text(encoding="utf-8"))[
    "argument_specs"
]
ACTIONS = {"main": fleet_options(), "audit": audit_options(), "drill": drill_plan_options()}
# Variables that are not named like the option of the action that they become.
_OPTIONS = {
    "btar_defer_outcomes": "defer",
    "btar_report_dir": "directory",
    "btar_report_formats": "formats",
    "btar_report_csv_bom": "csv_bom",
    "btar_confirm_drill_price": "price_confirmed",
    "btar_drill_dir": "directory",
}
_PREFIXES = ("btar_", "audit_", "drill_")


def option_of(entry: str, variable: str) -> dict[str, Any]:
    """The option of the entry point's action that a variable of the role becomes."""
    options: dict[str, Any] = ACTIONS[entry]
    name = _OPTIONS.get(variable)
    if entry == "audit" and variable.startswith("btar_drill_"):
        name = "drills" if variable == "btar_drill_dir" else variable.removeprefix("btar_")
    if name is None:
        name = variable
        for prefix in _PREFIXES:
            name = name.removeprefix(prefix)
    found: dict[str, Any] = options[name]
    return found
