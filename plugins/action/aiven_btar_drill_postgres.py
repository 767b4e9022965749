# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._api.options import postgres_check_options
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import redacted, secrets_of_restore
from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import SqlCheck, age_of, failure_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.psql import Psql, QueryError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.sources import parse_duration

_DATABASES = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY datname"
_ENCRYPTED = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"


class ActionModule(ActionBase):
    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, params = self.validate_argument_spec(postgres_check_options())
        result["changed"] = False
        if self._task.check_mode:
            return {**result, "skipped": True, "skip_reason": "there is nothing to check in check mode"}
        secrets = secrets_of_restore({"connection": params["connection"]})
        psql = Psql(params["connection"], params["psql"], params["sslmode"], params["timeout"])
        try:
            checks = [_performed(name, look, secrets) for name, look in _looks(psql, params)]
        except AivenError as error:
            return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        run_folder.keep_checks(str((task_vars or {}).get("inventory_hostname", "localhost")), checks)
        failed = [f"{check['name']}: {check['message']}" for check in checks if not check["passed"]]
        result.update(checks=checks, msg="; ".join(failed) or f"{counted(len(checks), 'check')} passed")
        if failed:
            result.update(failed=True, error=error_of("drill_failed", result["msg"]))
        return result


# What a look found wrong, None if nothing, and what it tells besides.
_Look = Callable[[], tuple[str | None, dict[str, Any]]]


def _looks(psql: Psql, params: Mapping[str, Any]) -> Iterator[tuple[str, _Look]]:
    yield "connects over TLS", lambda: _encrypted(psql)
    yield "its databases are there", lambda: _databases(psql, params["databases"])
    for given in params["checks"]:
        age = given["not_older_than"]
        seconds = None if age in (None, "") else parse_duration("not_older_than", age)
        check = SqlCheck(**{**given, "not_older_than": seconds})
        yield check.name, lambda check=check: _queried(psql, check)


def _encrypted(psql: Psql) -> tuple[str | None, dict[str, Any]]:
    rows = psql.rows(_ENCRYPTED)
    return (None, {"message": rows[0][0]}) if rows else ("the connection is not encrypted", {})


def _databases(psql: Psql, wanted: list[str]) -> tuple[str | None, dict[str, Any]]:
    there = [row[0] for row in psql.rows(_DATABASES)]
    missing = [name for name in wanted if name not in there]
    if missing:
        return f"{', '.join(missing)} is missing, there are {', '.join(there)}", {}
    return None, {"message": ", ".join(there)}


def _queried(psql: Psql, check: SqlCheck) -> tuple[str | None, dict[str, Any]]:
    rows = psql.rows(check.statement, check.database)
    age = age_of(check, rows)
    return failure_of(check, rows), {} if age is None else {"age_seconds": age}


def _performed(name: str, look: _Look, secrets: list[str]) -> dict[str, Any]:
    """One check with its result and time."""
    began = time.monotonic()
    at = datetime.now(UTC)
    try:
        failure, facts = look()
    except QueryError as error:
        failure, facts = str(error), {}
    facts = {"name": name, "passed": failure is None, "at": at.isoformat().replace("+00:00", "Z"), **facts}
    facts["seconds"] = round(time.monotonic() - began, 3)
    return facts if failure is None else {**facts, "message": cut(redacted(failure, secrets))}
