# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The retries of a call: what of an answer makes another try worth it, how long to wait, and when to give up."""

from __future__ import annotations

import math
import random

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import NoAnswer, Transport
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
# A success that cannot be read may be a passing fault of a proxy; it is not worth retry_timeout seconds of trying.
UNREADABLE_RETRIES = 3


class UnreadableAnswer(AivenError):
    """A 2xx whose body cannot be read, or an answer without an end."""

    def __init__(self, method: str, path: str, status: int | None, why: str) -> None:
        answered = f"answered {status}, but the body" if status is not None else "was answered, but the answer"
        super().__init__("invalid_response", f"{method} {path} {answered} cannot be read: {why}", status)


class LostAnswer(AivenError):
    """A write of which nobody knows whether it was made, or a read without an answer."""

    def __init__(self, method: str, path: str, base: str, error: NoAnswer) -> None:
        remedy = f"Check the network and api_url {base}"
        super().__init__("api_unreachable", f"no answer to {method} {path}: {error.message}. {remedy}")
        self.sent = error.sent


class Retries:
    """The retries of one call: how long to wait before the next try (exponential, with full jitter), and when to give up.

    ``of`` is the call on whose behalf this one is made: both end when its retry_timeout is over. ``until`` (on the
    transport's clock) may be earlier than that.
    """

    def __init__(self, transport: Transport, of: Retries | None = None, until: float = math.inf) -> None:
        self._transport = transport
        self._tries = 0
        self._unreadable = 0
        self._deadline: float | None = of._deadline if of is not None else None
        self._until = until

    @property
    def is_retry(self) -> bool:
        return self._tries > 0

    def wait(self, failure: AivenError) -> None:
        """Waits before the next try; raises ``failure`` when retry_timeout would be over, or nothing gets better."""
        timeout = self._transport.connection.retry_timeout
        if self._deadline is None:
            self._deadline = min(self._transport.clock() + timeout, self._until)
        if isinstance(failure, UnreadableAnswer):
            self._unreadable += 1
            if self._unreadable > UNREADABLE_RETRIES:
                raise self._final(failure)
        # A wait of 0 s is no answer to "how long": taken at its word it would make a busy loop.
        seconds = failure.wait or random.uniform(0, backoff(self._tries))
        if failure.code == "rate_limited" and seconds <= timeout:
            self._transport.gate.close(seconds)
        if not self.pause(max(seconds, self._transport.gate.remaining())):
            raise self._final(failure)
        self._tries += 1

    def pause(self, seconds: float) -> bool:
        """Waits so long, and until the gate is open; False, at once, where that would be over too late.

        Another thread may close the gate anew while this one waits, so that passing it takes several waits.
        """
        while seconds > 0:
            if self._deadline is not None and self._transport.clock() + seconds > self._deadline:
                return False
            self._transport.sleep(seconds)
            seconds = self._transport.gate.remaining()
        return True

    def _final(self, failure: AivenError) -> AivenError:
        asked = f"; the API asks to wait {failure.wait:g} s" if failure.wait is not None else ""
        if self._tries or asked:
            tries = counted(self._tries + 1, "try", "tries")
            timeout = self._transport.connection.retry_timeout
            failure.message += f" (gave up after {tries}, retry_timeout {timeout:g} s{asked})"
        return failure


def backoff(tries: int) -> float:
    """The seconds to wait after so many tries: twice as long each time."""
    return min(LONGEST_WAIT, FIRST_WAIT * float(2 ** min(tries, 10)))
