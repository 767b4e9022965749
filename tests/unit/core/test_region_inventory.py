# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is a mistake in a region inventory: by itself, and held against the list of clouds."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    RegionInventory,
    RegionInventoryError,
    check_region_inventory,
    parse_region_inventory,
)
from tests.unit.core.regions import CLOUDS, inventory

GOOD_EXCEPTION = {"match": {"project": "sandbox-*"}, "reason": "throw-away data", "until": "2027-01-31"}


def mistakes_of(**variables: Any) -> tuple[str, ...]:
    with pytest.raises(RegionInventoryError) as raised:
        inventory(**variables)
    return raised.value.mistakes


def test_nothing_written_is_an_inventory() -> None:
    nothing = dict.fromkeys(("btar_region_map", "btar_region_otherwise", "btar_region_rules", "btar_region_exceptions"))
    assert parse_region_inventory({}) == parse_region_inventory(nothing) == RegionInventory(given=False)
    assert parse_region_inventory({"aiven_cloud": "aws-eu-west-1", "btar_region": 7}) == RegionInventory(given=False)


def test_equal_inventories_are_equal_and_hash_alike_whatever_their_order() -> None:
    entries = {"aws-eu-west-1": "aws-eu-central-1", "google-*": "google-europe-north1"}
    one = inventory(map=entries, exceptions=[{**GOOD_EXCEPTION, "match": {"project": "a", "plan": "b"}}])
    other = inventory(
        map=dict(reversed(entries.items())),
        otherwise="nearest",
        exceptions=[{**GOOD_EXCEPTION, "match": {"plan": "b", "project": "a"}}],
    )
    assert one == other and hash(one) == hash(other)
    assert one != inventory(map=entries)


@pytest.mark.parametrize(
    ("until", "day"),
    [
        ("2027-01-31", date(2027, 1, 31)),
        (date(2027, 1, 31), date(2027, 1, 31)),
        (datetime(2027, 1, 31, 23, 59), date(2027, 1, 31)),
        (datetime(2027, 1, 31, 23, 30, tzinfo=UTC), date(2027, 1, 31)),
        (datetime(2027, 1, 31, 23, 30, tzinfo=timezone(timedelta(hours=-1))), date(2027, 2, 1)),
    ],
)
def test_the_last_day_is_a_date_or_a_text_in_utc(until: object, day: date) -> None:
    (exception,) = inventory(exceptions=[{**GOOD_EXCEPTION, "until": until}]).exceptions
    assert exception.until == day


@pytest.mark.parametrize(("given", "kept"), [("300", 300.0), (300, 300.0), (0.5, 0.5), (0, None), (None, None)])
def test_kilometres_may_be_text_as_older_templates_give_it(given: object, kept: float | None) -> None:
    assert inventory(rules={"min_distance_km": given}).rules.min_distance_km == kept


@pytest.mark.parametrize(("given", "kept"), [(True, True), ("True", True), ("false", False), (None, False)])
def test_flags_may_be_text_as_older_templates_give_it(given: object, kept: bool) -> None:
    assert inventory(rules={"same_geo_region": given}).rules.same_geo_region is kept


