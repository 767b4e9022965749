# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers that are lost, broken, late or stale: nothing is made twice, and what can end well ends well.

The simulator is strict here: within 24 hours after a change even the same region is refused when it is sent again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.playbooks.cases import PROJECT, Case, Results, check_result, perform
from tests.playbooks.support import Playbooks
from tests.simulator.client import Simulator

FRANKFURT, STOCKHOLM = "aws-eu-central-1", "aws-eu-north-1"
CREATE = {"service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
REAL = ("real",)
SERVICE_PATH = f"/project/{PROJECT}/service/*"

LOST = ("reset_after", "502_after", "500_after", "truncated_after", "cut_after", "empty_after", "slow_after")
NEVER_DONE = ("reset_before", "502", "503", "429", "truncated_before")
TRANSIENT = ("408", "429", "500", "502", "503", "504", "reset_before", "truncated", "cut", "slow", "empty", "body")

Fault = dict[str, Any]


def fault(kind: str, method: str, count: int | None = 1, **more: Any) -> Fault:
    small = {"429": {"wait": 0.1}, "slow": {"seconds": 1.0}, "slow_after": {"seconds": 1.0}, "body": {"body": []}}
    return {"kind": kind, "method": method, "count": count, **small.get(kind, {}), **more}


def named(prefix: str, kind: str) -> str:
    return f"{prefix}-{kind.replace('_', '-')}"


def create(name: str, *faults: Fault) -> Case:
    return Case(name, {"region": FRANKFURT, "create": CREATE}, None, change="create", faults=faults, runs=REAL)


def move(name: str, *faults: Fault) -> Case:
    service = {"region": FRANKFURT, "region_age_hours": 48}
    return Case(name, {"region": STOCKHOLM}, service, change="move", faults=faults, runs=REAL)


def stale(name: str, reads: int) -> Fault:
    """Reads that show the service as it was before the move, after a first one that was right."""
    before = {**CREATE, "service_name": name, "cloud_name": CREATE["cloud"], "state": "RUNNING"}
    body = {"service": {**before, "user_config": {"additional_backup_regions": [FRANKFURT]}}}
    return fault("body", "GET", reads, path=SERVICE_PATH, after=1, body=body)


CREATES = [
    *(create(named("create", kind), fault(kind, "POST")) for kind in (*LOST, *NEVER_DONE)),
    create("create-lost-twice", fault("reset_after", "POST"), fault("502_after", "POST")),
    create("create-lost-stale", fault("reset_after", "POST"), fault("404", "GET", 2, path=SERVICE_PATH, after=1)),
    create("create-lost-read-fails", fault("502_after", "POST"), fault("503", "GET", 2, path=SERVICE_PATH, after=1)),
]
MOVES = [
    *(move(named("move", kind), fault(kind, "PUT")) for kind in (*LOST, *NEVER_DONE)),
    move("move-lost-stale", fault("reset_after", "PUT"), stale("move-lost-stale", 2)),
    move(
        "move-lost-twice-stale",
        fault("502_after", "PUT"),
        fault("reset_before", "PUT"),
        stale("move-lost-twice-stale", 3),
    ),
    move("move-always-unreadable", fault("truncated_after", "PUT", None)),
]
TWICE = [
    Case(
        named("twice", kind),
        {"region": FRANKFURT},
        change="enable",
        faults=[fault(kind, "GET", 2), fault(kind, "PUT", 2)],
        runs=REAL,
    )
    for kind in TRANSIENT
]
NEVER = [
    Case(
        "never-readable",
        {"region": FRANKFURT},
        code="invalid_response",
        faults=[fault("truncated_before", "PUT", None)],
        says=["whether the change was made is not known, run again"],
        runs=REAL,
    ),
    Case(
        "never-answered",
        {"region": FRANKFURT, "retry_timeout": 1},
        code="api_unreachable",
        faults=[fault("reset_before", "PUT", None)],
        says=["whether the change was made is not known, run again"],
        runs=REAL,
    ),
    Case(
        "somebody-else-created",
        {"region": FRANKFURT, "create": {**CREATE, "plan": "business-4"}},
        None,
        code="service_exists_differently",
        faults=[
            fault("502", "POST"),
            fault(
                "body",
                "GET",
                None,
                path=SERVICE_PATH,
                after=1,
                body={
                    "service": {
                        "service_name": "somebody-else-created",
                        "service_type": "pg",
                        "cloud_name": "aws-eu-west-1",
                        "plan": "startup-4",
                    }
                },
            ),
            fault("404", "GET", 1, path=SERVICE_PATH),
        ],
        says=["is not what was asked for: pg startup-4"],
        runs=REAL,
    ),
]
WELL = [*CREATES, *MOVES, *TWICE]


@pytest.fixture(scope="module")
def results(simulator_process: Simulator, playbooks: Playbooks) -> Iterator[Results]:
    simulator_process.reset()
    simulator_process.config(refuse_equal_within_day=True)
    simulator_process.add_project(PROJECT)
    yield perform(simulator_process, playbooks, [*WELL, *NEVER], request_timeout=0.5)


@pytest.mark.parametrize("case", WELL, ids=str)
def test_ends_well(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    assert (result["changed"], result["change"]) == (True, case.change)
    assert result["service"]["region"] == results.service(case)["region"] == case.options["region"]


@pytest.mark.parametrize("case", [*WELL, *NEVER], ids=str)
def test_counts_every_request(results: Results, case: Case) -> None:
    calls = results[case, "real"]["api_calls"]
    writes = results.writes(case, "real")
    assert (calls["total"], calls["writes"]) == (len(results.requests(case, "real")), len(writes))
    assert calls["retries"] > 0


@pytest.mark.parametrize("case", CREATES, ids=str)
def test_one_service_is_created(results: Results, case: Case) -> None:
    assert results.service(case)["creates"] == 1


@pytest.mark.parametrize("case", MOVES, ids=str)
def test_a_move_is_made_once(results: Results, case: Case) -> None:
    changes = results.service(case)["region_changes"]
    assert [(change["before"], change["after"]) for change in changes] == [(FRANKFURT, STOCKHOLM)]


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_costs_a_read_and_no_second_write(results: Results, kind: str) -> None:
    for case in WELL:
        if case.name in (named("create", kind), named("move", kind)):
            calls = results[case, "real"]["api_calls"]
            assert (calls["reads"], calls["writes"], calls["retries"]) == (4, 1, 1)


@pytest.mark.parametrize("case", NEVER, ids=str)
def test_ends_with_an_error(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    assert result["changed"] is False


def test_no_traceback(results: Results) -> None:
    assert "Traceback" not in results.run.output
