#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_drill_plan
short_description: Choose the Aiven services to drill, and find what earlier drills have left
version_added: 1.0.0
description:
  - Chooses, among the hosts of the current batch, the services whose restore from the secondary region is to be tried, and
    keeps for each host what is to be done, which the lookup P(offsite.aiven.aiven_run#lookup) gives to later plays and tasks.
  - Finds the forks that earlier drills of these services have left, by their tags, and drills that were killed, by what they
    have written down. Those that may still run are left alone.
  - It writes nothing. One call for each project, of the services and of their forks; with O(max_price) one for the plans of
    each service type and project; with O(point=random) one for each chosen service.
  - The work is done on the controller, by an action plugin, once for all hosts of the batch. The playbook
    C(offsite.aiven.drill) and the entry point C(drill) of the role P(offsite.aiven.btar#role) run it.
options:
  select:
    description:
      - V(oldest_tested) takes the services that were never drilled, then those whose last drill is the longest ago.
      - V(random) draws them by lot. V(all) takes all, as far as O(max_total) allows.
    type: str
    choices: [oldest_tested, random, all]
    default: oldest_tested
  count:
    description: How many services, unless O(select=all). With V(0) only what earlier drills have left is deleted.
    type: int
    default: 1
  point:
    description:
      - To which point each is restored. V(latest) and V(backup) are those of M(offsite.aiven.aiven_btar_restore).
      - V(random) is a time by lot, or a base backup where the type has no point-in-time recovery.
    type: str
    choices: [latest, backup, random]
    default: latest
  window_days:
    description: How many days back a random point may be.
    type: float
    default: 30
  max_forks:
    description: How many forks there may be at once. Only checked here; the playbook drills so many hosts at a time.
    type: int
    default: 3
  max_total:
    description: How many services in all.
    type: int
    default: 20
  max_price:
    description:
      - The highest price of a fork in US dollars an hour. A service whose fork costs more, or whose price is not known, is left out
        unless O(price_confirmed=true). If unset, no price is asked for.
    type: str
  price_confirmed:
    description: The yes to forks above O(max_price) and to those without a price.
    type: bool
    default: false
  project:
    description: The project in which the forks are made. If unset, that of each service.
    type: str
  plan:
    description: The plan of the forks. If unset, that of each service.
    type: str
  restore_timeout:
    description: Seconds to wait for a fork.
    type: float
    default: 7200
  verify:
    description: A file of tasks that verify a fork. A relative path is seen from the folder in which Ansible was started.
    type: path
  verify_timeout:
    description: Seconds that these tasks may take.
    type: float
    default: 1800
  directory:
    description: The folder with the evidence of drills.
    type: path
    default: btar/drills
  keep:
    description: Whether the forks are kept, until the next run.
    type: bool
    default: false
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.attributes.info
  - offsite.aiven.attributes.actiongroup
seealso:
  - module: offsite.aiven.aiven_btar_restore
  - module: offsite.aiven.aiven_btar_drill_evidence
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Choose the two services whose last drill is the longest ago
  offsite.aiven.aiven_btar_drill_plan:
    count: 2
  run_once: true
  register: chosen

- name: Show them
  ansible.builtin.debug:
    var: chosen.drills
  run_once: true
"""

RETURN = r"""
drills:
  description: The services to drill, each with C(project), C(service_name), C(fork_project), C(fork_name), C(recover_to), C(plan)
    and C(price_usd_per_hour).
  returned: when the services could be looked at
  type: list
  elements: dict
leftovers:
  description: The forks of earlier drills to delete, each with C(project) and C(name).
  returned: when the services could be looked at
  type: list
  elements: dict
left_out:
  description: The services that cannot or may not be drilled, each with C(project), C(service_name) and C(reason).
  returned: when the services could be looked at
  type: list
  elements: dict
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 5, retries: 0, total: 5, waited_seconds: 0.0, writes: 0}
error:
  description: What went wrong, as C(code), C(message) and C(status).
  returned: on failure
  type: dict
"""
