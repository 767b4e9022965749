# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How near the nearest may be, and what is said of clouds that nobody can place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import choose
from tests.unit.core.regions import CLOUDS, TODAY, chosen, code, inventory, service


def test_clouds_without_coordinates_are_one_line_whatever_the_provider() -> None:
    bare = ("aws-eu-west-3", "google-europe-west2", "google-europe-west3", "azure-norway-east")
    clouds = {**CLOUDS, **{name: replace(CLOUDS[name], latitude=None) for name in bare}}
    written = inventory()
    lines = {
        line
        for cloud in ("aws-eu-west-1", "google-europe-west1", "azure-westeurope")
        for line in choose(service(cloud), written, clouds, today=TODAY).warnings
    }
    assert lines == {
        "nearest leaves out what has no coordinates in the list of clouds: aws-eu-central-2, aws-eu-south-2 and 4 more"
    }


@pytest.mark.parametrize(
    ("least", "region", "words"),
    [
        (0, "azure-eastus2", "azure-eastus2: nearest azure cloud, 0 km from azure-eastus"),
        ("0", "azure-eastus2", "0 km from azure-eastus"),
        (None, "azure-canadacentral", "azure-eastus2 is nearer than 100 km (btar_region_nearest_min_km)"),
        ("", "azure-canadacentral", "azure-eastus2 is nearer than 100 km (btar_region_nearest_min_km)"),
        (
            900,
            "azure-canadaeast",
            "azure-canadacentral, azure-eastus2, azure-northcentralus are nearer than 900 km (btar_region_nearest_min_km)",
        ),
    ],
)
def test_nearest_leaves_the_city(least: object, region: str, words: str) -> None:
    choice = chosen(service("azure-eastus"), inventory(nearest_min_km=least))
    assert choice.region == region
    assert words in choice.reason


def test_nearest_is_far_enough_from_the_service_too() -> None:
    """Of a migrated service, what is nearest to its backups may be next to where it runs."""
    choice = chosen(service("azure-eastus2", primary_region="azure-canadacentral"), inventory())
    assert choice.region == "azure-northcentralus"
    assert "azure-eastus is nearer than 100 km" in choice.reason


def test_nothing_is_far_enough() -> None:
    choice = chosen(service(), inventory(nearest_min_km=20000))
    assert code(choice) == "no_region_found"
    assert "22 by btar_region_nearest_min_km (20,000)" in choice.reason
    assert "Change btar_region_rules or btar_region_nearest_min_km, or make an exception" in choice.reason


def test_what_is_there_already_is_kept_however_near() -> None:
    assert chosen(service("azure-eastus", "azure-eastus2"), inventory()).region == "azure-eastus2"


def test_a_region_that_somebody_names_may_be_near() -> None:
    assert chosen(service("azure-eastus"), inventory(map={"azure-eastus": "azure-eastus2"})).refusal is None


def test_a_service_in_a_cloud_that_nobody_can_place() -> None:
    """It was migrated: distances can be told from its backups, but not from where it runs."""
    migrated = service("aws-eu-south-2", primary_region="aws-eu-west-1")
    assert chosen(migrated, inventory(nearest_min_km=0)).region == "aws-eu-west-2"
    refused = chosen(migrated, inventory(nearest_min_km=0, rules={"min_distance_km": 300}))
    assert code(refused) == "no_region_found"
    assert "excluded: 23 by missing coordinates. Change btar_region_rules, or make an exception" in refused.reason
    assert "aws-eu-south-2 has no coordinates" in chosen(migrated, inventory()).reason


def test_a_cloud_of_which_the_geo_region_is_not_known() -> None:
    alone = {name: CLOUDS[name] for name in ("aws-eu-west-1", "aws-eu-west-2")}
    clouds = {**alone, "aws-eu-west-2": replace(alone["aws-eu-west-2"], geo_region=None)}
    refused = choose(service(), inventory(rules={"same_geo_region": True}), clouds, today=TODAY)
    assert refused.reason.startswith("no aws cloud is left of 1 other; excluded: 1 by same_geo_region.")


def test_a_provider_of_a_single_cloud() -> None:
    alone = {"aws-eu-west-1": CLOUDS["aws-eu-west-1"], "google-europe-west1": CLOUDS["google-europe-west1"]}
    refused = choose(service(), inventory(), alone, today=TODAY)
    assert (code(refused), refused.reason) == ("no_region_found", "aws has no other cloud")


@pytest.mark.parametrize(
    ("region", "what"), [("aws-eu-west-1", "its primary region"), ("aws-eu-west-3", "the cloud it runs in")]
)
def test_a_place_of_the_service_itself_is_said_to_be_one(region: str, what: str) -> None:
    migrated = service("aws-eu-west-3", primary_region="aws-eu-west-1")
    assert f"{region} is {what}; name another region" in chosen(migrated, inventory(), override=region).reason
    there = replace(migrated, secondary_region=region)
    assert f"{region} is not kept: it is {what}" in chosen(there, inventory()).reason


def test_choices_are_remembered_for_several_lists_of_clouds() -> None:
    written = inventory()
    lists = [dict(CLOUDS), dict(CLOUDS), dict(CLOUDS)]
    for clouds in lists:
        choose(service(), written, clouds, today=TODAY)
    assert len(written.memo) == len(lists)
