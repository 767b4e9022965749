# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress of a restore is told as Aiven's documentation says: while data arrives, by phases, and not reliably."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from tests.simulator.client import Simulator

from .support import fork, refused

PHASES = ["prepare", "basebackup", "stream", "finalize"]


def begin(shop: Simulator, name: str = "drill", **changes: Any) -> None:
    body = {**fork(), **changes, "service_name": name}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200


def node(shop: Simulator, name: str = "drill") -> dict[str, Any]:
    return shop.api("GET", f"/project/shop/service/{name}")[1]["service"]["node_states"][0]


def looks(shop: Simulator, seconds: int, step: int = 10) -> list[dict[str, Any]]:
    """What each look every ``step`` seconds sees of the first node, the last of them after the restore."""
    seen = []
    for _look in range(seconds // step + 1):
        seen.append(node(shop))
        shop.clock(advance=step)
    return seen


def shares(seen: list[dict[str, Any]], phase: str) -> list[float]:
    told = [one["progress_updates"][-1] for one in seen if one.get("progress_updates")]
    return [
        (one["current"] - one["min"]) / (one["max"] - one["min"])
        for one in told
        if one["phase"] == phase and one["current"] is not None
    ]


def test_phases_come_one_after_the_other_and_only_while_data_arrives(shop: Simulator) -> None:
    shop.clock(speed=0)
    shop.restores(service="drill", seconds=400)
    begin(shop)
    seen = looks(shop, 400)
    states = [one["state"] for one in seen]
    assert list(dict.fromkeys(states)) == ["setting_up_vm", "syncing_data", "running"]
    assert all(one["progress_updates"] == [] for one in seen if one["state"] != "syncing_data")
    syncing = [one for one in seen if one["state"] == "syncing_data"]
    told = [one["progress_updates"] for one in syncing if "progress_updates" in one]
    assert 0 < len(told) < len(syncing), "some looks see no progress"
    assert list(dict.fromkeys(updates[-1]["phase"] for updates in told)) == PHASES
    for updates in told:
        assert [update["phase"] for update in updates] == PHASES[: len(updates)]
        assert [update["completed"] for update in updates] == [True] * (len(updates) - 1) + [False]


def test_counters_change_their_end_and_are_missing_at_times(shop: Simulator) -> None:
    shop.clock(speed=0)
    shop.restores(service="drill", seconds=400)
    begin(shop)
    seen = looks(shop, 400)
    copied = shares(seen, "basebackup")
    assert any(later < sooner for sooner, later in pairwise(copied)), "a percentage fell"
    last = [one["progress_updates"][-1] for one in seen if one.get("progress_updates")]
    assert len({update["max"] for update in last if update["phase"] == "basebackup"}) == 2
    assert {update["unit"] for update in last if "unit" in update} == {"bytes_compressed", "wal_lsn"}
    assert any(update["current"] is None for update in last if update["phase"] == "stream")
    assert all("current" not in update for update in last if update["phase"] in ("prepare", "finalize"))


def test_types_without_logs_have_no_stream(shop: Simulator) -> None:
    shop.clock(speed=0)
    shop.add_service("shop", "search", service_type="opensearch", plan="business-4")
    shop.restores(seconds=400)
    begin(shop, service_type="opensearch", user_config={"service_to_fork_from": "search"})
    told = [update["phase"] for one in looks(shop, 400) for update in one.get("progress_updates", [])]
    assert list(dict.fromkeys(told)) == ["prepare", "basebackup", "finalize"]


def test_mysql_tells_where_in_the_chain_of_backups_it_is(shop: Simulator) -> None:
    shop.add_service("shop", "ledger", service_type="mysql", plan="business-4")
    shop.restores(seconds=400)
    begin(shop, service_type="mysql", user_config={"service_to_fork_from": "ledger"})
    shop.clock(advance=200)
    copied = next(update for update in node(shop)["progress_updates"] if update["phase"] == "basebackup")
    assert copied["position"]["backup_name"] == shop.service("shop", "drill")["fork_of"]["backup_name"]


def test_listing_and_get_tell_the_same_progress(shop: Simulator) -> None:
    shop.restores(seconds=400)
    shop.clock(speed=0)
    begin(shop)
    for _look in range(4):
        shop.clock(advance=100)
        listed = next(
            service
            for service in shop.api("GET", "/project/shop/service")[1]["services"]
            if service["service_name"] == "drill"
        )
        assert listed["node_states"][0] == node(shop)


@pytest.mark.parametrize("stage", ["setting_up_vm", *PHASES])
def test_a_restore_can_hang_until_it_is_let_go(shop: Simulator, stage: str) -> None:
    shop.restores(service="dr*", hang=stage, seconds=60)
    begin(shop)
    begin(shop, "other")
    shop.clock(advance="20d")
    assert shop.service("shop", "other")["state"] == "RUNNING"
    assert shop.service("shop", "drill")["state"] == "REBUILDING"
    first = node(shop)
    told = first["state"] if stage == "setting_up_vm" else first["progress_updates"][-1]["phase"]
    assert told == stage
    shop.clock(advance="1h")
    assert node(shop) == first
    shop.clear_restores()
    assert shop.service("shop", "drill")["state"] == "RUNNING"
    assert node(shop)["state"] == "running"


def test_what_is_no_rule_for_restores_is_refused(shop: Simulator) -> None:
    for rule in ({"hang": "nowhere"}, {"seconds": -1}, {"unknown": 1}):
        with pytest.raises(RuntimeError, match="400"):
            shop.restores(**rule)
    refused(shop, "POST", "/project/shop/service", fork(service_to_fork_from="nobody"), 404, "does not exist")
