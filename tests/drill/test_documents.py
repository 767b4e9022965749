# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/drills.md does what it says: its verification with a real database, its commands."""

from __future__ import annotations

import re
import shlex

import yaml

from tests.drill.support import READY, SECONDARY, drill, evidence, forks
from tests.fleet.support import CONFIG, Site
from tests.playbooks.support import play
from tests.playbooks.test_examples import example_of
from tests.simulator.client import ROOT, Simulator

PAGE = (ROOT / "docs/drills.md").read_text()


def commands() -> list[str]:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    return [line for line in block.splitlines() if line]


def verification() -> str:
    (block,) = [block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "# verify.yml" in block]
    return str(block)


def add_orders(simulator: Simulator) -> None:
    """The database that the page and the example of the checks speak of."""
    simulator.add_service("shop", "orders", plan="business-4", region=SECONDARY)
    simulator.sql("shop", "orders", "CREATE TABLE orders AS SELECT n, now() AS created FROM generate_series(1, 1000) n")
    simulator.sql("shop", "orders", "CREATE TABLE currencies AS SELECT unnest(ARRAY['SEK', 'EUR', 'USD']) AS code")
    simulator.replicate("shop", "orders")


def folder_of_evidence(site: Site) -> None:
    site.write("inventory/test.aiven_services.yml", CONFIG)
    site.write("verify.yml", verification())


def test_its_commands_drill_a_real_database_with_its_checks(real: Site) -> None:
    add_orders(real.simulator)
    folder_of_evidence(real)
    check, carried_out = commands()
    assert real.playbooks.command(shlex.split(check)).returncode == 0
    assert evidence(real) == {}
    run = real.playbooks.command(shlex.split(carried_out))
    assert run.returncode == 0, run.output
    body = evidence(real)["orders"]
    asked = [
        check["name"]
        for task in yaml.safe_load(verification())
        for check in task["offsite.aiven.aiven_btar_drill_postgres"]["checks"]
    ]
    assert [check["name"] for check in body["checks"] if check["passed"]][2:5] == asked
    assert forks(real) == []


def test_the_example_of_the_checks_is_a_verification(real: Site) -> None:
    add_orders(real.simulator)
    tasks = yaml.safe_load(example_of("aiven_btar_drill_postgres"))
    run = drill(real, btar_drill_verify=str(real.write("verify.yml", tasks)))
    assert run.returncode == 0, run.output
    body = evidence(real)["orders"]
    asked = [check["name"] for check in tasks[0]["offsite.aiven.aiven_btar_drill_postgres"]["checks"]]
    assert body["result"] == "passed"
    assert [check["name"] for check in body["checks"] if check["name"] in asked and check["passed"]] == asked


def test_the_example_of_evidence_begins_a_drill(site: Site) -> None:
    """Of the service that a task before has chosen."""
    site.simulator.add_service("shop", "orders", **READY)
    chosen = play([{"name": "choose", "offsite.aiven.aiven_btar_drill_plan": {}}], hosts="aiven_services")
    drills = "{{ query('offsite.aiven.aiven_run', 'drills') }}"
    begun = play(yaml.safe_load(example_of("aiven_btar_drill_evidence")), hosts=drills)
    source = site.write("inventory/test.aiven_services.yml", CONFIG)
    path = site.write("site.yml", [chosen, begun])
    run = site.playbooks.command(["ansible-playbook", "-i", str(source.parent), str(path)])
    assert run.returncode == 0, run.output
    assert run.rows[-1]["action"] == "offsite.aiven.aiven_btar_drill_evidence"
    assert list((site.folder / "btar/drills").rglob("*.begun"))


def test_the_arguments_of_its_table_are_taken(site: Site) -> None:
    """Each with the command in check mode; the simulated fleet has services of the project shop."""
    site.simulator.add_service("shop", "orders", **READY)
    folder_of_evidence(site)
    arguments = re.findall(r"^\| [^|]+ \| `(-e [^`]+)` \|$", PAGE, re.MULTILINE)
    assert len(arguments) == 4
    for given in arguments:
        run = site.playbooks.command(shlex.split(f"{commands()[0]} {given}"))
        assert run.returncode == 0, run.output
