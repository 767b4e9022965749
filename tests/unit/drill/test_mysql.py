# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clients of MySQL and MariaDB are told, by programs in their place that write down their arguments."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import QueryError
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.mysql import Mysql

CONNECTION = {"host": "h", "port": 1, "user": "u", "password": "AVNS_secret", "dbname": "d", "ca": "PEM"}
PROGRAM = """#!/bin/sh
if [ "$1" = --version ]; then echo "{version}"; exit; fi
echo "$@" > {told}
printenv > {told}.environment
"""
MARIADB, MYSQL = "mariadb Ver 15.1 Distrib 10.11.18-MariaDB", "mysql  Ver 8.0.36 for Linux on x86_64"


def client(folder: Path, version: str, name: str = "mysql") -> Path:
    path = folder / name
    path.write_text(PROGRAM.format(version=version, told=folder / "told"))
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("version", "ssl_mode", "expected", "with_ca"),
    [
        (MYSQL, "VERIFY_IDENTITY", ["--ssl-mode=VERIFY_IDENTITY"], True),
        (MYSQL, "VERIFY_CA", ["--ssl-mode=VERIFY_CA"], True),
        (MYSQL, "REQUIRED", ["--ssl-mode=REQUIRED"], False),
        (MARIADB, "VERIFY_IDENTITY", ["--ssl", "--ssl-verify-server-cert"], True),
        (MARIADB, "REQUIRED", ["--ssl", "--disable-ssl-verify-server-cert"], False),
    ],
)
def test_each_client_is_told_tls_in_its_own_words(
    version: str, ssl_mode: str, expected: list[str], with_ca: bool, tmp_path: Path
) -> None:
    assert Mysql(CONNECTION, str(client(tmp_path, version)), ssl_mode, 5).rows("SELECT 1") == []
    told = (tmp_path / "told").read_text().split()
    ssl = [word for word in told if word.startswith(("--ssl", "--disable-ssl"))]
    assert [word for word in ssl if not word.startswith("--ssl-ca=")] == expected
    assert len(ssl) == len(expected) + with_ca


def test_the_password_is_in_the_environment_alone_and_no_token_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSQL_PWD", "AVNS_of_another")
    monkeypatch.setenv("AIVEN_TOKEN", "cnryToken4Vb8nQx1")
    Mysql(CONNECTION, str(client(tmp_path, MYSQL)), "REQUIRED", 5).rows("SELECT 1")
    arguments, environment = ((tmp_path / name).read_text() for name in ("told", "told.environment"))
    assert arguments.startswith("--no-defaults "), "files of options are read unless this comes first"
    assert "AVNS_" not in arguments
    assert [line for line in environment.splitlines() if "AVNS_" in line] == ["MYSQL_PWD=AVNS_secret"]
    assert "AIVEN_TOKEN" not in environment


def test_mariadb_cannot_check_the_authority_alone(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match="knows no VERIFY_CA: use REQUIRED or VERIFY_IDENTITY"):
        Mysql(CONNECTION, str(client(tmp_path, MARIADB)), "VERIFY_CA", 5).rows("SELECT 1")


def test_the_client_that_is_there_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        QueryError, match="mysql is not installed on this machine: install the client of MySQL or MariaDB"
    ):
        Mysql(CONNECTION, None, "REQUIRED", 5).rows("SELECT 1")
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin")
    client(tmp_path, MARIADB, "mariadb")
    monkeypatch.setattr(
        "ansible_collections.offsite.aiven.plugins.plugin_utils._drill.mysql.shutil.which",
        lambda name: name if name == "mariadb" else None,
    )
    assert Mysql(CONNECTION, None, "REQUIRED", 5).rows("SELECT 1") == []
