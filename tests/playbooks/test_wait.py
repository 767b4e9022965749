# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What aiven_btar waits for. The simulator's clock runs a thousand times as fast: a first look, after 2 s, is half an hour later."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.playbooks.cases import PROJECT, Case, Results, check_result, perform
from tests.playbooks.support import Playbooks
from tests.simulator.client import Simulator

FRANKFURT, STOCKHOLM = "aws-eu-central-1", "aws-eu-north-1"
CREATE = {"service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
RUNNING = {"wait": True, "wait_timeout": 60}
PROTECTED = {**RUNNING, "wait_for": "protected"}
SERVICE_PATH = f"/project/{PROJECT}/service/*"


def case(name: str, options: dict[str, object], **more: object) -> Case:
    return Case(name, {"region": FRANKFURT, **options}, runs=("real",), **more)  # type: ignore[arg-type]


# The first look of a case at its service is one call more than the change.
CASES = [
    case("create", {**RUNNING, "create": CREATE}, service=None, change="create"),
    case(
        "create-not-visible",
        {**RUNNING, "create": CREATE},
        service=None,
        change="create",
        faults=[{"kind": "404", "method": "GET", "path": SERVICE_PATH, "after": 1, "count": 1}],
    ),
    case("enable-running", RUNNING, change="enable", calls=5),
    case("same-running", RUNNING, service={"region": FRANKFURT}, calls=1),
    case(
        "same-already-protected",
        PROTECTED,
        service={"region": FRANKFURT, "region_age_hours": 90},
        calls=1,
    ),
    case("enable-protected", PROTECTED, change="enable"),
    case(
        "move-protected",
        {**PROTECTED, "region": STOCKHOLM},
        service={"region": FRANKFURT, "region_age_hours": 48},
        change="move",
    ),
    case("protected-hidden", PROTECTED, service={"hide": ["backups"]}, change="enable"),
    case("same-protected", PROTECTED, service={"region": FRANKFURT, "region_age_hours": 1}),
    case(
        "disable-protected",
        {**PROTECTED, "state": "disabled"},
        service={"region": FRANKFURT},
        change="disable",
        calls=3,
    ),
    case("off", PROTECTED, service={"powered": False}, change="enable", calls=4),
    case("off-same", RUNNING, service={"powered": False, "region": FRANKFURT}, calls=1),
    case(
        "paused",
        {**PROTECTED, "wait_timeout": 0},
        service={"region": FRANKFURT, "region_age_hours": 90, "pause": {"hours_ago": 1, "reason": "Disk full"}},
        code="timeout",
        says=["is not protected after wait_timeout 0 s, its protection is paused: copying"],
        calls=2,
    ),
    case(
        "limited",
        {**RUNNING, "wait_timeout": 3},
        service={"state": "REBUILDING"},
        change="enable",
        code="timeout",
        says=["is not running after wait_timeout 3 s, the last look failed", "The change itself was made."],
        faults=[{"kind": "429", "method": "GET", "path": SERVICE_PATH, "after": 1, "count": None, "wait": 999}],
    ),
    case(
        "failing-looks",
        {**RUNNING, "wait_timeout": 3},
        service={"state": "REBUILDING"},
        change="enable",
        code="timeout",
        says=["the last look failed", "503", "The change itself was made."],
        faults=[{"kind": "503", "method": "GET", "path": SERVICE_PATH, "after": 1, "count": None}],
    ),
    case(
        "denied-meanwhile",
        RUNNING,
        service={"state": "REBUILDING"},
        change="enable",
        code="permission_denied",
        says=["The change itself was made."],
        faults=[{"kind": "403", "method": "GET", "path": SERVICE_PATH, "after": 1, "count": None}],
    ),
]


@pytest.fixture(scope="module")
def results(playbooks: Playbooks) -> Iterator[Results]:
    with Simulator(build_seconds=600, clock_speed=1000) as simulator:
        simulator.add_project(PROJECT)
        yield perform(simulator, playbooks, CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_result(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    assert (result["changed"], result["change"]) == (case.change is not None, case.change)
    if case.calls is not None:
        assert result["api_calls"]["total"] == len(results.requests(case, "real")) == case.calls


@pytest.mark.parametrize("name", ["create", "create-not-visible"])
def test_created_and_running(results: Results, name: str) -> None:
    result = results.run.result(f"{name} real")
    assert result["service"]["state"] == "RUNNING"
    assert result["api_calls"]["waited_seconds"] >= 2
    assert result["api_calls"]["writes"] == 1


@pytest.mark.parametrize("name", ["enable-protected", "move-protected", "protected-hidden", "same-protected"])
def test_a_copy_is_there(results: Results, name: str) -> None:
    (case,) = [case for case in CASES if case.name == name]
    assert results.service(case)["replicated_backups"] > 0


def test_an_answer_without_backups_costs_a_call_a_look(results: Results) -> None:
    (case,) = [case for case in CASES if case.name == "protected-hidden"]
    operations = [request["operation"] for request in results.requests(case, "real")]
    assert operations.count("ServiceBackupsGet") == operations.count("ServiceGet") - 1 > 0


def test_a_powered_off_service_is_not_waited_for(results: Results) -> None:
    for name in ("off", "off-same"):
        result = results.run.result(f"{name} real")
        assert result["warnings"] == [f"{PROJECT}/{name} is powered off: not waited for"]
        assert result["api_calls"]["waited_seconds"] == 0


@pytest.mark.parametrize("name", ["limited", "failing-looks"])
def test_a_wait_ends_when_it_said(results: Results, name: str) -> None:
    """Not after the retries of its last look, nor after the wait that the API asks for."""
    assert results.run.result(f"{name} real")["api_calls"]["waited_seconds"] <= 3.5


def test_no_traceback(results: Results) -> None:
    assert "Traceback" not in results.run.output
