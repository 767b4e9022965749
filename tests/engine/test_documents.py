# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples in Python of docs/simulator.md do what they say."""

from __future__ import annotations

import re

import pytest

from tests.simulator.client import ROOT
from tests.simulator.fixtures import need_postgres

EXAMPLES = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/simulator.md").read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_the_example_runs(example: str) -> None:
    if "engine=" in example:
        need_postgres()
    exec(compile(example, "docs/simulator.md", "exec"), {})


def test_there_are_examples() -> None:
    assert len(EXAMPLES) == 2
