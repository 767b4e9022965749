# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit is compared with and where it goes, by the options that audit and merge share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import read_former, write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.history import (
    History,
    append_history,
    read_history,
)


class Publisher:
    """Reads at once what former audits have left, so that a wrong path is said before any work. Raises ReportError."""

    def __init__(self, params: Mapping[str, Any]) -> None:
        self._params = params
        self._former = read_former(params["former"]) if params["former"] else None
        self._history: History | None = read_history(params["history"]) if params["history"] else None

    def warnings(self, audit: Mapping[str, Any]) -> list[str]:
        """What is to be said of the history that the audit continues."""
        history = self._history
        return [] if history is None else history.warnings_for(self._params["history"], audit["name"])

    def publish(self, audit: Mapping[str, Any], outcomes: Iterable[Mapping[str, Any]] = ()) -> dict[str, str]:
        """Write the reports that are asked for and the line of the history; the path of each report by format.

        Raises ReportError.
        """
        params, paths = self._params, {}
        if params["directory"] is not None:
            paths = write_reports(
                audit,
                outcomes,
                params["directory"],
                params["formats"],
                self._former,
                history=None if self._history is None else self._history.lines,
                csv_bom=params["csv_bom"],
            )
        if params["history"]:
            append_history(params["history"], audit)
        return paths
