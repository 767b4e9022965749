# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers of an API that wants to run code on the controller: inert on every core, cached, exported and imported again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.inventory.support import Inventories, Listing
from tests.simulator.client import Simulator

USE_EVERYTHING = """
- hosts: all
  gather_facts: false
  tasks:
    - name: Use every variable
      ansible.builtin.debug:
        msg:
          - "{{ hostvars[inventory_hostname] }}"
          - "{{ aiven_tags }} {{ aiven_plan }} {{ aiven_state | upper }} {{ group_names | join(' ') }}"
          - "{{ vars | default({}) }}"
    - name: Use every tag
      ansible.builtin.debug:
        msg: "{{ item.key }} {{ item.value }}"
      loop: "{{ aiven_tags | dict2items }}"
      when: item.value != 'x'
    - name: Make facts of them
      ansible.builtin.set_fact:
        made: "{{ aiven_tags }}"
        composed: "{{ owner | default('') }} {{ aiven_plan }}"
    - name: Use the facts
      ansible.builtin.debug:
        msg: "{{ made }} {{ made | string ~ composed }} {{ (made | string ~ composed) | quote }}"
"""

CONSTRUCTED: dict[str, Any] = {
    "strict": True,
    "compose": {"owner": "aiven_tags.owner", "all_of_it": "aiven_tags", "text": "'a' ~ aiven_plan"},
    "groups": {"mine": "aiven_tags.owner != 'x'"},
    "keyed_groups": [{"key": "aiven_tags", "prefix": "tag"}, {"key": "aiven_plan", "prefix": "plan"}],
}


class Attack:
    """Payloads that leave a file behind when anything templates them."""

    def __init__(self, folder: Path) -> None:
        self.trace = folder / "executed"
        self.command = f"lookup('ansible.builtin.pipe', 'touch {self.trace}')"
        self.payloads = (
            f"{{{{ {self.command} }}}}",
            f"{{% set x = {self.command} %}}{{{{ x }}}}",
            f"{{{{{{'a': {self.command}}} }}}}",
            f"a{{{{{self.command}}}}}b {{# c #}}",
            f"#jinja2: variable_start_string:'[[', variable_end_string:']]'\n[[ {self.command} ]]",
        )

    def services(self) -> list[dict[str, Any]]:
        """Each payload in every field of a service with a usual name; and services with unusual names."""
        rows = [
            service(
                f"usual-{number}",
                plan=payload,
                service_type=payload,
                cloud_name=payload,
                state=payload,
                tags={"owner": payload, payload: "key", "__ansible_vault": "x", "two": "a b"},
                user_config={"additional_backup_regions": [payload]},
                backups=[backup(payload)],
            )
            for number, payload in enumerate(self.payloads)
        ]
        rows += [service(payload) for payload in self.payloads]
        odd = ("a,b", "x[1:3]", "line\nbreak", "all:!a", "../../etc", "-i", "!x", "a b", "", "\u001b[31m", "{{", "é")
        return rows + [service(name or "%") for name in odd]


def service(name: str, **fields: Any) -> dict[str, Any]:
    usual = {"service_type": "pg", "plan": "business-4", "cloud_name": "aws-eu-west-1", "state": "RUNNING"}
    return {"service_name": name, **usual, "user_config": {}, "tags": {"owner": "me"}, **fields}


def backup(place: str) -> dict[str, Any]:
    return {"backup_name": place, "backup_time": "2026-08-20T00:11:22Z", "data_size": 1, "storage_location": place}


@pytest.fixture
def attack(inventories: Inventories, simulator: Simulator) -> Attack:
    attack = Attack(inventories.folder)
    projects = ["hostile", *attack.payloads]
    simulator.fault(kind="body", path="/me", body={"user": {"projects": projects}}, count=None, status=200)
    simulator.fault(kind="body", path="/project/*", body={"services": attack.services()}, count=None, status=200)
    clouds = [{"cloud_name": payload, "provider": payload} for payload in attack.payloads]
    simulator.fault(kind="body", path="/clouds", body={"clouds": clouds}, count=None, status=200)
    return attack


def play(inventories: Inventories, source: Path, attack: Attack) -> None:
    (inventories.folder / "use.yml").write_text(USE_EVERYTHING)
    run = inventories.command("ansible-playbook", "-i", str(source), "use.yml")
    assert run.returncode == 0, run.output
    assert not attack.trace.exists(), "a text of the API was executed"
    assert len(run.rows) == 4 * len(attack.payloads)


def check(listing: Listing, attack: Attack) -> None:
    assert listing.run.returncode == 0, listing.output
    assert not attack.trace.exists()
    names = [f"usual-{number}.hostile" for number in range(len(attack.payloads))]
    assert sorted(listing.hosts) == names, "the services with names that Aiven allows, and no others"
    for name in listing.groups:
        assert name.replace("_", "").isalnum(), name


def test_the_payloads_work(inventories_of_any_core: Inventories, simulator: Simulator) -> None:
    """Where a template is trusted each of them leaves its file: or the other tests prove nothing."""
    attack = Attack(inventories_of_any_core.folder)
    for number, payload in enumerate(attack.payloads):
        source = inventories_of_any_core.folder / f"{number}.yml"
        source.write_text(yaml.safe_dump({"all": {"hosts": {"h": {"x": payload}}}}))
        playbook = "- {hosts: all, gather_facts: false, tasks: [{ansible.builtin.debug: {var: x}}]}\n"
        (inventories_of_any_core.folder / "show.yml").write_text(playbook)
        inventories_of_any_core.command("ansible-playbook", "-i", str(source), "show.yml")
        assert attack.trace.exists(), payload
        attack.trace.unlink()


def test_direct_cached_exported_and_imported(
    inventories_of_any_core: Inventories, simulator: Simulator, attack: Attack
) -> None:
    inventories, folder = inventories_of_any_core, inventories_of_any_core.folder
    config = {**CONSTRUCTED, "cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
    check(first := inventories.list(config), attack)
    assert "left out, as their project or name is none that Aiven allows" in first.output
    assert "values that look like templates are changed" in first.output

    simulator.clear_requests()
    inventories.list(config, "--export", "--yaml")
    exported = (folder / "answer.json").rename(folder / "exported.yml")
    check(inventories.list(config, "--export"), attack)
    (folder / "answer.json").rename(folder / "exported.json")
    script = folder / "exported.sh"
    script.write_text(f"#!/bin/sh\ncat {folder}/exported.json\n")
    script.chmod(0o755)
    assert simulator.calls() == 0, "all that was read from the cache"

    for source in (inventories.write(config), script, exported):
        check(inventories.list_source(source), attack)
        play(inventories, source, attack)


def test_what_looks_like_a_template_can_still_be_read(
    inventories: Inventories, simulator: Simulator, attack: Attack
) -> None:
    hosts = inventories.list().hosts
    first, third = hosts["usual-0.hostile"], hosts["usual-2.hostile"]
    assert first["aiven_plan"] == first["aiven_provider"] == {"__ansible_unsafe": f"{{ {{ {attack.command} }}}}"}
    assert third["aiven_plan"] == {"__ansible_unsafe": f"{{ {{ {{'a': {attack.command}}} }}}}"}
    assert first["aiven_tags"]["two"] == {"__ansible_unsafe": "a b"}
    assert first["aiven_tags"]["ansible_vault"] == "x"
    assert json.dumps(hosts).count("{{") == len(hosts), "only those of ansible_python_interpreter"
