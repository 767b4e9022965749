# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of a run: how much may change, how much may fail, and what is then not begun."""

from __future__ import annotations

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.waves import Limit, parse_limit, parse_waves
from tests.fleet.support import HOME, OTHER, PARTNER, Notes, add_services, policy, rows_of, run_fleet
from tests.simulator.client import Simulator


def targets_of(count: int, project: str = "shop", region: str = PARTNER) -> list[FleetTarget]:
    return [FleetTarget(project, f"db-{number:03}", "enabled", region) for number in range(count)]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("3", Limit(3, percent=False)),
        (" 3 ", Limit(3, percent=False)),
        ("0", Limit(0, percent=False)),
        ("10%", Limit(10, percent=True)),
        ("2.5 %", Limit(2.5, percent=True)),
        ("", None),
        (None, None),
    ],
)
def test_limits_are_counts_or_percentages(text: str | None, limit: Limit | None) -> None:
    assert parse_limit("max_changes", text) == limit


@pytest.mark.parametrize("text", ["many", "-1", "%", "1e3", "10%%", "nan", "1,5", "٣"])
def test_anything_else_is_no_limit(text: str) -> None:
    with pytest.raises(AivenError, match="max_changes") as failed:
        parse_limit("max_changes", text)
    assert failed.value.code == "invalid_target"


@pytest.mark.parametrize(
    ("text", "count", "over"), [("10%", 2, False), ("10%", 3, True), ("0%", 1, True), ("0", 0, False)]
)
def test_a_percentage_is_of_all_targets(text: str, count: int, over: bool) -> None:
    limit = parse_limit("max_changes", text)
    assert limit is not None
    assert limit.exceeded_by(count, 20) is over


@pytest.mark.parametrize(("limit", "allowed"), [("5", True), ("4", False), ("50%", True), ("49%", False)])
@pytest.mark.parametrize("check_mode", [False, True], ids=["real", "check"])
def test_more_changes_than_allowed_make_none(simulator: Simulator, limit: str, allowed: bool, check_mode: bool) -> None:
    add_services(simulator, [*rows_of("shop", 5), *rows_of("done", 5, region=PARTNER)])
    targets = [*targets_of(5), *targets_of(5, "done")]
    ran = run_fleet(simulator, targets, policy(max_changes=parse_limit("max_changes", limit), check_mode=check_mode))
    assert len(ran.writes) == (5 if allowed and not check_mode else 0)
    assert ran.statuses == ["changed" if allowed else "failed"] * 5 + ["unchanged"] * 5
    if not allowed:
        assert set(ran.codes[:5]) == {"too_many_changes"}
        assert "5 of 10 services would be changed" in ran.outcomes[0]["reason"]


@pytest.mark.parametrize("check_mode", [False, True], ids=["real", "check"])
def test_one_refusal_and_stop_means_no_write(simulator: Simulator, check_mode: bool) -> None:
    add_services(simulator, rows_of("shop", 6))
    targets = [*targets_of(5), FleetTarget("shop", "db-005", "enabled", HOME)]
    ran = run_fleet(simulator, targets, policy(max_failures=Limit(0, percent=False), check_mode=check_mode))
    assert ran.codes == ["skipped_after_failures"] * 5 + ["same_region"]
    assert ran.statuses == ["skipped"] * 5 + ["failed"]
    assert not ran.writes
    assert ran.fleet.ended == "stopped"
    assert [outcome.status for outcome in ran.notes.outcomes] == ran.statuses, "every outcome is told"


def test_failures_up_to_the_limit_do_not_stop(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 10))
    simulator.fault(kind="400", method="PUT", service="db-00[13]", count=None)
    ran = run_fleet(simulator, targets_of(10), policy(max_failures=parse_limit("max_failures", "20%"), concurrency=1))
    assert ran.statuses.count("changed") == 8
    assert ran.fleet.ended == "finished"


def test_after_too_many_failures_no_change_is_begun(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 10))
    simulator.fault(kind="400", method="PUT", service="db-00[135]", count=None)
    ran = run_fleet(simulator, targets_of(10), policy(max_failures=Limit(1, percent=False), concurrency=1))
    assert ran.statuses == ["changed", "failed", "changed", "failed", *["skipped"] * 6]
    assert set(ran.codes[4:]) == {"skipped_after_failures"}
    assert len(ran.writes) == 4
    assert ran.fleet.ended == "stopped"


