# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks of a real MariaDB server: over TLS, read-only, by the client that is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import MYSQL, SqlCheck
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import QueryError
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.mysql import Mysql
from tests.drill.mariadb import MISSING, PASSWORD, folder_of_server, server
from tests.missing import missing
from tests.playbooks.support import Playbooks, Run, play
from tests.playbooks.test_examples import example_of
from tests.simulator.authorities import Authority

ACTION = "offsite.aiven.aiven_btar_drill_mysql"


@pytest.fixture(scope="module")
def connection() -> Iterator[dict[str, Any]]:
    folder = folder_of_server()
    if folder is None:
        missing(MISSING)
    with server(folder) as made:
        yield made


def mysql(connection: dict[str, Any], ssl_mode: str = "VERIFY_IDENTITY", timeout: float = 20, **changes: Any) -> Mysql:
    return Mysql({**connection, **changes}, None, ssl_mode, timeout)


def checked(folder: Path, connection: dict[str, Any], *arguments: str, **options: Any) -> Run:
    """The action by itself, as a task of a playbook."""
    task = {"name": "Check", ACTION: {"connection": connection, **options}}
    return Playbooks(folder).run([play([task])], *arguments)


def test_the_example_is_a_verification(connection: dict[str, Any], tmp_path: Path) -> None:
    tasks = yaml.safe_load(example_of("aiven_btar_drill_mysql"))
    run = Playbooks(tmp_path).run([play(tasks, vars={"btar_drill_connection": connection})])
    assert run.returncode == 0, run.output
    checks = run.rows[0]["result"]["checks"]
    assert [check["name"] for check in checks if check["passed"]] == [
        "connects over TLS",
        "its databases are there",
        *[check["name"] for check in tasks[0][ACTION]["checks"]],
    ]
    assert checks[0]["message"].startswith("TLSv1.")
    assert checks[1]["message"] == "archive, defaultdb"
    assert 60 <= checks[3]["age_seconds"] < 600


def test_every_check_is_performed_and_what_fails_is_said(connection: dict[str, Any], tmp_path: Path) -> None:
    run = checked(
        tmp_path,
        connection,
        "-vv",
        databases=["defaultdb", "billing"],
        checks=[
            {"name": "too few", "sql": "SELECT count(*) FROM orders", "at_least": 1001},
            {"name": "wrong", "sql": "SELECT nothing FROM orders"},
            {"name": "truth", "sql": "SELECT count(*) = 999 FROM orders", "database": "archive", "equals": True},
            {"name": "old", "sql": "SELECT max(created) FROM orders", "not_older_than": "30s"},
        ],
    )
    assert run.returncode == 2
    result = run.result("Check")
    assert result["error"]["code"] == "drill_failed"
    said = {check["name"]: check.get("message", "") for check in result["checks"] if not check["passed"]}
    assert said["its databases are there"] == "billing is missing, there are archive, defaultdb"
    assert said["too few"] == "it is 1000, at least 1001 is expected"
    assert "Unknown column 'nothing'" in said["wrong"]
    assert "30 s are allowed" in said["old"]
    assert "truth" not in said
    assert PASSWORD not in run.output
    assert "AVNS_" not in run.output


def test_what_is_the_same_as_in_the_source(connection: dict[str, Any], tmp_path: Path) -> None:
    asked = {"sql": "SELECT count(*), sum(id) FROM orders", "same_as_source": True}
    run = checked(
        tmp_path,
        connection,
        source={**connection, "dbname": "archive"},
        checks=[{**asked, "name": "orders"}, {**asked, "name": "archive", "database": "archive"}],
    )
    (failed,) = [check for check in run.result("Check")["checks"] if not check["passed"]]
    assert (failed["name"], failed["message"]) == (
        "orders",
        "in row 1 it finds ['1000', '500500'], in the source ['999', '500499']",
    )


