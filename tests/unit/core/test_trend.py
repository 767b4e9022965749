# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit among former ones: score and coverage over time, from the lines of a history."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import AuditSettings, evaluate
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import (
    MOST_POINTS,
    InvalidHistory,
    checked_line,
    history_line,
    trend_of,
)
from tests.unit.core.audits import NOW, audit, service, subject
from tests.unit.core.regions import CLOUDS
from tests.unit.core.test_audit import fleet, validate


def line(days_ago: float = 1, *subjects: Any, name: str = "nightly") -> dict[str, Any]:
    settings = AuditSettings(NOW - timedelta(days=days_ago), wanted=Wanted(owner_tag="team"))
    return history_line(evaluate(subjects, clouds=CLOUDS, settings=settings, name=name))


def now(*subjects: Any) -> dict[str, Any]:
    return audit(subjects, name="nightly", wanted=Wanted(owner_tag="team"))


ON, OFF = subject(service(name="a")), subject(service(None, name="a"))
OWNED = subject(service(name="b", project="new", tags={"team": "pay"}))


def test_what_an_audit_leaves() -> None:
    left = line(1, ON, OWNED)
    assert checked_line(left) is left
    assert (left["generated_at"], left["protected"], left["protectable"]) == ("2026-08-31T12:00:00Z", 2, 2)
    assert left["coverage"]["owner"] == {"pay": [1, 1], "": [1, 1]}


def test_former_audits_come_first_and_groups_have_a_course() -> None:
    found = now(ON, OWNED)
    found["trend"] = trend_of([line(1, ON), line(2, OFF)], found)
    validate(found)
    trend = found["trend"]
    assert [point["generated_at"][:10] for point in trend["points"]] == ["2026-08-30", "2026-08-31", "2026-09-01"]
    assert [point["protected"] for point in trend["points"]] == [0, 1, 2]
    assert trend["points"][-1]["score"] == found["score"]["percent"] > trend["points"][0]["score"]
    assert trend["project"] == [
        {"name": "new", "percent": [None, None, 100.0]},
        {"name": "shop-prod", "percent": [0.0, 100.0, 100.0]},
    ]
    assert [course["name"] for course in trend["owner"]] == ["pay", None]


def test_audits_of_another_name_are_no_part_of_it() -> None:
    assert len(trend_of([line(1, ON, name="weekly")], now(ON))["points"]) == 1


def test_a_long_history_is_thinned_and_keeps_both_ends() -> None:
    lines = [line(days, ON) for days in range(1, 366)]
    points = trend_of(lines, now(ON))["points"]
    assert len(points) == MOST_POINTS
    assert (points[0]["generated_at"], points[-1]["generated_at"]) == ("2025-09-01T12:00:00Z", "2026-09-01T12:00:00Z")
    assert len({point["generated_at"] for point in points}) == MOST_POINTS


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"schema": "offsite.aiven/audit/1"},
        {"schema": "offsite.aiven/audit-history/1"},
        {**line(1, ON), "coverage": {"project": {}, "service_type": {}}},
        {**line(1, ON), "coverage": {"project": {"a": [1]}, "service_type": {}, "owner": {}}},
        {key: value for key, value in line(1, ON).items() if key != "score"},
        {**line(1, ON), "score": "85"},
        {**line(1, ON), "score": 250},
        {**line(1, ON), "generated_at": None},
        {**line(1, ON), "generated_at": "yesterday"},
        {**line(1, ON), "services": "many"},
        {**line(1, ON), "protected": -1},
        {**line(1, ON), "failed_controls": 7},
        {**line(1, ON), "unreadable_projects": None},
        {**line(1, ON), "name": ["a"]},
        {**line(1, ON), "coverage": {"project": {"a": [5, 2]}, "service_type": {}, "owner": {}}},
        {**line(1, ON), "coverage": {"project": {"a": [-1, 2]}, "service_type": {}, "owner": {}}},
    ],
)
def test_what_is_no_line(wrong: Any) -> None:
    with pytest.raises(InvalidHistory):
        checked_line(wrong)


def test_unreadable_projects_are_counted() -> None:
    found = audit(fleet(), scope={"unreadable_projects": {"lost": "no"}})
    assert history_line(found)["unreadable_projects"] == 1


def test_an_audit_of_nothing_has_a_trend_too() -> None:
    found = audit([], name="nightly")
    found["trend"] = trend_of([], found)
    validate(found)
    assert found["trend"]["points"][0]["score"] is None


def test_what_a_clock_dated_later_is_no_former_audit() -> None:
    found = now(ON)
    points = trend_of([line(-1, OFF), line(1, OFF)], found)["points"]
    assert [point["generated_at"][:10] for point in points] == ["2026-08-31", "2026-09-01"]


def test_times_are_of_one_kind_whatever_a_line_says() -> None:
    early = {**line(2, ON), "generated_at": "2026-08-31T23:00:00-05:00"}
    late = {**line(1, OFF), "generated_at": "2026-09-01T03:00:00+00:00"}
    points = trend_of([early, late], now(ON))["points"]
    assert [point["generated_at"] for point in points] == [
        "2026-09-01T03:00:00Z",
        "2026-09-01T04:00:00Z",
        "2026-09-01T12:00:00Z",
    ]


def test_what_was_asked_otherwise_or_by_another_version_is_told() -> None:
    asked = history_line(audit([ON], name="nightly", wanted=Wanted(owner_tag="team", deletion_protection=True)))
    old = {**line(4, ON), "generator": "offsite.aiven 0.9.0"}
    older = {key: value for key, value in line(5, ON).items() if key not in ("generator", "settings")}
    found = now(ON)
    found["trend"] = trend_of([older, old, line(3, ON), {**asked, "generated_at": "2026-08-31T12:00:00Z"}], found)
    validate(found)
    points = found["trend"]["points"]
    assert [point["differs"] for point in points] == [
        [],
        [],
        ["generator"],
        ["deletion_protection"],
        ["deletion_protection"],
    ]
    assert [point["generator"] for point in points][:2] == [None, "offsite.aiven 0.9.0"]


def test_what_is_gone_is_named() -> None:
    left = subject(service(None, name="c", project="old", tags={"team": "ops"}))
    found = now(ON)
    found["trend"] = trend_of([line(1, ON, left)], found)
    validate(found)
    assert found["trend"]["gone"] == {"project": ["old"], "service_type": [], "owner": ["ops"]}
