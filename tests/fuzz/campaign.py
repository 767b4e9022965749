# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs targets over numbered cases and counts what became of them. The number of a case is its seed."""

from __future__ import annotations

import resource
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from tests.fuzz import api_targets, file_targets, report_targets
from tests.fuzz.world import World

# Seconds that a case may take; the slowest seen take a tenth.
DEADLINE = 20
# Megabytes by which the peak of the process may grow in a target.
MOST_MEMORY = 512

NAMES = (*api_targets.TARGETS, *report_targets.TARGETS, *file_targets.TARGETS)


class TooLong(BaseException):
    """A case that hangs. No handler of errors takes it."""


@dataclass
class Tally:
    """What became of the cases of a target. ``failures`` has the first case of each kind, with its traceback."""

    target: str
    cases: int = 0
    understood: int = 0
    failed: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    megabytes: float = 0.0
    failures: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def promises_held(self) -> bool:
        return not self.failed and self.megabytes < MOST_MEMORY

    def __str__(self) -> str:
        return (
            f"{self.target:20} {self.cases:6} cases, {self.understood:6} understood, {self.failed} failed, slowest {self.slowest:.2f} s, "
            f"{self.seconds:.0f} s, +{self.megabytes:.0f} MB"
        )


def run(world: World, target: str, cases: Iterable[int]) -> Tally:
    """Tries a target with each of these cases."""
    tally, before = Tally(target), _peak()
    begun = time.monotonic()
    for number in cases:
        _try(_target(world, target), f"{target} {number}", tally)
    tally.seconds = time.monotonic() - begun
    tally.megabytes = _peak() - before
    return tally


def _target(world: World, name: str) -> Callable[[str], bool]:
    of_api = {**api_targets.TARGETS, **report_targets.TARGETS}
    return partial(of_api[name], world) if name in of_api else file_targets.TARGETS[name]


def _try(target: Callable[[str], bool], seed: str, tally: Tally) -> None:
    begun = time.monotonic()
    tally.cases += 1
    try:
        with _deadline():
            tally.understood += target(seed)
    except (Exception, TooLong) as error:
        place = traceback.extract_tb(error.__traceback__)[-1]
        kind = f"{type(error).__name__} at {place.filename.rpartition('/')[2]}:{place.lineno}"
        tally.failed += 1
        tally.kinds[kind] += 1
        tally.failures.setdefault(kind, f"case {seed!r}:\n{''.join(traceback.format_exception(error))[-3000:]}")
    tally.slowest = max(tally.slowest, time.monotonic() - begun)


@contextmanager
def _deadline() -> Iterator[None]:
    def over(*_args: object) -> None:
        raise TooLong(f"not done after {DEADLINE} s")

    former = signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, DEADLINE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
