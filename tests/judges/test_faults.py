# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults strike what they are told to strike, as often as told, before or after the change was made."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import asdict
from typing import Any

import pytest

from tests.simulator.client import ROOT, Simulator
from tests.simulator.faults import KINDS
from tests.simulator.state import Settings

SERVICE = "/project/shop/service/orders"
ENABLE = {"user_config": {"additional_backup_regions": ["aws-eu-central-1"]}}
BROKEN = (ConnectionError, http.client.HTTPException, urllib.error.URLError)


@pytest.fixture
def shop(simulator: Simulator) -> Simulator:
    simulator.add_service("shop", "orders")
    simulator.add_service("shop", "stock")
    return simulator


def test_every_kind_is_told() -> None:
    table = (ROOT / "docs/simulator.md").read_text().split("| kind | what happens |", 1)[1].split("\n\n", 1)[0]
    told = {
        kind.partition("_")[0] for row in table.splitlines()[2:] for kind in re.findall(r"`(\w+)`", row.split("|")[1])
    }
    assert {kind for kind in told if not kind.isdigit()} == set(KINDS)


def changed(simulator: Simulator) -> bool:
    return simulator.service("shop", "orders")["region"] is not None


@pytest.mark.parametrize(
    ("kind", "status", "html", "applied"),
    [
        ("408", 408, True, False),
        ("429", 429, False, False),
        ("500", 500, False, False),
        ("502", 502, True, False),
        ("503", 503, False, False),
        ("401", 401, False, False),
        ("403", 403, False, False),
        ("408_after", 408, True, True),
        ("500_after", 500, False, True),
        ("502_after", 502, True, True),
        ("503_after", 503, False, True),
    ],
)
def test_statuses_before_and_after_the_change(
    shop: Simulator, kind: str, status: int, html: bool, applied: bool
) -> None:
    shop.fault(kind=kind, method="PUT")
    got, answer = shop.api("PUT", SERVICE, ENABLE)
    assert (got, changed(shop)) == (status, applied)
    assert isinstance(answer, str) == html
    if not html:
        assert answer["errors"][0]["status"] == status
    assert shop.api("PUT", SERVICE, ENABLE)[0] == 200, "it strikes once"


@pytest.mark.parametrize(
    ("kind", "applied"), [("reset_before", False), ("reset_after", True), ("cut", True), ("cut_before", False)]
)
def test_broken_connections(shop: Simulator, kind: str, applied: bool) -> None:
    shop.fault(kind=kind, method="PUT")
    with pytest.raises(BROKEN):
        shop.api("PUT", SERVICE, ENABLE)
    assert changed(shop) == applied
    assert shop.requests(method="PUT")[0]["fault"] == kind


@pytest.mark.parametrize(
    ("kind", "method", "made"), [("drip", "GET", False), ("drip", "PUT", True), ("drip_before", "PUT", False)]
)
def test_an_answer_that_drips_is_whole_in_the_end(shop: Simulator, kind: str, method: str, made: bool) -> None:
    shop.fault(kind=kind, method=method, seconds=0)
    status, answer = shop.api(method, SERVICE, ENABLE if method == "PUT" else None)
    assert (status, "service" in answer, changed(shop)) == (200, True, made)


