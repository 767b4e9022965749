# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every EXAMPLES block is run as it stands, with a simulator that holds what the examples name as Aiven."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.support import Playbooks
from tests.simulator.client import ROOT, Simulator

SERVICES: list[dict[str, Any]] = [
    {
        "project": "shop-production",
        "service_name": "orders-db",
        "cloud": "aws-eu-west-1",
        "tags": {"env": "prod", "team": "shop"},
    },
    {
        "project": "shop-production",
        "service_name": "search",
        "service_type": "opensearch",
        "cloud": "aws-eu-west-1",
        "region": "aws-eu-west-2",
        "region_age_hours": 72,
    },
    {
        "project": "shop-production",
        "service_name": "customers-db",
        "cloud": "aws-eu-west-1",
        "region": "aws-eu-central-1",
        "region_age_hours": 72,
    },
    {"project": "shop-production", "service_name": "events", "service_type": "kafka", "cloud": "aws-eu-west-1"},
    {
        "project": "payments-production",
        "service_name": "ledger",
        "service_type": "mysql",
        "cloud": "google-europe-west1",
        "tags": {"environment": "production"},
    },
    {
        "project": "sandbox",
        "service_name": "playground",
        "cloud": "aws-eu-west-1",
        "region": "aws-eu-central-1",
        "region_age_hours": 72,
    },
]
INVENTORY = "plugin: offsite.aiven.aiven_services\n"


def examples(path: Path) -> str:
    """The EXAMPLES of a plugin; empty where it has none."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == "EXAMPLES" for target in node.targets):
            return str(ast.literal_eval(node.value))
    return ""


def example_of(module: str) -> str:
    return examples(ROOT / f"plugins/modules/{module}.py")


# What these work on is made by something else first: reports of audits, a drill that is chosen, a database that is restored.
# Their examples run where that is at hand, in the tests named here.
ELSEWHERE = {
    "aiven_btar_merge": "tests/audit/test_merge.py",
    "aiven_btar_drill_evidence": "tests/drill/test_documents.py",
    "aiven_btar_drill_mysql": "tests/drill/test_mysql.py",
    "aiven_btar_drill_postgres": "tests/drill/test_documents.py",
}
MODULES = sorted(path for path in ROOT.glob("plugins/modules/*.py") if path.stem not in ELSEWHERE)
CONFIGURATIONS = [
    pytest.param(text, id=f"{path.stem}-{number}")
    for path in sorted(ROOT.glob("plugins/inventory/*.py"))
    for number, text in enumerate(filter(str.strip, examples(path).split("---\n")))
]


@pytest.fixture
def aiven(simulator_process: Simulator) -> Simulator:
    simulator_process.reset()
    for name in {service["project"] for service in SERVICES}:
        simulator_process.add_project(name, organization="org-acme-retail")
    for service in SERVICES:
        simulator_process.add_service(**service)
    return simulator_process


@pytest.fixture
def playbooks(aiven: Simulator, tmp_path: Path) -> Playbooks:
    (tmp_path / "my.aiven_services.yml").write_text(INVENTORY)
    # One example gives what another one names, as Aiven allows one change in 24 hours.
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "orders-db.shop-production.yml").write_text("btar_secondary_region: aws-eu-central-1\n")
    return Playbooks(tmp_path, aiven.environment)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_tasks(path: Path, playbooks: Playbooks, aiven: Simulator) -> None:
    if path.stem == "aiven_btar_restore_many":
        # It fails on the hosts of what no region can restore.
        for name in ("orders-db", "events"):
            aiven.remove("shop-production", name)
    text = examples(path)
    tasks = yaml.safe_load(text)
    # What runs once for many hosts is shown with them.
    hosts = "aiven_services" if "run_once: true" in text else "localhost"
    site = playbooks.folder / "site.yml"
    indented = "".join(f"    {line}\n" if line else "\n" for line in text.splitlines())
    site.write_text(f"- hosts: {hosts}\n  gather_facts: false\n  tasks:\n{indented}")
    run = playbooks.command(
        ["ansible-playbook", "-i", "my.aiven_services.yml", "-e", "btar_region_otherwise=nearest", str(site)]
    )
    assert run.returncode == 0, run.output
    done = {row["task"] for row in run.rows if row["status"] != "skipped"}
    assert {task["name"] for task in tasks if "block" not in task} <= done
    assert path.stem in {row["action"].removeprefix("offsite.aiven.") for row in run.rows}


def test_the_examples_of_aiven_btar_do_what_they_say(playbooks: Playbooks, aiven: Simulator) -> None:
    test_tasks(ROOT / "plugins/modules/aiven_btar.py", playbooks, aiven)
    changes = [change["after"] for change in aiven.service("shop-production", "orders-db")["region_changes"]]
    assert changes == ["aws-eu-central-1", None]
    assert aiven.service("shop-production", "invoices-db")["region"] == "aws-eu-central-1"


@pytest.mark.parametrize(("name", "test"), ELSEWHERE.items())
def test_what_is_left_out_here_runs_elsewhere(name: str, test: str) -> None:
    assert f'example_of("{name}")' in (ROOT / test).read_text()


@pytest.mark.parametrize("text", CONFIGURATIONS)
def test_inventories(text: str, playbooks: Playbooks) -> None:
    (playbooks.folder / "example.aiven_services.yml").write_text(text)
    run = playbooks.command(["ansible-inventory", "-i", "example.aiven_services.yml", "--graph", "aiven_services"])
    assert run.returncode == 0, run.output
    assert "[WARNING]" not in run.output, run.output
    assert "  |--" in run.output, run.output


@pytest.mark.parametrize("path", sorted(ROOT.glob("plugins/lookup/*.py")), ids=lambda path: path.stem)
def test_plays(path: Path, playbooks: Playbooks, aiven: Simulator) -> None:
    """The examples of lookups are whole plays."""
    site = playbooks.folder / "site.yml"
    site.write_text(examples(path))
    run = playbooks.command(
        ["ansible-playbook", "-i", "my.aiven_services.yml", "-e", "btar_region_otherwise=nearest", str(site)]
    )
    assert run.returncode == 0, run.output
    assert run.rows
    assert {row["action"] for row in run.rows} == {f"offsite.aiven.aiven_btar_{name}" for name in ("fleet", "outcome")}
    services = [aiven.service(service["project"], service["service_name"]) for service in SERVICES]
    totals = [row["result"]["summary"]["total"] for row in run.rows if row["action"].endswith("_fleet")]
    assert totals == [len(services)]
    assert all(service["region"] for service in services if service["service_type"] != "kafka")
