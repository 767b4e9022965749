# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HostReader reads what each host would see in a task of its own, at the cost of a few hosts."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import not_named
from tests.cores import OTHER_CORES, binaries_of
from tests.fleet.inventories import RandomInventory
from tests.playbooks.support import Playbooks, Run
from tests.simulator.client import ROOT

ACTIONS = Path(__file__).parent / "action_plugins"
BINARIES = ROOT / ".venv" / "bin"


def run(folder: Path, extra: dict[str, Any], binaries: Path = BINARIES) -> Run:
    command = [str(binaries / "ansible-playbook"), "-i", "inventory", "site.yml", "-e", json.dumps(extra)]
    # The newest core makes a socket there, whose path must be short.
    with tempfile.TemporaryDirectory() as short:
        environment = {"ANSIBLE_ACTION_PLUGINS": str(ACTIONS), "TMPDIR": short}
        return Playbooks(folder, environment).command(command)


def judge(done: Run) -> None:
    """Every host was read as it sees itself."""
    assert done.returncode == 0, done.output
    (read,) = [row["result"]["read"] for row in done.rows if row["task"].endswith("read")]
    shown = {row["host"]: row["result"]["msg"] for row in done.rows if row["task"].endswith("show")}
    assert set(read) == set(shown)
    for host, seen in shown.items():
        known = {key: value for key, value in read[host].items() if value is not None}
        assert known == {key: value for key, value in seen.items() if value != "absent"}, host


@pytest.mark.parametrize("seed", range(6))
def test_every_host_is_read_as_it_sees_itself(tmp_path: Path, seed: int) -> None:
    inventory = RandomInventory(tmp_path, seed)
    inventory.write()
    judge(run(tmp_path, inventory.extra))


@pytest.mark.parametrize("seed", [100, 101])
@pytest.mark.parametrize("core", OTHER_CORES)
def test_on_other_cores_too(tmp_path: Path, core: str, seed: int) -> None:
    binaries = binaries_of(core)
    inventory = RandomInventory(tmp_path, seed)
    inventory.write()
    judge(run(tmp_path, inventory.extra, binaries))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1040))
def test_many_inventories(tmp_path: Path, seed: int) -> None:
    inventory = RandomInventory(tmp_path, seed, hosts=20)
    inventory.write()
    judge(run(tmp_path, inventory.extra))


def write_plain(folder: Path, hosts: dict[str, dict[str, Any]], group_vars: dict[str, Any]) -> None:
    tree = {"all": {"children": {"aiven_services": {"hosts": hosts}}}}
    files = {
        "inventory/hosts.yml": tree,
        "inventory/group_vars/aiven_services.yml": group_vars,
        "site.yml": [
            {"hosts": "aiven_services", "gather_facts": False, "tasks": [{"name": "read", "read_hosts": {}}]},
        ],
    }
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(yaml.safe_dump(content))


def services(count: int) -> dict[str, dict[str, Any]]:
    return {
        f"db-{number:03}": {"aiven_project": "p", "aiven_service_name": f"db-{number:03}"} for number in range(count)
    }


def test_hosts_that_share_all_are_asked_once(tmp_path: Path) -> None:
    hosts = services(200)
    hosts["db-007"]["btar_secondary_region"] = "aws-eu-west-2"
    write_plain(tmp_path, hosts, {"btar_region_map": {"aws-eu-west-1": "aws-eu-central-1"}})
    done = run(tmp_path, {})
    (row,) = [row["result"] for row in done.rows]
    assert row["asked"] == 2
    assert len(row["read"]) == 200
    assert row["read"]["db-007"]["btar_secondary_region"] == "aws-eu-west-2"
    assert row["read"]["db-008"]["btar_region_map"] == {"aws-eu-west-1": "aws-eu-central-1"}


def test_a_template_is_read_for_each_host(tmp_path: Path) -> None:
    write_plain(tmp_path, services(5), {"btar_secondary_region": "for-{{ inventory_hostname }}"})
    (row,) = [row["result"] for row in run(tmp_path, {}).rows]
    assert {host: values["btar_secondary_region"] for host, values in row["read"].items()} == {
        f"db-{number:03}": f"for-db-{number:03}" for number in range(5)
    }


def test_facts_of_an_earlier_run_count(tmp_path: Path) -> None:
    write_plain(tmp_path, services(3), {})
    facts = tmp_path / "facts"
    facts.mkdir()
    (tmp_path / "remember.yml").write_text(
        yaml.safe_dump(
            [
                {
                    "hosts": "db-001",
                    "gather_facts": False,
                    "tasks": [{"ansible.builtin.set_fact": {"btar_secondary_region": "kept", "cacheable": True}}],
                }
            ]
        )
    )
    environment = {
        "ANSIBLE_ACTION_PLUGINS": str(ACTIONS),
        "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(facts),
    }
    playbooks = Playbooks(tmp_path, environment)
    for name in ("remember.yml", "site.yml"):
        done = playbooks.command(["ansible-playbook", "-i", "inventory", name])
        assert done.returncode == 0, done.output
    (row,) = [row["result"] for row in done.rows]
    assert [values.get("btar_secondary_region") for values in row["read"].values()] == [None, "kept", None]


@pytest.mark.parametrize(
    ("project", "name", "words"),
    [
        (5, "db", "aiven_project of host one is 5, which is no text: give the name in quotes."),
        ("shop", 7, "aiven_service_name of host one is 7, which is no text: give the name in quotes."),
        ("shop", "", "host one has no aiven_project or no aiven_service_name, so it names no service: have the play"),
    ],
)
def test_a_host_that_names_no_service_is_told_what_is_wrong(project: object, name: object, words: str) -> None:
    mistake = not_named(HostVariables("one", project, name, {}))
    assert mistake is not None
    assert mistake.message.startswith(words)
