# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_choice import (
    Candidate,
    choose,
    fork_name_of,
    last_tested,
    random_point,
    too_expensive,
    unfit,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import RestoreRange
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import Offer, ServicePlan
from tests.unit.core.audits import NOW, SECONDARY, copied, drill, service

PLANS = {"business-4": ServicePlan("business-4", {SECONDARY: Offer(Decimal("0.7"), 1, 1)})}
NAMES = re.compile(r"[a-z][-a-z0-9]{0,63}")


def candidate(name: str = "orders-db", days: float | None = None, **fields: Any) -> Candidate:
    last = None if days is None else NOW - timedelta(days=days)
    one = service(name=name)
    return Candidate(ForkSource(one), protection_of(one, now=NOW), last, **fields)


def of(one: Service, **fields: Any) -> Candidate:
    return Candidate(ForkSource(one), protection_of(one, now=NOW), **fields)


def names(chosen: list[Candidate]) -> list[str]:
    return [each.source.service.name for each in chosen]


FLEET = [candidate("new", 1), candidate("b-never"), candidate("old", 90), candidate("a-never")]


@pytest.mark.parametrize(
    ("select", "count", "max_total", "expected"),
    [
        ("oldest_tested", 1, 20, ["a-never"]),
        ("oldest_tested", 3, 20, ["a-never", "b-never", "old"]),
        ("oldest_tested", 3, 2, ["a-never", "b-never"]),
        ("oldest_tested", 0, 20, []),
        ("all", 1, 20, ["a-never", "b-never", "old", "new"]),
        ("all", 1, 3, ["a-never", "b-never", "old"]),
    ],
)
def test_who_is_chosen(select: Any, count: int, max_total: int, expected: list[str]) -> None:
    assert names(choose(FLEET, select, count, max_total, lambda: 0.5)) == expected


def test_random_is_by_lot() -> None:
    lots = iter([0.9, 0.1, 0.5, 0.2])
    assert names(choose(FLEET, "random", 2, 20, lambda: next(lots))) == ["b-never", "new"]


def test_a_drill_that_was_interrupted_tested_nothing() -> None:
    interrupted = replace(drill(1, verified=False), result="interrupted")
    assert last_tested([interrupted, drill(5, verified=False)], NOW) == NOW - timedelta(days=5)
    assert last_tested([interrupted], NOW) is None
    # By a clock that was wrong: else its service would not be drilled for as long.
    assert last_tested([drill(-400), drill(5)], NOW) == NOW - timedelta(days=5)


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (candidate(), None),
        (candidate(plans=PLANS), None),
        (of(service(None)), "no secondary region"),
        (of(service(backups=())), "nothing is in"),
        (of(service(backups=None)), "holds no backups"),
        (of(service(service_type="kafka")), "no backup to another region"),
        (of(service(None, follows=Follows("read_replica", "shop/x"))), "read replica of shop/x"),
        (of(service(None, follows=Follows("disaster_recovery", "shop/x"))), "recovery service of shop/x"),
        (of(service(None, service_type="valkey", persistent=False)), "valkey_persistence is off"),
        (of(service(None, service_type="kafka")), "no backup to another region"),
        (of(service(tags={"offsite_fork_purpose": "restore"})), "a fork itself"),
        (of(service(plan="free-1-1gb")), "free plan"),
        (of(service(plan="free-1-1gb"), plan="business-4"), None),
        (of(service(plan="free-1-1gb", service_type="valkey"), plan="business-4"), "forbids forks"),
        (candidate(plans={}), "not offered"),
        (candidate(plans={}, plan="business-8"), None),
        (
            Candidate(
                ForkSource(service(follows=Follows("read_replica", "shop/x"))),
                protection_of(service(), now=NOW),
            ),
            "read replica",
        ),
    ],
)
def test_who_cannot_be_drilled(one: Candidate, words: str | None) -> None:
    found = unfit(one)
    assert (found is None) if words is None else (words in (found or ""))


def test_prices() -> None:
    known = candidate(plans=PLANS)
    assert too_expensive(known, Decimal("0.7")) is None
    assert "costs 0.7 USD an hour" in (too_expensive(known, Decimal("0.69")) or "")
    assert "business-8 in aws-eu-central-1 is not known" in (
        too_expensive(candidate(plans=PLANS, plan="business-8"), Decimal(1)) or ""
    )


@given(
    draw=st.floats(0, 1, exclude_max=True), window=st.floats(0, 60), start=st.integers(0, 90), end=st.integers(0, 90)
)
def test_a_random_time_is_within_range_and_window(draw: float, window: float, start: int, end: int) -> None:
    first, last = NOW - timedelta(days=max(start, end)), NOW - timedelta(days=min(start, end))
    reach = RestoreRange(SECONDARY, (), first, last, knows_end=True)
    time = datetime.fromisoformat(random_point("pg", reach, NOW, window, lambda: draw))
    assert min(max(first, NOW - timedelta(days=window)), last) <= time <= last


def test_without_point_in_time_recovery_it_is_a_backup() -> None:
    backups = tuple(copied(hours)._replace(name=f"b{hours}") for hours in (80, 30, 5))
    reach = RestoreRange(SECONDARY, backups, None, None, knows_end=False)
    points = {random_point("valkey", reach, NOW, 2, lambda draw=draw: draw) for draw in (0.0, 0.4, 0.6, 0.99)}
    assert points == {"b30", "b5"}
    assert random_point("valkey", reach, NOW, 0.1, lambda: 0.5) == "latest"


def test_where_nothing_is_known_it_is_the_latest() -> None:
    assert random_point("pg", RestoreRange(SECONDARY, None, None, None, knows_end=False), NOW, 9, lambda: 0) == "latest"


@given(name=st.from_regex(r"[a-z][-a-z0-9]{0,63}", fullmatch=True))
def test_names_of_forks_are_names_that_aiven_takes(name: str) -> None:
    fork = fork_name_of("shop", name, datetime(2026, 9, 1, 12, tzinfo=UTC))
    assert NAMES.fullmatch(fork)
    assert fork != fork_name_of("bank", name, datetime(2026, 9, 1, 12, tzinfo=UTC))
    assert fork != fork_name_of("shop", name, datetime(2026, 9, 1, 12, 0, 1, tzinfo=UTC))
