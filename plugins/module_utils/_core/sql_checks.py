# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a query found, held against what was expected of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

Rows = Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What engines say differently. ``age`` asks for the age in seconds, by the server's clock, of the time that the
    statement in it gives; ``true`` and ``false`` are how the client prints these.
    """

    age: str
    true: str
    false: str


POSTGRES = Dialect("SELECT extract(epoch FROM clock_timestamp() - (\n{}\n)::timestamptz)", "t", "f")
MYSQL = Dialect("SELECT unix_timestamp(sysdate(6)) - unix_timestamp((\n{}\n))", "1", "0")


@dataclass(frozen=True, slots=True)
class SqlCheck:
    """A query and what its first column is expected to be; None: whatever it is. ``not_older_than`` is in seconds.

    With ``same_as_source`` the query is asked of the source as well, and has to find the same there.
    """

    name: str
    sql: str
    database: str | None = None
    equals: Any = None
    at_least: float | None = None
    at_most: float | None = None
    not_older_than: int | None = None
    same_as_source: bool = False

    def statement(self, dialect: Dialect) -> str:
        """The SQL to send: of a time its age in seconds is asked for."""
        sql = self.sql.strip().rstrip("; \n")
        return sql if self.not_older_than is None else dialect.age.format(sql)


def age_of(check: SqlCheck, rows: Rows) -> float | None:
    """The age that a check of a time has found, in seconds; None where it found none or is no such check."""
    return None if check.not_older_than is None else _number(_first(rows))


def failure_of(check: SqlCheck, rows: Rows, dialect: Dialect) -> str | None:
    """What is wrong with the rows by themselves, in words; None if nothing is."""
    if check.not_older_than is not None:
        return _too_old(age_of(check, rows), check.not_older_than)
    if check.equals is not None:
        found, wanted = _comparable(check.equals, rows), _text(check.equals, dialect)
        if found != wanted:
            return f"it is {found!r}, expected is {wanted!r}"
    if check.at_least is not None or check.at_most is not None:
        return _out_of_bounds(check, _first(rows))
    return None if rows or check.equals is not None or check.same_as_source else "it found no row"


def difference_of(rows: Rows, source: Rows) -> str | None:
    """How the rows differ from those of the source, in words; None if they do not."""
    if len(rows) != len(source):
        return f"it finds {counted(len(rows), 'row')}, in the source {len(source)}"
    for number, (row, original) in enumerate(zip(rows, source, strict=True), start=1):
        if list(row) != list(original):
            return f"in row {number} it finds {list(row)!r}, in the source {list(original)!r}"
    return None


def _too_old(age: float | None, allowed: int) -> str | None:
    if age is None:
        return "it found no time"
    return f"the newest is {age:.0f} s old, {allowed} s are allowed" if age > allowed else None


def _out_of_bounds(check: SqlCheck, text: str | None) -> str | None:
    number = _number(text)
    if number is None:
        return f"it is {text!r}, a number is expected"
    if check.at_least is not None and number < check.at_least:
        return f"it is {text}, at least {check.at_least:g} is expected"
    if check.at_most is not None and number > check.at_most:
        return f"it is {text}, at most {check.at_most:g} is expected"
    return None


def _comparable(wanted: object, rows: Rows) -> object:
    """The first column, or its first value where a single one is expected."""
    return [row[0] for row in rows if row] if isinstance(wanted, list) else _first(rows)


def _text(value: object, dialect: Dialect) -> object:
    """Values as the client prints them."""
    if isinstance(value, list):
        return [_text(item, dialect) for item in value]
    if isinstance(value, bool):
        return dialect.true if value else dialect.false
    return "" if value is None else str(value)


def _first(rows: Rows) -> str | None:
    return rows[0][0] if rows and rows[0] else None


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
