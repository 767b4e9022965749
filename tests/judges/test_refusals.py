# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real API refuses is refused: status, Aiven's form of the body, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.client import Simulator

from .support import NEW, SERVICE, refused, region


def integration(**ends: str) -> dict[str, Any]:
    return {"service_integrations": [{"integration_type": "metrics", **ends}]}


@pytest.mark.parametrize(
    ("config", "text"),
    [
        (region("google-europe-west1"), "must match the cloud provider"),
        (region("avn-ovh-gra"), "must match the cloud provider"),
        (region("aws-atlantis-1"), "cloud 'aws-atlantis-1' does not exist"),
        (region("custom-aws-eu-central-1"), "does not exist"),
        (region("aws-me-south-1"), "does not exist"),
        (region("aws-eu-west-1"), "is the region of the service"),
        (region("aws-eu-central-1", "aws-eu-north-1"), "is too long"),
        (region("AWS_EU"), "Must consist of lower-case alpha-numeric characters or dashes"),
        (region(None), "None is not of type 'string'"),
        (
            {"user_config": {"additional_backup_regions": None}},
            "Invalid 'user_config': Invalid input for additional_backup_regions: None is not of type 'array'",
        ),
        ({"user_config": {"additional_backup_regions": "aws-eu-central-1"}}, "is not of type 'array'"),
        (
            {"user_config": {"nonsense": 1}},
            "Invalid 'user_config': Invalid input: Additional properties are not allowed",
        ),
        ({"user_config": {"service_to_fork_from": "other"}}, "can only be set when the service is created"),
        ({"user_config": {"backup_hour": 24}}, "24 is greater than the maximum of 23"),
        ({"plan": "business-5"}, "Plan 'business-5' for service type pg does not exist"),
        ({"cloud": "aws-atlantis-1"}, "Cloud 'aws-atlantis-1' does not exist"),
        ({"powered": "no"}, "is not of type"),
        ({"additional_backup_regions": ["aws-eu-central-1"]}, "Additional properties are not allowed"),
        ({"tags": {"a": "b"}}, "Additional properties are not allowed"),
        ([], "must be a JSON object"),
        ({"tech_emails": ["x"]}, "Invalid input for tech_emails: 'x' is not of type 'object'"),
        ({"tech_emails": [{"e": 1}]}, "Invalid input for tech_emails: "),
        ({"tech_emails": [{"email": "dba@example.org"}] * 11}, "Invalid input for tech_emails: "),
        ({"maintenance": None}, "Invalid input for maintenance: None is not of type 'object'"),
        ({"maintenance": {"time": 5}}, "Invalid input for maintenance.time: 5 is not of type 'string'"),
        ({"maintenance": {"time": None}}, "Invalid input for maintenance.time: None is not of type 'string'"),
        ({"maintenance": {"time": "99:99:99"}}, "Invalid input for maintenance.time: '99:99:99' does not match"),
        ({"maintenance": {"dow": "someday"}}, "Invalid input for maintenance.dow: 'someday' is not one of"),
        ({"maintenance": {"updates": 5}}, "Invalid input for maintenance: Additional properties are not allowed"),
        ({"disk_space_mb": -1}, "Invalid input for disk_space_mb: -1 is less than the minimum of 0"),
        ({"disk_space_mb": 81920.0}, "Invalid input for disk_space_mb: 81920.0 is not of type 'integer'"),
        ({"disk_space_mb": 10**12}, "Invalid disk_space_mb 1000000000000: plan 'business-4' takes 81920 to 245760"),
        ({"disk_space_mb": 81921}, "in steps of 10240"),
        ({"plan": "x" * 129}, "Invalid input for plan: "),
        ({"project_vpc_id": "short"}, "Invalid input for project_vpc_id: 'short' is too short"),
        ({"plan": "business-4\ud800"}, "Invalid JSON in the request body"),
        ({"user_config": {"pg": {"timezone": "UTC\n"}}}, "Invalid input for pg.timezone: 'UTC\\n' does not match"),
    ],
)
def test_update_is_refused(shop: Simulator, config: Any, text: str) -> None:
    refused(shop, "PUT", SERVICE, config, 400, text)


