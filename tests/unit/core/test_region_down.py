# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The loss of a region: what is restored from where, to when, in which order."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Backup,
    BackupDetails,
    Copy,
    PitrRange,
    format_time,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import OBSTACLES, RestoreFrom
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import (
    Affected,
    is_affected,
    needs_details,
    parse_priority,
    region_down,
    restore_source,
)
from tests.unit.core.audits import NOW, PRIMARY, SECONDARY, copied, hours_ago, service
from tests.unit.core.losses import REPLICA, VPC_HERE, affected, codes, plans, report, row_of

OTHER = "aws-eu-north-1"
SCHEMA = Path(__file__).resolve().parents[3] / "docs/schemas/region-down.schema.json"


def validate(body: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text())).validate(json.loads(json.dumps(body)))


def backup(hours: float, location: str, size: int | None = 1000, *copies: str) -> Backup:
    return Backup("b", hours_ago(hours), size, location, tuple(Copy(cloud, False, None) for cloud in copies))


def migrated(**of: Any) -> Affected:
    """It runs in the lost region, and its primary backups stayed elsewhere."""
    return affected(
        None, cloud_name=PRIMARY, primary_region=OTHER, backups=(backup(30, OTHER), backup(6, OTHER, 7)), **of
    )


def fleet() -> list[Affected]:
    """One of each kind."""
    return [
        affected(name="usual"),
        affected(name="pending", backups=()),
        affected(name="unknown", backups=None),
        affected(None, name="off", secondary_region=None),
        affected(None, name="kafka", service_type="kafka"),
        affected(name="no-plan", facts={"plans": {}}),
        affected(name="in-vpc", source={"project_vpc_id": "vpc-here"}, facts={"vpcs": (VPC_HERE,)}),
        affected(name="followed", facts={"followers": (REPLICA,)}, service_type="pg"),
        affected(name="still-running", cloud_name=OTHER),
        migrated(name="migrated"),
    ]


def test_every_kind_is_told_as_the_schema_has_it() -> None:
    whole = report(
        *fleet(), scope={"projects": ["shop-prod"], "exact": False, "unreadable_projects": {}}, copies_there=3
    )
    validate(whole)
    assert {row["service_name"]: row["restorable"] for row in whole["services"]} == {
        "usual": "yes",
        "followed": "yes",
        "migrated": "yes",
        "in-vpc": "prepare",
        "no-plan": "prepare",
        "unknown": "unknown",
        "pending": "no",
        "off": "no",
        "kafka": "no",
        "still-running": "yes",
    }
    assert whole["headline"] == {
        "services": 10,
        "down": 9,
        "restorable": {"yes": 3, "prepare": 2, "unknown": 1, "no": 3},
        "oldest_restore_point": {
            "project": "shop-prod",
            "service_name": "followed",
            "restore_point": format_time(hours_ago(11)),
            "rpo_seconds": 11 * 3600,
            "rpo_exact": False,
        },
        "still_running": 1,
        "copies_there": 3,
    }
    assert whole["regions"] == [PRIMARY]
    assert {kind["code"]: kind["services"] for kind in whole["obstacles"]}["nothing_to_restore"] == 1
    assert [kind["code"] for kind in whole["obstacles"]] == [kind.code for kind in OBSTACLES]


def test_nothing_is_a_report_too() -> None:
    empty = report(scope={"projects": [], "exact": True, "unreadable_projects": {"shop": "forbidden"}}, unchecked=["x"])
    validate(empty)
    assert (empty["headline"]["oldest_restore_point"], empty["services"]) == (None, [])


def test_a_listing_gives_the_newest_backup_as_an_upper_bound() -> None:
    row = row_of(affected())
    assert row["restore_from"] == {"copies": "secondary", "region": SECONDARY}
    assert row["restore_point"] == format_time(hours_ago(11))
    assert row["oldest_restorable"] == format_time(hours_ago(35))
    assert (row["rpo_seconds"], row["rpo_exact"], row["size_bytes"]) == (11 * 3600, False, 1000)


def test_details_give_the_exact_point() -> None:
    details = BackupDetails(
        (copied(11),), (PitrRange(None, hours_ago(99), None), PitrRange(SECONDARY, hours_ago(30), hours_ago(0.1)))
    )
    row = row_of(affected(facts={"details": details}))
    assert (row["rpo_seconds"], row["rpo_exact"]) == (360, True)
    assert row["oldest_restorable"] == format_time(hours_ago(30))


def test_types_without_pitr_are_exact_from_the_listing() -> None:
    row = row_of(affected(service_type="opensearch"))
    assert (row["rpo_exact"], codes(row)) == (True, ["no_pitr"])


def test_primary_backups_elsewhere_are_what_to_restore_from() -> None:
    row = row_of(migrated())
    assert row["restore_from"] == {"copies": "primary", "region": OTHER}
    assert (row["restore_point"], row["oldest_restorable"]) == (format_time(hours_ago(6)), format_time(hours_ago(30)))
    assert (row["rpo_exact"], row["size_bytes"]) == (False, 7)
    assert "aws-eu-north-1, which is not gone, and can restore at least up to" in row["explanation"]
    assert row_of(migrated(service_type="opensearch"))["rpo_exact"] is True


