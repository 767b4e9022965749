# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether further calls of a run are worth making: without it, a dead API costs every project all of its retries."""

from __future__ import annotations

from ansible_collections.offsite.aiven.plugins.module_utils._errors import AivenError


class Outlook:
    """Is told how calls end, and says when no other can end better. For calls of many threads."""

    def __init__(self) -> None:
        self._hopeless: AivenError | None = None
        self._unanswered = 0

    def check(self) -> None:
        """Raises, with its code, the error that every further call would end with."""
        if self._hopeless is not None:
            error = self._hopeless
            raise AivenError(error.code, f"not tried, as an earlier call failed: {error.message}", error.status)

    def answered(self) -> None:
        self._unanswered = 0

    def failed(self, error: AivenError) -> None:
        """A token that is refused once will be again. One call without an answer may be the fault of its path, two in a
        row are the API's.
        """
        self._unanswered = self._unanswered + 1 if error.code == "api_unreachable" else 0
        if error.code == "authentication_failed" or self._unanswered > 1:
            self.give_up(error)

    def give_up(self, error: AivenError) -> None:
        if self._hopeless is None:
            self._hopeless = error
