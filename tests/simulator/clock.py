# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The virtual clock: a fixed start, a speed, and a way to move it. All times are epoch seconds (UTC)."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from email.utils import formatdate

DEFAULT_START = "2026-09-01T12:00:00Z"

MINUTE = 60
HOUR = 3600
DAY = 86400


def parse_time(text: str) -> float:
    """Epoch seconds of an ISO 8601 text; a text without offset is UTC. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text.strip())
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def iso(moment: float) -> str:
    """``2026-09-01T12:00:00Z``, the form Aiven's documentation shows."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class VirtualClock:
    """Runs at ``speed`` times real time from ``start``; ``epoch`` grows whenever time went backwards."""

    def __init__(self, start: str = DEFAULT_START, speed: float = 1.0) -> None:
        self.epoch = 0
        self.speed = speed
        self._virtual = parse_time(start)
        self._real = time.monotonic()

    def now(self) -> float:
        return self._virtual + (time.monotonic() - self._real) * self.speed

    def set(self, moment: float) -> None:
        """Raises ValueError or OverflowError for a moment that has no date."""
        iso(moment)
        if moment < self.now():
            self.epoch += 1
        self._virtual, self._real = moment, time.monotonic()

    def advance(self, seconds: float) -> None:
        self.set(self.now() + seconds)

    def set_speed(self, speed: float) -> None:
        """Change the speed from now on (0 freezes the clock)."""
        self._virtual, self._real = self.now(), time.monotonic()
        self.speed = speed

    def http_date(self) -> str:
        return formatdate(self.now(), usegmt=True)

    def as_json(self) -> dict[str, object]:
        return {"now": iso(self.now()), "epoch_seconds": self.now(), "speed": self.speed}


class RealClock(VirtualClock):
    """The clock of an engine's servers: nobody can move it."""

    def now(self) -> float:
        return time.time()

    def set(self, moment: float) -> None:
        raise ValueError("with an engine the clock is the real one: it cannot be moved")

    def set_speed(self, speed: float) -> None:
        raise ValueError("with an engine the clock is the real one: it cannot go faster or slower")
