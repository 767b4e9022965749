# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coverage by project, type and owner, and the score of all controls."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import percent, score_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Wanted
from tests.unit.core.audits import audit, copied, drill, service, subject
from tests.unit.core.test_audit import fleet, validate


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 0, None), (0, 3, 0), (1, 3, 33.3), (2, 3, 66.6), (9999, 10_000, 99.9), (3, 3, 100)],
)
def test_percent_is_rounded_down(part: int, whole: int, expected: float | None) -> None:
    assert percent(part, whole) == expected


def test_the_score_counts_what_is_unknown_and_not_what_is_excepted() -> None:
    results = {"pass": 2, "fail": 1, "unknown": 1, "excepted": 9, "not_applicable": 9}
    controls = [{"id": "a", "results": results}, {"id": "b", "results": {**results, "pass": 4}}]
    assert score_of(controls) == {
        "passed": 6,
        "counted": 10,
        "percent": 60.0,
    }


def test_giving_up_a_copy_never_raises_the_score() -> None:
    wanted = {
        "wanted": Wanted(deletion_protection=True, key_tag="key"),
        "drill_max_age_days": 30,
        "drill_rto_target": 60,
    }
    kept = [subject(service(name=name), drills=(drill(),)) for name in "abc"]
    poor = service(name="d", backups=(copied(50, paused=True),), customer_key=True, state="POWEROFF")
    before = audit([*kept, subject(poor)], **wanted)["score"]
    after = audit([*kept, subject(service(None, name="d"))], **wanted)["score"]
    assert after["percent"] < before["percent"]
    assert audit([subject(service(None))])["score"] == {"passed": 0, "counted": 1, "percent": 0.0}


def test_an_exception_is_no_copy_that_was_given_up() -> None:
    excepted = {"exceptions": [{"match": {"project": "*"}, "reason": "test", "until": "2027-01-31"}]}
    one, other = subject(service(name="a")), subject(service(None, name="b"), region=excepted)
    found, alone = audit([one, other])["score"], audit([one])["score"]
    assert (found["passed"], found["counted"]) == (alone["passed"] + 1, alone["counted"] + 1)


def test_services_by_project_type_and_owner() -> None:
    found = audit([*fleet(), subject(service(name="owned", tags={"team": "pay"}))], wanted=Wanted(owner_tag="team"))
    validate(found)
    coverage = found["coverage"]
    assert [(row["name"], row["services"]) for row in coverage["project"]] == [("another", 1), ("shop-prod", 9)]
    assert [(row["name"], row["protectable"]) for row in coverage["service_type"]] == [("kafka", 0), ("opensearch", 9)]
    assert [(row["name"], row["protected"], row["protectable"]) for row in coverage["owner"]] == [
        ("pay", 1, 1),
        (None, 2, 8),
    ]
    headline: dict[str, Any] = found["headline"]
    for groups in coverage.values():
        assert sum(row["protected"] for row in groups) == headline["protected"]
        assert sum(row["protectable"] for row in groups) == headline["protectable"]


def test_without_a_tag_nobody_is_an_owner() -> None:
    assert audit([subject(service(tags={"team": "pay"}))])["coverage"]["owner"] == []


def test_space_around_a_name_makes_no_other_owner() -> None:
    tagged = [subject(service(name=f"s{n}", tags={"team": team})) for n, team in enumerate(("a b", " a b", "a  b\t"))]
    found = audit(tagged, wanted=Wanted(owner_tag="team"))
    assert [(row["name"], row["services"]) for row in found["coverage"]["owner"]] == [("a b", 3)]
    assert {row["controls"]["owner_known"]["message"] for row in found["services"]} == {"it is a b's (tag team)"}


@pytest.mark.parametrize("empty", ["", " "])
def test_an_empty_tag_names_no_owner(empty: str) -> None:
    (row,) = audit([subject(service(tags={"team": empty}))], wanted=Wanted(owner_tag="team"))["coverage"]["owner"]
    assert row["name"] is None
