# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether further calls of a run are worth making: without it, a dead API costs every project all of its retries."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted


class CircuitBreaker:
    """Follows the calls of all threads of a run, and ends further ones at once when none can end better."""

    def __init__(self) -> None:
        self._hopeless: AivenError | None = None
        self._answers = 0
        self._unanswered = 0

    @contextmanager
    def call(self) -> Iterator[None]:
        """Wraps one call, with its retries. Raises, with its code, the error that every further call would end with."""
        if self._hopeless is not None:
            error = self._hopeless
            raise AivenError(error.code, f"not tried, as an earlier call failed: {error.message}", error.status)
        answers = self._answers
        try:
            yield
        except Interrupted:
            raise
        except AivenError as error:
            if error.code == "authentication_failed":
                # A token that is refused once will be again.
                self.give_up(error)
            if error.code != "api_unreachable":
                self._answered()
            elif answers == self._answers:
                # One call without an answer may be the fault of its path; two, with no other answered meanwhile, are the API's.
                self._unanswered += 1
                if self._unanswered > 1:
                    self.give_up(error)
            raise
        self._answered()

    def _answered(self) -> None:
        self._answers += 1
        self._unanswered = 0

    def give_up(self, error: AivenError) -> None:
        if self._hopeless is None:
            self._hopeless = error
