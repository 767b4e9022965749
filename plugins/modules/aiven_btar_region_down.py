#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_region_down
short_description: Say which Aiven services a lost region takes along, and what can be restored where
version_added: 1.0.0
description:
  - Finds the services of the hosts of the current batch that run in a region, or have their primary backups there. Says for
    each what can be restored where and to which time, in which order, and what stands in the way. It changes nothing at
    Aiven.
  - One call for each project; and for the services in the region one for the plans of each type and project, and one for
    the VPCs of each project that has some in a VPC. With O(exact) one more for each of them whose restore point the listing
    cannot tell exactly. If nothing is found there, the cloud list may cost one call.
  - What cannot be read, because the region is gone or the token may not, is told, and the rest is reported.
  - The order is that of C(btar_restore_priority), a variable of the host or else a tag of the service, small numbers first.
    Among equals the service with the smaller backup comes first; those without a priority come last.
  - The work is done on the controller, by an action plugin, once for all hosts of the batch.
options:
  region:
    description: The region that is gone, as the name of a cloud or as a glob such as V(aws-eu-west-*).
    type: str
    required: true
  exact:
    description:
      - Whether to ask for the backups of each affected service whose listing cannot tell its restore point exactly, that is
        of types with point-in-time recovery. Needs the permission C(service:configuration:write).
    type: bool
    default: false
  directory:
    description: The folder to write the reports to. If unset, none is written.
    type: path
  formats:
    description: Which reports to write.
    type: list
    elements: str
    choices: [html, json]
    default: [html, json]
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.attributes.reports
  - offsite.aiven.attributes.actiongroup
seealso:
  - module: offsite.aiven.aiven_btar_audit
  - module: offsite.aiven.aiven_btar_info
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Say what can be restored now that a region is gone
  offsite.aiven.aiven_btar_region_down:
    region: aws-eu-west-1
    directory: "{{ playbook_dir }}/reports"
  run_once: true
  register: lost

- name: Show what to restore first
  ansible.builtin.debug:
    msg: "{{ lost.services | selectattr('order') | map(attribute='service_name') | list }}"
  run_once: true

- name: Rehearse the loss of all regions of one provider in Europe, to the second
  offsite.aiven.aiven_btar_region_down:
    region: google-europe-*
    exact: true
  run_once: true
"""

RETURN = r"""
headline:
  description: How many services the region takes along, and how many of them can be restored.
  returned: when the services could be looked at
  type: dict
  sample:
    services: 51
    down: 50
    restorable: {"yes": 38, "prepare": 7, "unknown": 1, "no": 4}
    oldest_restore_point:
      project: shop
      service_name: search
      restore_point: "2026-09-01T00:11:22Z"
      rpo_seconds: 42518
      rpo_exact: true
    still_running: 1
    copies_there: 12
services:
  description:
    - The services that run, or have their primary backups, in the region, in the order in which to restore them.
    - Each as docs/schemas/region-down.schema.json has it, among others with C(order), C(restorable), C(restore_from),
      C(restore_point), C(rpo_seconds) and C(obstacles).
  returned: when the services could be looked at
  type: list
  elements: dict
reports:
  description: The path of each report that was written, by format.
  returned: when the services could be looked at
  type: dict
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 20, retries: 0, total: 20, waited_seconds: 0.0, writes: 0}
error:
  description:
    - What went wrong, as C(code), C(message) and C(status). The code is V(unknown_region) where no cloud is called like
      O(region). Projects that could not be read fail the task, after the reports of the others are written.
  returned: on failure
  type: dict
"""
