# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A lost region through the real ansible-playbook: what is told of each service, what it costs, what it does without."""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.fleet.support import CONFIG, HOME, PARTNER, Site, results_of
from tests.playbooks.support import Run
from tests.region_down.region import KINDS, NORTH, READY, fill, kind_of
from tests.simulator.client import ROOT, Simulator

TASK = "Look at the services of the region and write the reports"
SCHEMA = json.loads((ROOT / "docs/schemas/region-down.schema.json").read_text())


def down(site: Site, *arguments: str, region: str = HOME, **variables: Any) -> Run:
    return site.run("region_down", *arguments, btar_region=region, **variables)


def result(run: Run) -> dict[str, Any]:
    (row,) = results_of(run, TASK)
    found: dict[str, Any] = row["result"]
    return found


def report(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.folder / "btar/btar-region-down.json").read_text())
    return found


def rows_by_name(site: Site) -> dict[str, dict[str, Any]]:
    return {row["service_name"]: row for row in report(site)["services"]}


def codes(row: dict[str, Any]) -> set[str]:
    return {obstacle["code"] for obstacle in row["obstacles"]}


def operations(simulator: Simulator) -> Counter[str]:
    """What was asked since the inventory was read, which lists each project once too."""
    return Counter(entry["operation"] for entry in simulator.requests())


@pytest.fixture
def region(site: Site) -> Simulator:
    fill(site.simulator)
    site.simulator.clear_requests()
    return site.simulator


@pytest.fixture
def orders(site: Site) -> Simulator:
    """One PostgreSQL service with a copy."""
    site.simulator.add_service("shop", "orders", **READY)
    return site.simulator


def test_each_of_fifty_services_is_told_what_is_lost_and_what_stands_in_the_way(site: Site, region: Simulator) -> None:
    run = down(site)
    assert run.returncode == 0, run.output
    whole = report(site)
    jsonschema.Draft202012Validator(SCHEMA).validate(whole)
    ran = [row for row in whole["services"] if row["runs_in_region"]]
    assert len(ran) == whole["headline"]["down"] == 50
    for row in ran:
        _facts, answer, expected = KINDS.get(kind_of(row), ({}, "yes", set()))
        assert (row["restorable"], codes(row)) == (answer, expected), row
        assert (row["restore_point"] is not None) == (answer in ("yes", "prepare")), row
    truth = {row["service_name"]: row for row in region.state()["services"]}
    copies = [row for row in ran if row["restore_from"] and row["restore_from"]["copies"] == "secondary"]
    assert all(row["restore_from"]["region"] == PARTNER == truth[row["service_name"]]["region"] for row in copies)
    assert rows_by_name(site)["migrated-00"]["restore_from"] == {"copies": "primary", "region": NORTH}
    assert "read replica of shop/pg-00" in rows_by_name(site)["replica-00"]["obstacles"][0]["message"]
    assert "offered there and as large: business" in rows_by_name(site)["premium-00"]["obstacles"][0]["message"]
    moved = rows_by_name(site)["moved-00"]
    assert (moved["runs_in_region"], moved["order"], moved["restorable"]) == (False, None, "yes")
    assert (whole["headline"]["still_running"], whole["headline"]["copies_there"]) == (1, 1)


def test_it_costs_what_is_promised_and_writes_nothing(site: Site, region: Simulator) -> None:
    run = down(site)
    asked = operations(region)
    # Two projects, listed by the inventory as well; pg, mysql, opensearch and valkey in the one, pg and mysql in the other.
    assert asked == {
        "UserInfo": 1,
        "ServiceList": 2 + 2,
        "ListClouds": 1,
        "ProjectServicePlanList": 4 + 2,
        "VpcList": 2,
    }
    assert result(run)["api_calls"] == {"total": 10, "reads": 10, "writes": 0, "retries": 0, "waited_seconds": 0.0}
    region.clear_requests()
    exact = down(site, btar_region_exact=True)
    # One for each pg and mysql service with a region to restore from.
    rows = [row for row in report(site)["services"] if row["restore_from"] and row["service_type"] in ("pg", "mysql")]
    assert operations(region)["ServiceBackupsGet"] == len(rows) == 40
    assert result(exact)["api_calls"]["total"] == 10 + 40
    assert {entry["method"] for entry in region.requests()} == {"GET"}


def test_exactly_is_to_the_second(site: Site, region: Simulator) -> None:
    down(site)
    before = rows_by_name(site)
    down(site, btar_region_exact=True)
    after = rows_by_name(site)
    assert (before["pg-00"]["rpo_exact"], after["pg-00"]["rpo_exact"]) == (False, True)
    assert after["pg-00"]["rpo_seconds"] < before["pg-00"]["rpo_seconds"]
    assert (before["silent-00"]["restorable"], after["silent-00"]["restorable"]) == ("unknown", "yes")


