# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout that is killed or interrupted at any moment: the orphan stops writing, the record is true, one more run ends it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import Run, read_record
from tests.fleet.support import HOME, OTHER, PARTNER, Site, add_services, regions, rows_of
from tests.simulator.client import Simulator

SERVICES, CONCURRENCY = 300, 4
SETTINGS = {"btar_waves": "1,20%,100%", "btar_concurrency": CONCURRENCY, "btar_changes": "enable,move"}
PATIENCE = 60


def arrange(simulator: Simulator) -> None:
    """300 services in 6 projects, a third of which is to be moved; each write takes a while."""
    simulator.reset()
    rows = [row for number in range(6) for row in rows_of(f"p-{number}", SERVICES // 6)]
    for row in rows[::3]:
        row.update(region=OTHER, region_age_hours=100)
    add_services(simulator, rows)
    simulator.fault(kind="slow", method="PUT", seconds=0.02, count=None)


def children_of(pid: int) -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = (entry / "stat").read_text().rpartition(")")[2].split()[1]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(parent) == pid:
                found.add(int(entry.name))
    return found


def wait_until(true: Callable[[], bool], what: str, patience: float = PATIENCE) -> None:
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.005)


def lines_of(site: Site) -> int:
    return site.record.read_bytes().count(b"\n") if site.record.exists() else 0


def interrupt(site: Site, chance: random.Random, strike: Callable[[subprocess.Popen[bytes]], None]) -> float:
    """Start a rollout and strike it at a random moment; returns when all its processes are gone, and when it was struck."""
    lines = chance.randint(0, SERVICES + 6)
    with site.process("rollout", **SETTINGS) as process:
        if lines:
            wait_until(lambda: lines_of(site) >= lines or process.poll() is not None, "the record grows")
            time.sleep(chance.uniform(0, 0.05))
        else:
            time.sleep(chance.uniform(0, 3))
        workers = children_of(process.pid)
        strike(process)
        struck = time.time()
        wait_until(lambda: process.poll() is not None, "ansible-playbook ends")
        wait_until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], "its workers end")
    return struck


def last_run(site: Site) -> Run | None:
    return read_record(str(site.record))[-1] if lines_of(site) else None


def judge_the_record(site: Site, former: dict[str, str | None]) -> bool:
    """The record says of every service what is so. Returns whether the run was interrupted."""
    run = last_run(site)
    now = regions(site.simulator)
    changed = {name for name, region in now.items() if region != former[name]}
    outcomes = run.outcomes if run else []
    told = {f"{row['project']}/{row['service_name']}": row for row in outcomes if row["changed"]}
    assert set(told) == changed
    for name, row in told.items():
        assert (row["before"]["region"], row["after"]["region"]) == (former[name], now[name])
    for row in outcomes:
        if not row["changed"]:
            assert row["status"] in ("unchanged", "skipped"), row
    tried = {f"{row['project']}/{row['service_name']}" for row in outcomes}
    assert len(tried) == len(outcomes)
    assert run is None or run.ends[-1] in ("finished", "interrupted")
    return run is not None and run.ends[-1] == "interrupted"


def judge_the_writes(site: Site, struck: float) -> None:
    """After the strike no write was begun but those that each thread had before it."""
    puts = site.simulator.requests(method="PUT")
    late = [entry for entry in puts if entry["time"] - entry["seconds"] > struck]
    assert len(late) <= CONCURRENCY


def judge_the_next_run(site: Site) -> None:
    """One more run: every service ends as wanted, none is lost or new, none was changed twice."""
    site.simulator.clear_faults()
    run = site.run("rollout", **SETTINGS)
    assert run.returncode == 0, run.output
    services = site.simulator.state()["services"]
    assert len(services) == SERVICES
    assert {row["region"] for row in services} == {PARTNER}
    assert {len(row["region_changes"]) for row in services} == {1}
    assert not [row for row in services if row["creates"]]


def kill(process: subprocess.Popen[bytes]) -> None:
    """Once it is gone its worker can tell; a busy machine takes its time over that."""
    process.kill()
    process.wait()


def press_ctrl_c(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGINT)


def terminate(process: subprocess.Popen[bytes]) -> None:
    process.terminate()


STRIKES = {"kill": kill, "ctrl-c": press_ctrl_c, "terminate": terminate}


@pytest.fixture(scope="module")
def own_simulator() -> Iterator[Simulator]:
    with Simulator(build_seconds=0) as running:
        yield running


def strike_once(own_simulator: Simulator, folder: Path, how: str, seed: int) -> bool:
    arrange(own_simulator)
    site = Site(folder, own_simulator)
    site.group_vars(btar_region_map={HOME: PARTNER})
    former = regions(own_simulator)
    struck = interrupt(site, random.Random(f"{how} {seed}"), STRIKES[how])
    interrupted = judge_the_record(site, former)
    judge_the_writes(site, struck)
    judge_the_next_run(site)
    return interrupted


@pytest.mark.parametrize("seed", range(3))
def test_a_killed_rollout_is_simply_run_again(own_simulator: Simulator, tmp_path: Path, seed: int) -> None:
    strike_once(own_simulator, tmp_path, "kill", seed)


@pytest.mark.parametrize("how", ["ctrl-c", "terminate"])
def test_an_interrupted_rollout_is_simply_run_again(own_simulator: Simulator, tmp_path: Path, how: str) -> None:
    strike_once(own_simulator, tmp_path, how, 0)


@pytest.mark.slow
@pytest.mark.parametrize(("how", "times"), [("kill", 50), ("ctrl-c", 15), ("terminate", 15)])
def test_at_many_random_moments(own_simulator: Simulator, tmp_path: Path, how: str, times: int) -> None:
    interrupted = 0
    for seed in range(1000, 1000 + times):
        folder = tmp_path / str(seed)
        folder.mkdir()
        interrupted += strike_once(own_simulator, folder, how, seed)
    assert interrupted >= times // 3, "most moments are within the writing"
