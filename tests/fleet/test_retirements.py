# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Aiven announces about a call is shown once in a run of ansible-playbook, whatever makes that call and how often."""

from __future__ import annotations

import pytest
import yaml

from tests.fleet.support import HOME, PARTNER, add_services, rows_of
from tests.inventory.conftest import inventories, inventories_of_any_core
from tests.inventory.support import Inventories
from tests.playbooks.support import play
from tests.simulator.client import Simulator

__all__ = ["inventories", "inventories_of_any_core"]

LISTING, GET = "GET /project/{project}/service (", "GET /project/{project}/service/{service} ("
TASK = {"project": "shop", "service_name": "db-000", "region": PARTNER}
TASKS = [
    {"offsite.aiven.aiven_btar": TASK},
    {"offsite.aiven.aiven_btar": TASK},
    {"offsite.aiven.aiven_btar_info": {"projects": ["shop", "bank"]}},
    {"offsite.aiven.aiven_btar_info": {"projects": ["bank"]}},
    {"offsite.aiven.aiven_btar_fleet": {"targets": [{**TASK, "service_name": "db-001"}]}},
    {"offsite.aiven.aiven_btar_fleet": {"state": "enabled"}},
    {"offsite.aiven.aiven_btar_audit": {}},
]


def test_each_call_once_a_run(inventories_of_any_core: Inventories, simulator: Simulator) -> None:
    """Reading an inventory, modules and actions make the same calls."""
    site = inventories_of_any_core
    for project in ("shop", "bank"):
        add_services(simulator, rows_of(project, 2, region=PARTNER))
    source = site.write({})
    book = site.folder / "site.yml"
    tasks = [{"name": str(number), "run_once": True, **task} for number, task in enumerate(TASKS)]
    book.write_text(yaml.safe_dump([play(tasks, hosts="aiven_services", vars={"btar_region_map": {HOME: PARTNER}})]))
    simulator.fault(kind="deprecated", count=None)
    run = site.command("ansible-playbook", "-i", str(source), str(book))
    output = " ".join(run.output.split())
    assert run.returncode == 0, run.output
    assert [output.count(f"Aiven retires {call}") for call in (LISTING, GET)] == [1, 1]
    assert "deprecated since 2026-09-01, gone after 2027-03-31" in output


def test_a_call_that_is_gone(inventories: Inventories, simulator: Simulator) -> None:
    book = inventories.folder / "site.yml"
    book.write_text(yaml.safe_dump([play([{"name": "info", "offsite.aiven.aiven_btar_info": {"projects": ["shop"]}}])]))
    simulator.fault(kind="410", count=None)
    run = inventories.command("ansible-playbook", "-i", "localhost,", str(book))
    error = run.result("info")["error"]
    assert (error["code"], error["status"]) == ("rejected", 410)
    assert "Update the collection offsite.aiven" in error["message"]


@pytest.mark.parametrize("headers", [{}, {"deprecation": "true"}], ids=["dates", "old form"])
def test_the_simulator_announces(simulator: Simulator, headers: dict[str, str]) -> None:
    add_services(simulator, rows_of("shop", 1))
    simulator.fault(kind="deprecated", headers=headers)
    assert simulator.api("GET", "/project/shop/service")[0] == 200
    simulator.fault(kind="410")
    status, body = simulator.api("GET", "/project/shop/service")
    assert (status, body["errors"][0]["error_code"]) == (410, "retired_api_endpoint")
