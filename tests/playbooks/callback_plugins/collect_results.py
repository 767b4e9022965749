# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = """
name: collect_results
type: notification
short_description: Writes the result of each task to a file
description: One JSON object a line, with what a user would get by registering the result.
options:
  path:
    description: The file to append to.
    type: path
    required: true
    env:
      - name: COLLECT_RESULTS_PATH
"""

import json
from typing import Any

from ansible.plugins.callback import CallbackBase


class CallbackModule(CallbackBase):
    """Tests read results from here, as parsing printed output would test the printing."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "collect_results"

    def v2_runner_on_ok(self, result: Any) -> None:
        self._append("ok", result)

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        self._append("failed", result)

    def v2_runner_on_unreachable(self, result: Any) -> None:
        self._append("unreachable", result)

    def v2_runner_on_skipped(self, result: Any) -> None:
        self._append("skipped", result)

    def _append(self, status: str, result: Any) -> None:
        row = {
            "task": result._task.get_name(),
            "action": result._task.action,
            "host": result._host.get_name(),
            "status": status,
            # ansible-core takes "failed" out of what callbacks see; a registered result has it.
            "result": {**result._result, "failed": status == "failed"},
        }
        with open(self.get_option("path"), "a", encoding="utf-8") as file:
            file.write(json.dumps(row, default=str) + "\n")
