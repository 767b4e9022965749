# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine itself: its clock, its progress, and that nothing of it stays behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.simulator import fixtures
from tests.simulator.client import ROOT, Simulator
from tests.simulator.engine import programs

from .support import SECONDARY, fork, sell, sold, until

PHASES = ["prepare", "basebackup", "stream", "finalize"]


def node(shop: Simulator, name: str) -> dict[str, Any]:
    found: dict[str, Any] = shop.api("GET", f"/project/shop/service/{name}")[1]["service"]["node_states"][0]
    return found


def begin(shop: Simulator, name: str) -> None:
    body = {"service_name": name, "service_type": "pg", "plan": "business-4", "cloud": SECONDARY}
    assert shop.api("POST", "/project/shop/service", {**body, "user_config": {"service_to_fork_from": "orders"}})[
        0
    ] == (200)


@pytest.mark.parametrize("stage", PHASES)
def test_a_real_restore_can_hang_and_tells_what_it_did_so_far(shop: Simulator, stage: str) -> None:
    sell(shop, 1)
    shop.back_up("shop", "orders")
    shop.replicate("shop", "orders")
    shop.restores(service="drill", hang=stage)
    begin(shop, "drill")
    until(lambda: [update["phase"] for update in node(shop, "drill")["progress_updates"]][-1:] == [stage])
    told = node(shop, "drill")
    assert told["state"] == "syncing_data"
    assert [update["phase"] for update in told["progress_updates"]] == PHASES[: PHASES.index(stage) + 1]
    assert shop.service("shop", "drill")["state"] == "REBUILDING"
    shop.clear_restores()
    shop.until_running("shop", "drill")
    assert node(shop, "drill")["progress_updates"] == []
    assert sold(shop, "drill") == [1]


def test_the_counters_of_a_real_restore_are_measured(shop: Simulator) -> None:
    shop.replicate("shop", "orders")
    size = shop.api("GET", "/project/shop/service/orders/backups")[1]["backups"][0]["data_size"]
    shop.restores(hang="finalize")
    begin(shop, "drill")
    until(lambda: len(node(shop, "drill")["progress_updates"]) == len(PHASES))
    updates = node(shop, "drill")["progress_updates"]
    copied, replayed = updates[1], updates[2]
    assert (copied["current"], copied["max"], copied["unit"]) == (size, size, "bytes_uncompressed")
    assert (replayed["min"] < replayed["max"], replayed["unit"]) == (True, "wal_lsn")


def test_a_restore_takes_at_least_as_long_as_the_side_door_wants(shop: Simulator) -> None:
    shop.replicate("shop", "orders")
    shop.restores(service="slow", seconds=3)
    begun = time.monotonic()
    fork(shop, "slow", SECONDARY)
    assert time.monotonic() - begun >= 2.9


def test_the_clock_is_the_real_one(postgres: Simulator) -> None:
    assert abs(postgres.clock()["epoch_seconds"] - time.time()) < 5
    for change in ({"advance": "1h"}, {"set": "2026-01-01T00:00:00Z"}, {"speed": 10}):
        with pytest.raises(RuntimeError, match="the clock is the real one"):
            postgres.clock(**change)
    with pytest.raises(RuntimeError, match="the clock is the real one"):
        postgres.reset(clock="2026-01-01T00:00:00Z")


def test_simulated_services_live_beside_real_ones(postgres: Simulator) -> None:
    postgres.add_project("shop")
    postgres.add_service("shop", "search", service_type="opensearch", plan="business-4")
    postgres.add_service("shop", "painted", real=False)
    assert len(postgres.api("GET", "/project/shop/service/painted/backups")[1]["backups"]) == 2
    with pytest.raises(RuntimeError, match="no real service"):
        postgres.back_up("shop", "painted")
    body = {"service_name": "copy", "service_type": "pg", "plan": "startup-4", "cloud": SECONDARY}
    config = {"service_to_fork_from": "painted"}
    assert postgres.api("POST", "/project/shop/service", {**body, "user_config": config})[0] == 200
    assert "port" not in postgres.service("shop", "copy")


def test_several_services_are_made_copied_and_forked_at_once(postgres: Simulator) -> None:
    names = [f"db-{number}" for number in range(4)]
    spec = {"project": "shop", "plan": "business-4", "region": SECONDARY}
    postgres.door("POST", "/services", [{**spec, "service_name": name} for name in names])
    for name in names:
        postgres.sql("shop", name, "CREATE TABLE names AS SELECT %s::text AS name", [name])
    replicated = postgres.door("POST", "/replicate", {})["services"]
    assert [service["replicated_backups"] for service in replicated] == [1] * 4
    for service in replicated:
        config = {"service_to_fork_from": service["service_name"], "recovery_target_time": service["restore_point"]}
        body = {"service_type": "pg", "plan": "business-4", "cloud": SECONDARY, "user_config": config}
        body["service_name"] = f"copy-of-{service['service_name']}"
        assert postgres.api("POST", "/project/shop/service", body)[0] == 200
    for name in names:
        postgres.until_running("shop", f"copy-of-{name}")
        assert postgres.sql("shop", f"copy-of-{name}", "SELECT name FROM names") == [(name,)]


def test_a_service_can_be_made_without_power(postgres: Simulator) -> None:
    made = postgres.add_service("shop", "off", plan="business-4", powered=False, off_hours=1)
    assert (made["state"], made["backups"]) == ("POWEROFF", 1)
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        postgres.sql("shop", "off", "SELECT 1")
    assert postgres.api("PUT", "/project/shop/service/off", {"powered": True})[0] == 200
    postgres.until_running("shop", "off")
    assert postgres.sql("shop", "off", "SELECT 1") == [(1,)]


def test_a_fleet_is_simulated(postgres: Simulator) -> None:
    postgres.seed(fleet=60)
    kinds = {service["service_type"] for service in postgres.state()["services"]}
    assert "pg" in kinds
    assert not any("port" in service for service in postgres.state()["services"])


def test_without_an_engine_there_is_nothing_to_back_up_by_hand() -> None:
    with Simulator() as plain, pytest.raises(RuntimeError, match="needs --engine"):
        plain.back_up("shop", "orders")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_stays_behind_however_it_ends(number: signal.Signals) -> None:
    fixtures.need_postgres()
    with Simulator(engine="postgres", build_seconds=0) as own:
        own.add_service("shop", "orders")
        (data,) = own.sql("shop", "orders", "SHOW data_directory")[0]
        server = int(Path(data, "postmaster.pid").read_text().split("\n")[0])
        folder = Path(data).parents[2]
        os.kill(own.door("GET", "/")["pid"], number)
        until(lambda: not folder.exists() and not is_running(server))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def hide_postgres(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(programs, "DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))


def test_where_postgres_is_missing_tests_are_skipped_with_a_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hide_postgres(monkeypatch, tmp_path)
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install postgresql"):
        fixtures.need_postgres()
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="apt-get install postgresql"):
        fixtures.need_postgres()


def test_where_postgres_is_missing_the_simulator_says_so(tmp_path: Path) -> None:
    hide = f"import pathlib; from tests.simulator.engine import programs; programs.DEBIAN = pathlib.Path({str(tmp_path)!r})"
    start = f"{hide}; from tests.simulator.__main__ import main; import sys; sys.argv[1:] = ['--engine', 'postgres']; main()"
    done = subprocess.run(
        [sys.executable, "-c", start],
        cwd=ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("simulator: PostgreSQL's programs (initdb,")
