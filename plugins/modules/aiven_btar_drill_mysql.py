#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_drill_mysql
short_description: Check a restored MySQL database
version_added: 1.0.0
description:
  - For the tasks that verify a drill. Connects over TLS, lists the databases, runs queries and holds what they find against
    what is expected. Every check is performed, also after one has failed, and goes into the evidence of the drill.
  - It uses C(mysql), the client that a restore by hand would use as well, MySQL's or MariaDB's, and no Python library.
    Transactions are read-only.
  - A V(DATETIME) whose age is checked is taken to be in the time zone of the server, which is UTC unless you have changed it.
  - The work is done on the controller, by an action plugin. Makes no call to Aiven.
options:
  ssl_mode:
    description: How the certificate of the server is checked, in MySQL's words. MariaDB's client cannot do V(VERIFY_CA).
    type: str
    choices: [REQUIRED, VERIFY_CA, VERIFY_IDENTITY]
    default: VERIFY_IDENTITY
  mysql:
    description: The program. If unset, C(mysql), or C(mariadb) where only that is installed.
    type: path
extends_documentation_fragment:
  - offsite.aiven.attributes.checks
  - offsite.aiven.database_checks
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: The orders came back
  offsite.aiven.aiven_btar_drill_mysql:
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
