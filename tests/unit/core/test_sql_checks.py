# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.sql_checks import (
    MYSQL,
    POSTGRES,
    Dialect,
    SqlCheck,
    age_of,
    difference_of,
    failure_of,
)


@pytest.mark.parametrize(
    ("expected", "rows", "words"),
    [
        ({}, [["x"]], None),
        ({}, [], "no row"),
        ({"same_as_source": True}, [], None),
        ({"equals": 3}, [["3"]], None),
        ({"equals": 3}, [["2"]], "it is '2', expected is '3'"),
        ({"equals": 3}, [], "it is None"),
        ({"equals": True}, [["t"]], None),
        ({"equals": False}, [["t"]], "expected is 'f'"),
        ({"equals": ["a", "b"]}, [["a", "1"], ["b", "2"]], None),
        ({"equals": ["a"]}, [["a"], ["b"]], "['a', 'b']"),
        ({"equals": []}, [], None),
        ({"at_least": 2}, [["2"]], None),
        ({"at_least": 2}, [["1"]], "at least 2"),
        ({"at_most": 2}, [["2.5"]], "at most 2"),
        ({"at_least": 1, "at_most": 2}, [["1.5"]], None),
        ({"at_least": 1}, [["many"]], "a number is expected"),
        ({"at_least": 1}, [], "a number is expected"),
        ({"not_older_than": 60}, [["59.5"]], None),
        ({"not_older_than": 60}, [["61"]], "61 s old, 60 s are allowed"),
        ({"not_older_than": 60}, [[""]], "no time"),
    ],
)
def test_expectations(expected: dict[str, Any], rows: list[list[str]], words: str | None) -> None:
    failure = failure_of(SqlCheck("c", "SELECT 1", **expected), rows, POSTGRES)
    assert (failure is None) if words is None else (words in (failure or ""))


def test_the_age_is_that_of_a_time() -> None:
    assert age_of(SqlCheck("c", "SELECT 1"), [["7"]]) is None
    assert age_of(SqlCheck("c", "SELECT 1", not_older_than=1), [["7.5"]]) == 7.5


@pytest.mark.parametrize(
    ("dialect", "age"),
    [
        (POSTGRES, "SELECT extract(epoch FROM clock_timestamp() - (\nSELECT max(at) FROM t -- newest\n)::timestamptz)"),
        (MYSQL, "SELECT unix_timestamp(sysdate(6)) - unix_timestamp((\nSELECT max(at) FROM t -- newest\n))"),
    ],
    ids=["postgres", "mysql"],
)
def test_a_time_is_asked_for_its_age(dialect: Dialect, age: str) -> None:
    assert SqlCheck("c", "SELECT 1 ;\n").statement(dialect) == "SELECT 1"
    assert SqlCheck("c", "SELECT max(at) FROM t -- newest", not_older_than=1).statement(dialect) == age


def test_engines_print_truth_in_words_of_their_own() -> None:
    check = SqlCheck("c", "SELECT 1", equals=True)
    assert failure_of(check, [["1"]], MYSQL) is None
    assert failure_of(check, [["1"]], POSTGRES) == "it is '1', expected is 't'"


@pytest.mark.parametrize(
    ("rows", "source", "words"),
    [
        ([], [], None),
        ([["1", "a"], ["2", "b"]], [["1", "a"], ["2", "b"]], None),
        ([["1"]], [["1"], ["2"]], "it finds 1 row, in the source 2"),
        ([["1", "a"], ["2", "b"]], [["1", "a"], ["2", "c"]], "in row 2 it finds ['2', 'b'], in the source ['2', 'c']"),
    ],
)
def test_a_difference_from_the_source(rows: list[list[str]], source: list[list[str]], words: str | None) -> None:
    assert difference_of(rows, source) == words
