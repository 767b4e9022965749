# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # What the actions that check a restored database share (module_utils/_api/argument_specs.py, compared by a test).
    DOCUMENTATION = r"""
options:
  connection:
    description: How to connect, as in the result of M(offsite.aiven.aiven_btar_restore). In a drill it is the variable
      C(btar_drill_connection).
    type: dict
    required: true
  source:
    description:
      - How to connect to the service that was restored, in the same form, for checks with C(same_as_source). It is only read.
      - A drill does not know it, as it needs no password of production. Take it from a vault, for a user who may read only.
    type: dict
  databases:
    description: Databases that have to be there.
    type: list
    elements: str
    default: []
  checks:
    description: Queries and what the first column of their rows has to be. A query without any expectation has to find a row.
    type: list
    elements: dict
    default: []
    suboptions:
      name:
        description: What is checked, in words for the evidence.
        type: str
        required: true
      sql:
        description: The query, one statement.
        type: str
        required: true
      database:
        description: The database to ask. If unset, that of the connection.
        type: str
      equals:
        description: The value of the first row, or a list with the values of all rows.
        type: raw
      at_least:
        description: The least that the value of the first row may be, for example a number of rows.
        type: float
      at_most:
        description: The most that it may be.
        type: float
      not_older_than:
        description:
          - The query gives a time, for example that of the newest row, and this is how old it may be when it is checked, such as V(26h).
          - The evidence has the age at the beginning of the drill as its RPO by SQL.
        type: str
      same_as_source:
        description:
          - The query is asked of O(source) too and has to find the same there, all rows and columns in the same order.
          - For what no longer changes, as the source may have changed since the point that was restored.
        type: bool
        default: false
  timeout:
    description: Seconds that each query may take.
    type: float
    default: 60
"""
