# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Exactly the hosts that Ansible means. Each row is run twice: with a plain task that Ansible itself runs once a host, and
with ours. Ours changes the services of the same hosts, or refuses before the first write; and is never silent about nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cores import OTHER_CORES, USUAL, binaries_of
from tests.fleet.support import HOME, PARTNER, Site, add_services, regions
from tests.playbooks.support import Run, play
from tests.simulator.client import Simulator

# The hosts in their order in the inventory, and the types of their services.
TYPES = {"db-0": "pg", "db-1": "mysql", "db-2": "pg", "db-3": "mysql"}
DISABLE = {"state": "disabled", "changes": ["disable"]}
CONFIRMED = {"btar_confirm_disable": True, "btar_report": False, "btar_report_dir": "btar"}


def act(**keys: Any) -> dict[str, Any]:
    """The task that is ours in one run and Ansible's in the other."""
    return {"name": "act", "ACT": {}, **keys}


def role(**keys: Any) -> dict[str, Any]:
    return {"name": "role", "ansible.builtin.include_role": {"name": "ROLE"}, **keys}


MYSQL, PG = 'aiven_service_type == "mysql"', 'aiven_service_type == "pg"'
FAIL_ONE = {"ansible.builtin.assert": {"that": "inventory_hostname != unlucky", "quiet": True}}


