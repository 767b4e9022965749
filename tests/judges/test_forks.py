# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Forks take their data from where the copy lies, and what cannot be forked is refused."""

from __future__ import annotations

import pytest

from tests.simulator.client import Simulator

from .support import NEW, SERVICE, fork, refused


def test_forks_need_a_backup_of_the_place(shop: Simulator) -> None:
    shop.add_service("shop", "young", age_days=0)
    body = fork(service_to_fork_from="young")
    refused(shop, "POST", "/project/shop/service", body, 409, "has no backup to fork from")
    shop.patch("shop", "orders-pg", region="aws-eu-central-1")
    refused(
        shop,
        "POST",
        "/project/shop/service",
        {**fork(), "cloud": "aws-eu-central-1"},
        409,
        "has no backup in aws-eu-central-1",
    )
    shop.clock(advance="2h")
    assert shop.api("POST", "/project/shop/service", {**fork(), "cloud": "aws-eu-central-1"})[0] == 200
    assert shop.service("shop", "drill")["fork_of"]["backup_location"] == "aws-eu-central-1"


def test_forks_elsewhere_use_the_primary_backup(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region="aws-eu-central-1", region_age_hours=240)
    assert shop.api("POST", "/project/shop/service", {**fork(), "cloud": "aws-eu-north-1"})[0] == 200
    assert shop.service("shop", "drill")["fork_of"]["backup_location"] == "aws-eu-west-1"


def test_the_target_time_lies_in_the_range_of_the_place(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region="aws-eu-central-1", region_age_hours=48)
    primary_only = fork(recovery_target_time="2026-08-25T00:00:00Z")
    refused(
        shop,
        "POST",
        "/project/shop/service",
        {**primary_only, "cloud": "aws-eu-central-1"},
        400,
        "recovery_target_time must be between",
    )
    refused(
        shop, "POST", "/project/shop/service", fork(recovery_target_time="2027-01-01T00:00:00Z"), 400, "must be between"
    )
    refused(shop, "POST", "/project/shop/service", fork(recovery_target_time="yesterday"), 400, "is not a time")
    assert shop.api("POST", "/project/shop/service", primary_only)[0] == 200


def test_other_rules_of_forks(shop: Simulator) -> None:
    shop.add_service("shop", "search", service_type="opensearch", plan="business-4")
    refused(shop, "POST", "/project/shop/service", fork(service_to_fork_from="search"), 400, "is of type opensearch")
    free = {**fork(), "plan": "free-1-1gb", "cloud": "do-ams"}
    refused(shop, "POST", "/project/shop/service", free, 400, "Cannot fork a service to a free plan")
    shop.add_project("abroad", organization="org-2")
    shop.add_service("abroad", "orders-pg")
    refused(
        shop, "POST", "/project/shop/service", fork(project_to_fork_from="abroad"), 403, "within one organization only"
    )
    wrong = {
        **fork(service_to_fork_from="search", recovery_target_time="2026-08-31T00:00:00Z"),
        "service_type": "opensearch",
    }
    refused(shop, "POST", "/project/shop/service", wrong, 400, "('recovery_target_time' was unexpected)")


def test_a_fork_across_projects_copies_tags_but_no_secondary_region(shop: Simulator) -> None:
    shop.add_project("neighbour")
    shop.patch(
        "shop", "orders-pg", region="aws-eu-central-1", region_age_hours=240, tags={"env": "production", "team": "data"}
    )
    body = {**fork(project_to_fork_from="shop"), "copy_tags": True, "tags": {"env": "drill"}}
    status, answer = shop.api("POST", "/project/neighbour/service", body)
    assert status == 200
    assert answer["service"]["tags"] == {"env": "drill", "team": "data"}
    assert shop.service("neighbour", "drill")["region"] is None


def test_the_old_key_of_pg_forks_too(shop: Simulator) -> None:
    body = {**NEW, "service_name": "drill", "user_config": {"pg_service_to_fork_from": "orders-pg"}}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200
    assert shop.service("shop", "drill")["fork_of"]["service_name"] == "orders-pg"


@pytest.mark.parametrize("kind", ["mysql", "valkey"])
def test_the_free_tier_of_some_types_cannot_be_forked(shop: Simulator, kind: str) -> None:
    for name, service_type in (("free", kind), ("free-pg", "pg")):
        shop.add_service("shop", name, service_type=service_type, plan="free-1-1gb", cloud="do-ams")
    body = {**fork(service_to_fork_from="free"), "service_type": kind, "cloud": "do-ams"}
    refused(shop, "POST", "/project/shop/service", body, 400, "forking is not available on the free tier")
    body = {**fork(service_to_fork_from="free-pg"), "cloud": "do-ams"}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200, "nobody says so of pg"


@pytest.mark.parametrize("kind", ["valkey", "dragonfly"])
def test_without_persistence_there_is_nothing_to_fork(shop: Simulator, kind: str) -> None:
    shop.add_service("shop", "cache", service_type=kind, plan="business-4")
    body = {**fork(service_to_fork_from="cache"), "service_type": kind}
    assert shop.api("PUT", "/project/shop/service/cache", {"user_config": {f"{kind}_persistence": "off"}})[0] == 200
    assert shop.service("shop", "cache")["backups"] == 0
    refused(shop, "POST", "/project/shop/service", body, 400, f"{kind}_persistence is off")
    assert shop.api("PUT", "/project/shop/service/cache", {"user_config": {f"{kind}_persistence": "rdb"}})[0] == 200
    refused(shop, "POST", "/project/shop/service", body, 409, "has no backup to fork from")
    shop.clock(advance="1h")
    assert shop.api("POST", "/project/shop/service", body)[0] == 200


@pytest.mark.parametrize("cloud", ["aws-eu-west-1", "aws-eu-central-1"])
def test_there_is_no_wal_of_a_time_without_power(shop: Simulator, cloud: str) -> None:
    shop.patch("shop", "orders-pg", region="aws-eu-central-1", region_age_hours=240)
    assert shop.api("PUT", SERVICE, {"powered": False})[0] == 200
    off = {**fork(recovery_target_time="2026-09-01T20:00:00Z"), "cloud": cloud}
    shop.clock(advance="24h")
    refused(shop, "POST", "/project/shop/service", off, 400, "recovery_target_time must be between")
    assert shop.api("PUT", SERVICE, {"powered": True})[0] == 200
    shop.clock(advance="24h")
    refused(shop, "POST", "/project/shop/service", off, 400, "the service was powered off then")
    for number, moment in enumerate(("2026-09-01T11:00:00Z", "2026-09-03T08:00:00Z")):
        body = {**fork(recovery_target_time=moment), "cloud": cloud, "service_name": f"drill-{number}"}
        assert shop.api("POST", "/project/shop/service", body)[0] == 200, moment
