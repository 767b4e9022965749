# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.awx.jobs import Awx, repository, small_project
from tests.simulator.client import Simulator
from tests.simulator.fixtures import postgres, postgres_process, simulator, simulator_process

__all__ = ["postgres", "postgres_process", "simulator", "simulator_process"]


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path, for the sockets of the newest core."""
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder)


@pytest.fixture
def awx(short: Path, simulator: Simulator) -> Awx:
    return repository(short, simulator)


@pytest.fixture(params=[repository, small_project], ids=["repository", "small project"])
def awx_of_each_layout(request: pytest.FixtureRequest, short: Path, simulator: Simulator) -> Awx:
    made: Awx = request.param(short, simulator)
    return made
