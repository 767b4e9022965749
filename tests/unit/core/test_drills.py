# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import (
    InvalidEvidence,
    drills_by_service,
    parse_drill,
)

SCHEMA = json.loads((Path(__file__).resolve().parents[3] / "docs/schemas/drill-evidence.schema.json").read_text())


def evidence(**changes: Any) -> dict[str, Any]:
    facts = {
        "schema": "offsite.aiven/drill/1",
        "project": "shop",
        "service_name": "orders-db",
        "secondary_region": "aws-eu-central-1",
        "fork_name": "orders-db-drill",
        "started": "2026-08-20T10:00:00Z",
        "finished": "2026-08-20T10:30:00Z",
        "recovered_to": "2026-08-20T09:58:00Z",
        "verified": True,
        "rto_seconds": 1260,
    }
    return {**facts, **changes}


def is_valid(body: Any) -> bool:
    return bool(jsonschema.Draft202012Validator(SCHEMA).is_valid(body))


def test_the_published_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"recovered_to": None},
        {"verified": False, "rto_seconds": None, "error": {"code": "timeout", "message": "", "status": None}},
        {"checks": [{"name": "tables", "passed": True}], "later_key": 1},
    ],
)
def test_evidence_is_read(changes: dict[str, Any]) -> None:
    body = evidence(**changes)
    drill = parse_drill(body)
    assert is_valid(body)
    assert drill.finished == datetime(2026, 8, 20, 10, 30, tzinfo=UTC)
    told = drill.as_dict()
    assert told.pop("checks") == ({"passed": 1, "total": 1} if "checks" in changes else None)
    assert {key: body.get(key) for key in told} == told


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"schema": "offsite.aiven/drill/2"}, "'schema'"),
        ({"project": ""}, "'project'"),
        ({"fork_name": 7}, "'fork_name'"),
        ({"verified": "yes"}, "'verified'"),
        ({"rto_seconds": None}, "'rto_seconds'"),
        ({"rto_seconds": -1}, "'rto_seconds'"),
        ({"rto_seconds": True}, "'rto_seconds'"),
        ({"started": None}, "'started'"),
        ({"recovered_to": 5}, "'recovered_to'"),
    ],
)
def test_what_is_no_evidence_is_refused_by_parser_and_schema(changes: dict[str, Any], words: str) -> None:
    body = evidence(**changes)
    assert not is_valid(body)
    with pytest.raises(InvalidEvidence, match=words):
        parse_drill(body)


@pytest.mark.parametrize("body", [None, [], "x", {}])
def test_anything_else_is_refused(body: Any) -> None:
    with pytest.raises(InvalidEvidence):
        parse_drill(body)


def test_the_newest_drill_of_a_service_comes_first() -> None:
    old = parse_drill(evidence(finished="2026-01-01T00:00:00Z"))
    new = parse_drill(evidence())
    other = parse_drill(evidence(service_name="carts"))
    assert drills_by_service([old, new, other]) == {("shop", "orders-db"): [new, old], ("shop", "carts"): [other]}


def test_evidence_tells_where_it_restored_to_who_did_it_and_where_that_is_written() -> None:
    checks = [{"name": "rows", "passed": True}, {"name": "age", "passed": False}, {"name": "odd", "passed": "true"}]
    by = {"user": "ann", "host": "runner"}
    body = evidence(fork_project="drills", checks=checks, by=by)
    assert is_valid({**body, "checks": checks[:2]})
    told = parse_drill(body, "one.json", "ab" * 32).as_dict()
    assert (told["fork_project"], told["by"], told["checks"]) == ("drills", "ann@runner", {"passed": 1, "total": 3})
    assert (told["file"], told["sha256"]) == ("one.json", "ab" * 32)


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"user": 7}])
def test_what_evidence_by_other_means_says_oddly_is_not_told(odd: Any) -> None:
    told = parse_drill(evidence(fork_project=[odd], by=odd, checks={"odd": odd})).as_dict()
    assert (told["fork_project"], told["by"], told["checks"]) == (None, None, None)
