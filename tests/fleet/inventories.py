# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random inventories, with variables of hosts and groups in every place where ansible looks for them."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import yaml

NAMES = (
    "btar_region_map",
    "btar_region_otherwise",
    "btar_region_rules",
    "btar_region_exceptions",
    "btar_secondary_region",
    "btar_rpo_target",
    "btar_region_mapp",
)
IDENTITY = ("aiven_project", "aiven_service_name")
REGIONS = ("aws-eu-central-1", "aws-eu-west-2", "aws-eu-north-1", "aws-eu-south-2")


class Unsafe(str):
    """Text that ansible must not template."""


yaml.SafeDumper.add_representer(Unsafe, lambda dumper, value: dumper.represent_scalar("!unsafe", str(value)))


class RandomInventory:
    """Writes an inventory, a play with a role, and all their variables below ``folder``."""

    def __init__(self, folder: Path, seed: int, hosts: int = 12) -> None:
        self._folder = folder
        self._random = random.Random(seed)
        self._hosts = [f"db-{number:02}.example" for number in range(hosts)]
        self._groups = [f"group_{number}" for number in range(6)]
        self.extra: dict[str, Any] = {}

    def _chance(self, probability: float) -> bool:
        return self._random.random() < probability

    def _value(self, name: str) -> Any:
        region = self._random.choice(REGIONS)
        if name == "btar_region_map":
            literal = {"aws-eu-west-1": region, "google-*": "google-europe-north1"}
            templates = (
                "{{ {'aws-eu-west-1': favourite} }}",
                {"aws-eu-west-1": "{{ favourite }}", "x": "{{ inventory_hostname }}"},
            )
            return self._random.choice([literal, literal, literal, *templates, {"a": Unsafe("{{ 1 / 0 }}")}])
        if name == "btar_region_rules":
            return self._random.choice([{"denied": [region]}, {"denied": ["{{ favourite }}"]}, {}])
        if name == "btar_region_exceptions":
            match = {"service": self._random.choice(["db-*", "{{ inventory_hostname_short }}"])}
            return [{"match": match, "reason": "random", "until": "2027-01-31"}]
        return self._random.choice(
            [region, region, "{{ favourite }}", "", "{{ hostvars[groups['all'][0]].favourite }}"]
        )

    def _variables(self, share: float) -> dict[str, Any]:
        return {name: self._value(name) for name in NAMES if self._chance(share)}

    def write(self) -> None:
        self._write("inventory/hosts.yml", {"all": {"children": {"aiven_services": self._tree()}}})
        for group in ("all", "aiven_services", *self._groups):
            if self._chance(0.4):
                self._write_somewhere("group_vars", group, self._variables(0.3))
        for host in self._hosts:
            if self._chance(0.2):
                self._write_somewhere("host_vars", host, self._variables(0.3))
        self._write_play()

    def _tree(self) -> dict[str, Any]:
        """Groups of which later ones may be children of earlier ones, and hosts in some of them."""
        bodies: dict[str, dict[str, Any]] = {}
        for group in self._groups:
            body: dict[str, Any] = {"hosts": {host: None for host in self._hosts if self._chance(0.3)}}
            if self._chance(0.5):
                body["vars"] = self._variables(0.3)
            if self._chance(0.3):
                body.setdefault("vars", {})["ansible_group_priority"] = self._random.randint(1, 20)
            if self._chance(0.3):
                body.setdefault("vars", {})["unrelated"] = self._random.random()
            bodies[group] = body
        for number, group in enumerate(self._groups):
            children = {child: None for child in self._groups[number + 1 :] if self._chance(0.3)}
            if children:
                bodies[group]["children"] = children
        return {
            "hosts": {host: self._host(number, host) for number, host in enumerate(self._hosts)},
            "children": bodies,
        }

    def _host(self, number: int, host: str) -> dict[str, Any]:
        name = host.partition(".")[0] if self._chance(0.9) else "{{ inventory_hostname_short }}"
        own = {"aiven_project": f"p-{number % 3}", "aiven_service_name": name, "favourite": REGIONS[number % 4]}
        own.update(self._variables(0.2) if self._chance(0.2) else {})
        if self._chance(0.05):
            del own["aiven_project"]
        return own

    def _write_play(self) -> None:
        chosen = [host for host in self._hosts if self._chance(0.2)]
        role: list[dict[str, Any]] = []
        for name in NAMES:
            if self._chance(0.1):
                fact = {name: self._random.choice(REGIONS), "cacheable": self._chance(0.5)}
                role.append({"ansible.builtin.set_fact": fact, "when": "inventory_hostname in chosen"})
        if self._chance(0.2):
            self._write("late.yml", self._variables(0.5))
            role.append({"ansible.builtin.include_vars": "../../../late.yml", "when": "inventory_hostname in chosen"})
        seen = {
            name: f"{{{{ lookup('ansible.builtin.vars', '{name}', default='absent') }}}}"
            for name in (*IDENTITY, *NAMES)
        }
        read: dict[str, Any] = {"name": "read", "read_hosts": {}, "run_once": True}
        show: dict[str, Any] = {"name": "show", "ansible.builtin.debug": {"msg": seen}}
        if self._chance(0.2):
            read["vars"] = show["vars"] = self._variables(0.3)
        self._write("roles/reader/tasks/main.yml", [*role, read, show])
        self._write("roles/reader/defaults/main.yml", self._variables(0.2))
        self._write("roles/reader/vars/main.yml", self._variables(0.05))
        added = {"name": "added", "groups": "aiven_services", "aiven_project": "p-9", "aiven_service_name": "added"}
        body: dict[str, Any] = {
            "hosts": "aiven_services",
            "gather_facts": False,
            "vars": {"chosen": chosen, **(self._variables(0.2) if self._chance(0.3) else {})},
            "tasks": [{"ansible.builtin.include_role": {"name": "reader"}}],
        }
        if self._chance(0.3):
            self._write("more.yml", self._variables(0.3))
            body["vars_files"] = ["more.yml"]
        before = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {"favourite": REGIONS[1]},
            "tasks": [{"ansible.builtin.add_host": {**added, "favourite": REGIONS[0], **self._variables(0.2)}}],
        }
        self._write("site.yml", [*([before] if self._chance(0.5) else []), body])
        if self._chance(0.2):
            self.extra = self._variables(0.3)
        if self._chance(0.05):
            self.extra["aiven_project"] = "p-1"

    def _write_somewhere(self, folder: str, name: str, variables: dict[str, Any]) -> None:
        """Beside the inventory or the playbook, in one of the forms that ansible knows."""
        base = self._random.choice(["inventory", "."])
        form = self._random.choice(["{}", "{}.yml", "{}.yaml", "{}.json", "{}/main.yml"])
        self._write(f"{base}/{folder}/{form.format(name)}", variables)

    def _write(self, path: str, content: Any) -> None:
        target = self._folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.endswith(".json"):
            target.write_text(json.dumps(_in_json(content)))
        else:
            target.write_text(yaml.safe_dump(content, sort_keys=False))


def _in_json(value: Any) -> Any:
    if isinstance(value, Unsafe):
        return {"__ansible_unsafe": str(value)}
    if isinstance(value, dict):
        return {key: _in_json(item) for key, item in value.items()}
    return [_in_json(item) for item in value] if isinstance(value, list) else value