@pytest.mark.parametrize(
    ("end", "point", "exact"),
    [(None, hours_ago(6), False), (hours_ago(1), hours_ago(1), True)],
    ids=["goes on", "ended"],
)
def test_the_range_of_primary_backups_may_have_an_end(end: Any, point: Any, exact: bool) -> None:
    details = BackupDetails((backup(6, OTHER),), (PitrRange(None, hours_ago(50), end),))
    row = row_of(affected(None, primary_region=OTHER, facts={"details": details}))
    assert (row["restore_point"], row["rpo_exact"]) == (format_time(point), exact)
    assert row["oldest_restorable"] == format_time(hours_ago(50))


def test_backups_left_in_the_lost_region_do_not_count() -> None:
    row = row_of(affected(None, primary_region=OTHER, backups=(backup(2, PRIMARY), backup(6, OTHER))))
    assert row["restore_point"] == format_time(hours_ago(6))


def test_a_secondary_region_that_is_gone_as_well() -> None:
    row = row_of(affected(), region="aws-eu-*")
    assert (row["restorable"], codes(row), row["restore_from"]) == ("no", ["secondary_region_lost"], None)


def test_a_service_that_still_runs_is_no_restore() -> None:
    (row,) = report(affected(cloud_name=OTHER))["services"]
    assert (row["runs_in_region"], row["primary_backups_in_region"], row["order"]) == (False, True, None)


@pytest.mark.parametrize("region", [PRIMARY, "aws-eu-west-?", "*"])
def test_regions_are_names_or_globs(region: str) -> None:
    assert is_affected(service(cloud_name=OTHER), region)
    assert is_affected(service(primary_region=OTHER), region)


def test_what_is_elsewhere_is_not_affected() -> None:
    assert not is_affected(service(), SECONDARY)
    assert not is_affected(service(), "aws-eu-west-1*x")


@pytest.mark.parametrize(
    ("of", "source", "more"),
    [
        ({"service_type": "pg"}, RestoreFrom("secondary", SECONDARY), True),
        ({}, RestoreFrom("secondary", SECONDARY), False),
        ({"backups": None}, RestoreFrom("secondary", SECONDARY), True),
        ({"secondary_region": None, "service_type": "pg"}, None, False),
        ({"service_type": "clickhouse"}, None, False),
        ({"primary_region": OTHER, "service_type": "mysql"}, RestoreFrom("primary", OTHER), True),
        ({"primary_region": OTHER, "service_type": "clickhouse"}, RestoreFrom("primary", OTHER), False),
    ],
)
def test_where_to_restore_from_and_whether_the_listing_tells_all(
    of: dict[str, Any], source: object, more: bool
) -> None:
    assert restore_source(service(**of), PRIMARY) == source
    assert needs_details(service(**of), PRIMARY) is more


def test_the_order_is_by_priority_and_small_ones_first_among_equals() -> None:
    def one(name: str, priority: int | None, size: int | None, **of: Any) -> Affected:
        copies = (backup(5, PRIMARY, size, SECONDARY),) if of.pop("copied", True) else ()
        return affected(name=name, backups=copies, facts={"priority": priority}, **of)

    whole = report(
        one("still-running", 0, 1, cloud_name=OTHER),
        one("impossible", 0, 1, copied=False),
        one("unmarked-large", None, 900),
        one("unmarked-small", None, 10),
        one("second", 2, 1),
        one("first-unsized", 1, None),
        one("first-large", 1, 900),
        one("first-small-b", 1, 10),
        one("first-small-a", 1, 10),
        one("zeroth", 0, 5000),
        one("negative", -3, 5000),
    )
    expected = [
        *("negative", "zeroth", "first-small-a", "first-small-b", "first-large", "first-unsized", "second"),
        *("unmarked-small", "unmarked-large", "impossible", "still-running"),
    ]
    assert [row["service_name"] for row in whole["services"]] == expected
    assert [row["order"] for row in whole["services"]] == [*range(1, 10), None, None]


def test_the_size_is_that_of_the_newest_backup_there() -> None:
    backups = (backup(30, PRIMARY, 1, SECONDARY), backup(5, PRIMARY, 2, SECONDARY), backup(1, PRIMARY, 3, OTHER))
    assert row_of(affected(backups=backups))["size_bytes"] == 2


@pytest.mark.parametrize(("value", "priority"), [(None, None), ("", None), (0, 0), ("7", 7), (" -2 ", -2), (10, 10)])
def test_priorities(value: object, priority: int | None) -> None:
    assert parse_priority(value) == priority


@pytest.mark.parametrize("value", [True, "high", "1.5", 1.5, [1], {}, "1e3", "9" * 12, "{{ 1 }}"])
def test_what_is_no_priority_is_named(value: object) -> None:
    with pytest.raises(ValueError, match=r"btar_restore_priority is .*: give a whole number"):
        parse_priority(value)


def test_clocks_may_differ() -> None:
    assert row_of(affected(service_type="opensearch", backups=(copied(-1),)))["rpo_seconds"] == 0


def test_a_plan_that_is_missing_names_what_there_is() -> None:
    row = row_of(affected(facts={"plans": plans(business_4=(PRIMARY,), business_8=(SECONDARY,))}))
    assert row["obstacles"][0]["message"].endswith("offered there and as large: business-8")


def test_what_could_not_be_found_out_is_kept() -> None:
    assert region_down([], region=PRIMARY, now=NOW, unchecked=["a", "b"])["unchecked"] == ["a", "b"]
