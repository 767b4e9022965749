#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_fleet
short_description: Give many Aiven services a backup in another region
version_added: 0.1.0
description:
  - Reads all projects, decides for every service, and only then writes what differs, several services at a time.
  - One call for each project that has targets, one cloud list and one schema for each service type if any enable or move is
    wanted, and one call for each change. Nothing to change costs one call a project. A region inventory with geographical
    rules costs the cloud list as well.
  - Nothing that destroys a copy happens by default. A move deletes the copies in the present region and a disable deletes
    them all, so both must be opted into with O(changes).
  - The work is done on the controller, by an action plugin, once for all hosts of the batch that have not failed and for
    which every condition (C(when)) of the task and of what holds it is true. If a condition cannot be evaluated for a host,
    nothing is done.
  - Register its result with C(run_once=true), so that it reaches every host. A condition that differs between hosts goes
    without it, as Ansible asks the first host alone then.
  - Hosts may be in several accounts. Where a connection option is not given, each host's variable C(aiven_api_token),
    C(aiven_api_url), C(aiven_ca_path), C(aiven_validate_certs), C(aiven_request_timeout), C(aiven_retry_timeout) or
    C(aiven_allow_plain_http) counts.
  - Progress is shown on standard error, a line a second on a terminal, otherwise every 15 seconds.
