# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for a service: how often to look, for what, and for how long."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._protection import protection_of

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


def progress(client: AivenClient, service: Service, wait_for: WaitFor, now: datetime) -> tuple[bool, str]:
    """Whether the wait is over, and where the service stands, in words.

    An answer without backups cannot tell: only then the service's backups are asked for, one call more.
    """
    if wait_for == "running":
        return is_running(service), f"its state is {service.state}"
    if service.secondary_region is not None and service.backups is None:
        answer = client.get_backups(service.project, service.name)
        protection = protection_of(service, now=answer.now, details=answer.value)
    else:
        protection = protection_of(service, now=now)
    return protection.status == "protected", f"its protection is {protection.explanation}"


# Errors after which a later look may succeed.
_PASSING = ("rate_limited", "api_error", "api_unreachable", "invalid_response")


def wait_for_service(client: AivenClient, service: Service, wait_for: WaitFor, timeout: float) -> Service:
    """Polls one service until it is ``running`` or ``protected``. Raises ``timeout`` with where it stood at last, and at
    once what no later look can mend.
    """
    transport = client.transport
    deadline = transport.clock() + timeout
    where = "it was not looked at"
    for delay in poll_delays():
        # A look that the rate limit holds back until after the deadline is none.
        closed = transport.gate.remaining()
        late = closed > 0 and transport.clock() + closed > deadline
        transport.sleep(max(0.0, min(math.inf if late else delay, deadline - transport.clock())))
        if not late:
            service, over, where = _look(client, service, wait_for, deadline)
            if over:
                break
        if transport.clock() >= deadline:
            label = f"{service.project}/{service.name}"
            raise AivenError("timeout", f"{label} is not {wait_for} after wait_timeout {timeout:g} s, {where}.")
    return service


def _look(client: AivenClient, service: Service, wait_for: WaitFor, deadline: float) -> tuple[Service, bool, str]:
    """The service, whether the wait is over, and where it stands. One just created may not be visible yet."""
    try:
        answer = client.get_service(service.project, service.name, until=deadline)
    except AivenError as error:
        if error.code == "service_not_found":
            return service, False, "Aiven does not show it"
        if error.code in _PASSING:
            return service, False, f"the last look failed: {error.message}"
        raise
    return answer.value, *progress(client, answer.value, wait_for, answer.now)
