# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A region of fifty services is gone; their restore is killed in the middle and run again, and no fork exists twice."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.support import HOME, Site, results_of
from tests.fleet.test_kill import STRIKES, children_of, wait_until
from tests.region_down.region import KINDS, fill, kind_of
from tests.restore_many.support import forks, made, mapping, priority, restore, services
from tests.simulator.client import Simulator

PRIORITIES = {"pg": 1, "mysql": 2, "search": 3}


def restorable(simulator: Simulator) -> set[str]:
    """The services of the region that nothing is in the way of."""
    rows = [row for row in simulator.state()["services"] if row["cloud"] == HOME]
    return {row["service_name"] for row in rows if KINDS.get(kind_of(row), ({}, "yes", set()))[1] in ("yes", "unknown")}


@pytest.fixture
def region(site: Site) -> Simulator:
    """Fifty services, most with a priority, in a region that is gone."""
    fill(site.simulator)
    for row in site.simulator.state()["services"]:
        if kind_of(row) in PRIORITIES:
            site.simulator.patch(row["project"], row["service_name"], tags=priority(PRIORITIES[kind_of(row)]))
    site.simulator.destroy_region(HOME)
    site.simulator.clear_requests()
    return site.simulator


def kill_once_made(site: Site, count: int) -> None:
    """Start the restore, kill it when so many forks were asked for, and wait until none of its processes is left."""
    with site.process("restore", btar_region=HOME, btar_restore_max_forks=6) as process:
        wait_until(lambda: len(made(site.simulator)) >= count, "forks are made", 240)
        workers = children_of(process.pid)
        assert workers
        process.kill()
        wait_until(lambda: process.poll() is not None, "ansible-playbook ends")
        wait_until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], "its workers end")


def test_fifty_services_come_back_in_order_though_it_is_killed_in_the_middle(site: Site, region: Simulator) -> None:
    expected = restorable(region)
    assert len(expected) > 30
    kill_once_made(site, 14)
    before = made(region)
    assert 14 <= len(before) < len(expected)

    run = restore(site, btar_restore_max_forks=12)
    history = {row["service_name"]: row["creates"] for row in region.state()["history"]}
    assert {name: history[name] for name in forks(region)} == {f"{name}-restored": 1 for name in expected}
    assert Counter(made(region)).most_common(1)[0][1] == 1

    order = [PRIORITIES.get(name.rpartition("-")[0].rpartition("-")[0], 9) for name in made(region)]
    assert order == sorted(order)
    document = mapping(site)
    counts = Counter(row["status"] for row in document["services"])
    assert counts == {"changed": len(expected) - len(before), "unchanged": len(before), "failed": 50 - len(expected)}
    assert {row["new"]["state"] for row in document["services"] if row["new"]} == {"RUNNING"}
    failed = {row["host"]: row["result"] for row in results_of(run, "Show the outcome") if row["status"] == "failed"}
    assert len(failed) == 50 - len(expected)
    assert all(result["error"]["code"] and result["msg"] for result in failed.values())


@pytest.fixture
def slow() -> Iterator[Simulator]:
    """Four services whose forks take for ever."""
    with Simulator(build_seconds=100_000) as simulator:
        services(simulator, "a", "b", "c", "d")
        yield simulator


@pytest.mark.parametrize("how", STRIKES)
def test_struck_while_forks_are_waited_for_it_begins_no_other(slow: Simulator, tmp_path: Path, how: str) -> None:
    site = Site(tmp_path, slow)
    with site.process("restore", btar_region=HOME, btar_restore_max_forks=2) as process:
        wait_until(lambda: len(made(slow)) == 2, "two forks are made")
        workers = children_of(process.pid)
        STRIKES[how](process)
        wait_until(lambda: process.poll() is not None, "ansible-playbook ends")
        wait_until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], "its workers end")
    assert len(made(slow)) == 2


def test_a_task_timeout_ends_it_in_order(slow: Simulator, tmp_path: Path) -> None:
    site = Site(tmp_path, slow, {"ANSIBLE_TASK_TIMEOUT": "12"})
    run: Any = restore(site, btar_restore_max_forks=2)
    assert run.returncode == 2
    assert len(made(slow)) == 2
    assert "the restore was interrupted: run it again" in run.output
    statuses = [row["status"] for row in mapping(site)["services"]]
    assert statuses == ["failed", "failed", "skipped", "skipped"], os.linesep + run.output
