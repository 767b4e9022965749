#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_outcome
short_description: Show the outcome of a fleet task or a restore of many on the host that it belongs to
version_added: 0.1.0
description:
  - Ends on each host as M(offsite.aiven.aiven_btar_fleet) ended for its service, changed or failed, with its diff and
    error, so that the recap, callbacks and AWX tell the truth. Makes no call.
options:
  outcome:
    description:
      - One of the results of M(offsite.aiven.aiven_btar_fleet).
      - If unset, what a task of M(offsite.aiven.aiven_btar_fleet) with O(offsite.aiven.aiven_btar_fleet#module:defer=true) or
        of M(offsite.aiven.aiven_btar_restore_many) has kept for this host. The task is skipped if there is none.
    type: dict
extends_documentation_fragment:
  - offsite.aiven.attributes
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: N/A
    details: It changes nothing itself.
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Show what became of a service
  offsite.aiven.aiven_btar_outcome:
    outcome:
      project: shop-production
      service_name: orders-db
      status: changed
      changed: true
      failed: false
      change: enable
      reason: no secondary region, aws-eu-central-1 wanted
      before:
        region:
      after:
        region: aws-eu-central-1
      error:
"""

RETURN = r"""
change:
  description: The change that was made, would be made or was refused; null when nothing differs.
  returned: always
  type: str
msg:
  description: Why, in words.
  returned: always
  type: str
error:
  description: What went wrong, as C(code) and C(status), else null. RV(msg) says it in words.
  returned: always
  type: dict
fork:
  description: The new service, as M(offsite.aiven.aiven_btar_restore) returns it.
  returned: after a restore
  type: dict
restored:
  description: What was restored, as M(offsite.aiven.aiven_btar_restore) returns it.
  returned: after a restore
  type: dict
"""
