# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whatever is sent, the simulator answers as the API would; a fault of its own is an answer too, and not a silent one."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.error
import urllib.request
from typing import Any

import pytest

from tests.simulator.client import ROOT, Simulator

SERVICE = "/project/shop/service/orders"


def send(url: str, method: str, path: str, raw: bytes) -> tuple[int, Any, str | None]:
    """Status, answer and Date of a request with these bytes as its body."""
    headers = {"authorization": "aivenv1 simulator-token", "content-type": "application/json"}
    request = urllib.request.Request(f"{url}{path}", data=raw, method=method, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.loads(answer.read()), answer.headers["Date"]
    except urllib.error.HTTPError as error:
        with error:
            return error.code, json.loads(error.read()), error.headers["Date"]


def nested(depth: int) -> bytes:
    return b'{"user_config": {"ip_filter": [' + b'{"x": ' * depth + b"1" + b"}" * depth + b"]}}"


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        nested(100),
        nested(490),
        nested(900),
        b"{",
        b"\xff",
        b'{"plan": NaN}',
        b'{"disk_space_mb": 1e999}',
        b'{"disk_space_mb": ' + b"9" * 5000 + b"}",
        b'{"user_config": {"additional_backup_regions": ["\\ud800"]}}',
        b'{"user_config": {"\\udfff": 1}}',
        '{"plan": "\ud800"}'.encode("utf-8", "surrogatepass"),
    ],
    ids=range(13),
)
def test_what_is_no_json_is_refused(simulator: Simulator, raw: bytes) -> None:
    simulator.add_service("shop", "orders")
    before = simulator.service("shop", "orders")
    status, answer, date = send(simulator.url, "PUT", f"/v1{SERVICE}", raw)
    assert status == 400
    assert answer["message"].startswith("Invalid JSON in the request body")
    assert answer["errors"][0]["status"] == 400
    assert date
    assert simulator.service("shop", "orders") == before
    assert simulator.requests()[-1]["body"] == {"unparsed_bytes": len(raw)}
    assert simulator.api("GET", SERVICE)[0] == 200


def test_no_nesting_upsets_the_side_door(simulator: Simulator) -> None:
    for path in ("/faults", "/services", "/clock"):
        assert send(simulator.url, "POST", f"/_simulator{path}", b"[" * 100_000)[0] == 400


def test_a_fault_of_its_own_is_answered_logged_and_told() -> None:
    command = [sys.executable, "-m", "tests.simulator"]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    running = Simulator()
    running.url, running.token = json.loads(process.stdout.readline())["url"], "simulator-token"
    try:
        # Nobody but the side door could bring a service into such a state.
        running.add_service("shop", "orders", maintenance=7)
        body = json.dumps({"maintenance": {"dow": "monday"}}).encode()
        status, answer, date = send(running.url, "PUT", f"/v1{SERVICE}", body)
        logged = [(entry["method"], entry["operation"], entry["status"]) for entry in running.requests()]
        assert running.api("GET", SERVICE)[0] == 200, "it goes on"
    finally:
        process.terminate()
        _rest, errors = process.communicate(timeout=10)
    assert (status, answer["errors"][0]["status"], answer["message"]) == (500, 500, "Internal server error")
    assert date and date.startswith("Tue, 01 Sep 2026 12:00:")
    assert logged == [("PUT", "ServiceUpdate", 500)]
    assert "TypeError" in errors
