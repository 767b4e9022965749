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

# What a user's environment is handed on to: Ansible, its modules, and the shell that starts them.
ANSIBLE = ("python", "ansible", "sh", "bash", "dash")
# The clients of databases get a password in their environment, as an argument could be read by everybody.
CLIENTS = ("psql", "pg_amcheck", "mysql", "mariadb")
# Ansible hands a module's options over in a file of its own, with mode 0600, and deletes it.
OF_ANSIBLE = ("AnsiballZ_",)
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
        program = os.path.basename(words.split(b"\0")[0].decode(errors="replace"))
        self.programs.add(program)
        self._search.processes += 1
        self._search.look(f"the command line of {program}", words)
        self._search.environments += 1
        allowed = [*(self._exported if program.startswith(ANSIBLE) else ())]
        allowed += self._of_clients if program in CLIENTS else ()
        self._search.look(f"the environment of {program}", environment, allowed)

    def _look_at_file(self, path: Path) -> None:
        if not path.is_file() or path.name.startswith(OF_ANSIBLE):
            return
        found = path.stat()
        key = (str(path), found.st_mtime_ns, found.st_size)
        if key not in self._files:
            self._files.add(key)
            self._search.file(path, f"{path} while it was there")


@contextmanager
def no_core_dumps() -> Iterator[None]:
    """A core dump holds the memory of a process, secrets too; so nobody who has some should let any be written."""
    former = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, former)
