# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The short form of the matrix: all that costs no real seconds; the rest runs with `make chaos`."""

from __future__ import annotations

import pytest

from tests.chaos.faults import FAULTS
from tests.chaos.matrix import table, try_all
from tests.chaos.operations import OPERATIONS, Operation
from tests.simulator.client import Simulator

QUICK = [fault for fault in FAULTS if not fault.slow]


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_cell_is_as_promised(simulator: Simulator, operation: Operation) -> None:
    cells = try_all(simulator, [operation], QUICK)
    assert not [cell for cell in cells if cell.surprises], table(cells)
    assert {cell.fault for cell in cells if cell.promise == "unmet"} < {fault.name for fault in QUICK}
