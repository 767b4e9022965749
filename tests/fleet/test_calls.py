# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The calls of a run are P + [1 + T if any enable or move is wanted] + W, with faults too, where retries count apart."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from tests.fleet.support import HOME, OTHER, PARTNER, Ran, add_services, policy, rows_of, run_fleet
from tests.simulator.client import Simulator

TYPES = ("pg", "mysql", "opensearch", "valkey", "grafana")

# Projects, services in each, service types, enables, moves, disables.
SIZES = [
    (1, 1, 1, 0, 0, 0),
    (1, 1, 1, 1, 0, 0),
    (1, 12, 1, 0, 0, 0),
    (1, 12, 3, 5, 2, 2),
    (4, 1, 2, 2, 1, 1),
    (4, 6, 1, 0, 0, 0),
    (4, 6, 1, 0, 0, 9),
    (4, 6, 5, 20, 0, 0),
    (7, 5, 5, 11, 9, 8),
    (7, 3, 4, 0, 6, 0),
]


def arrange(
    simulator: Simulator, projects: int, each: int, types: int, enables: int, moves: int, disables: int
) -> list[FleetTarget]:
    """Services of which the first are to be enabled, the next moved, the next disabled, and the rest are as wanted."""
    rows = [row for number in range(projects) for row in rows_of(f"p-{number}", each)]
    targets = []
    for number, row in enumerate(rows):
        row["service_type"] = TYPES[number % types]
        if number < enables:
            targets.append(FleetTarget(row["project"], row["service_name"], "enabled", PARTNER))
            continue
        row.update(region=PARTNER, region_age_hours=100)
        place = number - enables
        if place < moves:
            targets.append(FleetTarget(row["project"], row["service_name"], "enabled", OTHER))
        elif place < moves + disables:
            targets.append(FleetTarget(row["project"], row["service_name"], "disabled"))
        else:
            targets.append(FleetTarget(row["project"], row["service_name"], "enabled", PARTNER))
    add_services(simulator, rows)
    return targets


def formula(ran: Ran) -> int:
    changed = [case for case in ran.cases if case.outcome and case.outcome.changed]
    types = {case.service.service_type for case in changed if case.service and case.outcome.change != "disable"}
    return len({case.target.project for case in ran.cases}) + (1 + len(types) if types else 0) + len(changed)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: "-".join(map(str, size)))
def test_calls_are_the_formula(simulator: Simulator, size: tuple[int, ...]) -> None:
    projects, each, types, enables, moves, disables = size
    targets = arrange(simulator, *size)
    ran = run_fleet(simulator, targets)
    changes = Counter(row["change"] for row in ran.outcomes)
    assert (changes["enable"], changes["move"], changes["disable"]) == (enables, moves, disables)
    # Types repeat after each other, so that as many changes as types hold all of them.
    wanted_types = min(types, enables + moves)
    expected = projects + (1 + wanted_types if enables + moves else 0) + enables + moves + disables
    assert len(ran.requests) == expected == formula(ran)
    assert ran.client.api_calls == {
        "total": expected,
        "reads": expected - enables - moves - disables,
        "writes": enables + moves + disables,
        "retries": 0,
        "waited_seconds": 0.0,
    }
    operations = Counter(entry["operation"] for entry in ran.requests)
    assert operations["ServiceGet" if each == 1 else "ServiceList"] == projects
    assert operations["ServiceUpdate"] == enables + moves + disables
    again = run_fleet(simulator, targets)
    assert set(again.statuses) == {"unchanged"}
    assert len(again.requests) == projects


def test_check_mode_reads_the_same_and_writes_nothing(simulator: Simulator) -> None:
    targets = arrange(simulator, 4, 6, 3, 5, 4, 3)
    check = run_fleet(simulator, targets, policy(check_mode=True))
    assert len(check.requests) == 4 + 1 + 3
    assert not check.writes
    real = run_fleet(simulator, targets)
    assert check.outcomes == real.outcomes


def test_what_is_refused_costs_no_schema(simulator: Simulator) -> None:
    targets = arrange(simulator, 2, 6, 1, 0, 5, 5)
    ran = run_fleet(simulator, targets, policy("enable"))
    assert Counter(ran.codes) == {"change_not_allowed": 10, None: 2}
    assert len(ran.requests) == 2


def test_a_skipped_target_costs_no_call(simulator: Simulator) -> None:
    add_services(simulator, rows_of("p-0", 2))
    ran = run_fleet(simulator, [FleetTarget("p-0", "db-000", "enabled", PARTNER, skip="not asked for")])
    assert ran.statuses == ["skipped"]
    assert not ran.requests


FAULTS: list[dict[str, Any]] = [
    {"kind": "503", "method": "GET", "path": "*/service", "count": 3},
    {"kind": "reset", "method": "GET", "count": 4},
    {"kind": "408", "method": "GET", "path": "/clouds"},
    {"kind": "truncated", "method": "GET", "path": "*/service", "count": 2},
    {"kind": "429", "retry_after": "0.2", "count": 6},
    {"kind": "503_before", "method": "PUT", "count": 3},
    {"kind": "503_after", "method": "PUT", "count": 3},
    {"kind": "reset_before", "method": "PUT", "count": 3},
    {"kind": "reset_after", "method": "PUT", "count": 3},
    {"kind": "truncated", "method": "PUT", "count": 3},
    {"kind": "empty", "method": "PUT", "count": 2},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault['kind']}-{fault.get('method', 'any')}")
def test_with_faults_only_the_retries_are_more(simulator: Simulator, fault: dict[str, Any]) -> None:
    targets = arrange(simulator, 3, 5, 3, 6, 2, 2)
    simulator.fault(**fault)
    ran = run_fleet(simulator, targets)
    assert "failed" not in ran.statuses
    calls = ran.client.api_calls
    assert calls["retries"] >= 1
    assert calls["total"] == len(ran.requests)
    assert ran.calls_without_retries == formula(ran) == 3 + 1 + 3 + 10
    assert Counter(row["change"] for row in ran.outcomes) == {"enable": 6, "move": 2, "disable": 2, None: 5}
    for state in simulator.state()["services"]:
        assert len(state["region_changes"]) <= 1, "a change was made twice"


def test_many_faults_at_once(simulator: Simulator) -> None:
    targets = arrange(simulator, 5, 8, 4, 20, 6, 6)
    for kind in ("503", "reset", "503_after", "reset_after"):
        simulator.fault(kind=kind, probability=0.1, count=None)
    ran = run_fleet(simulator, targets, retry_timeout=60)
    assert "failed" not in ran.statuses
    assert ran.client.api_calls["total"] == len(ran.requests)
    assert ran.calls_without_retries == 5 + 1 + 4 + 32
    for state in simulator.state()["services"]:
        assert len(state["region_changes"]) <= 1, "a change was made twice"


def test_each_write_is_the_region_alone(simulator: Simulator) -> None:
    targets = arrange(simulator, 1, 3, 1, 1, 1, 1)
    ran = run_fleet(simulator, targets)
    bodies = {entry["service"]: entry["body"] for entry in ran.writes}
    wanted = {"db-000": [PARTNER], "db-001": [OTHER], "db-002": []}
    assert bodies == {name: {"user_config": {"additional_backup_regions": value}} for name, value in wanted.items()}
    assert {state["region"] for state in simulator.state()["services"]} == {PARTNER, OTHER, None}
    assert {state["cloud"] for state in simulator.state()["services"]} == {HOME}
