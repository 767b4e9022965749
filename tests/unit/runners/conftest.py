# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulator.client import Simulator
from tests.simulator.fixtures import simulator, simulator_process
from tests.unit.runners.restores import Bench

__all__ = ["simulator", "simulator_process"]


@pytest.fixture
def bench(simulator: Simulator) -> Iterator[Bench]:
    """The projects shop and lab, and the source shop/orders."""
    for project in ("shop", "lab"):
        simulator.add_project(project)
    bench = Bench(simulator)
    bench.source()
    yield bench
    simulator.config(build_seconds=0)
