# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.simulator.engine.guard FOLDER``: outlives the simulator, however it ends, and clears up behind it.

The simulator holds the other end of the guard's stdin. When that closes, by intent or because the simulator was killed, each
server whose data lies in FOLDER is ended by its own process id, and FOLDER is removed.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from pathlib import Path

PATIENCE = 10.0
"""Seconds that a server has to obey."""


def end_servers(folder: Path) -> None:
    """At once, as in a crash, but without leaving shared memory behind: SIGQUIT, and SIGKILL for what does not obey."""
    running = {data: pid for data in folder.glob("servers/*/data") if (pid := server_of(data))}
    for number in (signal.SIGQUIT, signal.SIGKILL):
        for data, pid in running.items():
            if server_of(data) == pid:
                os.kill(pid, number)
        deadline = time.monotonic() + PATIENCE
        while any(_in(data, pid) for data, pid in running.items()) and time.monotonic() < deadline:
            time.sleep(0.02)


def server_of(data: Path) -> int | None:
    """The process id of the server that runs on a data folder: what its pid file says, if that process works in there."""
    try:
        pid = int((data / "postmaster.pid").read_text().split("\n")[0])
    except (OSError, ValueError):
        return None
    return pid if _in(data, pid) else None


def _in(data: Path, pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/cwd").readlink() == data
    except OSError:
        return False


def main() -> None:
    # Ctrl-C is for those in front: who clears up must not be the first to go.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    folder = Path(sys.argv[1])
    sys.stdin.buffer.read()
    end_servers(folder)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
