# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The short form of the soak."""

from __future__ import annotations

import pytest

from tests.simulator.client import Simulator
from tests.soak.model import Soak

SEED, OPERATIONS = 7, 60


@pytest.mark.slow
def test_nothing_is_lost_doubled_wrong_or_untrue(simulator: Simulator) -> None:
    counts = Soak(simulator, SEED).run(OPERATIONS)
    assert not counts.wrongs, "\n".join(counts.words)
    assert (counts.operations, len(counts.by_operation)) == (OPERATIONS, 6)
    assert counts.killed > 0 and counts.faults > OPERATIONS, str(counts)
