# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the real API refuses is refused: status, Aiven's form of the body, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.client import Simulator

SERVICE = "/project/shop/service/orders-pg"
NEW = {"service_name": "new-pg", "service_type": "pg", "plan": "business-4", "cloud": "aws-eu-west-1"}


@pytest.fixture
def shop(simulator: Simulator) -> Simulator:
    """Project ``shop`` with a service ``orders-pg`` in aws-eu-west-1 that has no secondary region."""
    simulator.add_project("shop")
    simulator.add_service("shop", "orders-pg", plan="business-4")
    return simulator


def region(*names: Any) -> dict[str, Any]:
    return {"user_config": {"additional_backup_regions": list(names)}}


def refused(
    simulator: Simulator, method: str, path: str, body: Any, status: int, text: str, token: str | None = None
) -> dict[str, Any]:
    before = simulator.state()["services"]
    got, answer = simulator.api(method, path, body, token)
    assert (got, text in answer["message"]) == (status, True), (got, answer)
    assert answer["errors"][0]["message"] == answer["message"]
    assert answer["errors"][0]["status"] == status
    assert simulator.state()["services"] == before
    return answer["errors"][0]


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


def test_a_task_is_found_by_the_name_it_was_given(shop: Simulator) -> None:
    refused(shop, "GET", f"{SERVICE}/task/upgrade_check-1", None, 404, "Task 'upgrade_check-1' does not exist")
    made = shop.api("POST", f"{SERVICE}/task", {"task_type": "upgrade_check"})[1]["task"]
    assert shop.api("GET", f"{SERVICE}/task/{made['task_id']}") == (200, {"task": made})


def test_a_limit_is_a_number(shop: Simulator) -> None:
    assert shop.api("GET", "/project/shop/events?limit=1")[0] == 200
    for limit in ("%C2%B2", "all", "1e3", "9" * 5000):
        path = f"/project/shop/events?limit={limit}"
        refused(shop, "GET", path, None, 400, "Invalid value for limit parameter")


def test_a_type_nobody_knows_can_not_be_updated(shop: Simulator) -> None:
    shop.add_service("shop", "other", service_type="cassandra", plan="odd")
    refused(shop, "PUT", "/project/shop/service/other", {"plan": "startup-4"}, 400, "Service type 'cassandra'")


def test_some_answers_are_not_there_without_power(shop: Simulator) -> None:
    calls = [("POST", "/metrics"), ("POST", "/logs"), ("POST", "/backup_to_another_region/report"), ("GET", "/backups")]
    gone = "An error occurred. Please try again later."

    def answers() -> list[int]:
        return [shop.api(method, SERVICE + path)[0] for method, path in calls]

    assert answers() == [200, 200, 200, 200]
    assert shop.api("PUT", f"{SERVICE}?allow_unclean_poweroff=false", {"powered": False})[0] == 200
    assert answers() == [503, 503, 200, 200]
    refused(shop, "POST", f"{SERVICE}/metrics", None, 503, gone)
    shop.config(poweroff_503=["*/report", "/back*s"])
    assert answers() == [200, 200, 503, 503]
    assert shop.api("GET", SERVICE)[0] == 200, "the service itself always answers"
    shop.config(poweroff_503=[])
    assert answers() == [200, 200, 200, 200]
    shop.config(poweroff_503=["*/metrics"])
    assert shop.api("PUT", SERVICE, {"powered": True})[0] == 200
    assert answers() == [200, 200, 200, 200]


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


@pytest.mark.parametrize(
    ("roles", "may", "may_not"),
    [
        (
            ["project:services:read"],
            ["GET "],
            ["PUT ", "GET /backups", "POST /backup_to_another_region/report", "DELETE ", "GET /tags"],
        ),
        (
            ["service:configuration:write"],
            ["PUT ", "GET /backups", "POST /backup_to_another_region/report"],
            ["GET ", "DELETE "],
        ),
        (["project:services:read", "service:configuration:write"], ["GET ", "PUT ", "GET /backups"], ["DELETE "]),
        (["read_only"], ["GET "], ["PUT ", "GET /backups", "DELETE "]),
        (["admin"], ["GET ", "PUT ", "GET /backups", "DELETE "], []),
        ([], [], ["GET ", "PUT "]),
    ],
)
def test_permissions(shop: Simulator, roles: list[str], may: list[str], may_not: list[str]) -> None:
    shop.add_token("limited", user="limited@example.org", roles={"shop": roles} if roles else {})
    for call in (*may, *may_not):
        method, _space, rest = call.partition(" ")
        body = {} if method in ("PUT", "POST") else None
        status = shop.api(method, SERVICE + rest, body, "limited")[0]
        assert status == (200 if call in may else 403), call