@pytest.mark.parametrize(
    ("variables", "start", "remedy"),
    [
        ({"map": ["a"]}, 'btar_region_map: ["a"] is not a mapping', "{aws-eu-west-1: aws-eu-central-1}"),
        ({"map": {7: "aws-eu-west-1"}}, "btar_region_map.7: 7 is not a glob", "in quotes"),
        ({"map": {"": "aws-eu-west-1"}}, 'btar_region_map.: "" is not a glob', "in quotes"),
        ({"map": {"AWS-*": "aws-eu-west-1"}}, 'btar_region_map.AWS-*: "AWS-*" cannot match a cloud', '"aws-eu-*"'),
        ({"map": {"aws-[ab": "aws-eu-west-1"}}, "btar_region_map.aws-[ab:", "close it"),
        ({"map": {"aws-eu-west-1": None}}, "btar_region_map.aws-eu-west-1: null is not the name", "aws-eu-central-1"),
        ({"map": {"aws-eu-west-1": "aws-*"}}, 'btar_region_map.aws-eu-west-1: "aws-*" is not', "aws-eu-central-1"),
        ({"map": {"aws-eu-west-1": ["x"]}}, 'btar_region_map.aws-eu-west-1: ["x"] is not', "aws-eu-central-1"),
        ({"map": {"aws-eu-west-1": "{{ x }}"}}, 'btar_region_map.aws-eu-west-1: "{{ x }}" is not', "aws-eu-central-1"),
        ({"otherwise": "furthest"}, 'btar_region_otherwise: "furthest" is neither', "nearest nor refuse"),
        ({"nearest_min_km": "far"}, 'btar_region_nearest_min_km: "far" is not a number', "give kilometres"),
        ({"nearest_min_km": -1}, "btar_region_nearest_min_km: -1 is negative", "give kilometres"),
        ({"otherwise": True}, "btar_region_otherwise: true is neither", "nearest nor refuse"),
        ({"rules": "strict"}, 'btar_region_rules: "strict" is not a mapping', "same_geo_region"),
        (
            {"rules": {"min_distance": 3}},
            "btar_region_rules.min_distance: no such key",
            "did you mean min_distance_km?",
        ),
        ({"rules": {"min_distance_km": "far"}}, 'btar_region_rules.min_distance_km: "far" is not a number', "e.g. 300"),
        ({"rules": {"min_distance_km": True}}, "btar_region_rules.min_distance_km: true is not a number", "e.g. 300"),
        ({"rules": {"min_distance_km": "nan"}}, 'btar_region_rules.min_distance_km: "nan" is not a number', "e.g. 300"),
        ({"rules": {"min_distance_km": 10**400}}, "btar_region_rules.min_distance_km: 1000", "e.g. 300"),
        ({"rules": {"min_distance_km": -1}}, "btar_region_rules.min_distance_km: -1 is negative", "e.g. 300"),
        ({"rules": {"min_distance_km": 30000}}, "btar_region_rules.min_distance_km: 30000 is further", "20,015 km"),
        ({"rules": {"same_geo_region": "eu"}}, 'btar_region_rules.same_geo_region: "eu" is neither', "true nor false"),
        ({"rules": {"allowed": []}}, "btar_region_rules.allowed: [] allows no cloud", "leave the key out"),
        ({"rules": {"allowed": "aws-*"}}, 'btar_region_rules.allowed: "aws-*" is not a list', '["aws-eu-*"]'),
        ({"rules": {"denied": ["aws-*", "aws-[a"]}}, "btar_region_rules.denied[1]:", "close it"),
        ({"rules": {"denied": [None]}}, "btar_region_rules.denied[0]: null is not a glob", "in quotes"),
        (
            {"exceptions": {"match": {}}},
            'btar_region_exceptions: {"match": {}} is not a list',
            "{match, reason, until}",
        ),
        (
            {"exceptions": ["sandbox"]},
            'btar_region_exceptions[0]: "sandbox" is not a mapping',
            "{match, reason, until}",
        ),
        ({"map_": {}}, "btar_region_map_: no such variable", "did you mean btar_region_map?"),
        ({"rule": {}}, "btar_region_rule: no such variable", "did you mean btar_region_rules?"),
    ],
)
def test_a_mistake_names_key_value_and_remedy(variables: dict[str, Any], start: str, remedy: str) -> None:
    (mistake,) = mistakes_of(**variables)
    assert mistake.startswith(start) and remedy in mistake


def test_a_variable_of_a_run_is_no_mistake() -> None:
    assert inventory(exact=True) == inventory()


