# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every answer, over all endpoints, validates against Aiven's own OpenAPI document for its operation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.client import Simulator
from tests.simulator.platform_api import OPERATIONS as PLATFORM
from tests.simulator.restores import HANGS
from tests.simulator.routing import Operation
from tests.simulator.services_api import OPERATIONS as SERVICES

from .openapi import NULL_IN_REALITY, deviations, document, needs_document

pytestmark = needs_document

# Paths that the document of 2025-04 does not have, and where they come from.
NEWER_PATHS = {
    "/project//clouds": "what avn calls for `avn cloud list` without a project (measured with aiven-client 4.18.0)",
    "/account/{account_id}/service_versions": "what avn calls for `-c pg_version=...` (aiven-client, client.py list_service_versions)",
    "/organization/{organization_id}/custom-cloud-environments": "what avn calls for `avn byoc list` (aiven-client, client.py byoc_list)",
    "/organization/{organization_id}/project/{project_id}": "OrganizationProjectsGet in aiven/go-client-codegen of 2026-08",
}

STAGES = [name.replace("_", "-") for name in HANGS]
# Operations that the document does not have at all: only avn and the tests of their own judge them.
NEWER_OPERATIONS = {"CustomCloudEnvironmentList"}

SERVICE = "/project/judged/service/orders-pg"
CALLS: dict[str, list[tuple[str, str, Any]]] = {
    "ServiceList": [
        ("GET", f"/project/{name}/service", None)
        for name in ("shop-production", "analytics", "research", "sandbox", "judged", "empty")
    ],
    "ServiceCreate": [
        (
            "POST",
            "/project/judged/service",
            {"service_name": "made", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"},
        ),
        (
            "POST",
            "/project/judged/service",
            {
                "service_name": "integrated",
                "service_type": "pg",
                "plan": "startup-4",
                "cloud": "aws-eu-west-1",
                "service_integrations": [{"integration_type": "read_replica", "source_service": "orders-pg"}],
            },
        ),
    ],
    "ServiceGet": [
        ("GET", SERVICE, None),
        ("GET", f"{SERVICE}?include_secrets=true", None),
        ("GET", "/project/judged/service/off-pg", None),
        *(("GET", f"/project/judged/service/hangs-{stage}", None) for stage in STAGES),
        *(("GET", f"/project/judged/service/{name}", None) for name in ("replica", "recovery", "recovered", "hobby")),
    ],
    "ServiceUpdate": [
        (
            "PUT",
            SERVICE,
            {
                "user_config": {"additional_backup_regions": ["aws-eu-north-1"]},
                "maintenance": {"dow": "monday", "time": "04:00:00"},
            },
        ),
        ("PUT", "/project/judged/service/made", {"powered": False}),
        ("PUT", "/project/judged/service/cache", {"user_config": {"valkey_persistence": "off"}}),
        ("PUT", "/project/judged/service/recovered", {"disaster_recovery_role": "failed"}),
    ],
    "ServiceBackupsGet": [
        ("GET", f"/project/judged/service/{name}/backups", None)
        for name in ("orders-pg", "paused-mysql", "new-pg", "off-pg", "search", "cache", "kafka", "replica", "hobby")
    ],
    "ServiceBackupToAnotherRegionReport": [
        ("POST", "/project/judged/service/paused-mysql/backup_to_another_region/report", {"period": period})
        for period in ("hour", "day", "week", "month", "year")
    ],
    "ProjectServiceTagsList": [("GET", f"{SERVICE}/tags", None)],
    "ProjectServiceTagsReplace": [("PUT", f"{SERVICE}/tags", {"tags": {"a": "b"}})],
    "ProjectServiceTagsUpdate": [("PATCH", f"{SERVICE}/tags", {"tags": {"a": None, "c": "d"}})],
    "ServiceAlertsList": [("GET", "/project/judged/service/off-pg/alerts", None)],
    "ProjectGetServiceLogs": [("POST", f"{SERVICE}/logs", {"limit": 100, "sort_order": "asc"})],
    "ServiceMetricsFetch": [("POST", f"{SERVICE}/metrics", {"period": "hour"})],
    "ServiceTaskCreate": [("POST", f"{SERVICE}/task", {"task_type": "upgrade_check", "target_version": "17"})],
    "ServiceTaskGet": [("GET", f"{SERVICE}/task/upgrade_check-1", None)],
    "ServiceIntegrationList": [
        ("GET", f"/project/judged/service/{name}/integration", None) for name in ("orders-pg", "replica")
    ],
    "ServiceDelete": [("DELETE", "/project/judged/service/made", None)],
    "ListClouds": [("GET", "/clouds", None), ("GET", "/project//clouds", None)],
    "ListProjectClouds": [("GET", "/project/judged/clouds", None)],
    "ListPublicServiceTypes": [("GET", "/service_types", None)],
    "ListProjectServiceTypes": [("GET", "/project/judged/service_types", None)],
    "ProjectServiceTypesList": [("GET", "/project/judged/service-types", None)],
    "ProjectServiceTypesGet": [
        ("GET", f"/project/judged/service-types/{kind}", None) for kind in ("pg", "grafana", "kafka", "thanos")
    ],
    "ProjectServicePlanList": [("GET", "/project/judged/service-types/pg/plans", None)],
    "ProjectServicePlanSpecsGet": [
        ("GET", f"/project/judged/service-types/pg/plans/{plan}", None) for plan in ("business-8", "hobbyist")
    ],
    "ProjectServicePlanPriceGet": [
        ("GET", "/project/judged/pricing/service-types/pg/plans/business-8/clouds/aws-eu-west-1", None)
    ],
    "ListServiceVersions": [("GET", "/service_versions", None), ("GET", "/account/a0000000001/service_versions", None)],
    "ProjectList": [("GET", "/project", None)],
    "ProjectGet": [("GET", "/project/judged", None)],
    "ProjectTagsList": [("GET", "/project/judged/tags", None)],
    "ProjectAlertsList": [("GET", "/project/judged/alerts", None)],
    "ProjectGetEventLogs": [("GET", "/project/judged/events?limit=100", None)],
    "VpcList": [("GET", "/project/judged/vpcs", None)],
    "ProjectKmsGetCA": [("GET", "/project/judged/kms/ca", None)],
    "StaticIPList": [("GET", "/project/judged/static-ips", None)],
    "UserOrganizationsList": [("GET", "/organizations", None)],
    "OrganizationProjectsList": [("GET", "/organization/org-acme-labs/projects", None)],
    "OrganizationProjectsGet": [
        ("GET", f"/organization/org-acme-labs/{kind}/sandbox", None) for kind in ("project", "projects")
    ],
    "AccountList": [("GET", "/account", None)],
    "AccountProjectsList": [("GET", "/account/a0000000001/projects", None)],
    "UserInfo": [("GET", "/me", None)],
    "AccessTokenList": [("GET", "/access_token", None)],
}


@pytest.fixture(scope="module")
def world() -> Iterator[Simulator]:
    """A demo fleet, a project with everything that may stand in a service, and an empty one."""
    with Simulator(fleet=240, build_seconds=0) as running:
        vpc = {"cloud_name": "aws-eu-west-3", "create_time": "2026-01-01T00:00:00Z", "network_cidr": "10.1.0.0/24"}
        vpc |= {
            "project_vpc_id": "0b8dc2c6-96f4-4b8f-8f4e-4a0a1d5a1f11",
            "state": "ACTIVE",
            "update_time": "2026-01-01T00:00:00Z",
        }
        running.add_project(
            "judged",
            organization="org-acme-labs",
            custom_clouds=["aws-eu-central-1"],
            vpcs=[vpc],
            tags={"owner": "judge"},
            not_offered={"aws-eu-north-1": ["premium-*"]},
        )
        running.add_project("empty")
        add = running.add_service
        add(
            "judged",
            "orders-pg",
            region="aws-eu-central-1",
            region_age_hours=300,
            tech_emails=[{"email": "dba@example.org"}],
        )
        add(
            "judged",
            "paused-mysql",
            service_type="mysql",
            region="aws-eu-central-1",
            region_age_hours=300,
            pause={"reason": "full", "hours_ago": 5},
        )
        add("judged", "new-pg", age_days=0)
        add("judged", "off-pg", powered=False, off_hours=48, project_vpc_id=vpc["project_vpc_id"])
        add("judged", "search", service_type="opensearch", region="aws-eu-central-1", region_age_hours=100)
        add("judged", "cache", service_type="valkey")
        add("judged", "kafka", service_type="kafka")
        running.api("POST", f"{SERVICE}/task", {"task_type": "upgrade_check"})
        replica = {"service_name": "replica", "service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
        replica["service_integrations"] = [{"integration_type": "read_replica", "source_service": "orders-pg"}]
        running.api("POST", "/project/judged/service", replica)
        for name, hang in zip(STAGES, HANGS, strict=True):
            running.restores(service=f"hangs-{name}", hang=hang, seconds=600)
            fork = {"service_name": f"hangs-{name}", "service_type": "pg", "plan": "startup-4"}
            running.api(
                "POST",
                "/project/judged/service",
                {**fork, "cloud": "aws-eu-central-1", "user_config": {"service_to_fork_from": "orders-pg"}},
            )
        add("judged", "hobby", plan="hobbyist", cloud="do-ams", region="do-fra")
        add("judged", "recovered")
        add("judged", "recovery", recovery_of="recovered")
        yield running


def _template(operation: Operation) -> str:
    return f"/{operation.path}"


@pytest.mark.parametrize(
    "operation", [*SERVICES, *PLATFORM], ids=lambda operation: f"{operation.method} {operation.path}"
)
def test_operation_is_the_documented_one(operation: Operation) -> None:
    if _template(operation) in NEWER_PATHS:
        assert _template(operation) not in document()["paths"]
        return
    assert document()["paths"][_template(operation)][operation.method.lower()]["operationId"] == operation.name


def test_every_operation_is_judged() -> None:
    known = {operation.name for operation in (*SERVICES, *PLATFORM)}
    assert known - NEWER_OPERATIONS == set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_answers_validate(world: Simulator, name: str) -> None:
    for method, path, body in CALLS[name]:
        status, answer = world.api(method, path, body)
        assert status == 200, (method, path, answer)
        assert deviations(name, answer) == [], (method, path)


def test_deviations_are_few() -> None:
    assert len(NULL_IN_REALITY) <= 6
