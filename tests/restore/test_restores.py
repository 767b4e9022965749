# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aiven_btar_restore from a playbook: what it makes, what it refuses, what it deletes, and check mode says the same before."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.playbooks.cases import PROJECT, Case, Results, check_result, perform
from tests.playbooks.support import Playbooks
from tests.simulator.client import Simulator

HOME, PARTNER, OTHER, LAB = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-north-1", "lab"
SOURCE: dict[str, Any] = {"region": PARTNER, "region_age_hours": 100}
OFF = {**SOURCE, "powered": False, "off_hours": 5}
OURS, CHECK = ("real",), ("check", "real")
BACKUPS = "*/service/*/backups"


def tags(source: str, purpose: str = "restore") -> dict[str, str]:
    return {"offsite_fork_source": f"{PROJECT}/{source}", "offsite_fork_purpose": purpose}


def restore(name: str, options: Any = None, service: Any = (), **more: Any) -> Case:
    """A restore of the service ``name``, which the side door makes unless it is None, to ``name``-fork."""
    given = {"project": PROJECT, "service_name": name, "fork_name": f"{name}-fork", "wait": False, **(options or {})}
    return Case(name, given, SOURCE if service == () else service, module="aiven_btar_restore", **more)


def refused(code: str, name: str, options: Any = None, service: Any = (), **more: Any) -> Case:
    return restore(f"{code.replace('_', '-')}-{name}", options, service, code=code, runs=CHECK, **more)


MADE = [
    restore("latest", calls=4),
    restore("latest-mysql", service={**SOURCE, "service_type": "mysql"}, calls=4),
    restore("latest-valkey", service={**SOURCE, "service_type": "valkey"}, calls=4),
    restore("newest-backup", {"recover_to": "backup"}, calls=4),
    restore("a-time", {"recover_to": "2026-08-31T22:15:00Z"}, calls=4),
    # What YAML makes of a time that is not quoted.
    restore("a-date", {"recover_to": datetime(2026, 8, 31, 22, 15, tzinfo=UTC)}, calls=4),
    restore("primary", {"source": "primary"}, calls=4),
    restore("primary-elsewhere", {"source": "primary", "cloud": OTHER}, calls=4),
    restore("other-project", {"fork_project": LAB}, calls=5),
    restore("powered-off", service=OFF, calls=4),
    restore("empty-options", {"cloud": "", "plan": "", "fork_project": "", "project_vpc_id": "", "tags": {}}, calls=4),
    restore("dead-region", service=OFF, faults=[{"kind": "503", "path": BACKUPS, "count": None}]),
    restore("drill", {"purpose": "drill", "plan": "business-4", "tags": {"team": "data"}}, calls=4),
    restore("waits", {"wait": True}, runs=OURS),
]
REFUSED = [
    refused("invalid_target", "naive-time", {"recover_to": "2026-08-31 22:15"}, calls=0, says=["with an offset or Z"]),
    refused("invalid_target", "yaml-naive", {"recover_to": datetime(2026, 8, 31, 22, 15)}, calls=0),
    refused("invalid_target", "cloud", {"cloud": OTHER}, calls=0, says=["leave cloud out"]),
    refused("invalid_target", "state", {"state": "there"}, calls=0, says=["present, absent"]),
    refused("invalid_target", "unknown-option", {"recover": "latest"}, calls=0, says=["recover"]),
    refused("invalid_target", "tags", {"tags": {"offsite_fork_source": "x"}}, calls=0),
    refused("invalid_target", "user-config", {"user_config": {"recovery_target_time": "x"}}, calls=0),
    refused("invalid_target", "pitr", {"recover_to": "2026-08-31T22:15:00Z"}, {**SOURCE, "service_type": "grafana"}, calls=2),
    refused("service_not_found", "source", service=None, calls=1, status=404, says=["does not exist"]),
    refused("permission_denied", "fork-project", {"fork_project": "nowhere"}, calls=1),
    refused("authentication_failed", "token", {"api_token": "wrong"}),
    refused("no_own_backups", "replica", service={**SOURCE, "service_integrations": [
        {"integration_type": "read_replica", "source_service": "x", "dest_service": "no-own-backups-replica"}]}, calls=1),
    refused("fork_forbidden", "free", service={**SOURCE, "service_type": "valkey", "plan": "free-1-1gb", "cloud": "do-ams"}, calls=1),
    refused("fork_forbidden", "into-free", {"plan": "free-1-1gb"}, calls=1, says=["free plan"]),
    refused("fork_forbidden", "persistence", service={**SOURCE, "service_type": "valkey", "user_config": {"valkey_persistence": "off"}}, calls=1),
    refused("unsupported_service_type", "kafka", service={"service_type": "kafka"}, calls=2),
    refused("nothing_to_restore", "no-region", service={}, calls=2, says=["source: primary"]),
    refused("nothing_to_restore", "no-copy-yet", service={**SOURCE, "region_age_hours": 0}, calls=3),
    refused("nothing_to_restore", "no-backup", {"source": "primary"}, {"age_days": 0}, calls=3),
    refused("same_region", "cloud", {"source": "primary", "cloud": PARTNER}, calls=2),
    refused("same_region", "migrated", {"source": "primary"}, {**SOURCE, "cloud": PARTNER, "primary_region": HOME}, calls=2),
    refused("outside_restore_range", "early", {"recover_to": "2026-08-01T00:00:00Z"}, calls=3, says=["between 2026-08-31T", f"in {PARTNER}"]),
    refused("outside_restore_range", "late", {"recover_to": "2026-09-30T00:00:00Z"}, calls=3),
    refused("service_exists_differently", "source", {"fork_name": "service-exists-differently-source"}, calls=1),
    refused("not_owned", "source", {"fork_name": "not-owned-source", "state": "absent"}, calls=1, says=["the source itself"]),
    # Refused by Aiven alone, so check mode cannot know.
    restore("rejected-plan", {"plan": "no-such-plan"}, code="rejected", runs=OURS, says=["no-such-plan"]),
]  # fmt: skip
# What is there under the name of the fork, whether the fork is wanted or to be deleted, and what comes of that.
THERE = [
    ("ours", {"cloud": PARTNER, "tags": tags("ours")}, "present", None),
    ("foreign", {"cloud": PARTNER}, "present", "service_exists_differently"),
    ("elsewhere", {"cloud": OTHER, "tags": tags("elsewhere")}, "present", "service_exists_differently"),
    ("of-another", {"cloud": PARTNER, "tags": tags("latest")}, "present", "service_exists_differently"),
    ("gone-ours", {"cloud": PARTNER, "tags": tags("gone-ours")}, "absent", None),
    ("gone-drill", {"cloud": OTHER, "tags": tags("gone-drill", "drill")}, "absent", None),
    ("gone-foreign", {"cloud": PARTNER}, "absent", "not_owned"),
    ("gone-of-another", {"cloud": PARTNER, "tags": tags("latest")}, "absent", "not_owned"),
    ("gone-half", {"cloud": PARTNER, "tags": {"offsite_fork_source": f"{PROJECT}/gone-half"}}, "absent", "not_owned"),
    ("gone-protected", {"tags": tags("gone-protected"), "termination_protection": True}, "absent", "rejected"),
    ("gone-already", None, "absent", None),
]
EXISTING = [
    restore(name, {"state": state}, code=code, runs=CHECK if state == "absent" else OURS)
    for name, _there, state, code in THERE
]
CASES = [*MADE, *REFUSED, *EXISTING]


