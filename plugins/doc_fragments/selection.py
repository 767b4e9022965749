# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Which services are looked at.
    DOCUMENTATION = r"""
options:
  services:
    description: Only services whose name matches one of these globs.
    type: list
    elements: str
  service_types:
    description: Only services of these types.
    type: list
    elements: str
  lag_period:
    description: Also fetch the report on replication lag over this period, one call for each running service with a secondary region.
    type: str
    choices: [hour, day, week, month, year]
"""
