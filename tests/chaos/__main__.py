# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The whole matrix: `make chaos`. Ends with 1 where a cell is not as promised.

Usage: python -m tests.chaos [--operation GLOB] [--fault GLOB]
"""

from __future__ import annotations

import argparse
import sys
import time
from fnmatch import fnmatchcase

from tests.chaos.faults import FAULTS
from tests.chaos.matrix import table, try_all
from tests.chaos.operations import OPERATIONS
from tests.simulator.client import Simulator


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--operation", default="*", help="only operations whose names fit")
    parser.add_argument("--fault", default="*", help="only faults whose names fit")
    options = parser.parse_args()
    operations = [row for row in OPERATIONS if fnmatchcase(row.name, options.operation)]
    faults = [column for column in FAULTS if fnmatchcase(column.name, options.fault)]
    started = time.monotonic()
    with Simulator(build_seconds=0) as simulator:
        cells = try_all(simulator, operations, faults)
    print(f"{table(cells)}, in {time.monotonic() - started:.0f} s")
    return 1 if any(cell.surprises for cell in cells) else 0


if __name__ == "__main__":
    sys.exit(main())
