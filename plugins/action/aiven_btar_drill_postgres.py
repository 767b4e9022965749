# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import postgres_check_options
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.check_action import CheckAction, Look
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.psql import Psql


class ActionModule(CheckAction):
    def options(self) -> dict[str, dict[str, Any]]:
        return postgres_check_options()

    def database(self, connection: Mapping[str, Any], params: Mapping[str, Any]) -> Psql:
        return Psql(connection, params["psql"], params["sslmode"], params["timeout"])

    def further(self, database: Psql, params: Mapping[str, Any]) -> Iterator[tuple[str, Look]]:
        if params["amcheck"]:
            yield "pg_amcheck finds nothing corrupt", partial(_amcheck, database, params["databases"])


def _amcheck(database: Psql, databases: Sequence[str]) -> tuple[None, dict[str, Any]]:
    database.amcheck(databases)
    return None, {}
