# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as a whole: its published form, its headline figures, its comparison with a former one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import InvalidAudit, audit_fails, with_run
from ansible_collections.offsite.aiven.plugins.module_utils._core.comparison import compare_audits
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import RESULTS, SEVERITIES, Asked, Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.lag import parse_lag_report
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES
from tests.unit.core.audits import SECONDARY, audit, copied, drill, service, subject
from tests.unit.core.regions import CLOUDS

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs/schemas/audit.schema.json").read_text())
FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
REFUSED = {"code": "same_region", "message": "no", "status": None}
OUTCOMES = [
    Outcome("shop-prod", "orders-db", "changed", "enable", "none before", None, SECONDARY, None, True).as_dict(),
    Outcome("shop-prod", "carts", "unchanged").as_dict(),
    Outcome("shop-prod", "logs", "failed", "move", "no", "a", "a", REFUSED).as_dict(),
]


def validate(body: Any) -> None:
    # As it is written and read again.
    jsonschema.Draft202012Validator(SCHEMA, format_checker=FORMATS).validate(
        json.loads(json.dumps(body, allow_nan=False))
    )


def fleet() -> list[Any]:
    """One service of every protection, and one under an exception."""
    report = {"metrics": {"lag": {"data": {"cols": [{}, {"label": "x"}], "rows": [["2026-09-01T00:00:00", 3]]}}}}
    exceptions = {"exceptions": [{"match": {"service_name": "excepted"}, "reason": "test", "until": "2027-01-31"}]}
    return [
        subject(service(name="protected"), drills=(drill(),), lag=parse_lag_report(report)),
        subject(service(name="lagging", backups=(copied(50),))),
        subject(service(name="paused", backups=(copied(5, paused=True),))),
        subject(service(name="pending", backups=())),
        subject(service(name="unknown", backups=None)),
        subject(service(None, name="disabled", project="another")),
        subject(service(None, name="excepted"), region=exceptions),
        subject(service(None, name="unsupported", service_type="kafka")),
        subject(service(name="migrated", cloud_name="custom-nowhere", tags={"a": "b"})),
    ]


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_schema_and_code_have_the_same_words() -> None:
    definitions = SCHEMA["$defs"]
    assert definitions["protection"]["enum"] == list(STATUSES)
    assert definitions["result"]["enum"] == list(RESULTS)
    assert definitions["severity"]["enum"] == list(SEVERITIES)
    assert set(definitions["service"]["required"]) | {"project", "service_name"} == set(audit(fleet())["services"][0])


@pytest.mark.parametrize("clouds", [CLOUDS, None])
def test_an_audit_is_as_published(clouds: Any) -> None:
    former = audit([subject(service(name="lagging")), subject(service(name="gone"))])
    result = with_run(audit(fleet(), clouds, drill_max_age_days=90, drill_rto_target=3600), OUTCOMES)
    validate({**result, "comparison": compare_audits(former, result)})


@pytest.mark.parametrize("clouds", [CLOUDS, None])
def test_an_audit_of_nothing_is_as_published(clouds: Any) -> None:
    validate(audit([], clouds))


def test_the_schema_can_say_no() -> None:
    result = audit(fleet())
    result["services"][0]["protection"] = "fine"
    with pytest.raises(jsonschema.ValidationError):
        validate(result)


def test_headline() -> None:
    headline = audit(fleet())["headline"]
    assert headline == {
        "services": 9,
        "protectable": 8,
        "protected": 2,
        "by_protection": {
            "unsupported": 1,
            "disabled": 2,
            "unknown": 1,
            "pending": 1,
            "paused": 1,
            "lagging": 1,
            "protected": 2,
        },
        "worst_rpo": {"project": "shop-prod", "service_name": "lagging", "rpo_seconds": 180000, "rpo_exact": True},
        "failed_controls": {"error": 4, "warning": 0},
        "services_failing": 4,
        "services_excepted": 1,
    }


def test_services_are_in_order_and_controls_are_counted() -> None:
    result = audit(fleet())
    labels = [(row["project"], row["service_name"]) for row in result["services"]]
    assert labels == sorted(labels)
    enabled = next(control for control in result["controls"] if control["id"] == "enabled")
    assert enabled["results"] == {"pass": 6, "fail": 1, "excepted": 1, "not_applicable": 1, "unknown": 0}
    assert all(set(row["controls"]) == {control.id for control in CONTROLS} for row in result["services"])


def test_what_many_services_have_in_common_is_kept_once() -> None:
    rows = audit([subject(service(name=name)) for name in ("one", "two")])["services"]
    first, second = (row["controls"]["enabled"] for row in rows)
    assert first is second


def test_drills_elsewhere_are_no_evidence_for_the_current_secondary() -> None:
    (row,) = audit([subject(service(), drills=(drill(region="aws-eu-north-1"),))])["services"]
    assert row["drill"] is None


