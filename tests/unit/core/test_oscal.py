# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as OSCAL assessment results, held against the models of compliance-trestle."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import AuditSettings, evaluate
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.oscal import as_oscal
from tests.unit.core.audits import NOW, audit, drill, service, subject
from tests.unit.core.regions import CLOUDS
from tests.unit.core.test_audit import fleet
from tests.unit.core.test_report_formats import HOSTILE

models = pytest.importorskip("trestle.oscal.assessment_results", reason="compliance-trestle is missing: make setup")


def document(audited: dict[str, Any]) -> dict[str, Any]:
    """The document, after the models of OSCAL have taken it, with nothing in it that they do not know."""
    body: dict[str, Any] = json.loads(as_oscal(audited))
    models.Model.model_validate(body)
    found: dict[str, Any] = body["assessment-results"]
    return found


def findings(audited: dict[str, Any]) -> dict[str, Any]:
    (result,) = document(audited)["results"]
    return {finding["target"]["target-id"]: finding for finding in result["findings"]}


def test_the_models_refuse_what_is_none() -> None:
    body = json.loads(as_oscal(audit(fleet())))
    del body["assessment-results"]["results"][0]["observations"][0]["collected"]
    with pytest.raises(ValueError, match="collected"):
        models.Model.model_validate(body)


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_service_is_called(text: str) -> None:
    found = document(audit([subject(service(name=text, project=text, plan=text, tags={text: text}))], name=text))
    (item,) = found["results"][0]["local-definitions"]["inventory-items"]
    assert all(prop["value"].strip() == prop["value"] != "" for prop in item["props"])


def test_an_audit_of_nothing() -> None:
    (result,) = document(audit([]))["results"]
    assert not {"observations", "findings", "local-definitions"} & result.keys()


def test_every_service_is_an_item_and_every_result_an_observation() -> None:
    audited = audit(fleet())
    (result,) = document(audited)["results"]
    assert len(result["local-definitions"]["inventory-items"]) == len(audited["services"])
    observed = {observation["title"]: len(observation["subjects"]) for observation in result["observations"]}
    assert observed == {
        f"{control['id']}: {each}": count
        for control in audited["controls"]
        for each, count in control["results"].items()
        if count and each != "not_applicable"
    }
    related = [each["observation-uuid"] for finding in result["findings"] for each in finding["related-observations"]]
    assert sorted(related) == sorted(observation["uuid"] for observation in result["observations"])


def test_what_is_satisfied() -> None:
    expired = {"exceptions": [{"match": {"project": "*"}, "reason": "test", "until": "2027-01-31"}]}
    states = {
        key: (finding["target"]["status"]["state"], finding["target"]["status"]["reason"])
        for key, finding in findings(
            audit([subject(service()), subject(service(None, name="b"), region=expired)])
        ).items()
    }
    assert states["replicated"] == ("satisfied", "pass")
    # An exception allows that it does not hold, it does not make it hold.
    assert states["enabled"] == ("not-satisfied", "other")
    assert findings(audit([subject(service(None))]))["enabled"]["target"]["status"]["reason"] == "fail"
    unknown = findings(audit([subject(service(backups=None))]))["replicated"]["target"]["status"]
    assert (unknown["state"], unknown["reason"]) == ("not-satisfied", "other")
    assert "drill_recent" not in states


def test_findings_name_the_clauses_that_they_support_evidence_for() -> None:
    props = findings(audit([subject(service())]))["distance"]["props"]
    clauses = [prop["value"] for prop in props if prop["name"] == "supports-evidence-for"]
    assert "CP-6, CP-9(1), CP-9(2)" in " ".join(clauses)
    assert "complian" not in as_oscal(audit(fleet())).replace("compliance", "").lower()


def test_all_controls_are_reviewed() -> None:
    (result,) = document(audit([]))["results"]
    (selection,) = result["reviewed-controls"]["control-selections"]
    assert [each["control-id"] for each in selection["include-controls"]] == [control.id for control in CONTROLS]


def test_identifiers_follow_from_what_they_name() -> None:
    assert as_oscal(audit(fleet())) == as_oscal(audit(fleet()))
    later = evaluate(fleet(), clouds=CLOUDS, settings=AuditSettings(NOW + timedelta(days=1)))
    one, other = document(audit(fleet())), document(later)
    items = [
        [item["uuid"] for item in each["results"][0]["local-definitions"]["inventory-items"]] for each in (one, other)
    ]
    assert items[0] == items[1]
    assert one["uuid"] != other["uuid"]
    ids = [each["uuid"] for each in one["results"][0]["observations"]]
    assert len(set(ids)) == len(ids) and not set(ids) & {each["uuid"] for each in other["results"][0]["observations"]}


def test_a_clause_is_not_named_without_what_the_control_does_not_show_of_it() -> None:
    drilled = subject(service(), drills=(drill(),))
    for days, told in ((365, True), (90, False)):
        props = findings(audit([drilled], drill_max_age_days=days))["drill_recent"]["props"]
        (quarterly,) = [prop for prop in props if prop["value"] == "CIS Controls v8, 11.5"]
        assert ("btar_drill_max_age_days is 365" in quarterly.get("remarks", "")) is told


def test_it_says_what_was_looked_at_and_what_was_not() -> None:
    scope = {
        "projects": ["shop", "bank"],
        "services": ["a*"],
        "tags": {"env": "prod"},
        "limit": "pg",
        "hosts": 3,
        "hosts_in_inventory": 10,
        "unreadable_projects": {"bank": "403"},
        "left_out": {"kafka": 2},
        "gone": ["shop/old"],
        "mistakes": ["host x"],
    }
    audited = audit([subject(service())], scope=scope, wanted=Wanted(owner_tag="team", deletion_protection=True))
    (result,) = document(audited)["results"]
    props = {(prop["name"], prop["value"]) for prop in result["props"]}
    assert {
        ("scope-projects", "bank"),
        ("scope-services", "a*"),
        ("scope-tags", "env: prod"),
        ("scope-limit", "pg"),
        ("unreadable-project", "bank"),
        ("owner-tag", "team"),
        ("deletion-protection", "True"),
    } <= props
    for words in (
        "1 project could not be read.",
        "7 of 10 services of the inventory were left out, by the limit pg.",
        "The filters left out 2 services.",
        "1 service of the inventory is not there any more.",
        "1 host could not be looked at.",
    ):
        assert words in result["description"]


def test_the_evidence_of_drills_can_be_found() -> None:
    proven = replace(drill(), file="shop--a b.json", sha256="ab" * 32, fork_project="drills", by="ann@runner")
    audited = audit([subject(service(), drills=(proven,))], drill_max_age_days=90)
    (result,) = document(audited)["results"]
    told = {each["title"]: each.get("relevant-evidence") for each in result["observations"]}
    (evidence,) = told["drill_recent: pass"]
    assert evidence["href"] == "shop--a%20b.json"
    assert {prop["name"]: prop["value"] for prop in evidence["props"]} == {
        "sha256": "ab" * 32,
        "fork-project": "drills",
        "by": "ann@runner",
    }
    assert told["enabled: pass"] is None


@pytest.mark.parametrize("text", HOSTILE)
def test_whatever_a_drill_and_its_file_are_called(text: str) -> None:
    odd = replace(drill(), file=text, sha256="00", fork_project=text, by=text)
    document(audit([subject(service(), drills=(odd,))], drill_max_age_days=90, scope={"limit": text, "gone": [text]}))
