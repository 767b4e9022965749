# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at processes while they run, and at files that are gone when they have ended."""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.canary.search import Search

# The clients of databases get a password in their environment, as an argument could be read by everybody, and no token. Debian
# starts them from a script of the same name.
CLIENTS = ("psql", "pg_amcheck", "mysql", "mariadb")
# In a file with which Ansible hands a module its options, made with mode 0600, and deleted.
OF_ANSIBLE = b"ANSIBALLZ"
# Seconds from one look to the next.
PAUSE = 0.01


class Watcher:
    """Watches all that is started below this process, but simulators; and the files of ``folders``.

    ``exported``: names of secrets that the user has put into Ansible's environment; ``of_clients``: those that clients of
    databases need.
    """

    def __init__(
        self,
        search: Search,
        folders: Collection[Path],
        exported: Collection[str] = (),
        of_clients: Collection[str] = (),
    ) -> None:
        self._search = search
        self._folders = folders
        self._ignored: set[int] = set()
        self._exported = exported
        self._of_clients = of_clients
        self._processes: set[tuple[int, bytes]] = set()
        self._files: set[tuple[str, int, int]] = set()
        self.programs: set[str] = set()

    @contextmanager
    def watching(self) -> Iterator[None]:
        over = threading.Event()
        failed: list[BaseException] = []

        def watch() -> None:
            try:
                while not over.wait(PAUSE):
                    self._look()
            except BaseException as error:
                failed.append(error)

        thread = threading.Thread(target=watch)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
        if failed:
            raise failed[0]

    def _look(self) -> None:
        self._look_below(os.getpid())
        for folder in self._folders:
            # Folders go while they are walked through.
            for place, _folders, names in os.walk(folder):
                for name in names:
                    with suppress(OSError):
                        self._look_at_file(Path(place, name))

    def _look_below(self, pid: int) -> None:
        with suppress(OSError):
            for task in os.listdir(f"/proc/{pid}/task"):
                for child in map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split()):
                    with suppress(OSError):
                        self._look_at_process(child)
                    if child not in self._ignored:
                        self._look_below(child)

    def _look_at_process(self, pid: int) -> None:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        if b"tests.simulator" in words:
            # It is told what to leak.
            self._ignored.add(pid)
        if not words or (pid, words) in self._processes or pid in self._ignored:
            return
        environment = Path(f"/proc/{pid}/environ").read_bytes()
        self._processes.add((pid, words))
        names = [os.path.basename(word.decode(errors="replace")) for word in words.split(b"\0")[:2]]
        client = next((name for name in names if name in CLIENTS), None)
        program = client or names[0]
        self.programs.add(program)
        self._search.processes += 1
        self._search.look(f"the command line of {program}", words)
        self._search.environments += 1
        # What users export is in the environment of all that Ansible starts.
        allowed = self._exported if client is None else self._of_clients
        self._search.look(f"the environment of {program}", environment, allowed)

    def _look_at_file(self, path: Path) -> None:
        if not path.is_file():
            return
        found = path.stat()
        key = (str(path), found.st_mtime_ns, found.st_size)
        if key not in self._files:
            self._files.add(key)
            content = path.read_bytes()
            if OF_ANSIBLE not in content:
                self._search.file(path, f"{path} while it was there", content)


@contextmanager
def no_core_dumps() -> Iterator[None]:
    """A core dump holds the memory of a process, secrets too; so nobody who has some should let any be written."""
    former = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, former)
