# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Controls that are off until asked for, with what they cost; owners, history and OSCAL, through the real ansible-playbook."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.audit.test_audit_playbook import MAP, audit, report, result
from tests.audit.test_merge import merge
from tests.fleet.support import CONFIG, PARTNER, Site
from tests.simulator.client import Simulator


@pytest.fixture
def shop(site: Site) -> Simulator:
    """Two PostgreSQL services and an OpenSearch in one project, with copies, and a type that can have none."""
    site.group_vars(btar_region_map=MAP)
    copied: dict[str, Any] = {"plan": "business-4", "cloud": "aws-eu-west-1", "region": PARTNER, "region_age_hours": 72}
    add = site.simulator.add_service
    add("shop", "orders", termination_protection=True, tags={"team": "pay", "holder": "security"}, **copied)
    add("shop", "carts", tags={"team": "pay"}, **copied)
    add("shop", "search", service_type="opensearch", **copied)
    add("shop", "queue", service_type="kafka", plan="business-4", cloud="aws-eu-west-1")
    for name in ("orders", "carts"):
        site.simulator.patch("shop", name, overlay={"cmk_id": "00000000-0000-4000-8000-000000000001"})
    return site.simulator


def results(site: Site, control: str) -> dict[str, str]:
    return {row["service_name"]: row["controls"][control]["result"] for row in report(site)["services"]}


def plan_lists(simulator: Simulator) -> list[str]:
    return [entry["path"] for entry in simulator.requests(operation="ProjectServicePlanList")]


def test_what_is_not_asked_for_costs_nothing_and_does_not_apply(site: Site, shop: Simulator) -> None:
    run = audit(site)
    assert result(run)["api_calls"]["total"] == 1
    for control in ("frequency", "retention", "deletion_protected", "key_known", "owner_known"):
        assert set(results(site, control).values()) == {"not_applicable"}
    assert report(site)["coverage"]["owner"] == []
    assert report(site)["trend"] is None


def test_schedules_cost_a_call_for_each_type_that_has_copies(site: Site, shop: Simulator) -> None:
    run = audit(site, btar_audit_max_interval="24h", btar_audit_min_retention="400d")
    assert result(run)["api_calls"]["total"] == 3
    assert sorted(path.split("/")[-2] for path in plan_lists(shop)) == ["opensearch", "pg"]
    assert results(site, "frequency") == {
        "orders": "pass",
        "carts": "pass",
        "search": "pass",
        "queue": "not_applicable",
    }
    assert results(site, "retention")["orders"] == "fail"
    assert report(site)["settings"]["max_interval_seconds"] == 86400


def test_a_plan_that_is_not_offered_there_cannot_be_restored(site: Site, shop: Simulator) -> None:
    audit(site, btar_audit_plans=True)
    assert results(site, "restorable")["orders"] == "pass"
    shop.add_project("shop", not_offered={PARTNER: ["business-4"]})
    run = audit(site, btar_audit_plans=True)
    assert result(run)["api_calls"]["total"] == 3
    assert results(site, "restorable")["orders"] == "fail"
    audit(site)
    assert results(site, "restorable")["orders"] == "pass"


def test_a_token_that_may_not_read_plans_gets_a_warning_and_no_guess(site: Site, shop: Simulator) -> None:
    shop.fault(kind="403", path="*/plans", count=None)
    run = audit(site, btar_audit_max_interval="24h")
    shop.clear_faults()
    assert run.returncode == 0, run.output
    assert len(plan_lists(shop)) == 1
    assert "project:services:write" in run.output
    assert results(site, "frequency")["orders"] == "unknown"
    assert results(site, "restorable")["orders"] == "pass"


def test_deletion_and_keys_cost_no_call(site: Site, shop: Simulator) -> None:
    run = audit(site, btar_audit_deletion_protection=True, btar_audit_key_tag="holder")
    assert result(run)["api_calls"]["total"] == 1
    asked = {"queue": "not_applicable"}
    assert results(site, "deletion_protected") == {"orders": "pass", "carts": "fail", "search": "fail", **asked}
    assert results(site, "key_known") == {"orders": "pass", "carts": "fail", "search": "not_applicable", **asked}


def test_owners_and_their_course(site: Site, shop: Simulator) -> None:
    history = site.folder / "history.jsonl"
    variables = {"btar_audit_owner_tag": "team", "btar_audit_history": str(history)}
    audit(site, **variables)
    owned = {"orders": "pass", "carts": "pass", "search": "fail", "queue": "not_applicable"}
    assert results(site, "owner_known") == owned
    (group,) = [group for group in report(site)["remedies"] if group["id"] == "owner"]
    assert (group["reasons"], len(group["services"])) == (["no tag team says whose it is"], 1)
    shop.patch("shop", "carts", region=None)
    audit(site, **variables)
    trend = report(site)["trend"]
    assert [point["protected"] for point in trend["points"]] == [3, 2]
    assert trend["owner"] == [{"name": "pay", "percent": [100.0, 50.0]}, {"name": None, "percent": [100.0, 100.0]}]
    assert len(history.read_text().splitlines()) == 2


