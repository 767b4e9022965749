# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import restore_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._runners.restore import order_of, run
from ansible_collections.offsite.aiven.plugins.module_utils._runners.secrets import secret_values
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.action import AivenAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import Interruption
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.progress import ON_TERMINAL

# Looks at a fork are 10 to 30 s apart: a terminal shows each.
_SECONDS_BETWEEN_LINES = 0.0 if ON_TERMINAL else 15.0


class ActionModule(AivenAction):
    def argument_spec(self) -> dict[str, Any]:
        return restore_options()

    def perform(self, client: AivenClient, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        client.transport.secrets = frozenset(secret_values(params["user_config"]))
        order = order_of(params)
        interruption = Interruption()
        client.transport.guard = interruption
        try:
            with interruption:
                result = run(client, order, check_mode=self._task.check_mode, tell=self._teller())
        finally:
            if interruption.orphaned:
                # Nobody is there to take a result, and waiting for somebody would be for ever.
                os._exit(1)
        if "error" in result:
            result["failed"] = True
        if params["connection"]:
            result["_ansible_no_log"] = True
        return result

    def _teller(self) -> Callable[[str], None]:
        """Shows a line on standard error, if the last one is old enough."""
        last = -math.inf

        def tell(text: str) -> None:
            nonlocal last
            if time.monotonic() - last >= _SECONDS_BETWEEN_LINES:
                last = time.monotonic()
                self._display.display(text, stderr=True)

        return tell
