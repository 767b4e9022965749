# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aiven_run
short_description: The hosts that a play of a run is over
version_added: 1.0.0
description:
  - Gives the plays of the shipped playbooks their hosts, and says why where there are none.
options:
  _terms:
    description:
      - V(services) is the group C(aiven_services). It is an error if the group has no host, or none within C(--limit).
      - V(leader) is the host that stands for all hosts of the run that a task of M(offsite.aiven.aiven_btar_fleet) with
        O(offsite.aiven.aiven_btar_fleet#module:defer=true) has begun. A play over thousands of hosts costs ansible-core a second.
      - V(news) are the hosts whose services were changed or failed, as a task of M(offsite.aiven.aiven_btar_fleet) with
        O(offsite.aiven.aiven_btar_fleet#module:defer=true) has kept them, and the host on which the run is to fail if it must.
      - V(error) is what it is to fail with. Nothing where all went well.
      - V(restores) are the hosts to restore in their order, as a task of M(offsite.aiven.aiven_btar_restore_many) has planned it;
        V(restore_groups) how many of them each group has; V(restore_news) these hosts and those that cannot be restored.
      - V(restore) is what is known of the restore of the host itself, a dictionary.
      - V(drills) are the hosts with drills that a task of M(offsite.aiven.aiven_btar_drill_plan) has chosen, or with forks that
        earlier ones have left; V(drill) is what is to be done on the host of the task, as a dictionary. Nothing where there is none.
    type: list
    elements: str
    choices: [services, leader, news, error, restores, restore_groups, restore_news, restore, drills, drill]
    required: true
  when_empty:
    description: What V(services) is without a host. With V(skip), a pattern that matches none.
    type: str
    choices: [fail, skip]
    default: fail
  report:
    description: Whether there is to be a report; what is neither yes nor no ends the run before it begins.
    type: raw
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Give every service its secondary region
  hosts: "{{ query('offsite.aiven.aiven_run', 'services') }}"
  gather_facts: false
  tasks:
    - name: Read, decide and change what differs
      offsite.aiven.aiven_btar_fleet:
        defer: true

- name: Show changed and failed on the hosts that they belong to
  hosts: "{{ query('offsite.aiven.aiven_run', 'news') or 'all:!all' }}"
  gather_facts: false
  tasks:
    - name: Show the outcome
      offsite.aiven.aiven_btar_outcome:
"""

RETURN = r"""
_raw:
  description: Patterns of hosts, names of hosts, a message, numbers or a dictionary.
  type: list
  elements: raw
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.lookup import LookupBase

from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder

FLEET = "aiven_services"
NO_HOST = "all:!all"
# With these ansible-playbook reads a playbook without running it, often without an inventory.
_READING = ("syntax", "listtasks", "listtags", "listhosts")


def _checked_report(value: object) -> None:
    """A word that is neither yes nor no would be taken for no by Ansible's filter, and the report be missing."""
    if value in (None, ""):
        return
    try:
        boolean(value)
    except TypeError:
        raise AnsibleError(f"btar_report is {value!r}: give true or false.") from None


class LookupModule(LookupBase):
    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[Any]:
        when_empty = kwargs.pop("when_empty", None) or "fail"
        _checked_report(kwargs.pop("report", None))
        self.set_options(var_options=variables, direct=kwargs)
        if when_empty not in ("fail", "skip"):
            raise AnsibleError(f"btar_when_empty is {when_empty!r}: give fail or skip.")
        host = str((variables or {}).get("inventory_hostname", ""))
        known: Mapping[str, Callable[[], Sequence[Any]]] = {
            "services": lambda: self._services(variables or {}, str(when_empty)),
            "leader": lambda: [leader for leader in [run_folder.leader()] if leader is not None],
            "news": run_folder.hosts_with_news,
            "error": lambda: [error for error in [run_folder.error_of_run()] if error is not None],
            "restores": lambda: [row["host"] for row in _to_restore()],
            "restore_groups": lambda: list(Counter(row["group"] for row in _to_restore()).values()),
            "restore_news": lambda: (run_folder.restores() or {"hosts": []})["hosts"],
            "restore": lambda: [_told(row) for row in _to_restore() if row["host"] == host],
            "drills": run_folder.hosts_with_drills,
            "drill": lambda: [drill for drill in [run_folder.drill_of(host)] if drill is not None],
        }
        found: list[Any] = []
        for term in terms:
            if term not in known:
                raise AnsibleError(f"{term!r} is none of {', '.join(known)}")
            found += known[term]()
        return found

    def _services(self, variables: Mapping[str, Any], when_empty: str) -> list[str]:
        reason = self._why_empty(variables)
        if reason is None or any(context.CLIARGS.get(mode) for mode in _READING):
            return [FLEET]
        if when_empty == "skip":
            return [NO_HOST]
        raise AnsibleError(f"{reason} To go on without one, set btar_when_empty=skip.")

    def _why_empty(self, variables: Mapping[str, Any]) -> str | None:
        groups = variables.get("groups", {})
        if not groups.get(FLEET):
            return (
                f"the inventory has no host in the group {FLEET}, so there is nothing to do: "
                "check the inventory source, its filters and the token."
            )
        limit = variables.get("ansible_limit")
        if limit and not self._within(limit, groups):
            return f"no host of the group {FLEET} is within --limit {limit}, so there is nothing to do."
        return None

    def _within(self, limit: str, groups: Mapping[str, Sequence[str]]) -> bool:
        """No variable says which hosts a limit leaves, so its patterns are evaluated once more."""
        manager = InventoryManager(self._loader, parse=False)
        for group, members in groups.items():
            manager.add_group(group)
            for name in members:
                manager.add_host(name, group=group)
        manager.subset(limit)
        return bool(manager.get_hosts(FLEET))


def _to_restore() -> list[dict[str, Any]]:
    """What is planned and not refused, in its order."""
    kept = run_folder.restores()
    return [row for row in kept["planned"] if row["error"] is None] if kept is not None else []


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a hook may want to know of a host's restore; ``status`` and ``reason`` are null until it was tried."""
    kept = run_folder.restores() or {}
    found = kept.get("outcomes", {}).get(row["host"], {})
    keys = ("project", "service_name", "service_type", "cloud", "fork_name", "region", "priority", "group")
    endpoints = {
        side: next(
            (found for project, name, found in kept["endpoints"] if (project, name) == (row["project"], row[key])), None
        )
        for side, key in (("old", "service_name"), ("new", "fork_name"))
    }
    return {
        **{key: row[key] for key in keys},
        "groups": len({other["group"] for other in _to_restore()}),
        **{key: found.get(key) for key in ("status", "reason", "restored")},
        **endpoints,
    }
