# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies that can never be there, or never be restored: what an audit says of them, and at which price."""

from __future__ import annotations

from typing import Any

import pytest

from tests.audit.test_audit_playbook import audit, report, result
from tests.fleet.support import PARTNER, Site

WITH_COPY = {"plan": "business-4", "region": PARTNER, "region_age_hours": 300}


@pytest.fixture
def odd(site: Site) -> Site:
    """A service of each kind that is not what it seems, beside an ordinary one."""
    simulator = site.simulator
    simulator.add_project("shop", custom_clouds=["aws-eu-west-1"], deployment_model="pci_dss")
    site.group_vars(btar_region_map={"aws-eu-west-1": PARTNER, "custom-aws-eu-west-1": PARTNER})
    add = simulator.add_service
    add("shop", "orders", **WITH_COPY)
    add("shop", "replica", read_replica_of="orders")
    add("shop", "recovery", recovery_of="orders", region=PARTNER)
    add("shop", "cache", service_type="valkey", user_config={"valkey_persistence": "off"}, **WITH_COPY)
    add("shop", "hobby", **{**WITH_COPY, "plan": "hobbyist"})
    add("shop", "secret", cloud="custom-aws-eu-west-1", **WITH_COPY)
    add("shop", "young", age_days=0, plan="business-4", region=PARTNER)
    simulator.add_service("own", "orders", **WITH_COPY)
    simulator.add_service("own", "recovered", recovery_of="orders", **WITH_COPY)
    simulator.patch("own", "recovered", disaster_recovery_role="active")
    return site


def told(site: Site, control: str) -> dict[str, tuple[str, str, str]]:
    """By service: its protection, what the control found, and the words of it."""
    found: dict[str, tuple[str, str, str]] = {}
    for row in report(site)["services"]:
        finding: dict[str, Any] = row["controls"][control]
        found[f"{row['project']}/{row['service_name']}"] = (row["protection"], finding["result"], finding["message"])
    return found


def test_a_listing_tells_most_of_it(odd: Site) -> None:
    run = audit(odd)
    assert result(run)["api_calls"]["total"] == 2, "one for each project"
    found = told(odd, "enabled")
    of_orders = "of shop/orders and has no backups of its own: give shop/orders the secondary region"
    assert found["shop/replica"] == ("unsupported", "not_applicable", f"shop/replica is a read replica {of_orders}")
    assert found["shop/recovery"] == (
        "unsupported",
        "not_applicable",
        f"shop/recovery is the recovery service {of_orders}",
    )
    assert found["own/recovered"][1] == "pass", "it was promoted"
    assert found["shop/orders"][1] == "pass"
    found = told(odd, "restorable")
    assert found["shop/cache"][:2] == ("unsupported", "fail")
    assert "valkey_persistence is off" in found["shop/cache"][2]
    assert found["shop/secret"][1] == "unknown"
    assert found["shop/orders"][1] == "pass"
    found = told(odd, "replicated")
    assert found["shop/hobby"][:2] == ("pending", "fail")
    assert "perhaps its plan hobbyist keeps none, which no listing tells" in found["shop/hobby"][2]
    assert "perhaps" not in found["shop/young"][2]
    assert result(run)["headline"]["protectable"] == 6


def test_asking_tells_the_rest(odd: Site) -> None:
    odd.simulator.clear_requests()
    audit(odd, btar_audit_exact=True)
    asked = {entry["operation"] for entry in odd.simulator.requests()}
    assert {"ProjectServicePlanSpecsGet", "CustomCloudEnvironmentList"} < asked
    found = told(odd, "restorable")
    assert found["shop/hobby"] == (
        "unsupported",
        "fail",
        "a copy can never be there: the plan hobbyist keeps no backups (backup_config.max_count is 0)",
    )
    assert found["shop/secret"][1:] == (
        "fail",
        "a copy can never be restored: custom-aws-eu-west-1 has the deployment model pci_dss, which forbids forks",
    )
    assert found["shop/young"][:2] == ("pending", "pass")


def test_what_may_not_be_asked_stays_unknown_and_is_said_once(odd: Site) -> None:
    odd.simulator.add_service("shop", "hobby-too", **{**WITH_COPY, "plan": "hobbyist"})
    odd.simulator.fault(kind="403", path="*/plans/*", count=None)
    odd.simulator.fault(kind="403", path="/organization/*", count=None)
    run = audit(odd, btar_audit_exact=True)
    assert run.returncode == 0, run.output
    output = " ".join(run.output.split())
    assert output.count("the plan hobbyist of pg keeps backups could not be read") == 1
    assert output.count("of project shop allow forks could not be read") == 1
    found = told(odd, "restorable")
    assert (found["shop/hobby"][0], found["shop/secret"][1]) == ("pending", "unknown")
