# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/region-inventory.md says what the code does: its examples are mistake-free, its messages are the real ones."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    RegionInventoryError,
    check_region_inventory,
    choose,
    parse_region_inventory,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import MATCH_FIELDS
from tests.unit.core.regions import CLOUDS, TODAY, chosen, inventory, service

PAGE = (Path(__file__).parents[3] / "docs" / "region-inventory.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]
NEAREST = {"btar_region_otherwise": "nearest"}
WRITTEN = parse_region_inventory(EXAMPLES[0])


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_has_no_mistakes(example: dict[str, Any]) -> None:
    override = example.pop("btar_secondary_region", None)
    assert check_region_inventory(parse_region_inventory(example), CLOUDS) == ()
    assert chosen(service(), WRITTEN, override=override).refusal is None


def test_the_mistakes_are_the_real_ones() -> None:
    variables = {
        "btar_region_rule": {},
        "btar_region_rules": {"min_distance_km": "far"},
        "btar_region_exceptions": [{"match": {"project": "a"}, "reason": "b"}],
    }
    with pytest.raises(RegionInventoryError) as raised:
        parse_region_inventory(variables)
    assert f"```text\n{raised.value}\n```" in PAGE


@pytest.mark.parametrize(
    ("where", "variables"),
    [
        (service(), EXAMPLES[0]),
        (service("google-europe-west1"), EXAMPLES[0]),
        (service("aws-eu-west-2", "aws-eu-north-1"), EXAMPLES[0]),
        (service(), {**NEAREST, "btar_region_rules": {"same_geo_region": True, "min_distance_km": 1000}}),
        (service(project="sandbox-1"), EXAMPLES[0]),
        (
            service("aws-eu-west-2"),
            {"btar_region_map": {"aws-eu-west-2": "aws-eu-west-3"}, "btar_region_rules": {"min_distance_km": 500}},
        ),
        (
            service(),
            {
                **NEAREST,
                "btar_region_rules": {"same_geo_region": True, "min_distance_km": 2000, "denied": ["aws-eu-north-1"]},
            },
        ),
    ],
)
def test_a_reason_reads_as_the_page_says(where: Any, variables: dict[str, Any]) -> None:
    assert f"`{chosen(where, parse_region_inventory(variables)).reason}`" in PAGE


def test_the_reason_of_an_override_and_of_an_ended_exception() -> None:
    assert f"`{chosen(service(), WRITTEN, override='aws-eu-north-1').reason}`" in PAGE
    ended = {"match": {"project": "shop-*"}, "reason": "throw-away data", "until": date(2026, 8, 31)}
    assert f"`{choose(service(), inventory(exceptions=[ended]), CLOUDS, today=TODAY).reason}`" in PAGE


def test_every_key_is_explained() -> None:
    keys = (
        *MATCH_FIELDS,
        "btar_region_nearest_min_km",
        "tags",
        "reason",
        "until",
        "same_geo_region",
        "min_distance_km",
        "allowed",
        "denied",
    )
    assert [key for key in keys if f"`{key}`" not in PAGE] == []
