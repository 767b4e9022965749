# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.role_options import SPECS, option_of

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "playbooks.md").read_text(encoding="utf-8")
TASKS = [
    path.read_text(encoding="utf-8")
    for top in ("roles/btar/tasks", "playbooks")
    for path in (ROOT / top).rglob("*.yml")
]
DEFAULTS: dict[str, Any] = yaml.safe_load((ROOT / "roles/btar/defaults/main.yml").read_text(encoding="utf-8"))


def documented() -> set[str]:
    return set(re.findall(r"^\| `(btar_\w+)` \|", PAGE, re.MULTILINE))


def used_by_playbooks() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").glob("*.yml")]
    # What begins with btar_awx is a setting of extensions/awx/settings.yml.
    return {name for text in texts for name in re.findall(r"\bbtar_(?!awx_)[a-z_]+\b", text)}


def options() -> set[str]:
    return {name for spec in SPECS.values() for name in spec["options"]}


def test_every_variable_of_a_run_is_in_the_table_and_no_other() -> None:
    known = options() | used_by_playbooks()
    assert documented() == known, f"change docs/playbooks.md or argument_specs.yml: {sorted(documented() ^ known)}"


def given(action: str) -> dict[str, set[str]]:
    """The variables from which the tasks of role and playbooks take each option of an action."""
    task = re.compile(rf"^( *)(?:- )?offsite\.aiven\.{action}:\n((?:\1 .*\n)+)", re.MULTILINE)
    found: dict[str, set[str]] = {}
    for text in TASKS:
        for _indent, arguments in task.findall(text):
            for option, value in re.findall(r"^ +(\w+): (.*)$", arguments, re.MULTILINE):
                found.setdefault(option, set()).update(re.findall(r"\bbtar_\w+", value))
    return found


def test_every_variable_of_the_role_is_used() -> None:
    plugins = [
        path.read_text(encoding="utf-8") for path in (ROOT / "plugins").rglob("*.py") if path.parent.name != "modules"
    ]
    assert {
        name for name in options() if not any(re.search(rf"\b{name}\b", text) for text in [*TASKS, *plugins])
    } == set()


@pytest.mark.parametrize("action", ["audit", "drill_plan", "fleet", "region_down", "restore_many"])
def test_actions_know_the_variables_behind_their_options(action: str) -> None:
    name = f"aiven_btar_{action}"
    known = importlib.import_module(f"ansible_collections.offsite.aiven.plugins.action.{name}").ActionModule.variables
    assert {(option, variables) for option, names in given(name).items() for variables in names} == set(known.items())


@pytest.mark.parametrize(
    ("entry", "variable"), [(entry, variable) for entry, spec in SPECS.items() for variable in spec["options"]]
)
def test_the_roles_defaults_are_those_of_the_actions(entry: str, variable: str) -> None:
    option, action = SPECS[entry]["options"][variable], option_of(entry, variable)
    if variable in DEFAULTS:
        assert DEFAULTS[variable] == option["default"]
    else:
        assert option.get("default") == (action.get("default") if "default" in option else None)


@pytest.mark.parametrize(
    ("entry", "variable"), [(entry, variable) for entry, spec in SPECS.items() for variable in spec["options"]]
)
def test_a_role_takes_empty_variables_and_says_what_fits(entry: str, variable: str) -> None:
    """Ansible would refuse an empty value for a narrower type; choices are in the text then."""
    option, action = SPECS[entry]["options"][variable], option_of(entry, variable)
    assert option["type"] in ("raw", "str")
    assert option["type"] == "raw" or action["type"] in ("str", "path")
    assert "choices" not in option
    if action["type"] == "str":
        assert all(f"V({choice})" in str(option["description"]) for choice in action.get("choices", ()))
