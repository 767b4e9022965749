# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One operation in processes of its own, as Ansible has them: a main process and its worker, each of which may be killed."""

from __future__ import annotations

import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError

Victim = Literal["none", "main", "worker"]
_FORK = multiprocessing.get_context("fork")


def in_processes(work: Callable[[], object], victim: Victim, chance: random.Random, patience: float = 120) -> bool:
    """Runs ``work`` in the worker of a main process; returns whether one of them was killed before the end. Raises
    RuntimeError for a worker that failed of itself.
    """
    pids = _FORK.SimpleQueue()

    def main() -> None:
        worker = _FORK.Process(target=_work, args=(work,))
        worker.start()
        pids.put(worker.pid)
        worker.join()
        os._exit(0 if worker.exitcode in (0, -signal.SIGKILL) else 1)

    process = _FORK.Process(target=main)
    process.start()
    worker = pids.get()
    killed = False
    if victim != "none":
        time.sleep(chance.uniform(0, 0.15))
        killed = process.is_alive() and _alive(worker)
        if killed:
            os.kill(worker if victim == "worker" else process.pid or 0, signal.SIGKILL)
    process.join(patience)
    end = time.monotonic() + patience
    while _alive(worker):
        if time.monotonic() > end:
            raise RuntimeError("an operation did not end")
        time.sleep(0.005)
    if process.exitcode not in (0, -signal.SIGKILL):
        raise RuntimeError(f"an operation failed of itself, exit code {process.exitcode}")
    return killed


def _work(work: Callable[[], object]) -> None:
    try:
        work()
    except AivenError as error:
        # The main process is gone: nobody would take an answer.
        if error.code != "interrupted":
            raise


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
