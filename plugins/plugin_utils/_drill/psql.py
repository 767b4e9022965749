# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Queries through psql: the client that whoever restores by hand would use, and no library for Ansible's own Python.

The password goes into the environment of psql and never into its arguments; transactions are read-only.
"""

from __future__ import annotations

import csv
import io
import os
import subprocess
import tempfile
from collections.abc import Mapping
from typing import Any


class QueryError(Exception):
    """A query was not answered. The text says why, and may hold what the server said."""


class Psql:
    """Connects anew for each query. ``connection`` is that of aiven_btar_restore; ``timeout`` is in seconds a query."""

    def __init__(self, connection: Mapping[str, Any], program: str, sslmode: str, timeout: float) -> None:
        self._connection = connection
        self._program = program
        self._sslmode = sslmode
        self._timeout = timeout

    def rows(self, sql: str, database: str | None = None) -> list[list[str]]:
        """The rows of a statement, values as text. Raises :class:`QueryError`."""
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as ca:
            ca.write(str(self._connection.get("ca") or ""))
            ca.flush()
            answer = self._run(sql, self._environment(database, ca.name))
        if answer.returncode != 0:
            raise QueryError(" ".join(answer.stderr.split()) or f"psql ended with {answer.returncode}")
        return list(csv.reader(io.StringIO(answer.stdout)))

    def _run(self, sql: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        command = [self._program, "--no-psqlrc", "--no-password", "--quiet", "--tuples-only", "--csv"]
        try:
            return subprocess.run(
                [*command, "--set=ON_ERROR_STOP=1", "--file=-"],
                input=f"{sql}\n;\n",
                env=dict(environment),
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self._timeout,
                check=False,
            )
        except FileNotFoundError:
            raise QueryError(
                f"{self._program} is not installed on this machine: install PostgreSQL's client (Debian: postgresql-client)"
            ) from None
        except OSError as error:
            raise QueryError(f"{self._program} cannot be run: {error.strerror}") from None
        except subprocess.TimeoutExpired:
            raise QueryError(f"it took longer than timeout, {self._timeout:g} s") from None

    def _environment(self, database: str | None, ca: str) -> dict[str, str]:
        # It talks to a database alone, and needs no token of Aiven.
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("PG", "AIVEN_"))}
        given = {key: str(self._connection.get(key) or "") for key in ("host", "port", "user", "password", "dbname")}
        milliseconds = max(1, int(self._timeout * 1000))
        return {
            **inherited,
            "PGHOST": given["host"],
            "PGPORT": given["port"],
            "PGUSER": given["user"],
            "PGPASSWORD": given["password"],
            "PGDATABASE": database or given["dbname"],
            "PGSSLMODE": self._sslmode,
            **({"PGSSLROOTCERT": ca} if self._connection.get("ca") else {}),
            "PGCONNECT_TIMEOUT": str(max(2, int(self._timeout))),
            "PGOPTIONS": f"-c default_transaction_read_only=on -c statement_timeout={milliseconds}",
            "PGCLIENTENCODING": "UTF8",
            "PGAPPNAME": "offsite.aiven drill",
        }
