# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold of every region inventory and every service."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    CloudsNeeded,
    RegionInventoryError,
    check_region_inventory,
    choose,
    parse_region_inventory,
)
from tests.unit.core.regions import CLOUDS, TODAY, broken, code, service

# How long a busy machine takes says nothing about the code.
any_speed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

NAMES = sorted(CLOUDS)
# Half of what is drawn lies where there is much to choose from; anything may come in the other half.
COMMON = [name for name in NAMES if name.startswith(("aws-eu-", "aws-us-")) and CLOUDS[name].latitude is not None]
ANY_NAME = st.sampled_from(COMMON) | st.sampled_from(NAMES)
GLOBS = [
    "*",
    "aws-*",
    "aws-eu-*",
    "aws-e*",
    "aws-*-1",
    "google-europe-*",
    "google-*",
    "azure-*",
    "*-north*",
    "[ag]*",
    "do-*",
]
CLOUD_GLOBS = st.lists(st.sampled_from(GLOBS) | ANY_NAME, min_size=1, max_size=4)

MAPS = st.dictionaries(st.sampled_from(GLOBS) | ANY_NAME, ANY_NAME, max_size=5)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "same_geo_region": st.booleans(),
        "min_distance_km": st.integers(0, 1000) | st.floats(0, 20000),
        "allowed": CLOUD_GLOBS,
        "denied": CLOUD_GLOBS,
    },
)
EXCEPTIONS = st.lists(
    st.fixed_dictionaries(
        {
            "match": st.fixed_dictionaries({"project": st.sampled_from(["shop-*", "*", "other"])}),
            "reason": st.just("throw-away data"),
            "until": st.dates(date(2026, 8, 25), date(2026, 9, 8)),
        }
    ),
    max_size=2,
)
INVENTORIES = st.fixed_dictionaries(
    {"btar_region_otherwise": st.sampled_from(["nearest", "nearest", "refuse"]), "btar_region_rules": RULES},
    optional={"btar_region_map": MAPS, "btar_region_exceptions": EXCEPTIONS},
)
PLACES = st.sampled_from(COMMON) | ANY_NAME | st.sampled_from(["custom-aws-eu-west-1", "aws-me-south-1"])


@st.composite
def services(draw: st.DrawFn) -> Service:
    primary = draw(PLACES)
    cloud = draw(st.just(primary) | PLACES)
    return service(cloud, primary_region=primary, secondary=draw(st.none() | PLACES))


OVERRIDES = st.none() | st.none() | PLACES
REFUSALS = {
    "exception_expired",
    "invalid_region_inventory",
    "no_region_found",
    "region_denied",
    "same_region",
    "unknown_region",
}


@any_speed
@given(INVENTORIES, services(), OVERRIDES)
def test_a_choice_is_a_region_a_refusal_or_an_exemption(
    variables: dict[str, Any], where: Service, override: str | None
) -> None:
    choice = choose(where, parse_region_inventory(variables), CLOUDS, override=override, today=TODAY)
    assert [choice.region is not None, choice.refusal is not None, choice.exempt].count(True) == 1
    assert choice.reason
    assert choice.refusal is None or (choice.refusal.code in REFUSALS and choice.refusal.message == choice.reason)


@any_speed
@given(INVENTORIES, services(), OVERRIDES)
def test_what_would_be_written_satisfies_every_rule(
    variables: dict[str, Any], where: Service, override: str | None
) -> None:
    written = parse_region_inventory(variables)
    region = choose(where, written, CLOUDS, override=override, today=TODAY).region
    if region is None or region == where.secondary_region:
        return
    assert region in CLOUDS
    assert region not in (where.cloud_name, where.primary_region)
    assert broken(region, where, written) == []


@any_speed
@given(RULES, services())
def test_the_nearest_has_the_provider_and_no_candidate_is_nearer(rules: dict[str, Any], where: Service) -> None:
    written = parse_region_inventory({"btar_region_otherwise": "nearest", "btar_region_rules": rules})
    choice = choose(replace(where, secondary_region=None), written, CLOUDS, today=TODAY)
    provider = CLOUDS[where.primary_region].provider if where.primary_region in CLOUDS else None
    same = where.cloud_name in CLOUDS and CLOUDS[where.cloud_name].provider == provider
    best = [
        (distance, name)
        for name, cloud in CLOUDS.items()
        if provider and same and cloud.provider == provider and name not in (where.cloud_name, where.primary_region)
        if (distance := distance_km(CLOUDS[where.primary_region], cloud)) is not None
        if not broken(name, where, written)
        if all(
            (distance_km(CLOUDS[place], cloud) or 0) >= written.nearest_min_km
            for place in (where.primary_region, where.cloud_name)
        )
    ]
    assert choice.region == (min(best)[1] if best else None)
    assert best or (choice.refusal and choice.refusal.code == "no_region_found")