# Aiven's permissions.yaml asks for a role where one would expect project:services:read.
FOR_ROLES = (
    "/service-types/pg",
    "/service-types/pg/plans/business-4",
    "/pricing/service-types/pg/plans/business-4/clouds/aws-eu-west-1",
    "/tags",
    "/alerts",
    "/service/orders-pg/alerts",
)
FOR_READERS = ("", "/service", "/service/orders-pg", "/service_types", "/service-types")


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("project:services:read", FOR_READERS, FOR_ROLES),
        ("role:services:maintenance", FOR_READERS, FOR_ROLES),
        ("role:services:recover", FOR_READERS, FOR_ROLES),
        ("project:services:write", FOR_READERS, FOR_ROLES),
        ("read_only", (*FOR_READERS, *FOR_ROLES), ()),
        ("developer", (*FOR_READERS, *FOR_ROLES), ()),
        ("operator", (*FOR_READERS, *FOR_ROLES), ()),
        ("admin", (*FOR_READERS, *FOR_ROLES), ()),
    ],
)
def test_what_needs_a_role(shop: Simulator, role: str, may: tuple[str, ...], may_not: tuple[str, ...]) -> None:
    shop.add_token("limited", user="limited@example.org", roles={"shop": [role]})
    for path in may:
        assert shop.api("GET", f"/project/shop{path}", token="limited")[0] == 200, path
    for path in may_not:
        refused(shop, "GET", f"/project/shop{path}", None, 403, "does not allow this operation", token="limited")


def test_who_may_recover_may_fork_but_not_create(shop: Simulator) -> None:
    shop.add_token("limited", user="limited@example.org", roles={"shop": ["role:services:recover"]})
    refused(shop, "POST", "/project/shop/service", NEW, 403, "does not allow this operation", token="limited")
    assert shop.api("POST", "/project/shop/service", fork(), token="limited")[0] == 200


def test_who_is_not_a_member_sees_nothing(shop: Simulator) -> None:
    shop.add_project("other")
    shop.add_token("limited", user="limited@example.org", roles={"other": ["project:services:read"]})
    assert shop.api("GET", "/me", token="limited")[1]["user"]["project_memberships"] == {
        "other": ["project:services:read"]
    }
    refused(shop, "GET", "/project/shop/service", None, 403, "Not a project member", token="limited")
    refused(shop, "GET", "/project/other/clouds", None, 403, "does not allow", token="limited")
    assert shop.api("GET", "/clouds", token="nonsense")[0] == 200, "public without a token"


def test_scopes(shop: Simulator) -> None:
    shop.add_token("reader", scopes=["services:read"])
    assert shop.api("GET", SERVICE, token="reader")[0] == 200
    refused(shop, "PUT", SERVICE, {}, 403, "services:write is needed", token="reader")
    refused(shop, "POST", f"{SERVICE}/metrics", {}, 403, "services:write is needed", token="reader")


def test_tokens(shop: Simulator) -> None:
    refused(shop, "GET", "/me", None, 401, "Invalid token", token="nonsense")
    shop.add_token("old", expired=True)
    refused(shop, "GET", "/me", None, 401, "Missing (expired) db token", token="old")


# --- forks -------------------------------------------------------------------------------------------------------------------


def fork(**config: Any) -> dict[str, Any]:
    return {**NEW, "service_name": "drill", "user_config": {"service_to_fork_from": "orders-pg", **config}}


def test_forks_need_a_backup_of_the_place(shop: Simulator) -> None:
    shop.add_service("shop", "young", age_days=0)
    body = fork(service_to_fork_from="young")
    refused(shop, "POST", "/project/shop/service", body, 409, "has no backup to fork from")
    shop.patch("shop", "orders-pg", region="aws-eu-central-1")
    refused(
        shop,
        "POST",
        "/project/shop/service",
        {**fork(), "cloud": "aws-eu-central-1"},
        409,
        "has no backup in aws-eu-central-1",
    )
    shop.clock(advance="2h")
    assert shop.api("POST", "/project/shop/service", {**fork(), "cloud": "aws-eu-central-1"})[0] == 200
    assert shop.service("shop", "drill")["fork_of"]["backup_location"] == "aws-eu-central-1"


def test_forks_elsewhere_use_the_primary_backup(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region="aws-eu-central-1", region_age_hours=240)
    assert shop.api("POST", "/project/shop/service", {**fork(), "cloud": "aws-eu-north-1"})[0] == 200
    assert shop.service("shop", "drill")["fork_of"]["backup_location"] == "aws-eu-west-1"


