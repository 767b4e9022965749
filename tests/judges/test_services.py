# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a service keeps and shows beside its backups."""

from __future__ import annotations

from typing import Any

from tests.simulator.client import Simulator

from .support import NEW, SERVICE, refused


def test_a_task_is_found_by_the_name_it_was_given(shop: Simulator) -> None:
    refused(shop, "GET", f"{SERVICE}/task/upgrade_check-1", None, 404, "Task 'upgrade_check-1' does not exist")
    made = shop.api("POST", f"{SERVICE}/task", {"task_type": "upgrade_check"})[1]["task"]
    assert shop.api("GET", f"{SERVICE}/task/{made['task_id']}") == (200, {"task": made})


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
