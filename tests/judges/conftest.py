# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every judge of the simulator needs: the simulator itself, and a project with one service."""

from __future__ import annotations

import pytest

from tests.simulator.client import Simulator
from tests.simulator.fixtures import simulator, simulator_process

__all__ = ["shop", "simulator", "simulator_process"]


@pytest.fixture
def shop(simulator: Simulator) -> Simulator:
    """Project ``shop`` with a service ``orders-pg`` in aws-eu-west-1 that has no secondary region."""
    simulator.add_project("shop")
    simulator.add_service("shop", "orders-pg", plan="business-4")
    return simulator
