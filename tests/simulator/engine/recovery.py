# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The restore of a fork: a new server from the copies in one region, up to one moment."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from ..restores import STAGES, VM
from ..state import Restore
from .instance import Instance
from .server import LOOK_EVERY, Recovery
from .storage import Copies

ENDS = dict(STAGES)


@dataclass(frozen=True)
class Origin:
    """What is restored: of which service, from which region's copies, which base backup, up to which moment."""

    source: Instance
    copies: Copies
    from_primary: bool
    backup: str
    moment: float


class Recoverer:
    """One restore, stage by stage. It takes as long as it takes, and as the side door wants it to."""

    def __init__(self, instance: Instance, restore: Restore, origin: Origin) -> None:
        self._instance = instance
        self._server = instance.server
        self._restore = restore
        self._origin = origin
        self._counters: dict[str, dict[str, Any]] = {}

    def __call__(self) -> None:
        self._instance.make_folders()
        self._hold(VM)
        self._tell("prepare")
        if self._origin.from_primary:
            self._origin.source.submit(self._origin.source.archive).result()
        self._hold("prepare")
        self._copy()
        self._hold("basebackup")
        self._replay()
        self._hold("stream")
        self._tell("finalize")
        self._hold("finalize")
        self._instance.run_on()

    def _copy(self) -> None:
        size = self._origin.copies.size(self._origin.backup)

        def told(current: int) -> None:
            self._tell("basebackup", min=0, max=size, current=current, unit="bytes_uncompressed")

        told(0)
        self._origin.copies.restore(self._origin.backup, self._server.data, told)

    def _replay(self) -> None:
        start, end = self._origin.copies.log_range(self._origin.backup)
        self._tell("stream", min=start, max=end, current=None, unit="wal_lsn")
        recovery = Recovery(self._origin.copies.wal, self._origin.moment)
        self._server.configure(self._instance.service.port or 0, self._instance.identity(), recovery)
        self._server.start()
        while not self._server.is_ready():
            self._tell("stream", min=start, max=end, current=self._server.replayed(), unit="wal_lsn")
            self._server.pause(LOOK_EVERY)

    def _tell(self, stage: str, **counters: Any) -> None:
        if counters:
            self._counters[stage] = counters
        known = dict(self._counters)

        def change() -> None:
            self._restore.stage, self._restore.counters = stage, known

        self._instance.tell(change)

    def _hold(self, stage: str) -> None:
        """Stay in a stage until its share of the wanted time is over, or until the side door lets it go."""
        over = self._restore.began + self._restore.seconds * ENDS[stage]
        while self._restore.hang == stage or time.time() < over:
            self._server.pause(LOOK_EVERY)
