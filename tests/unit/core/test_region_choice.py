# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which secondary region a region inventory chooses, and in which words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    CloudsNeeded,
    choose,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_rules import breaks
from tests.unit.core.regions import CLOUDS, TODAY, broken, chosen, code, inventory, service

IRELAND, LONDON, PARIS, FRANKFURT = "aws-eu-west-1", "aws-eu-west-2", "aws-eu-west-3", "aws-eu-central-1"
STOCKHOLM, MADRID, VIRGINIA = "aws-eu-north-1", "aws-eu-south-2", "aws-us-east-1"
WITHOUT_COORDINATES = "aws-eu-south-2"


# Worked out apart from the code, by the spherical law of cosines.
@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        (IRELAND, FRANKFURT, 1086.1),
        (FRANKFURT, IRELAND, 1086.1),
        (IRELAND, VIRGINIA, 5530.5),
        ("azure-eastus", "azure-eastus2", 0.0),
        (IRELAND, IRELAND, 0.0),
        (IRELAND, WITHOUT_COORDINATES, None),
    ],
)
def test_distance_of_real_clouds(one: str, other: str, kilometres: float | None) -> None:
    distance = distance_km(CLOUDS[one], CLOUDS[other])
    assert distance == (None if kilometres is None else pytest.approx(kilometres, abs=0.1))


@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        ((0, 0), (0, 180), 20015.1),
        ((90, 0), (-90, 77), 20015.1),
        ((0, 179), (0, -179), 222.4),
        ((0, 0), (90, 0), 10007.6),
    ],
)
def test_distance_of_known_arcs(one: tuple[float, float], other: tuple[float, float], kilometres: float) -> None:
    assert distance_km(Cloud("a", None, None, *one), Cloud("b", None, None, *other)) == pytest.approx(
        kilometres, abs=0.1
    )


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), None])
def test_a_coordinate_that_is_no_number_is_not_known(bad: float | None) -> None:
    assert distance_km(Cloud("a", None, None, bad, 1.0), CLOUDS[IRELAND]) is None


@pytest.mark.parametrize(
    ("entries", "primary", "region", "reason"),
    [
        ({IRELAND: FRANKFURT}, IRELAND, FRANKFURT, "btar_region_map: aws-eu-west-1 -> aws-eu-central-1"),
        ({IRELAND: FRANKFURT, "aws-*": STOCKHOLM, "aws-eu-west-?": PARIS}, IRELAND, FRANKFURT, None),
        (
            {"aws-*": STOCKHOLM, "aws-eu-west-?": PARIS},
            IRELAND,
            PARIS,
            'btar_region_map: "aws-eu-west-?" -> aws-eu-west-3',
        ),
        ({"aws-*": STOCKHOLM, "aws-eu-west-[!1]": PARIS}, IRELAND, STOCKHOLM, None),
        ({IRELAND: FRANKFURT, f"{IRELAND}*": PARIS}, IRELAND, FRANKFURT, None),
        # Equally specific, but of one mind.
        ({"aws-eu-w*": PARIS, "aws-*st-1": PARIS}, IRELAND, PARIS, None),
        # A glob does not map its own value; the next one does.
        ({"aws-eu-*": IRELAND, "aws-*": STOCKHOLM}, IRELAND, STOCKHOLM, None),
    ],
)
def test_the_map_chooses_the_most_specific_entry(
    entries: dict[str, str], primary: str, region: str, reason: str | None
) -> None:
    choice = chosen(service(primary), inventory(map=entries))
    assert (choice.region, choice.refusal) == (region, None)
    assert reason is None or choice.reason == reason


def test_a_tie_is_a_mistake_that_names_both() -> None:
    choice = chosen(service(IRELAND), inventory(map={"aws-eu-w*": PARIS, "aws-*st-1": FRANKFURT}))
    assert code(choice) == "invalid_region_inventory"
    assert all(part in choice.reason for part in ('"aws-eu-w*"', '"aws-*st-1"', IRELAND))


def test_the_map_goes_by_the_primary_region_and_not_by_the_cloud() -> None:
    migrated = service(VIRGINIA, primary_region=IRELAND)
    assert chosen(migrated, inventory(map={IRELAND: FRANKFURT, VIRGINIA: "aws-us-west-1"})).region == FRANKFURT