def test_a_file_that_is_no_history_is_named_before_any_call(site: Site, shop: Simulator) -> None:
    other = site.write("other.txt", "mine\n")
    run = audit(site, btar_audit_history=str(other))
    assert run.returncode == 2
    assert f"history {other} cannot be read" in result(run)["msg"]
    assert result(run)["api_calls"]["total"] == 0
    assert other.read_text() == "mine\n"


@pytest.mark.parametrize("option", ["max_interval", "min_retention"])
def test_a_bad_duration_is_named_before_any_call(site: Site, shop: Simulator, option: str) -> None:
    run = audit(site, **{f"btar_audit_{option}": "soon"})
    assert run.returncode == 2
    assert f"btar_audit_{option} of host orders.shop is 'soon'" in result(run)["msg"]
    assert result(run)["api_calls"]["total"] == 0


def test_oscal_is_written_where_it_is_asked_for(site: Site, shop: Simulator) -> None:
    run = audit(site, btar_report_formats="json,oscal")
    path = site.folder / "btar" / "btar-audit.oscal.json"
    assert result(run)["reports"]["oscal"] == str(path)
    (found,) = json.loads(path.read_text())["assessment-results"]["results"]
    assert len(found["local-definitions"]["inventory-items"]) == 4


def test_a_merged_audit_has_a_history_of_its_own(site: Site, shop: Simulator) -> None:
    history = site.folder / "merged.jsonl"
    audit(site, btar_audit_owner_tag="team")
    for _time in range(2):
        merge(site, str(site.folder / "btar" / "btar-audit.json"), btar_audit_history=str(history))
    merged = json.loads((site.folder / "merged" / "btar-audit.json").read_text())
    assert len(history.read_text().splitlines()) == 2
    assert len(merged["trend"]["points"]) == 2
    assert [row["name"] for row in merged["coverage"]["owner"]] == ["pay", None]


def test_more_is_asked_of_critical_services_by_their_variables(site: Site, shop: Simulator) -> None:
    """Whichever host the task runs on."""
    site.group_vars("aiven_type_pg", btar_audit_max_interval="1h", btar_drill_max_age_days="30")
    run = audit(site, btar_audit_min_retention="1d")
    assert result(run)["api_calls"]["total"] == 3
    expected = {"orders": "fail", "carts": "fail", "search": "not_applicable", "queue": "not_applicable"}
    assert results(site, "frequency") == results(site, "drill_recent") == expected
    settings = report(site)["settings"]
    assert (settings["min_retention_seconds"], settings["max_interval_seconds"]) == (86400, None)
    assert settings["differing"] == ["max_interval_seconds", "drill_max_age_days"]


def test_an_audit_of_a_part_is_another_audit_and_says_so(site: Site, shop: Simulator) -> None:
    history = str(site.folder / "history.jsonl")
    audit(site, btar_audit_history=history)
    whole = report(site)
    former = site.write("former.json", json.dumps(whole))
    run = audit(site, "--limit", "orders.shop:carts.shop", btar_audit_history=history, btar_audit_former=str(former))
    part = report(site)
    assert (whole["name"], part["name"]) == ("shop", "shop limit=orders.shop:carts.shop")
    assert "limit" not in whole["scope"]
    assert (part["scope"]["hosts"], part["scope"]["hosts_in_inventory"]) == (2, 4)
    assert len(part["trend"]["points"]) == 1
    assert "give btar_audit_name to continue one" in " ".join(run.output.split())
    comparison = part["comparison"]
    assert [row["service_name"] for row in comparison["not_seen_now"]] == ["queue", "search"]
    assert comparison["gone"] == []
    # A limit that leaves nothing out is none.
    audit(site, "--limit", "all")
    assert report(site)["name"] == "shop"


def test_a_project_that_the_inventory_could_not_read_is_not_forgotten(site: Site, shop: Simulator) -> None:
    shop.add_project("dark")
    source = site.write("lenient/all.aiven_services.yml", {**CONFIG, "on_project_error": "warn"})
    site.write("lenient/group_vars/all.yml", {"btar_region_map": MAP})
    command = [str(source.parent) if each.endswith("/inventory") else each for each in site.arguments("audit")]
    shop.fault(kind="403", path="/project/dark/service", count=None)
    run = site.playbooks.command(command, "audit")
    shop.clear_faults()
    assert run.returncode == 0, run.output
    found = report(site)
    assert list(found["scope"]["unreadable_projects"]) == ["dark"]
    assert found["name"] == "dark,shop"


def test_it_is_written_down_who_made_it(site: Site, shop: Simulator) -> None:
    audit(site, awx_user_name="ann")
    assert report(site)["by"]["user"] == "ann"
