# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import (
    evidence_of,
    facts_of_restore,
    redacted,
    result_of,
    secrets_of_restore,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import parse_drill
from tests.unit.core.test_drills import is_valid

FINISHED = datetime(2026, 9, 1, 12, 20, tzinfo=UTC)
CONNECTION = {"host": "h", "user": "avnadmin", "password": "geheim", "uri": "postgres://avnadmin:geheim@h"}
RESTORE: dict[str, Any] = {
    "fork": {"plan": "startup-4"},
    "restored": {"point": "2026-09-01T11:50:00Z", "backup_name": "b7", "rpo_seconds": 600},
    "recovered_to": "2026-09-01T11:50:00Z",
    "phases": {"create": 10.0, "stream": 290.0},
    "seconds": 300.0,
    "connection": CONNECTION,
    "msg": "made",
}


def draft(**changes: Any) -> dict[str, Any]:
    order = {
        "project": "shop",
        "service_name": "orders",
        "service_type": "pg",
        "fork_project": "lab",
        "fork_name": "orders-drill-1",
        "secondary_region": "aws-eu-central-1",
        "recover_to": "latest",
        "source": {"plan": "business-4", "cloud": "aws-eu-west-1", "version": "16", "data_bytes": 7},
    }
    return {"order": order, "started": "2026-09-01T12:00:00Z", **changes}


PASSED: dict[str, Any] = {
    "restore": facts_of_restore(RESTORE),
    "running": "2026-09-01T12:05:00Z",
    "verified": "2026-09-01T12:07:00Z",
    "checks": [
        {"name": "newest", "passed": True, "at": "2026-09-01T12:06:00Z", "age_seconds": 1060.0},
        {"name": "older", "passed": True, "at": "2026-09-01T12:06:00Z", "age_seconds": 5060.0},
    ],
}


def test_a_drill_that_passed() -> None:
    body = evidence_of(draft(**PASSED), "passed", FINISHED, fork_deleted=True)
    assert is_valid({**body, "former": None})
    assert body["rto_seconds"] == 7 * 60
    assert body["rpo"] == {"api_seconds": 600, "sql_seconds": 700.0}
    assert body["phases"] == {"create": 10.0, "stream": 290.0, "verify": 120.0, "delete": 780.0}
    assert (body["point"], body["recovered_to"]) == ("2026-09-01T11:50:00Z", "2026-09-01T11:50:00Z")
    told = parse_drill(body)
    assert (told.result, told.source and told.source.version) == ("passed", "16")


def test_of_a_base_backup_the_time_is_told_although_none_was_asked_for() -> None:
    restored = {"point": None, "backup_name": "b7", "rpo_seconds": 600}
    passed = {**PASSED, "restore": {**PASSED["restore"], "restored": restored, "recovered_to": "2026-09-01T06:00:00Z"}}
    body = evidence_of(draft(**passed), "passed", FINISHED, fork_deleted=True)
    assert (body["point"], body["backup_name"], body["recovered_to"]) == (None, "b7", "2026-09-01T06:00:00Z")


@pytest.mark.parametrize(
    ("changes", "result"),
    [({}, "interrupted"), ({"failed": "2026-09-01T12:01:00Z"}, "failed"), ({**PASSED, "verified": None}, "timed_out")],
)
def test_a_drill_that_did_not_has_no_rto(changes: dict[str, Any], result: Any) -> None:
    body = evidence_of(draft(**changes), result, FINISHED, fork_deleted=False)
    assert is_valid({**body, "former": None})
    assert (body["verified"], body["rto_seconds"]) == (False, None)
    assert parse_drill(body).result == result


def test_the_time_until_a_later_run_deletes_its_fork_is_no_phase() -> None:
    body = evidence_of(draft(**PASSED), "interrupted", FINISHED, fork_deleted=True)
    assert body["phases"] == {"create": 10.0, "stream": 290.0, "verify": 120.0}


def test_of_a_restore_only_facts_are_kept() -> None:
    assert "geheim" not in str(facts_of_restore(RESTORE))
    assert facts_of_restore({}) == {}


def test_secrets_are_taken_out() -> None:
    text = "cannot reach postgres://avnadmin:geheim@h with geheim"
    assert redacted(text, secrets_of_restore(RESTORE)) == "cannot reach ******** with ********"
    assert secrets_of_restore({}) == []


def test_how_it_ended() -> None:
    codes = [None, "timeout", "interrupted", "rejected", "drill_failed"]
    errors = [None if code is None else {"code": code} for code in codes]
    assert [result_of(error) for error in errors] == ["passed", "timed_out", "interrupted", "failed", "failed"]
