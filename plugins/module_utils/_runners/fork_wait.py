# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a fork: it is restored by its nodes, whose progress tells where it stands and whether it stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import (
    ServiceWithNodes,
    parse_service_with_nodes,
)
from ansible_collections.offsite.aiven.plugins.module_utils._runners.wait import PASSING, Looks

# Aiven refreshes the progress every 10 s and asks for looks every 10 to 30 s (its page on the progress of a restore).
FIRST_LOOK = 10.0
LONGEST_LOOK = 30.0
GROWTH = 1.2
# What a fork is in until the first look at it.
FIRST_PHASE = "create"


@dataclass(frozen=True, slots=True)
class Patience:
    """Whether and how long to wait for a fork, in all and without seeing anything move (seconds)."""

    wait: bool
    timeout: float
    stall_timeout: float


def look_delays() -> Iterator[float]:
    """Seconds before each look at a fork: 10 s, growing to 30 s."""
    delay = FIRST_LOOK
    while True:
        yield delay
        delay = min(LONGEST_LOOK, delay * GROWTH)


class ForkWait:
    """The wait for one fork. ``fork`` is how it was seen last, ``phases`` the seconds by what it was seen in, as far as the
    looks can tell. ``started`` is when it was asked for, on the transport's clock; None for one that was there already.
    """

    def __init__(
        self,
        client: AivenClient,
        fork: ServiceWithNodes,
        patience: Patience,
        tell: Callable[[str], None],
        started: float | None = None,
    ) -> None:
        self.fork = fork
        self.phases: dict[str, float] = {}
        self._client = client
        self._patience = patience
        self._tell = tell
        self._clock = client.transport.clock
        self._started = self._clock() if started is None else started
        self._phase = fork.phase if started is None else FIRST_PHASE
        self._phase_since = self._moved_at = self._started
        self._seen = started is None

    @property
    def seconds(self) -> float:
        return round(self._clock() - self._started, 1)

    def until_running(self) -> None:
        """Raises ``timeout`` with where the fork stood at last, and at once what no later look can mend."""
        looks, failed = Looks(self._client.transport, self._patience.timeout, delays=look_delays), ""
        for _turn in looks:
            try:
                self._look(looks.deadline)
                failed = ""
            except AivenError as error:
                failed = self._passing(looks, error)
                self._tell(f"{self._label}: {failed}")
                continue
            if self.fork.is_running:
                return
            self._check_stall()
        limit = f"after wait_timeout {self._patience.timeout:g} s"
        raise self._timeout(f"is not running {limit}, {failed or self._where}")

    @property
    def _label(self) -> str:
        return f"{self.fork.service.project}/{self.fork.service.name}"

    @property
    def _where(self) -> str:
        return f"its state is {self.fork.service.state} ({self.fork.progress})"

    def _look(self, deadline: float) -> None:
        project, name = self.fork.service.project, self.fork.service.name
        seen = self._client.read_service(
            project, name, lambda body: parse_service_with_nodes(project, body), deadline
        ).value
        now = self._clock()
        if not (self._seen and seen.looks_like(self.fork)):
            self._moved_at = now
        self.fork, self._seen = seen, True
        self._spend(now, seen.phase)
        self._tell(f"{self._label}: {seen.progress}, {now - self._started:.0f} s")

    def _spend(self, now: float, phase: str) -> None:
        """The time since the last look was spent in what was seen then."""
        self.phases[self._phase] = round(self.phases.get(self._phase, 0.0) + now - self._phase_since, 1)
        self._phase, self._phase_since = phase, now

    def _passing(self, looks: Looks, error: AivenError) -> str:
        """In words, that a look failed. One just made need not be visible yet; one that was seen and is gone was deleted."""
        if error.code == "service_not_found" and not self._seen:
            return "Aiven does not show it yet"
        if error.code == "service_not_found":
            error.message = f"{self._label} is gone: it was deleted while it was waited for."
        if error.code not in PASSING:
            raise error
        return looks.failed(error)

    def _check_stall(self) -> None:
        still = self._clock() - self._moved_at
        if still >= self._patience.stall_timeout:
            limit = f"stall_timeout {self._patience.stall_timeout:g} s"
            raise self._timeout(f"has not moved for {still:.0f} s, longer than {limit}: {self._where}")

    def _timeout(self, what: str) -> AivenError:
        self._spend(self._clock(), self._phase)
        return AivenError("timeout", f"{self._label} {what}.")
