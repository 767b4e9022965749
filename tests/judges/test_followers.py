# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What follows another service has no backups of its own, until it is promoted; and clouds that forbid forks."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulator.client import Simulator

from .support import NEW, SERVICE, fork, refused

RECOVERY = "/project/shop/service/recovery"


def shown(shop: Simulator, path: str) -> dict[str, Any]:
    service: dict[str, Any] = shop.api("GET", path)[1]["service"]
    return service


def made(shop: Simulator, name: str, kind: str) -> str:
    integration = {"integration_type": kind, "source_service": "orders-pg"}
    body = {**NEW, "service_name": name, "service_integrations": [integration]}
    assert shop.api("POST", "/project/shop/service", body)[0] == 200
    return f"/project/shop/service/{name}"


def test_a_read_replica_has_no_backups_of_its_own(shop: Simulator) -> None:
    path = made(shop, "replica", "read_replica")
    shop.clock(advance="50h")
    assert shop.api("GET", f"{path}/backups")[1]["backups"] == []
    assert shown(shop, path)["backups"] == []
    assert len(shop.api("GET", f"{SERVICE}/backups")[1]["backups"]) > 2
    body = {**fork(service_to_fork_from="replica")}
    refused(shop, "POST", "/project/shop/service", body, 409, "has no backup to fork from")


def test_both_ends_show_the_integration(shop: Simulator) -> None:
    path = made(shop, "replica", "read_replica")
    found = shown(shop, SERVICE)["service_integrations"]
    assert found == shown(shop, path)["service_integrations"]
    assert (found[0]["source_service"], found[0]["dest_service"]) == ("orders-pg", "replica")
    listed = {one["service_name"]: one for one in shop.api("GET", "/project/shop/service")[1]["services"]}
    assert listed["orders-pg"]["service_integrations"] == found


def test_a_replica_whose_source_is_gone_is_promoted(shop: Simulator) -> None:
    path = made(shop, "replica", "read_replica")
    assert shop.api("DELETE", SERVICE)[0] == 200
    assert shown(shop, path)["service_integrations"] == []
    shop.clock(advance="25h")
    assert shown(shop, path)["backups"]


def roles(shop: Simulator) -> list[tuple[str, str]]:
    found = [shown(shop, path) for path in (SERVICE, RECOVERY)]
    return [(service["state"], service["disaster_recovery_role"]) for service in found]


def test_a_recovery_service_takes_backups_once_it_is_promoted(shop: Simulator) -> None:
    made(shop, "recovery", "disaster_recovery")
    assert roles(shop) == [("RUNNING", "active"), ("RUNNING", "passive")]
    shop.clock(advance="25h")
    assert shown(shop, RECOVERY)["backups"] == []
    assert shop.api("PUT", SERVICE, {"disaster_recovery_role": "failed"})[0] == 200
    assert roles(shop) == [("POWEROFF", "failed"), ("RUNNING", "active")]
    shop.clock(advance="25h")
    assert shown(shop, RECOVERY)["backups"]
    for role, state in (("passive", "active"), ("active", "passive")):
        assert shop.api("PUT", SERVICE, {"disaster_recovery_role": role})[0] == 200
        assert roles(shop) == [("RUNNING", role), ("RUNNING", state)]
    assert shown(shop, RECOVERY)["backups"] == []


@pytest.mark.parametrize("role", ["failed", "passive", "standby", None])
def test_roles_are_those_of_a_pair(shop: Simulator, role: str | None) -> None:
    refused(shop, "PUT", SERVICE, {"disaster_recovery_role": role}, 400, "cannot take the disaster recovery role")


def test_the_side_door_makes_both(shop: Simulator) -> None:
    shop.add_service("shop", "replica", read_replica_of="orders-pg", region="aws-eu-central-1", region_age_hours=300)
    shop.add_service("shop", "recovery", recovery_of="orders-pg", cloud="aws-eu-central-1")
    assert [shop.service("shop", name)["backups"] for name in ("replica", "recovery")] == [0, 0]
    assert roles(shop) == [("RUNNING", "active"), ("RUNNING", "passive")]
    shop.patch("shop", "recovery", disaster_recovery_role="active")
    shop.clock(advance="1h")
    assert shop.service("shop", "recovery")["backups"] == 1


@pytest.mark.parametrize(("model", "status"), [("standard", 200), ("hipaa", 400), ("pci_dss", 400)])
def test_compliance_forbids_forks_and_migrations(shop: Simulator, model: str, status: int) -> None:
    shop.add_project("own", custom_clouds=["aws-eu-west-1"], deployment_model=model)
    shop.add_service("own", "orders-pg", cloud="custom-aws-eu-west-1", plan="business-4")
    assert shop.api("POST", "/project/own/service", fork())[0] == status
    assert shop.api("PUT", "/project/own/service/orders-pg", {"cloud": "aws-eu-west-1"})[0] == status
    listed = shop.api("GET", "/project/own/clouds")[1]["clouds"]
    assert model not in str(next(one for one in listed if one["cloud_name"] == "custom-aws-eu-west-1"))
    found = shop.api("GET", "/organization/org-1/custom-cloud-environments")[1]["custom_cloud_environments"]
    assert [(one["custom_cloud_names"], one["deployment_model"]) for one in found] == [
        (["custom-aws-eu-west-1"], model)
    ]
