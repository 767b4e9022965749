# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The unmodified ``avn`` (aiven-client from PyPI) works against the simulator: the flows that users of Aiven's CLI know."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.client import Simulator

Avn = Callable[..., subprocess.CompletedProcess[str]]
PROJECT = "shop"
CREATE = ("service", "create", "orders-pg", "-t", "pg", "-p", "business-4", "--cloud", "aws-eu-west-1")
BTAR = ("-c", 'additional_backup_regions=["aws-eu-central-1"]')


@pytest.fixture
def avn(simulator: Simulator, tmp_path: Path) -> Avn:
    """Runs avn in project ``shop``, with a home of its own; fails the test if avn fails, unless told that it may."""
    simulator.add_project(PROJECT)

    def run(*arguments: str, fails: bool = False, project: str | None = PROJECT) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AIVEN_CONFIG_DIR": str(tmp_path),
            "AIVEN_WEB_URL": simulator.url,
            "AIVEN_AUTH_TOKEN": simulator.token,
            **({"AIVEN_PROJECT": project} if project else {}),
        }
        command = [str(Path(sys.executable).with_name("avn")), *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert (done.returncode != 0) == fails, done.stdout + done.stderr
        return done

    return run


def answer(done: subprocess.CompletedProcess[str]) -> Any:
    return json.loads(done.stdout)


def sent(simulator: Simulator) -> list[str]:
    return [f"{entry['method']} {entry['path']}" for entry in simulator.requests()]


def test_a_failover_and_the_clouds_of_ones_own(avn: Avn, simulator: Simulator) -> None:
    simulator.add_project(PROJECT, custom_clouds=["aws-eu-west-1"], deployment_model="pci_dss")
    avn(*CREATE)
    pair = ("-t", "pg", "-p", "business-4", "--cloud", "aws-eu-central-1")
    avn("service", "create", "orders-dr", *pair, "--disaster-recovery-copy-for", "orders-pg")
    avn("service", "update", "orders-pg", "--disaster-recovery-role", "failed")
    found = [answer(avn("service", "get", name, "--json")) for name in ("orders-pg", "orders-dr")]
    assert [(one["state"], one["disaster_recovery_role"]) for one in found] == [
        ("POWEROFF", "failed"),
        ("RUNNING", "active"),
    ]
    (own,) = answer(avn("byoc", "list", "--organization-id", "org-1"))["custom_cloud_environments"]
    assert (own["custom_cloud_names"], own["deployment_model"]) == (["custom-aws-eu-west-1"], "pci_dss")


def test_create_update_and_terminate_a_service_with_a_secondary_region(avn: Avn, simulator: Simulator) -> None:
    avn(*CREATE, *BTAR)
    assert sent(simulator) == [
        "GET /project/shop/vpcs",
        "GET /project/shop/service-types/pg",
        "POST /project/shop/service",
    ]
    assert simulator.service(PROJECT, "orders-pg")["region"] == "aws-eu-central-1"

    shown = answer(avn("service", "get", "orders-pg", "--json"))
    assert shown["user_config"]["additional_backup_regions"] == ["aws-eu-central-1"]
    assert [item["service_name"] for item in answer(avn("service", "list", "--json"))] == ["orders-pg"]

    avn("service", "update", "orders-pg", "-c", "additional_backup_regions=[]")
    assert simulator.requests()[-1]["body"] == {"plan": "business-4", "user_config": {"additional_backup_regions": []}}
    assert simulator.service(PROJECT, "orders-pg")["region"] is None

    avn("service", "terminate", "orders-pg", "--force")
    assert simulator.state()["services"] == []


def test_create_with_a_version_looks_the_versions_up(avn: Avn, simulator: Simulator) -> None:
    avn(*CREATE, "-c", "pg_version=16")
    assert "GET /account/a0000000001/service_versions" in sent(simulator)
    assert answer(avn("service", "get", "orders-pg", "--json"))["user_config"]["pg_version"] == "16"


def test_wait_until_running(avn: Avn, simulator: Simulator) -> None:
    simulator.config(build_seconds=4)
    avn(*CREATE)
    assert simulator.service(PROJECT, "orders-pg")["state"] == "REBUILDING"
    avn("service", "wait", "orders-pg")
    assert simulator.service(PROJECT, "orders-pg")["state"] == "RUNNING"
    assert simulator.calls("GET", "/project/shop/service/orders-pg") >= 2


def test_backups_are_listed_with_their_copies(avn: Avn, simulator: Simulator) -> None:
    avn(*CREATE, *BTAR)
    assert answer(avn("service", "backup-list", "orders-pg", "--json")) == []
    simulator.clock(advance="2d")
    backups = answer(avn("service", "backup-list", "orders-pg", "--json"))
    assert len(backups) >= 2
    assert {copy["cloud"] for backup in backups[:-1] for copy in backup["additional_regions"]} == {"aws-eu-central-1"}
    assert backups[0]["backup_name"] in avn("service", "backup-list", "orders-pg").stdout


def test_power_off_and_on(avn: Avn, simulator: Simulator) -> None:
    avn(*CREATE)
    avn("service", "update", "orders-pg", "--power-off")
    assert simulator.service(PROJECT, "orders-pg")["state"] == "POWEROFF"
    avn("service", "update", "orders-pg", "--power-on")
    assert simulator.service(PROJECT, "orders-pg")["state"] == "RUNNING"


def test_fork_to_a_point_in_time_in_the_secondary_region(avn: Avn, simulator: Simulator) -> None:
    simulator.add_service(PROJECT, "orders-pg", plan="business-4", region="aws-eu-central-1", region_age_hours=240)
    fork = (
        "service",
        "create",
        "drill",
        "-t",
        "pg",
        "-p",
        "business-4",
        "--cloud",
        "aws-eu-central-1",
        "--service-to-fork-from",
        "orders-pg",
    )
    avn(*fork, "--recovery-target-time", "2026-08-31T10:00:00")
    told = simulator.service(PROJECT, "drill")["fork_of"]
    assert (told["backup_location"], told["restored_to"]) == ("aws-eu-central-1", "2026-08-31T10:00:00Z")

    refused = avn(
        *(part.replace("drill", "late") for part in fork), "--recovery-target-time", "2026-08-01T10:00:00", fails=True
    )
    assert "recovery_target_time must be between" in refused.stderr


def test_clouds_with_and_without_a_project(avn: Avn, simulator: Simulator) -> None:
    simulator.add_project(PROJECT, custom_clouds=["aws-eu-central-1"])
    with_project = {cloud["cloud_name"] for cloud in answer(avn("cloud", "list", "--json"))}
    without = {cloud["cloud_name"] for cloud in answer(avn("cloud", "list", "--json", project=None))}
    assert with_project - without == {"custom-aws-eu-central-1"}
    assert len(without) == 171
    assert "GET /project//clouds" in sent(simulator)


def test_projects_plans_types_and_the_user(avn: Avn, simulator: Simulator) -> None:
    assert [project["project_name"] for project in answer(avn("project", "list", "--json"))] == [PROJECT]
    assert PROJECT in avn("project", "details").stdout
    assert "business-4" in avn("service", "plans", "--cloud", "aws-eu-west-1", "--service-type", "pg").stdout
    assert "additional_backup_regions" in avn("service", "types", "-v").stdout
    assert answer(avn("user", "info", "--json"))[0]["user"] == "operator@example.org"


def test_a_plan_that_a_cloud_lacks(avn: Avn, simulator: Simulator) -> None:
    simulator.add_project(PROJECT, not_offered={"aws-eu-west-1": ["business-*"]})
    assert "business-4" not in avn("service", "plans", "--cloud", "aws-eu-west-1", "--service-type", "pg").stdout
    assert "business-4" in avn("service", "plans", "--cloud", "aws-eu-west-2", "--service-type", "pg").stdout
    assert "'business-4' is not available in cloud 'aws-eu-west-1'" in avn(*CREATE, fails=True).stderr


def test_tags_events_logs_and_metrics(avn: Avn, simulator: Simulator) -> None:
    avn(*CREATE)
    avn("service", "tags", "update", "orders-pg", "--add-tag", "env=production")
    assert "production" in avn("service", "tags", "list", "orders-pg").stdout
    assert "service_create" in avn("events").stdout
    assert "pg is up" in avn("service", "logs", "orders-pg").stdout
    assert "disk_usage" in avn("service", "metrics", "orders-pg").stdout


def test_refusals_are_told_in_the_words_of_the_api(avn: Avn, simulator: Simulator) -> None:
    avn(*CREATE)
    assert "already in use in this project (status 409)" in avn(*CREATE, fails=True).stderr
    avn(*CREATE, "--no-fail-if-exists")
    far = avn("service", "update", "orders-pg", "-c", 'additional_backup_regions=["google-europe-west1"]', fails=True)
    assert "must match the cloud provider" in far.stderr
    null = avn("service", "update", "orders-pg", "--remove-option", "additional_backup_regions", fails=True)
    assert "not supported" in null.stderr
    avn("service", "update", "orders-pg", "--enable-termination-protection")
    assert "protected against termination" in avn("service", "terminate", "orders-pg", "--force", fails=True).stderr
    unknown = avn("service", "create", "other", "-t", "postgres", "-p", "business-4", fails=True)
    assert "pg" in unknown.stderr


def test_an_unknown_project_and_a_bad_token(avn: Avn, simulator: Simulator) -> None:
    assert "Not a project member (status 403)" in avn("service", "list", project="nowhere", fails=True).stderr
    simulator.door("PUT", "/tokens", {simulator.token: {"expired": True}})
    assert "(status 401)" in avn("service", "list", fails=True).stderr