def test_a_cloud_without_usable_coordinates_has_none() -> None:
    odd = {**CLOUDS, SECONDARY: replace(CLOUDS[SECONDARY], latitude=float("nan"))}
    assert audit([subject(service())], odd)["clouds"][SECONDARY] == {
        "provider": "aws",
        "geo_region": "europe",
        "latitude": None,
        "longitude": None,
        "description": CLOUDS[SECONDARY].description,
    }


@pytest.mark.parametrize(
    ("subjects", "settings", "failing"),
    [
        ([subject(service())], {}, []),
        ([subject(service(None))], {}, ["warning", "error"]),
        ([subject(service())], {"drill_max_age_days": 90}, ["warning"]),
        ([subject(service(backups=None))], {}, []),
    ],
    ids=["nothing fails", "an error", "a warning", "unknown is no failure"],
)
def test_what_fails_an_audit(subjects: list[Any], settings: dict[str, Any], failing: list[str]) -> None:
    result = audit(subjects, **settings)
    assert [level for level in ("none", "warning", "error") if audit_fails(result, level)] == failing


def test_a_run_keeps_what_happened_and_counts_the_rest() -> None:
    run = with_run(audit([]), OUTCOMES)["run"]
    assert run["summary"] == {"changed": 1, "unchanged": 1, "failed": 1, "skipped": 0, "total": 3}
    assert [outcome["service_name"] for outcome in run["outcomes"]] == ["orders-db", "logs"]
    assert with_run(audit([]), [])["run"] is None


