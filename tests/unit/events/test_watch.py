# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A watch of a simulated Aiven: what it tells, once, over restarts, outages and damaged state files."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection, Transport
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.arguments import watch_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.watch import Watch, Watched
from tests.simulator.client import Simulator
from tests.unit.api.fake_api import FakeClock

HOME, PARTNER = "aws-eu-west-1", "aws-eu-central-1"
INTERVAL = 300.0


class Watcher:
    """Looks as the event source does, on a clock that only its waits move. It may be killed after so many events."""

    def __init__(self, simulator: Simulator, state_file: Path, retry_timeout: float = 0, **options: Any) -> None:
        self.simulator = simulator
        self.clock = FakeClock()
        connection = Connection(simulator.token, simulator.url, request_timeout=5, retry_timeout=retry_timeout)
        self.client = AivenClient(connection, partial(Transport, sleep=self.clock.sleep, clock=self.clock))
        watched = Watched(**{"state_file": str(state_file), "projects": ["shop"], "interval": INTERVAL, **options})
        self.watch = Watch(self.client, watched)

    def look(self, stop_after: int | None = None) -> list[dict[str, Any]]:
        told = []
        for event in self.watch.look():
            if len(told) == stop_after:
                return told
            event.told()
            told.append(dict(event.data))
        told += [dict(event.data) for event in self.watch.keep()]
        self.clock.now += self.watch.seconds_to_next_look()
        return told

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.look()]


MakeWatcher = Callable[..., Watcher]


@pytest.fixture
def state_file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "watch.json"


@pytest.fixture
def make(simulator: Simulator, state_file: Path) -> MakeWatcher:
    for name in ("orders", "stock"):
        simulator.add_service("shop", name, plan="business-4", cloud=HOME, region=PARTNER, region_age_hours=240)
    return lambda **options: Watcher(simulator, state_file, **options)


def test_nothing_is_told_of_what_was_so_before_but_that_the_watch_begins(make: MakeWatcher) -> None:
    watcher = make()
    (began,) = watcher.look()
    assert (began["kind"], began["damaged"], began["services"]) == ("began", False, {"protected": 2})
    assert watcher.look() == []


