# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services become hosts: their variables, groups and names, what is left out, and what it costs."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inventory.support import Inventories
from tests.simulator.client import Simulator

EVERYWHERE = {"cloud": "aws-eu-west-1", "plan": "business-4", "service_type": "pg"}


def add(simulator: Simulator, project: str, name: str, **spec: Any) -> None:
    simulator.add_service(project, name, **{**EVERYWHERE, **spec})


@pytest.fixture
def shop(simulator: Simulator) -> Simulator:
    """Two projects of one organization, one of another."""
    simulator.add_project("shop", organization="org-a")
    simulator.add_project("shop-2", organization="org-a")
    simulator.add_project("lab", organization="org-b")
    add(
        simulator,
        "shop",
        "orders",
        tags={"env": "production", "team": "checkout"},
        region="aws-eu-central-1",
        region_age_hours=240,
    )
    add(simulator, "shop", "search", service_type="opensearch", cloud="google-europe-west1", tags={"env": "staging"})
    add(simulator, "shop-2", "orders", powered=False)
    add(simulator, "lab", "events", service_type="kafka")
    return simulator


def test_variables_of_a_host(inventories_of_any_core: Inventories, shop: Simulator) -> None:
    hosts = inventories_of_any_core.list().hosts
    assert sorted(hosts) == ["events.lab", "orders.shop", "orders.shop-2", "search.shop"]
    assert hosts["orders.shop"] == {
        "aiven_project": "shop",
        "aiven_service_name": "orders",
        "aiven_service_type": "pg",
        "aiven_plan": "business-4",
        "aiven_cloud": "aws-eu-west-1",
        "aiven_provider": "aws",
        "aiven_primary_region": "aws-eu-west-1",
        "aiven_state": "RUNNING",
        "aiven_tags": {"env": "production", "team": "checkout"},
        "aiven_btar_region": "aws-eu-central-1",
        "aiven_protection": "protected",
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
    }
    assert hosts["orders.shop-2"]["aiven_state"] == "POWEROFF"
    assert hosts["events.lab"]["aiven_btar_region"] is None
    assert hosts["events.lab"]["aiven_protection"] == "unsupported"


def test_groups(inventories_of_any_core: Inventories, shop: Simulator) -> None:
    listing = inventories_of_any_core.list()
    assert listing.groups["aiven_project_shop"] == ["orders.shop", "search.shop"]
    assert listing.groups["aiven_project_shop_2"] == ["orders.shop-2"]
    assert listing.groups["aiven_cloud_google_europe_west1"] == ["search.shop"]
    assert listing.groups["aiven_type_kafka"] == ["events.lab"]
    assert listing.groups["aiven_protection_protected"] == ["orders.shop"]
    assert listing.groups["aiven_protection_disabled"] == ["orders.shop-2", "search.shop"]
    assert set(listing.data["all"]["children"]) == {"ungrouped", "aiven_services", "aiven_clouds"}
    assert listing.groups.get("aiven_clouds", []) == []
    assert set(listing.data["aiven_services"]["children"]) == {
        name for name in listing.groups if name.startswith(("aiven_project", "aiven_cloud", "aiven_type", "aiven_prot"))
    }
    assert "WARNING" not in listing.run.output


def test_modules_run_with_the_python_of_the_playbook(inventories_of_any_core: Inventories, shop: Simulator) -> None:
    inventories = inventories_of_any_core
    (inventories.folder / "site.yml").write_text(
        "- hosts: aiven_services:&aiven_project_lab\n"
        "  gather_facts: false\n"
        "  tasks:\n"
        "    - ansible.builtin.assert:\n"
        "        that:\n"
        "          - ansible_python_interpreter == ansible_playbook_python\n"
        "          - ansible_connection == 'local'\n"
        "          - inventory_dir == playbook_dir\n"
        "          - inventory_file is match('.*aiven_services.yml$')\n"
        "    - ansible.builtin.ping:\n"
    )
    run = inventories.command("ansible-playbook", "-i", str(inventories.write({})), "site.yml")
    assert run.returncode == 0, run.output
    assert [row["host"] for row in run.rows] == ["events.lab"] * 2


def test_variables_of_a_projects_group_win_over_those_of_all_services(
    inventories: Inventories, shop: Simulator
) -> None:
    variables = inventories.folder / "group_vars"
    variables.mkdir()
    (variables / "aiven_services.yml").write_text("where: everywhere\n")
    (variables / "aiven_project_lab.yml").write_text("where: lab\n")
    hosts = inventories.list().hosts
    assert {name: host["where"] for name, host in hosts.items()} == {
        **dict.fromkeys(hosts, "everywhere"),
        "events.lab": "lab",
    }