@pytest.fixture(scope="module")
def results(simulator_process: Simulator, playbooks: Playbooks) -> Iterator[Results]:
    simulator = simulator_process
    simulator.reset()
    for project in (PROJECT, LAB):
        simulator.add_project(project)
    for name, there, _state, _code in THERE:
        if there is not None:
            simulator.add_service(PROJECT, f"{name}-fork", **there)
    yield perform(simulator, playbooks, CASES, retry_timeout=3)


def fork_of(results: Results, case: Case) -> dict[str, Any]:
    return results.simulator.service(case.options.get("fork_project") or PROJECT, case.options["fork_name"])


@pytest.mark.parametrize("case", MADE, ids=str)
def test_one_fork_is_made(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    assert result["changed"] is True
    fork = fork_of(results, case)
    assert fork["creates"] == 1
    primary = case.options.get("source") == "primary"
    assert fork["fork_of"]["backup_location"] == (HOME if primary else PARTNER)
    assert fork["fork_of"]["backup_name"] == result["restored"]["backup_name"]
    assert result["fork"]["cloud"] == fork["cloud"] == (case.options.get("cloud") or (HOME if primary else PARTNER))
    assert set(result["fork"]) == {"project", "service_name", "service_type", "plan", "cloud", "state", "create_time"}
    assert set(result["restored"]) == {"source", "region", "backup_name", "recover_to", "point", "rpo_seconds"}
    assert result["diff"]["before"] == {}
    (write,) = results.writes(case, "real")
    if case.calls is not None:
        assert result["api_calls"]["total"] == case.calls
    assert write["body"]["tags"] == {
        **(case.options.get("tags") or {}),
        **tags(case.name, case.options.get("purpose", "restore")),
    }


def without_now(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out the point, where it is the end of the primary range: it moves with the clock, from one run to the next."""
    point = result["restored"]["point"]
    if result["restored"]["region"] != HOME or point is None:
        return result
    return json.loads(json.dumps(result).replace(point, "POINT"))


@pytest.mark.parametrize("case", [case for case in MADE if "check" in case.runs], ids=str)
def test_check_mode_predicts(results: Results, case: Case) -> None:
    check_result(results[case, "check"], case)
    check, real = (without_now(results[case, run]) for run in ("check", "real"))
    for key in ("changed", "msg", "diff", "warnings"):
        assert check.get(key) == real.get(key), key
    assert {**check["restored"], "rpo_seconds": None} == {**real["restored"], "rpo_seconds": None}
    assert results.writes(case, "check") == []
    assert {**check["fork"], "create_time": None, "state": None} == {**real["fork"], "create_time": None, "state": None}


@pytest.mark.parametrize("case", [case for case in MADE if "again" in case.runs], ids=str)
def test_a_second_run_changes_nothing(results: Results, case: Case) -> None:
    again = results[case, "again"]
    check_result(again, case)
    assert again["changed"] is False
    assert again["diff"]["before"] == again["diff"]["after"]
    assert again["api_calls"]["total"] == (2 if case.options.get("fork_project") else 1)
    assert results.writes(case, "again") == []


@pytest.mark.parametrize("case", REFUSED, ids=str)
def test_refusals(results: Results, case: Case) -> None:
    for run in case.runs:
        result = results[case, run]
        check_result(result, case)
        assert result["changed"] is False
        if case.calls is not None:
            assert result["api_calls"]["total"] == case.calls, run
        if case.code != "rejected":
            assert results.writes(case, run) == []


@pytest.mark.parametrize("case", EXISTING, ids=str)
def test_a_service_of_that_name(results: Results, case: Case) -> None:
    for run in case.runs:
        check_result(results[case, run], case)
    result = results[case, "real"]
    wanted_gone = case.options["state"] == "absent"
    assert result["changed"] is (wanted_gone and case.code is None and case.name != "gone-already")
    if wanted_gone:
        check = results[case, "check"]
        assert [check[key] for key in ("changed", "msg", "diff")] == [result[key] for key in ("changed", "msg", "diff")]
        assert results.writes(case, "check") == []
    there = results.simulator.state(project=PROJECT, service=f"{case.name}-fork")["services"]
    assert bool(there) is not (result["changed"] or case.name == "gone-already")
    assert result["api_calls"]["total"] == 1 + result["changed"]


def test_the_wait_ends_with_a_fork_that_runs(results: Results) -> None:
    (case,) = [case for case in MADE if case.name == "waits"]
    result = results[case, "real"]
    assert result["fork"]["state"] == "RUNNING"
    assert result["seconds"] >= 10
    assert result["phases"]["create"] >= 10
    assert "latest" in result["restored"]["recover_to"]
    assert f"{PROJECT}/waits-fork is made from {PROJECT}/waits" in results.run.output
    assert f"{PROJECT}/latest-fork would be made from {PROJECT}/latest" in results.run.output


def test_a_dead_region_is_restored_with_warnings(results: Results) -> None:
    (case,) = [case for case in MADE if case.name == "dead-region"]
    result = results[case, "real"]
    assert result["restored"]["point"] is None
    assert result["restored"]["rpo_seconds"] > 5 * 3600
    calls = result["api_calls"]
    assert calls["total"] - calls["retries"] <= 5
    output = " ".join(results.run.output.split())
    assert f"the backups of {PROJECT}/dead-region are known from its listing only" in output
    assert f"up to which time {PROJECT}/dead-region can be restored could not be checked" in output


def test_no_secret_is_asked_for(results: Results) -> None:
    assert [entry for entry in results.log if entry["query"]] == []


def test_what_was_refused_was_not_made(results: Results) -> None:
    names = {row["service_name"] for row in results.simulator.state()["services"]}
    assert not {case.options["fork_name"] for case in REFUSED} - {case.name for case in REFUSED} & names
    assert {case.options["fork_name"] for case in MADE} <= names


def test_no_traceback(results: Results) -> None:
    assert "Traceback" not in results.run.output