options:
  targets:
    description:
      - What is wanted of which service. Each has C(project), C(service_name), C(region) and optionally C(state) and C(expect).
      - With C(expect), a dictionary with the C(region) that is expected, and if wanted with other facts such as C(plan) or
        C(cloud_name), a service is only changed if all of that holds now, else it is refused as C(stale_plan).
      - If left out, the targets are the hosts of the current batch, as M(ansible.builtin.add_host) or the inventory plugin
        P(offsite.aiven.aiven_services#inventory) made them. They need the variables C(aiven_project) and
        C(aiven_service_name), else they fail by themselves; their region comes from the region inventory, the variables
        C(btar_region_map), C(btar_region_otherwise), C(btar_region_nearest_min_km), C(btar_region_rules),
        C(btar_region_exceptions) and C(btar_secondary_region). Services
        whose type has no backup to another region are then skipped, while as explicit targets they fail.
    type: list
    elements: raw
  state:
    description: What is wanted of targets that do not say it, and of hosts.
    type: str
    choices: [enabled, disabled]
    default: enabled
  changes:
    description:
      - The changes that may be made. Another one that would be needed is refused as C(change_not_allowed).
      - Not looked at with O(plan), which holds what was opted into when it was made.
    type: list
    elements: str
    choices: [enable, move, disable]
    default: [enable]
  max_changes:
    description:
      - The most changes to make, as a count or as a percentage of the targets, such as V(10%).
      - If more are needed, none is made, and they fail as C(too_many_changes).
    type: str
  max_failures:
    description:
      - After more failures than this count or percentage, no further change is begun.
      - Refusals count. If there are too many of them, nothing is written at all.
    type: str
  on_error:
    description: V(stop) is the same as O(max_failures=0).
    type: str
    choices: [continue, stop]
    default: continue
  waves:
    description:
      - The sizes of the waves in which the changes are made, as counts or percentages of all changes; the last repeats. With
        V(1,10%,100%) the first change is made by itself. All at once if left out.
      - A wave reads again the projects in which it changes something if they were read more than O(snapshot_max_age) seconds
        ago, and refuses a service that is not as it was (C(stale_plan)).
    type: list
    elements: str
  wave_max_failures:
    description:
      - After a wave of which more changes failed than this count or percentage, no further one begins. What is not tried is
        skipped as C(skipped_after_failures).
    type: str
  snapshot_max_age:
    description: How many seconds ago a service may have been read when its wave begins. With V(0) every wave reads anew.
    type: float
    default: 60
  concurrency:
    description: How many calls may be under way at once. Aiven's rate limit holds for all of them together.
    type: int
    default: 8
  plan:
    description:
      - The record of a check-mode run. Exactly its changes are made, for the targets or hosts of this task; all of them where
        there are no O(targets) and no host of the batch is a service, as on localhost.
      - If one of the services is not as the plan found it and not as it wants it either, nothing is written. A plan that was
        applied in part can be applied again.
      - Instead of the path, the value that such a run publishes with O(artifact), or its JSON text.
    type: raw
  undo:
    description:
      - The record of a run to take back, for the targets or hosts of this task. A service gets the secondary region that it
        had before, if it still has the one that the run gave it; if not, it is refused as C(stale_plan).
      - Taking an enable back is a disable, and a move is taken back by a move, so O(changes) must allow them. Copies that
        the run deleted stay deleted, and Aiven refuses a second move within 24 hours.
      - Instead of the path, the value that such a run publishes with O(artifact), or its JSON text.
      - Mutually exclusive with O(plan).
    type: raw
  undo_run:
    description:
      - The id of the run to take back. If unset, the last run in the record that changed anything, was not in check mode, and
        took nothing back itself.
    type: str
  refusal:
    description: If given and not empty, the task ends with this message, as C(change_not_allowed), before any call.
    type: str
  record:
    description:
      - A file to append every outcome to, as it happens, as JSON Lines. It is made with mode 0600.
      - The record of a check-mode run is a plan.
    type: path
  artifact:
    description:
      - Whether to publish the changes as a custom statistic, which automation controllers hand from job to job as an artifact.
        It is C(offsite_aiven_plan) in check mode, otherwise C(offsite_aiven_changes), and may be O(plan) or O(undo) later.
      - If it would have more than 500,000 bytes, which some 3,000 changes have, the task fails, after all is done. Nothing is
        published by a run that did not come to its end in check mode.
    type: bool
    default: false
  results:
    description:
      - With V(news), RV(results) holds only what has changed or failed. ansible-core copies a result several times, which
        takes most of a second for 10,000 outcomes.
    type: str
    choices: [all, news]
    default: all
  defer:
    description:
      - Whether the task itself shows no change, failure and diff, and keeps them for M(offsite.aiven.aiven_btar_outcome), which
        shows them on the hosts that they belong to, and for the lookup P(offsite.aiven.aiven_run#lookup).
    type: bool
    default: false
  show_hosts:
    description: With O(defer), if more hosts than this were changed or failed, only the failed are kept.
    type: int
    default: 1000
  snapshot:
    description:
      - Whether to keep what was read of the services, for a later task of M(offsite.aiven.aiven_btar_audit) of the same
        C(ansible-playbook).
    type: bool
    default: false
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.waiting
  - offsite.aiven.attributes.changes
  - offsite.aiven.attributes.actiongroup
seealso:
  - module: offsite.aiven.aiven_btar
  - module: offsite.aiven.aiven_btar_outcome
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Give all services of the batch a secondary region, as the region inventory says
  offsite.aiven.aiven_btar_fleet:
    record: "{{ playbook_dir }}/rollout.jsonl"
  run_once: true
  register: rollout

- name: Show what was done
  ansible.builtin.debug:
    var: rollout.summary
  run_once: true

- name: Change one service, then a tenth, then the rest; and only of PostgreSQL
  offsite.aiven.aiven_btar_fleet:
    waves: 1,10%,100%
    wave_max_failures: 0
  when: aiven_service_type == "pg"

- name: Change named services, one of them only if it is still as it was reviewed
  offsite.aiven.aiven_btar_fleet:
    targets:
      - project: shop-production
        service_name: orders-db
        region: aws-eu-central-1
      - project: shop-production
        service_name: search
        region: aws-eu-central-1
        expect:
          region: aws-eu-west-2
    changes: [enable, move]
    max_changes: 2
    on_error: stop
  run_once: true

- name: Take the copies of throw-away data away again
  offsite.aiven.aiven_btar_fleet:
    targets:
      - project: sandbox
        service_name: playground
        state: disabled
    changes: [disable]
  run_once: true
"""

RETURN = r"""
results:
  description: One outcome for each target, in their order; see O(results).
  returned: success, and failure of targets
  type: list
  elements: dict
  contains:
    project:
      description: The project.
      type: str
      returned: always
    service_name:
      description: The service.
      type: str
      returned: always
    status:
      description: What became of it.
      type: str
      returned: always
      choices: [changed, unchanged, failed, skipped]
    changed:
      description: Whether it was changed, or would be in check mode.
      type: bool
      returned: always
    failed:
      description: Whether it failed. A service can be changed and failed, when waiting for it took too long.
      type: bool
      returned: always
    change:
      description: The change that was made, would be made or was refused; null when nothing differs.
      type: str
      returned: always
      choices: [enable, move, disable]
    reason:
      description: Why, in words, with the reason for the choice of the region.
      type: str
      returned: always
    before:
      description: C(region) is the secondary region before.
      type: dict
      returned: always
    after:
      description: C(region) is the secondary region after.
      type: dict
      returned: always
    error:
      description: C(code), C(message) and C(status) of what went wrong, else null.
      type: dict
      returned: always
summary:
  description: How many targets there are of each status, and in all.
  returned: success, and failure of targets
  type: dict
  sample: {changed: 12, failed: 1, skipped: 20, total: 240, unchanged: 207}
news:
  description: The outcomes of the hosts that were changed or failed, by host, for M(offsite.aiven.aiven_btar_outcome).
  returned: success, and failure of targets, without O(defer)
  type: dict
run_id:
  description: The id of the run in the record, the same for all tasks of one C(ansible-playbook).
  returned: success, and failure of targets
  type: str
record:
  description: The record that was written, if any.
  returned: success, and failure of targets
  type: str
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 10, retries: 0, total: 22, waited_seconds: 0.0, writes: 12}
error:
  description: What went wrong, as C(code), C(message) and C(status); of the first target that failed if there are several.
  returned: on failure
  type: dict
"""
