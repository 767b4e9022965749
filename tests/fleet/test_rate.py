# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Under Aiven's rate limit of 120 requests a minute no target fails, and nearly all of what is allowed is used."""

from __future__ import annotations

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from tests.fleet.support import PARTNER, Ran, add_services, rows_of, run_fleet
from tests.simulator.client import Simulator

LIMIT = 120


def change(simulator: Simulator, services: int, projects: int) -> Ran:
    names = [row for number in range(projects) for row in rows_of(f"p-{number}", services // projects)]
    add_services(simulator, names)
    return run_fleet(simulator, [FleetTarget(row["project"], row["service_name"], "enabled", PARTNER) for row in names])


def judge(simulator: Simulator, ran: Ran, services: int, projects: int) -> list[dict[str, float]]:
    """No target failed, no call was lost, and each window but the last was used up. Returns the windows."""
    assert set(ran.statuses) == {"changed"}
    assert ran.calls_without_retries == projects + 1 + 1 + services
    rate = simulator.state()["rate"]
    windows: list[dict[str, float]] = rate["windows"]
    # The cloud list is public: it belongs to no user's rate.
    assert sum(window["used"] for window in windows) == ran.calls_without_retries - 1
    assert all(window["used"] >= 0.95 * LIMIT for window in windows[:-1])
    # A refusal closes the gate for all: only what was under way then is refused as well.
    assert rate["refused"] <= 8 * len(windows)
    assert ran.client.api_calls["retries"] == rate["refused"]
    assert ran.client.api_calls["waited_seconds"] > 0
    return windows


@pytest.mark.parametrize("retry_after", [False, True], ids=["text", "header"])
def test_a_rate_limit_fails_no_target(retry_after: bool) -> None:
    with Simulator(build_seconds=0, rate_limit=LIMIT, rate_scale=20, retry_after=retry_after) as simulator:
        judge(simulator, change(simulator, 300, 5), 300, 5)


@pytest.mark.slow
def test_a_thousand_changes_use_what_is_allowed() -> None:
    scale = 20
    with Simulator(build_seconds=0, rate_limit=LIMIT, rate_scale=scale) as simulator:
        windows = judge(simulator, change(simulator, 1000, 10), 1000, 10)
    spent = (windows[-1]["since"] - windows[0]["since"]) * scale / 60
    used = sum(window["used"] for window in windows[:-1])
    share = used / (spent * LIMIT)
    print(f"used {share:.1%} of the allowed rate in {spent:.1f} simulated minutes")
    assert share >= 0.95
