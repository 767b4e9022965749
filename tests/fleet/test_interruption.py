# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a run is over for its worker: a signal has come, or ansible's main process is gone."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet import interruption as _interruption
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import Interruption

TREE = Path(__file__).parents[2] / ".venv" / "tree"

# The main process forks a worker and is killed before the worker looks who its parent is, and after.
ORPHANS = f"""
import multiprocessing, os, signal, sys, time
from {_interruption.__name__} import Interruption

def work(early):
    guard = Interruption() if early else None
    before = guard.orphaned if guard else False
    os.kill(os.getppid(), signal.SIGKILL)
    while os.getppid() == multiprocessing.parent_process().pid:
        time.sleep(0.01)
    guard = guard or Interruption()
    with open(sys.argv[2], "w") as file:
        file.write(f"{{before}} {{guard.orphaned}}")

worker = multiprocessing.get_context("fork").Process(target=work, args=(sys.argv[1] == "early",))
worker.start()
worker.join()
"""


@pytest.mark.parametrize("when", ["early", "late"])
def test_a_worker_notices_that_it_is_an_orphan(tmp_path: Path, when: str) -> None:
    """Also if its parent went before it began to look."""
    told = tmp_path / "told"
    os.mkfifo(told)
    reader = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    environment = {**os.environ, "PYTHONPATH": str(TREE)}
    done = subprocess.run([sys.executable, "-c", ORPHANS, when, str(told)], env=environment, check=False)
    assert done.returncode == -signal.SIGKILL
    os.set_blocking(reader, True)
    text = b""
    while not text:
        text = os.read(reader, 100)
    os.close(reader)
    assert text == b"False True"


def test_the_main_process_itself_is_no_orphan() -> None:
    guard = Interruption()
    assert not guard.orphaned
    guard()
    assert multiprocessing.parent_process() is None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_noted_and_ends_nothing_at_once(number: signal.Signals) -> None:
    former = signal.getsignal(number)
    with Interruption() as guard:
        guard()
        os.kill(os.getpid(), number)
        with pytest.raises(AivenError, match=f"the run was ended by {number.name}") as ended:
            guard()
    assert ended.value.code == "interrupted"
    assert signal.getsignal(number) == former
