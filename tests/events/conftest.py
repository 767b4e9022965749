# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.events.rulebooks import Rulebooks, need_rulebook
from tests.simulator.client import Simulator
from tests.simulator.fixtures import simulator, simulator_process

__all__ = ["simulator", "simulator_process"]


@pytest.fixture
def rulebooks(tmp_path: Path, simulator: Simulator) -> Iterator[Rulebooks]:
    running = Rulebooks(tmp_path, simulator, need_rulebook())
    yield running
    running.stop()
