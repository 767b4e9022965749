# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups, their copies and restore ranges follow the virtual clock."""

from __future__ import annotations

import itertools
import urllib.request
from typing import Any

import pytest

from tests.simulator.client import Simulator
from tests.simulator.clock import parse_time


@pytest.fixture
def still(simulator: Simulator) -> Simulator:
    """The simulator with a clock that only moves when told to."""
    simulator.clock(speed=0)
    return simulator


def backups(simulator: Simulator, service: str = "orders") -> dict[str, Any]:
    status, answer = simulator.api("GET", f"/project/shop/service/{service}/backups")
    assert status == 200
    return answer


def copies(answer: dict[str, Any]) -> list[str]:
    return [backup["backup_name"] for backup in answer["backups"] if backup["additional_regions"]]


def enable(simulator: Simulator, *regions: str, service: str = "orders") -> None:
    body = {"user_config": {"additional_backup_regions": list(regions)}}
    assert simulator.api("PUT", f"/project/shop/service/{service}", body)[0] == 200


def test_the_clock_stands_moves_and_is_told_in_the_date_header(still: Simulator) -> None:
    assert still.clock()["now"] == "2026-09-01T12:00:00Z"
    assert still.clock(advance="25h")["now"] == "2026-09-02T13:00:00Z"
    assert still.clock(advance=6.27e-05)["now"] == "2026-09-02T13:00:00Z"
    assert still.clock(set="2026-09-05T00:00:00Z")["now"] == "2026-09-05T00:00:00Z"
    with urllib.request.urlopen(f"{still.url}/v1/clouds") as answer:
        assert answer.headers["Date"] == "Sat, 05 Sep 2026 00:00:00 GMT"


@pytest.mark.parametrize(("plan", "kept"), [("hobbyist", 0), ("startup-4", 2), ("business-4", 14), ("premium-4", 30)])
def test_backups_are_taken_daily_and_kept_by_the_plan(still: Simulator, plan: str, kept: int) -> None:
    still.add_service("shop", "orders", plan=plan, age_days=100)
    taken = [parse_time(backup["backup_time"]) for backup in backups(still)["backups"]]
    assert len(taken) == kept
    assert all(later - earlier == 86400 for earlier, later in itertools.pairwise(taken))


