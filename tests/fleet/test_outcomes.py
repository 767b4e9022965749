# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What becomes of one target among others: refusals, failures and special services; in check mode the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import parse_region_inventory
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from tests.fleet.support import (
    FOREIGN,
    HOME,
    OTHER,
    OUTCOME_KEYS,
    PARTNER,
    TODAY,
    Ran,
    add_services,
    policy,
    rows_of,
    run_fleet,
)
from tests.simulator.client import Simulator

MAPPED = {"btar_region_map": {HOME: PARTNER}}


@dataclass(frozen=True)
class Case:
    """A service, what is wanted of it, and what must come of it; the region inventory makes it a host's target."""

    name: str
    service: Mapping[str, Any] | None = field(default_factory=dict)
    state: str = "enabled"
    region: str | None = PARTNER
    expect: Mapping[str, Any] | None = None
    inventory: Mapping[str, Any] | None = None
    override: str | None = None
    status: str = "changed"
    change: str | None = "enable"
    code: str | None = None
    says: str = ""
    after: str | None = PARTNER
    project: str = "shop"
    changes: tuple[str, ...] = ()

    def target(self) -> FleetTarget:
        inventory = parse_region_inventory(self.inventory) if self.inventory is not None else None
        region = None if inventory or self.state == "disabled" else self.region
        return FleetTarget(
            self.project,
            self.name,
            self.state,
            region,
            self.expect,
            inventory,
            self.override,  # type: ignore[arg-type]
        )


def kept(**facts: Any) -> dict[str, Any]:
    """Facts of a service that has the secondary region OTHER for long."""
    return {"region": OTHER, "region_age_hours": 100, **facts}


SANDBOX = {"match": {"project": "shop"}, "reason": "throw-away data", "until": "2026-12-31"}

CASES = [
    Case("enable"),
    Case("enable-powered-off", {"powered": False}, says="powered off"),
    Case("move", kept(), change="move", says="copies in aws-eu-west-2 are lost"),
    Case("disable", kept(), "disabled", change="disable", after=None, says="will be deleted"),
    Case("as-wanted", kept(), region=OTHER, status="unchanged", change=None, after=OTHER),
    Case("off-as-wanted", {}, "disabled", status="unchanged", change=None, after=None),
    Case("rebuilding", {"state": "REBUILDING"}),
    Case("odd-state", {"state": "SOMETHING_NEW"}),
    Case(
        "missing",
        None,
        status="failed",
        change=None,
        code="service_not_found",
        says="shop/missing does not exist",
        after=None,
    ),
    Case("missing-off", None, "disabled", status="failed", change=None, code="service_not_found", after=None),
    Case("same-region", region=HOME, status="failed", code="same_region", says="runs in", after=None),
    Case("other-provider", region=FOREIGN, status="failed", code="provider_mismatch", says="Choose", after=None),
    Case("unheard-of", region="aws-mars-1", status="failed", code="unknown_region", says="aws-mars-1", after=None),
    Case("no-type", {"service_type": "kafka"}, status="failed", code="unsupported_service_type", after=None),
    Case("no-region", region=None, status="failed", change=None, code="invalid_target", after=None),
    Case("expected", kept(), expect={"region": OTHER}, change="move"),
    Case("expected-none", expect={"region": None}),
    Case("stale", kept(), expect={"region": None}, status="failed", change="move", code="stale_plan", after=OTHER),
    Case("stale-unknown-key", expect={"plan": "x"}, status="failed", code="stale_plan", after=None),
    Case("stale-but-done", kept(), region=OTHER, expect={"region": None}, status="unchanged", change=None, after=OTHER),
    Case("host", inventory=MAPPED, says="btar_region_map"),
    Case("host-override", inventory=MAPPED, override=OTHER, after=OTHER),
    Case("host-kafka", {"service_type": "kafka"}, inventory=MAPPED, status="skipped", change=None, after=None),
    Case(
        "host-no-entry",
        {"cloud": "aws-us-east-1"},
        inventory={**MAPPED, "btar_region_otherwise": "refuse"},
        status="failed",
        change=None,
        code="no_region_found",
        after=None,
    ),
    Case("host-nearest", inventory={"btar_region_otherwise": "nearest"}, after=OTHER),
    Case(
        "host-denied",
        inventory={**MAPPED, "btar_region_rules": {"denied": [OTHER]}},
        override=OTHER,
        status="failed",
        change=None,
        code="region_denied",
        after=None,
    ),
    Case(
        "host-exempt",
        inventory={**MAPPED, "btar_region_exceptions": [SANDBOX]},
        status="skipped",
        change=None,
        after=None,
        says="throw-away data",
    ),
    Case(
        "host-expired",
        inventory={**MAPPED, "btar_region_exceptions": [{**SANDBOX, "until": "2026-08-31"}]},
        status="failed",
        change=None,
        code="exception_expired",
        after=None,
    ),
    Case(
        "host-last-day",
        inventory={**MAPPED, "btar_region_exceptions": [{**SANDBOX, "until": TODAY.isoformat()}]},
        status="skipped",
        change=None,
        after=None,
    ),
    Case("host-off", kept(), "disabled", inventory=MAPPED, change="disable", after=None),
    Case("host-missing", None, inventory=MAPPED, status="failed", change=None, code="service_not_found", after=None),
]


