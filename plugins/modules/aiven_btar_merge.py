#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_merge
short_description: Make one report of those of several audits
version_added: 1.0.0
description:
  - Merges the JSON reports of M(offsite.aiven.aiven_btar_audit), such as those of the slices of a run, into one report with
    the figures that one run would have given, their changes included. Makes no call.
  - A service that several reports have is as the newest has it. The merged report is as old as the oldest of them.
options:
  reports:
    description: The JSON reports, as paths or globs on the controller. Each of them must find a file.
    type: list
    elements: path
    required: true
  name:
    description: What tells this audit from others. By default what it looks at.
    type: str
extends_documentation_fragment:
  - offsite.aiven.audit_reports
  - offsite.aiven.attributes.reports
seealso:
  - module: offsite.aiven.aiven_btar_audit
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: One report of all slices
  offsite.aiven.aiven_btar_merge:
    reports:
      - /reports/4711/*/btar-audit.json
    directory: /reports/4711
"""

RETURN = r"""
headline:
  description: The headline figures, as docs/schemas/audit.schema.json has them, also set as C(offsite_aiven_audit) in the custom
    statistics.
  returned: success, and when the audit fails
  type: dict
name:
  description: What the merged audit is called.
  returned: success, and when the audit fails
  type: str
merged:
  description: The reports that were merged.
  returned: success, and when the audit fails
  type: list
  elements: str
reports:
  description: The files that were written, by format.
  returned: success, and when the audit fails
  type: dict
error:
  description: What went wrong, as C(code), C(message) and C(status).
  returned: on failure
  type: dict
"""
