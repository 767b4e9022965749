# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The long form: ``python -m tests.fuzz [CASES [TARGET...]]``, so many cases of each target, 1,250 by default.

Prints the counts by target, and the first case of each kind of failure; exits with 1 if there is any.
"""

from __future__ import annotations

import logging
import os
import sys

from tests.fuzz import campaign
from tests.fuzz.world import World
from tests.simulator.client import Simulator

# With 18 targets above 20,000 cases.
CASES = 1250


def main(arguments: list[str]) -> int:
    logging.disable()
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    cases, targets = int(arguments[0]) if arguments else CASES, arguments[1:] or campaign.NAMES
    tallies = []
    with Simulator(build_seconds=0) as simulator:
        world = World(simulator)
        for target in targets:
            tallies.append(campaign.run(world, target, range(cases)))
            print(tallies[-1], flush=True)
            for kind, text in tallies[-1].failures.items():
                print(f"  {tallies[-1].kinds[kind]} times {kind}; the first, {text}", flush=True)
    print(f"{sum(tally.cases for tally in tallies)} cases, {sum(tally.failed for tally in tallies)} failed")
    return 0 if all(tally.promises_held for tally in tallies) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
