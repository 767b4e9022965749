# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting for changed services: a look is one call a project; a service that is not ready in time is changed and failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._runners import wait as _wait
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.wait import wait_for_fleet
from tests.fleet.support import OTHER, PARTNER, Ran, add_services, policy, rows_of, run_fleet
from tests.simulator.client import Simulator


@pytest.fixture(autouse=True)
def short_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_wait, "FIRST_POLL", 0.05)
    monkeypatch.setattr(_wait, "LONGEST_POLL", 0.1)


@pytest.fixture
def simulator(simulator: Simulator) -> Iterator[Simulator]:
    simulator.config(change_rebuilds=True, build_seconds=3600)
    yield simulator
    simulator.config(change_rebuilds=False, build_seconds=0)


def targets_of(projects: dict[str, int], region: str | None = PARTNER) -> list[FleetTarget]:
    state: Any = "enabled" if region else "disabled"
    return [
        FleetTarget(project, f"db-{number:03}", state, region)
        for project, count in projects.items()
        for number in range(count)
    ]


def changed(simulator: Simulator, projects: dict[str, int], wanted: str | None = PARTNER, **facts: Any) -> Ran:
    for project, count in projects.items():
        add_services(simulator, rows_of(project, count, **facts))
    ran = run_fleet(simulator, targets_of(projects, wanted))
    assert set(ran.statuses) == {"changed"}
    simulator.clear_requests()
    return ran


def build(simulator: Simulator) -> None:
    simulator.clock(advance="2h")


def test_a_look_is_one_call_a_project(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 5, "two": 3, "single": 1})
    looks = 0

    def tick(phase: str, done: int, total: int) -> None:
        nonlocal looks
        assert (phase, done, total) == ("waiting for services", 0, 9)
        looks += 1
        if looks == 3:
            build(simulator)

    ran.notes.tick = tick  # type: ignore[method-assign]
    wait_for_fleet(ran.cases, "running", 60, ran.notes)
    assert set(ran.statuses) == {"changed"}
    calls = Counter((entry["operation"], entry["project"]) for entry in simulator.requests())
    assert calls == {("ServiceList", "one"): 3, ("ServiceList", "two"): 3, ("ServiceGet", "single"): 3}


def test_a_timeout_is_changed_and_failed(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 3, "two": 1})
    simulator.patch("one", "db-001", state="RUNNING")
    wait_for_fleet(ran.cases, "running", 0.4, ran.notes)
    assert ran.statuses == ["failed", "changed", "failed", "failed"]
    assert all(row["changed"] for row in ran.outcomes)
    assert ran.codes == ["timeout", None, "timeout", "timeout"]
    assert "one/db-000 is not running after wait_timeout 0.4 s, its state is REBUILDING" in ran.outcomes[0]["reason"]
    assert "The change itself was made" in ran.outcomes[0]["reason"]
    assert ran.outcomes[0]["after"] == {"region": PARTNER}
    assert [item.status for item in ran.notes.outcomes[-3:]] == ["failed"] * 3, "the record is told"


def test_what_runs_already_is_looked_at_once(simulator: Simulator) -> None:
    """The answer to a write may show the state before the change."""
    simulator.config(change_rebuilds=False)
    ran = changed(simulator, {"one": 3})
    wait_for_fleet(ran.cases, "running", 60, ran.notes)
    assert [entry["operation"] for entry in simulator.requests()] == ["ServiceList"]


def test_a_powered_off_service_is_not_waited_for(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 2}, powered=False)
    wait_for_fleet(ran.cases, "protected", 0.3, ran.notes)
    assert ran.statuses == ["changed"] * 2
    assert not simulator.requests()


def test_protected_is_waited_for(simulator: Simulator) -> None:
    simulator.config(change_rebuilds=False)
    ran = changed(simulator, {"one": 2})
    assert simulator.service("one", "db-000")["replicated_backups"] == 0
    ran.notes.tick = lambda *_arguments: simulator.clock(advance="2d")  # type: ignore[method-assign, misc]
    wait_for_fleet(ran.cases, "protected", 60, ran.notes)
    assert ran.statuses == ["changed"] * 2
    assert simulator.service("one", "db-000")["replicated_backups"] > 0


def test_a_disabled_service_is_never_protected_again_and_awaited_to_run(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 2}, None, region=OTHER, region_age_hours=100)
    build(simulator)
    wait_for_fleet(ran.cases, "protected", 5, ran.notes)
    assert ran.statuses == ["changed"] * 2


def test_a_look_that_fails_is_only_a_look(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 2, "two": 2})
    build(simulator)
    simulator.fault(kind="403", method="GET", project="one", count=2)
    wait_for_fleet(ran.cases, "running", 60, ran.notes)
    assert ran.statuses == ["changed"] * 4
    assert Counter(entry["project"] for entry in simulator.requests()) == {"one": 3, "two": 1}


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "reset"},
        {"kind": "503"},
        {"kind": "429", "wait": 200},
        {"kind": "429", "wait": 900},  # more than retry_timeout, which closes no gate
    ],
    ids=["reset", "503", "limited", "limited-for-long"],
)
def test_a_wait_ends_in_time_whatever_the_api_does(simulator: Simulator, fault: dict[str, Any]) -> None:
    """Not after the retries of each project, nor after the wait that the API asks for."""
    projects = {f"p-{number}": 1 for number in range(5)}
    for project in projects:
        add_services(simulator, rows_of(project, 1))
    ran = run_fleet(simulator, targets_of(projects), retry_timeout=300)
    simulator.fault(method="GET", count=None, **fault)
    before = ran.client.api_calls["waited_seconds"]
    wait_for_fleet(ran.cases, "running", 1, ran.notes)
    assert ran.client.api_calls["waited_seconds"] - before <= 1.5
    assert ran.codes == ["timeout"] * 5
    assert all(row["changed"] and "The change itself was made" in row["reason"] for row in ran.outcomes)


def test_details_that_fail_are_only_a_look_too(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 2}, hide=["backups"])
    simulator.config(change_rebuilds=False)
    simulator.clock(advance="2d")
    simulator.fault(kind="403", path="*/backups", count=2)
    wait_for_fleet(ran.cases, "protected", 60, ran.notes)
    assert ran.statuses == ["changed"] * 2


def test_a_service_that_goes_meanwhile_times_out(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 3})
    build(simulator)
    for name in ("db-001", "db-002"):
        simulator.remove("one", name)
    wait_for_fleet(ran.cases, "running", 0.3, ran.notes)
    assert ran.statuses == ["changed", "failed", "failed"]
    assert "not listed any more" in ran.outcomes[1]["reason"]


def test_an_interruption_ends_the_wait(simulator: Simulator) -> None:
    ran = changed(simulator, {"one": 2})

    def guard() -> None:
        raise AivenError("interrupted", "not tried")

    ran.client.transport.guard = guard
    with pytest.raises(AivenError, match="not tried"):
        wait_for_fleet(ran.cases, "running", 60, ran.notes)
    assert ran.statuses == ["changed"] * 2


def test_what_did_not_change_is_not_waited_for(simulator: Simulator) -> None:
    add_services(simulator, rows_of("one", 2, region=PARTNER, region_age_hours=100))
    ran = run_fleet(simulator, targets_of({"one": 2}), policy())
    simulator.clear_requests()
    wait_for_fleet(ran.cases, "protected", 60, ran.notes)
    assert not simulator.requests()
