# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import mysql_check_options
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.check_action import CheckAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.mysql import Mysql


class ActionModule(CheckAction):
    def options(self) -> dict[str, dict[str, Any]]:
        return mysql_check_options()

    def database(self, connection: Mapping[str, Any], params: Mapping[str, Any]) -> Mysql:
        return Mysql(connection, params["mysql"], params["ssl_mode"], params["timeout"])
