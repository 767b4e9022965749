# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.support import Site
from tests.simulator.client import Simulator
from tests.simulator.fixtures import simulator, simulator_process

__all__ = ["simulator", "simulator_process"]


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator) -> Site:
    return Site(tmp_path, simulator)
