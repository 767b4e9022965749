# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout costs, beside what people use today: `make bench`.

A simulated fleet of each size in 50 projects, about 10 KB a service in a listing, twice: with nothing to change, and with a
tenth of the services to change. The loops over single services are measured with the smallest fleet; for the larger ones
they are extrapolated, and marked so. Times hold for this machine and its load, calls for every machine.

Usage: python -m tests.benchmark [--sizes 100,1000,10000] [--peers 100] [--repeat 3] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tests.benchmark.fleet import PROJECTS, Fleet
from tests.benchmark.ways import EMPTY_PLAY, INVENTORY, START, WAYS, Figures, Way, best, extrapolate, run
from tests.simulator.client import ROOT, Simulator

CALLS_A_MINUTE = 120
CASES = ("nothing to change", "10 % to change")
BY_KEY = {way.key: way for way in (*WAYS, EMPTY_PLAY, INVENTORY, START)}
# What a goal compares is measured in turns, so that a busy moment hits all of it.
COMPARED = [BY_KEY[key] for key in ("start", "inventory", "empty", "fleet", "shipped", "floor")]
MOST_MEMORY = 200e6


@dataclass(frozen=True)
class Row:
    """A way's figures in one case. ``runs`` are all that were measured, none where it is extrapolated."""

    size: int
    case: str
    way: Way
    figures: Figures
    runs: tuple[Figures, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "size": self.size,
            "case": self.case,
            "way": self.way.key,
            "title": self.way.title,
            **_data(self.figures),
            "minutes_at_120_calls": self.figures.calls / CALLS_A_MINUTE,
            "extrapolated": not self.runs,
            "runs": [_data(item) for item in self.runs],
        }


def measure(fleet: Fleet, case: str, ways: Sequence[Way], repeat: int) -> list[Row]:
    """Every way ``repeat`` times, in turns."""
    change = case != CASES[0]
    runs: dict[str, list[Figures]] = {way.key: [] for way in ways}
    fleet.prepare(change=change)
    run(EMPTY_PLAY, fleet)
    for turn in range(repeat):
        for way in ways:
            print(f"{fleet.size:,} services, {case}, {turn + 1} of {repeat}: {way.title}", file=sys.stderr, flush=True)
            if change:
                fleet.prepare(change=True)
            runs[way.key].append(run(way, fleet))
            if change and way.writes and (left := fleet.unchanged_wrongly()):
                raise RuntimeError(f"{way.title} left {left} services without a secondary region")
    return [Row(fleet.size, case, way, best(runs[way.key]), tuple(runs[way.key])) for way in ways]


def measure_size(size: int, *, peers: bool, repeat: int) -> list[Row]:
    with tempfile.TemporaryDirectory(prefix="offsite-aiven-") as folder, Simulator() as simulator:
        fleet = Fleet(simulator, Path(folder), size)
        rows = measure(fleet, CASES[0], COMPARED, repeat)
        rest = [way for way in WAYS if way not in COMPARED and (peers or not way.peer)]
        rows += measure(fleet, CASES[0], rest, 1)
        rows += measure(fleet, CASES[1], [*rest, *(BY_KEY[key] for key in ("fleet", "shipped", "floor"))], 1)
    return rows


def extrapolated(rows: Sequence[Row], smallest: int, size: int) -> list[Row]:
    starts = {"avn": Figures(0, 0, 0, 0), "uri": _figures(rows, smallest, "start")}
    empty = _figures(rows, smallest, "empty")
    return [
        Row(size, row.case, row.way, extrapolate(row.figures, starts.get(row.way.key, empty), size / smallest))
        for row in rows
        if row.size == smallest and row.way.peer
    ]


