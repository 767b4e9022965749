# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What psql gets: the password in its environment and nowhere else, and no token of Aiven."""

from __future__ import annotations

from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.psql import Psql

CONNECTION = {"host": "h", "port": 1, "user": "u", "password": "cnryFork6Wm2zLk9", "dbname": "d", "ca": "PEM"}


@pytest.fixture
def told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The arguments and the environment of a program in psql's place."""
    monkeypatch.setenv("AIVEN_TOKEN", "cnryToken4Vb8nQx1")
    monkeypatch.setenv("AIVEN_AUTH_TOKEN", "cnryToken4Vb8nQx1")
    monkeypatch.setenv("PGSERVICE", "other")
    program = tmp_path / "psql"
    program.write_text(
        f'#!/bin/sh\ncat > {tmp_path}/input\necho "$@" > {tmp_path}/arguments\nenv > {tmp_path}/environment\necho 1\n'
    )
    program.chmod(0o700)
    assert Psql(CONNECTION, str(program), "verify-full", 5).rows("select 1") == [["1"]]
    return {name: (tmp_path / name).read_text() for name in ("input", "arguments", "environment")}


def test_no_token_of_aiven_reaches_it(told: dict[str, str]) -> None:
    assert [name for name, text in told.items() if "cnryToken" in text or "AIVEN_" in text] == []
    assert "PGSERVICE" not in told["environment"]
    assert "PATH=" in told["environment"]


def test_the_password_is_in_no_argument(told: dict[str, str]) -> None:
    """The arguments of a process are for all to see."""
    assert [name for name, text in told.items() if CONNECTION["password"] in text] == ["environment"]
