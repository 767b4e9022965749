# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.conftest import simulator, simulator_process, site
from tests.fleet.support import Site
from tests.simulator.client import Simulator
from tests.simulator.fixtures import postgres, postgres_process

__all__ = ["postgres", "postgres_process", "simulator", "simulator_process", "site"]


@pytest.fixture
def real(tmp_path: Path, postgres: Simulator) -> Site:
    """A folder with an inventory of real PostgreSQL services."""
    return Site(tmp_path, postgres)
