#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_drill_postgres
short_description: Check a restored PostgreSQL database
version_added: 1.0.0
description:
  - For the tasks that verify a drill. Connects over TLS, lists the databases, runs queries and holds what they find against
    what is expected. Every check is performed, also after one has failed, and goes into the evidence of the drill.
  - It uses C(psql), the client that a restore by hand would use as well, and no Python library. Transactions are read-only.
  - The work is done on the controller, by an action plugin. Makes no call to Aiven.
options:
  connection:
    description: How to connect, as in the result of M(offsite.aiven.aiven_btar_restore). In a drill it is the variable
      C(btar_drill_connection).
    type: dict
    required: true
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
  sslmode:
    description: How the certificate of the server is checked, in PostgreSQL's words.
    type: str
    choices: [require, verify-ca, verify-full]
    default: verify-full
  timeout:
    description: Seconds that each query may take.
    type: float
    default: 60
  psql:
    description: The program.
    type: path
    default: psql
extends_documentation_fragment:
  - offsite.aiven.attributes
attributes:
  check_mode:
    support: none
    details: It is skipped, as there is no fork to check.
  diff_mode:
    support: N/A
    details: It changes nothing.
  idempotent:
    support: full
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: The orders came back
  offsite.aiven.aiven_btar_drill_postgres:
    connection: "{{ btar_drill_connection }}"
    databases: [defaultdb]
    checks:
      - name: there are orders
        sql: SELECT count(*) FROM orders
        at_least: 1000
      - name: the newest order is not old
        sql: SELECT max(created) FROM orders
        not_older_than: 26h
      - name: the currencies are all there
        sql: SELECT code FROM currencies ORDER BY code
        equals: [EUR, SEK, USD]
"""

RETURN = r"""
checks:
  description: The checks, each with C(name), C(passed), C(at), C(seconds), C(message) and for times C(age_seconds).
  returned: when they were performed
  type: list
  elements: dict
msg:
  description: What failed, in words.
  returned: always
  type: str
error:
  description: What went wrong, as C(code), C(message) and C(status).
  returned: on failure
  type: dict
"""
