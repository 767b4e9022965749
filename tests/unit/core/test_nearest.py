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
