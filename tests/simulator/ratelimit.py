# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rate limit: so many requests of a user in a window of real time, with the text that Aiven's API was seen to send."""

from __future__ import annotations

import math
import time

from .errors import error_body
from .faults import Answer, json_answer
from .state import Settings

TEXT = (
    "The user has sent too many requests in a given amount of time: Rate limit {limit} exceeded - try again in {wait}s"
)


class RateLimiter:
    """Fixed windows a user; the first request opens a window. ``rate_scale`` compresses time: 10 makes 60 s of window 6 s."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._windows: dict[str, tuple[float, int]] = {}
        self.refused = 0
        self.history: list[dict[str, float | int | str]] = []

    def check(self, user: str) -> Answer | None:
        """None, or the 429 to send."""
        limit = self._settings.rate_limit
        if not limit:
            return None
        now, length = time.monotonic(), self._settings.rate_window / self._settings.rate_scale
        since, used = self._windows.get(user, (-math.inf, 0))
        if now - since >= length:
            if used:
                self.history.append({"user": user, "used": used, "since": since})
            since, used = now, 0
        if used >= limit:
            self.refused += 1
            return self._refusal(since + length - now)
        self._windows[user] = (since, used + 1)
        return None

    def _refusal(self, wait: float) -> Answer:
        limit, scale = self._settings.rate_limit, self._settings.rate_scale
        digits = max(0, math.ceil(math.log10(scale)))
        step = 10**digits
        shown = f"{math.ceil(wait * step) / step:.{digits}f}"
        answer = json_answer(429, error_body(429, TEXT.format(limit=limit, wait=shown)))
        if self._settings.retry_after:
            answer.headers["retry-after"] = str(math.ceil(wait))
        return answer

    def as_json(self) -> dict[str, object]:
        open_windows = [{"user": user, "used": used, "since": since} for user, (since, used) in self._windows.items()]
        return {"refused": self.refused, "windows": [*self.history, *open_windows]}
