# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what would change, without changing it.
  diff_mode:
    description: Returns what has changed, or would change in check mode, as a diff.
  idempotent:
    description: A second run with the same options changes nothing.
"""

    ACTIONGROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/offsite.aiven.aiven) in C(module_defaults) to set connection options once.
    support: full
    membership:
      - offsite.aiven.aiven
"""

    CHANGES = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what would change, without changing it.
    support: full
  diff_mode:
    description: Returns what has changed, or would change in check mode, as a diff.
    support: full
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    REPORTS = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode. It runs as without, and writes its reports.
    support: full
  diff_mode:
    description: Returns what has changed as a diff.
    support: N/A
    details: It changes nothing at Aiven.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    INFO = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode, as it changes nothing.
    support: full
  diff_mode:
    description: Returns what has changed as a diff.
    support: N/A
    details: It changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""

    CHECKS = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check mode and return what would change, without changing it.
    support: none
    details: It is skipped, as there is no fork to check.
  diff_mode:
    description: Returns what has changed, or would change in check mode, as a diff.
    support: N/A
    details: It changes nothing.
  idempotent:
    description: A second run with the same options changes nothing.
    support: full
"""
