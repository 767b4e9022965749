# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PostgreSQL through psql and pg_amcheck.

The password goes into their environment and never into their arguments; transactions of queries are read-only.
"""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import POSTGRES
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import QueryError, answer_of, authority_file

_INSTALL = "PostgreSQL's client programs, version 14 or later for pg_amcheck (Debian: postgresql-client)"
_READ_ONLY = "-c default_transaction_read_only=on"
# Debian links what users call into /usr/bin, and this is not among it.
_DEBIAN = Path("/usr/lib/postgresql")
_ENCRYPTED = "SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl"


class Psql:
    """Connects anew for each query. ``connection`` is that of aiven_btar_restore; ``timeout`` is in seconds a query."""

    dialect = POSTGRES
    databases = "SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY datname"

    def __init__(self, connection: Mapping[str, Any], program: str, sslmode: str, timeout: float) -> None:
        self._connection = connection
        self._program = program
        self._sslmode = sslmode
        self._timeout = timeout

    def rows(self, sql: str, database: str | None = None) -> list[list[str]]:
        command = [self._program, "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--csv"]
        with authority_file(self._ca) as ca:
            environment = self._environment(ca, database) | {"PGOPTIONS": f"{_READ_ONLY} {self._limit}"}
            answer = answer_of(
                [*command, "--set=ON_ERROR_STOP=1", "--file=-"], f"{sql}\n;\n", environment, self._timeout, _INSTALL
            )
        return list(csv.reader(io.StringIO(answer)))

    def encryption(self) -> str | None:
        rows = self.rows(_ENCRYPTED)
        return rows[0][0] if rows else None

    def amcheck(self, databases: Sequence[str]) -> None:
        """Have pg_amcheck read every table and index of the databases, of the connection's if there are none; it makes the
        extension amcheck where that is missing. Raises :class:`QueryError` with what is corrupt.
        """
        command = [_amcheck(), "--no-password", "--install-missing"]
        names = databases or [str(self._connection.get("dbname") or "")]
        with authority_file(self._ca) as ca:
            environment = self._environment(ca) | {"PGOPTIONS": self._limit}
            answer_of([*command, *map(_exactly, names)], "", environment, None, _INSTALL)

    @property
    def _ca(self) -> str:
        return str(self._connection.get("ca") or "")

    @property
    def _limit(self) -> str:
        return f"-c statement_timeout={max(1, int(self._timeout * 1000))}"

    def _environment(self, ca: str, database: str | None = None) -> dict[str, str]:
        # It talks to a database alone, and needs no token of Aiven.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "AIVEN_"))}
        given = {key: str(self._connection.get(key) or "") for key in ("host", "port", "user", "password", "dbname")}
        return {
            **inherited,
            "PGHOST": given["host"],
            "PGPORT": given["port"],
            "PGUSER": given["user"],
            "PGPASSWORD": given["password"],
            "PGDATABASE": database or given["dbname"],
            "PGSSLMODE": self._sslmode,
            **({"PGSSLROOTCERT": ca} if self._ca else {}),
            "PGCONNECT_TIMEOUT": str(max(2, int(self._timeout))),
            "PGCLIENTENCODING": "UTF8",
            "PGAPPNAME": "offsite.aiven drill",
        }


def _amcheck() -> str:
    """The program pg_amcheck: the one on PATH, else the newest of Debian's. Raises :class:`QueryError` without one."""
    installed = sorted(_DEBIAN.glob("*/bin/pg_amcheck"), key=lambda path: float(path.parts[-3]), reverse=True)
    found = shutil.which("pg_amcheck") or next(map(str, installed), None)
    if found is None:
        raise QueryError(f"pg_amcheck is not installed on this machine: install {_INSTALL}")
    return found


def _exactly(database: str) -> str:
    """The argument for a database of exactly this name: what is quoted is no pattern."""
    quoted = database.replace('"', '""')
    return f'--database="{quoted}"'
