# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import os
import socket
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_chain import breaks
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import (
    DrillFolder,
    EvidenceError,
    read_evidence,
    runs_still,
)
from tests.unit.core.test_drills import evidence


def order(number: int = 1) -> dict[str, Any]:
    return {
        "project": "shop",
        "service_name": "orders-db",
        "service_type": "pg",
        "secondary_region": "aws-eu-central-1",
        "fork_project": "shop",
        "fork_name": f"orders-db-drill-{number}",
        "recover_to": "latest",
        "source": {},
    }


def test_drills_are_read_and_other_files_are_warned_of(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(json.dumps(evidence()))
    (tmp_path / "a.json").write_text("{}")
    (tmp_path / "c.json").write_bytes(b"\xff")
    (tmp_path / "notes.txt").write_text("not read")
    found = read_evidence(tmp_path)
    assert [drill.fork_name for drill in found.drills] == ["orders-db-drill"]
    assert [Path(warning.split()[0]).name for warning in found.warnings] == ["a.json", "c.json"]
    assert "'schema' is not offsite.aiven/drill/1" in found.warnings[0]


def test_no_folder_is_no_evidence(tmp_path: Path) -> None:
    found = read_evidence(tmp_path / "absent")
    assert (found.drills, found.warnings) == ([], [])


def test_each_is_chained_to_the_one_before(tmp_path: Path) -> None:
    folder = DrillFolder(tmp_path / "drills")
    paths = [folder.finish(order(number), evidence()) for number in (1, 2, 3)]
    found = read_evidence(tmp_path / "drills")
    formers = [file.body["former"] for file in found.files if file.body is not None]
    assert [former and former["file"] for former in formers] == [None, *(Path(path).name for path in paths[:2])]
    assert breaks(found.links, found.files) == {}
    Path(paths[2]).write_text(Path(paths[2]).read_text() + " ")
    found = read_evidence(tmp_path / "drills")
    assert breaks(found.links, found.files) == {("shop", "orders-db"): [f"{Path(paths[2]).name} was edited"]}


def test_what_was_killed_between_evidence_and_ledger_is_completed(tmp_path: Path) -> None:
    folder = DrillFolder(tmp_path)
    folder.begin({"order": order(), "started": "2026-09-01T12:00:00Z"})
    path = Path(folder.finish(order(), evidence()))
    (tmp_path / "chain.jsonl").unlink()
    before = path.read_bytes()
    folder.finish(order(), evidence(verified=False))
    assert path.read_bytes() == before
    found = read_evidence(tmp_path)
    assert (breaks(found.links, found.files), len(found.links)) == ({}, 1)


def test_a_draft_is_there_until_the_end(tmp_path: Path) -> None:
    folder = DrillFolder(tmp_path)
    assert folder.draft(order()) is None
    folder.begin({"order": order(), "started": "2026-09-01T12:00:00Z"})
    (draft,) = folder.unfinished()
    assert draft["order"] == order()
    folder.update({**draft, "running": "2026-09-01T12:01:00Z"})
    assert (folder.draft(order()) or {})["running"] == "2026-09-01T12:01:00Z"
    folder.finish(order(), evidence())
    assert folder.unfinished() == []


def test_a_process_is_told_from_a_later_one_of_its_number(tmp_path: Path) -> None:
    folder = DrillFolder(tmp_path)
    folder.begin({"order": order(), "started": "2026-09-01T12:00:00Z"})
    (draft,) = folder.unfinished()
    assert draft["owner"]["pid"] == os.getppid()
    assert runs_still(draft) is True
    host = socket.gethostname()
    assert runs_still({"owner": {**draft["owner"], "start": "7"}}) is False
    assert runs_still({"owner": {"host": host, "pid": 2**22 + 1, "start": None}}) is False
    assert runs_still({"owner": {"host": "elsewhere", "pid": 1, "start": "7"}}) is None
    assert runs_still({}) is None


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    folder = DrillFolder(tmp_path / "file" / "drills")
    for use in (lambda: folder.update({"order": order()}), lambda: folder.finish(order(), evidence())):
        with pytest.raises(EvidenceError, match="Give btar_drill_dir a folder"):
            use()
