# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What comes back from a secondary region are exactly the rows that were there by the moment asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.client import Simulator

from .support import ELSEWHERE, PRIMARY, SECONDARY, SERVICE, backups_of, fork, secondary_range, sell, server_time, sold


def test_after_the_primary_region_is_gone_the_secondary_has_what_was_replicated(shop: Simulator) -> None:
    sell(shop, 1, 2)
    shop.back_up("shop", "orders")
    sell(shop, 3)
    between = server_time(shop)
    sell(shop, 4, 5)
    shop.replicate("shop", "orders")
    start, end = secondary_range(shop)
    sell(shop, 6, 7)
    assert [one["service_name"] for one in shop.destroy_region(PRIMARY)] == ["orders"]
    assert shop.api("GET", f"{SERVICE}/backups")[0] == 503

    told = fork(shop, "latest", SECONDARY, recovery_target_time=end)["fork_of"]
    assert (told["backup_location"], told["restored_to"]) == (SECONDARY, end)
    assert sold(shop, "latest") == [1, 2, 3, 4, 5]
    fork(shop, "between", SECONDARY, recovery_target_time=between)
    assert sold(shop, "between") == [1, 2, 3]
    fork(shop, "newest-backup", SECONDARY)
    assert sold(shop, "newest-backup") == [1, 2]
    fork(shop, "oldest", SECONDARY, recovery_target_time=start)
    (table,) = shop.sql("shop", "oldest", "SELECT to_regclass('sales')")[0]
    assert table is None, "the first backup was taken before there was a table"


def test_a_fork_elsewhere_takes_the_primary_copies(shop: Simulator) -> None:
    sell(shop, 1)
    shop.replicate("shop", "orders")
    sell(shop, 2)
    now = server_time(shop)
    sell(shop, 3)
    told = fork(shop, "copy", ELSEWHERE, recovery_target_time=now)["fork_of"]
    assert told["backup_location"] == PRIMARY
    assert sold(shop, "copy") == [1, 2], "not replicated, but archived in the primary region"
    shop.destroy_region(SECONDARY)
    fork(shop, "again", ELSEWHERE, recovery_target_time=now)
    assert sold(shop, "again") == [1, 2], "no fork reads another region's folder"


def test_the_secondary_copies_are_no_use_without_their_region(shop: Simulator) -> None:
    shop.replicate("shop", "orders")
    _start, end = secondary_range(shop)
    shop.destroy_region(SECONDARY)
    assert backups_of(shop)["pitr"]["additional_regions"] == []
    assert {len(one["additional_regions"]) for one in backups_of(shop)["backups"]} == {0}
    body = {"service_name": "copy", "service_type": "pg", "plan": "business-4", "cloud": SECONDARY}
    config = {"service_to_fork_from": "orders", "recovery_target_time": end}
    assert shop.api("POST", "/project/shop/service", {**body, "user_config": config})[0] == 409


def test_a_fork_goes_its_own_way_and_can_be_forked_again(shop: Simulator) -> None:
    sell(shop, 1)
    shop.replicate("shop", "orders")
    fork(shop, "copy", SECONDARY, recovery_target_time=secondary_range(shop)[1])
    shop.sql("shop", "copy", "INSERT INTO sales VALUES (100)")
    sell(shop, 2)
    assert (sold(shop), sold(shop, "copy")) == ([1, 2], [1, 100])
    shop.back_up("shop", "copy")
    fork(shop, "copy-of-copy", ELSEWHERE, service_to_fork_from="copy")
    assert sold(shop, "copy-of-copy") == [1, 100]


def test_avn_restores_a_service(shop: Simulator, tmp_path: Path) -> None:
    sell(shop, 1)
    shop.replicate("shop", "orders")
    sell(shop, 2)
    shop.destroy_region(PRIMARY)
    point = shop.service("shop", "orders")["restore_point"]
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AIVEN_WEB_URL": shop.url,
        "AIVEN_AUTH_TOKEN": shop.token,
        "AIVEN_PROJECT": "shop",
    }

    def avn(*arguments: str) -> str:
        command = [str(Path(sys.executable).with_name("avn")), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=120, check=True, cwd=tmp_path
        ).stdout

    place = ("-t", "pg", "-p", "business-4", "--cloud", SECONDARY)
    avn(
        *("service", "create", "back", *place),
        *("--service-to-fork-from", "orders", "--recovery-target-time", point),
    )
    avn("service", "wait", "back")
    assert sold(shop, "back") == [1]
    avn("project", "ca-get", "--target-filepath", "ca.pem")
    assert (tmp_path / "ca.pem").read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert "back-1" in avn("service", "get", "back", "-v")


def test_a_service_that_moved_away_can_be_powered_off_after_its_first_region_is_gone(shop: Simulator) -> None:
    sell(shop, 1)
    assert shop.api("PUT", SERVICE, {"cloud": ELSEWHERE})[0] == 200
    shop.replicate("shop", "orders")
    sell(shop, 2)
    shop.destroy_region(PRIMARY)
    assert sold(shop) == [1, 2], "it runs elsewhere"
    assert shop.api("PUT", SERVICE, {"powered": False})[0] == 200
    point = shop.service("shop", "orders")["restore_point"]
    fork(shop, "copy", SECONDARY, recovery_target_time=point)
    assert sold(shop, "copy") == [1]


@pytest.mark.parametrize("region", [PRIMARY, SECONDARY])
def test_what_was_written_before_power_off_can_be_restored_after_it(shop: Simulator, region: str) -> None:
    sell(shop, 1)
    assert shop.api("PUT", SERVICE, {"powered": False})[0] == 200
    shop.replicate("shop", "orders")
    pitr = backups_of(shop)["pitr"]
    end = pitr["primary_region"]["pitr_range_end"] if region == PRIMARY else secondary_range(shop)[1]
    fork(shop, "copy", region, recovery_target_time=end)
    assert sold(shop, "copy") == [1]
    assert shop.api("PUT", SERVICE, {"powered": True})[0] == 200
    shop.until_running("shop", "orders")
    assert sold(shop) == [1]
