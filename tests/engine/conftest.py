# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project with one real service, and what several tests of real services ask."""

from __future__ import annotations

import pytest

from tests.simulator.client import Simulator
from tests.simulator.fixtures import postgres, postgres_process

from .support import SECONDARY

__all__ = ["postgres", "postgres_process", "shop"]


@pytest.fixture
def shop(postgres: Simulator) -> Simulator:
    """Project ``shop`` with the real service ``orders`` in aws-eu-west-1, copied to aws-eu-central-1; an empty table ``sales``."""
    postgres.add_project("shop")
    postgres.add_service("shop", "orders", plan="business-4", region=SECONDARY)
    postgres.sql("shop", "orders", "CREATE TABLE sales (id int PRIMARY KEY)")
    return postgres
