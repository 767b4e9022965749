# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak: `make soak`. Ends with 1 where anything was lost, doubled, wrong or untrue.

Usage: python -m tests.soak [--operations 10000] [--services 500] [--seed N] [--minutes M]
"""

from __future__ import annotations

import argparse
import random
import sys
import time

from tests.simulator.client import Simulator
from tests.soak.model import Counts, Soak

TELL_EVERY = 100


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--operations", type=int, default=10_000)
    parser.add_argument("--services", type=int, default=500)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--minutes", type=float, help="stop after so many, whatever is left")
    options = parser.parse_args()
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    told = 0

    def tell(counts: Counts) -> None:
        nonlocal told
        for words in counts.words[told:]:
            print(words, flush=True)
        if len(counts.words) > told:
            print(f"to repeat: make soak SEED={options.seed} OPERATIONS={counts.operations}", flush=True)
        told = len(counts.words)
        if counts.operations % TELL_EVERY == 0:
            print(f"{counts}, after {time.monotonic() - started:.0f} s", flush=True)

    until = None if options.minutes is None else started + options.minutes * 60
    with Simulator(build_seconds=0) as simulator:
        counts = Soak(simulator, options.seed, options.services).run(options.operations, until=until, tell=tell)
    print(f"{counts}, in {time.monotonic() - started:.0f} s")
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.by_operation.items())))
    return 1 if counts.wrongs else 0


if __name__ == "__main__":
    sys.exit(main())