def test_comparison_says_what_became_better_and_worse() -> None:
    def row(name: str, **fields: Any) -> Any:
        return subject(service(name=name, **fields))

    former = audit(
        [row("mended", backups=(copied(50),)), row("broken"), row("same", backups=()), row("gone"), row("lost")]
    )
    result = audit(
        [row("mended"), row("broken", backups=(copied(2, paused=True),)), row("same", backups=()), row("new"),
         subject(service(name="lost", backups=None))]
    )  # fmt: skip
    found = compare_audits(json.loads(json.dumps(former)), result)

    def told(items: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
        return [(item["service_name"], item["what"], item["before"], item["after"]) for item in items]

    assert told(found["better"]) == [
        ("mended", "protection", "lagging", "protected"),
        ("mended", "rpo", "fail", "pass"),
    ]
    assert told(found["worse"]) == [
        ("broken", "protection", "protected", "paused"),
        ("broken", "not_paused", "pass", "fail"),
        ("lost", "protection", "protected", "unknown"),
        ("lost", "replicated", "pass", "unknown"),
        ("lost", "restorable", "pass", "unknown"),
        ("lost", "not_paused", "pass", "unknown"),
        ("lost", "rpo", "pass", "unknown"),
    ]
    assert found["appeared"] == [{"project": "shop-prod", "service_name": "new"}]
    assert found["gone"] == [{"project": "shop-prod", "service_name": "gone"}]
    assert found["former_generated_at"] == "2026-09-01T12:00:00Z"


def told_of(found: dict[str, Any]) -> dict[str, list[str]]:
    keys = ("appeared", "gone", "not_seen_then", "not_seen_now")
    return {key: [each["service_name"] for each in found[key]] for key in keys}


NOBODY: dict[str, list[str]] = {"appeared": [], "gone": [], "not_seen_then": [], "not_seen_now": []}


@pytest.mark.parametrize(
    "narrow",
    [
        {"unreadable_projects": {"shop-prod": "403"}},
        {"limit": "a.shop-prod"},
        {"services": ["a"]},
        {"service_types": ["pg"]},
        {"tags": {"env": "prod"}},
    ],
    ids=lambda scope: next(iter(scope)),
)
def test_what_was_not_looked_at_is_neither_gone_nor_new(narrow: dict[str, Any]) -> None:
    """Whichever of two audits it was that did not look."""
    a, b = subject(service(name="a", service_type="pg", tags={"env": "prod"})), subject(service(name="b"))
    whole, part = audit([a, b], scope={"projects": ["shop-prod"]}), audit([a], scope=narrow)
    if "unreadable_projects" in narrow:
        part = audit([], scope=narrow)
    unseen = ["a", "b"] if "unreadable_projects" in narrow else ["b"]
    found = compare_audits(whole, part)
    assert told_of(found) == {**NOBODY, "not_seen_now": unseen}
    validate({**part, "comparison": found})
    assert told_of(compare_audits(part, whole)) == {**NOBODY, "not_seen_then": unseen}


@pytest.mark.parametrize("same", [{"limit": "x"}, {"services": ["*"]}, {"service_types": ["opensearch"]}])
def test_what_both_audits_looked_for_is_gone_or_new(same: dict[str, Any]) -> None:
    a, b = subject(service(name="a")), subject(service(name="b"))
    found = compare_audits(audit([a], scope=same), audit([b], scope=same))
    assert told_of(found) == {**NOBODY, "appeared": ["b"], "gone": ["a"]}


def test_a_comparison_says_what_was_not_alike() -> None:
    former = {**audit([]), "generator": "offsite.aiven 0.9.0"}
    found = compare_audits(former, audit([], wanted=Wanted(deletion_protection=True)))
    assert found["differs"] == ["generator", "deletion_protection"]
    assert (found["former_generator"], found["former_name"]) == ("offsite.aiven 0.9.0", "none")


def test_evidence_from_the_future_proves_nothing() -> None:
    """Else one wrong clock, or one edited year, is a drill that never grows old."""
    later = replace(drill(-400), file="later.json")
    (row,) = audit([subject(service(), drills=(later, drill(100)))], drill_max_age_days=90)["services"]
    assert row["controls"]["drill_recent"]["result"] == "fail"
    assert row["controls"]["drill_evidence"]["message"] == (
        "later.json is dated 2027-10-06T12:00:00Z, after this audit: a clock was wrong"
    )
    assert row["drill"]["finished"] == row["verified_drill"]["finished"] == "2026-05-24T12:00:00Z"


def test_clocks_may_differ_by_minutes() -> None:
    (row,) = audit([subject(service(), drills=(drill(-0.02),))], drill_max_age_days=90)["services"]
    assert row["controls"]["drill_recent"]["result"] == row["controls"]["drill_evidence"]["result"] == "pass"


def test_the_drill_that_was_verified_is_told_beside_a_newer_one() -> None:
    (row,) = audit([subject(service(), drills=(drill(1, verified=False), drill(9)))])["services"]
    assert (row["drill"]["verified"], row["verified_drill"]["verified"]) == (False, True)


def test_more_can_be_asked_of_some_services_than_of_others() -> None:
    critical = subject(service(name="a"), asked=Asked(drill_max_age_days=30), drills=(drill(60),))
    other = subject(service(name="b"), drills=(drill(60),))
    found = audit([critical, other], drill_max_age_days=90)
    validate(found)
    assert [row["controls"]["drill_recent"]["result"] for row in found["services"]] == ["fail", "pass"]
    assert (found["settings"]["drill_max_age_days"], found["settings"]["differing"]) == (None, ["drill_max_age_days"])
    assert audit([other], drill_max_age_days=90)["settings"]["drill_max_age_days"] == 90
    assert audit([], drill_max_age_days=90)["settings"]["drill_max_age_days"] == 90


def test_an_audit_compared_with_itself_has_no_differences() -> None:
    result = audit(fleet())
    found = compare_audits(result, result)
    assert not any(found[key] for key in ("better", "worse", "appeared", "gone"))


def test_controls_that_the_former_audit_did_not_have_are_no_difference() -> None:
    former, result = audit([subject(service(None))]), audit([subject(service())])
    del former["services"][0]["controls"]["enabled"]
    assert {item["what"] for item in compare_audits(former, result)["better"]} == {"protection"}


@pytest.mark.parametrize(
    ("former", "words"),
    [
        (None, "its schema is None"),
        ([], "its schema is None"),
        ({"schema": "offsite.aiven/audit/9", "services": []}, "offsite.aiven/audit/9"),
        ({"schema": "offsite.aiven/audit/1", "services": [{}]}, "'services'"),
        ({"schema": "offsite.aiven/audit/1", "services": {}}, "'services'"),
    ],
)
def test_what_is_no_former_audit_is_refused(former: Any, words: str) -> None:
    with pytest.raises(InvalidAudit, match=words):
        compare_audits(former, audit([]))


@pytest.mark.parametrize(
    ("scope", "name"),
    [
        ({}, "none"),
        ({"projects": ["shop"], "exact": False, "unreadable_projects": {"x": "403"}}, "shop"),
        ({"projects": ["pay", "shop"], "service_types": ["pg", "mysql"]}, "pay,shop service_types=pg,mysql"),
        (
            {"projects": ["shop"], "services": ["a*"], "tags": {"env": "prod", "a": "b"}},
            "shop services=a* a:b env:prod",
        ),
        ({"projects": ["shop"], "exact": True}, "shop exact"),
        ({"projects": ["shop"], "limit": "orders*:!b"}, "shop limit=orders*:!b"),
    ],
)
def test_an_audit_is_named_by_what_it_looks_at(scope: dict[str, Any], name: str) -> None:
    assert audit([], scope=scope)["name"] == name


def test_a_given_name_goes_before() -> None:
    assert audit([], scope={"projects": ["shop"]}, name="nightly")["name"] == "nightly"


def test_names_of_many_projects_are_short_and_differ() -> None:
    names = {audit([], scope={"projects": [f"project-{n:02}" for n in range(40 + more)]})["name"] for more in range(3)}
    assert len(names) == 3
    assert {name[:-11] for name in names} == {",".join(f"project-{n:02}" for n in range(6)) + "..."}
    assert all(len(name) <= 80 for name in names)
    assert len(audit([], scope={"projects": ["p" * 200]})["name"]) <= 80