def test_the_target_time_lies_in_the_range_of_the_place(shop: Simulator) -> None:
    shop.patch("shop", "orders-pg", region="aws-eu-central-1", region_age_hours=48)
    primary_only = fork(recovery_target_time="2026-08-25T00:00:00Z")
    refused(
        shop,
        "POST",
        "/project/shop/service",
        {**primary_only, "cloud": "aws-eu-central-1"},
        400,
        "recovery_target_time must be between",
    )
    refused(
        shop, "POST", "/project/shop/service", fork(recovery_target_time="2027-01-01T00:00:00Z"), 400, "must be between"
    )
    refused(shop, "POST", "/project/shop/service", fork(recovery_target_time="yesterday"), 400, "is not a time")
    assert shop.api("POST", "/project/shop/service", primary_only)[0] == 200


def test_other_rules_of_forks(shop: Simulator) -> None:
    shop.add_service("shop", "search", service_type="opensearch", plan="business-4")
    refused(shop, "POST", "/project/shop/service", fork(service_to_fork_from="search"), 400, "is of type opensearch")
    free = {**fork(), "plan": "free-1-1gb", "cloud": "do-ams"}
    refused(shop, "POST", "/project/shop/service", free, 400, "Cannot fork a service to a free plan")
    shop.add_project("abroad", organization="org-2")
    shop.add_service("abroad", "orders-pg")
    refused(
        shop, "POST", "/project/shop/service", fork(project_to_fork_from="abroad"), 403, "within one organization only"
    )
    wrong = {
        **fork(service_to_fork_from="search", recovery_target_time="2026-08-31T00:00:00Z"),
        "service_type": "opensearch",
    }
    refused(shop, "POST", "/project/shop/service", wrong, 400, "('recovery_target_time' was unexpected)")


def test_a_fork_across_projects_copies_tags_but_no_secondary_region(shop: Simulator) -> None:
    shop.add_project("neighbour")
    shop.patch(
        "shop", "orders-pg", region="aws-eu-central-1", region_age_hours=240, tags={"env": "production", "team": "data"}
    )
    body = {**fork(project_to_fork_from="shop"), "copy_tags": True, "tags": {"env": "drill"}}
    status, answer = shop.api("POST", "/project/neighbour/service", body)
    assert status == 200
    assert answer["service"]["tags"] == {"env": "drill", "team": "data"}
    assert shop.service("neighbour", "drill")["region"] is None


def test_the_old_key_of_pg_forks_too(shop: Simulator) -> None:
    body = {**NEW, "service_name": "drill", "user_config": {"pg_service_to_fork_from": "orders-pg"}}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200
    assert shop.service("shop", "drill")["fork_of"]["service_name"] == "orders-pg"


@pytest.mark.parametrize("kind", ["mysql", "valkey"])
def test_the_free_tier_of_some_types_cannot_be_forked(shop: Simulator, kind: str) -> None:
    for name, service_type in (("free", kind), ("free-pg", "pg")):
        shop.add_service("shop", name, service_type=service_type, plan="free-1-1gb", cloud="do-ams")
    body = {**fork(service_to_fork_from="free"), "service_type": kind, "cloud": "do-ams"}
    refused(shop, "POST", "/project/shop/service", body, 400, "forking is not available on the free tier")
    body = {**fork(service_to_fork_from="free-pg"), "cloud": "do-ams"}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200, "nobody says so of pg"


@pytest.mark.parametrize("kind", ["valkey", "dragonfly"])
def test_without_persistence_there_is_nothing_to_fork(shop: Simulator, kind: str) -> None:
    shop.add_service("shop", "cache", service_type=kind, plan="business-4")
    body = {**fork(service_to_fork_from="cache"), "service_type": kind}
    assert shop.api("PUT", "/project/shop/service/cache", {"user_config": {f"{kind}_persistence": "off"}})[0] == 200
    assert shop.service("shop", "cache")["backups"] == 0
    refused(shop, "POST", "/project/shop/service", body, 400, f"{kind}_persistence is off")
    assert shop.api("PUT", "/project/shop/service/cache", {"user_config": {f"{kind}_persistence": "rdb"}})[0] == 200
    refused(shop, "POST", "/project/shop/service", body, 409, "has no backup to fork from")
    shop.clock(advance="1h")
    assert shop.api("POST", "/project/shop/service", body)[0] == 200