@any_speed
@given(INVENTORIES, services(), OVERRIDES)
def test_deciding_again_keeps_what_was_chosen(variables: dict[str, Any], where: Service, override: str | None) -> None:
    written = parse_region_inventory(variables)
    first = choose(where, written, CLOUDS, override=override, today=TODAY)
    if first.region is None:
        return
    then = replace(where, secondary_region=first.region)
    assert choose(then, written, CLOUDS, override=override, today=TODAY).region == first.region


@any_speed
@given(INVENTORIES, services(), OVERRIDES, st.randoms())
def test_no_order_matters(variables: dict[str, Any], where: Service, override: str | None, random: Any) -> None:
    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        items = [(key, shuffled(item)) for key, item in value.items()]
        random.shuffle(items)
        return dict(items)

    one, other = parse_region_inventory(variables), parse_region_inventory(shuffled(variables))
    clouds = shuffled(CLOUDS)
    assert one == other
    assert choose(where, one, CLOUDS, override=override, today=TODAY) == choose(
        where, other, clouds, override=override, today=TODAY
    )
    assert check_region_inventory(one, CLOUDS) == check_region_inventory(other, clouds)


@any_speed
@given(RULES, services(), st.sampled_from(["aws", "google", "azure", None]), st.booleans())
def test_a_worse_cloud_changes_nothing(rules: dict[str, Any], where: Service, provider: str | None, far: bool) -> None:
    """Worse: as near but later by name, without coordinates, or of another provider."""
    written = parse_region_inventory({"btar_region_otherwise": "nearest", "btar_region_rules": rules})
    first = choose(where, written, CLOUDS, today=TODAY)
    if first.region not in CLOUDS:
        return
    best = CLOUDS[first.region]
    if provider == best.provider and far:
        best = replace(best, latitude=None)
    worse = replace(best, name=f"{best.name}-zz", provider=provider)
    assert choose(where, written, {worse.name: worse, **CLOUDS}, today=TODAY).region == first.region


@any_speed
@given(INVENTORIES, services(), OVERRIDES)
def test_an_answer_without_clouds_is_the_answer_with_clouds(
    variables: dict[str, Any], where: Service, override: str | None
) -> None:
    written = parse_region_inventory(variables)
    try:
        without = choose(where, written, None, override=override, today=TODAY)
    except CloudsNeeded:
        return
    assert without == choose(where, written, CLOUDS, override=override, today=TODAY)


@any_speed
@given(MAPS, RULES)
def test_a_map_without_mistakes_refuses_services_of_its_exact_entries_only_by_its_rules(
    entries: dict[str, str], rules: dict[str, Any]
) -> None:
    written = parse_region_inventory({"btar_region_map": entries, "btar_region_rules": rules})
    if check_region_inventory(written, CLOUDS):
        return
    for key, region in entries.items():
        if key in CLOUDS:
            choice = choose(service(key), written, CLOUDS, today=TODAY)
            wrong = broken(region, service(key), written)
            assert choice.region == (None if wrong else region)
            assert code(choice) == ("region_denied" if wrong else None)


COORDINATES = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@any_speed
@given(COORDINATES, COORDINATES, COORDINATES)
def test_distances_are_a_metric(one: tuple[float, float], two: tuple[float, float], three: tuple[float, float]) -> None:
    a, b, c = (Cloud(name, None, None, *place) for name, place in zip("abc", (one, two, three), strict=True))
    between = {(p.name, q.name): distance_km(p, q) or 0.0 for p in (a, b, c) for q in (a, b, c)}
    assert between["a", "a"] == 0
    assert abs(between["a", "b"] - between["b", "a"]) < 1e-6
    assert 0 <= between["a", "b"] <= 20015.2
    assert between["a", "c"] <= between["a", "b"] + between["b", "c"] + 1e-3


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.dates() | st.sampled_from(GLOBS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8)
            | st.sampled_from(
                ["match", "reason", "until", "tags", "project", "min_distance_km", "allowed", "denied", "[", "[]"]
            )
            | st.integers(),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@any_speed
@given(
    st.dictionaries(
        st.sampled_from(
            ["btar_region_map", "btar_region_otherwise", "btar_region_rules", "btar_region_exceptions", "btar_region_x"]
        ),
        JUNK,
    )
)
def test_junk_is_a_mistake_or_an_inventory_that_can_be_used(variables: dict[str, Any]) -> None:
    try:
        written = parse_region_inventory(variables)
    except RegionInventoryError as error:
        assert error.mistakes and all(mistake.startswith("btar_region_") for mistake in error.mistakes)
    else:
        hash(written)
        check_region_inventory(written, CLOUDS)
        choose(service(), written, CLOUDS, today=TODAY)