@pytest.mark.parametrize(
    "kind", ["kafka", "clickhouse", "dragonfly", "flink", "kafka_connect", "kafka_mirrormaker", "thanos"]
)
def test_types_without_the_option_refuse_it_as_unknown(shop: Simulator, kind: str) -> None:
    shop.add_service("shop", "other", service_type=kind, plan="business-4")
    refused(
        shop,
        "PUT",
        "/project/shop/service/other",
        region("aws-eu-central-1"),
        400,
        "Additional properties are not allowed ('additional_backup_regions'",
    )


@pytest.mark.parametrize("kind", ["pg", "mysql", "opensearch", "valkey", "grafana"])
def test_types_with_the_option_take_it(shop: Simulator, kind: str) -> None:
    shop.add_service("shop", "other", service_type=kind, plan="startup-4")
    assert shop.api("PUT", "/project/shop/service/other", region("aws-eu-central-1"))[0] == 200


@pytest.mark.parametrize(
    ("changes", "status", "text"),
    [
        ({"service_name": "orders-pg"}, 409, "Service name is already in use in this project"),
        ({"service_name": "Orders"}, 400, "Invalid service name"),
        ({"service_name": "9to5"}, 400, "Invalid service name"),
        ({"service_type": "postgres"}, 400, "Service type 'postgres' does not exist"),
        ({"plan": "huge"}, 400, "Plan 'huge'"),
        ({"cloud": "aws-atlantis-1"}, 400, "Cloud 'aws-atlantis-1' does not exist"),
        ({"plan": "free-1-1gb"}, 400, "is not available in cloud"),
        ({"project_vpc_id": "0" * 36}, 404, "Project VPC"),
        (region("google-europe-west1"), 400, "must match the cloud provider"),
        ({"user_config": {"recovery_target_time": "2026-08-31T10:00:00Z"}}, 400, "need service_to_fork_from"),
        ({"user_config": {"service_to_fork_from": "nothing"}}, 404, "Service 'nothing' does not exist"),
        ({"service_name": "z1\n"}, 400, "Invalid service name"),
        ({"tags": {"a": 5}}, 400, "Invalid input for tags.a: 5 is not of type 'string'"),
        ({"static_ips": [5]}, 400, "Invalid input for static_ips: 5 is not of type 'string'"),
        ({"disk_space_mb": 1}, 400, "Invalid disk_space_mb 1: plan 'business-4' takes 81920 to 245760"),
        ({"service_integrations": [{}]}, 400, "'integration_type' is a required property"),
        ({"service_integrations": [{"integration_type": "telepathy"}]}, 400, "'telepathy' is not one of"),
        (integration(), 400, "must be either source or destination"),
        (integration(source_service="nothing"), 404, "Service 'nothing' does not exist"),
        (integration(dest_service="nothing"), 404, "Service 'nothing' does not exist"),
        (integration(dest_service="orders-pg", dest_project="nowhere"), 403, "Not a project member"),
        (integration(dest_endpoint_id="0" * 36), 404, "Integration endpoint"),
    ],
)
def test_create_is_refused(shop: Simulator, changes: dict[str, Any], status: int, text: str) -> None:
    refused(shop, "POST", "/project/shop/service", {**NEW, **changes}, status, text)


@pytest.mark.parametrize("key", ["plan", "service_name", "service_type"])
def test_create_needs_its_required_keys(shop: Simulator, key: str) -> None:
    refused(
        shop,
        "POST",
        "/project/shop/service",
        {name: value for name, value in NEW.items() if name != key},
        400,
        f"'{key}' is a required property",
    )


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("/logs", {"sort_order": "sideways"}, "Invalid input for sort_order: 'sideways' is not one of ['desc', 'asc']"),
        ("/logs", {"limit": 501}, "Invalid input for limit: 501 is greater than the maximum of 500"),
        ("/logs", [], "must be a JSON object"),
        ("/metrics", {"period": "aeon"}, "Invalid input for period: 'aeon' is not one of"),
        ("/backup_to_another_region/report", {"period": "aeon"}, "Invalid input for period: 'aeon' is not one of"),
        ("/task", {"task_type": "prophecy"}, "Invalid input for task_type: 'prophecy' is not one of"),
        ("/task", {}, "'task_type' is a required property"),
    ],
)
def test_other_bodies_are_refused(shop: Simulator, path: str, body: Any, text: str) -> None:
    refused(shop, "POST", SERVICE + path, body, 400, text)


def test_tags_are_texts(shop: Simulator) -> None:
    refused(shop, "PUT", f"{SERVICE}/tags", {"tags": {"a": None}}, 400, "None is not of type 'string'")
    refused(shop, "PATCH", f"{SERVICE}/tags", {"tags": {"a": 5}}, 400, "Invalid input for tags.a: 5 is not of type")