def test_the_host_overrides_the_map_but_not_the_rules() -> None:
    written = inventory(map={IRELAND: FRANKFURT}, rules={"same_geo_region": True})
    choice = chosen(service(), written, override=STOCKHOLM)
    assert (choice.region, choice.reason) == (STOCKHOLM, "btar_secondary_region of the host")
    denied = chosen(service(), written, override=VIRGINIA)
    assert (code(denied), denied.region) == ("region_denied", None)
    assert "btar_secondary_region of the host: aws-us-east-1 breaks the rules" in denied.reason
    assert "aws-us-east-1 is in north america, aws-eu-west-1 in europe" in denied.reason


@pytest.mark.parametrize("override", ["", "AWS", "aws-*", 7, ["aws-eu-west-2"], True])
def test_a_host_override_that_is_no_cloud_name_is_refused(override: object) -> None:
    choice = chosen(service(), inventory(), override=override)
    assert code(choice) == "invalid_region_inventory"
    assert "btar_secondary_region of the host" in choice.reason


@pytest.mark.parametrize(
    ("rules", "region", "cloud", "said"),
    [
        (
            {"allowed": ["aws-eu-w*", "aws-eu-n*"]},
            FRANKFURT,
            IRELAND,
            "not among the allowed (btar_region_rules.allowed: aws-eu-w*,",
        ),
        (
            {"denied": ["aws-eu-c*"]},
            FRANKFURT,
            IRELAND,
            "aws-eu-central-1 is denied (btar_region_rules.denied: aws-eu-c*)",
        ),
        (
            {"same_geo_region": True},
            VIRGINIA,
            IRELAND,
            "is in north america, aws-eu-west-1 in europe (btar_region_rules.same",
        ),
        (
            {"min_distance_km": 1087},
            FRANKFURT,
            IRELAND,
            "is 1,086 km from aws-eu-west-1 (btar_region_rules.min_distance_km: 1,087)",
        ),
        # Too near does not read like far enough: London is 334.7 km from Paris.
        (
            {"min_distance_km": 477.4},
            LONDON,
            IRELAND,
            "is 477 km from aws-eu-west-1 (btar_region_rules.min_distance_km: 477.4)",
        ),
        ({"min_distance_km": 335}, LONDON, PARIS, "is 334 km from aws-eu-west-3"),
        (
            {"min_distance_km": 1},
            WITHOUT_COORDINATES,
            IRELAND,
            "aws-eu-south-2 without coordinates satisfies no distance",
        ),
        (
            {"min_distance_km": 1},
            FRANKFURT,
            WITHOUT_COORDINATES,
            "aws-eu-south-2 without coordinates satisfies no distance",
        ),
        (
            {"same_geo_region": True},
            FRANKFURT,
            "custom-aws-eu-west-1",
            "geo region of custom-aws-eu-west-1 is not known",
        ),
    ],
)
def test_a_named_region_that_breaks_a_rule_is_denied_with_the_rule(
    rules: dict[str, Any], region: str, cloud: str, said: str
) -> None:
    choice = chosen(service(cloud), inventory(map={cloud: region}, rules=rules))
    assert code(choice) == "region_denied"
    assert f"btar_region_map: {cloud} -> {region} breaks the rules: " in choice.reason
    assert said in choice.reason
    assert broken(region, service(cloud), inventory(rules=rules))


@pytest.mark.parametrize(
    "rules",
    [
        {"allowed": ["google-*", "aws-eu-central-?"]},
        {"denied": ["aws-eu-w*", "aws-us-*"]},
        {"denied": []},
        {"same_geo_region": True},
        {"same_geo_region": False, "min_distance_km": 0},
        {"min_distance_km": 1086},
        {},
    ],
)
def test_a_named_region_that_satisfies_the_rules_is_chosen(rules: dict[str, Any]) -> None:
    written = inventory(map={IRELAND: FRANKFURT}, rules=rules)
    assert chosen(service(), written).region == FRANKFURT
    assert broken(FRANKFURT, service(), written) == []


