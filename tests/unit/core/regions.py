# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the region inventory share: Aiven's real clouds, services in them, inventories in short."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Service, parse_clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    Choice,
    RegionInventory,
    choose,
    parse_region_inventory,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_rules import breaks
from tests.simulator.clouds import listed_clouds

CLOUDS: dict[str, Cloud] = parse_clouds({"clouds": [cloud.as_json() for cloud in listed_clouds().values()]})
# Aiven sends coordinates for all public clouds, but need not: two are without them here.
UNPLACED = ("aws-eu-central-2", "aws-eu-south-2")
CLOUDS.update({name: replace(CLOUDS[name], latitude=None, longitude=None) for name in UNPLACED})
TODAY = date(2026, 9, 1)


def service(cloud: str = "aws-eu-west-1", secondary: str | None = None, **fields: Any) -> Service:
    facts: dict[str, Any] = {
        "project": "shop-prod",
        "name": "orders-db",
        "service_type": "pg",
        "plan": "business-4",
        "cloud_name": cloud,
        "state": "RUNNING",
        "secondary_region": secondary,
        "primary_region": cloud,
    }
    return Service(**{**facts, **fields})


def inventory(**variables: Any) -> RegionInventory:
    """``inventory(map={...}, rules={...})`` for ``btar_region_map`` and ``btar_region_rules``. Without a word about it, what
    the map does not name gets the nearest.
    """
    written = {"otherwise": "nearest", **variables}
    return parse_region_inventory({f"btar_region_{name}": value for name, value in written.items()})


def chosen(where: Service, written: RegionInventory, override: object = None) -> Choice:
    return choose(where, written, CLOUDS, override=override, today=TODAY)


def code(choice: Choice) -> str | None:
    return choice.refusal.code if choice.refusal else None


def broken(region: str, where: Service, written: RegionInventory) -> list[str]:
    """In words, the rules that ``region`` breaks as the secondary of the service."""
    places = dict.fromkeys((where.primary_region, where.cloud_name))
    return [item.text for item in breaks(region, places, written.rules, CLOUDS)]