def judge(case: Case, row: Mapping[str, Any]) -> None:
    assert set(row) == OUTCOME_KEYS
    assert (row["project"], row["service_name"]) == (case.project, case.name)
    assert (row["status"], row["change"]) == (case.status, case.change), row
    assert row["changed"] is (case.status == "changed")
    assert row["failed"] is (case.status == "failed")
    assert set(row["before"]) == set(row["after"]) == {"region"}
    assert row["after"]["region"] == case.after
    assert (row["error"] or {}).get("code") == case.code
    assert row["reason"]
    assert case.says in row["reason"]
    if case.code:
        assert set(row["error"]) == {"code", "message", "status"}
        assert row["error"]["message"] == row["reason"]


@pytest.fixture(scope="module")
def ran(simulator_process: Simulator) -> tuple[Ran, Ran, Ran]:
    """All cases in one run: as a check, for real, and again."""
    simulator_process.reset()
    add_services(
        simulator_process,
        [
            {"project": case.project, "service_name": case.name, **case.service}
            for case in CASES
            if case.service is not None
        ],
    )
    targets = [case.target() for case in CASES]
    check = run_fleet(simulator_process, targets, policy(check_mode=True))
    return check, run_fleet(simulator_process, targets), run_fleet(simulator_process, targets)


@pytest.mark.parametrize("number", range(len(CASES)), ids=[case.name for case in CASES])
def test_outcome(ran: tuple[Ran, Ran, Ran], number: int) -> None:
    case = CASES[number]
    check, real, again = (run.outcomes[number] for run in ran)
    judge(case, real)
    assert check == real
    if real["status"] == "changed":
        assert again["status"] == "unchanged"
        assert again["before"] == again["after"] == real["after"]
    else:
        assert again == real


def test_nothing_was_written_but_what_changed(ran: tuple[Ran, Ran, Ran]) -> None:
    check, real, again = ran
    assert not check.writes
    assert not again.writes
    assert sorted(entry["service"] for entry in real.writes) == sorted(
        row["service_name"] for row in real.outcomes if row["changed"]
    )


@pytest.mark.parametrize("change", ["move", "disable"])
@pytest.mark.parametrize("hosts", [False, True], ids=["targets", "hosts"])
def test_move_and_disable_are_refused_unless_opted_in(simulator: Simulator, change: str, hosts: bool) -> None:
    add_services(simulator, rows_of("shop", 2, region=OTHER, region_age_hours=100))
    inventory = parse_region_inventory(MAPPED) if hosts else None
    state, region = ("disabled", None) if change == "disable" else ("enabled", None if hosts else PARTNER)
    targets = [FleetTarget("shop", f"db-00{number}", state, region, inventory=inventory) for number in (0, 1)]  # type: ignore[arg-type]
    ran = run_fleet(simulator, targets, policy("enable"))
    assert ran.codes == ["change_not_allowed"] * 2
    assert all(row["change"] == change and row["after"] == {"region": OTHER} for row in ran.outcomes)
    assert all(f"Add {change} to changes" in row["reason"] for row in ran.outcomes)
    assert not ran.writes
    assert run_fleet(simulator, targets, policy(change)).statuses == ["changed"] * 2


