# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of audits on disk: appended whole, read leniently where a line was cut short, never mistaken for another file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError, write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.history import History, append_history, read_history
from tests.unit.core.audits import audit, service, subject
from tests.unit.core.test_audit import fleet, validate


def test_there_is_none_before_the_first_audit(tmp_path: Path) -> None:
    assert read_history(tmp_path / "none.jsonl") == History()


def test_each_audit_leaves_a_line_that_the_next_reports_show(tmp_path: Path) -> None:
    path, audits = tmp_path / "new" / "history.jsonl", [audit([subject(service())]), audit(fleet())]
    for each in audits:
        paths = write_reports(each, (), tmp_path, ["json"], history=read_history(path).lines)
        append_history(path, each)
    body = json.loads(Path(paths["json"]).read_text())
    validate(body)
    assert [point["services"] for point in body["trend"]["points"]] == [1, 9]
    assert len(read_history(path).lines) == 2


def test_a_line_that_was_cut_short_is_left_out_and_takes_no_other_along(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, audit(fleet()))
    path.write_bytes(path.read_bytes() * 2)
    path.write_bytes(path.read_bytes()[:-100])
    assert len(read_history(path).lines) == 1
    append_history(path, audit([]))
    assert [line["services"] for line in read_history(path).lines] == [9, 0]


def test_what_is_left_out_is_said(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    append_history(path, audit(fleet()))
    whole = json.loads(path.read_text())
    with path.open("a") as file:
        file.write(json.dumps({**whole, "score": "much"}) + "\n" + '{"schema": "offsite.ai\n')
    history = read_history(path)
    assert len(history.lines) == 1
    (warning,) = history.warnings
    assert "2 lines that cannot be read are left out of the trend" in warning
    assert "line 2: it.score is no percentage; line 3: it is cut short, or no JSON" in warning


def test_a_name_that_begins_a_trend_of_its_own_is_said(tmp_path: Path) -> None:
    path = tmp_path / "history.jsonl"
    assert read_history(path).warnings_for(path, "nightly") == []
    append_history(path, audit([], name="pay,shop"))
    history = read_history(path)
    (warning,) = history.warnings_for(path, "shop")
    assert "has audits of 'pay,shop' and none of 'shop'" in warning
    assert history.warnings_for(path, "pay,shop") == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<!doctype html>\n", "no line in it is of an audit"),
        (
            '{"schema": "offsite.aiven/audit/1"}\n',
            r"line 1 is no line of a history of audits: its schema is not 'offsite",
        ),
    ],
)
def test_another_file_is_no_history(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "other"
    path.write_text(text)
    with pytest.raises(ReportError, match=rf"other cannot be read: {why}.* Give the file that audits have written"):
        read_history(path)
    assert path.read_text() == text


def test_a_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be read: Is a directory"):
        read_history(tmp_path)
    with pytest.raises(ReportError, match="cannot be written: Is a directory"):
        append_history(tmp_path, audit([]))
