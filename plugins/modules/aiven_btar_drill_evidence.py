#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_drill_evidence
short_description: Write down what becomes of a drill
version_added: 1.0.0
description:
  - Keeps a draft of a drill while it runs and makes the evidence of it at its end, one JSON file, chained by its hash to the
    evidence before of the same service. Makes no call.
  - The tasks of the playbook C(offsite.aiven.drill) and of the entry point C(drill) of the role P(offsite.aiven.btar#role) use it.
options:
  step:
    description:
      - Which moment of a drill it is. V(cleared) is after the forks of earlier drills were deleted.
      - V(verified) fails if the verification took longer than it may.
    type: str
    choices: [cleared, begun, running, verified, failed, ended]
    required: true
  drill:
    description: What is to be done, as the lookup P(offsite.aiven.aiven_run#lookup) gives it.
    type: dict
    required: true
  restore:
    description: The result of M(offsite.aiven.aiven_btar_restore). Of its connection nothing is written.
    type: dict
  task:
    description: The name of the task that failed.
    type: str
  failure:
    description: The result of the task that failed.
    type: dict
  deletions:
    description: The results of the deletion of forks.
    type: list
    elements: dict
extends_documentation_fragment:
  - offsite.aiven.attributes
attributes:
  check_mode:
    support: full
    details: It writes nothing then.
  diff_mode:
    support: N/A
    details: It changes no service.
  idempotent:
    support: N/A
    details: Each drill has evidence of its own.
seealso:
  - module: offsite.aiven.aiven_btar_drill_plan
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Write down that the drill begins
  offsite.aiven.aiven_btar_drill_evidence:
    step: begun
    drill: "{{ query('offsite.aiven.aiven_run', 'drill') | first }}"
"""

RETURN = r"""
evidence:
  description: The paths of the evidence that was written.
  returned: for O(step=cleared) and O(step=ended)
  type: list
  elements: str
result:
  description: How the drill ended, as V(passed), V(failed), V(timed_out) or V(interrupted).
  returned: for O(step=ended)
  type: str
deadline:
  description: When the verification has to be over, in seconds since 1970.
  returned: for O(step=running)
  type: float
error:
  description: What went wrong, as C(code), C(message) and C(status).
  returned: on failure
  type: dict
"""
