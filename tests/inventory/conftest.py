# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cores import OTHER_CORES, USUAL, binaries_of
from tests.inventory.support import Inventories
from tests.simulator.client import Simulator
from tests.simulator.fixtures import simulator, simulator_process

__all__ = ["simulator", "simulator_process"]


@pytest.fixture
def inventories(simulator: Simulator) -> Iterator[Inventories]:
    """With the core of the environment that the tests run in."""
    # Not in tmp_path: the newest core makes a socket below, whose path must be short.
    with tempfile.TemporaryDirectory() as folder:
        yield Inventories(Path(folder), simulator)


@pytest.fixture(params=[USUAL, *OTHER_CORES])
def inventories_of_any_core(request: pytest.FixtureRequest, inventories: Inventories) -> Inventories:
    if request.param == USUAL:
        return inventories
    return Inventories(inventories.folder, inventories.simulator, binaries_of(request.param))
