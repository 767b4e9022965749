# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The curl commands of Aiven's documentation of backups to another region, as they stand there (Bearer header)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from tests.missing import needs
from tests.simulator.client import Simulator

pytestmark = needs(shutil.which("curl"), "no curl (on Debian: apt-get install curl)")

Curl = Callable[..., tuple[int, Any]]


@pytest.fixture
def curl(simulator: Simulator) -> Curl:
    simulator.add_project("shop")

    def run(method: str, path: str, body: str = "") -> tuple[int, Any]:
        command = [
            "curl",
            "--silent",
            "--request",
            method,
            "--url",
            f"{simulator.url}/v1{path}",
            "--write-out",
            "\n%{http_code}",
        ]
        command += [
            "--header",
            f"Authorization: Bearer {simulator.token}",
            "--header",
            "content-type: application/json",
        ]
        done = subprocess.run(
            [*command, *(["--data", body] if body else [])], capture_output=True, text=True, timeout=60, check=True
        )
        text, _newline, status = done.stdout.rpartition("\n")
        return int(status), json.loads(text)

    return run


def regions(service: dict[str, Any]) -> list[str]:
    return service["service"]["user_config"]["additional_backup_regions"]


def test_create_enable_change_disable_and_report(curl: Curl, simulator: Simulator) -> None:
    create = '{"service_name": "orders", "cloud": "aws-eu-west-1", "plan": "business-4", "service_type": "pg",'
    status, created = curl(
        "POST", "/project/shop/service", create + ' "user_config": {"additional_backup_regions": ["aws-eu-central-1"]}}'
    )
    assert (status, regions(created)) == (200, ["aws-eu-central-1"])

    path = "/project/shop/service/orders"
    status, refused = curl("PUT", path, '{"user_config": {"additional_backup_regions": ["aws-eu-north-1"]}}')
    assert status == 409
    assert "once in 24 hours" in refused["message"]

    simulator.clock(advance="25h")
    status, moved = curl("PUT", path, '{"user_config": {"additional_backup_regions": ["aws-eu-north-1"]}}')
    assert (status, regions(moved)) == (200, ["aws-eu-north-1"])

    simulator.clock(advance="2d")
    status, report = curl("POST", f"{path}/backup_to_another_region/report", '{"period": "day"}')
    assert status == 200
    chart = report["metrics"]["replication_lag"]["data"]
    assert chart["rows"][0] == chart["cols"], "the API echoes the column definitions as the first row"
    assert len(chart["rows"]) == 1 + 288
    assert 0 < chart["rows"][-1][1] < 600

    status, disabled = curl("PUT", path, '{"user_config": {"additional_backup_regions": []}}')
    assert (status, regions(disabled)) == (200, [])
    status, answer = curl("GET", f"{path}/backups")
    assert status == 200
    assert answer["backups"]
    assert all(backup["additional_regions"] == [] for backup in answer["backups"])
    assert answer["pitr"]["additional_regions"] == []
