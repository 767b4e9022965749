# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for other tests: ``from tests.simulator.fixtures import simulator, simulator_process  # noqa: F401``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .client import Simulator


@pytest.fixture(scope="session")
def simulator_process() -> Iterator[Simulator]:
    """One simulator for the whole session, without services."""
    with Simulator(build_seconds=0) as running:
        yield running


@pytest.fixture
def simulator(simulator_process: Simulator) -> Simulator:
    """The session's simulator, reset: no services, faults, log; default token and clock."""
    simulator_process.reset()
    return simulator_process
