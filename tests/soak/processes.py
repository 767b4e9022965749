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
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import Interruption
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordWriter, Run, read_record
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from tests.chaos.operations import client_of
from tests.fleet.support import TODAY, Notes, account_of, policy
from tests.simulator.client import Simulator

CONCURRENCY = 4
Victim = Literal["none", "main", "worker"]
# Wanted secondary region by project and service name.
Wanted = Mapping[tuple[str, str], str | None]
_FORK = multiprocessing.get_context("fork")


class Recorder(Notes):
    """Writes each outcome down as it comes, as a run does."""

    def __init__(self, writer: RecordWriter) -> None:
        super().__init__()
        self._writer = writer

    def outcome(self, outcome: object) -> None:
        self._writer.outcome(outcome)  # type: ignore[arg-type]


def roll_out(simulator: Simulator, wanted: Wanted, record: Path, *, check_mode: bool = False) -> None:
    """What a worker does: the fleet engine over the services, with its record and the guard of an orphan."""
    interruption = Interruption()
    client, rules = client_of(simulator), policy(concurrency=CONCURRENCY, check_mode=check_mode)
    client.transport.guard = interruption
    account = account_of(client)
    targets = [
        replace(FleetTarget(project, name, "enabled" if region else "disabled", region), account=account)
        for (project, name), region in wanted.items()
    ]
    writer = RecordWriter(str(record), check_mode=check_mode)
    fleet = Fleet(rules, Recorder(writer), Deciding(rules, TODAY), Reading(observe=False))
    try:
        fleet.run(targets)
    except AivenError as error:
        if error.code != "interrupted":
            raise
    finally:
        writer.end(fleet.ended)


def in_processes(work: Callable[[], None], victim: Victim, chance: random.Random, patience: float = 60) -> bool:
    """Runs ``work`` in the worker of a main process; returns whether one of them was killed before the end."""
    pids = _FORK.SimpleQueue()

    def main() -> None:
        worker = _FORK.Process(target=work)
        worker.start()
        pids.put(worker.pid)
        worker.join()

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
    return killed


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def record_of(path: Path) -> Run | None:
    """The run of a record; None where it was killed before the first line."""
    return read_record(str(path))[-1] if path.exists() and path.stat().st_size else None
