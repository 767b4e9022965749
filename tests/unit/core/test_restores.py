# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services are restored, in which groups, and which must not be tried."""

from __future__ import annotations

from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.endpoints import parse_endpoints
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import Affected, lost_regions
from ansible_collections.offsite.aiven.plugins.module_utils._core.restores import (
    PLAN,
    VPC,
    Planned,
    group_sizes,
    outcome,
    plan_restores,
    restored_document,
    summary_words,
)
from tests.unit.core.audits import NOW, PRIMARY, SECONDARY, service
from tests.unit.core.losses import VPC_HERE, affected, plans, report


def planned(
    *services: Affected, region: str | None = PRIMARY, suffix: str = "-restored", **settings: str
) -> list[Planned]:
    """``settings`` hold for every service."""
    whole = report(*services, region=region)  # type: ignore[arg-type]
    names = [(row["project"], row["service_name"]) for row in whole["services"]]
    return plan_restores(
        whole,
        {name: f"host-{name[1]}" for name in names},
        dict.fromkeys(names, settings),
        {},
        suffix=suffix,
        recover_to="latest",
    )


def one(each: Affected, **settings: Any) -> Planned:
    (found,) = planned(each, **settings)
    return found


def test_services_of_one_priority_are_a_group() -> None:
    several = [
        affected(name=name, facts={"priority": priority})
        for name, priority in (("d", None), ("a", 2), ("b", 1), ("c", 2), ("e", None))
    ]
    found = planned(*several)
    assert [(each.service_name, each.group, each.order) for each in found] == [
        ("b", 1, 1),
        ("a", 2, 2),
        ("c", 2, 3),
        ("d", 3, 4),
        ("e", 3, 5),
    ]
    assert group_sizes(found) == [1, 2, 2]
    assert found[0].fork_name == "b-restored"


def test_what_blocks_is_last_and_in_no_group() -> None:
    lost, kept = planned(affected(None, name="a", facts={"priority": 0}), affected(name="b"))[::-1]
    assert (kept.group, kept.error) == (1, None)
    assert lost.error is not None
    assert (lost.order, lost.group, lost.error["code"]) == (0, 0, "nothing_to_restore")


def test_a_plan_that_is_not_offered_needs_a_variable() -> None:
    there = affected(facts={"plans": plans(business_4=(PRIMARY,), business_8=(PRIMARY, SECONDARY))})
    error = one(there).error
    assert error is not None
    assert error["code"] == "invalid_target"
    assert PLAN in error["message"]
    assert "business-8" in error["message"]
    assert one(there, **{PLAN: "business-8"}).error is None


def test_a_service_in_a_vpc_is_not_put_outside_of_one_unasked() -> None:
    for vpcs in ((VPC_HERE,), None):
        inside = affected(source={"project_vpc_id": VPC_HERE.id}, facts={"vpcs": vpcs})
        error = one(inside).error
        assert error is not None
        assert VPC in error["message"]
        assert one(inside, **{VPC: "none"}).project_vpc_id == "none"


def test_what_still_runs_elsewhere_is_not_restored() -> None:
    assert planned(affected(cloud_name="aws-eu-north-1")) == []


def test_primary_backups_where_the_secondary_are_count_as_those() -> None:
    """In that region Aiven takes the secondary copy."""
    assert one(affected(primary_region=SECONDARY)).copies == "secondary"
    assert one(affected(None, primary_region="aws-eu-north-1")).copies == "primary"


def test_forks_of_drills_and_of_a_run_before_are_no_sources() -> None:
    tags = {"offsite_fork_source": "shop-prod/orders-db", "offsite_fork_purpose": "restore"}
    source, fork = affected(name="orders-db"), affected(name="orders-db-restored", tags=tags)
    assert source.source.service.project == "shop-prod"
    assert [each.service_name for each in planned(source, fork, region=None)] == ["orders-db"]
    # A region that is gone takes restored services along like any other.
    assert len(planned(source, fork)) == 2
    assert planned(affected(tags={"offsite_fork_purpose": "drill"})) == []


def test_names_that_aiven_does_not_take() -> None:
    for suffix in ("-" + "x" * 64, "_2", "-A"):
        error = one(affected(), suffix=suffix).error
        assert error is not None
        assert "btar_restore_suffix" in error["message"]


def test_without_a_region_all_but_the_secondary_one_is_lost() -> None:
    assert lost_regions(service(SECONDARY), None) == {PRIMARY}
    assert lost_regions(service(SECONDARY, cloud_name=SECONDARY), None) == {PRIMARY}
    assert lost_regions(service(None, cloud_name="aws-eu-north-1"), None) == {PRIMARY, "aws-eu-north-1"}


def test_the_document_counts_what_has_not_been_tried_apart() -> None:
    first, second = planned(affected(name="a"), affected(name="b"))
    result = {"changed": True, "fork": None, "restored": None, "seconds": 1.0}
    outcomes = {first.host: outcome(first, "changed", "made", result)}
    document = restored_document(PRIMARY, NOW, [first, second], outcomes, {}, check_mode=False)
    assert document["summary"] == {"changed": 1, "unchanged": 0, "failed": 0, "skipped": 0, "pending": 1}
    assert summary_words(document) == "2 services: 1 restored, 1 not tried"
    assert summary_words(restored_document(None, NOW, [], {}, {}, check_mode=False)) == "no service is to be restored"


def test_endpoints_are_read_from_whatever_a_listing_holds() -> None:
    rows = [
        {"service_name": "a", "service_uri_params": {"host": "a.example.org", "port": "5432", "password": "secret"}},
        {"service_name": "b", "service_uri_params": None},
        {"service_name": "c", "service_uri_params": {"host": 1, "port": True}},
        {"service_name": "other"},
    ]
    none = {"host": None, "port": None}
    assert parse_endpoints({"services": rows}, {"a", "b", "c"}) == {
        "a": {"host": "a.example.org", "port": 5432},
        "b": none,
        "c": none,
    }
