# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.lag import parse_lag_report
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse

COLUMNS = [{"label": "time", "type": "date"}, {"label": "orders-1 (master)", "type": "number"}]


def report(rows: list[Any], columns: list[Any] | None = None, hints: Any = None) -> dict[str, Any]:
    return {"metrics": {"lag": {"hints": hints or {}, "data": {"cols": columns or COLUMNS, "rows": rows}}}}


def test_a_series_is_summarised_and_its_points_are_kept_in_order() -> None:
    rows = [["2026-09-01T00:10:00", 3], ["2026-09-01T00:00:00", 1.5], ["2026-09-01T00:05:00", 40]]
    (series,) = parse_lag_report(report(rows, hints={"title": "Replication lag (s)"}))
    assert series.as_dict() == {
        "group": "lag",
        "title": "Replication lag (s)",
        "column": "orders-1 (master)",
        "unit": "s",
        "last": 3.0,
        "max": 40.0,
        "p95": 40.0,
        "points": [["2026-09-01T00:00:00Z", 1.5], ["2026-09-01T00:05:00Z", 40.0], ["2026-09-01T00:10:00Z", 3.0]],
    }


def test_every_group_and_every_numeric_column_is_read() -> None:
    columns = [*COLUMNS, {"label": "note", "type": "string"}, {"label": "orders-2 (standby)", "type": "number"}, {}]
    body = report([["2026-09-01T00:00:00", 1, "fine", 2, 3], ["2026-09-01T00:01:00", None, "x", 4]], columns)
    body["metrics"]["another"] = {"data": {"cols": COLUMNS, "rows": [["2026-09-01T00:00:00", 0]]}}
    found = {(series.group, series.column): series.last for series in parse_lag_report(body)}
    assert found == {
        ("lag", "orders-1 (master)"): 1,
        ("lag", "orders-2 (standby)"): 4,
        ("lag", "column 4"): 3,
        ("another", "orders-1 (master)"): 0,
    }


@pytest.mark.parametrize("echo", [COLUMNS, ["time", "orders-1 (master)"]])
def test_the_echoed_header_row_is_skipped(echo: list[Any]) -> None:
    (series,) = parse_lag_report(report([echo, ["2026-09-01T00:00:00", 7]]))
    assert [value for _time, value in series.points] == [7]


@pytest.mark.parametrize(
    ("hints", "unit"),
    [
        ({"title": "Disk space usage %"}, "%"),
        ({"title": "Lag (WAL files)"}, "WAL files"),
        ({"title": "Lag", "unit": "bytes"}, "bytes"),
        ({"title": "Lag"}, None),
        ({}, None),
        ([], None),
    ],
)
def test_units_are_taken_only_where_the_answer_gives_them(hints: Any, unit: str | None) -> None:
    (series,) = parse_lag_report(report([["2026-09-01T00:00:00", 7]], hints=hints))
    assert series.unit == unit


def test_p95_leaves_out_the_highest_twentieth() -> None:
    rows = [[f"2026-09-01T00:{minute:02}:00", minute] for minute in range(1, 41)]
    (series,) = parse_lag_report(report(rows))
    assert (series.p95, series.maximum, series.last) == (38, 40, 40)


def test_thinning_keeps_the_peaks() -> None:
    rows = [[f"2026-09-01T00:{minute:02}:00", 90 if minute == 31 else 1] for minute in range(60)]
    (series,) = parse_lag_report(report(rows))
    values = [value for _time, value in series.as_dict(max_points=7)["points"]]
    assert (len(values), max(values)) == (7, 90)
    assert len(series.as_dict()["points"]) == 60


def test_points_without_a_readable_time_stay_in_the_order_of_the_answer() -> None:
    (series,) = parse_lag_report(report([[1693526400, 9], ["Date(2026,8,1)", 2]]))
    assert series.points == ((None, 9.0), (None, 2.0))


def test_what_no_lag_can_be_is_left_out() -> None:
    rows = [[f"2026-09-01T00:00:0{n}", cell] for n, cell in enumerate([10**400, float("nan"), float("inf"), True, "1"])]
    assert parse_lag_report(report(rows)) == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (None, "no 'metrics' object"),
        ({"metrics": []}, "no 'metrics' object"),
        ({"metrics": {"wal": 3}}, "group 'wal'"),
        ({"metrics": {"wal": {"data": {"cols": [], "rows": None}}}}, "'cols' and 'rows'"),
        ({"metrics": {"wal": {"data": {"cols": [], "rows": [{}]}}}}, "a row that is not a list"),
    ],
)
def test_what_is_no_report_is_an_invalid_response(body: Any, words: str) -> None:
    with pytest.raises(InvalidResponse, match=words):
        parse_lag_report(body)


def test_a_report_without_metrics_yet_is_empty() -> None:
    assert parse_lag_report({"metrics": {}}) == ()


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["label", "title", "x"]), inner),
    max_leaves=12,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(JSON, JSON, st.lists(JSON, max_size=5), st.lists(JSON, max_size=5) | JSON)
def test_any_body_is_a_report_or_an_invalid_response(hints: Any, chart: Any, columns: list[Any], rows: Any) -> None:
    body = {"metrics": {"a": {"hints": hints, "data": {"cols": columns or COLUMNS, "rows": rows}}, "b": chart}}
    for candidate in (body, {"metrics": {"a": body["metrics"]["a"]}}, hints):
        try:
            found = parse_lag_report(candidate)
        except InvalidResponse:
            continue
        json.dumps([series.as_dict(max_points=3) for series in found])
