# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that is gone: its services answer no more, its copies are lost, and what lies elsewhere can be restored."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.simulator.client import Simulator

from .support import NEW, SERVICE, fork, refused, region

GONE, SECONDARY = "aws-eu-west-1", "aws-eu-central-1"


@pytest.fixture
def gone(shop: Simulator) -> Simulator:
    """``orders-pg`` in a destroyed region, with a copy elsewhere; ``bystander`` runs elsewhere."""
    shop.clock(speed=0)
    shop.add_service("shop", "bystander", cloud="aws-eu-north-1")
    shop.patch("shop", "orders-pg", region=SECONDARY, region_age_hours=240, lag_minutes=45)
    assert [service["service_name"] for service in shop.destroy_region(GONE)] == ["orders-pg"]
    return shop


def listed(shop: Simulator, name: str = "orders-pg") -> dict[str, Any]:
    services = shop.api("GET", "/project/shop/service")[1]["services"]
    return next(service for service in services if service["service_name"] == name)


def test_its_services_are_off_and_some_answers_are_gone_for_good(gone: Simulator) -> None:
    assert gone.api("GET", SERVICE)[1]["service"]["state"] == "POWEROFF"
    assert listed(gone)["state"] == "POWEROFF"
    for _hours in range(3):
        for method, path in (("GET", "/backups"), ("POST", "/backup_to_another_region/report"), ("POST", "/metrics")):
            status, answer = gone.api(method, f"{SERVICE}{path}")
            assert (status, answer["message"]) == (503, "An error occurred. Please try again later.")
        gone.clock(advance="12h")
    refused(gone, "PUT", SERVICE, {"powered": True}, 503, "An error occurred")
    assert listed(gone, "bystander")["state"] == "RUNNING"
    assert gone.api("GET", "/project/shop/service/bystander/backups")[0] == 200


def test_the_listing_knows_the_copies_that_are_left(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region=SECONDARY, region_age_hours=240)
    before = listed(shop)["backups"]
    shop.destroy_region(GONE)
    copied = [one["backup_name"] for one in before if one["additional_regions"]]
    assert 0 < len(copied) < len(before)
    shop.clock(advance="48h")
    after = listed(shop)["backups"]
    assert [one["backup_name"] for one in after] == copied
    assert {copy["cloud"] for one in after for copy in one["additional_regions"]} == {SECONDARY}


def test_what_had_not_been_copied_is_lost(gone: Simulator) -> None:
    now = datetime.fromisoformat(gone.clock()["now"]).timestamp()
    gone.clock(advance="3d")
    for minutes, status in ((20, 400), (60, 200)):
        moment = datetime.fromtimestamp(now - minutes * 60).astimezone().isoformat()
        body = {**fork(recovery_target_time=moment), "cloud": SECONDARY, "service_name": f"back-{minutes}"}
        assert gone.api("POST", "/project/shop/service", body)[0] == status
    refused(
        gone, "POST", "/project/shop/service", {**fork(), "cloud": "aws-eu-north-1"}, 409, "has no backup to fork from"
    )


def test_nothing_can_be_made_or_copied_there(gone: Simulator) -> None:
    refused(gone, "POST", "/project/shop/service", NEW, 409, f"Cloud '{GONE}' is currently not available")
    bystander = "/project/shop/service/bystander"
    refused(gone, "PUT", bystander, {"cloud": GONE}, 409, "is currently not available")
    refused(gone, "PUT", bystander, region(GONE), 409, "is currently not available")


def test_a_destroyed_secondary_region_takes_the_copies_only(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region=SECONDARY, region_age_hours=240)
    shop.destroy_region(SECONDARY)
    shop.clock(advance="3d")
    status, answer = shop.api("GET", f"{SERVICE}/backups")
    assert status == 200
    assert len(answer["backups"]) == 14
    assert {len(one["additional_regions"]) for one in answer["backups"]} == {0}
    assert answer["pitr"]["additional_regions"] == []
    assert shop.api("POST", "/project/shop/service", fork())[0] == 200
    shop.reset()
    assert shop.api("POST", "/project/shop/service", NEW)[0] == 403, "reset: no project, no destroyed region"


def test_a_service_that_moved_away_keeps_running_without_its_primary_backups(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region=SECONDARY, region_age_hours=240)
    assert shop.api("PUT", SERVICE, {"cloud": "aws-eu-north-1"})[0] == 200
    shop.destroy_region(GONE)
    status, answer = shop.api("GET", f"{SERVICE}/backups")
    assert status == 200
    assert all(one["additional_regions"] for one in answer["backups"])
    assert listed(shop)["state"] == "RUNNING"


def test_a_dead_service_can_be_deleted(gone: Simulator) -> None:
    assert gone.api("DELETE", SERVICE)[0] == 200
    assert gone.api("GET", SERVICE)[0] == 404
