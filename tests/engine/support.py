# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of real services send and ask."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from tests.simulator.client import Simulator

PRIMARY, SECONDARY, ELSEWHERE = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-north-1"
SERVICE = "/project/shop/service/orders"


def sell(shop: Simulator, *ids: int) -> None:
    for number in ids:
        shop.sql("shop", "orders", "INSERT INTO sales VALUES (%s)", [number])


def sold(shop: Simulator, name: str = "orders") -> list[int]:
    return [row[0] for row in shop.sql("shop", name, "SELECT id FROM sales ORDER BY id")]


def server_time(shop: Simulator) -> str:
    """The present by the clock of the server, to the microsecond: between what was committed and what will be."""
    (moment,) = shop.sql("shop", "orders", "SELECT clock_timestamp()")[0]
    text: str = moment.astimezone(UTC).isoformat()
    return text


def until(reached: Callable[[], bool]) -> None:
    """Wait until it is so, far longer than it should take."""
    deadline = time.monotonic() + 120
    while not reached():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def epoch(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def fork(shop: Simulator, name: str, cloud: str, **config: Any) -> dict[str, Any]:
    """Fork ``orders``, wait until it runs; the truth about the fork."""
    body = {"service_name": name, "service_type": "pg", "plan": "business-4", "cloud": cloud}
    status, answer = shop.api(
        "POST", "/project/shop/service", {**body, "user_config": {"service_to_fork_from": "orders", **config}}
    )
    assert status == 200, answer
    return shop.until_running("shop", name)


def backups_of(shop: Simulator, name: str = "orders") -> dict[str, Any]:
    status, answer = shop.api("GET", f"/project/shop/service/{name}/backups")
    assert status == 200, answer
    found: dict[str, Any] = answer
    return found


def secondary_range(shop: Simulator) -> tuple[str, str]:
    (told,) = backups_of(shop)["pitr"]["additional_regions"]
    assert told["cloud"] == SECONDARY
    return told["pitr_range_start"], told["pitr_range_end"]