@pytest.mark.parametrize("cloud", ["aws-eu-west-1", "aws-eu-central-1"])
def test_there_is_no_wal_of_a_time_without_power(shop: Simulator, cloud: str) -> None:
    shop.patch("shop", "orders-pg", region="aws-eu-central-1", region_age_hours=240)
    assert shop.api("PUT", SERVICE, {"powered": False})[0] == 200
    off = {**fork(recovery_target_time="2026-09-01T20:00:00Z"), "cloud": cloud}
    shop.clock(advance="24h")
    refused(shop, "POST", "/project/shop/service", off, 400, "recovery_target_time must be between")
    assert shop.api("PUT", SERVICE, {"powered": True})[0] == 200
    shop.clock(advance="24h")
    refused(shop, "POST", "/project/shop/service", off, 400, "the service was powered off then")
    for number, moment in enumerate(("2026-09-01T11:00:00Z", "2026-09-03T08:00:00Z")):
        body = {**fork(recovery_target_time=moment), "cloud": cloud, "service_name": f"drill-{number}"}
        assert shop.api("POST", "/project/shop/service", body)[0] == 200, moment


# --- what stands beside the backups ------------------------------------------------------------------------------------------


def vpc(cloud: str, number: int, state: str = "ACTIVE") -> dict[str, Any]:
    return {"project_vpc_id": f"{number:036d}", "cloud_name": cloud, "state": state}


def test_a_migration_leaves_the_vpc(shop: Simulator) -> None:
    vpcs = [vpc("aws-eu-west-1", 1), vpc("aws-eu-central-1", 2), vpc("aws-eu-north-1", 3, "APPROVED")]
    shop.add_project("shop", vpcs=vpcs)
    shop.patch("shop", "orders-pg", project_vpc_id=vpcs[0]["project_vpc_id"])

    def moved(cloud: str, **more: Any) -> str | None:
        status, answer = shop.api("PUT", SERVICE, {"cloud": cloud, **more})
        assert status == 200
        return answer["service"]["project_vpc_id"]

    assert moved("aws-eu-west-1") == vpcs[0]["project_vpc_id"], "no move"
    assert moved("aws-eu-central-1") == vpcs[1]["project_vpc_id"]
    assert moved("aws-eu-north-1") is None, "that one is not active"
    assert moved("aws-eu-central-1", project_vpc_id=None) is None
    assert moved("aws-eu-west-1", project_vpc_id=vpcs[0]["project_vpc_id"]) == vpcs[0]["project_vpc_id"]


def test_integrations_of_a_new_service_are_shown(shop: Simulator) -> None:
    shop.add_project("other")
    shop.add_service("other", "numbers", service_type="thanos")
    wanted = [
        {"integration_type": "read_replica", "source_service": "orders-pg"},
        {"integration_type": "metrics", "dest_service": "numbers", "dest_project": "other", "source_service": "new-pg"},
    ]
    assert shop.api("POST", "/project/shop/service", {**NEW, "service_integrations": wanted})[0] == 200
    shown = shop.api("GET", "/project/shop/service/new-pg")[1]["service"]["service_integrations"]
    assert [(one["source_service"], one["integration_type"], one["dest_service"]) for one in shown] == [
        ("orders-pg", "read_replica", "new-pg"),
        ("new-pg", "metrics", "numbers"),
    ]
    assert (shown[1]["dest_project"], shown[1]["dest_service_type"]) == ("other", "thanos")


def test_options_that_the_schemas_have(shop: Simulator) -> None:
    def properties(kind: str) -> dict[str, Any]:
        return shop.api("GET", f"/project/shop/service-types/{kind}")[1]["user_config_schema"]["properties"]

    assert {"pg_service_to_fork_from", "backup_retention_days"} <= properties("pg").keys()
    assert "mysql_incremental_backup" in properties("mysql")
    assert {"backup_interval_hours", "backup_retention_days"} <= properties("kafka").keys()
    shop.add_service("shop", "sql", service_type="mysql")
    incremental = {"enabled": True, "full_backup_week_schedule": "sun,wed"}
    body = {"user_config": {"mysql_incremental_backup": incremental}}
    assert shop.api("PUT", "/project/shop/service/sql", body)[0] == 200


def test_a_new_plan_comes_with_its_disk(shop: Simulator) -> None:
    assert shop.api("PUT", SERVICE, {"disk_space_mb": 81920 + 10240})[1]["service"]["disk_space_mb"] == 92160
    assert shop.api("PUT", SERVICE, {"plan": "business-8"})[1]["service"]["disk_space_mb"] == 179200
