# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "playbooks.md").read_text(encoding="utf-8")
SPECS: dict[str, Any] = yaml.safe_load((ROOT / "roles/btar/meta/argument_specs.yml").read_text(encoding="utf-8"))[
    "argument_specs"
]
DEFAULTS: dict[str, Any] = yaml.safe_load((ROOT / "roles/btar/defaults/main.yml").read_text(encoding="utf-8"))


def documented() -> set[str]:
    return set(re.findall(r"^\| `(btar_\w+)` \|", PAGE, re.MULTILINE))


def used_by_playbooks() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "playbooks").glob("*.yml")]
    # What plays make themselves is no variable of a user's.
    own = {"btar_run", "btar_audit", "btar_news", "btar_plan_check", "btar_wave_hosts"}
    return {name for text in texts for name in re.findall(r"\bbtar_[a-z_]+\b", text)} - own


def options() -> set[str]:
    return {name for spec in SPECS.values() for name in spec["options"]}


def test_every_variable_of_a_run_is_in_the_table_and_no_other() -> None:
    assert documented() == options() | used_by_playbooks()


@pytest.mark.parametrize("entry", sorted(SPECS))
def test_the_roles_defaults_are_those_of_its_argument_specs(entry: str) -> None:
    for name, option in SPECS[entry]["options"].items():
        assert DEFAULTS.get(name) == option.get("default"), name