@pytest.mark.parametrize(
    ("change", "start", "remedy"),
    [
        ({"reason": None}, "btar_region_exceptions[0].reason: is missing", "say why"),
        ({"reason": "  "}, 'btar_region_exceptions[0].reason: "  " is not a text', "say why"),
        ({"until": None}, "btar_region_exceptions[0].until: is missing", "2027-01-31"),
        ({"until": "2027-02-30"}, 'btar_region_exceptions[0].until: "2027-02-30" is not a date', "2027-01-31"),
        ({"until": "20270131"}, 'btar_region_exceptions[0].until: "20270131" is not a date', "2027-01-31"),
        ({"until": 2027}, "btar_region_exceptions[0].until: 2027 is not a date", "2027-01-31"),
        (
            {"until": datetime.max.replace(tzinfo=timezone(timedelta(hours=-9)))},
            "btar_region_exceptions[0].until:",
            "2027",
        ),
        ({"match": None}, "btar_region_exceptions[0].match: names no service", 'project: "sandbox-*"'),
        ({"match": {}}, "btar_region_exceptions[0].match: names no service", 'project: "sandbox-*"'),
        ({"match": {"tags": {}}}, "btar_region_exceptions[0].match: names no service", 'project: "sandbox-*"'),
        ({"match": "x"}, 'btar_region_exceptions[0].match: "x" is not a mapping', 'project: "sandbox-*"'),
        ({"match": {"service": "x"}}, "btar_region_exceptions[0].match.service: no such key", "service_name"),
        ({"match": {"plan": 4}}, "btar_region_exceptions[0].match.plan: 4 is not a glob", "in quotes"),
        ({"match": {"project": "a[b"}}, "btar_region_exceptions[0].match.project:", "close it"),
        # A ] that comes first stands for itself, as in every shell.
        ({"match": {"project": "a[]"}}, "btar_region_exceptions[0].match.project:", "close it"),
        ({"match": {"project": "a[!]"}}, "btar_region_exceptions[0].match.project:", "close it"),
        ({"match": {"tags": ["a"]}}, 'btar_region_exceptions[0].match.tags: ["a"] is not', "environment: test"),
        ({"match": {"tags": {"env": 1}}}, "btar_region_exceptions[0].match.tags.env: 1 is not a glob", "in quotes"),
        ({"owner": "me"}, "btar_region_exceptions[0].owner: no such key", "match, reason, until"),
    ],
)
def test_a_mistake_in_an_exception(change: dict[str, Any], start: str, remedy: str) -> None:
    (mistake,) = mistakes_of(exceptions=[{**GOOD_EXCEPTION, **change}])
    assert mistake.startswith(start) and remedy in mistake


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(RegionInventoryError) as raised:
        inventory(map={"a": None, "B": "c"}, otherwise="x", rules={"x": 1, "denied": "y"}, exceptions=[3, {}])
    error = raised.value
    assert error.code == "invalid_region_inventory"
    assert len(error.mistakes) == 9
    assert all(f"\n- {mistake}" in str(error) for mistake in error.mistakes)
    assert str(error).startswith("9 mistakes in the region inventory:")


def test_a_long_value_is_cut() -> None:
    (mistake,) = mistakes_of(rules={"min_distance_km": "9" * 5000 + "x"})
    assert len(mistake) < 200


# --- against the list of clouds

# Eight literal characters each; both match aws-eu-west-1, and each of them other clouds as well.
TIE = {"aws-eu-w*": "aws-eu-central-1", "aws-*st-1": "aws-us-east-2"}


def check(also_known: tuple[str, ...] = (), **variables: Any) -> tuple[str, ...]:
    return check_region_inventory(inventory(**variables), CLOUDS, also_known=also_known)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {
            "map": {"aws-eu-west-1": "aws-eu-central-1", "google-europe-*": "google-europe-north1"},
            "rules": {
                "same_geo_region": True,
                "min_distance_km": 300,
                "allowed": ["aws-eu-*", "google-*"],
                "denied": ["aws-eu-south-2"],
            },
            "exceptions": [GOOD_EXCEPTION],
        },
        # A glob does not map its own value, so both are of use.
        {"map": {"upcloud-us-*": "upcloud-us-nyc", "upcloud-us-nyc": "upcloud-us-chi"}},
        # A catch-all stays of use: one's own clouds (BYOC) are in no list.
        {"map": {"c*": "avn-ovh-gra", "ca-montreal-1": "us-ashburn-1"}},
        {"map": {"custom-aws-*": "custom-aws-eu-central-1"}, "rules": {"allowed": ["custom-*", "aws-*"]}},
        {
            "map": {"custom-aws-eu-west-1": "aws-eu-central-1"},
            "rules": {"min_distance_km": 300, "same_geo_region": True},
        },
        # A region of an unknown provider: Aiven decides.
        {"map": {"avn-ovh-gra": "avn-ovh-sbg5"}},
        # Too near for some of the clouds that the glob matches: told for services there, not here.
        {"map": {"google-europe-*": "google-europe-north1"}, "rules": {"min_distance_km": 1500}},
        # Both globs match aws-eu-west-1, but its own entry decides.
        {"map": {**TIE, "aws-eu-west-1": "aws-eu-south-1"}},
    ],
)
def test_what_is_no_mistake(variables: dict[str, Any]) -> None:
    assert check(**variables) == ()