@pytest.mark.parametrize(
    ("filters", "hosts"),
    [
        ({"projects": ["lab"]}, ["events.lab"]),
        ({"projects": "{{ ['lab', 'lab'] }}"}, ["events.lab"]),
        ({"projects": []}, []),
        ({"organizations": ["org-b"]}, ["events.lab"]),
        ({"organizations": ["org-b"], "projects": ["shop-2"]}, ["events.lab", "orders.shop-2"]),
        ({"service_types": ["opensearch", "kafka"]}, ["events.lab", "search.shop"]),
        ({"states": ["POWEROFF"]}, ["orders.shop-2"]),
        ({"services": ["ord*", "none"]}, ["orders.shop", "orders.shop-2"]),
        ({"services": ["Orders"]}, []),
        ({"tags": {"env": "prod*"}}, ["orders.shop"]),
        ({"tags": {"env": "*"}}, ["orders.shop", "search.shop"]),
        ({"tags": {"env": "*", "team": "*"}}, ["orders.shop"]),
        ({"tags": {"env": "*"}, "service_types": ["opensearch"]}, ["search.shop"]),
        ({"service_types": "{{ types }}"}, ["events.lab"]),
    ],
    ids=str,
)
def test_filters(inventories: Inventories, shop: Simulator, filters: dict[str, Any], hosts: list[str]) -> None:
    assert sorted(inventories.list(filters, "--extra-vars", '{"types": ["kafka"]}').hosts) == hosts


@pytest.mark.parametrize(
    ("hostname", "hosts"),
    [
        ("PROJECT.SERVICE", ["lab.events", "shop-2.orders", "shop.orders", "shop.search"]),
        ("PROJECT__SERVICE", ["lab__events", "shop-2__orders", "shop__orders", "shop__search"]),
        ("SERVICE-PROJECT", ["events-lab", "orders-shop", "orders-shop-2", "search-shop"]),
    ],
)
def test_hostname(inventories: Inventories, shop: Simulator, hostname: str, hosts: list[str]) -> None:
    assert sorted(inventories.list({"hostname": hostname}).hosts) == hosts


def test_services_that_would_share_a_name_are_named_in_full(inventories: Inventories, shop: Simulator) -> None:
    listing = inventories.list({"hostname": "SERVICE"})
    assert sorted(listing.hosts) == ["events", "orders.shop", "orders.shop-2", "search"]
    assert "hostname SERVICE gives several services the same name" in listing.output
    assert "named SERVICE.PROJECT: orders" in listing.output


def test_a_group_of_two_projects_is_said(inventories: Inventories, simulator: Simulator) -> None:
    for project in ("a-b", "a_b"):
        simulator.add_project(project)
        add(simulator, project, "one")
        add(simulator, project, "two")
    listing = inventories.list()
    assert len(listing.groups["aiven_project_a_b"]) == 4
    assert listing.output.count("the group aiven_project_a_b holds the services of several: 'a-b', 'a_b'") == 1


@pytest.mark.parametrize(
    ("config", "calls"),
    [
        ({}, {"/me": 1, "/clouds": 1, "/project/*/service": 3}),
        ({"projects": ["shop", "lab"]}, {"/clouds": 1, "/project/*/service": 2}),
        ({"organizations": ["org-a", "org-b"]}, {"/organization/*/projects": 2, "/clouds": 1, "/project/*/service": 3}),
        ({"organizations": ["org-a"], "projects": ["shop", "lab"]}, {"/organization/*/projects": 1, "/clouds": 1, "/project/*/service": 3}),
    ],
    ids=["all", "projects", "organizations", "both"],
)  # fmt: skip
def test_calls(inventories: Inventories, shop: Simulator, config: dict[str, Any], calls: dict[str, int]) -> None:
    shop.clear_requests()
    inventories.list(config)
    assert {path: shop.calls("GET", path) for path in calls} == calls
    assert shop.calls() == sum(calls.values())


def test_protection_of_the_demonstrations_fleet(inventories: Inventories, simulator: Simulator) -> None:
    simulator.seed(240)
    listing = inventories.list()
    statuses = {"unsupported", "disabled", "unknown", "pending", "paused", "lagging", "protected"}
    assert {host["aiven_protection"] for host in listing.hosts.values()} == statuses
    for status in statuses:
        hosts = sorted(name for name, host in listing.hosts.items() if host["aiven_protection"] == status)
        assert listing.groups[f"aiven_protection_{status}"] == hosts
    assert "__ansible_unsafe" not in str(listing.hosts), "usual values must be plain for whoever reads the listing"


def test_protection_follows_the_clock_and_the_rpo_target(inventories: Inventories, shop: Simulator) -> None:
    assert inventories.list().hosts["orders.shop"]["aiven_protection"] == "protected"
    assert inventories.list({"rpo_target": 1}).hosts["orders.shop"]["aiven_protection"] == "lagging"


def test_a_cloud_that_is_not_in_the_public_list_has_no_provider(inventories: Inventories, simulator: Simulator) -> None:
    simulator.add_project("own", custom_clouds=["aws-eu-west-1"])
    add(simulator, "own", "db", cloud="custom-aws-eu-west-1")
    assert inventories.list().hosts["db.own"]["aiven_provider"] is None
