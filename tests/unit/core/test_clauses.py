# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clauses ask evidence for: the table stands, and says nothing that it must not."""

from __future__ import annotations

import re

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.clauses import CLAUSES, NOTES
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
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
    told = " ".join([*NOTES, *(f"{clause.asks_for} {clause.evidence}" for clause in CLAUSES)])
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


@pytest.mark.parametrize(
    ("days", "caveat"),
    [
        (None, "btar_drill_max_age_days is not set: drill_recent supports this with at most 90"),
        (91, "btar_drill_max_age_days is 91: drill_recent supports this with at most 90"),
        (90, None),
        (30, None),
    ],
)
def test_a_quarter_is_ninety_days(days: int | None, caveat: str | None) -> None:
    found = audit([subject(service(), drills=(drill(),))], drill_max_age_days=days)
    caveats = {clause["id"]: clause["caveat"] for clause in found["compliance"]["clauses"]}
    assert caveats.pop("cis-11-5") == caveat
    assert set(caveats.values()) == {None}
