# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parsing: lenient where the API is loose, strict where a wrong guess could cause a write."""

from __future__ import annotations

import copy
import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core import model as _model
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Backup,
    Cloud,
    Copy,
    InvalidResponse,
    Outcome,
    PitrRange,
    Refusal,
    Service,
    Target,
    format_time,
    parse_backup_details,
    parse_clouds,
    parse_service_answer,
    parse_service_list,
    parse_time,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.projects import (
    parse_organization_projects,
    parse_project_names,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.type_schema import schema_supports_btar

ROW: dict[str, Any] = {
    "service_name": "orders-db",
    "service_type": "pg",
    "plan": "business-4",
    "cloud_name": "aws-eu-west-1",
    "state": "RUNNING",
    "user_config": {"additional_backup_regions": ["aws-eu-central-1"], "admin_password": "canary"},
    "service_uri": "postgres://avnadmin:canary@host",
    "users": [{"username": "avnadmin", "password": "canary"}],
    "connection_info": {"pg": ["canary"]},
    "termination_protection": True,
    "tags": {"team": "shop"},
    "create_time": "2026-01-02T03:04:05Z",
    "update_time": "2026-01-02T03:04:05.678901Z",
    "backups": [],
}


def service(**changes: Any) -> Service:
    return parse_service_answer("shop", {"service": {**ROW, **changes}})


def backup_row(time: str, place: str | None = "aws-eu-west-1", **more: Any) -> dict[str, Any]:
    return {"backup_name": time, "backup_time": time, "data_size": 36259840, "storage_location": place, **more}


# Times


@pytest.mark.parametrize(
    "text",
    [
        "2026-08-20T00:11:22Z",
        "2026-08-20T00:11:22.000000Z",
        "2026-08-20T00:11:22.000Z",
        "2026-08-20T00:11:22+00:00",
        "2026-08-20T00:11:22.000000+00:00",
        "2026-08-20T02:11:22+02:00",
        "2026-08-20T02:11:22+0200",
        "2026-08-20 00:11:22",
        "2026-08-20 00:11:22+00:00",
        "2026-08-20T00:11:22",
        " 2026-08-20T00:11:22Z\n",
    ],
)
def test_every_format_of_time(text: str) -> None:
    time = parse_time(text)
    assert time == datetime(2026, 8, 20, 0, 11, 22, tzinfo=UTC)
    assert time is not None
    assert time.tzinfo is UTC
    assert format_time(time) == "2026-08-20T00:11:22Z"


def test_microseconds_are_kept() -> None:
    assert parse_time("2026-08-20T00:11:22.345678Z") == datetime(2026, 8, 20, 0, 11, 22, 345678, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "now",
        "2026-13-01T00:00:00Z",
        "2026-08-20T25:00:00Z",
        1755648682,
        1.5,
        True,
        [],
        {},
        "\ud800",
        "\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661",
    ],
)
def test_what_is_no_time(value: object) -> None:
    assert parse_time(value) is None


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_times_beyond_the_calendar_in_utc_are_none(text: str) -> None:
    assert parse_time(text) is None


