# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MySQL through its own client or MariaDB's, which is told TLS in other words.

The password goes into their environment and never into their arguments; each query is in a read-only transaction.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from xml.etree import ElementTree

from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import MYSQL
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import QueryError, answer_of, authority_file

_INSTALL = "the client of MySQL or MariaDB (Debian: default-mysql-client)"
_ENCRYPTED = "SHOW SESSION STATUS LIKE 'Ssl_version'"
# MariaDB's client either verifies the certificate and its name, or neither.
_TLS_OF_MARIADB = {
    "REQUIRED": ["--ssl", "--disable-ssl-verify-server-cert"],
    "VERIFY_IDENTITY": ["--ssl", "--ssl-verify-server-cert"],
}


class Mysql:
    """Connects anew for each query. ``connection`` is that of aiven_btar_restore; ``timeout`` is in seconds a query.
    ``program`` None is whichever client is there.
    """

    dialect = MYSQL
    databases = (
        "SELECT schema_name FROM information_schema.schemata "
        "WHERE schema_name NOT IN ('information_schema', 'mysql', 'performance_schema', 'sys') ORDER BY schema_name"
    )

    def __init__(self, connection: Mapping[str, Any], program: str | None, ssl_mode: str, timeout: float) -> None:
        self._connection = connection
        self._program = program or ("mysql" if shutil.which("mysql") or not shutil.which("mariadb") else "mariadb")
        self._ssl_mode = ssl_mode
        self._timeout = timeout

    def rows(self, sql: str, database: str | None = None) -> list[list[str]]:
        ca = str(self._connection.get("ca") or "")
        with authority_file(ca) as authority:
            command = [self._program, "--no-defaults", *self._arguments(database), *self._tls]
            command += [f"--ssl-ca={authority}"] if ca and self._ssl_mode != "REQUIRED" else []
            answer = self._run(command, f"START TRANSACTION READ ONLY;\n{sql}\n;\n")
        return _parsed(answer)

    def encryption(self) -> str | None:
        rows = self.rows(_ENCRYPTED)
        return (rows[0][1] or None) if rows else None

    @cached_property
    def _tls(self) -> list[str]:
        if "MariaDB" not in self._run([self._program, "--version"], ""):
            return [f"--ssl-mode={self._ssl_mode}"]
        if self._ssl_mode not in _TLS_OF_MARIADB:
            raise QueryError(
                f"MariaDB's client, {self._program}, knows no {self._ssl_mode}: use {' or '.join(_TLS_OF_MARIADB)}, or "
                "give MySQL's client as mysql"
            )
        return _TLS_OF_MARIADB[self._ssl_mode]

    def _arguments(self, database: str | None) -> list[str]:
        seconds = max(1, int(self._timeout))
        given = {key: str(self._connection.get(key) or "") for key in ("host", "port", "user", "dbname")}
        # Each engine reads as a comment what only the other one knows.
        limits = (
            f"SET SESSION lock_wait_timeout = {seconds} /*!80000 , SESSION max_execution_time = {seconds * 1000} */"
            f" /*M!100101 , SESSION max_statement_time = {seconds} */"
        )
        return [
            "--protocol=TCP",
            f"--host={given['host']}",
            f"--port={given['port']}",
            f"--user={given['user']}",
            f"--database={database or given['dbname']}",
            f"--connect-timeout={max(2, seconds)}",
            "--default-character-set=utf8mb4",
            f"--init-command={limits}",
            "--xml",
        ]

    def _run(self, command: list[str], text: str) -> str:
        # It talks to a database alone, and needs no token of Aiven.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("MYSQL", "AIVEN_"))}
        # Without it MySQL's client reads ~/.mylogin.cnf, whatever it is told.
        own = {"MYSQL_PWD": str(self._connection.get("password") or ""), "MYSQL_TEST_LOGIN_FILE": os.devnull}
        return answer_of(command, text, {**inherited, **own}, self._timeout, _INSTALL)


def _parsed(answer: str) -> list[list[str]]:
    """The rows of the client's XML; of its formats only this one tells NULL from a text. No output: no result."""
    if not answer.strip():
        return []
    try:
        return [[field.text or "" for field in row] for row in ElementTree.fromstring(answer)]
    except ElementTree.ParseError as error:
        raise QueryError(
            f"the answer to the query cannot be read: {error}. Ask one statement, without binary values"
        ) from None
