# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Calls that are made once a run, however many ask."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError

T = TypeVar("T")


class Once:
    """Remembers what was fetched, by key; an error is remembered and raised again."""

    def __init__(self) -> None:
        # A fetch may ask for something else on its way.
        self._lock = threading.RLock()
        self._known: dict[tuple[str, ...], Any] = {}

    def __call__(self, key: tuple[str, ...], fetch: Callable[[], T]) -> T:
        with self._lock:
            if key not in self._known:
                try:
                    self._known[key] = fetch()
                except AivenError as error:
                    self._known[key] = error
        found = self._known[key]
        if isinstance(found, AivenError):
            raise found
        return found  # type: ignore[no-any-return]