@pytest.mark.parametrize(
    ("variables", "start", "said"),
    [
        (
            {"map": {"aws-eu-wset-1": "aws-eu-central-1"}},
            'btar_region_map.aws-eu-wset-1: "aws-eu-wset-1" is no cloud',
            "did you mean aws-eu-west-1",
        ),
        (
            {"map": {"aws-eu-west-1": "aws-eu-centrl-1"}},
            'btar_region_map.aws-eu-west-1: "aws-eu-centrl-1" is no cloud',
            "did you mean aws-eu-central-1",
        ),
        ({"map": {"aws-eu-west-1": "nowhere-at-all"}}, "btar_region_map.aws-eu-west-1:", "aiven_cloud_info lists all"),
        ({"map": {"aws-euro-*": "aws-eu-central-1"}}, 'btar_region_map.aws-euro-*: "aws-euro-*" matches no cloud', ""),
        ({"map": {"aws-eu-west-1": "aws-eu-west-1"}}, "btar_region_map.aws-eu-west-1:", "its own secondary"),
        (
            {"map": {"aws-eu-west-1": "google-europe-west1"}},
            "btar_region_map.aws-eu-west-1: google-europe-west1 is of google, aws-eu-west-1 of aws",
            "name a region of aws",
        ),
        ({"map": {"azure-*": "aws-eu-west-1"}}, "btar_region_map.azure-*:", "name a region of azure"),
        (
            {"map": {"upcloud-sg-*": "upcloud-sg-sin"}},
            "btar_region_map.upcloud-sg-*: matches only upcloud-sg-sin, its own value",
            "name another region",
        ),
        (
            {"map": {"do-n*": "do-fra", "do-nyc": "do-lon"}},
            "btar_region_map.do-n*: is never used: more specific entries take do-nyc",
            "remove it or them",
        ),
        (
            {"map": {"do-n*": "do-fra", "do-ny*": "do-lon"}},
            "btar_region_map.do-n*: is never used: more specific entries take do-nyc",
            "",
        ),
        (
            {"map": {"aws-eu-n*": "aws-eu-west-1", "aws-*north-1": "aws-eu-west-2", "aws-e*-north-1": "aws-eu-west-3"}},
            "btar_region_map.aws-*north-1: is never used",
            "",
        ),
        ({"rules": {"denied": ["aws-eu-suoth-2"]}}, "btar_region_rules.denied[0]:", "did you mean aws-eu-south-2"),
        ({"rules": {"allowed": ["aws-eu-*", "gcp-*"]}}, 'btar_region_rules.allowed[1]: "gcp-*" matches no cloud', ""),
        (
            {"exceptions": [GOOD_EXCEPTION, {**GOOD_EXCEPTION, "match": {"cloud": "aws-eu-wset-*"}}]},
            "btar_region_exceptions[1].match.cloud:",
            "matches no cloud",
        ),
    ],
)
def test_a_mistake_that_only_the_clouds_show(variables: dict[str, Any], start: str, said: str) -> None:
    found = check(**variables)
    assert any(mistake.startswith(start) and said in mistake for mistake in found), found


@pytest.mark.parametrize(
    "rules",
    [{"denied": ["aws-eu-south-*"]}, {"allowed": ["aws-eu-west-*"]}, {"min_distance_km": 5000}],
    ids=lambda rules: next(iter(rules)),
)
def test_an_entry_that_breaks_a_rule_is_for_its_services_to_answer(rules: dict[str, Any]) -> None:
    """They are refused with region_denied; those of other entries are not."""
    assert check(map={"aws-eu-west-1": "aws-eu-south-1", "aws-eu-west-2": "aws-eu-west-3"}, rules=rules) == ()


def test_a_tie_names_both_entries_and_the_cloud() -> None:
    (mistake,) = check(map=TIE)
    assert mistake.startswith(
        "btar_region_map.aws-*st-1 (aws-us-east-2) and btar_region_map.aws-eu-w* (aws-eu-central-1): "
        "equally specific for aws-eu-west-1, with different regions"
    )


def test_clouds_that_services_run_in_are_no_mistakes() -> None:
    written = {"map": {"acme-east": "aws-eu-central-1", "acme-*": "acme-west"}, "rules": {"denied": ["acme-n*"]}}
    assert len(check(**written)) == 4
    assert check(also_known=("acme-east", "acme-west", "acme-north", "acme-south"), **written) == ()


def test_all_mistakes_of_a_whole_inventory_are_told_at_once() -> None:
    found = check(
        map={
            "aws-eu-wset-1": "aws-eu-central-1",
            "aws-eu-west-1": "google-europe-west1",
            "aws-eu-west-2": "aws-eu-west-2",
            "do-fra": "do-frankfurt",
        },
        rules={"denied": ["aws-eu-suoth-2"]},
    )
    keys = [mistake.split(":")[0] for mistake in found]
    assert keys == [
        "btar_region_map.aws-eu-west-1",
        "btar_region_map.aws-eu-west-2",
        "btar_region_map.aws-eu-wset-1",
        "btar_region_map.do-fra",
        "btar_region_rules.denied[0]",
    ]
