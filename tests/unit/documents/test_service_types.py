# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The types that Aiven copies to another region, in each place that has to know them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_BTAR
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore import known_options
from tests.simulator import catalog, fleet, schemas

ROOT = Path(__file__).resolve().parents[3]


def test_restores_know_what_each_can_be_asked_for() -> None:
    assert [kind for kind in sorted(TYPES_WITH_BTAR) if not known_options(kind)] == []


def test_the_simulator_copies_the_same() -> None:
    assert {
        kind for kind in schemas.PROPERTIES if schemas.supports(kind, "additional_backup_regions")
    } == TYPES_WITH_BTAR
    assert TYPES_WITH_BTAR - set(catalog.SERVICE_TYPES) == set()
    assert TYPES_WITH_BTAR - {kind for kind, _share in fleet.TYPES} == set()


@pytest.mark.parametrize("page", ["docs/faq.md", "plugins/modules/aiven_btar.py"])
def test_documentation_names_each(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    assert [kind for kind in sorted(TYPES_WITH_BTAR) if not re.search(rf"[`(]{kind}[`)]", text)] == []