@pytest.mark.parametrize(
    ("rules", "good", "bad"),
    [({"min_distance_km": 340}, IRELAND, LONDON), ({"same_geo_region": True}, IRELAND, VIRGINIA)],
)
def test_rules_hold_against_the_cloud_and_the_primary_region(rules: dict[str, Any], good: str, bad: str) -> None:
    """Paris is 335 km from London, and not in North America."""
    for cloud, primary in ((good, bad), (bad, good)):
        migrated = service(cloud, primary_region=primary)
        (words,) = broken(PARIS, migrated, inventory(rules=rules))
        assert bad in words and good not in words
        assert code(chosen(migrated, inventory(map={primary: PARIS}, rules=rules))) == "region_denied"


@pytest.mark.parametrize(("cloud", "primary"), [(FRANKFURT, IRELAND), (FRANKFURT, FRANKFURT), (IRELAND, FRANKFURT)])
def test_a_named_region_that_the_service_is_in_is_refused(cloud: str, primary: str) -> None:
    choice = chosen(service(cloud, primary_region=primary), inventory(), override=FRANKFURT)
    assert code(choice) == "same_region"


def test_a_named_region_that_does_not_exist_is_refused_with_what_was_meant() -> None:
    choice = chosen(service(), inventory(map={IRELAND: "aws-eu-centrl-1"}))
    assert code(choice) == "unknown_region"
    assert "did you mean aws-eu-central-1" in choice.reason


def test_what_is_as_named_is_chosen_before_any_rule_and_without_clouds() -> None:
    written = inventory(map={IRELAND: VIRGINIA}, rules={"same_geo_region": True, "denied": ["aws-us-*"]})
    for override, region in ((None, VIRGINIA), ("gone-region-1", "gone-region-1"), (IRELAND, IRELAND)):
        choice = choose(service(secondary=region), written, None, override=override, today=TODAY)
        assert (choice.region, choice.refusal) == (region, None)


def test_a_named_region_that_is_not_there_yet_needs_clouds() -> None:
    with pytest.raises(CloudsNeeded):
        choose(service(), inventory(map={IRELAND: FRANKFURT}), None, today=TODAY)


@pytest.mark.parametrize(
    ("rules", "cloud", "reason"),
    [
        ({}, IRELAND, "aws-eu-west-2: nearest aws cloud, 477 km from aws-eu-west-1"),
        ({"same_geo_region": True}, IRELAND, "aws-eu-west-2: nearest aws cloud in europe, 477 km from aws-eu-west-1"),
        (
            {"same_geo_region": True, "min_distance_km": 1000},
            IRELAND,
            "aws-eu-central-1: nearest allowed aws cloud in europe, 1,086 km from aws-eu-west-1",
        ),
        ({"denied": [LONDON]}, IRELAND, "aws-eu-west-3: nearest allowed aws cloud, 779 km from aws-eu-west-1"),
        ({"allowed": ["aws-us-*"]}, IRELAND, "aws-us-east-1: nearest allowed aws cloud, 5,530 km from aws-eu-west-1"),
        # In the same place, to the kilometre: Aiven gives both the same coordinates.
        (
            {},
            "azure-eastus",
            "azure-canadacentral: nearest azure cloud, 785 km from azure-eastus; "
            "azure-eastus2 is nearer than 100 km (btar_region_nearest_min_km)",
        ),
        # A dead heat goes by name: azure-eastus and azure-eastus2 are equally far.
        ({}, "azure-canadacentral", "azure-eastus: nearest azure cloud, 785 km from azure-canadacentral"),
        # The names of UpCloud and of others say nothing; the provider does.
        ({}, "upcloud-us-chi", "upcloud-us-nyc: nearest upcloud cloud, 1,167 km from upcloud-us-chi"),
    ],
)
def test_nearest(rules: dict[str, Any], cloud: str, reason: str) -> None:
    choice = chosen(service(cloud), inventory(otherwise="nearest", rules=rules))
    assert choice.reason == reason
    assert choice.region == reason.split(":")[0]


def test_nearest_is_what_happens_when_nothing_is_written() -> None:
    assert chosen(service(), inventory()).region == LONDON


def test_nearest_leaves_out_what_has_no_coordinates_and_says_so() -> None:
    choice = chosen(service(), inventory(rules={"allowed": ["aws-eu-*"]}))
    assert choice.region == LONDON
    assert choice.warnings == (
        "nearest leaves out what has no coordinates in the list of clouds: aws-eu-central-2, aws-eu-south-2",
    )


