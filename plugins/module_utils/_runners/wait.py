# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a service: how often to look, for what, and for how long."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Transport
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of

WaitFor = Literal["running", "protected"]

FIRST_POLL = 2.0
LONGEST_POLL = 10.0
GROWTH = 1.5


def poll_delays() -> Iterator[float]:
    """Seconds before each look: 2 s, growing to 10 s."""
    delay = FIRST_POLL
    while True:
        yield delay
        delay = min(LONGEST_POLL, delay * GROWTH)


def is_running(service: Service) -> bool:
    return service.state == "RUNNING"


# Errors after which a later look may succeed.
PASSING = ("rate_limited", "api_error", "api_unreachable", "invalid_response")


class Looks:
    """When to look at what is waited for: an iteration a look, at growing intervals, not before the API allows it, and at
    last when the time is over. ``tick`` is called about every second between looks, ``delays`` are the seconds before each.
    """

    def __init__(
        self,
        transport: Transport,
        timeout: float,
        tick: Callable[[], None] = lambda: None,
        delays: Callable[[], Iterator[float]] = poll_delays,
    ) -> None:
        self.deadline = transport.clock() + timeout
        self._transport = transport
        self._tick = tick
        self._delays = delays
        self._held = 0.0

    @property
    def over(self) -> bool:
        return self._transport.clock() >= self.deadline

    @property
    def barred(self) -> bool:
        """Whether the rate limit holds back every call until the time is over."""
        return self._transport.gate.remaining() > self._left()

    def __iter__(self) -> Iterator[None]:
        for delay in self._delays():
            left = self._left()
            held, self._held = max(self._held, self._transport.gate.remaining()), 0.0
            self._sleep(min(max(delay, held), left))
            if held > left:
                return
            yield
            if self.over:
                return

    def failed(self, error: AivenError) -> str:
        """In words, that a look has failed; the next one is not before the API asks for it."""
        self._held = max(self._held, error.wait or 0.0)
        return f"the last look failed: {error.message}"

    def _left(self) -> float:
        return max(0.0, self.deadline - self._transport.clock())

    def _sleep(self, seconds: float) -> None:
        while seconds > 0:
            nap = min(seconds, 1.0)
            self._transport.sleep(nap)
            self._tick()
            seconds -= nap


def progress(
    client: AivenClient, service: Service, wait_for: WaitFor, now: datetime, until: float = math.inf
) -> tuple[bool, str]:
    """Whether the wait is over, and where the service stands, in words.

    An answer without backups cannot tell: only then the service's backups are asked for, one call more.
    """
    if wait_for == "running":
        return is_running(service), f"its state is {service.state}"
    if service.secondary_region is not None and service.backups is None:
        answer = client.get_backups(service.project, service.name, until=until)
        protection = protection_of(service, now=answer.now, details=answer.value)
    else:
        protection = protection_of(service, now=now)
    return protection.status == "protected", f"its protection is {protection.explanation}"


def wait_for_service(client: AivenClient, service: Service, wait_for: WaitFor, timeout: float) -> Service:
    """Polls one service until it is ``running`` or ``protected``. Raises ``timeout`` with where it stood at last, and at
    once what no later look can mend.
    """
    looks, where = Looks(client.transport, timeout), "it was not looked at"
    for _turn in looks:
        try:
            answer = client.get_service(service.project, service.name, until=looks.deadline)
            service = answer.value
            over, where = progress(client, service, wait_for, answer.now, looks.deadline)
            if over:
                return service
        except AivenError as error:
            if error.code == "service_not_found":
                where = "Aiven does not show it"  # one just created may not be visible yet
            elif error.code in PASSING:
                where = looks.failed(error)
            else:
                raise
    label = f"{service.project}/{service.name}"
    raise AivenError("timeout", f"{label} is not {wait_for} after wait_timeout {timeout:g} s, {where}.")
