# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aiven_waves
short_description: Divide the services of a run into waves
version_added: 0.1.0
description:
  - Lists the hosts of the group C(aiven_services) that are within C(--limit), divided as C(serial) would divide them.
  - A play over the first host of each wave, with C(serial=1), goes through the waves as one over all hosts would. But
    ansible-core spends a fifth of a second for each task of a play with 10,000 hosts, even with C(run_once).
  - It is an error if no host is left.
options:
  _terms:
    description:
      - The sizes of the waves, as counts or percentages; the last repeats. May be lists, or texts with commas.
      - If there are none, all hosts make one wave.
    type: list
    elements: raw
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Change one service, then a tenth of all, then the rest
  hosts: "{{ waves | map('first') }}"
  gather_facts: false
  serial: 1
  vars:
    waves: "{{ query('offsite.aiven.aiven_waves', '1,10%,100%') }}"
  tasks:
    - name: Read, decide and change what differs
      offsite.aiven.aiven_btar_fleet:
        hosts: "{{ waves | selectattr(0, 'eq', inventory_hostname) | first }}"
      run_once: true
"""

RETURN = r"""
_raw:
  description: The names of the hosts of each wave, in the order of the inventory. No wave is empty.
  type: list
  elements: list
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleError
from ansible.inventory.manager import InventoryManager
from ansible.plugins.lookup import LookupBase
from ansible.utils.helpers import pct_to_int

FLEET = "aiven_services"
_SIZE = re.compile(r"[1-9][0-9]*%?")


class LookupModule(LookupBase):
    def run(self, terms: Sequence[Any], variables: Mapping[str, Any] | None = None, **kwargs: Any) -> list[list[str]]:
        self.set_options(var_options=variables, direct=kwargs)
        sizes = list(_sizes(terms)) or ["100%"]
        wrong = [size for size in sizes if not _SIZE.fullmatch(size)]
        if wrong:
            raise AnsibleError(
                f"{wrong[0]!r} is not the size of a wave: give counts or percentages above 0, such as 1,10%,100%"
            )
        return list(_waves(self._hosts(variables or {}), sizes))

    def _hosts(self, variables: Mapping[str, Any]) -> list[str]:
        groups = variables.get("groups", {})
        names = list(groups.get(FLEET, ()))
        if not names:
            raise AnsibleError(
                f"the inventory has no host in the group {FLEET}, so there is nothing to do; "
                "check the inventory source, its filters and the token"
            )
        limit = variables.get("ansible_limit")
        if limit:
            names = self._within(limit, groups)
            if not names:
                raise AnsibleError(f"no host of the group {FLEET} is within --limit {limit}, so there is nothing to do")
        return names

    def _within(self, limit: str, groups: Mapping[str, Sequence[str]]) -> list[str]:
        """No variable says which hosts a limit leaves, so its patterns are evaluated once more."""
        manager = InventoryManager(self._loader, parse=False)
        for group, members in groups.items():
            manager.add_group(group)
            for name in members:
                manager.add_host(name, group=group)
        manager.subset(limit)
        return [host.name for host in manager.get_hosts(FLEET)]


def _sizes(terms: Sequence[Any]) -> Iterator[str]:
    for term in terms:
        if isinstance(term, list | tuple):
            yield from _sizes(term)
        else:
            yield from (size.strip() for size in str(term).split(","))


def _waves(names: Sequence[str], sizes: Sequence[str]) -> Iterator[list[str]]:
    begin, number = 0, 0
    while begin < len(names):
        end = begin + pct_to_int(sizes[min(number, len(sizes) - 1)], len(names))
        yield list(names[begin:end])
        begin, number = end, number + 1