def test_a_denied_cloud_without_coordinates_is_not_worth_a_warning() -> None:
    assert chosen(service(), inventory(rules={"allowed": ["aws-eu-*-1", LONDON]})).warnings == ()


@pytest.mark.parametrize(
    ("rules", "where", "said"),
    [
        (
            {"same_geo_region": True, "min_distance_km": 2000, "denied": ["aws-eu-north-1"]},
            service(),
            "no aws cloud is left of 24 others; excluded: 1 by denied, 4 by min_distance_km (2,000), "
            "2 by missing coordinates, 17 by same_geo_region",
        ),
        ({"allowed": ["google-*"]}, service(), "no aws cloud is left of 24 others; excluded: 24 by allowed"),
        ({}, service("avn-ovh-gra"), "the provider of avn-ovh-gra is not known"),
        ({}, service("custom-aws-eu-west-1"), "the provider of custom-aws-eu-west-1 is not known"),
        ({}, service(WITHOUT_COORDINATES), "no cloud can be told to be the nearest to it: name a region"),
        (
            {},
            service(WITHOUT_COORDINATES, primary_region=FRANKFURT),
            "aws-eu-south-2 has no coordinates, so no cloud can be told to be 100 km (btar_region_nearest_min_km) away from it: name a",
        ),
        (
            {"min_distance_km": 300},
            service(WITHOUT_COORDINATES, primary_region=FRANKFURT),
            "excluded: 23 by missing coordinates. Change btar_region_rules",
        ),
        (
            {},
            service("google-europe-west1", primary_region=IRELAND),
            "it was migrated: aws-eu-west-1 is aws and google-europe-west1 is google",
        ),
        (
            {},
            service("do-ams", primary_region="google-europe-west4"),
            "do stores no backups, so they are with another provider: google-europe-west4 is google and do-ams is do",
        ),
        ({"same_geo_region": True}, service(LONDON, primary_region=VIRGINIA), "and a region has to suit both: no aws"),
        (
            {},
            service("upcloud-fi-hel", primary_region="google-europe-north1"),
            "upcloud stores no backups, so they are with another provider: google-europe-north1 is google",
        ),
    ],
)
def test_nothing_near_says_why(rules: dict[str, Any], where: Any, said: str) -> None:
    choice = chosen(where, inventory(rules=rules))
    assert (code(choice), choice.region) == ("no_region_found", None)
    assert said in choice.reason


def test_nearest_is_neither_the_cloud_nor_the_primary_region() -> None:
    assert chosen(service(LONDON, primary_region=IRELAND), inventory()).region == PARIS


def test_refuse_names_the_primary_region_and_the_remedy() -> None:
    choice = chosen(service(secondary=FRANKFURT), inventory(otherwise="refuse", map={LONDON: PARIS}))
    assert code(choice) == "no_region_found"
    assert "no entry for its primary region aws-eu-west-1" in choice.reason


@pytest.mark.parametrize(
    ("rules", "clouds_needed"),
    [
        ({}, False),
        ({"allowed": ["aws-eu-*"], "denied": [LONDON]}, False),
        ({"same_geo_region": True}, True),
        ({"min_distance_km": 1000}, True),
    ],
)
def test_a_current_secondary_that_satisfies_the_rules_is_kept(rules: dict[str, Any], clouds_needed: bool) -> None:
    """Frankfurt is not the nearest, London is."""
    kept, written = service(secondary=FRANKFURT), inventory(rules=rules)
    choice = chosen(kept, written)
    assert (choice.region, choice.reason) == (FRANKFURT, "aws-eu-central-1 kept: it satisfies the rules")
    if clouds_needed:
        with pytest.raises(CloudsNeeded):
            choose(kept, written, None, today=TODAY)
    else:
        assert choose(kept, written, None, today=TODAY) == choice