def test_a_source_that_does_not_answer_is_a_failed_check(connection: dict[str, Any], tmp_path: Path) -> None:
    source = {**connection, "password": "AVNS_other", "user": "nobody"}
    check = {"name": "orders", "sql": "SELECT count(*) FROM orders", "same_as_source": True}
    run = checked(tmp_path, connection, source=source, checks=[check])
    assert "orders: the source does not answer it: ERROR 1045" in run.result("Check")["msg"]
    assert "AVNS_" not in run.output


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ({"same_as_source": True}, "give the connection of the source"),
        ({"not_older_than": "soon"}, "not_older_than is 'soon'"),
    ],
)
def test_checks_that_cannot_be_meant_are_refused_before_any(
    check: dict[str, Any], words: str, connection: dict[str, Any], tmp_path: Path
) -> None:
    run = checked(tmp_path, connection, checks=[{"name": "c", "sql": "SELECT 1", **check}])
    result = run.result("Check")
    assert (result["error"]["code"], "checks" in result) == ("invalid_target", False)
    assert words in result["msg"]


def test_check_mode_skips_it(connection: dict[str, Any], tmp_path: Path) -> None:
    run = checked(tmp_path, connection, "--check")
    assert run.returncode == 0, run.output
    assert run.rows[0]["status"] == "skipped"


def test_values_come_as_they_are(connection: dict[str, Any]) -> None:
    rows = mysql(connection).rows("SELECT 'a\tb\\\\n<&\">', NULL, '', 'NULL', 'ö' -- all\n UNION SELECT 1, 2, 3, 4, 5")
    assert rows == [['a\tb\\n<&">', "", "", "NULL", "ö"], ["1", "2", "3", "4", "5"]]
    assert mysql(connection).rows("SELECT 1 FROM orders WHERE false") == []
    assert mysql(connection).rows("DO 1") == []
    with pytest.raises(QueryError, match="cannot be read"):
        mysql(connection).rows("SELECT 1; SELECT 2")


def test_nothing_can_be_changed(connection: dict[str, Any]) -> None:
    with pytest.raises(QueryError, match="READ ONLY transaction"):
        mysql(connection).rows("DELETE FROM orders")


def test_a_query_that_takes_too_long_is_ended_on_the_server_too(connection: dict[str, Any]) -> None:
    with pytest.raises(QueryError, match=r"max_statement_time exceeded|longer than timeout, 1\.5 s"):
        mysql(connection, timeout=1.5).rows("SELECT count(*) FROM orders a, orders b, orders c, orders d")
    running = mysql(connection).rows("SELECT count(*) FROM information_schema.processlist WHERE info LIKE '%orders d%'")
    assert running == [["1"]], "only the one that asks"


@pytest.mark.parametrize(
    ("ssl_mode", "changes", "fails"),
    [
        ("VERIFY_IDENTITY", {}, False),
        ("VERIFY_IDENTITY", {"ca": Authority("other").certificate()}, True),
        # The same address, in a form that the certificate does not have.
        ("VERIFY_IDENTITY", {"host": "127.1"}, True),
        ("VERIFY_IDENTITY", {"ca": None}, True),
        ("REQUIRED", {"host": "127.1", "ca": Authority("other").certificate()}, False),
        ("REQUIRED", {"ca": None}, False),
        ("VERIFY_CA", {}, True),
    ],
)
def test_the_certificate_is_checked(
    ssl_mode: str, changes: dict[str, Any], fails: bool, connection: dict[str, Any]
) -> None:
    database = mysql(connection, ssl_mode, **changes)
    if fails:
        with pytest.raises(QueryError, match=r"TLS|SSL|VERIFY_CA"):
            database.encryption()
    else:
        assert (database.encryption() or "").startswith("TLSv1.")


def test_an_age_is_that_of_a_time_in_whichever_zone(connection: dict[str, Any]) -> None:
    check = SqlCheck("c", "SELECT now() - INTERVAL 5 SECOND", not_older_than=60)
    ((age,),) = mysql(connection).rows(check.statement(MYSQL))
    assert 5 <= float(age) < 30
    nothing = SqlCheck("c", "SELECT max(created) FROM orders WHERE false", not_older_than=60)
    assert mysql(connection).rows(nothing.statement(MYSQL)) == [[""]]
