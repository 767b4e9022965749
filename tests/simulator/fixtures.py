# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for other tests: ``from tests.simulator.fixtures import simulator, simulator_process``, for real PostgreSQL
``postgres, postgres_process``."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.missing import missing

from .client import Simulator
from .engine import programs


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


def need_postgres() -> None:
    """Skip the test where PostgreSQL is missing; fail it in CI, which installs it."""
    if programs.find() is None:
        missing(programs.MISSING)


@pytest.fixture(scope="session")
def postgres_process() -> Iterator[Simulator]:
    """One simulator with real PostgreSQL servers for the whole session, without services."""
    need_postgres()
    with Simulator(engine="postgres", build_seconds=0) as running:
        yield running


@pytest.fixture
def postgres(postgres_process: Simulator) -> Simulator:
    """The session's simulator with real servers, reset: no services, no servers, no copies; its clock is the real one."""
    postgres_process.reset()
    return postgres_process