def test_it_works_when_nothing_answers_about_backups(site: Site, region: Simulator) -> None:
    region.fault(kind="503", path="*/backups", count=None)
    run = down(site, btar_region_exact=True, aiven_retry_timeout=1)
    region.clear_faults()
    assert run.returncode == 0, run.output
    assert "the backups of 40 services could not be read, the listing tells of them" in report(site)["unchecked"][0]
    assert rows_by_name(site)["pg-00"]["restorable"] == "yes"
    assert rows_by_name(site)["pg-00"]["rpo_exact"] is False
    asked = {entry["service"] for entry in region.requests(operation="ServiceBackupsGet")}
    # Eight are asked at once; by then three have failed.
    assert len(asked) <= 8 + 2


def test_a_token_that_may_only_read_services_gets_all_that_the_listing_tells(site: Site, region: Simulator) -> None:
    region.add_token("reader", roles={"*": ["project:services:read"]})
    run = down(site, btar_region_exact=True, aiven_api_token="reader")
    assert run.returncode == 0, run.output
    row = rows_by_name(site)["pg-00"]
    assert (row["restorable"], codes(row)) == ("yes", {"plan_unchecked"})
    unchecked = "\n".join(report(site)["unchecked"])
    assert "service:configuration:write" in unchecked
    assert "project:services:write" in unchecked
    # Refused once for each project, and not for each type.
    assert operations(region)["ProjectServicePlanList"] == 2
    assert rows_by_name(site)["network-00"]["restorable"] == "prepare"


def test_the_vpcs_may_be_unreadable(site: Site, region: Simulator) -> None:
    region.fault(kind="403", path="/project/*/vpcs", count=None)
    down(site)
    region.clear_faults()
    assert codes(rows_by_name(site)["network-00"]) == {"vpc_unchecked"}


def test_the_order_is_that_of_variables_then_tags(site: Site, orders: Simulator) -> None:
    for name, tags in (
        ("tagged", {"btar_restore_priority": "2"}),
        ("odd", {"btar_restore_priority": "soon"}),
        ("last", {}),
    ):
        orders.add_service("shop", name, tags=tags, **READY)
    site.write("inventory/host_vars/orders.shop.yml", {"base": 2, "btar_restore_priority": "{{ base - 1 }}"})
    site.write("inventory/host_vars/last.shop.yml", {"btar_restore_priority": 3})
    run = down(site)
    assert [row["service_name"] for row in report(site)["services"]] == ["orders", "tagged", "last", "odd"]
    assert [row["priority"] for row in report(site)["services"]] == [1, 2, 3, None]
    assert run.returncode == 0, run.output
    assert "shop/odd is left without priority: btar_restore_priority is 'soon'" in report(site)["unchecked"][0]


def test_a_priority_that_cannot_be_templated_is_told_and_stops_nothing(site: Site, orders: Simulator) -> None:
    site.write("inventory/host_vars/orders.shop.yml", {"btar_restore_priority": "{{ nowhere + 1 }}"})
    run = down(site)
    assert run.returncode == 0, run.output
    assert "shop/orders is left without priority" in report(site)["unchecked"][0]
    assert "nowhere" in report(site)["unchecked"][0]


def test_a_variable_goes_before_a_tag(site: Site, orders: Simulator) -> None:
    orders.patch("shop", "orders", tags={"btar_restore_priority": "1"})
    site.group_vars("aiven_type_pg", btar_restore_priority=0)
    down(site)
    assert report(site)["services"][0]["priority"] == 0


def test_it_shows_a_table_and_where_the_reports_are(site: Site, orders: Simulator) -> None:
    run = down(site)
    assert "1 of 1 service in aws-eu-west-1 can be restored elsewhere" in run.output
    assert "shop/orders" in run.output
    assert str(site.folder / "btar/btar-region-down.html") in run.output
    assert "Region down: aws-eu-west-1" in (site.folder / "btar/btar-region-down.html").read_text()


def test_the_command_of_the_page_is_the_right_one(site: Site, orders: Simulator) -> None:
    (block,) = re.findall(r"```sh\n(.*?)\n```", (ROOT / "docs/region-down.md").read_text(), re.DOTALL)
    site.write("inventory/test.aiven_services.yml", CONFIG)
    run = site.playbooks.command(shlex.split(block))
    assert run.returncode == 0, run.output
    assert report(site)["headline"]["restorable"]["yes"] == 1