def test_custom_clouds_are_looked_up_in_the_project_once(simulator: Simulator) -> None:
    simulator.add_project("own", custom_clouds=[HOME, PARTNER])
    home, partner = f"custom-{HOME}", f"custom-{PARTNER}"
    add_services(simulator, rows_of("own", 3, cloud=home))
    targets = [FleetTarget("own", f"db-00{number}", "enabled", partner) for number in range(3)]
    ran = run_fleet(simulator, targets)
    assert ran.statuses == ["changed"] * 3
    assert [entry["operation"] for entry in ran.requests].count("ListProjectClouds") == 1


def test_a_forbidden_project_fails_its_own_targets_only(simulator: Simulator) -> None:
    for project in ("one", "two", "three"):
        add_services(simulator, rows_of(project, 2))
    simulator.add_token("partly", user="partly@example.org", roles={"one": ["admin"], "three": ["admin"]})
    targets = [
        FleetTarget(project, f"db-00{n}", "enabled", PARTNER) for project in ("one", "two", "three") for n in (0, 1)
    ]
    ran = run_fleet(simulator, targets, token="partly")
    assert ran.statuses == ["changed", "changed", "failed", "failed", "changed", "changed"]
    assert set(ran.codes[2:4]) <= {"permission_denied", "project_not_found"}


def test_a_project_without_an_answer_fails_its_own_targets_only(simulator: Simulator) -> None:
    for project in ("one", "two", "three"):
        add_services(simulator, rows_of(project, 2))
    simulator.fault(kind="reset", project="one", count=None)
    targets = [
        FleetTarget(project, f"db-00{n}", "enabled", PARTNER) for project in ("one", "two", "three") for n in (0, 1)
    ]
    ran = run_fleet(simulator, targets, policy(concurrency=1), retry_timeout=0.5)
    assert ran.codes == ["api_unreachable"] * 2 + [None] * 4
    assert ran.statuses[2:] == ["changed"] * 4


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "403"}, "permission_denied"),
        ({"kind": "400", "message": "Invalid 'user_config'"}, "rejected"),
        ({"kind": "409", "message": "Backup region can be changed only once in 24 hours."}, "rejected"),
        ({"kind": "500", "count": None}, "api_error"),
        ({"kind": "reset", "count": None}, "api_unreachable"),
        ({"kind": "429", "retry_after": "60", "count": None}, "rate_limited"),
        ({"kind": "empty", "count": None}, "invalid_response"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["kind"],
)
def test_one_service_that_fails_leaves_the_others_alone(simulator: Simulator, fault: dict[str, Any], code: str) -> None:
    add_services(simulator, rows_of("shop", 4))
    simulator.fault(method="PUT", service="db-001", **fault)
    targets = [FleetTarget("shop", f"db-00{number}", "enabled", PARTNER) for number in range(4)]
    ran = run_fleet(simulator, targets, policy(concurrency=1), retry_timeout=1)
    assert ran.codes == [None, code, None, None]
    assert ran.statuses == ["changed", "failed", "changed", "changed"]
    assert ran.outcomes[1]["change"] == "enable"
    assert ran.outcomes[1]["after"] == {"region": None}


def test_backup_to_another_region_that_is_not_enabled_for_the_account(simulator: Simulator) -> None:
    simulator.add_project("poor", btar_enabled=False)
    add_services(simulator, [*rows_of("poor", 2), *rows_of("shop", 2)])
    targets = [
        FleetTarget(project, f"db-00{number}", "enabled", PARTNER) for project in ("poor", "shop") for number in (0, 1)
    ]
    ran = run_fleet(simulator, targets)
    assert ran.codes == ["feature_not_enabled"] * 2 + [None] * 2
    assert "account team" in ran.outcomes[0]["reason"]


