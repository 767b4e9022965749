# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of obstacles and of a lost region share: a service, and all that its loss may depend on."""

from __future__ import annotations

from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import Affected, region_down
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans, parse_service_plans
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc
from tests.unit.core.audits import NOW, PRIMARY, SECONDARY, service

VPC_HERE, VPC_THERE = Vpc("vpc-here", PRIMARY, "ACTIVE"), Vpc("vpc-there", SECONDARY, "ACTIVE")
REPLICA = service(name="orders-replica", follows=Follows("read_replica", "shop-prod/orders-db"))


def plans(**clouds: tuple[str, ...]) -> ServicePlans:
    """``plans(business_4=(PRIMARY,))``: plans of one size by where they are offered."""
    offer = {"price_usd": "0.3", "disk_space_mb": 81920, "node_memory_mb": 4096}
    rows = [
        {"service_plan": name.replace("_", "-"), "regions": dict.fromkeys(places, offer)}
        for name, places in clouds.items()
    ]
    return parse_service_plans({"service_plans": rows})


EVERYWHERE = plans(business_4=(PRIMARY, SECONDARY, "aws-eu-north-1"))


def affected(
    secondary: str | None = SECONDARY,
    *,
    source: dict[str, Any] | None = None,
    facts: dict[str, Any] | None = None,
    **of: Any,
) -> Affected:
    """A pg service in the lost region. ``of`` it, ``source`` and ``facts`` change ForkSource and Affected."""
    fork = ForkSource(service(secondary, **{"service_type": "pg", **of}), **(source or {}))
    return Affected(fork, NOW, **{"plans": EVERYWHERE, **(facts or {})})


def report(*services: Affected, region: str = PRIMARY, **more: Any) -> dict[str, Any]:
    return region_down(services, region=region, now=NOW, **more)


def row_of(one: Affected, region: str = PRIMARY) -> dict[str, Any]:
    (row,) = report(one, region=region)["services"]
    found: dict[str, Any] = row
    return found


def codes(row: dict[str, Any]) -> list[str]:
    return [obstacle["code"] for obstacle in row["obstacles"]]
