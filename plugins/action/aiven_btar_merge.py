# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import merge_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import InvalidAudit, audit_fails
from ansible_collections.offsite.aiven.plugins.module_utils._core.merging import merge_audits
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.action import given_options
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.operator import operator_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError, read_report
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.headline import headline_words
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.invocation import invocation_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.publishing import Publisher


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        try:
            self._task.args = given_options(self._task.args, merge_options())
            _validated, params = self.validate_argument_spec(merge_options())
            result.update(_merged(params, task_vars or {}))
        except (AnsibleActionFail, ReportError) as error:
            message = str(error) if self._task.args.get("reports") else _NO_REPORTS
            result.update(failed=True, msg=message, error=error_of("invalid_target", message))
        result["changed"] = False
        return result


_NO_REPORTS = (
    "reports is empty: name the JSON reports of audits to merge, to the playbook with "
    "-e btar_merge_reports=slices/*/btar-audit.json."
)


def _merged(params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    publisher = Publisher(params)
    paths = _found(params["reports"])
    try:
        slices = [read_report(path) for path in paths]
        audit = merge_audits(slices, params["name"], invocation_of((), task_vars), operator_of(task_vars))
    except InvalidAudit as error:
        raise ReportError(f"{', '.join(paths)} cannot be merged: {error}.") from None
    reports = publisher.publish(audit)
    headline = audit["headline"]
    result = {
        "name": audit["name"],
        "headline": headline,
        "merged": paths,
        "reports": reports,
        "warnings": publisher.warnings(audit),
        "msg": headline_words(headline),
        "ansible_stats": {"data": {"offsite_aiven_audit": headline}, "per_host": False, "aggregate": False},
    }
    if audit_fails(audit, params["fail_on"]):
        message = f"the audit fails: {result['msg']}"
        result.update(failed=True, msg=message, error=error_of("audit_failed", message))
    return result


def _found(patterns: Sequence[str]) -> list[str]:
    """The files that are meant. Raises ReportError where there is none: a slice that wrote no report must not go unseen."""
    found: dict[str, None] = {}
    for pattern in patterns:
        paths = sorted(glob.glob(pattern, recursive=True))
        if not paths:
            raise ReportError(f"reports: there is no file {pattern}. Give the JSON reports of audits.")
        found.update(dict.fromkeys(paths))
    return list(found)
