#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_audit
short_description: Hold the backups of Aiven services in another region against controls, and report
version_added: 0.1.0
description:
  - Looks at the services of the hosts of the current batch, evaluates named controls for each, and writes reports on the
    controller. It changes nothing at Aiven.
  - One call for each project. With O(exact) one more for each service that a listing cannot tell all of, and with
    O(lag_period) one for each that has a secondary region. The cloud list costs one call, unless the inventory plugin
    P(offsite.aiven.aiven_services#inventory) has it.
  - The work is done on the controller, by an action plugin, once for all hosts of the batch that have not failed and for
    which every condition (C(when)) of the task and of what holds it is true. Hosts may be in several accounts, see
    M(offsite.aiven.aiven_btar_fleet).
  - The region inventory is that of M(offsite.aiven.aiven_btar_fleet). The variable C(btar_rpo_target) of a host or group goes
    before O(rpo_target), and so do C(btar_audit_max_interval), C(btar_audit_min_retention), C(btar_drill_max_age_days) and
    C(btar_drill_rto_target) before O(max_interval), O(min_retention), O(drill_max_age_days) and O(drill_rto_target).
options:
  tags:
    description: Only services that have these tags. The values are globs.
    type: dict
  exact:
    description:
      - Whether to ask for the backups of each service whose listing cannot tell its restore point exactly, that is of types
        with point-in-time recovery. Needs the permission C(service:configuration:write).
      - And whether to ask for what no listing shows, which is whether the plans of services without any backup keep backups, and
        whether clouds of your own allow forks.
    type: bool
    default: false
  rpo_target:
    description: The oldest that a restore point may be, in seconds or as V(90m), V(26h) or V(2d).
    type: str
    default: 26h
  drills:
    description: A folder with the evidence of drills, as docs/schemas/drill-evidence.schema.json of the collection has it.
    type: path
  drill_max_age_days:
    description: The oldest that the last verified drill may be. If unset, the control C(drill_recent) does not apply.
    type: int
  drill_rto_target:
    description: The longest that a drill may take, as for O(rpo_target). If unset, the control C(drill_rto) does not apply.
    type: str
  plans:
    description:
      - Whether to read the plans, one call for each project and type of services with a secondary region. The control
        C(restorable) then fails where a plan is not offered in the secondary region. Needs the permission
        C(project:services:write); without it there is a warning.
      - With O(max_interval) or O(min_retention) they are read anyway.
    type: bool
    default: false
    version_added: 1.0.0
  max_interval:
    description: The longest time from one backup to the next, as for O(rpo_target). If unset, the control C(frequency) does not apply.
    type: str
    version_added: 1.0.0
  min_retention:
    description: How long backups must be kept at least, as for O(rpo_target). If unset, the control C(retention) does not apply.
    type: str
    version_added: 1.0.0
  deletion_protection:
    description: Whether the termination protection of services must be on, which the control C(deletion_protected) checks.
    type: bool
    default: false
    version_added: 1.0.0
  key_tag:
    description:
      - The tag that says who holds the key of a service that a key of your own encrypts. If unset, the control C(key_known) does
        not apply.
    type: str
    version_added: 1.0.0
  owner_tag:
    description:
      - The tag that says whose a service is, for the coverage by owner in the reports. If unset, the control C(owner_known) does
        not apply.
    type: str
    version_added: 1.0.0
  name:
    description:
      - What tells this audit from others of the same fleet, as the label C(audit) in Prometheus. If unset, it is made of the
        projects and of O(services), O(service_types), O(tags), O(exact) and the limit of the run. Audits of different hosts of the
        same projects by other means need different names.
    type: str
  record:
    description: The record of M(offsite.aiven.aiven_btar_fleet). The reports show what this C(ansible-playbook) changed.
    type: path
  defer:
    description:
      - Whether the task itself does not fail, and what it would have failed with is kept for the end of the run, as the lookup
        P(offsite.aiven.aiven_run#lookup) has it.
    type: bool
    default: false
  snapshot:
    description:
      - Whether to take services as an earlier task of M(offsite.aiven.aiven_btar_fleet) of the same C(ansible-playbook) has read
        them (its O(offsite.aiven.aiven_btar_fleet#module:snapshot)), instead of reading them again. Projects in which it wrote
        are read anyway, and with O(exact) all are.
    type: bool
    default: false
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.audit_reports
  - offsite.aiven.selection
  - offsite.aiven.attributes.reports
  - offsite.aiven.attributes.actiongroup
seealso:
  - module: offsite.aiven.aiven_btar_fleet
  - module: offsite.aiven.aiven_btar_info
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Audit all services of the batch and write every report
  offsite.aiven.aiven_btar_audit:
    directory: "{{ playbook_dir }}/reports"
  run_once: true
  register: audit

- name: Show the headline
  ansible.builtin.debug:
    var: audit.msg
  run_once: true

- name: Audit production databases exactly, against an RPO of two hours
  offsite.aiven.aiven_btar_audit:
    service_types: [pg, mysql]
    tags:
      env: prod*
    exact: true
    rpo_target: 2h
  run_once: true
"""

RETURN = r"""
headline:
  description:
    - The headline figures, as docs/schemas/audit.schema.json has them. They are also set as C(offsite_aiven_audit) in the custom
      statistics of the run.
  returned: when the services could be looked at
  type: dict
failing:
  description: How many services fail each control, by its id. Controls that no service fails are left out.
  returned: when the services could be looked at
  type: dict
  sample: {enabled: 3, not_paused: 1}
name:
  description: What tells the audit from others, the option O(name) if it was given.
  returned: when the services could be looked at
  type: str
  sample: shop-production
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
    - What went wrong, as C(code), C(message) and C(status). The code is V(audit_failed) where controls fail, and another where
      the audit could not be made, or not for all projects.
  returned: on failure
  type: dict
"""
