# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aiven_btar creates, enables, moves, disables or leaves alone: with which requests, and just as check mode says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.playbooks.cases import PROJECT, Case, Results, check_result, perform
from tests.playbooks.support import Playbooks
from tests.simulator.client import Simulator

FRANKFURT, STOCKHOLM, PARIS = "aws-eu-central-1", "aws-eu-north-1", "aws-eu-west-3"
CREATE = {"service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
VPC = "8c4f2b1e-0000-4000-8000-000000000001"

UNCHANGED = [
    Case("same", {"region": FRANKFURT}, {"region": FRANKFURT}, calls=1),
    Case("off", {"state": "disabled"}, calls=1),
    Case("off-region-given", {"state": "disabled", "region": FRANKFURT}, calls=1),
    Case("same-on-kafka-off", {"state": "disabled"}, {"service_type": "kafka"}, calls=1),
    Case(
        "same-breaks-a-rule",
        {"region": "google-europe-west1"},
        {"region": "google-europe-west1"},
        calls=1,
    ),
    Case("same-create", {"region": FRANKFURT, "create": CREATE}, {"region": FRANKFURT}, calls=1),
    Case("same-waits-not", {"region": FRANKFURT, "wait": True}, {"region": FRANKFURT}, calls=1),
    Case("same-powered-off", {"region": FRANKFURT}, {"region": FRANKFURT, "powered": False}, calls=1),
]
CHANGED = [
    Case("enable", {"region": FRANKFURT}, change="enable", calls=4),
    Case("enable-mysql", {"region": FRANKFURT}, {"service_type": "mysql"}, change="enable", calls=4),
    Case("enable-opensearch", {"region": FRANKFURT}, {"service_type": "opensearch"}, change="enable", calls=4),
    Case("enable-valkey", {"region": FRANKFURT}, {"service_type": "valkey"}, change="enable", calls=4),
    Case("enable-grafana", {"region": FRANKFURT}, {"service_type": "grafana"}, change="enable", calls=4),
    Case(
        "enable-null",
        {"region": FRANKFURT},
        {"user_config": {"additional_backup_regions": None}},
        change="enable",
        calls=4,
    ),
    Case("enable-strange-state", {"region": FRANKFURT}, {"state": "HIBERNATING"}, change="enable", calls=4),
    Case("enable-without-backups", {"region": FRANKFURT}, {"hide": ["backups"]}, change="enable", calls=4),
    Case("enable-protected", {"region": FRANKFURT}, {"termination_protection": True}, change="enable", calls=4),
    Case("enable-powered-off", {"region": FRANKFURT}, {"powered": False}, change="enable", calls=4),
    Case("enable-byoc", {"region": FRANKFURT}, {"cloud": "custom-aws-eu-west-2"}, change="enable", calls=5),
    Case("enable-to-byoc", {"region": "custom-aws-eu-west-2"}, change="enable", calls=5),
    Case(
        "enable-no-provider",
        {"region": "avn-ovh-gra"},
        {"cloud": "avn-ovh-de1"},
        change="enable",
        calls=4,
    ),
    Case("enable-migrated", {"region": FRANKFURT}, {"primary_region": STOCKHOLM}, change="enable", calls=4),
    Case(
        "enable-differing",
        {"region": FRANKFURT, "create": {**CREATE, "plan": "business-4", "cloud": STOCKHOLM}},
        change="enable",
        calls=4,
    ),
    Case(
        "enable-unknown-schema",
        {"region": FRANKFURT},
        change="enable",
        calls=4,
        faults=[{"kind": "403", "path": "*/service-types/pg", "count": None}],
    ),
    Case("move", {"region": STOCKHOLM}, {"region": FRANKFURT, "region_age_hours": 48}, change="move", calls=4),
    Case("disable", {"state": "disabled"}, {"region": FRANKFURT}, change="disable", calls=2),
    Case(
        "disable-young", {"state": "disabled"}, {"region": FRANKFURT, "region_age_hours": 1}, change="disable", calls=2
    ),
    Case(
        "disable-protected",
        {"state": "disabled"},
        {"region": FRANKFURT, "termination_protection": True},
        change="disable",
        calls=2,
    ),
]
CREATED = [
    Case("create", {"region": FRANKFURT, "create": CREATE}, None, change="create", calls=4),
    Case(
        "create-full",
        {
            "region": FRANKFURT,
            "create": {
                **CREATE,
                "user_config": {"pg_version": "16", "pg": {"log_min_duration_statement": 500}},
                "tags": {"team": "billing", "cost_center": 4711},
                "disk_space_mb": 102400,
                "project_vpc_id": VPC,
                "termination_protection": True,
                "maintenance": {"dow": "monday", "time": "02:00:00"},
                "tech_emails": ["dba@example.org", {"email": "ops@example.org"}],
            },
        },
        None,
        change="create",
        calls=4,
    ),
    Case(
        "create-empty",
        {
            "region": FRANKFURT,
            "create": {
                **CREATE,
                "user_config": {},
                "tags": {"team": None},
                "project_vpc_id": "",
                "maintenance": {},
                "static_ips": "",
                "tech_emails": [],
                "cmk_id": "",
                "termination_protection": False,
            },
        },
        None,
        change="create",
        calls=4,
    ),
    Case(
        "create-valkey",
        {
            "region": FRANKFURT,
            "create": {
                "service_type": "valkey",
                "plan": "startup-4",
                "cloud": "aws-eu-west-1",
                "user_config": {"valkey_persistence": "rdb", "public_access": {"prometheus": False}},
            },
        },
        None,
        change="create",
        calls=4,
    ),
    Case(
        "create-public",
        {"region": FRANKFURT, "create": {**CREATE, "project_vpc_id": "none", "maintenance": {"dow": "sunday"}}},
        None,
        change="create",
        calls=4,
    ),
    Case(
        "create-again-said",
        {
            "region": FRANKFURT,
            "create": {**CREATE, "user_config": {"additional_backup_regions": [FRANKFURT]}},
        },
        None,
        change="create",
        calls=4,
    ),
    Case(
        "create-byoc",
        {"region": PARIS, "create": {**CREATE, "cloud": "custom-aws-eu-west-2"}},
        None,
        change="create",
        calls=5,
    ),
]
CASES = [*UNCHANGED, *CHANGED, *CREATED]


@pytest.fixture(scope="module")
def results(simulator_process: Simulator, playbooks: Playbooks) -> Iterator[Results]:
    simulator = simulator_process
    simulator.reset()
    simulator.config(build_seconds=120)
    vpc = {"project_vpc_id": VPC, "cloud_name": "aws-eu-west-1", "state": "ACTIVE", "network_cidr": "10.0.0.0/24"}
    simulator.add_project(PROJECT, custom_clouds=["aws-eu-west-2"], vpcs=[vpc])
    yield perform(simulator, playbooks, CASES)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_result(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    assert result["changed"] is (case.change is not None)
    assert result["change"] == case.change
    assert result["reason"]
    region = case.options.get("region") if case.options.get("state") != "disabled" else None
    assert result["service"]["region"] == region
    assert results.service(case)["region"] == region
    assert result["diff"]["after"]["additional_backup_regions"] == ([region] if region else [])


@pytest.mark.parametrize("case", CASES, ids=str)
def test_calls(results: Results, case: Case) -> None:
    calls = results[case, "real"]["api_calls"]
    writes = int(case.change is not None)
    assert (calls["total"], calls["writes"], calls["retries"]) == (case.calls, writes, 0)
    assert len(results.requests(case, "real")) == case.calls
    assert len(results.writes(case, "real")) == writes


@pytest.mark.parametrize("case", CASES, ids=str)
def test_check_mode_predicts(results: Results, case: Case) -> None:
    check, real = results[case, "check"], results[case, "real"]
    check_result(check, case)
    for key in ("changed", "change", "reason", "diff", "warnings"):
        assert check.get(key) == real.get(key), key
    times = {"create_time", "update_time"}
    facts = [{key: value for key, value in one["service"].items() if key not in times} for one in (check, real)]
    assert facts[0] == facts[1]
    assert results.writes(case, "check") == []
    assert check["api_calls"]["total"] == (case.calls or 0) - int(case.change is not None)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_second_run_changes_nothing(results: Results, case: Case) -> None:
    again = results[case, "again"]
    check_result(again, case)
    assert (again["changed"], again["change"], again["api_calls"]["total"]) == (False, None, 1)
    assert again["diff"]["before"] == again["diff"]["after"]
    assert results.writes(case, "again") == []


@pytest.mark.parametrize("case", CHANGED, ids=str)
def test_a_put_sends_the_secondary_region_and_nothing_else(results: Results, case: Case) -> None:
    (write,) = results.writes(case, "real")
    region = case.options.get("region")
    assert (write["method"], write["body"]) == (
        "PUT",
        {"user_config": {"additional_backup_regions": [region] if region else []}},
    )


def test_a_post_sends_what_was_given_and_nothing_else(results: Results) -> None:
    bodies = {case.name: results.writes(case, "real")[0]["body"] for case in CREATED}
    base = {**CREATE, "user_config": {"additional_backup_regions": [FRANKFURT]}}
    assert bodies["create"] == {**base, "service_name": "create"}
    assert bodies["create-again-said"] == {**base, "service_name": "create-again-said"}
    assert bodies["create-public"] == {
        **base,
        "service_name": "create-public",
        "project_vpc_id": None,
        "maintenance": {"dow": "sunday"},
    }
    assert bodies["create-full"] == {
        **CREATE,
        "service_name": "create-full",
        "user_config": {
            "pg_version": "16",
            "pg": {"log_min_duration_statement": 500},
            "additional_backup_regions": [FRANKFURT],
        },
        "tags": {"team": "billing", "cost_center": "4711"},
        "disk_space_mb": 102400,
        "project_vpc_id": VPC,
        "termination_protection": True,
        "maintenance": {"dow": "monday", "time": "02:00:00"},
        "tech_emails": [{"email": "dba@example.org"}, {"email": "ops@example.org"}],
    }
    # What is empty is as good as not given; what is false is not.
    assert bodies["create-empty"] == {
        **base,
        "service_name": "create-empty",
        "termination_protection": False,
    }


def test_values_of_user_config_mask_nothing_in_the_result(results: Results) -> None:
    """What stands under "valkey_..." is under no key that looks secret, although a "key" is in it."""
    assert not re.search(r"[\w-]\*{8}|\*{8}[\w-]", results.run.output)
    result = results.run.result("create-valkey real")
    assert result["service"]["region"] == FRANKFURT
    assert result["api_calls"]["total"] == 4


def test_no_query_is_ever_sent(results: Results) -> None:
    assert [entry for entry in results.log if entry["query"]] == []


def test_what_was_created_is_there_once(results: Results) -> None:
    for case in CREATED:
        assert results.service(case)["creates"] == 1


def test_a_powered_off_service_says_that_nothing_replicates(results: Results) -> None:
    for case in (*CHANGED, *UNCHANGED):
        off = case.service is not None and case.service.get("powered") is False
        assert ("nothing replicates until it is powered on" in results[case, "real"]["reason"]) is off


def test_warnings(results: Results) -> None:
    """A provider that Aiven does not name is no refusal; a plan and a cloud that differ from create are left as they are."""
    warned = {case.name: results[case, "real"]["warnings"] for case in CASES if results[case, "real"].get("warnings")}
    assert set(warned) == {"enable-no-provider", "enable-differing"}
    assert all("the provider of avn-ovh" in text for text in warned["enable-no-provider"])
    plan, cloud = warned["enable-differing"]
    assert "plan startup-4, create says business-4: left as it is" in plan
    assert f"cloud aws-eu-west-1, create says {STOCKHOLM}: left as it is" in cloud


def test_other_facts_stay(results: Results) -> None:
    """The service that differs from create, and was enabled, has still its plan and cloud."""
    (case,) = [case for case in CHANGED if case.name == "enable-differing"]
    service = results.service(case)
    assert (service["plan"], service["cloud"]) == ("startup-4", "aws-eu-west-1")


def test_no_traceback(results: Results) -> None:
    assert "Traceback" not in results.run.output