def test_a_wrong_clock_is_all_that_is_wrong_with_an_answer(shop: Simulator) -> None:
    wrong = "Mon, 31 Aug 2026 22:00:00 GMT"
    shop.fault(kind="headers", method="PUT", headers={"date": wrong})
    request = urllib.request.Request(
        f"{shop.url}/v1{SERVICE}",
        data=json.dumps(ENABLE).encode(),
        method="PUT",
        headers={"authorization": f"aivenv1 {shop.token}", "content-type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert (answer.status, answer.headers.get_all("date")) == (200, [wrong])
        assert json.load(answer)["service"]["service_name"] == "orders"
    assert changed(shop)


@pytest.mark.parametrize("kind", ["endless", "endless_before"])
def test_an_answer_without_end_ends_with_who_listens(shop: Simulator, kind: str) -> None:
    shop.fault(kind=kind, method="PUT")
    url = urllib.parse.urlsplit(shop.url)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=30)
    connection.request("PUT", f"/v1{SERVICE}", json.dumps(ENABLE), {"authorization": f"aivenv1 {shop.token}"})
    answer = connection.getresponse()
    assert len(answer.read(5 << 20)) == 5 << 20
    connection.close()
    assert shop.api("GET", SERVICE)[0] == 200, "the simulator goes on"
    assert changed(shop) == (kind == "endless")


def test_a_bomb_is_small(shop: Simulator) -> None:
    shop.fault(kind="bomb", method="GET")
    request = urllib.request.Request(f"{shop.url}/v1{SERVICE}", headers={"authorization": f"aivenv1 {shop.token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        packed = answer.read()
        assert (answer.headers["content-encoding"], len(packed) < 2 << 20) == ("gzip", True)
    assert gzip.decompress(packed[: len(packed) // 64]) == b" " * (16 << 20)


def test_truncated_json_is_measured_honestly(shop: Simulator) -> None:
    shop.fault(kind="truncated", method="GET")
    with pytest.raises(json.JSONDecodeError):
        shop.api("GET", SERVICE)


@pytest.mark.parametrize(
    "body", [[], "x", None, 7, {}, {"service": "orders"}, {"service": None}, {"service": {"user_config": []}}]
)
def test_wrong_types(shop: Simulator, body: Any) -> None:
    shop.fault(kind="body", method="GET", body=body)
    assert shop.api("GET", SERVICE) == (200, body)


def test_custom_answers_and_headers(shop: Simulator) -> None:
    shop.fault(kind="429", retry_after="3", message="slow down")
    shop.fault(kind="body_before", status=418, body={"message": "teapot"})
    assert shop.api("GET", SERVICE)[1]["message"] == "slow down"
    assert shop.api("PUT", SERVICE, ENABLE) == (418, {"message": "teapot"})
    assert not changed(shop)


def test_slow_answers_take_their_time(shop: Simulator) -> None:
    shop.fault(kind="slow", seconds=0.3)
    assert shop.api("GET", SERVICE)[0] == 200
    assert shop.requests()[-1]["seconds"] >= 0.3


def test_count_after_and_patterns(shop: Simulator) -> None:
    shop.fault(kind="503", method="GET", path="/project/*/service/*", service="or*", after=1, count=2)
    assert [shop.api("GET", SERVICE)[0] for _turn in range(4)] == [200, 503, 503, 200]
    assert shop.api("GET", "/project/shop/service/stock")[0] == 200
    shop.fault(kind="503", method="PUT|DELETE", project="shop", count=None)
    assert [shop.api("PUT", SERVICE, {})[0] for _turn in range(3)] == [503, 503, 503]
    assert shop.api("GET", SERVICE)[0] == 200
    shop.clear_faults()
    assert shop.api("PUT", SERVICE, {})[0] == 200


def test_a_create_is_matched_by_the_name_in_its_body(shop: Simulator) -> None:
    shop.fault(kind="reset_after", method="POST", service="new")
    body = {"service_name": "new", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
    with pytest.raises(BROKEN):
        shop.api("POST", "/project/shop/service", body)
    assert shop.service("shop", "new")["creates"] == 1
    assert shop.api("POST", "/project/shop/service", body)[0] == 409


def test_chance_is_the_same_for_the_same_seed(shop: Simulator) -> None:
    def strikes() -> list[int]:
        shop.reset(seed=3)
        shop.add_service("shop", "orders")
        shop.fault(kind="503", probability=0.5, count=None)
        return [shop.api("GET", SERVICE)[0] for _turn in range(30)]

    first = strikes()
    assert set(first) == {200, 503}
    assert strikes() == first


def test_a_lost_answer_may_come_with_stale_reads(shop: Simulator) -> None:
    shop.fault(kind="stale_lost", method="PUT", reads=1)
    with pytest.raises(BROKEN):
        shop.api("PUT", SERVICE, ENABLE)
    assert changed(shop)
    shown = [shop.api("GET", SERVICE)[1]["service"]["user_config"] for _read in range(2)]
    assert [config.get("additional_backup_regions") or [] for config in shown] == [[], ["aws-eu-central-1"]]


def test_stale_reads_answer_the_state_before_the_write(shop: Simulator) -> None:
    shop.fault(kind="stale", method="PUT", reads=2)
    assert shop.api("PUT", SERVICE, ENABLE)[1]["service"]["user_config"] == ENABLE["user_config"]
    assert "additional_backup_regions" not in shop.api("GET", SERVICE)[1]["service"]["user_config"]
    listed = {one["service_name"]: one for one in shop.api("GET", "/project/shop/service")[1]["services"]}
    assert set(listed) == {"orders", "stock"}
    assert "additional_backup_regions" not in listed["orders"]["user_config"]
    assert shop.api("GET", SERVICE)[1]["service"]["user_config"] == ENABLE["user_config"]


def test_a_created_service_may_not_be_seen_at_once(shop: Simulator) -> None:
    shop.fault(kind="stale", method="POST", reads=1)
    body = {"service_name": "new", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200
    assert [shop.api("GET", "/project/shop/service/new")[0] for _turn in range(2)] == [404, 200]


def test_a_deleted_service_may_still_be_seen(shop: Simulator) -> None:
    shop.fault(kind="stale", method="DELETE", reads=1)
    assert shop.api("DELETE", SERVICE)[0] == 200
    assert [shop.api("GET", SERVICE)[0] for _turn in range(2)] == [200, 404]


@pytest.mark.parametrize(
    "spec",
    [
        {"kind": "nonsense"},
        {"kind": "503", "sevice": "x"},
        {},
        {"kind": "503_later"},
        {"kind": "\u00b2"},
        {"kind": "099"},
        {"kind": "503", "method": 5},
        {"kind": "503", "path": None},
        {"kind": "503", "count": "x"},
        {"kind": "503", "after": 1.5},
        {"kind": "503", "probability": "often"},
        {"kind": "503", "headers": {"x": 5}},
        {"kind": "503", "headers": {"x": "\u20ac"}},
        {"kind": "503", "headers": {"x": "a\nb"}},
        {"kind": "503", "retry_after": 5},
        {"kind": "slow", "seconds": "x"},
        {"kind": "body", "status": 1000},
        {"kind": "stale", "reads": "x"},
    ],
)
def test_a_mistaken_fault_is_refused(shop: Simulator, spec: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match=": 400"):
        shop.fault(**spec)
    assert shop.api("GET", SERVICE)[0] == 200
    assert shop.api("PUT", SERVICE, {})[0] == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock", "x"),
        ("/clock", {"set": 5}),
        ("/clock", {"set": "someday"}),
        ("/clock", {"advance": 1e300}),
        ("/clock", {"speed": "fast"}),
        ("/clock", {"spin": 1}),
        ("/faults", "x"),
        ("/faults", [5]),
        ("/reset", {"clock": 5}),
        ("/services", "x"),
        ("/services", 5),
    ],
)
def test_a_mistaken_call_of_the_side_door_is_refused(shop: Simulator, path: str, body: Any) -> None:
    with pytest.raises(RuntimeError, match=": 400"):
        shop.door("POST", path, body)
    assert shop.clock()["now"].startswith("2026-09-01T")
    assert shop.api("GET", SERVICE)[0] == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/config", "x"),
        ("/config", {"colour": "red"}),
        ("/config", {"rate_limit": "x"}),
        ("/config", {"rate_scale": 0}),
        ("/config", {"poweroff_503": "*/logs"}),
        ("/tokens", {"simulator-token": "x"}),
        ("/tokens", {"simulator-token": {"roles": 5}}),
        ("/tokens", {"simulator-token": {"roles": {"*": "admin"}}}),
    ],
)
def test_a_mistaken_setting_is_refused(shop: Simulator, path: str, body: Any) -> None:
    with pytest.raises(RuntimeError, match=": 400"):
        shop.door("PUT", path, body)
    assert shop.api("GET", SERVICE)[0] == 200
    assert shop.api("GET", "/me")[0] == 200


def test_every_setting_is_known_to_the_side_door(shop: Simulator) -> None:
    assert shop.config(**shop.config()) == {**asdict(Settings()), "build_seconds": 0}


# --- the rate limit ----------------------------------------------------------------------------------------------------------


def test_the_rate_limit_speaks_as_aiven_does(shop: Simulator) -> None:
    shop.config(rate_limit=3, rate_window=60)
    answers = [shop.api("GET", "/me") for _turn in range(4)]
    assert [status for status, _body in answers] == [200, 200, 200, 429]
    text = answers[-1][1]["message"]
    assert text.startswith(
        "The user has sent too many requests in a given amount of time: Rate limit 3 exceeded - try again in "
    )
    assert 0 < int(text.removesuffix("s").rpartition(" ")[2]) <= 60
    assert shop.api("GET", "/clouds")[0] == 200, "public operations have no user to limit"
    shop.add_token("another", user="another@example.org")
    assert shop.api("GET", "/me", token="another")[0] == 200, "the limit is a user's"


def test_scaled_windows_are_shorter_and_their_waits_finer(shop: Simulator) -> None:
    shop.config(rate_limit=1, rate_window=60, rate_scale=100, retry_after=True)
    assert shop.api("GET", "/me")[0] == 200
    status, answer = shop.api("GET", "/me")
    wait = answer["message"].removesuffix("s").rpartition(" ")[2]
    assert status == 429
    assert len(wait.partition(".")[2]) == 2
    assert 0 < float(wait) <= 0.6
    assert shop.state()["rate"]["refused"] == 1