def batch(*tasks: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    return play(list(tasks), hosts="aiven_services", **keys)


def preflight(*tasks: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    return batch(*(tasks or [FAIL_ONE]), **keys)


def shipped(**keys: Any) -> dict[str, Any]:
    return {"name": "shipped", "ansible.builtin.import_playbook": "PLAYBOOK", **keys}


@dataclass(frozen=True)
class Row:
    """Plays; arguments; whether ours may refuse where Ansible would do something, with which words."""

    plays: list[Any]
    arguments: list[str] = field(default_factory=list)
    refusal: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def unlucky(host: str) -> dict[str, Any]:
    return {"unlucky": f"{host}.shop"}


ROWS: dict[str, Row] = {
    "plain": Row([batch(act())]),
    # Conditions, with a first host that matches and with one that does not.
    "when on the action, not the first": Row([batch(act(when=MYSQL))]),
    "when on the action, the first": Row([batch(act(when=PG))]),
    "when on the action, none": Row([batch(act(when=False))]),
    "when with a list": Row([batch(act(when=[MYSQL, "inventory_hostname != 'db-1.shop'"]))]),
    "when on a block": Row([batch({"block": [act()], "when": MYSQL})]),
    "when on blocks in blocks": Row(
        [batch({"block": [{"block": [act(when="true")], "when": MYSQL}], "when": "1 == 1"})]
    ),
    "when on import_tasks": Row([batch({"ansible.builtin.import_tasks": "act.yml", "when": MYSQL})]),
    "when on include_tasks": Row([batch({"ansible.builtin.include_tasks": "act.yml", "when": MYSQL})]),
    "when on include in include": Row([batch({"ansible.builtin.include_tasks": "outer.yml", "when": MYSQL})]),
    "when on include_role": Row([batch(role(when=MYSQL))]),
    "when on include_role, the first": Row([batch(role(when=PG))]),
    "when on include_role in a block": Row([batch({"block": [role()], "when": MYSQL})]),
    "when on include_role with apply": Row(
        [batch({"ansible.builtin.include_role": {"name": "ROLE", "apply": {"when": MYSQL}}})]
    ),
    "when on import_role": Row([batch({"ansible.builtin.import_role": {"name": "ROLE"}, "when": MYSQL})]),
    "when on roles": Row([batch(roles=[{"role": "ROLE", "when": MYSQL}])]),
    "when on import_playbook": Row([shipped(when=MYSQL)]),
    "when on import_playbook, the first": Row([shipped(when=PG)]),
    "when false on import_playbook": Row([shipped(when=False)]),
    "when by a registered variable": Row(
        [batch({"ansible.builtin.command": "true", "register": "ran", "when": MYSQL}, act(when="ran is not skipped"))]
    ),
    "when by a fact": Row(
        [batch({"ansible.builtin.set_fact": {"mine": True}, "when": PG}, act(when="mine | default(false)"))]
    ),
    "when that cannot be evaluated for some": Row(
        [batch(act(when="special.flag | bool"))], refusal="cannot be evaluated for host db-1.shop"
    ),
    "when and run_once, the first": Row([batch(act(when=PG, run_once=True))]),
    "when and run_once, not the first": Row([batch(act(when=MYSQL, run_once=True))], refusal="remove run_once"),
    # Loops.
    "loop over an include": Row([batch(role(loop=["db-1.shop", "db-2.shop"], when="inventory_hostname == item"))]),
    # Hosts that are out.
    "failed before, in the play, the first": Row([batch(FAIL_ONE, act())], extra=unlucky("db-0")),
    "failed before, in the play": Row([batch(FAIL_ONE, act())], extra=unlucky("db-2")),
    "failed in an earlier play, the first": Row([preflight(), batch(act())], extra=unlucky("db-0")),
    "failed in an earlier play": Row([preflight(), batch(act())], extra=unlucky("db-2")),
    "failed before the shipped one, the first": Row([preflight(), shipped()], extra=unlucky("db-0")),
    "failed before the shipped one": Row([preflight(), shipped()], extra=unlucky("db-2")),
    "failed and rescued": Row(
        [batch({"block": [FAIL_ONE], "rescue": [{"ansible.builtin.meta": "noop"}]}, act())], extra=unlucky("db-1")
    ),
    "failed and ignored": Row([batch({**FAIL_ONE, "ignore_errors": True}, act())], extra=unlucky("db-1")),
    "failed with any_errors_fatal": Row([batch(FAIL_ONE, act(), any_errors_fatal=True)], extra=unlucky("db-1")),
    "unreachable before": Row(
        [
            preflight(
                {
                    "ansible.builtin.ping": {},
                    "vars": {"ansible_connection": "ssh", "ansible_port": 1, "ansible_host": "127.0.0.1"},
                    "when": "inventory_hostname == unlucky",
                }
            ),
            shipped(),
        ],
        extra=unlucky("db-1"),
    ),
    "end_host": Row([batch({"ansible.builtin.meta": "end_host", "when": PG}, act())]),
    "end_host in an earlier play": Row([preflight({"ansible.builtin.meta": "end_host", "when": PG}), shipped()]),
    "end_play": Row([batch({"ansible.builtin.meta": "end_play", "when": MYSQL}, act())]),
    "end_batch": Row(
        [batch({"ansible.builtin.meta": "end_batch", "when": "inventory_hostname == 'db-0.shop'"}, act(), serial=2)]
    ),
    "serial": Row([batch(act(), serial=1)]),
    "serial with a condition": Row([batch(act(when=MYSQL), serial=3)]),
    "serial with a failure": Row([batch(FAIL_ONE, act(), serial=2)], extra=unlucky("db-0")),
    "limit": Row([batch(act())], ["--limit", "db-1.shop,db-3.shop"]),
    "limit on the shipped one": Row([shipped()], ["--limit", "db-1.shop,db-3.shop"]),
    "limit of which one has failed": Row(
        [preflight(), shipped()], ["--limit", "db-1.shop,db-3.shop"], extra=unlucky("db-1")
    ),
    "order": Row([batch(act(when=MYSQL), order="reverse_inventory")]),
    "start-at-task": Row(
        [batch({"name": "before", **FAIL_ONE}, act())], ["--start-at-task", "act"], extra=unlucky("db-1")
    ),
    "delegate_to": Row([batch(act(when=MYSQL, delegate_to="localhost"))]),
    "handler": Row([batch({"ansible.builtin.command": "true", "notify": "act", "when": MYSQL}, handlers=[act()])]),
    "the setting of a strategy": Row([shipped()], environment={"ANSIBLE_STRATEGY": "free"}),
    "the setting of host_pinned": Row([shipped(when=MYSQL)], environment={"ANSIBLE_STRATEGY": "host_pinned"}),
    "strategy free": Row([batch(act(), strategy="free")], refusal=""),
    "debug strategy": Row([batch(act(when=MYSQL), strategy="ansible.builtin.debug")]),
    "ignore_errors on the action": Row([batch(act(when=MYSQL, ignore_errors=True))]),
    "throttle": Row([batch(act(when=MYSQL, throttle=1))]),
    "a tag": Row([shipped()], ["--tags", "whatever"]),
}


def fill(value: Any, words: Mapping[str, Any]) -> Any:
    """The plays with the task, role or playbook in place of its placeholder."""
    if isinstance(value, dict):
        filled = {
            words.get(key, key) if isinstance(words.get(key, key), str) else key: fill(item, words)
            for key, item in value.items()
        }
        if "ACT" in value:
            filled.pop("ACT", None)
            if words is ANSIBLES:
                # Ours needs it to register; what stands for one host would then run for one host.
                filled.pop("run_once", None)
            filled.update(words["task"])
        return filled
    if isinstance(value, list):
        return [fill(item, words) for item in value]
    return words.get(value, value) if isinstance(value, str) else value


OURS = {"task": {"offsite.aiven.aiven_btar_fleet": DISABLE}, "ROLE": "ours", "PLAYBOOK": "offsite.aiven.disable"}
ANSIBLES = {"task": {"ansible.builtin.debug": {"msg": "acted"}}, "ROLE": "plain", "PLAYBOOK": "plain.yml"}


def prepare(site: Site, words: Mapping[str, Any]) -> None:
    site.write("act.yml", [fill(act(), words)])
    site.write("outer.yml", [{"ansible.builtin.include_tasks": "act.yml", "when": "inventory_hostname != 'db-3.shop'"}])
    site.write(
        "roles/ours/tasks/main.yml",
        [
            {
                "ansible.builtin.import_role": {"name": "offsite.aiven.btar"},
                "vars": {"btar_state": "disabled", "btar_changes": ["disable"]},
            }
        ],
    )
    site.write("roles/plain/tasks/main.yml", [fill(act(), words)])
    site.write("plain.yml", [batch(fill(act(), words), strategy="linear", tags="always")])
    site.write("inventory/host_vars/db-0.shop.yml", {"special": {"flag": True}})
    site.write("inventory/test.aiven_services.yml", {"plugin": "offsite.aiven.aiven_services"})


def run(site: Site, row: Row, words: Mapping[str, Any], binaries: Path) -> Run:
    prepare(site, words)
    path = site.write("site.yml", yaml.safe_dump(fill(row.plays, words), sort_keys=False))
    command = [str(binaries / "ansible-playbook"), "-i", "inventory", str(path), *row.arguments]
    extra = json.dumps({**CONFIRMED, **row.extra})
    return Site(site.folder, site.simulator, row.environment).playbooks.command([*command, "-e", extra])


def acted(done: Run) -> set[str]:
    return {row["host"] for row in done.rows if row["task"].endswith("act") and row["status"] == "ok"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, simulator_process: Simulator) -> Site:
    return Site(Path(tmp_path_factory.mktemp("exactly")), simulator_process)


@pytest.mark.parametrize("core", [USUAL, *(pytest.param(name, marks=pytest.mark.slow) for name in OTHER_CORES)])
@pytest.mark.parametrize("name", ROWS)
def test_the_hosts_that_ansible_means(site: Site, name: str, core: str) -> None:
    binaries = binaries_of(core)
    row = ROWS[name]
    site.simulator.reset()
    services = [
        {
            "project": "shop",
            "service_name": service,
            "service_type": kind,
            "cloud": HOME,
            "region": PARTNER,
            "region_age_hours": 100,
        }
        for service, kind in TYPES.items()
    ]
    add_services(site.simulator, services)
    plain = run(site, row, ANSIBLES, binaries)
    meant = acted(plain)
    site.simulator.clear_requests()
    ours = run(site, row, OURS, binaries)
    changed = {f"{label.partition('/')[2]}.shop" for label, region in regions(site.simulator).items() if region is None}
    assert "Traceback" not in ours.output
    if row.refusal is None:
        assert changed == meant, ours.output
    elif changed != meant:
        assert changed == set(), ours.output
        assert ours.returncode != 0, ours.output
        assert row.refusal in " ".join(ours.output.split())