@pytest.mark.parametrize(
    ("rules", "current", "region"),
    [
        ({"denied": ["aws-eu-c*"]}, FRANKFURT, LONDON),
        ({"allowed": ["aws-eu-w*"]}, FRANKFURT, LONDON),
        ({"same_geo_region": True}, VIRGINIA, LONDON),
        ({"min_distance_km": 500}, LONDON, PARIS),
        ({"min_distance_km": 500}, WITHOUT_COORDINATES, PARIS),
        ({"same_geo_region": True}, "aws-me-south-1", LONDON),
        ({}, IRELAND, LONDON),
    ],
)
def test_a_current_secondary_that_breaks_a_rule_is_not_kept(rules: dict[str, Any], current: str, region: str) -> None:
    assert chosen(service(secondary=current), inventory(rules=rules)).region == region


def test_a_secondary_that_the_service_was_migrated_into_is_not_kept() -> None:
    assert chosen(service(FRANKFURT, primary_region=IRELAND, secondary=FRANKFURT), inventory()).region == LONDON


def exception(until: str = "2027-01-31", **match: Any) -> dict[str, Any]:
    return {"match": match or {"project": "shop-*"}, "reason": "throw-away data", "until": until}


@pytest.mark.parametrize(
    ("match", "holds"),
    [
        ({"project": "shop-*"}, True),
        ({"project": "shop"}, False),
        ({"service_name": "orders-??"}, True),
        ({"service_type": "mysql"}, False),
        ({"cloud": "aws-eu-*"}, True),
        ({"plan": "hobbyist"}, False),
        ({"tags": {"env": "t*"}}, True),
        ({"tags": {"env": "p*"}}, False),
        ({"tags": {"missing": "*"}}, False),
        ({"project": "*", "tags": {"env": "*", "team": "web"}}, True),
        ({"project": "shop-*", "service_name": "other"}, False),
        ({"project": "SHOP-*"}, False),
    ],
)
def test_an_exception_holds_for_services_that_all_its_keys_match(match: dict[str, Any], holds: bool) -> None:
    choice = chosen(service(tags={"env": "test", "team": "web"}), inventory(exceptions=[exception(**match)]))
    assert choice.exempt is holds
    assert (choice.region is None) is holds
    assert not holds or choice.reason == "exception until 2027-01-31: throw-away data"


@pytest.mark.parametrize(
    ("today", "expired"),
    [(date(2027, 1, 30), False), (date(2027, 1, 31), False), (date(2027, 2, 1), True)],
)
def test_an_exception_holds_to_the_end_of_its_last_day(today: date, expired: bool) -> None:
    written = inventory(map={IRELAND: FRANKFURT}, exceptions=[exception()])
    choice = choose(service(), written, CLOUDS, override=FRANKFURT, today=today)
    assert (choice.exempt, code(choice)) == ((False, "exception_expired") if expired else (True, None))
    assert not expired or "btar_region_exceptions[0]" in choice.reason
    assert choose(service(project="other"), written, CLOUDS, today=today).region == FRANKFURT


@pytest.mark.parametrize("order", [1, -1])
def test_an_ended_exception_does_not_spoil_a_later_one(order: int) -> None:
    written = inventory(exceptions=[exception("2026-01-01"), exception("2026-12-31")][::order])
    assert chosen(service(), written).reason == "exception until 2026-12-31: throw-away data"


def test_only_rules_of_geography_need_the_clouds() -> None:
    denied, far = inventory(rules={"denied": [FRANKFURT]}), inventory(rules={"min_distance_km": 6000})
    assert [item.rule for item in breaks(FRANKFURT, [IRELAND], denied.rules, None)] == ["denied"]
    with pytest.raises(CloudsNeeded):
        list(breaks(FRANKFURT, [IRELAND], far.rules, None))


def test_choices_are_not_remembered_for_another_list_of_clouds() -> None:
    written = inventory()
    fewer = {name: cloud for name, cloud in CLOUDS.items() if name != LONDON}
    assert chosen(service(), written).region == LONDON
    assert choose(service(), written, fewer, today=TODAY).region == PARIS
    nearer = replace(CLOUDS[LONDON], name="aws-nearer")
    fewer["aws-nearer"] = nearer
    assert choose(service(), written, fewer, today=TODAY).region == "aws-nearer"
    for _turn in range(100):
        assert choose(service(), written, dict(CLOUDS), today=TODAY).region == LONDON
    assert len(written.memo) <= 64
