# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo fleet is varied, and always the same for a seed; the side door makes what no API would."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.parse
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core import model as _model
from ansible_collections.offsite.aiven.plugins.module_utils._core import protection as _protection
from tests.simulator.client import ROOT, Simulator
from tests.simulator.clouds import listed_clouds
from tests.simulator.fleet import BTAR_TYPES, SCENARIOS, TYPES

HOSTILE = (
    "{{ lookup('pipe', 'id') }}",
    "{% for x in y %}",
    "!unsafe 'x'",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "two\nlines",
    "a/b%2Fc?d#e",
)


@pytest.fixture(scope="module")
def fleet() -> Iterator[Simulator]:
    with Simulator(fleet=240, seed=7, clock_speed=0) as running:
        yield running


def services(simulator: Simulator) -> list[dict[str, Any]]:
    found = []
    for project in simulator.api("GET", "/me")[1]["user"]["projects"]:
        found += simulator.api("GET", f"/project/{project}/service")[1]["services"]
    return found


def test_the_fleet_is_varied(fleet: Simulator) -> None:
    state = fleet.state()
    found = state["services"]
    assert len(found) == 240
    assert len(state["projects"]) >= 6
    assert len(fleet.api("GET", "/organizations")[1]["organizations"]) == 2
    assert {service["service_type"] for service in found} == {name for name, _share in TYPES}
    assert len({listed_clouds()[service["cloud"]].provider for service in found}) >= 3
    assert {name for name, _share in SCENARIOS} <= {service["scenario"] for service in found}
    assert any(service["termination_protection"] for service in found)
    assert 3 <= sum(service["state"] == "POWEROFF" for service in found) <= 12
    assert 3 <= sum(not listed_clouds()[service["cloud"]].provider for service in found) <= 12
    assert 0 < sum(not service["tags"] for service in found) < 240
    scenarios = Counter(service["scenario"] for service in found if service["service_type"] in BTAR_TYPES)
    assert scenarios["off"] > 60, "there is something to roll out"


def test_even_a_small_fleet_shows_every_scenario() -> None:
    with Simulator(fleet=40) as small:
        assert {name for name, _share in SCENARIOS} <= {service["scenario"] for service in small.state()["services"]}


def test_every_scenario_looks_the_part(fleet: Simulator) -> None:
    truth = {(one["project"], one["service_name"]): one for one in fleet.state()["services"]}
    for key, one in truth.items():
        if one["scenario"] in ("protected", "paused", "lagging", "far", "migrated", "unknown"):
            assert one["region"], key
            assert one["replicated_backups"] > 0, key
        if one["scenario"] == "pending":
            assert (one["region"] is not None, one["replicated_backups"]) == (True, 0), key
        if one["scenario"].startswith("migrated"):
            assert one["cloud"] != one["primary_region"], key
        if one["scenario"] == "migrated_into_copy":
            assert one["cloud"] == one["region"], key


def test_secondary_regions_of_the_fleet_keep_to_the_provider(fleet: Simulator) -> None:
    clouds = listed_clouds()
    for service in fleet.state()["services"]:
        if service["region"]:
            assert clouds[service["region"]].provider == clouds[service["primary_region"]].provider
            assert service["region"] != service["primary_region"]


def test_the_same_seed_gives_the_same_fleet(fleet: Simulator) -> None:
    first = services(fleet)
    with Simulator(fleet=240, seed=7, clock_speed=0) as again:
        assert services(again) == first
        again.reset(seed=8)
        assert services(again) != first


def test_listings_and_single_answers_agree(fleet: Simulator) -> None:
    hidden = {
        one["service_name"]
        for one in fleet.state(project="shop-production")["services"]
        if one["scenario"] == "unknown"
    }
    for listed in fleet.api("GET", "/project/shop-production/service")[1]["services"]:
        single = fleet.api("GET", f"/project/shop-production/service/{listed['service_name']}")[1]["service"]
        assert ("backups" in listed) == (listed["service_name"] not in hidden)
        assert {**single, **listed} == single


def test_secrets_are_redacted_unless_asked_for_or_leaked_on_purpose(simulator: Simulator) -> None:
    simulator.add_service("shop", "orders")
    path = "/project/shop/service/orders"
    redacted = simulator.api("GET", path)[1]["service"]
    assert [user["password"] for user in redacted["users"]] == ["<redacted>", "<redacted>"]
    assert "<redacted>" in redacted["service_uri"]
    revealed = simulator.api("GET", f"{path}?include_secrets=true")[1]["service"]
    assert revealed["users"][0]["password"] in revealed["service_uri"]
    assert "<redacted>" not in json.dumps(revealed)
    simulator.config(leak_secrets="canary-7f3a")
    leaked = simulator.api("GET", "/project/shop/service")[1]["services"][0]
    assert json.dumps(leaked).count("canary-7f3a") >= 5