def test_limit_and_check_mode_are_honoured(site: Site, orders: Simulator) -> None:
    orders.add_service("bank", "ledger", **READY)
    run = down(site, "--limit", "ledger.bank", "--check")
    assert run.returncode == 0, run.output
    assert [row["service_name"] for row in report(site)["services"]] == ["ledger"]


def test_globs_name_several_regions(site: Site, orders: Simulator) -> None:
    orders.add_service("shop", "north", **{**READY, "region": HOME, "cloud": NORTH})
    run = down(site, region="aws-eu-*")
    assert result(run)["headline"]["restorable"]["no"] == 2
    assert report(site)["regions"] == [PARTNER, NORTH, HOME]


@pytest.mark.parametrize("region", ["", "  ", None])
def test_without_a_region_it_says_how_to_name_one(site: Site, orders: Simulator, region: Any) -> None:
    run = site.run("region_down", btar_region=region)
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "invalid_target"
    assert "-e btar_region=aws-eu-west-1" in result(run)["msg"]
    assert result(run)["api_calls"]["total"] == 0


def test_a_region_that_does_not_exist_is_no_good_news(site: Site, orders: Simulator) -> None:
    run = down(site, region="aws-eu-wset-1")
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "unknown_region"
    assert "did you mean aws-eu-west-1" in result(run)["msg"]
    assert not (site.folder / "btar").exists()


def test_a_region_with_none_of_the_services_is(site: Site, orders: Simulator) -> None:
    run = down(site, region="google-europe-west1")
    assert run.returncode == 0, run.output
    assert "no service of the inventory runs in google-europe-west1" in run.output


def test_a_project_that_cannot_be_read_fails_it_and_the_rest_is_reported(site: Site, orders: Simulator) -> None:
    orders.add_service("bank", "ledger", **READY)
    # The inventory is read before.
    orders.fault(kind="403", path="/project/bank/service", after=1)
    run = down(site)
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "permission_denied"
    assert list(report(site)["scope"]["unreadable_projects"]) == ["bank"]
    assert [row["service_name"] for row in report(site)["services"]] == ["orders"]


def test_a_report_that_reads_nothing_leaves_the_last(site: Site, orders: Simulator) -> None:
    down(site)
    before = (site.folder / "btar/btar-region-down.html").read_bytes()
    orders.fault(kind="401", path="/project/shop/service", after=1)
    run = down(site)
    assert result(run)["error"]["code"] == "authentication_failed"
    assert (site.folder / "btar/btar-region-down.html").read_bytes() == before


def test_unwritable_reports_are_named(site: Site, orders: Simulator) -> None:
    blocked = site.write("blocked", "a file")
    run = down(site, btar_report_dir=str(blocked))
    assert run.returncode == 2
    assert str(blocked) in result(run)["msg"]
    assert "Traceback" not in run.output


def test_an_inventory_without_services_is_an_error(site: Site, tmp_path: Path) -> None:
    inventory = site.write("hosts.yml", {"all": {"hosts": {"one": None}}})
    run = site.playbooks.command(
        ["ansible-playbook", "-i", str(inventory), "offsite.aiven.region_down", "-e", f"btar_region={HOME}"]
    )
    assert run.returncode != 0
    assert "no host in the group aiven_services" in run.output


def test_a_service_that_has_gone_and_a_host_that_is_none_are_told(site: Site, orders: Simulator) -> None:
    site.write(
        "inventory/more.yml",
        {
            "aiven_services": {
                "hosts": {
                    "gone": {"aiven_project": "shop", "aiven_service_name": "gone"},
                    "gone-too": {"aiven_project": "shop", "aiven_service_name": "gone"},
                    "odd": {},
                }
            }
        },
    )
    run = down(site)
    assert run.returncode == 0, run.output
    unchecked = "\n".join(report(site)["unchecked"])
    assert "shop/gone" in unchecked
    assert "left out: host odd has no aiven_project or no aiven_service_name, so it names no" in unchecked
    assert "left out: host gone-too is the same service shop/gone as host gone" in unchecked


def test_a_project_that_the_inventory_could_not_read_is_told(site: Site, orders: Simulator) -> None:
    orders.add_project("dark")
    source = site.write("lenient/all.aiven_services.yml", {**CONFIG, "on_project_error": "warn"})
    command = site.arguments("region_down", btar_region="aws-eu-west-1")
    orders.fault(kind="403", path="/project/dark/service", count=None)
    run = site.playbooks.command(
        [str(source.parent) if each.endswith("/inventory") else each for each in command], "down"
    )
    orders.clear_faults()
    assert run.returncode == 0, run.output
    assert list(report(site)["scope"]["unreadable_projects"]) == ["dark"]
