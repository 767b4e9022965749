# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What slices of a large fleet cost under the rate limit of one token: `make bench-scale`.

Usage: python -m tests.scale [--services 100000] [--projects 1000] [--slices 8] [--calls 120] [--scale 10] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from tests.scale.slices import Figures, Label, Limits, Size, by_host, by_project, fill, least_minutes, roll_out
from tests.simulator.client import ROOT, Simulator

Divide = Callable[[Sequence[Label], int], list[list[Label]]]
HEAD = ("", "calls", "refused", "minutes", "at least", "memory", "changed", "failed")


def line(title: str, figures: Figures, limits: Limits) -> str:
    cells = (
        title,
        f"{figures.total('calls'):,}",
        f"{figures.total('refused'):,}",
        f"{figures.minutes:.1f}",
        f"{least_minutes(figures.limited, limits):.0f}",
        f"{figures.memory / 1e6:.0f} MB",
        f"{figures.total('changed'):,}",
        str(figures.total("failed")),
    )
    return row(cells)


def row(cells: Sequence[str]) -> str:
    return f"{cells[0]:62}" + "".join(f"{cell:>10}" for cell in cells[1:])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.scale", description=__doc__)
    parser.add_argument("--services", type=int, default=100_000)
    parser.add_argument("--projects", type=int, default=1000)
    parser.add_argument("--slices", type=int, default=8)
    parser.add_argument("--calls", type=int, default=120, help="a minute, of one token")
    parser.add_argument("--scale", type=float, default=10, help="how many times as fast as real time")
    parser.add_argument("--json", type=Path, default=ROOT / ".venv" / "scale.json", help="the figures as data")
    options = parser.parse_args()
    limits = Limits(options.calls, options.scale)
    whole = Size(options.services, options.projects)
    some = Size(options.services, options.projects, change_each=100)
    tenth = Size(options.services // 10, options.projects // 10)
    ways: list[tuple[str, Size, int, Divide]] = [
        ("nothing to change, one run", whole, 1, by_project),
        ("nothing to change, slices by project", whole, options.slices, by_project),
        ("1 % to change, slices by project", some, options.slices, by_project),
        ("nothing to change, one run", tenth, 1, by_project),
        ("nothing to change, slices by project", tenth, options.slices, by_project),
        ("nothing to change, slices by host, as AWX makes them", tenth, options.slices, by_host),
    ]
    found: list[tuple[str, Figures]] = []
    filled: Size | None = None
    print(row(HEAD), flush=True)
    with Simulator(build_seconds=0) as simulator:
        for title, size, slices, divide in ways:
            print(f"{size.services:,} services, {title}", file=sys.stderr, flush=True)
            if size != filled:
                fill(simulator, size)
                filled = size
            figures = roll_out(simulator, size, slices, limits, divide)
            found.append((title, figures))
            print(line(f"{size.services:,} services: {title}", figures, limits), flush=True)
    options.json.parent.mkdir(exist_ok=True)
    options.json.write_text(json.dumps([{"title": title, **asdict(figures)} for title, figures in found], indent=2))


if __name__ == "__main__":
    main()
