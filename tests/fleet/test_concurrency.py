# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What others do while a rollout runs: another rollout, a change in the console, services that go, move or are powered off.

Others act after the rollout has read and decided, and before its first write.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Thread
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget
from tests.fleet.support import OTHER, PARTNER, Notes, Ran, add_services, policy, regions, rows_of, run_fleet
from tests.simulator.client import Simulator

NAMES = [f"db-{number:03}" for number in range(4)]


class Meanwhile(Notes):
    """Lets somebody act once all is decided."""

    def __init__(self, act: Callable[[], object]) -> None:
        super().__init__()
        self._act = act

    def decided(self, cases: Sequence[Case], waves: int) -> None:
        super().decided(cases, waves)
        self._act()


@pytest.fixture
def shop(simulator: Simulator) -> Simulator:
    add_services(simulator, rows_of("shop", len(NAMES)))
    return simulator


def roll_out(
    simulator: Simulator, region: str = PARTNER, act: Callable[[], object] = lambda: None, **rules: Any
) -> Ran:
    targets = [FleetTarget("shop", name, "enabled", region) for name in NAMES]
    return run_fleet(simulator, targets, policy("enable", **rules), notes=Meanwhile(act))


def changes(simulator: Simulator) -> list[int]:
    return [len(row["region_changes"]) for row in simulator.state()["services"]]


def test_two_rollouts_of_the_same_at_once_end_as_wanted(shop: Simulator) -> None:
    others: list[Ran] = []
    second = Thread(target=lambda: others.append(roll_out(shop)))

    def begin() -> None:
        second.start()
        second.join()

    first = roll_out(shop, act=begin)
    assert regions(shop) == {f"shop/{name}": PARTNER for name in NAMES}
    assert changes(shop) == [1] * len(NAMES)
    assert (first.codes, others[0].codes) == ([None] * len(NAMES), [None] * len(NAMES))


def test_of_two_rollouts_that_want_different_the_later_is_refused(shop: Simulator) -> None:
    def move() -> None:
        for name in NAMES:
            put(shop, name, OTHER)

    ran = roll_out(shop, act=move)
    assert set(ran.codes) == {"rejected"}
    assert regions(shop) == {f"shop/{name}": OTHER for name in NAMES}
    assert changes(shop) == [1] * len(NAMES)


def test_a_change_in_the_console_stops_only_its_service(shop: Simulator) -> None:
    ran = roll_out(shop, act=lambda: put(shop, NAMES[1], OTHER))
    assert ran.codes == [None, "rejected", None, None]
    assert regions(shop)["shop/db-001"] == OTHER


def test_a_change_in_the_console_is_seen_where_a_wave_reads_again(shop: Simulator) -> None:
    ran = roll_out(shop, act=lambda: put(shop, NAMES[1], OTHER), max_age=0)
    assert ran.codes == [None, "stale_plan", None, None]
    assert [entry["path"].rpartition("/")[2] for entry in ran.writes[-3:]].count(NAMES[1]) == 0


def test_a_service_deleted_meanwhile_is_not_made_anew(shop: Simulator) -> None:
    ran = roll_out(shop, act=lambda: shop.remove("shop", NAMES[2]))
    assert ran.codes == [None, None, "service_not_found", None]
    assert f"shop/{NAMES[2]}" not in regions(shop)


def test_a_service_migrated_into_its_secondary_region_meanwhile_is_refused(shop: Simulator) -> None:
    ran = roll_out(shop, act=lambda: shop.patch("shop", NAMES[0], cloud=PARTNER), max_age=0)
    assert ran.codes == ["same_region", None, None, None]
    assert regions(shop)[f"shop/{NAMES[0]}"] is None


def test_a_service_powered_off_meanwhile_keeps_its_setting(shop: Simulator) -> None:
    ran = roll_out(shop, act=lambda: shop.patch("shop", NAMES[3], state="POWEROFF"))
    assert ran.codes == [None] * len(NAMES)
    assert regions(shop)[f"shop/{NAMES[3]}"] == PARTNER


def put(simulator: Simulator, name: str, region: str) -> None:
    """What a person does in the console."""
    status, answer = simulator.api(
        "PUT", f"/project/shop/service/{name}", {"user_config": {"additional_backup_regions": [region]}}
    )
    assert status == 200, answer
