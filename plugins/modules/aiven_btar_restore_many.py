#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_restore_many
short_description: Restore many Aiven services in order, a step of the playbook restore
version_added: 1.0.0
description:
  - The steps of the playbook C(offsite.aiven.restore), which restores the services of a lost region, or those within
    C(--limit), from their copies in the other region, in groups of equal priority. Use the playbook; it calls them in order.
  - What became of each service is kept until M(offsite.aiven.aiven_btar_outcome) shows it on its host.
  - Every fork is named after its source, and known again by its tags, so that a second run goes on with what the first one
    has left and makes no fork twice.
  - The work is done on the controller, by an action plugin, once for all hosts of the batch.
options:
  step:
    description:
      - V(plan) reads the services of all hosts of the batch, puts those to restore in order, and says which must not be tried
        and why. It costs a call for each project, and what M(offsite.aiven.aiven_btar_region_down) costs besides; and a call
        for each project with something to restore to a point in time, to see whether the token may ask for it.
      - V(restore) restores the planned services of the hosts of the batch, as M(offsite.aiven.aiven_btar_restore) does, and
        writes the file. Reading where the services are reached then costs a call for each project.
      - V(report) shows a table, old service and new service, and writes the file.
    type: str
    choices: [plan, restore, report]
    required: true
  region:
    description:
      - The region that is gone, as the name of a cloud or as a glob. The services that run in it are restored.
      - If unset, every service of the batch is taken for lost, wherever it runs; that needs C(--limit).
    type: str
  suffix:
    description: What is added to the name of a service to make that of its fork.
    type: str
    default: -restored
  recover_to:
    description: The point to restore to, see O(offsite.aiven.aiven_btar_restore#module:recover_to).
    type: str
    default: latest
  max_forks:
    description: How many restores may be under way at once.
    type: int
    default: 8
  before:
    description: The file of tasks that the playbook runs before each group. V(plan) sees that it exists.
    type: path
  after:
    description: The file of tasks that the playbook runs after each group. V(plan) sees that it exists.
    type: path
  directory:
    description:
      - The folder to write C(btar-restored.json) to, with mode 0600; in check mode it is C(btar-restored.plan.json).
      - It says which service is which now and where both are reached, as docs/schemas/restored.schema.json has it, and holds
        no secret.
    type: path
    default: btar
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.attributes
  - offsite.aiven.attributes.actiongroup
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: By M(offsite.aiven.aiven_btar_outcome).
  idempotent:
    support: full
seealso:
  - module: offsite.aiven.aiven_btar_restore
  - module: offsite.aiven.aiven_btar_region_down
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Find what to restore, and put it in order
  offsite.aiven.aiven_btar_restore_many:
    step: plan
    region: aws-eu-west-1
  run_once: true

- name: Restore it, 4 services at once
  offsite.aiven.aiven_btar_restore_many:
    step: restore
    max_forks: 4
  run_once: true

- name: Say which service is which now
  offsite.aiven.aiven_btar_restore_many:
    step: report
  run_once: true

- name: Show on each host what became of its service
  offsite.aiven.aiven_btar_outcome:
"""

RETURN = r"""
planned:
  description: The services to restore in their order, then those that must not be tried, with C(error).
  returned: with O(step=plan)
  type: list
  elements: dict
results:
  description: What became of each service of this group.
  returned: with O(step=restore)
  type: list
  elements: dict
summary:
  description: How many services were restored, had been before, failed, or were not tried.
  returned: with O(step=report)
  type: dict
  sample: {changed: 38, unchanged: 4, failed: 8, skipped: 0, pending: 0}
path:
  description: The file that says which service is which now.
  returned: with O(step=report)
  type: str
msg:
  description: The figures in words.
  returned: with O(step=plan) and O(step=report)
  type: str
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 120, retries: 0, total: 158, waited_seconds: 0.0, writes: 38}
error:
  description: What went wrong, as C(code), C(message) and C(status).
  returned: on failure
  type: dict
"""
