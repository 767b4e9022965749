# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The base of the actions that work once for all hosts of the batch, whatever account each is in."""

from __future__ import annotations

from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.action import AivenAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.batch import OnceForTheBatch
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.run_variables import mistyped
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import Interruption


class BatchAction(AivenAction, metaclass=OnceForTheBatch):
    """An action for all hosts of the batch for which Ansible would run it."""

    # Variables of hosts to read besides those of every such action.
    more_variables: ClassVar[tuple[str, ...]] = ()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        """The work; its result may be a failed one. Raises AivenError."""
        raise NotImplementedError

    def work(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        self.host = task_vars.get("inventory_hostname", "localhost")
        leader = type(self).leader
        if leader not in (None, self.host):
            return {"skipped": True, "skip_reason": f"done with the whole batch, on {leader}"}
        self._warn(mistyped(task_vars))
        self.interruption = Interruption()
        accounts = Accounts(params, self._task.args.keys(), self.interruption)
        try:
            with self.interruption:
                reader = HostReader(task_vars, self._task, self._loader, self.more_variables)
                return self.perform_for_batch(accounts, params, reader)
        finally:
            self.api_calls = accounts.api_calls
            self._warn(accounts.retirements())

    def _say(self, text: str) -> None:
        self._display.display(text, stderr=True)