def goals(rows: Sequence[Row], size: int) -> list[dict[str, Any]]:
    """The project's own goals for a fleet of 10,000, seconds and bytes, whatever the size measured."""
    figures = {key: _figures(rows, size, key) for key in ("start", "inventory", "empty", "fleet", "shipped", "floor")}
    floor = figures["floor"].wall
    rollout = figures["fleet"].wall - figures["empty"].wall
    inventory = figures["inventory"].wall - figures["start"].wall
    return [
        _goal("rollout with nothing to change, over an empty play", rollout, 1.5 * floor + 1, "1.5 x the floor + 1 s"),
        _goal(
            "rollout as shipped, report included",
            figures["shipped"].wall,
            1.5 * figures["fleet"].wall,
            "1.5 x one wave",
        ),
        _goal("reading the inventory, over Ansible's own start", inventory, 2 * floor, "2 x the floor"),
        _goal("memory of the largest process, rollout in one wave", figures["fleet"].memory, MOST_MEMORY, "200 MB"),
        _goal("memory of the largest process, rollout as shipped", figures["shipped"].memory, MOST_MEMORY, "200 MB"),
    ]


def table(rows: Sequence[Row], size: int, case: str) -> str:
    lines = [f"\n{size:,} services in {PROJECTS} projects, {case}\n"]
    lines.append(
        f"  {'':50}  {'wall':>12}  {'CPU':>12}  {'memory':>7}  {'calls':>7}  at {CALLS_A_MINUTE} calls a minute"
    )
    for way in (*WAYS, EMPTY_PLAY):
        for row in rows:
            if (row.size, row.case, row.way) == (size, case, way):
                lines.append(_line(row))
    return "\n".join(lines)


def _line(row: Row) -> str:
    found, mark = row.figures, "" if row.runs else "~"
    memory = f"{found.memory / 1e6:.0f} MB" if row.runs else ""
    wall, cpu, waiting = (mark + _time(value) for value in (found.wall, found.cpu, found.calls / CALLS_A_MINUTE * 60))
    return f"  {row.way.title:50}  {wall:>9}  {cpu:>9}  {memory:>7}  {mark + f'{found.calls:,}':>8}  {waiting:>12}"


def _time(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def _goal(what: str, value: float, limit: float, words: str) -> dict[str, Any]:
    return {"goal": what, "value": value, "limit": limit, "limit_is": words, "held": value <= limit}


def _goal_line(goal: dict[str, Any]) -> str:
    verdict = "held" if goal["held"] else "NOT held"
    value, limit = _amount(goal, "value"), _amount(goal, "limit")
    why = "" if limit == goal["limit_is"] else f" ({goal['limit_is']})"
    return f"  {goal['goal']:52} {value:>8}, at most {limit}{why}: {verdict}"


def _amount(goal: dict[str, Any], key: str) -> str:
    return f"{goal[key] / 1e6:.0f} MB" if goal["goal"].startswith("memory") else f"{goal[key]:.2f} s"


def _figures(rows: Sequence[Row], size: int, key: str) -> Figures:
    return next(row.figures for row in rows if (row.size, row.case, row.way.key) == (size, CASES[0], key))


def _data(figures: Figures) -> dict[str, Any]:
    return {f"{key}{_UNITS.get(key, '')}": value for key, value in asdict(figures).items()}


_UNITS = {"wall": "_seconds", "cpu": "_seconds", "memory": "_bytes"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description="What a rollout costs.")
    parser.add_argument("--sizes", default="100,1000,10000", help="services, separated by commas")
    parser.add_argument("--peers", type=int, default=100, help="measure loops up to this size, extrapolate beyond")
    parser.add_argument("--repeat", type=int, default=3, help="runs of what the goals compare; the best counts")
    parser.add_argument("--json", type=Path, default=ROOT / ".venv" / "benchmark.json", help="the figures as data")
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    rows: list[Row] = []
    for size in sizes:
        peers = size <= options.peers or size == sizes[0]
        rows += measure_size(size, peers=peers, repeat=options.repeat)
        if not peers:
            rows += extrapolated(rows, sizes[0], size)
        for case in CASES:
            print(table(rows, size, case), flush=True)
    found = goals(rows, sizes[-1])
    print(f"\n  ~ extrapolated from {sizes[0]:,} services")
    print(f"\nGoals, with {sizes[-1]:,} services\n")
    print("\n".join(map(_goal_line, found)))
    data = {"projects": PROJECTS, "rows": [row.as_dict() for row in rows], "goals": found}
    options.json.write_text(json.dumps(data, indent=2) + "\n")
    print(f"\nAs data: {options.json}")


if __name__ == "__main__":
    main()
