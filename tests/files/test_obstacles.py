# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that is written or read, where it cannot be: full, a folder, a pipe, a link, a path below a file, others' drafts."""

from __future__ import annotations

import json
import os
import resource
import stat
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from ansible import constants

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._core.watch_state import InvalidState, WatchState
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.client import QueryError, authority_file
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import (
    DrillFolder,
    EvidenceError,
    read_evidence,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.state_file import StateFile
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordError, RecordWriter, read_record
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError, read_former, write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._restores.files import write_restored
from tests.fuzz.file_targets import DRAFT, DRILL
from tests.unit.core.audits import audit, service, subject

SCOPE = {"api_url": "u", "services": None, "service_types": None}
STATE = WatchState(SCOPE, {}, {"shop": "2026-09-01T12:00:00Z"})
ORDER = DRAFT["order"]
# The mode of each, whatever the umask; for what is to be read by others, less the umask.
PRIVATE, SHARED = 0o600, 0o664


def write_record(folder: Path) -> Path:
    path = folder / "record.jsonl"
    writer = RecordWriter(str(path), check_mode=False)
    writer.outcome(Outcome("shop", "orders", "unchanged", reason="x" * 5000))
    writer.end("finished")
    return path


def write_report(folder: Path) -> Path:
    return Path(write_reports(audit([subject(service())]), (), folder, ["json"])["json"])


def write_names(folder: Path) -> Path:
    return Path(write_restored({"check_mode": False, "services": [{"name": "x" * 5000}]}, folder))


def write_draft(folder: Path) -> Path:
    DrillFolder(folder).begin({**DRAFT, "by": {"user": "x" * 5000}})
    return folder / "shop--orders-drill-1.begun"


def write_evidence(folder: Path) -> Path:
    return Path(DrillFolder(folder).finish(ORDER, {**DRILL, "by": "x" * 5000}))


def write_state(folder: Path) -> Path:
    path = folder / "state.json"
    StateFile(str(path), SCOPE).write(WatchState(SCOPE, {}, {"x" * 5000: "2026-09-01T12:00:00Z"}))
    return path


# What writes, the error that says that it cannot, and the mode of the file.
WRITERS: dict[str, tuple[Callable[[Path], Path], type[Exception], int]] = {
    "record": (write_record, RecordError, PRIVATE),
    "report": (write_report, ReportError, SHARED),
    "names of what was restored": (write_names, ReportError, PRIVATE),
    "draft of a drill": (write_draft, EvidenceError, SHARED),
    "evidence": (write_evidence, EvidenceError, SHARED),
    # The watch tells of it as an event.
    "state of the watch": (write_state, OSError, PRIVATE),
}
writers = pytest.mark.parametrize("kind", WRITERS)


def place_of(write: Callable[[Path], Path], folder: Path) -> Path:
    """Where it will be written in the folder ``first``, which is there."""
    path = folder / "first" / write(folder / "elsewhere").name
    path.parent.mkdir()
    return path


@contextmanager
def full_after(size: int) -> Iterator[None]:
    """No file can grow beyond so many bytes, as on a full disk."""
    former = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, former[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, former)


@contextmanager
def umask(value: int) -> Iterator[None]:
    former = os.umask(value)
    try:
        yield
    finally:
        os.umask(former)


@writers
def test_a_full_disk_is_said_and_leaves_no_half_file(kind: str, tmp_path: Path) -> None:
    write, error, _mode = WRITERS[kind]
    with full_after(1000), pytest.raises(error) as told:
        write(tmp_path)
    assert kind == "state of the watch" or str(tmp_path) in str(told.value)
    left = [path for path in tmp_path.iterdir() if path.name not in ("record.jsonl", ".lock")]
    assert left == []


def test_a_record_that_a_full_disk_has_cut_can_be_read_and_gone_on_with(tmp_path: Path) -> None:
    with full_after(1000), pytest.raises(RecordError, match="cannot be written any more: the disk is full"):
        write_record(tmp_path)
    assert [run.outcomes for run in read_record(str(tmp_path / "record.jsonl"))] == [[]]
    write_record(tmp_path)
    assert sum(len(run.outcomes) for run in read_record(str(tmp_path / "record.jsonl"))) == 1


@writers
def test_a_path_below_a_file_is_said(kind: str, tmp_path: Path) -> None:
    write, error, _mode = WRITERS[kind]
    (tmp_path / "file").write_text("")
    with pytest.raises(error):
        write(tmp_path / "file")


@writers
def test_a_folder_in_the_place_is_said(kind: str, tmp_path: Path) -> None:
    write, error, _mode = WRITERS[kind]
    path = place_of(write, tmp_path)
    path.mkdir()
    with pytest.raises(error):
        write(tmp_path / "first")
    assert path.is_dir()
    assert [other.name for other in path.parent.iterdir() if other.name.startswith(f".{path.name}")] == []


@writers
def test_a_pipe_in_the_place_is_not_waited_for(kind: str, tmp_path: Path) -> None:
    write, error, _mode = WRITERS[kind]
    path = place_of(write, tmp_path)
    os.mkfifo(path)
    with within(5):
        try:
            write(tmp_path / "first")
        except error:
            assert stat.S_ISFIFO(path.stat().st_mode)
        else:
            assert path.is_file()


@writers
def test_the_mode_holds_under_umask_000(kind: str, tmp_path: Path) -> None:
    write, _error, mode = WRITERS[kind]
    with umask(0):
        path = write(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [other for other in tmp_path.iterdir() if other.stat().st_mode & stat.S_IWOTH] == []


@writers
def test_what_others_put_where_the_draft_will_be_is_not_written_through(kind: str, tmp_path: Path) -> None:
    """In a folder that others write to, a draft's name can be foreseen."""
    write, _error, _mode = WRITERS[kind]
    path = place_of(write, tmp_path)
    other = tmp_path / "other"
    other.write_text("theirs")
    path.with_name(f".{path.name}.{os.getpid()}").symlink_to(other)
    write(tmp_path / "first")
    assert other.read_text() == "theirs"
    assert not path.is_symlink()


def test_a_whole_file_takes_the_place_of_a_link(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.write_text("theirs")
    (tmp_path / "btar-audit.json").symlink_to(other)
    assert not write_report(tmp_path).is_symlink()
    assert other.read_text() == "theirs"


def test_a_record_goes_to_where_its_link_points(tmp_path: Path) -> None:
    """A user's link to another disk stays one: a record is appended to, never replaced."""
    (tmp_path / "record.jsonl").symlink_to(tmp_path / "elsewhere.jsonl")
    write_record(tmp_path)
    assert len(read_record(str(tmp_path / "elsewhere.jsonl"))) == 1


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """A pipe that is waited for gets its reader and its writer after all, and the test fails."""
    over = threading.Event()
    waited: list[bool] = []

    def watch() -> None:
        if not over.wait(seconds):
            waited.append(True)
            os.kill(os.getpid(), 2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()
    assert not waited


def unread_record(path: Path) -> None:
    read_record(str(path))


def unread_former(path: Path) -> None:
    read_former(path)


def unread_state(path: Path) -> None:
    StateFile(str(path), SCOPE).read()


# What reads a file, and the error that says that it cannot.
READERS: dict[str, tuple[Callable[[Path], Any], type[Exception]]] = {
    "record": (unread_record, RecordError),
    "report": (unread_former, ReportError),
    "state of the watch": (unread_state, InvalidState),
}
OBSTACLES: dict[str, Callable[[Path], Any]] = {
    "pipe": os.mkfifo,
    "folder": Path.mkdir,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "loop of links": lambda path: path.symlink_to(path),
    "not UTF-8": lambda path: path.write_bytes(b"\xff\xfe"),
    "empty": Path.touch,
    "deep": lambda path: path.write_bytes(b"[" * 200_000),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("kind", READERS)
def test_what_cannot_be_read_is_said(kind: str, obstacle: str, tmp_path: Path) -> None:
    read, error = READERS[kind]
    OBSTACLES[obstacle](tmp_path / "x.json")
    with within(5), pytest.raises(error):
        read(tmp_path / "x.json")


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_evidence_that_cannot_be_read_is_warned_of(obstacle: str, tmp_path: Path) -> None:
    for name in ("x.json", "x.begun", "chain.jsonl"):
        OBSTACLES[obstacle](tmp_path / name)
    with within(5):
        found = read_evidence(tmp_path)
        assert DrillFolder(tmp_path).unfinished() == []
    assert (found.drills, found.links, len(found.warnings)) == ([], [], 1)


def test_two_runs_may_have_one_record(tmp_path: Path) -> None:
    path = str(tmp_path / "record.jsonl")
    one, two = (RecordWriter(path, check_mode=False, run_id=name) for name in ("one", "two"))
    for number in range(50):
        for writer in (one, two):
            writer.outcome(Outcome("shop", f"db-{number}", "unchanged"))
    one.end("finished")
    two.end("interrupted")
    found = {run.run_id: (len(run.outcomes), run.ends) for run in read_record(path)}
    assert found == {"one": (50, ["finished"]), "two": (50, ["interrupted"])}


def test_the_run_folder_says_what_it_cannot_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_LOCAL_TMP", str(tmp_path))
    with full_after(1000), pytest.raises(AivenError, match="ANSIBLE_LOCAL_TEMP") as told:
        run_folder.keep_snapshot("x" * 5000)
    assert told.value.code == "invalid_target"
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    with umask(0):
        run_folder.keep_outcome("host", {"changed": False})
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")} <= {0o600, 0o700, 0o777}
    assert stat.S_IMODE((tmp_path / "offsite.aiven").stat().st_mode) == 0o700


def test_certificates_that_cannot_be_written_are_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The checks of a drill give them to the client of a database."""
    with full_after(1000), pytest.raises(QueryError, match=r"No space|too large.*TMPDIR"), authority_file("x" * 5000):
        pytest.fail("there is no such file")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(QueryError, match=r"No such file or directory.*TMPDIR"), authority_file("x"):
        pytest.fail("there is no such folder")


def test_the_home_of_nobody_is_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOME", raising=False)
    assert StateFile("~nobody-of-this-name/state.json", SCOPE).path.name == "state.json"


def test_what_is_written_is_what_is_read(tmp_path: Path) -> None:
    StateFile(str(tmp_path / "state.json"), SCOPE).write(STATE)
    assert StateFile(str(tmp_path / "state.json"), SCOPE).read() == STATE
    assert json.loads(write_report(tmp_path).read_text())["headline"]["services"] == 1
