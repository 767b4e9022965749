# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The actions that check a restored database: what they share whichever engine it is."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import redacted, secrets_of_restore
from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import (
    SqlCheck,
    age_of,
    difference_of,
    failure_of,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import Database, QueryError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import parse_duration

# What a look found wrong, None if nothing, and what it tells besides.
Look = Callable[[], tuple[str | None, dict[str, Any]]]


class CheckAction(ActionBase):
    """Performs every check, also after one has failed, and keeps them for the evidence of the drill."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    @abstractmethod
    def options(self) -> dict[str, dict[str, Any]]:
        """The argument spec."""

    @abstractmethod
    def database(self, connection: Mapping[str, Any], params: Mapping[str, Any]) -> Database:
        """The server that a connection, in the form of aiven_btar_restore, leads to."""

    def further(self, database: Any, params: Mapping[str, Any]) -> Iterator[tuple[str, Look]]:
        """What is looked at in databases of this engine only."""
        yield from ()

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, params = self.validate_argument_spec(self.options())
        result["changed"] = False
        if self._task.check_mode:
            return {**result, "skipped": True, "skip_reason": "there is nothing to check in check mode"}
        try:
            looks = list(self._looks(params))
        except AivenError as error:
            return {**result, "failed": True, "msg": error.message, "error": error.as_dict()}
        secrets = [
            secret for key in ("connection", "source") for secret in secrets_of_restore({"connection": params[key]})
        ]
        checks = [_performed(name, look, secrets) for name, look in looks]
        try:
            run_folder.keep_checks(str((task_vars or {}).get("inventory_hostname", "localhost")), checks)
        except AivenError as error:
            return {**result, "failed": True, "checks": checks, "msg": error.message, "error": error.as_dict()}
        failed = [f"{check['name']}: {check['message']}" for check in checks if not check["passed"]]
        result.update(checks=checks, msg="; ".join(failed) or f"{counted(len(checks), 'check')} passed")
        if failed:
            result.update(failed=True, error=error_of("drill_failed", result["msg"]))
        return result

    def _looks(self, params: Mapping[str, Any]) -> Iterator[tuple[str, Look]]:
        """Raises ``invalid_target`` for checks that cannot be meant."""
        database = self.database(params["connection"], params)
        source = self.database(params["source"], params) if params["source"] else None
        yield "connects over TLS", lambda: _encrypted(database)
        yield "its databases are there", lambda: _databases(database, params["databases"])
        for given in params["checks"]:
            check = _check_of(given, with_source=source is not None)
            yield check.name, partial(_queried, database, source, check)
        yield from self.further(database, params)


def _check_of(given: Mapping[str, Any], *, with_source: bool) -> SqlCheck:
    age = given["not_older_than"]
    seconds = None if age in (None, "") else parse_duration("not_older_than", age)
    if given["same_as_source"] and not with_source:
        raise AivenError(
            "invalid_target",
            f"the check {given['name']!r} has same_as_source: give the connection of the source as source.",
        )
    if given["same_as_source"] and seconds is not None:
        raise AivenError(
            "invalid_target",
            f"the check {given['name']!r} has same_as_source and not_older_than: an age is never the same. Make it two checks.",
        )
    return SqlCheck(**{**given, "not_older_than": seconds})


def _encrypted(database: Database) -> tuple[str | None, dict[str, Any]]:
    version = database.encryption()
    return ("the connection is not encrypted", {}) if version is None else (None, {"message": version})


def _databases(database: Database, wanted: list[str]) -> tuple[str | None, dict[str, Any]]:
    there = [row[0] for row in database.rows(database.databases)]
    missing = [name for name in wanted if name not in there]
    if missing:
        return f"{', '.join(missing)} is missing, there are {', '.join(there)}", {}
    return None, {"message": ", ".join(there)}


def _queried(database: Database, source: Database | None, check: SqlCheck) -> tuple[str | None, dict[str, Any]]:
    statement = check.statement(database.dialect)
    rows = database.rows(statement, check.database)
    age = age_of(check, rows)
    failure = failure_of(check, rows, database.dialect)
    if failure is None and check.same_as_source and source is not None:
        failure = difference_of(rows, _of_source(source, statement, check.database))
    return failure, {} if age is None else {"age_seconds": age}


def _of_source(source: Database, statement: str, database: str | None) -> list[list[str]]:
    try:
        return source.rows(statement, database)
    except QueryError as error:
        raise QueryError(f"the source does not answer it: {error}") from None


def _performed(name: str, look: Look, secrets: list[str]) -> dict[str, Any]:
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