def test_a_success_that_changes_nothing_is_not_applied(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 2))
    unchanged = simulator.api("GET", "/project/shop/service/db-000")[1]
    simulator.fault(kind="body_before", method="PUT", service="db-000", body=unchanged)
    ran = run_fleet(simulator, [FleetTarget("shop", f"db-00{number}", "enabled", PARTNER) for number in (0, 1)])
    assert ran.codes == ["not_applied", None]


@pytest.mark.parametrize("status", [401], ids=["token"])
def test_a_refused_token_costs_no_call_for_each_target(simulator: Simulator, status: int) -> None:
    for number in range(10):
        add_services(simulator, rows_of(f"p-{number}", 2))
    targets = [FleetTarget(f"p-{number}", f"db-00{n}", "enabled", PARTNER) for number in range(10) for n in (0, 1)]
    ran = run_fleet(simulator, targets, policy(concurrency=1), token="wrong")
    assert set(ran.codes) == {"authentication_failed"}
    assert len(ran.requests) == 1


def test_a_token_that_expires_meanwhile_ends_the_writing(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 20))
    simulator.fault(kind="401", method="PUT", after=5, count=None)
    targets = [FleetTarget("shop", f"db-0{number:02}", "enabled", PARTNER) for number in range(20)]
    ran = run_fleet(simulator, targets, policy(concurrency=1))
    assert ran.statuses == ["changed"] * 5 + ["failed"] * 15
    assert set(ran.codes[5:]) == {"authentication_failed"}
    assert len(ran.writes) == 6


def test_an_api_that_has_gone_does_not_cost_each_target_its_retries(simulator: Simulator) -> None:
    add_services(simulator, rows_of("shop", 20))
    simulator.fault(kind="reset", method="PUT", count=None)
    simulator.fault(kind="reset", method="GET", after=3, count=None)
    targets = [FleetTarget("shop", f"db-0{number:02}", "enabled", PARTNER) for number in range(20)]
    ran = run_fleet(simulator, targets, policy(concurrency=1), retry_timeout=0.5)
    assert set(ran.codes) == {"api_unreachable"}
    assert len({entry["service"] for entry in ran.writes}) == 2


def test_a_project_that_hides_a_schema_says_nothing_of_the_others(simulator: Simulator) -> None:
    """There what is known of the types must do: kafka has no such option, pg has."""
    add_services(simulator, [*rows_of("closed", 2), *rows_of("open", 2)])
    simulator.fault(kind="403", path="*/service-types/*", project="closed", count=None)
    targets = [FleetTarget(project, f"db-00{n}", "enabled", PARTNER) for project in ("closed", "open") for n in (0, 1)]
    ran = run_fleet(simulator, targets, policy(concurrency=1))
    assert ran.statuses == ["changed"] * 4
    asked = [entry["project"] for entry in ran.requests if entry["operation"] == "ProjectServiceTypesGet"]
    assert asked == ["closed", "open"]


def test_a_cloud_list_that_fails_fails_only_what_needs_it(simulator: Simulator) -> None:
    add_services(simulator, [*rows_of("shop", 2), *rows_of("done", 2, region=PARTNER, region_age_hours=100)])
    simulator.fault(kind="403", path="/clouds", count=None)
    targets = [
        FleetTarget(project, f"db-00{number}", "enabled", PARTNER) for project in ("shop", "done") for number in (0, 1)
    ]
    ran = run_fleet(simulator, targets)
    assert ran.statuses == ["failed", "failed", "unchanged", "unchanged"]
    assert [entry["operation"] for entry in ran.requests].count("ListClouds") == 1


# With the region inventory


def test_every_outcome_says_why_this_region(simulator: Simulator) -> None:
    rows = rows_of("shop", 3)
    rows[1].update(region=PARTNER, region_age_hours=100)
    rows[2].update(region=OTHER, region_age_hours=100)
    add_services(simulator, rows)
    nearest = parse_region_inventory(
        {"btar_region_otherwise": "nearest", "btar_region_rules": {"min_distance_km": 300, "denied": [OTHER]}}
    )
    targets = [FleetTarget("shop", f"db-00{number}", "enabled", inventory=nearest) for number in range(3)]
    ran = run_fleet(simulator, targets, policy("enable"))
    enabled, kept, refused = (row["reason"] for row in ran.outcomes)
    assert ran.statuses == ["changed", "unchanged", "failed"]
    assert "nearest allowed aws cloud" in enabled
    assert f"{PARTNER} kept: it satisfies the rules" in kept
    assert f"{OTHER} is not kept: {OTHER} is denied (btar_region_rules.denied: {OTHER})" in refused