def test_hostile_names_go_through(simulator: Simulator) -> None:
    for name in HOSTILE:
        simulator.add_service("shop", name, tags={name: name}, plan=name, state=name)
    listed = simulator.api("GET", "/project/shop/service")[1]["services"]
    assert tuple(one["service_name"] for one in listed) == HOSTILE
    assert all(one["tags"] == {one["service_name"]: one["service_name"]} for one in listed)
    for name in HOSTILE:
        assert simulator.api("GET", f"/project/shop/service/{urllib.parse.quote(name, safe='')}")[0] == 200


def test_changes_behind_the_api(simulator: Simulator) -> None:
    simulator.add_service("shop", "orders", service_type="cassandra", plan="odd")
    simulator.patch(
        "shop",
        "orders",
        state="MEDITATING",
        cloud="aws-eu-west-3",
        overlay={"tags": None},
        hide=["maintenance"],
        hide_in_listing=["backups"],
    )
    listed = simulator.api("GET", "/project/shop/service")[1]["services"][0]
    assert (listed["state"], listed["cloud_name"], listed["tags"]) == ("MEDITATING", "aws-eu-west-3", None)
    assert "backups" not in listed
    assert "maintenance" not in listed
    assert "backups" in simulator.api("GET", "/project/shop/service/orders")[1]["service"]
    with pytest.raises(RuntimeError, match="unknown keys: colour"):
        simulator.patch("shop", "orders", colour="red")


def test_the_log_never_holds_the_token(simulator: Simulator) -> None:
    simulator.add_service("shop", "orders")
    simulator.api("PUT", "/project/shop/service/orders?allow_unclean_poweroff=true", {"plan": "startup-4"})
    simulator.api("GET", "/me", token="a-token-nobody-knows")
    log = simulator.requests()
    assert [(entry["method"], entry["status"], entry["user"]) for entry in log] == [
        ("PUT", 200, "operator@example.org"),
        ("GET", 401, ""),
    ]
    assert log[0]["body"] == {"plan": "startup-4"}
    assert (log[0]["query"], log[0]["operation"], log[0]["service"]) == (
        "allow_unclean_poweroff=true",
        "ServiceUpdate",
        "orders",
    )
    assert simulator.token not in json.dumps(log)
    assert "a-token-nobody-knows" not in json.dumps(log)
    assert simulator.calls("PUT", "/project/*") == 1


def test_padding_makes_a_listing_as_heavy_as_told(simulator: Simulator) -> None:
    simulator.add_service("shop", "orders")
    light = len(json.dumps(simulator.api("GET", "/project/shop/service")[1]))
    simulator.config(listing_padding=5000)
    assert len(json.dumps(simulator.api("GET", "/project/shop/service")[1])) >= light + 5000


# --- the process -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_and_stops_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    file = tmp_path / "port"
    command = [sys.executable, "-m", "tests.simulator", "--port-file", str(file), "--token", "t-1"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    line = process.stdout.readline()
    assert json.loads(line) == json.loads(file.read_text())
    assert json.loads(line)["pid"] == process.pid
    assert json.loads(line)["token"] == "t-1"
    process.send_signal(number)
    rest, errors = process.communicate(timeout=10)
    assert (process.returncode, rest, errors) == (0, "", "")


def test_it_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    with Simulator(exit_with_parent=parent.pid) as running:
        pid = running.door("GET", "/")["pid"]
        parent.communicate(b"\n", timeout=10)
        deadline = time.monotonic() + 20
        while _alive(pid) and time.monotonic() < deadline:
            time.sleep(0.1)
        assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG) == (0, 0)
    except ChildProcessError:
        return False


def test_every_protection_status_occurs_and_changes_with_time() -> None:
    with Simulator(fleet=240, clock_speed=0) as fresh:
        assert set(_statuses(fresh).values()) == set(get_args(_protection.ProtectionStatus))
        truth = {(one["project"], one["service_name"]): one for one in fresh.state()["services"]}
        expected = {
            "pending": "pending",
            "paused": "paused",
            "lagging": "lagging",
            "unknown": "unknown",
            "off": "disabled",
        }
        for place, status in _statuses(fresh).items():
            assert status == expected.get(truth[place]["scenario"], status), place
        pending = [
            place for place, one in truth.items() if one["scenario"] == "pending" and one["service_type"] == "pg"
        ]
        fresh.clock(advance="2h")
        assert pending
        assert {_statuses(fresh)[place] for place in pending} == {"protected"}


def _statuses(simulator: Simulator) -> dict[tuple[str, str], str]:
    """The collection's own judgement of every service, from listings alone."""
    now = datetime.fromtimestamp(simulator.clock()["epoch_seconds"], UTC)
    return {
        (project, service.name): _protection.protection_of(service, now=now).status
        for project in simulator.api("GET", "/me")[1]["user"]["projects"]
        for service in _model.parse_service_list(project, simulator.api("GET", f"/project/{project}/service")[1])
    }