def test_a_limit_is_a_number(shop: Simulator) -> None:
    assert shop.api("GET", "/project/shop/events?limit=1")[0] == 200
    for limit in ("%C2%B2", "all", "1e3", "9" * 5000):
        path = f"/project/shop/events?limit={limit}"
        refused(shop, "GET", path, None, 400, "Invalid value for limit parameter")


def test_a_type_nobody_knows_can_not_be_updated(shop: Simulator) -> None:
    shop.add_service("shop", "other", service_type="cassandra", plan="odd")
    refused(shop, "PUT", "/project/shop/service/other", {"plan": "startup-4"}, 400, "Service type 'cassandra'")


def test_what_does_not_exist(shop: Simulator) -> None:
    refused(shop, "GET", "/project/nowhere/service", None, 403, "Not a project member")
    error = refused(shop, "GET", "/project/shop/service/nothing", None, 404, "Service 'nothing' does not exist")
    assert error["error_code"] == "service_does_not_exist"
    refused(shop, "DELETE", "/project/shop/service/nothing", None, 404, "does not exist")
    refused(shop, "GET", "/project/shop/nonsense", None, 404, "Not Found")
    refused(shop, "PUT", "/project/shop/service", {}, 405, "Method Not Allowed")
    refused(shop, "GET", "/project/shop/service-types/postgres", None, 404, "does not exist")
    refused(shop, "GET", "/organization/org-none/projects", None, 404, "Organization not found")


def test_a_region_can_be_changed_once_in_24_hours(shop: Simulator) -> None:
    assert shop.api("PUT", SERVICE, region("aws-eu-central-1"))[0] == 200
    assert shop.api("PUT", SERVICE, region("aws-eu-central-1"))[0] == 200, "the same region again changes nothing"
    refused(shop, "PUT", SERVICE, region("aws-eu-north-1"), 409, "once in 24 hours")
    assert shop.api("PUT", SERVICE, region())[0] == 200, "disabling is always possible"
    refused(shop, "PUT", SERVICE, region("aws-eu-north-1"), 409, "once in 24 hours")
    assert shop.api("PUT", SERVICE, region("aws-eu-central-1"))[0] == 200
    shop.clock(advance="24h")
    assert shop.api("PUT", SERVICE, region("aws-eu-north-1"))[0] == 200


def test_the_strict_reading_of_24_hours_refuses_even_the_same_region(shop: Simulator) -> None:
    shop.config(refuse_equal_within_day=True)
    assert shop.api("PUT", SERVICE, region("aws-eu-central-1"))[0] == 200
    refused(shop, "PUT", SERVICE, region("aws-eu-central-1"), 409, "once in 24 hours")


def test_limited_availability(shop: Simulator) -> None:
    shop.add_project("shop", btar_enabled=False)
    error = refused(shop, "PUT", SERVICE, region("aws-eu-central-1"), 403, "Contact your account team")
    assert error["error_code"] == "feature_not_enabled"
    shop.add_project("shop", btar_enabled=True)
    shop.patch("shop", "orders-pg", btar_enabled=False)
    refused(shop, "PUT", SERVICE, region("aws-eu-central-1"), 403, "Contact your account team")
    refused(shop, "POST", "/project/shop/service", {**NEW, "service_name": "orders-pg"}, 409, "already in use")


def test_termination_protection(shop: Simulator) -> None:
    assert shop.api("PUT", SERVICE, {"termination_protection": True})[0] == 200
    refused(
        shop,
        "DELETE",
        SERVICE,
        None,
        403,
        "Service is protected against termination and shutdown. Remove termination protection first.",
    )
    refused(shop, "PUT", SERVICE, {"powered": False}, 403, "Service is protected against termination and shutdown.")
    assert shop.api("PUT", SERVICE, {"powered": False, "termination_protection": False})[0] == 200
    assert shop.api("DELETE", SERVICE)[0] == 200


def test_a_service_moved_to_another_provider_can_have_no_other_region(shop: Simulator) -> None:
    assert shop.api("PUT", SERVICE, {"cloud": "google-europe-west1"})[0] == 200
    refused(shop, "PUT", SERVICE, region("google-europe-north1"), 400, "('aws-eu-west-1')")
    refused(shop, "PUT", SERVICE, region("aws-eu-central-1"), 400, "('google-europe-west1')")