@given(st.datetimes(timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_any_time_with_an_offset_is_read(time: datetime) -> None:
    try:
        expected = time.astimezone(UTC)
    except OverflowError:
        return
    assert parse_time(time.isoformat()) == expected


@given(st.text())
def test_any_text_is_a_time_in_utc_or_none(text: str) -> None:
    time = parse_time(text)
    assert time is None or time.tzinfo is UTC


def test_no_time_is_formatted_as_none() -> None:
    assert format_time(None) is None


# Services


def test_the_public_facts_of_a_service_and_no_secret() -> None:
    found = service()
    assert found == Service(
        project="shop",
        name="orders-db",
        service_type="pg",
        plan="business-4",
        cloud_name="aws-eu-west-1",
        state="RUNNING",
        secondary_region="aws-eu-central-1",
        primary_region="aws-eu-west-1",
        termination_protection=True,
        tags={"team": "shop"},
        create_time=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        update_time=datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC),
        backups=(),
    )
    assert "canary" not in repr(found)


def test_the_least_that_a_service_needs() -> None:
    row = {key: ROW[key] for key in ("service_name", "service_type", "cloud_name")}
    (found,) = parse_service_list("shop", {"services": [row]})
    assert (found.plan, found.state, found.secondary_region, found.backups) == ("", "", None, None)
    assert (found.primary_region, found.tags, found.create_time) == ("aws-eu-west-1", {}, None)


OPTIONAL = sorted(set(ROW) - {"service_name", "service_type", "cloud_name"})


@pytest.mark.parametrize("key", OPTIONAL)
def test_null_is_as_good_as_absent(key: str) -> None:
    absent = {name: value for name, value in ROW.items() if name != key}
    assert service(**{key: None}) == parse_service_answer("shop", {"service": absent})


@pytest.mark.parametrize("key", sorted(set(OPTIONAL) - {"user_config"}))
@pytest.mark.parametrize("value", [0, 1.5, True, "text", [], [1], {}, {"a": {"b": 1}}, [[]]])
def test_wrong_types_of_what_decides_nothing_do_not_matter(key: str, value: object) -> None:
    assert service(**{key: value}).secondary_region == "aws-eu-central-1"


@pytest.mark.parametrize("key", ["service_name", "service_type", "cloud_name"])
@pytest.mark.parametrize("value", [None, 7, [], {}])
def test_a_service_that_cannot_be_named_is_no_service(key: str, value: object) -> None:
    with pytest.raises(InvalidResponse, match="a service of project shop without"):
        service(**{key: value})


@pytest.mark.parametrize("state", ["RUNNING", "BUILDING", "REBALANCING", "SOMETHING_NEW"])
def test_any_state_is_a_state(state: str) -> None:
    assert service(state=state).state == state
    assert not service(state=state).powered_off


def test_powered_off() -> None:
    assert service(state="POWEROFF").powered_off


@pytest.mark.parametrize(
    ("user_config", "region"),
    [
        (None, None),
        ({}, None),
        ({"additional_backup_regions": None}, None),
        ({"additional_backup_regions": []}, None),
        ({"additional_backup_regions": ["aws-eu-west-2"]}, "aws-eu-west-2"),
        ({"additional_backup_regions": ["aws-eu-west-2", "aws-eu-west-3"]}, "aws-eu-west-2"),
    ],
)
def test_the_secondary_region(user_config: object, region: str | None) -> None:
    assert service(user_config=user_config).secondary_region == region


@pytest.mark.parametrize(
    "regions", ["aws-eu-west-2", {"0": "aws-eu-west-2"}, 1, True, False, 0, "", {}, [None], [""], [1], [[]]]
)
def test_regions_that_cannot_be_read_are_never_taken_for_off(regions: object) -> None:
    with pytest.raises(InvalidResponse, match="additional_backup_regions of shop/orders-db"):
        service(user_config={"additional_backup_regions": regions})


@pytest.mark.parametrize("user_config", [[], "text", 0, False, ["additional_backup_regions"]])
def test_a_user_config_that_is_no_object_is_not_taken_for_off(user_config: object) -> None:
    with pytest.raises(InvalidResponse, match="user_config of shop/orders-db"):
        service(user_config=user_config)


@pytest.mark.parametrize(
    ("backups", "region"),
    [
        (None, "aws-eu-west-1"),
        ([], "aws-eu-west-1"),
        ([backup_row("2026-08-20T00:00:00Z", "aws-eu-west-3")], "aws-eu-west-3"),
        (
            [
                backup_row("2026-08-20T00:00:00Z", "new-home"),
                backup_row("2026-08-19T00:00:00Z", "old-home"),
                backup_row("2026-08-20T01:00:00+02:00", "summer-home"),
            ],
            "new-home",
        ),
        ([backup_row("2026-08-20T00:00:00Z", None)], "aws-eu-west-1"),
        ([backup_row("whenever", "aws-eu-west-3")], "aws-eu-west-1"),
        ([backup_row("2026-08-20T00:00:00Z", "a"), backup_row("2026-08-21T00:00:00Z", None)], "a"),
        (["no backup", 7, None], "aws-eu-west-1"),
    ],
)
def test_the_primary_region_is_where_the_newest_backup_is(backups: object, region: str) -> None:
    found = service(backups=backups)
    assert found.primary_region == region
    assert found.migrated is (region != "aws-eu-west-1")


@given(st.permutations([(f"2026-08-1{day}T00:00:00Z", f"place-{day}") for day in range(6)]))
def test_the_order_of_backups_does_not_matter(backups: list[tuple[str, str]]) -> None:
    assert service(backups=[backup_row(*facts) for facts in backups]).primary_region == "place-5"


def test_missing_backups_are_not_the_same_as_none() -> None:
    assert service(backups=None).backups is None
    assert service(backups=[]).backups == ()


def test_backups_can_be_left_out_of_a_large_listing_but_not_what_they_say() -> None:
    row = {**ROW, "backups": [backup_row("2026-08-20T00:00:00Z", "aws-eu-west-3")]}
    (found,) = parse_service_list("shop", {"services": [row]}, with_backups=False)
    assert (found.backups, found.primary_region) == (None, "aws-eu-west-3")


def test_a_listing_of_some_does_not_read_the_others() -> None:
    rows = [{**ROW, "service_name": name} for name in ("a", "b", "c")]
    rows += [{"service_name": "broken"}, {"service_name": []}, {}]
    body = {"services": rows}
    assert [found.name for found in parse_service_list("shop", body, only={"a", "c"})] == ["a", "c"]
    assert parse_service_list("shop", body, only=()) == []
    with pytest.raises(InvalidResponse):
        parse_service_list("shop", body)


# Backups


def test_a_backup() -> None:
    copies = [
        {"cloud": "aws-eu-central-1", "region": "eu-central-1", "paused": False, "pause_reason": None},
        {"cloud": "aws-eu-west-2", "paused": True, "pause_reason": "quota"},
        {"cloud": None},
        "text",
    ]
    body = {"backups": [backup_row("2026-08-20T00:11:22Z", additional_regions=copies, incremental=False)], "pitr": None}
    details = parse_backup_details(body)
    assert details.pitr is None
    assert details.backups == (
        Backup(
            name="2026-08-20T00:11:22Z",
            time=datetime(2026, 8, 20, 0, 11, 22, tzinfo=UTC),
            size=36259840,
            storage_location="aws-eu-west-1",
            copies=(Copy("aws-eu-central-1", False, None), Copy("aws-eu-west-2", True, "quota")),
        ),
    )


def test_an_empty_backup_is_one_of_which_nothing_is_known() -> None:
    assert parse_backup_details({"backups": [{}]}).backups == (Backup(None, None, None, None, ()),)


def test_pitr_ranges() -> None:
    start, end = "2026-08-18T00:00:00Z", "2026-08-20T00:00:00Z"
    pitr = {
        "primary_region": {"pitr_range_start": start, "pitr_range_end": None},
        "additional_regions": [
            {"cloud": "aws-eu-central-1", "region": "x", "pitr_range_start": start, "pitr_range_end": end},
            {"cloud": 7},
        ],
    }
    assert parse_backup_details({"backups": [], "pitr": pitr}).pitr == (
        PitrRange(None, parse_time(start), None),
        PitrRange("aws-eu-central-1", parse_time(start), parse_time(end)),
    )
    assert parse_backup_details({"backups": [], "pitr": {}}).pitr == ()


# Clouds, schemas, projects


def test_clouds() -> None:
    rows = [
        {
            "cloud_name": "aws-eu-west-1",
            "provider": "aws",
            "geo_region": "europe",
            "geo_latitude": 53,
            "geo_longitude": -6.27,
            "cloud_description": "Europe, Ireland",
            "new": [],
        },
        {"cloud_name": "avn-ovh-gra", "provider": None, "geo_latitude": "53", "geo_longitude": True},
        {"cloud_name": "far-away", "provider": "", "geo_latitude": 10**400, "geo_longitude": float("inf")},
    ]
    clouds = parse_clouds({"clouds": rows})
    assert list(clouds.values()) == [
        Cloud("aws-eu-west-1", "aws", "europe", 53.0, -6.27, "Europe, Ireland"),
        Cloud("avn-ovh-gra", None, None, None, None),
        Cloud("far-away", None, None, None, None),
    ]


@pytest.mark.parametrize(
    "body", [None, [], {"clouds": None}, {"clouds": [None]}, {"clouds": [{}]}, {"clouds": [{"cloud_name": ""}]}]
)
def test_clouds_that_cannot_be_read(body: object) -> None:
    with pytest.raises(InvalidResponse, match="clouds"):
        parse_clouds(body)


@pytest.mark.parametrize(
    ("properties", "supported"),
    [
        ({"additional_backup_regions": {"type": "array", "maxItems": 1}}, True),
        ({"additional_backup_regions": {"type": "array"}}, True),
        ({"additional_backup_regions": {"maxItems": 0}}, False),
        ({"additional_backup_regions": {"max_items": 0}}, False),
        ({"additional_backup_regions": {"maxItems": "?"}}, True),
        ({"additional_backup_regions": None}, False),
        ({"backup_hour": {}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_the_live_schema_says_whether_a_type_has_btar(properties: object, supported: bool) -> None:
    assert schema_supports_btar({"user_config_schema": {"properties": properties}}) is supported


def test_projects() -> None:
    user = {"projects": ["b", "a", 7], "project_memberships": {"c": ["admin"]}, "project_membership": {"a": "admin"}}
    assert parse_project_names({"user": user}) == ["a", "b", "c"]
    assert parse_project_names({"user": {"projects": []}}) == []
    assert parse_project_names({"user": {"project_memberships": {"a": None}}}) == ["a"]
    for user in ({}, {"projects": None}, {"projects": "a"}):
        with pytest.raises(InvalidResponse, match="projects"):
            parse_project_names({"user": user})
    assert parse_organization_projects({"projects": [{"project_id": "b"}, {"project_name": "a"}, {}]}) == ["a", "b"]


# Values


@pytest.mark.parametrize(
    "value",
    [
        Cloud("a", None, None, None, None),
        Copy("a", True, None),
        PitrRange("a", None, None),
        Backup(None, None, None, None, (Copy("a", True, None),)),
        Refusal("same_region", "no"),
        Target("shop", "orders-db", "enabled", "a"),
        service(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_values_cannot_be_changed(value: Any) -> None:
    name = value._fields[0] if hasattr(value, "_fields") else dataclasses.fields(value)[0].name
    with pytest.raises((dataclasses.FrozenInstanceError, AttributeError)):
        setattr(value, name, "other")
    with pytest.raises((AttributeError, TypeError)):
        value.something_else = 1
    assert value == copy.copy(value)
    if not isinstance(value, Service):  # its tags are a dict
        assert isinstance(hash(value), int)


def test_an_outcome_has_all_its_keys_always() -> None:
    keys = {"project", "service_name", "status", "changed", "failed", "change", "reason", "before", "after", "error"}
    plain = Outcome("shop", "orders-db", "unchanged").as_dict()
    assert set(plain) == keys
    assert (plain["before"], plain["after"], plain["error"]) == ({"region": None}, {"region": None}, None)
    error = {"code": "rejected", "message": "no", "status": 400}
    failed = Outcome("shop", "orders-db", "failed", "move", "why", "a", "a", error, True).as_dict()
    assert set(failed) == keys
    assert (failed["failed"], failed["changed"], failed["before"], failed["error"]) == (
        True,
        True,
        {"region": "a"},
        error,
    )
    assert failed["error"] is not error


def test_names_of_regions() -> None:
    fits = _model.REGION_PATTERN.fullmatch
    assert all(fits(name) for name in ("aws-eu-west-1", "a"))
    assert not any(fits(name) for name in ("", "AWS", "a_b", "a\n", "a" * 257, "a.b"))
