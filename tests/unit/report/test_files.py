# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an audit on disk: whole or not at all, and errors that say what to do."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import (
    FORMATS,
    ReportError,
    read_former,
    write_reports,
)
from tests.unit.core.audits import audit, service, subject
from tests.unit.core.test_audit import OUTCOMES, fleet, validate


def test_every_format_is_written_into_a_new_folder(tmp_path: Path) -> None:
    paths = write_reports(audit(fleet()), OUTCOMES, tmp_path / "new" / "reports")
    assert list(paths) == list(FORMATS) == ["html", "json", "csv", "junit", "prometheus", "oscal"]
    written = {Path(path) for path in paths.values()}
    assert written == set((tmp_path / "new" / "reports").iterdir())
    assert all(path.is_absolute() and path.stat().st_size > 100 for path in written)


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    assert write_reports(audit([]), [], str(tmp_path), ["json"]) == {"json": str(tmp_path / "btar-audit.json")}
    assert [path.name for path in tmp_path.iterdir()] == ["btar-audit.json"]


def test_run_and_comparison_are_in_the_json(tmp_path: Path) -> None:
    former = audit([subject(service(name="gone"))])
    body = json.loads(Path(write_reports(audit(fleet()), OUTCOMES, tmp_path, ["json"], former)["json"]).read_text())
    validate(body)
    assert body["run"]["summary"]["total"] == len(OUTCOMES)
    assert body["comparison"]["gone"] == [{"project": "shop-prod", "service_name": "gone"}]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600)])
def test_files_can_be_read_by_whom_the_umask_allows(umask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        path = Path(write_reports(audit([]), [], tmp_path, ["prometheus"])["prometheus"])
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == mode


def test_a_report_that_cannot_be_written_leaves_the_former_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Path(write_reports(audit([]), [], tmp_path, ["csv"])["csv"])
    before = path.read_bytes()

    def full(*_arguments: Any, **_options: Any) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "open", full)
    with pytest.raises(
        ReportError, match=r"btar-audit\.csv cannot be written: No space left on device\. Give a folder"
    ):
        write_reports(audit(fleet()), [], tmp_path, ["csv"])
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"file/btar-audit\.json cannot be written"):
        write_reports(audit([]), [], tmp_path / "file", ["json"])


def test_a_former_audit_is_read_back(tmp_path: Path) -> None:
    former = audit(fleet())
    assert read_former(write_reports(former, [], tmp_path, ["json"])["json"]) == former


@pytest.mark.parametrize("text", [None, "", "[]", "{", '{"schema": "offsite.aiven/audit/1"}', "\ufeff{}", '"x"'])
def test_what_is_no_former_audit_is_named(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "former.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ReportError, match=r"former audit .*former\.json cannot be read: .*Give the JSON report"):
        read_former(path)


def test_what_is_no_json_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text("service,region")
    with pytest.raises(ReportError, match="cannot be read: it is no JSON"):
        read_former(tmp_path / "report.json")


def test_spreadsheets_are_told_that_the_csv_is_utf_8(tmp_path: Path) -> None:
    result = audit([subject(service(name="M\u00fcller"))])
    marked = Path(write_reports(result, [], tmp_path, ["csv"])["csv"]).read_bytes()
    plain = Path(write_reports(result, [], tmp_path, ["csv"], csv_bom=False)["csv"]).read_bytes()
    assert marked == b"\xef\xbb\xbf" + plain
    assert plain.startswith(b'"project"') and "M\u00fcller".encode() in plain


def test_no_other_report_has_a_byte_order_mark(tmp_path: Path) -> None:
    paths = write_reports(audit(fleet()), [], tmp_path)
    assert [name for name, path in paths.items() if Path(path).read_bytes().startswith(b"\xef\xbb\xbf")] == ["csv"]


def test_a_reader_at_any_moment_sees_a_whole_report(tmp_path: Path) -> None:
    """Only files that end in .prom are collected, and one that is open stays as it was."""
    path = Path(write_reports(audit([]), [], tmp_path, ["prometheus"])["prometheus"])
    before = path.read_text()
    with path.open() as reader:
        write_reports(audit(fleet()), [], tmp_path, ["prometheus"])
        assert reader.read() == before != path.read_text()


def test_nothing_but_whole_reports_is_ever_named_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    replace = Path.replace

    def watched(path: Path, target: Path) -> Path:
        seen.extend(entry.name for entry in tmp_path.iterdir())
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", watched)
    write_reports(audit([]), [], tmp_path, ["prometheus"])
    assert seen and not any(name.endswith(".prom") for name in seen)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o755), (0o077, 0o700)])
def test_the_folder_is_made_with_the_callers_umask(umask: int, mode: int, tmp_path: Path) -> None:
    before = os.umask(umask)
    try:
        write_reports(audit([]), [], tmp_path / "new" / "reports", ["prometheus"])
    finally:
        os.umask(before)
    assert {(tmp_path / part).stat().st_mode & 0o777 for part in ("new", "new/reports")} == {mode}