def test_an_entry_that_breaks_a_rule_is_refused_for_its_services_only(simulator: Simulator) -> None:
    rows = rows_of("shop", 2)
    rows[1].update(cloud="aws-eu-west-3")
    add_services(simulator, rows)
    variables = {
        "btar_region_map": {HOME: PARTNER, "aws-eu-west-3": "aws-eu-north-1"},
        "btar_region_rules": {"denied": [PARTNER]},
    }
    targets = [
        FleetTarget("shop", f"db-00{number}", "enabled", inventory=parse_region_inventory(variables))
        for number in range(2)
    ]
    ran = run_fleet(simulator, targets)
    assert ran.statuses == ["failed", "changed"]
    assert ran.codes == ["region_denied", None]


def test_the_region_inventory_of_the_documentation_works(simulator: Simulator) -> None:
    """As in the design: one of its entries maps to what its rules do not allow, which concerns google services only."""
    variables = {
        "btar_region_map": {"aws-eu-west-1": "aws-eu-central-1", "google-europe-*": "google-europe-north1"},
        "btar_region_otherwise": "nearest",
        "btar_region_rules": {
            "same_geo_region": True,
            "min_distance_km": 300,
            "allowed": ["aws-eu-*"],
            "denied": ["aws-eu-south-2"],
        },
        "btar_region_exceptions": [
            {"match": {"project": "sandbox-*"}, "reason": "throw-away data", "until": "2027-01-31"}
        ],
    }
    add_services(simulator, [*rows_of("shop", 1), *rows_of("sandbox-1", 1)])
    inventory = parse_region_inventory(variables)
    targets = [FleetTarget(project, "db-000", "enabled", inventory=inventory) for project in ("shop", "sandbox-1")]
    ran = run_fleet(simulator, targets)
    assert ran.statuses == ["changed", "skipped"]
    assert ran.outcomes[0]["after"] == {"region": "aws-eu-central-1"}


def test_with_a_listed_cloud_nothing_to_change_costs_no_cloud_list(simulator: Simulator) -> None:
    """A rule of geography needs the clouds; those that the inventory has listed will do."""
    add_services(simulator, rows_of("shop", 3, region=OTHER, region_age_hours=100))
    inventory = parse_region_inventory(
        {"btar_region_otherwise": "nearest", "btar_region_rules": {"min_distance_km": 300, "same_geo_region": True}}
    )
    targets = [FleetTarget("shop", f"db-00{number}", "enabled", inventory=inventory) for number in range(3)]
    listed = parse_clouds(simulator.api("GET", "/clouds")[1])
    ran = run_fleet(simulator, targets, listed_clouds=listed)
    assert (ran.statuses, len(ran.requests)) == (["unchanged"] * 3, 1)
    without = run_fleet(simulator, targets)
    assert (without.statuses, len(without.requests)) == (["unchanged"] * 3, 2)


@pytest.mark.parametrize(
    ("expect", "stale"),
    [
        ({"region": None, "plan": "startup-4", "service_type": "pg"}, ""),
        ({"region": None, "plan": "business-4"}, "plan is 'startup-4', the plan expects 'business-4'"),
        ({"colour": "red"}, "colour is None, the plan expects 'red'"),
    ],
)
def test_what_is_expected_may_be_any_public_fact(simulator: Simulator, expect: dict[str, Any], stale: str) -> None:
    add_services(simulator, rows_of("shop", 1))
    ran = run_fleet(simulator, [FleetTarget("shop", "db-000", "enabled", PARTNER, expect=expect)])
    assert ran.codes == (["stale_plan"] if stale else [None])
    assert stale in ran.outcomes[0]["reason"]
