# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No region inventory is no free choice."""

from __future__ import annotations

from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import parse_region_inventory
from tests.unit.core.regions import chosen, service


def test_without_a_region_inventory_nothing_is_chosen() -> None:
    """What nobody has asked for is no free choice, whatever the rules say, and whatever the service has now."""
    for written in ({}, {"btar_region_rules": {"same_geo_region": True}}, {"btar_region_map": None}):
        for current in (None, "aws-eu-central-1"):
            choice = chosen(service(secondary=current), parse_region_inventory(written))
            assert choice.refusal is not None
            assert choice.refusal.code == "no_region_found"
            assert "no region inventory reaches this host" in choice.reason
    assert chosen(service(), parse_region_inventory({}), "aws-eu-central-1").region == "aws-eu-central-1"
    assert chosen(service(), parse_region_inventory({"btar_region_map": {}})).region is not None
