# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs for one real service: its server, its folders of copies, and a thread that does one thing after the other."""

from __future__ import annotations

import math
import time
import traceback
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from queue import SimpleQueue
from threading import Event
from typing import Any

from ..authorities import Authorities
from ..backups import copied_to
from ..state import Era, Service, Stored, StoredBackup
from .programs import Programs
from .server import Ended, Identity, Server
from .storage import Copies, Regions

Job = Callable[[], Any]


@dataclass(frozen=True)
class Means:
    """What all instances share. ``news`` are changes of services, to be made by the thread that answers requests."""

    programs: Programs
    regions: Regions
    servers: Path
    template: Path
    authorities: Authorities
    news: SimpleQueue[tuple[Service, Callable[[], None]]]


class Instance:
    """A real service, with power at first. Its jobs run in its own thread; they change the service by news only."""

    def __init__(self, means: Means, service: Service, key: str, port: int) -> None:
        self.service = service
        self.means = means
        self.ended = Event()
        self.error = ""
        self._key = key
        self._ready_after = 0.0
        self._powered = True
        self._copied_to = copied_to(service)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=f"service-{key}")
        self._last: Future[Any] | None = None
        self._stored = Stored()
        self._names: set[str] = set()
        self._archived_until = 0.0
        self.primary = self.copies(service.primary_region)
        self.server = Server(means.programs, means.servers / key, self.primary.wal, self.ended)
        service.port = port
        self._wait_until_ready()

    def copies(self, cloud: str) -> Copies:
        return self.means.regions.copies(cloud, self._key)

    # --- what the thread of the requests asks for ------------------------------------------------------------------------

    def submit(self, job: Job) -> Future[Any]:
        """Do it after all that was asked for before; the future raises what it raised."""
        self._last = self._thread.submit(self._run, job)
        return self._last

    def _run(self, job: Job) -> Any:
        try:
            self.server.check_ended()
            return job()
        except Ended:
            self.server.kill()
            raise RuntimeError(f"{self.service.project}/{self.service.name} is no more") from None
        except Exception as error:
            # What a server is killed by while something is done with it is no fault.
            if not self.ended.is_set():
                self.error = f"{self.service.project}/{self.service.name}: {error}"
                traceback.print_exc()
            raise

    @property
    def last(self) -> Future[Any] | None:
        """The job that was asked for last."""
        return self._last

    def follow(self) -> None:
        """Go after what has changed about the service: its power, its secondary region."""
        if self.ended.is_set():
            return
        wanted = copied_to(self.service)
        if wanted != self._copied_to:
            self._copied_to = wanted
            self.submit(lambda: self._begin_copy(wanted))
        if self.service.powered == self._powered:
            return
        self._powered = self.service.powered
        if self._powered:
            self._wait_until_ready()
            self.submit(self._power_on)
        else:
            with_power, without = self.service.eras[-2:]
            self.submit(lambda: self._power_off(with_power, without))

    def _wait_until_ready(self) -> None:
        """It runs once its server does, but not before the simulator would let it."""
        planned = self.service.ready_at
        self._ready_after = planned if math.isfinite(planned) else 0.0
        self.service.ready_at = math.inf

    def keeps(self) -> int:
        """How many base backups its plan keeps."""
        return self.service.eras[-1].rule.keep if self.service.eras else 0

    def die(self) -> None:
        """Its region is destroyed: the server is gone as in a crash."""
        self.ended.set()
        self.server.kill()
        self.server.remove()

    def discard(self) -> None:
        """The service was deleted: nothing of it stays."""
        self.ended.set()
        self.server.kill()
        self._thread.submit(self._remove)
        self._thread.shutdown(wait=False)

    def _remove(self) -> None:
        self.server.kill()
        self.server.remove()
        for copies in (self.primary, *([self.copies(self._copied_to[0])] if self._copied_to else [])):
            copies.remove()

    # --- jobs ------------------------------------------------------------------------------------------------------------

    def tell(self, change: Callable[[], None]) -> None:
        self.means.news.put((self.service, change))

    def identity(self) -> Identity:
        return Identity(*self.means.authorities.of(self.service.project).issue(self.service.name))

    def make_folders(self) -> None:
        self.server.make_folder()
        self.primary.make()
        self._begin_copy(copied_to(self.service), back_up=False)

    def build(self) -> None:
        """A new service: empty, with its first base backup."""
        self.make_folders()
        self.server.take_data(self.means.template)
        self.server.configure(self.service.port or 0, self.identity())
        self.server.start()
        self.server.wait_until_ready()
        self.run_on()

    def run_on(self) -> None:
        """The server is there: give it the passwords of its service, say so, take the first backup."""
        self.server.set_passwords(self.service.password())
        self.ready()
        if self.keeps():
            self.back_up()

    def ready(self) -> None:
        moment = max(time.time(), self._ready_after)
        self.tell(lambda: setattr(self.service, "ready_at", moment))

    def _power_on(self) -> None:
        self.server.start()
        self.server.wait_until_ready()
        self.ready()

    def _power_off(self, with_power: Era, without: Era) -> None:
        if self.service.primary_lost_at is not None:
            self.server.stop()
            return
        until = self._archived_until = self.server.archive()
        self.server.stop()

        def change() -> None:
            with_power.until = without.since = until

        self.tell(change)

    def archive(self) -> float:
        """All that was committed by now is in the archive of the primary region, and may be recovered to this moment."""
        return self.server.archive() if self.server.runs() else self._archived_until

    def back_up(self) -> None:
        """Take a base backup; the oldest of too many goes."""
        taken = 0.0

        def take(folder: Path) -> str:
            nonlocal taken
            self.server.base_backup(folder)
            taken = self.server.archive()
            return self._name(taken)

        self.primary.add(take)
        name = self._name(taken)
        self._names.add(name)
        made = StoredBackup(name, taken, self.primary.size(name))
        self._store(replace(self._stored, backups=(*self._stored.backups, made)[-max(1, self.keeps()) :]))
        kept = {backup.name for backup in self._stored.backups}
        self.primary.keep(kept)
        if self._stored.copied_to:
            self.copies(self._stored.copied_to[0]).keep(kept)

    def _name(self, taken: float) -> str:
        """As pghoard names them: by minute, numbered within it."""
        minute = datetime.fromtimestamp(taken, UTC).strftime("%Y-%m-%d_%H-%M")
        names = (f"{minute}_{number}.00000000.pghoard" for number in count())
        return next(name for name in names if name not in self._names)

    def replicate(self) -> None:
        """Bring all that was committed by now to the secondary region."""
        target = self._stored.copied_to
        if target is None:
            raise RuntimeError(f"{self.service.name} has no secondary region")
        until = self.archive()
        names = {backup.name for backup in self._stored.backups if backup.taken >= target[1]}
        self.copies(target[0]).copy_from(self.primary, names)
        now = time.time()
        backups = tuple(
            replace(backup, replicated=backup.replicated or (now if backup.name in names else None))
            for backup in self._stored.backups
        )
        self._store(replace(self._stored, backups=backups, reaches=(*self._stored.reaches, (now, until))))

    def _begin_copy(self, target: tuple[str, float] | None, *, back_up: bool = True) -> None:
        """Another secondary region, or none: the former copy is deleted, the new one begins with a base backup."""
        former = self._stored.copied_to
        if former:
            self.copies(former[0]).remove()
        backups = tuple(replace(backup, replicated=None) for backup in self._stored.backups)
        self._store(Stored(backups, target))
        if target is None:
            return
        self.copies(target[0]).make()
        if back_up and self.keeps() and self.server.runs():
            self.back_up()

    def _store(self, stored: Stored) -> None:
        self._stored = stored
        self.tell(lambda: setattr(self.service, "stored", stored))
