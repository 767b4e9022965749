# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold of the loss of a region, whatever the services are."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import (
    Affected,
    is_affected,
    region_down,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc
from tests.unit.core.audits import NOW
from tests.unit.core.losses import plans
from tests.unit.core.test_protection_properties import DETAILS, REGIONS, SERVICES
from tests.unit.core.test_region_down import validate

# How long a busy machine takes says nothing about the code.
any_speed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])

LOST = st.sampled_from([*REGIONS, "aws-eu-*", "*-1", "aws-eu-[cw]*"])
PLANS = st.none() | st.lists(st.sampled_from(REGIONS), unique=True).map(lambda places: plans(p=tuple(places)))
VPCS = st.none() | st.lists(
    st.builds(Vpc, st.sampled_from("ab"), st.sampled_from(REGIONS), st.sampled_from(["ACTIVE", "X"]))
)


@st.composite
def affected(draw: st.DrawFn, lost: str) -> Affected:
    service = draw(SERVICES.filter(lambda each: is_affected(each, lost)))
    source = ForkSource(
        replace(
            service,
            name=draw(st.sampled_from("abcdef")),
            plan=draw(st.sampled_from(["p", "free-1", ""])),
            follows=draw(st.none() | st.just(Follows("read_replica", "shop/main"))),
            persistent=draw(st.booleans()),
            customer_key=draw(st.booleans()),
        ),
        project_vpc_id=draw(st.none() | st.sampled_from("abc")),
    )
    return Affected(source, NOW, draw(DETAILS), draw(st.none() | st.integers(-2, 2)), draw(PLANS), draw(VPCS))


@st.composite
def losses(draw: st.DrawFn) -> tuple[str, list[Affected]]:
    lost = draw(LOST)
    return lost, draw(st.lists(affected(lost), max_size=5))


def whole_of(lost: str, services: list[Affected]) -> dict[str, Any]:
    scope = {"projects": [], "exact": False, "unreadable_projects": {}}
    return region_down(services, region=lost, now=NOW, scope=scope)


@any_speed
@given(losses())
def test_a_report_is_true_to_itself(given: tuple[str, list[Affected]]) -> None:
    lost, services = given
    whole = whole_of(lost, services)
    validate(whole)
    rows, headline = whole["services"], whole["headline"]
    assert len(rows) == len(services) == headline["down"] + headline["still_running"]
    assert sum(headline["restorable"].values()) == headline["down"]
    orders = [row["order"] for row in rows if row["order"] is not None]
    assert orders == list(range(1, len(orders) + 1))
    assert len(orders) == headline["down"] - headline["restorable"]["no"]
    levels = {kind["code"]: kind["level"] for kind in whole["obstacles"]}
    for row in rows:
        found = [levels[obstacle["code"]] for obstacle in row["obstacles"]]
        assert (row["restorable"] == "no") == ("blocks" in found)
        assert (row["order"] is not None) == (row["runs_in_region"] and row["restorable"] != "no")
        assert row["runs_in_region"] or row["primary_backups_in_region"]
        assert (row["restore_point"] is None) == (row["rpo_seconds"] is None)


@any_speed
@given(losses())
def test_nothing_is_restored_from_what_is_gone(given: tuple[str, list[Affected]]) -> None:
    lost, services = given
    for row in whole_of(lost, services)["services"]:
        source = row["restore_from"]
        if source is None:
            assert (row["restorable"], row["restore_point"]) == ("no", None)
        else:
            assert not glob_matches(lost, source["region"])
            assert source["region"] == row[f"{source['copies']}_region"]
        if row["restorable"] in ("yes", "prepare"):
            assert row["restore_point"] is not None


@any_speed
@given(losses(), st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_that_of_the_listing(given: tuple[str, list[Affected]], luck: Any) -> None:
    lost, services = given
    # Of one project a name is there once.
    unique = list({each.source.service.name: each for each in services}.values())
    shuffled = luck.sample(unique, len(unique))
    assert json.dumps(whole_of(lost, unique)) == json.dumps(whole_of(lost, shuffled))


@any_speed
@given(losses())
def test_a_smaller_number_is_never_restored_later(given: tuple[str, list[Affected]]) -> None:
    lost, services = given
    rows = [row for row in whole_of(lost, services)["services"] if row["order"] is not None]
    priorities = [row["priority"] for row in rows]
    marked = [priority for priority in priorities if priority is not None]
    assert priorities == sorted(marked) + [None] * (len(priorities) - len(marked))
    assert whole_of(lost, services)["generated_at"] == format_time(NOW)