def test_a_new_service_has_its_first_backup_soon(still: Simulator) -> None:
    still.add_project("shop")
    body = {"service_name": "orders", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
    assert still.api("POST", "/project/shop/service", body)[0] == 200
    assert backups(still)["backups"] == []
    assert backups(still)["pitr"]["primary_region"]["pitr_range_start"] is None
    still.clock(advance="3m")
    assert [backup["backup_time"] for backup in backups(still)["backups"]] == ["2026-09-01T12:02:00Z"]


def test_a_schedule_that_was_set_is_followed(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", user_config={"backup_hour": 3, "backup_minute": 7})
    assert backups(still)["backups"][-1]["backup_time"] == "2026-09-01T03:07:00Z"
    assert still.api("PUT", "/project/shop/service/orders", {"user_config": {"backup_hour": 15}})[0] == 200
    still.clock(advance="24h")
    assert backups(still)["backups"][-1]["backup_time"] == "2026-09-01T15:07:00Z"


def test_pending_becomes_protected_as_time_goes_by(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4")
    enable(still, "aws-eu-central-1")
    assert copies(backups(still)) == []
    assert backups(still)["pitr"]["additional_regions"] == []
    still.clock(advance="1h")
    answer = backups(still)
    assert copies(answer) == ["2026-09-01_12-05_0.00000000.pghoard"], "only the base backup taken for the copy"
    assert answer["backups"][-1]["additional_regions"] == [
        {"cloud": "aws-eu-central-1", "region": "eu-central-1", "paused": False}
    ]
    reach = answer["pitr"]["additional_regions"][0]
    assert reach["pitr_range_start"] == "2026-09-01T12:05:00Z"
    assert 0 < parse_time("2026-09-01T13:00:00Z") - parse_time(reach["pitr_range_end"]) < 900
    listed = still.api("GET", "/project/shop/service")[1]["services"][0]
    assert listed["backups"] == answer["backups"], "the listing tells the same"


def test_only_snapshots_after_the_activation_are_copied(still: Simulator) -> None:
    still.add_service("shop", "orders", service_type="opensearch", plan="business-4")
    enable(still, "aws-eu-central-1")
    still.clock(advance="2h")
    before = backups(still)
    still.clock(advance="26h")
    assert "pitr" not in before
    assert len(copies(before)) <= 1
    assert 1 <= len(copies(backups(still))) <= 2


def test_a_move_begins_anew_and_disabling_deletes(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", region="aws-eu-central-1", region_age_hours=240)
    assert len(copies(backups(still))) >= 9
    enable(still, "aws-eu-north-1")
    assert copies(backups(still)) == []
    still.clock(advance="2h")
    assert {copy["cloud"] for backup in backups(still)["backups"] for copy in backup["additional_regions"]} == {
        "aws-eu-north-1"
    }
    enable(still)
    assert copies(backups(still)) == []
    assert backups(still)["backups"], "the primary backups stay"


def test_migration_moves_no_backups(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", region="aws-eu-central-1", region_age_hours=240)
    before = backups(still)["backups"]
    assert still.api("PUT", "/project/shop/service/orders", {"cloud": "aws-eu-central-1"})[0] == 200
    still.clock(advance="24h")
    after = backups(still)["backups"]
    assert {backup["storage_location"] for backup in after} == {"aws-eu-west-1"}
    assert after[-2]["backup_name"] == before[-1]["backup_name"]
    assert after[-1]["additional_regions"][0]["cloud"] == "aws-eu-central-1"


def test_pause_shows_a_reason_and_holds_copies_up_until_resumed(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", region="aws-eu-central-1", region_age_hours=240)
    still.patch("shop", "orders", pause={"reason": "bucket is full"})
    had = copies(backups(still))
    still.clock(advance="48h")
    paused = backups(still)
    assert set(copies(paused)) <= set(had)
    shown = [copy for backup in paused["backups"] for copy in backup["additional_regions"]]
    assert all(copy["paused"] and copy["pause_reason"] == "bucket is full" for copy in shown)
    assert parse_time(paused["pitr"]["additional_regions"][0]["pitr_range_end"]) <= parse_time("2026-09-01T12:00:00Z")
    still.patch("shop", "orders", resume=True)
    still.clock(advance="1h")
    assert (
        copies(backups(still))
        == [backup["backup_name"] for backup in backups(still)["backups"]][-len(copies(backups(still))) :]
    )
    assert paused["backups"][-1]["backup_name"] in copies(backups(still))


def test_a_stop_shows_nowhere_but_in_the_times(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", region="aws-eu-central-1", region_age_hours=240)
    still.patch("shop", "orders", stop=True)
    still.clock(advance="48h")
    answer = backups(still)
    assert not any(copy["paused"] for backup in answer["backups"] for copy in backup["additional_regions"])
    assert parse_time(answer["pitr"]["additional_regions"][0]["pitr_range_end"]) <= parse_time("2026-09-01T12:00:00Z")
    report = still.api("POST", "/project/shop/service/orders/backup_to_another_region/report", {"period": "week"})[1][
        "metrics"
    ]
    lags = [row[1] for row in report["replication_lag"]["data"]["rows"][1:]]
    assert max(lags) == lags[-1] >= 48 * 3600


def test_nothing_is_taken_or_copied_without_power(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4")
    assert still.api("PUT", "/project/shop/service/orders", {"powered": False})[0] == 200
    had = backups(still)["backups"]
    enable(still, "aws-eu-central-1")
    still.clock(advance="72h")
    assert backups(still)["backups"] == had
    assert still.api("PUT", "/project/shop/service/orders", {"powered": True})[0] == 200
    still.clock(advance="2h")
    assert len(copies(backups(still))) == 1


def test_services_are_built_for_a_while(still: Simulator) -> None:
    still.config(build_seconds=120)
    still.add_project("shop")
    body = {"service_name": "orders", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
    assert still.api("POST", "/project/shop/service", body)[1]["service"]["state"] == "REBUILDING"
    still.clock(advance=119)
    assert still.api("GET", "/project/shop/service")[1]["services"][0]["state"] == "REBUILDING"
    still.clock(advance=1)
    assert still.api("GET", "/project/shop/service")[1]["services"][0]["state"] == "RUNNING"


def test_a_clock_set_back_takes_the_listing_along(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4")
    first = still.api("GET", "/project/shop/service")[1]
    still.clock(advance="48h")
    assert still.api("GET", "/project/shop/service")[1] != first
    still.clock(set="2026-09-01T12:00:00Z")
    assert still.api("GET", "/project/shop/service")[1] == first


def test_user_config_is_merged_key_by_key(still: Simulator) -> None:
    still.add_service("shop", "orders", user_config={"ip_filter": ["10.0.0.0/8"], "pg": {"max_connections": 100}})
    sent = {"ip_filter": ["192.168.0.0/16"], "pg": {"timezone": "UTC"}, "additional_backup_regions": []}
    status, answer = still.api("PUT", "/project/shop/service/orders", {"user_config": sent})
    assert status == 200
    assert answer["service"]["user_config"] == {
        "ip_filter": ["192.168.0.0/16"],
        "pg": {"max_connections": 100, "timezone": "UTC"},
        "additional_backup_regions": [],
    }
    assert (
        still.api("PUT", "/project/shop/service/orders", {"user_config": {}})[1]["service"]["user_config"]
        == answer["service"]["user_config"]
    )


# --- what was deleted stays deleted -------------------------------------------------------------------------------------------


def change(simulator: Simulator, **body: Any) -> None:
    assert simulator.api("PUT", "/project/shop/service/orders", body)[0] == 200


def times(simulator: Simulator) -> list[str]:
    return [backup["backup_time"] for backup in backups(simulator)["backups"]]


def test_an_upgrade_invents_no_history(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="hobbyist", age_days=100)
    change(still, plan="business-4")
    assert times(still) == []
    still.clock(advance="1h")
    assert times(still) == ["2026-09-01T12:02:00Z"], "the first one, soon after"
    still.clock(advance="20d")
    assert len(times(still)) == 14


def test_a_downgrade_deletes_for_good(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", age_days=100)
    had = times(still)
    change(still, plan="startup-4")
    assert times(still) == had[-2:]
    change(still, plan="business-4")
    assert times(still) == had[-2:]
    still.clock(advance="24h")
    assert times(still)[:-1] == had[-2:], "the new retention holds from then on"
    still.clock(advance="30d")
    assert len(times(still)) == 14


def test_a_downgrade_while_powered_off_deletes_too(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", age_days=100)
    change(still, powered=False)
    had = times(still)
    still.clock(advance="24h")
    change(still, plan="startup-4")
    still.clock(advance="24h")
    assert times(still) == had[-2:]
    change(still, plan="premium-4")
    assert times(still) == had[-2:]


@pytest.mark.parametrize("kind", ["valkey", "dragonfly"])
def test_persistence_off_deletes_for_good(still: Simulator, kind: str) -> None:
    still.add_service("shop", "orders", service_type=kind, plan="business-4", age_days=100)
    assert len(times(still)) == 6
    change(still, user_config={f"{kind}_persistence": "off"})
    still.clock(advance="24h")
    assert times(still) == []
    change(still, user_config={f"{kind}_persistence": "rdb"})
    assert times(still) == []
    still.clock(advance="3m")
    assert times(still) == ["2026-09-02T12:02:00Z"]


def test_a_new_schedule_takes_no_backup_out_of_turn(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", user_config={"backup_hour": 3, "backup_minute": 7})
    had = times(still)
    change(still, user_config={"backup_hour": 15})
    still.clock(advance="1h")
    assert times(still) == had


def test_changes_before_the_first_backup_leave_it_where_it_was(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="startup-4", age_days=0)
    still.clock(advance="1m")
    change(still, plan="business-4", user_config={"backup_hour": 3})
    still.clock(advance="5m")
    assert times(still) == ["2026-09-01T12:02:00Z"]


def test_the_side_door_invents_no_history_either(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="hobbyist", age_days=100)
    still.patch("shop", "orders", plan="business-4")
    assert times(still) == []


def test_a_clock_set_back_undoes_a_deletion(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", age_days=100)
    still.clock(advance="48h")
    change(still, plan="hobbyist")
    assert times(still) == []
    still.clock(set="2026-09-02T12:00:00Z")
    assert len(times(still)) == 14
    change(still, plan="business-4")
    still.clock(advance="72h")
    assert len(times(still)) == 14


# --- nothing is taken of a service that does not run --------------------------------------------------------------------------


def test_no_base_backup_is_taken_without_power(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4")
    enable(still, "aws-eu-central-1")
    still.clock(advance="2m")
    change(still, powered=False)
    had = times(still)
    still.clock(advance="1h")
    assert times(still) == had
    assert still.patch("shop", "orders", backups=["2026-09-01T12:30:00Z"])["backups"] == len(had), "one more, one less"
    assert times(still)[-1] == "2026-09-01T12:30:00Z", "the side door may"


def test_no_base_backup_is_taken_for_a_region_given_up(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4")
    had = times(still)
    enable(still, "aws-eu-central-1")
    enable(still)
    still.clock(advance="30m")
    assert times(still) == had


@pytest.mark.parametrize("regions", [[], ["aws-eu-central-1"]])
def test_no_backup_is_taken_of_a_service_that_is_being_built(still: Simulator, regions: list[str]) -> None:
    still.config(build_seconds=3600)
    still.add_project("shop")
    body = {"service_name": "orders", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
    made = still.api("POST", "/project/shop/service", {**body, "user_config": {"additional_backup_regions": regions}})
    assert made[0] == 200
    still.clock(advance=3599)
    assert times(still) == []
    still.clock(advance=1)
    assert times(still) == ["2026-09-01T13:00:00Z"]
    change(still, powered=False)
    change(still, powered=True)
    still.clock(advance=3599)
    assert times(still) == ["2026-09-01T13:00:00Z"]


def test_the_primary_range_ends_with_the_power(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4")
    assert backups(still)["pitr"]["primary_region"]["pitr_range_end"] is None
    change(still, powered=False)
    still.clock(advance="24h")
    change(still, plan="premium-4")
    assert backups(still)["pitr"]["primary_region"]["pitr_range_end"] == "2026-09-01T12:00:00Z"


# --- what the listing may say -------------------------------------------------------------------------------------------------


def test_a_copy_may_be_listed_before_it_is_there(still: Simulator) -> None:
    still.add_service("shop", "orders", plan="business-4", region="aws-eu-central-1", region_age_hours=48)
    still.patch("shop", "orders", stop={"hours_ago": 30})
    arrived = copies(backups(still))
    still.config(list_unreplicated=True)
    answer = backups(still)
    listed = copies(answer)
    assert arrived == listed[: len(arrived)]
    assert len(listed) > len(arrived)
    made_since = [row["backup_name"] for row in answer["backups"] if row["backup_time"] >= "2026-08-30T12:00:00Z"]
    assert listed == made_since
    assert still.api("GET", "/project/shop/service")[1]["services"][0]["backups"] == answer["backups"]
    assert still.service("shop", "orders")["replicated_backups"] == len(arrived), "the truth is another matter"
    still.config(list_unreplicated=False)
    assert copies(backups(still)) == arrived


def test_settings_of_the_command_line() -> None:
    with Simulator(list_unreplicated=True, poweroff_503=["*/logs", "*/backups"]) as told:
        settings = told.config()
    assert settings["list_unreplicated"] is True
    assert settings["poweroff_503"] == ["*/logs", "*/backups"]