def test_a_paused_copy_is_told_once_and_its_recovery_once(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make()
    watcher.look()
    simulator.patch("shop", "orders", pause={"reason": "quota", "hours_ago": 1})
    (paused,) = watcher.look()
    assert (paused["kind"], paused["direction"], paused["host"]) == ("paused", "worse", "orders.shop")
    assert (paused["before"]["protection"], paused["after"]["pause_reason"]) == ("protected", "quota")
    assert "quota" in paused["explanation"]
    assert watcher.look() == []
    simulator.patch("shop", "orders", resume=True)
    simulator.clock(advance="25h")
    recovered = {event["service_name"]: event for event in watcher.look()}
    assert (recovered["orders"]["kind"], recovered["orders"]["direction"]) == ("recovered", "better")
    assert recovered["orders"]["before"] == paused["after"]
    assert watcher.look() == []


def test_a_lagging_copy(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make()
    watcher.look()
    simulator.patch("shop", "orders", stop={"hours_ago": 40})
    (lagging,) = watcher.look()
    assert (lagging["kind"], lagging["direction"]) == ("lagging", "worse")


def test_services_that_come_and_go(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make()
    watcher.look()
    simulator.remove("shop", "stock")
    simulator.add_service("shop", "users", cloud=HOME)
    found = {event["service_name"]: event for event in watcher.look()}
    assert {name: event["kind"] for name, event in found.items()} == {"stock": "gone", "users": "appeared"}
    assert found["users"]["after"]["protection"] == "disabled"
    assert watcher.look() == []


def test_a_look_takes_one_call_a_project(make: MakeWatcher, simulator: Simulator) -> None:
    simulator.add_service("bank", "ledger", cloud=HOME)
    watcher = make(projects=["shop", "bank", "shop"])
    for _turn in range(3):
        simulator.clear_requests()
        watcher.look()
        assert sorted(row["path"] for row in simulator.requests()) == ["/project/bank/service", "/project/shop/service"]


def test_all_projects_that_the_token_sees(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make(projects=None)
    watcher.look()
    simulator.add_service("bank", "ledger", cloud=HOME)
    assert watcher.look() == []
    simulator.patch("bank", "ledger", region=PARTNER)
    assert watcher.kinds() == ["improved"]


def test_filters(make: MakeWatcher, simulator: Simulator) -> None:
    simulator.add_service("shop", "search", service_type="opensearch", cloud=HOME, region=PARTNER, region_age_hours=240)
    watcher = make(services=["s*"], service_types=["pg"])
    assert watcher.look()[0]["services"] == {"protected": 1}
    for name in ("orders", "search", "stock"):
        simulator.patch("shop", name, region=None)
    assert [event["service_name"] for event in watcher.look()] == ["stock"]


def test_a_restart_tells_what_happened_meanwhile_and_nothing_else(make: MakeWatcher, simulator: Simulator) -> None:
    first = make()
    first.look()
    simulator.patch("shop", "orders", pause={"reason": "quota", "hours_ago": 1})
    first.look()
    assert make().look() == []
    simulator.patch("shop", "stock", region=None)
    assert [(event["service_name"], event["kind"]) for event in make().look()] == [("stock", "lost")]
    assert make().look() == []


def test_what_was_not_told_before_a_kill_is_told_after_it(make: MakeWatcher, simulator: Simulator) -> None:
    make().look()
    for name in ("orders", "stock"):
        simulator.patch("shop", name, region=None)
    killed = make()
    (orders,) = killed.look(stop_after=1)
    again = make().look()
    assert [event["service_name"] for event in again] == ["orders", "stock"]
    assert again[0]["id"] == orders["id"]


def test_what_was_told_before_an_orderly_end_is_not_told_again(make: MakeWatcher, simulator: Simulator) -> None:
    make().look()
    for name in ("orders", "stock"):
        simulator.patch("shop", name, region=None)
    ended = make()
    assert len(ended.look(stop_after=1)) == 1
    ended.watch.close()
    assert [event["service_name"] for event in make().look()] == ["stock"]


def test_an_outage_is_told_once_and_its_end_once(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make()
    watcher.look()
    simulator.fault(kind="503", count=None)
    simulator.patch("shop", "orders", pause={"reason": "quota", "hours_ago": 1})
    (blind,) = watcher.look()
    assert (blind["kind"], blind["projects"], blind["error"]["code"]) == ("blind", ["shop"], "api_error")
    assert [watcher.look() for _turn in range(3)] == [[], [], []]
    assert make().look() == [], "a restart during an outage tells it again"
    simulator.clear_faults()
    seeing, paused = watcher.look()
    assert (seeing["kind"], seeing["projects"], seeing["since"]) == ("seeing", ["shop"], blind["since"])
    assert paused["kind"] == "paused"
    assert watcher.look() == []


def test_the_waits_grow_while_nothing_can_be_seen(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make(backoff_max=1000)
    watcher.look()
    simulator.fault(kind="503", count=None)
    starts = []
    for _turn in range(5):
        starts.append(watcher.clock.now)
        watcher.look()
    assert [later - sooner for sooner, later in pairwise(starts)] == pytest.approx([300, 600, 1000, 1000])
    simulator.clear_faults()
    watcher.look()
    start = watcher.clock.now
    watcher.look()
    assert watcher.clock.now - start == pytest.approx(300)


def test_one_project_that_cannot_be_seen_keeps_no_other_from_it(make: MakeWatcher, simulator: Simulator) -> None:
    simulator.add_service("bank", "ledger", cloud=HOME, region=PARTNER, region_age_hours=240)
    watcher = make(projects=["shop", "bank"])
    watcher.look()
    simulator.fault(kind="403", project="shop", count=None)
    simulator.patch("bank", "ledger", region=None)
    lost, blind = watcher.look()
    assert (lost["project"], blind["projects"], blind["error"]["code"]) == ("bank", ["shop"], "permission_denied")
    simulator.clear_requests()
    assert watcher.look() == watcher.look() == []
    assert simulator.calls(path="/project/bank/service") == 2
    assert simulator.calls(path="/project/shop/service") == 1


def test_the_list_of_projects_may_be_out_of_sight(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make(projects=None)
    watcher.look()
    simulator.fault(kind="503", path="/me", count=None)
    simulator.patch("shop", "orders", region=None)
    lost, blind = watcher.look()
    assert (lost["kind"], blind["kind"], blind["projects"]) == ("lost", "blind", ["*"])
    simulator.clear_faults()
    watcher.clock.now += INTERVAL
    assert watcher.kinds() == ["seeing"]


def test_a_project_that_the_token_sees_no_more_is_not_taken_for_empty(make: MakeWatcher, simulator: Simulator) -> None:
    simulator.add_service("bank", "ledger", cloud=HOME)
    simulator.add_token("watcher", user="watcher", roles={"shop": ["developer"], "bank": ["developer"]})
    simulator.token, admin = "watcher", simulator.token
    try:
        watcher = make(projects=None)
        watcher.look()
        simulator.add_token("watcher", user="watcher", roles={"shop": ["developer"]})
        (blind,) = watcher.look()
        assert (blind["kind"], blind["projects"], blind["error"]["code"]) == ("blind", ["bank"], "project_not_found")
        assert watcher.look() == []
        simulator.add_token("watcher", user="watcher", roles={"shop": ["developer"], "bank": ["developer"]})
        assert watcher.kinds() == ["seeing"]
    finally:
        simulator.token = admin


def test_retries_end_with_the_interval(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make(retry_timeout=6000)
    watcher.look()
    simulator.fault(kind="503", count=None)
    begin = watcher.clock.now
    assert watcher.kinds() == ["blind"]
    assert INTERVAL / 2 < watcher.client.api_calls["waited_seconds"] <= INTERVAL
    assert watcher.clock.now - begin <= INTERVAL + 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe\x00", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"{}", "has not the schema"),
        (b"null", "has not the schema"),
    ],
)
def test_a_damaged_state_is_made_anew_and_that_is_told(
    make: MakeWatcher, simulator: Simulator, state_file: Path, content: bytes, words: str, caplog: Any
) -> None:
    make().look()
    state_file.write_bytes(content)
    simulator.patch("shop", "orders", region=None)
    with caplog.at_level(logging.WARNING):
        (began,) = make().look()
    assert (began["kind"], began["damaged"], began["services"]) == ("began", True, {"disabled": 1, "protected": 1})
    assert words in began["message"] and str(state_file) in began["message"]
    assert began["message"] in caplog.text
    assert make().look() == []


def test_a_state_of_another_watch_is_not_used(make: MakeWatcher) -> None:
    make().look()
    (began,) = make(service_types=["pg"]).look()
    assert (began["kind"], began["damaged"]) == ("began", True)


def test_projects_may_be_added_and_taken_away(make: MakeWatcher, simulator: Simulator) -> None:
    simulator.add_service("bank", "ledger", cloud=HOME)
    make(projects=["shop", "bank"]).look()
    assert make(projects=["shop"]).look() == []
    assert make(projects=["shop", "bank"]).look() == []


def test_what_is_no_file_is_damaged_and_not_waited_for(make: MakeWatcher, state_file: Path) -> None:
    state_file.parent.mkdir()
    os.mkfifo(state_file)
    (began,) = make().look()
    assert (began["damaged"], "no regular file" in began["message"]) == (True, True)
    assert make().look() == []


def test_a_state_that_cannot_be_written_is_told_once(make: MakeWatcher, state_file: Path) -> None:
    state_file.mkdir(parents=True)
    watcher = make()
    began, not_kept = watcher.look()
    assert (began["damaged"], not_kept["kind"]) == (True, "state_not_kept")
    assert str(state_file) in not_kept["message"]
    assert watcher.look() == []
    state_file.rmdir()
    assert watcher.look() == []
    assert state_file.is_file()
    assert os.listdir(state_file.parent) == [state_file.name]


def test_the_state_is_for_its_owner_only_and_holds_no_token(make: MakeWatcher, state_file: Path) -> None:
    old = os.umask(0)
    try:
        make().look()
    finally:
        os.umask(old)
    assert stat.S_IMODE(state_file.stat().st_mode) == 0o600
    assert "token" not in state_file.read_text()
    assert json.loads(state_file.read_text())["projects"]["shop"]["orders"][1] == "protected"


def test_an_ended_watch_gives_up_its_waits(make: MakeWatcher, simulator: Simulator) -> None:
    watcher = make(retry_timeout=600)
    simulator.fault(kind="429", wait=200, count=None)
    watcher.watch.close()
    with pytest.raises(AivenError) as caught:
        watcher.watch.look()
    assert caught.value.code == "interrupted"
    assert watcher.clock.naps == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({}, "state_file"),
        ({"state_file": "x", "intervall": 5}, "intervall"),
        ({"state_file": "x", "interval": "soon"}, "interval"),
        ({"state_file": "x", "interval": 0}, "interval is 0"),
        ({"state_file": "x", "interval": float("nan")}, "interval is nan"),
        ({"state_file": "x", "backoff_max": -1}, "backoff_max is -1"),
        ({"state_file": "x", "projects": ["a/b"]}, "projects[0]"),
        ({"state_file": "x", "api_url": "ftp://example.com"}, "api_url"),
    ],
)
def test_arguments_of_no_use(arguments: dict[str, Any], words: str) -> None:
    with pytest.raises(AivenError) as caught:
        watch_of(arguments)
    assert words in caught.value.message


def test_arguments_as_variables_make_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Texts for numbers, a text with commas for a list, empty ones for what is not given."""
    monkeypatch.setenv("AIVEN_TOKEN", "from-environment")
    given = {
        "state_file": str(tmp_path / "s"),
        "projects": "shop,bank",
        "interval": "60",
        "services": "",
        "ca_path": None,
    }
    watch = watch_of({**given, "eda_feedback_queue": object()})
    assert watch._client.transport.connection.api_token == "from-environment"
    assert (watch._watched.projects, watch._watched.interval, watch._watched.services) == (["shop", "bank"], 60, None)