def test_what_is_in_flight_is_finished(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 30))
    simulator.fault(kind="400", method="PUT", service="db-000", count=None)
    simulator.fault(kind="slow", method="PUT", seconds=0.3, count=None)
    ran = run_fleet(simulator, targets_of(30), policy(max_failures=Limit(0, percent=False), concurrency=4))
    made = {entry["service"] for entry in ran.writes}
    assert len(made) <= 4 + 1
    for row in ran.outcomes:
        expected = {True: ("changed", "failed"), False: ("skipped",)}[row["service_name"] in made]
        assert row["status"] in expected


def test_a_stale_plan_writes_nothing(simulator: Simulator) -> None:
    rows = rows_of("shop", 6)
    rows[4].update(region=OTHER, region_age_hours=100)
    add_services(simulator, rows)
    targets = [FleetTarget("shop", f"db-00{n}", "enabled", PARTNER, expect={"region": None}) for n in range(6)]
    ran = run_fleet(simulator, targets, policy(stale_stops=True))
    assert ran.codes == ["skipped_after_failures"] * 4 + ["stale_plan", "skipped_after_failures"]
    assert not ran.writes
    without = run_fleet(simulator, targets, policy())
    assert len(without.writes) == 5, "only a plan is all or nothing"


def test_a_planned_service_that_is_gone_makes_the_plan_stale(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 2))
    targets = [FleetTarget("shop", f"db-00{n}", "enabled", PARTNER, expect={"region": None}) for n in range(3)]
    ran = run_fleet(simulator, targets, policy(stale_stops=True))
    assert ran.codes == ["skipped_after_failures"] * 2 + ["service_not_found"]
    assert not ran.writes


def test_a_plan_applied_in_part_is_not_stale(simulator: Simulator) -> None:
    rows = rows_of("shop", 4)
    rows[1].update(region=PARTNER)
    add_services(simulator, rows)
    targets = [FleetTarget("shop", f"db-00{n}", "enabled", PARTNER, expect={"region": None}) for n in range(4)]
    ran = run_fleet(simulator, targets, policy(stale_stops=True))
    assert ran.statuses == ["changed", "unchanged", "changed", "changed"]
    assert len(ran.writes) == 3


@pytest.mark.parametrize("concurrency", [1, 3, 16])
def test_no_more_calls_are_under_way_than_allowed(simulator: Simulator, concurrency: int) -> None:
    add_services(simulator, rows_of("shop", 24))
    simulator.fault(kind="slow", method="PUT", seconds=0.05, count=None)
    ran = run_fleet(simulator, targets_of(24), policy(concurrency=concurrency))
    spans = [(entry["time"] - entry["seconds"], entry["time"]) for entry in ran.writes]
    most = max(sum(begin < moment <= end for begin, end in spans) for _begin, moment in spans)
    assert min(2, concurrency) <= most <= concurrency
    assert ran.statuses == ["changed"] * 24


def test_a_service_changed_between_waves_counts_as_a_failure(simulator: Simulator) -> None:
    """Where none is allowed, the wave that finds it so writes nothing."""
    add_services(simulator, rows_of("shop", 4))
    notes = Notes()

    def somebody_else(_cases: object) -> None:
        simulator.patch("shop", "db-002", region=OTHER, region_age_hours=1)

    notes.wave_ended = somebody_else  # type: ignore[method-assign]
    rules = policy(max_failures=parse_limit("x", "0"), waves=parse_waves(["1", "100%"]), max_age=0)
    ran = run_fleet(simulator, targets_of(4), rules, notes=notes)
    assert ran.statuses == ["changed", "skipped", "failed", "skipped"]
    assert ran.codes == [None, "skipped_after_failures", "stale_plan", "skipped_after_failures"]
    assert [entry["service"] for entry in ran.writes] == ["db-000"]
    assert ran.fleet.ended == "stopped"


def test_a_wait_that_is_over_counts_as_a_failure(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 3))
    simulator.config(change_rebuilds=True, build_seconds=3600)
    rules = policy(max_failures=parse_limit("x", "0"), waves=parse_waves(["1"]), wait_for="running", wait_timeout=0.2)
    try:
        ran = run_fleet(simulator, targets_of(3), rules)
    finally:
        simulator.config(change_rebuilds=False, build_seconds=0)
    assert ran.codes == ["timeout", "skipped_after_failures", "skipped_after_failures"]
    assert len(ran.writes) == 1
