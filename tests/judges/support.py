# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What several judges of the simulator send, and how a refusal looks."""

from __future__ import annotations

from typing import Any

from tests.simulator.client import Simulator

SERVICE = "/project/shop/service/orders-pg"
NEW = {"service_name": "new-pg", "service_type": "pg", "plan": "business-4", "cloud": "aws-eu-west-1"}


def region(*names: Any) -> dict[str, Any]:
    return {"user_config": {"additional_backup_regions": list(names)}}


def refused(
    simulator: Simulator, method: str, path: str, body: Any, status: int, text: str, token: str | None = None
) -> dict[str, Any]:
    before = simulator.state()["services"]
    got, answer = simulator.api(method, path, body, token)
    assert (got, text in answer["message"]) == (status, True), (got, answer)
    assert answer["errors"][0]["message"] == answer["message"]
    assert answer["errors"][0]["status"] == status
    assert simulator.state()["services"] == before
    return answer["errors"][0]


def fork(**config: Any) -> dict[str, Any]:
    return {**NEW, "service_name": "drill", "user_config": {"service_to_fork_from": "orders-pg", **config}}
