# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clauses ask evidence for: the table stands, and says nothing that it must not."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.clauses import CLAUSES, NOTES, SWITCHES
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Asked, Wanted
from tests.unit.core.audits import audit, drill, service, subject
from tests.unit.core.test_audit import fleet, validate


def test_clauses_name_controls_that_there_are() -> None:
    known = {control.id for control in CONTROLS}
    assert all(set(clause.controls or known) <= known for clause in CLAUSES)
    assert len({clause.id for clause in CLAUSES}) == len(CLAUSES)


def test_each_control_supports_a_clause() -> None:
    assert any(clause.controls is None for clause in CLAUSES)
    named = {control for clause in CLAUSES for control in clause.controls or ()}
    assert {"frequency", "retention", "deletion_protected", "rpo", "drill_recent", "exception_valid"} <= named


def test_nothing_is_called_compliant() -> None:
    told = " ".join([*NOTES, *(f"{clause.asks_for} {clause.evidence} {clause.limit}" for clause in CLAUSES)])
    assert not re.search(r"complian|complies|fulfil|certif", told, re.IGNORECASE)
    assert "supports evidence for" in told


def test_it_is_said_what_such_a_copy_is_not() -> None:
    told = " ".join(NOTES)
    for words in ("same account", "same control plane", "not immutable", "secondary sources", "official text"):
        assert words in told


def test_a_clause_has_what_its_controls_found() -> None:
    found = audit(fleet())
    validate(found)
    results = {control["id"]: control["results"] for control in found["controls"]}
    for clause in found["compliance"]["clauses"]:
        assert all(control["results"] == results[control["id"]] for control in clause["controls"])
    (whole,) = (clause for clause in found["compliance"]["clauses"] if clause["id"] == "iso-27001-a-8-13")
    assert [control["id"] for control in whole["controls"]] == [control.id for control in CONTROLS]
    assert found["compliance"]["notes"] == list(NOTES)


def caveats(*subjects: Any, **settings: Any) -> dict[str, list[str]]:
    found = audit(subjects, **settings)
    validate(found)
    return {clause["id"]: clause["caveats"] for clause in found["compliance"]["clauses"]}


ALL = Wanted(deletion_protection=True, key_tag="key", owner_tag="team")
ALL_ASKED = {"max_interval": 86400, "min_retention": 86400, "drill_max_age_days": 90, "drill_rto_target": 60}
PROVEN = replace(drill(), checks=(2, 2), fork_project="drills")


@pytest.mark.parametrize(
    ("days", "told"),
    [
        (None, ["drill_recent is off: btar_drill_max_age_days is not set"]),
        (91, ["btar_drill_max_age_days is 91: drill_recent supports this with at most 90"]),
        (90, []),
        (30, []),
    ],
)
def test_a_quarter_is_ninety_days(days: int | None, told: list[str]) -> None:
    assert caveats(subject(service(), drills=(PROVEN,)), drill_max_age_days=days)["cis-11-5"] == told


def test_what_is_off_is_not_taken_for_what_does_not_apply() -> None:
    found = caveats(subject(service(), drills=(PROVEN,)))
    assert "frequency is off: btar_audit_max_interval is not set" in found["dora-12-1"]
    assert "retention is off: btar_audit_min_retention is not set" in found["nis2-21-2-c"]
    assert "drill_rto is off: btar_drill_rto_target is not set" in found["dora-12-6"]
    assert len([told for told in found["iso-27001-a-8-13"] if " is off: " in told]) == len(SWITCHES)
    everything = caveats(subject(service(), drills=(PROVEN,)), wanted=ALL, **ALL_ASKED)
    assert {key: told for key, told in everything.items() if told} == {
        clause.id: [clause.limit] for clause in CLAUSES if clause.limit
    }


def test_what_is_asked_of_some_services_alone_is_counted() -> None:
    asked = subject(service(name="a"), asked=Asked(max_interval=3600))
    found = caveats(asked, subject(service(name="b")), subject(service(None, name="c", service_type="kafka")))
    assert "frequency is asked of 1 of 2 services, by btar_audit_max_interval" in found["dora-12-1"]


def test_a_drill_that_checked_nothing_is_no_evidence_of_the_data() -> None:
    unchecked, by_other_means = replace(drill(), checks=(0, 0)), drill()
    subjects = [
        subject(service(name=name), drills=(each,))
        for name, each in (("a", PROVEN), ("b", unchecked), ("c", by_other_means))
    ]
    found = caveats(*subjects)
    told = "2 of 3 verified drills checked nothing of the data (btar_drill_verify)"
    assert {key for key, texts in found.items() if told in texts} == {clause.id for clause in CLAUSES if clause.of_data}
    assert {"dora-12-6", "nis2-21-2-c", "soc2-a1"} <= {clause.id for clause in CLAUSES if clause.of_data}


def test_where_a_drill_restored_to_is_told() -> None:
    beside = replace(drill(), fork_project="shop-prod")
    subjects = [subject(service(name=name), drills=(each,)) for name, each in (("a", PROVEN), ("b", beside))]
    told = caveats(*subjects)["dora-12-3"]
    words = (
        "1 of 2 verified drills restored into the project of the source, or do not say where to (btar_drill_project)"
    )
    assert words in told
    assert any("in the account of its source" in text for text in told)


def test_an_audit_of_nothing_is_no_evidence_of_anything() -> None:
    told = caveats(subject(service(None, service_type="kafka")), wanted=ALL)
    assert all(texts[0] == "no service that can have a copy was looked at" for texts in told.values())


def test_a_switch_is_a_control_and_its_variable_is_documented() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs/playbooks.md").read_text()
    assert SWITCHES.keys() <= {control.id for control in CONTROLS}
    assert all(f"`{variable}`" in text for variable, _asks in SWITCHES.values())
