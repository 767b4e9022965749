# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a run are those that are documented, and what is nearly one is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import CONNECTION_VARIABLES
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.run_variables import RUN_VARIABLES, mistyped
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import VARIABLES

ROOT = Path(__file__).resolve().parents[3]
# Names in the documentation that are those of other things: settings of AWX, rulebooks, a pattern, somebody's group and mistake.
OTHERS = re.compile(r"btar_(awx|watch)_\w+|btar_(rollout|enabled|region_rule)")


def test_they_are_those_of_the_documentation() -> None:
    pages = [
        ROOT / "README.md",
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / "roles").rglob("*.yml"),
        *(ROOT / "playbooks").rglob("*.yml"),
    ]
    named = {
        name for page in pages for name in re.findall(r"(?<!_)\bbtar_[a-z_]*[a-z]\b", page.read_text(encoding="utf-8"))
    }
    ours = {name for name in named if not OTHERS.fullmatch(name)}
    assert ours == RUN_VARIABLES, f"change RUN_VARIABLES or the documentation: {sorted(ours ^ RUN_VARIABLES)}"


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("btar_max_change", "btar_max_changes"),
        ("btar_audit_ownr_tag", "btar_audit_owner_tag"),
        ("btar_wave", "btar_waves"),
        ("btar_confirm_disabled", "btar_confirm_disable"),
        ("aiven_api_tokn", "aiven_api_token"),
        ("aiven_validate_cert", "aiven_validate_certs"),
    ],
)
def test_what_is_nearly_one_is_told(name: str, meant: str) -> None:
    assert list(mistyped([name, "btar_waves"])) == [f"the variable {name} has no effect: did you mean {meant}?"]


OF_CONNECTION = sorted(CONNECTION_VARIABLES.values())
NOBODYS = ["btar_team", "btar_region_rule", "__btar_wave", "waves", "aiven_team"]


@pytest.mark.parametrize("name", [*sorted(RUN_VARIABLES), *OF_CONNECTION, *VARIABLES, *NOBODYS])
def test_what_is_one_and_what_is_nobodys_business_is_not_told(name: str) -> None:
    assert list(mistyped([name])) == []
