# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a real PostgreSQL server whose user may do everything: pg_amcheck, and what the source says."""

from __future__ import annotations

import contextlib
import struct
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._drill import psql
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import QueryError
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.psql import Psql
from tests.playbooks.support import Playbooks, Run, play
from tests.simulator.authorities import ADDRESS, Authority
from tests.simulator.engine import programs
from tests.simulator.engine.server import Identity, Server, free_port, make_template
from tests.simulator.fixtures import need_postgres

ACTION = "offsite.aiven.aiven_btar_drill_postgres"
PASSWORD = "AVNS_new"


@dataclass(frozen=True)
class Database:
    """A server of its own, and how to connect to it, in the form of aiven_btar_restore."""

    server: Server
    connection: dict[str, Any]

    def psql(self, **changes: Any) -> Psql:
        return Psql({**self.connection, **changes}, "psql", "verify-full", 20)

    def corrupt(self, table: str) -> None:
        """Say of the first row of a table that it lies beyond its page, as a broken disk might."""
        path = self.server.data / self.server.sql(f"SELECT pg_relation_filepath('{table}')", database="defaultdb")
        self.server.stop()
        with path.open("r+b") as file:
            file.seek(24)
            offset, normal, length = 0x7FF8, 1, 28
            file.write(struct.pack("<I", offset | normal << 15 | length << 17))
        self.server.start()
        self.server.wait_until_ready()


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    need_postgres()
    folder = programs.find()
    assert folder is not None
    with contextlib.ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="postgres-")))
        home.chmod(0o755)
        own, authority, port = programs.Programs(folder), Authority("shop"), free_port()
        (home / "archive").mkdir()
        own.own(home / "archive")
        server = Server(own, home / "server", home / "archive", Event())
        make_template(own, server)
        server.configure(port, Identity(*authority.issue("orders")))
        server.start()
        stack.callback(server.stop)
        server.wait_until_ready()
        server.sql(f"ALTER ROLE avnadmin SUPERUSER PASSWORD '{PASSWORD}'", "CREATE DATABASE archive OWNER avnadmin")
        for name, rows in (("defaultdb", 1000), ("archive", 999)):
            server.sql(f"CREATE TABLE orders AS SELECT generate_series(1, {rows}) id", database=name)
        place = {"host": ADDRESS, "port": port, "user": "avnadmin", "password": PASSWORD, "dbname": "defaultdb"}
        yield Database(server, {**place, "uri": f"postgres://{ADDRESS}:{port}/", "ca": authority.certificate()})


def checked(folder: Path, database: Database, **options: Any) -> Run:
    task = {"name": "Check", ACTION: {"connection": database.connection, **options}}
    return Playbooks(folder).run([play([task])])


def test_pg_amcheck_finds_what_no_query_has_read(database: Database, tmp_path: Path) -> None:
    run = checked(tmp_path, database, databases=["defaultdb", "archive"], amcheck=True)
    assert run.returncode == 0, run.output
    assert run.result("Check")["checks"][-1]["name"] == "pg_amcheck finds nothing corrupt"
    database.server.sql("CREATE TABLE damaged AS SELECT 1 id", database="defaultdb")
    database.corrupt("damaged")
    run = checked(tmp_path, database, amcheck=True)
    database.server.sql("DROP TABLE damaged", database="defaultdb")
    assert run.returncode == 2
    (failed,) = [check for check in run.result("Check")["checks"] if not check["passed"]]
    assert 'heap table "defaultdb.public.damaged"' in failed["message"]
    assert PASSWORD not in run.output
    # Only what is asked for is read.
    database.psql().amcheck(["archive"])


def test_a_database_with_the_name_of_a_pattern_is_that_one(database: Database) -> None:
    with pytest.raises(QueryError, match="no connectable databases to check matching"):
        database.psql().amcheck(["def*"])


def test_without_pg_amcheck_its_check_says_what_to_install(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(psql, "_DEBIAN", tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        QueryError, match="pg_amcheck is not installed on this machine: install PostgreSQL's client programs"
    ):
        database.psql().amcheck([])


def test_queries_cannot_change_anything(database: Database) -> None:
    with pytest.raises(QueryError, match="read-only transaction"):
        database.psql().rows("DELETE FROM orders")


def test_what_is_the_same_as_in_the_source(database: Database, tmp_path: Path) -> None:
    asked = {"sql": "SELECT count(*), sum(id) FROM orders", "same_as_source": True}
    run = checked(
        tmp_path,
        database,
        source={**database.connection, "dbname": "archive"},
        checks=[{**asked, "name": "orders"}, {**asked, "name": "archive", "database": "archive"}],
    )
    (failed,) = [check for check in run.result("Check")["checks"] if not check["passed"]]
    assert failed["name"] == "orders"
    assert failed["message"] == "in row 1 it finds ['1000', '500500'], in the source ['999', '499500']"
