# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The wait for a fork: how often it is looked at, what is told and measured, and when it ends in an error."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._runners.fork_wait import look_delays
from tests.unit.runners.restores import Bench, code

FORK = "/project/shop/service/orders-restored"


@pytest.fixture(autouse=True)
def forks_take_for_ever(bench: Bench) -> None:
    """What their nodes show comes from the tests."""
    bench.simulator.config(build_seconds=100_000)


def syncing(phase: str, current: int | None = None, maximum: int | None = 100) -> dict[str, Any]:
    done = [{"phase": "prepare", "completed": True}] if phase != "prepare" else []
    update = {"phase": phase, "completed": False, "min": 0, "max": maximum, "current": current, "unit": "bytes"}
    return {
        "node_states": [{"name": "n", "role": "master", "state": "syncing_data", "progress_updates": [*done, update]}]
    }


RUNNING: dict[str, Any] = {
    "state": "RUNNING",
    "node_states": [{"name": "n", "role": "master", "state": "running", "progress_updates": []}],
}


def looks(bench: Bench) -> list[dict[str, Any]]:
    return bench.simulator.requests(method="GET", path=FORK)


def test_looks_are_10_to_30_seconds_apart() -> None:
    delays = list(islice(look_delays(), 20))
    assert delays[0] == 10
    assert delays == sorted(delays)
    assert delays[-1] == 30


def test_progress_is_told_and_phases_are_measured(bench: Bench) -> None:
    overlays = {
        15: syncing("prepare"),
        35: syncing("basebackup", 40),
        60: syncing("basebackup", 30, 200),
        90: syncing("stream", None, None),
        130: RUNNING,
    }
    bench.at = [(seconds, bench.fork(**overlay)) for seconds, overlay in overlays.items()]
    result = bench.restore(wait=True)
    assert code(result) is None, result["error"]
    assert result["fork"]["state"] == "RUNNING"
    assert list(result["phases"]) == ["create", "setting_up_vm", "prepare", "basebackup", "stream"]
    assert result["phases"]["create"] == pytest.approx(10, abs=1)
    assert sum(result["phases"].values()) == pytest.approx(result["seconds"], abs=0.5)
    assert result["seconds"] == pytest.approx(bench.waited, abs=0.5)
    words = " ".join(bench.told)
    assert "shop/orders-restored: setting_up_vm, 10 s" in words
    assert "basebackup 40 %" in words
    assert "basebackup 15 %" in words
    assert "stream, " in words
    assert bench.told[-1].startswith("shop/orders-restored: running, ")
    # Four calls to make it, and the looks.
    assert result["api_calls"]["total"] == 4 + len(looks(bench))


def test_what_falls_still_moves(bench: Bench) -> None:
    for seconds in range(20, 400, 20):
        bench.at.append((seconds, bench.fork(**syncing("basebackup", 100 - seconds // 10))))
    bench.at.append((400, bench.fork(**RUNNING)))
    assert code(bench.restore(wait=True, stall_timeout=60)) is None


def test_a_fork_that_stands_still(bench: Bench) -> None:
    bench.at = [(25, bench.fork(**syncing("basebackup", 40)))]
    result = bench.restore(wait=True, stall_timeout=300)
    assert (code(result), result["changed"]) == ("timeout", True)
    assert "longer than stall_timeout 300 s: its state is REBUILDING (basebackup 40 %)" in result["msg"]
    assert "The fork itself was made: run again" in result["msg"]
    assert 300 <= result["seconds"] <= 365
    assert result["phases"]["basebackup"] >= 300
    assert result["fork"]["state"] == "REBUILDING"


def test_a_fork_that_moves_but_takes_too_long(bench: Bench) -> None:
    for seconds in range(20, 400, 20):
        bench.at.append((seconds, bench.fork(**syncing("stream", seconds, 1000))))
    result = bench.restore(wait=True, stall_timeout=60, wait_timeout=200)
    assert (code(result), result["changed"]) == ("timeout", True)
    assert "is not running after wait_timeout 200 s, its state is REBUILDING (stream" in result["msg"]
    assert result["seconds"] == pytest.approx(200, abs=1)
    assert sum(result["phases"].values()) == pytest.approx(result["seconds"], abs=0.5)
    assert bench.creates() == 1


def test_looks_that_fail_are_only_looks(bench: Bench) -> None:
    bench.simulator.fault(kind="404", method="GET", path=FORK, count=2)
    bench.simulator.fault(kind="503", method="GET", path=FORK, count=3)
    bench.simulator.fault(kind="429", method="GET", path=FORK, count=1, wait=40)
    bench.at = [(120, bench.fork(**RUNNING))]
    result = bench.restore(wait=True)
    assert code(result) is None, result["error"]
    assert "shop/orders-restored: Aiven does not show it yet" in bench.told


def test_an_api_that_is_gone_for_a_while_is_no_stall(bench: Bench) -> None:
    """What cannot be seen is not what stands still."""
    bench.at = [(25, bench.fork(**syncing("basebackup", 40)))]
    bench.at.append((30, lambda: bench.simulator.fault(kind="503", method="GET", path=FORK, count=None)))
    bench.at.append((500, bench.fork(**syncing("stream", 40))))
    bench.at.append((500, bench.simulator.clear_faults))
    bench.at.append((560, bench.fork(**RUNNING)))
    assert code(bench.restore(wait=True, stall_timeout=100)) is None


def test_a_fork_that_somebody_deletes_meanwhile(bench: Bench) -> None:
    bench.at = [(40, lambda: bench.simulator.remove("shop", "orders-restored"))]
    result = bench.restore(wait=True)
    assert (code(result), result["changed"]) == ("service_not_found", True)
    assert "shop/orders-restored is gone: it was deleted while it was waited for" in result["msg"]
    assert bench.waited < 100


def test_a_token_that_is_revoked_meanwhile_ends_the_wait(bench: Bench) -> None:
    bench.simulator.fault(kind="401", method="GET", path=FORK, count=None)
    result = bench.restore(wait=True)
    assert (code(result), result["changed"]) == ("authentication_failed", True)
    assert bench.waited < 15


def test_a_second_run_goes_on_waiting(bench: Bench) -> None:
    bench.restore()
    bench.at = [(bench.waited + 50, bench.fork(**RUNNING))]
    result = bench.restore(wait=True)
    assert (code(result), result["changed"]) == (None, False)
    assert result["fork"]["state"] == "RUNNING"
    assert result["phases"] == {"setting_up_vm": result["seconds"]}
    timeless = bench.restore(wait=True)
    assert (timeless["seconds"], timeless["phases"], len(looks(bench))) == (0.0, {}, 0)


def test_a_fork_without_power_is_not_waited_for(bench: Bench) -> None:
    bench.restore()
    bench.simulator.patch("shop", "orders-restored", state="POWEROFF")
    result = bench.restore(wait=True)
    assert (code(result), result["warnings"]) == (None, ["shop/orders-restored is powered off: not waited for"])


def test_a_timeout_of_a_fork_that_was_there_is_no_change(bench: Bench) -> None:
    bench.restore()
    result = bench.restore(wait=True, wait_timeout=30)
    assert (code(result), result["changed"]) == ("timeout", False)
    assert "The fork itself was made" not in result["msg"]


def test_check_mode_does_not_wait(bench: Bench) -> None:
    result = bench.restore(wait=True, check_mode=True)
    assert (result["fork"]["state"], result["seconds"], bench.waited) == ("RUNNING", 0.0, 0.0)
