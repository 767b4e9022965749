# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Plans, VPCs and what a listing says of forks, parsed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import (
    ForkSources,
    parse_fork_sources,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import (
    Offer,
    ServicePlan,
    larger_plans,
    parse_service_plans,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc, parse_vpcs

HERE, THERE = "aws-eu-west-1", "aws-eu-central-1"


def plan_row(
    name: str, price: Any = "0.1", disk: Any = 81920, memory: Any = 4096, clouds: Any = (HERE,)
) -> dict[str, Any]:
    offer = {"price_usd": price, "disk_space_mb": disk, "node_memory_mb": memory}
    return {"service_plan": name, "backup_config": {"max_count": 2}, "regions": dict.fromkeys(clouds, offer)}


def plans(*rows: dict[str, Any]) -> dict[str, ServicePlan]:
    return parse_service_plans({"service_plans": list(rows)})


def test_a_plan() -> None:
    found = plans(plan_row("startup-4", "0.137"))["startup-4"]
    assert found == ServicePlan(
        "startup-4", {HERE: Offer(Decimal("0.137"), 81920, 4096)}, None, 2, backup_config={"max_count": 2}
    )
    assert (found.price_in(HERE), found.price_in(THERE)) == (Decimal("0.137"), None)


@pytest.mark.parametrize("price", [None, True, "much", "NaN", "Infinity", "-1", [], {}])
def test_what_is_no_price_is_none(price: object) -> None:
    assert plans(plan_row("p", price))["p"].price_in(HERE) is None


@pytest.mark.parametrize("price", [0.5, "0.5", "0.50"])
def test_prices_are_exact(price: object) -> None:
    assert plans(plan_row("p", price))["p"].price_in(HERE) == Decimal("0.5")


def test_a_plan_without_regions_may_be_offered_anywhere() -> None:
    assert plans({"service_plan": "p"})["p"].offers is None


@pytest.mark.parametrize("body", [None, [], {}, {"service_plans": None}, {"service_plans": {}}])
def test_what_is_no_list_of_plans_is_invalid(body: object) -> None:
    with pytest.raises(InvalidResponse, match="service_plans"):
        parse_service_plans(body)


def test_larger_plans_are_offered_there_large_enough_and_the_cheapest_first() -> None:
    offered = plans(
        plan_row("business-4", "0.2", clouds=(HERE,)),
        plan_row("dear", "0.9", 100_000, 8192, (HERE, THERE)),
        plan_row("cheap", "0.3", 81920, 4096, (THERE,)),
        plan_row("unpriced", None, 81920, 4096, (THERE,)),
        plan_row("small-disk", "0.1", 8192, 4096, (THERE,)),
        plan_row("small-memory", "0.1", 81920, 1024, (THERE,)),
        plan_row("elsewhere", "0.1", 81920, 4096, (HERE,)),
        plan_row("free-1", "0", 81920, 4096, (THERE,)),
    )
    assert larger_plans(offered, "business-4", THERE) == ["cheap", "dear", "unpriced"]
    assert larger_plans(offered, "of-yesterday", HERE) == ["elsewhere", "business-4", "dear"]


def test_plans_with_as_many_nodes_come_before_cheaper_ones() -> None:
    offered = plans(
        {**plan_row("premium-4", "0.4"), "node_count": 3},
        {**plan_row("startup-4", "0.1", clouds=(THERE,)), "node_count": 1},
        {**plan_row("business-4", "0.2", clouds=(THERE,)), "node_count": 2},
        {**plan_row("premium-16", "1.6", clouds=(THERE,)), "node_count": 3},
        {**plan_row("premium-8", "0.8", clouds=(THERE,)), "node_count": 3},
    )
    assert larger_plans(offered, "premium-4", THERE) == ["premium-8", "premium-16", "business-4", "startup-4"]


def test_vpcs() -> None:
    row = {"project_vpc_id": "v-1", "cloud_name": HERE, "state": "APPROVED", "network_cidr": "10.0.0.0/24"}
    found = parse_vpcs({"vpcs": [row, {**row, "state": "ACTIVE"}]})
    assert found[0] == Vpc("v-1", HERE, "APPROVED")
    assert [vpc.active for vpc in found] == [False, True]


@pytest.mark.parametrize(
    "body", [None, {"vpcs": None}, {"vpcs": [None]}, {"vpcs": [{}]}, {"vpcs": [{"state": "ACTIVE"}]}]
)
def test_what_is_no_list_of_vpcs_is_invalid(body: object) -> None:
    with pytest.raises(InvalidResponse, match="VPC"):
        parse_vpcs(body)


def integration(kind: str, source: str, dest: str, **more: Any) -> dict[str, Any]:
    return {"integration_type": kind, "source_service": source, "dest_service": dest, **more}


def sources(*rows: dict[str, Any]) -> ForkSources:
    whole = [{"service_type": "pg", "cloud_name": HERE, **row} for row in rows]
    return parse_fork_sources("shop", {"services": whole})


def test_plain_services_have_nothing_special() -> None:
    found = sources({"service_name": "orders", "project_vpc_id": None, "service_integrations": []})
    assert [(source.project_vpc_id, source.service.customer_key) for source in found.services] == [(None, False)]
    assert found.followers == {}


@pytest.mark.parametrize("kind", ["read_replica", "disaster_recovery"])
def test_a_follower_is_known_at_both_ends(kind: str) -> None:
    link = integration(kind, "orders", "copy", source_project="shop", dest_project="shop")
    found = sources(
        {"service_name": "orders", "service_integrations": [link]},
        {"service_name": "copy", "service_integrations": [link, integration("metrics", "copy", "copy")]},
    )
    assert [source.service.follows for source in found.services] == [None, Follows(kind, "shop/orders")]
    assert found.followers == {"orders": (found.services[1].service,)}


def test_a_recovery_service_that_was_promoted_follows_nobody() -> None:
    """It takes backups of its own, so that it can be restored like any other."""
    link = integration("disaster_recovery", "orders", "copy")
    row = {"service_name": "copy", "service_integrations": [link], "disaster_recovery_role": "active"}
    found = sources({"service_name": "orders"}, row)
    assert [source.service.follows for source in found.services] == [None, None]
    assert found.followers == {}


def test_followers_of_other_projects_are_kept_apart() -> None:
    """A service of the same name in another project is another service."""
    found = sources(
        {
            "service_name": "copy",
            "service_integrations": [
                integration("read_replica", "copy", "copy", source_project="shop", dest_project="other"),
                integration("read_replica", "orders", "copy", source_project="other"),
            ],
        }
    )
    assert found.services[0].service.follows == Follows("read_replica", "other/orders")
    assert found.followers == {}


def test_persistence_and_keys() -> None:
    rows = (
        {"service_name": "cache", "service_type": "valkey", "user_config": {"valkey_persistence": "off"}},
        {"service_name": "kept", "service_type": "valkey", "user_config": {"valkey_persistence": "rdb"}},
        {"service_name": "orders", "user_config": {"valkey_persistence": "off"}, "cmk_id": "key-1"},
    )
    found = sources(*rows).services
    assert [source.service.persistent for source in found] == [False, True, True]
    assert [source.service.customer_key for source in found] == [False, False, True]
