# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import region_down_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import PRIORITY
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.batch_action import BatchAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.files import write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.loss import Loss, read_loss
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.table import headline_words, table_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError


class ActionModule(BatchAction):
    variables: ClassVar = {"region": "btar_region", "exact": "btar_region_exact", "directory": "btar_report_dir"}
    more_variables = (PRIORITY,)

    def argument_spec(self) -> dict[str, Any]:
        return region_down_options()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        region = params["region"].strip()
        if not region:
            raise AivenError(
                "invalid_target",
                "region is empty: name the cloud that is gone, to the playbook with -e btar_region=aws-eu-west-1.",
            )
        loss = read_loss(reader, accounts, region, exact=params["exact"], local_now=datetime.now(UTC))
        report = loss.report({"exact": params["exact"]})
        paths = {}
        # A report of nothing would stand in the place of the last good one.
        if params["directory"] is not None and not loss.is_unread:
            try:
                paths = write_reports(report, params["directory"], params["formats"])
            except ReportError as error:
                raise AivenError("invalid_target", str(error)) from None
        self._warn(report["unchecked"])
        return self._result(report, paths, loss)

    def _result(self, report: dict[str, Any], paths: dict[str, str], loss: Loss) -> dict[str, Any]:
        message = headline_words(report)
        for line in [message, *table_of(report), *(f"report: {path}" for path in paths.values())]:
            self._say(line)
        result = {
            "changed": False,
            "msg": message,
            "headline": report["headline"],
            "services": report["services"],
            "reports": paths,
        }
        if loss.found.unreadable:
            project, error = next(iter(loss.found.unreadable.items()))
            message = f"{counted(len(loss.found.unreadable), 'project')} could not be read, the first, {project}: {error.message}"
            result.update(failed=True, msg=message, error={**error.as_dict(), "message": message})
        return result
