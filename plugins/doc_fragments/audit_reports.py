# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Options of what writes the reports of an audit (module_utils/_api/argument_specs.py, audit_report_options).
    DOCUMENTATION = r"""
options:
  directory:
    description: The folder to write the reports to. If unset, none is written.
    type: path
  formats:
    description: Which reports to write.
    type: list
    elements: str
    choices: [html, json, csv, junit, prometheus, oscal]
    default: [html, json, csv, junit, prometheus]
  csv_bom:
    description:
      - Whether the CSV report begins with a byte order mark, by which spreadsheets tell that it is UTF-8. Programs that take
        the mark for a part of the first column want none.
    type: bool
    default: true
  former:
    description: The JSON report of a former audit, to say what became better and worse.
    type: path
  history:
    description:
      - A file of JSON Lines to which each audit appends a line, made if there is none. HTML and JSON reports then show score and
        coverage over the audits of the same O(name).
    type: path
    version_added: 1.0.0
  fail_on:
    description: Fail, after the reports are written, when a control of at least this severity fails.
    type: str
    choices: [none, warning, error]
    default: none
"""
