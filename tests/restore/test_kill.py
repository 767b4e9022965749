# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A restore that is killed or interrupted: no fork is begun afterwards, and one more run ends with one fork."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from tests.fleet.test_kill import STRIKES, children_of, wait_until
from tests.playbooks.support import Playbooks, play
from tests.simulator.client import Simulator

OPTIONS = {"project": "shop", "service_name": "orders", "fork_name": "orders-restored"}
TASK = {"name": "restore", "offsite.aiven.aiven_btar_restore": OPTIONS}
# The path of the listing, and of what makes a service.
SERVICES = "/project/shop/service"


@pytest.fixture
def aiven() -> Iterator[Simulator]:
    """A source, and forks that take for ever."""
    with Simulator(build_seconds=100_000) as simulator:
        simulator.add_service("shop", "orders", region="aws-eu-central-1", region_age_hours=100)
        yield simulator


@contextmanager
def running(aiven: Simulator, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A playbook with the restore, in a process group of its own; it prints to ``output.txt``."""
    playbooks = Playbooks(folder, aiven.environment)
    (folder / "site.yml").write_text(yaml.safe_dump([play([TASK])]))
    environment = {**playbooks._environment(), "COLLECT_RESULTS_PATH": os.devnull}
    command = ["ansible-playbook", "-i", "localhost,", "site.yml"]
    with (folder / "output.txt").open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()


def strike(aiven: Simulator, folder: Path, how: str, ready: Callable[[], bool]) -> str:
    """Start a restore, strike it once ``ready``, and wait until all of its processes are gone; what it printed."""
    with running(aiven, folder) as process:
        wait_until(ready, "the restore gets there")
        workers = children_of(process.pid)
        assert workers
        STRIKES[how](process)
        wait_until(lambda: process.poll() is not None, "ansible-playbook ends")
        wait_until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], "its workers end")
    return (folder / "output.txt").read_text()


def creates(aiven: Simulator) -> int:
    return sum(row["creates"] for row in aiven.state(service="orders-restored")["history"])


def run_again(aiven: Simulator, folder: Path) -> dict[str, object]:
    aiven.clear_faults()
    task = {"name": "restore", "offsite.aiven.aiven_btar_restore": {**OPTIONS, "wait": False}}
    done = Playbooks(folder, aiven.environment).run([play([task])])
    assert done.returncode == 0, done.output
    assert creates(aiven) == 1
    return done.result("restore")


@pytest.mark.parametrize("how", STRIKES)
def test_before_the_fork_is_asked_for(aiven: Simulator, tmp_path: Path, how: str) -> None:
    """It is struck while the call after the listing is under way; the last one before the write is still to come."""
    aiven.fault(kind="slow", path="*/service-types/pg", seconds=5)
    strike(aiven, tmp_path, how, lambda: aiven.calls("GET", SERVICES) > 0)
    assert aiven.calls("POST") == 0
    assert run_again(aiven, tmp_path)["changed"] is True


@pytest.mark.parametrize("how", STRIKES)
def test_while_the_fork_is_waited_for(aiven: Simulator, tmp_path: Path, how: str) -> None:
    strike(aiven, tmp_path, how, lambda: creates(aiven) > 0)
    assert aiven.calls("POST", SERVICES) == 1
    assert run_again(aiven, tmp_path)["changed"] is False


def test_while_the_answer_is_lost(aiven: Simulator, tmp_path: Path) -> None:
    """The fork was made, but nobody was told; the next run finds it."""
    aiven.fault(kind="502_after", method="POST", path=SERVICES)
    aiven.fault(kind="503", method="GET", path="*/service/orders-restored", count=None)
    strike(aiven, tmp_path, "kill", lambda: aiven.calls("POST", SERVICES) > 0)
    assert run_again(aiven, tmp_path)["changed"] is False
    assert aiven.calls("POST", SERVICES) == 1
