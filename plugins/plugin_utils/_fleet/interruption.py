# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of a run that nobody waits for any more: no new write is sent, those in flight finish, the record says so."""

from __future__ import annotations

import multiprocessing
import os
import signal
from types import FrameType, TracebackType
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import Interrupted

# Ctrl-C, the end of a job, and the timeout of a task (ansible-core sets an alarm).
_SIGNALS = {signal.SIGINT: "SIGINT", signal.SIGTERM: "SIGTERM", signal.SIGALRM: "the timeout of the task"}


def main_process() -> int:
    """The process of ansible whose worker this is."""
    main = multiprocessing.parent_process()
    # Asking the system only now would miss a main process that went while the hosts were read.
    return os.getppid() if main is None or main.pid is None else main.pid


class Interruption:
    """A guard for the client: raises ``interrupted`` once ansible's main process is gone or a signal has come.

    A worker outlives a killed parent, and ansible-core passes Ctrl-C on to it; within the ``with`` block all of them end the
    run in order instead of at once.
    """

    def __init__(self) -> None:
        self._parent = main_process()
        self._signal: str | None = None
        self._former: dict[signal.Signals, Any] = {}

    @property
    def orphaned(self) -> bool:
        return os.getppid() != self._parent

    def __call__(self) -> None:
        if self._signal is not None:
            raise Interrupted(f"not tried: the run was ended by {self._signal}")
        if self.orphaned:
            raise Interrupted("not tried: ansible's main process is gone")

    def __enter__(self) -> Interruption:
        for number in _SIGNALS:
            self._former[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signal = _SIGNALS[signal.Signals(number)]
