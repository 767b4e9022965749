# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example of the plugin, and of its page, is read against the demonstration's fleet."""

from __future__ import annotations

import re

import pytest

from tests.inventory.support import Inventories
from tests.simulator.client import ROOT, Simulator

PLUGIN = (ROOT / "plugins/inventory/aiven_services.py").read_text()
PAGE = (ROOT / "docs/inventory.md").read_text()

(EXAMPLES,) = re.findall(r'^EXAMPLES = r"""\n(.*?)^"""', PLUGIN, re.MULTILINE | re.DOTALL)
IN_THE_PLUGIN = [text for text in EXAMPLES.split("---\n") if text.strip()]
ON_THE_PAGE = [text for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL) if "plugin:" in text]


def test_there_are_examples() -> None:
    assert len(IN_THE_PLUGIN) >= 5
    assert len(ON_THE_PAGE) >= 3


@pytest.mark.parametrize("example", IN_THE_PLUGIN + ON_THE_PAGE)
def test_example(inventories: Inventories, simulator: Simulator, example: str) -> None:
    simulator.seed(240)
    listing = inventories.list_source(inventories.write(example))
    assert listing.run.returncode == 0, listing.output
    assert 0 < len(listing.hosts) <= 240
    assert "WARNING" not in listing.output or "hostname SERVICE gives" in listing.output
