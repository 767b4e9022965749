# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One run of the simulator: the world and everything around it that can be reset together."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from .clock import DEFAULT_START, iso
from .engine.engine import Engine
from .faults import Faults
from .fleet import seed_fleet
from .ratelimit import RateLimiter
from .state import DEFAULT_TOKEN, Settings, Token, World
from .views import Renderer

LOG_LENGTH = 500_000


@dataclass(frozen=True)
class Start:
    """How a run begins; ``reset`` goes back to this."""

    settings: Settings
    token: str = DEFAULT_TOKEN
    clock: str = DEFAULT_START
    clock_speed: float = 1.0
    fleet: int = 0
    projects: int | None = None
    seed: int = 7
    engine: Engine | None = None


class Simulation:
    """World, renderer, faults, rate limit and request log."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self.reset({})

    def reset(self, changes: dict[str, Any]) -> None:
        """Begin anew, with other values for ``fleet``, ``projects``, ``seed``, ``clock``, ``clock_speed`` if given."""
        start = replace(self._start, **changes)
        if start.engine and changes.keys() & {"clock", "clock_speed"}:
            raise ValueError("with an engine the clock is the real one")
        self.world = World(replace(start.settings), start.clock, start.clock_speed)
        self.world.tokens = {start.token: Token()}
        self.engine = start.engine
        if self.engine:
            self.engine.attach(self.world)
        self.renderer = Renderer(self.world, *([self.engine.follow] if self.engine else []))
        self.faults = Faults(start.seed)
        self.limiter = RateLimiter(self.world.settings)
        self.requests: deque[dict[str, Any]] = deque(maxlen=LOG_LENGTH)
        self.requests_seen = 0
        if start.fleet:
            self.seed(start.fleet, start.projects, start.seed)

    def seed(self, size: int, projects: int | None, seed: int) -> None:
        for service in seed_fleet(self.world, size, projects, seed):
            self.renderer.touch(service)

    def settle(self) -> None:
        """Before anything is looked at: take over what the engine has done meanwhile."""
        if self.engine:
            self.engine.settle(self.renderer)

    def log_request(self, entry: dict[str, Any]) -> None:
        self.requests_seen += 1
        self.requests.append({"n": self.requests_seen, "at": iso(self.world.clock.now()), **entry})
