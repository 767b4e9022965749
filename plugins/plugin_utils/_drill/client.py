# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A database's own client as a program, the one that whoever restores by hand would use, and no library for Ansible's Python."""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import Dialect


class QueryError(Exception):
    """A query was not answered. The text says why, and may hold what the server said."""


class Database(Protocol):
    """One database server. ``databases`` is the statement that lists those of its users."""

    dialect: Dialect
    databases: str

    def rows(self, sql: str, database: str | None = None) -> list[list[str]]:
        """The rows of a statement, values as text, NULL as empty text. Raises :class:`QueryError`."""

    def encryption(self) -> str | None:
        """The version of TLS that the connection has; None without. Raises :class:`QueryError`."""


@contextlib.contextmanager
def authority_file(certificates: str) -> Iterator[str]:
    """The path of a file with these certificates, for as long as the context lasts. Raises :class:`QueryError`."""
    with contextlib.ExitStack() as stack:
        try:
            # Without a buffer nothing is left to be written, and to fail, when it is closed.
            file = stack.enter_context(tempfile.NamedTemporaryFile("wb", buffering=0, suffix=".pem"))
            left = certificates.encode()
            while left:
                left = left[file.write(left) :]
        except OSError as error:
            raise QueryError(
                f"its certificates cannot be written to a temporary file: {error.strerror}. Let TMPDIR name a folder that "
                "can be written to."
            ) from None
        yield file.name


def answer_of(
    command: Sequence[str],
    text: str,
    environment: Mapping[str, str],
    timeout: float | None,
    install: str,
) -> str:
    """What the program prints when it is given ``text``; ``timeout`` is in seconds, ``install`` says what holds the program.

    Raises :class:`QueryError` with what it says when it fails.
    """
    program = command[0]
    try:
        answer = subprocess.run(
            command,
            input=text,
            env=dict(environment),
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=timeout,
            check=False,
        )
    except FileNotFoundError:
        raise QueryError(f"{program} is not installed on this machine: install {install}") from None
    except OSError as error:
        raise QueryError(f"{program} cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise QueryError(f"it took longer than timeout, {timeout:g} s") from None
    if answer.returncode != 0:
        said = " ".join(f"{answer.stderr} {answer.stdout}".split())
        raise QueryError(said or f"{program} ended with {answer.returncode}")
    return answer.stdout
