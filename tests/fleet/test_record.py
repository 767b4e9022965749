# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records and plans as files: what is written, read, refused, and what a plan or an undo makes of it."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import (
    RUN_ID,
    SCHEMA,
    RecordError,
    RecordWriter,
    read_record,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import (
    planned_targets,
    restrict_to_plan,
    undoing_targets,
)

SUMMARY = {"changed": 1, "unchanged": 0, "failed": 0, "skipped": 0, "total": 1}


def outcome(
    name: str, change: str | None = "enable", before: str | None = None, after: str | None = "b", **more: Any
) -> Outcome:
    changed = change is not None
    status = "changed" if changed else "unchanged"
    return Outcome(
        "shop",
        name,
        **{"status": status, "change": change, "before": before, "after": after, "changed": changed, **more},
    )


def write(
    path: Path,
    run_id: str,
    *outcomes: Outcome,
    check: bool = False,
    end: str | None = "finished",
    undoes: str | None = None,
) -> None:
    record = RecordWriter(str(path), check_mode=check, run_id=run_id, undoes=undoes)
    for item in outcomes:
        record.outcome(item)
    if end:
        record.end(end)


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "one", outcome("a"), outcome("b", None), check=True)
    write(path, "two", outcome("c"))
    write(
        path, "two", outcome("d", status="failed", changed=False, error={"code": "x", "message": "y", "status": None})
    )
    one, two = read_record(str(path))
    assert (one.run_id, one.check_mode, one.ends) == ("one", True, ["finished"])
    assert (two.run_id, two.check_mode, two.ends) == ("two", False, ["finished"] * 2)
    assert [row["service_name"] for row in two.outcomes] == ["c", "d"]
    line = json.loads(path.read_text().splitlines()[1])
    assert {key: value for key, value in line.items() if key not in ("type", "run_id", "time")} == outcome(
        "a"
    ).as_dict()


def test_one_run_of_many_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "one", outcome("a"))
    write(path, "two", outcome("b", reason='it has the "run_id": "one" in its reason'))
    (run,) = read_record(str(path), "one")
    assert (run.run_id, run.ends, [row["service_name"] for row in run.outcomes]) == ("one", ["finished"], ["a"])
    assert read_record(str(path), "three") == []


def test_a_new_record_is_private(tmp_path: Path) -> None:
    umask = os.umask(0)
    try:
        write(tmp_path / "new" / "record.jsonl", "one")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "new" / "record.jsonl").stat().st_mode) == 0o600
    # The reports lie beside it: the folder is for the caller's umask to decide.
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o777


def test_lines_of_many_writers_do_not_mix(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    writers = [RecordWriter(str(path), check_mode=False, run_id=f"run-{number}") for number in range(4)]

    def work(writer: RecordWriter) -> None:
        for number in range(200):
            writer.outcome(outcome(f"s-{number}", reason="x" * number * 20))

    threads = [threading.Thread(target=work, args=(writer,)) for writer in writers for _twice in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(run.outcomes) for run in read_record(str(path))] == [400] * 4


def test_a_last_line_that_was_cut_is_left_out_and_what_follows_is_readable(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "one", outcome("a"), outcome("b"), end=None)
    path.write_bytes(path.read_bytes()[:-20])
    (run,) = read_record(str(path))
    assert [row["service_name"] for row in run.outcomes] == ["a"]
    assert run.ends == [None]
    write(path, "two", outcome("c"))
    assert [len(run.outcomes) for run in read_record(str(path))] == [1, 1]
    assert [run.ends for run in read_record(str(path))] == [[None], ["finished"]]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "holds no run"),
        (b"not json\n", "holds no run"),
        (b'{"type": "run", "run_id": "x", "schema": "offsite.aiven/record/9"}\n', "record/9"),
        (b'{"type": "outcome"}\n', "line 1 is no line"),
        (b"[1]\n", "line 1 is no line"),
        (b"\xff\xfe", "not text"),
        (b'half\n{"type": "outcome"}\n', "line 1 is not JSON"),
    ],
)
def test_what_is_no_record_says_so(tmp_path: Path, content: bytes, words: str) -> None:
    path = tmp_path / "record.jsonl"
    path.write_bytes(content)
    with pytest.raises(RecordError, match=words):
        read_record(str(path))
    with pytest.raises(AivenError, match=words) as refused:
        planned_targets(str(path))
    assert refused.value.code == "invalid_target"


def test_an_altered_outcome_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "one", outcome("a"))
    path.write_text(path.read_text().replace('"after": {"region": "b"}', '"after": "b"'))
    with pytest.raises(RecordError, match="line 2 is not a whole outcome"):
        read_record(str(path))


@pytest.mark.parametrize("path", ["/dev/full", "/proc/none/record", "/"])
def test_a_record_that_cannot_be_written_says_which(path: str) -> None:
    with pytest.raises(RecordError, match=f"record {path} cannot be written"):
        RecordWriter(path, check_mode=False)


def test_after_a_full_disk_nothing_more_is_written(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    record = RecordWriter(str(path), check_mode=False)
    full = os.open("/dev/full", os.O_WRONLY)
    kept = os.dup(record._file)
    os.dup2(full, record._file)
    with pytest.raises(RecordError, match="No space left on device"):
        record.outcome(outcome("a"))
    os.dup2(kept, record._file)
    with pytest.raises(RecordError, match="cannot be written any more"):
        record.outcome(outcome("b"))
    record.end("finished")
    assert record.broken
    assert "No space left" in record.broken
    assert len(path.read_text().splitlines()) == 1
    for file in (full, kept):
        os.close(file)


def test_a_plan_is_the_changes_of_the_last_check(tmp_path: Path) -> None:
    path = tmp_path / "plan.jsonl"
    write(path, "old", outcome("old"), check=True)
    refused = outcome("x", "move", "a", "a", status="failed", changed=False)
    rows = [
        outcome("a"),
        outcome("b", "move", "x", "y"),
        outcome("c", "disable", "x", None),
        outcome("d", None),
        refused,
    ]
    write(path, "new", *rows, check=True)
    write(path, "real", outcome("real"))
    assert planned_targets(str(path)) == {
        ("shop", "a"): FleetTarget("shop", "a", "enabled", "b", {"region": None}),
        ("shop", "b"): FleetTarget("shop", "b", "enabled", "y", {"region": "x"}),
        ("shop", "c"): FleetTarget("shop", "c", "disabled", None, {"region": "x"}),
    }


@pytest.mark.parametrize("end", [None, "interrupted", "failed"])
@pytest.mark.parametrize("late", [True, False])
def test_a_plan_that_is_not_whole_is_refused(tmp_path: Path, end: str | None, late: bool) -> None:
    """Whichever of its waves it was that did not come to its end."""
    path = tmp_path / "plan.jsonl"
    for ended in ("finished", end) if late else (end, "finished"):
        write(path, "one", outcome("a"), check=True, end=ended)
    with pytest.raises(AivenError, match=r"one failed or was interrupted\. Make a new plan"):
        planned_targets(str(path))


def test_the_record_of_a_real_run_is_no_plan(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "one", outcome("a"))
    with pytest.raises(AivenError, match="holds no plan: give the record of a run with --check"):
        planned_targets(str(path))


def test_what_is_not_planned_is_skipped(tmp_path: Path) -> None:
    targets = [FleetTarget("shop", "a", "enabled", "z"), FleetTarget("shop", "b", "enabled", "z")]
    planned = {("shop", "a"): FleetTarget("shop", "a", "enabled", "b", {"region": None})}
    first, second = restrict_to_plan(targets, planned)
    assert first == planned["shop", "a"]
    assert second.skip


def test_an_undo_goes_back_to_the_first_before(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "old", outcome("old"))
    rows = [outcome("a"), outcome("b", "move", "x", "y"), outcome("c", "disable", "x", None), outcome("d", None)]
    write(path, "new", *rows)
    late = outcome("e", "enable", None, "b", status="failed", error={"code": "timeout", "message": "", "status": None})
    write(
        path,
        "new",
        outcome("b", "move", "y", "z"),
        late,
        outcome("f", "move", "x", "y"),
        outcome("f", "move", "y", "x"),
    )
    write(path, "check", outcome("check"), check=True)
    run_id, undone = undoing_targets(str(path), None)
    assert run_id == "new"
    assert undone == {
        ("shop", "a"): FleetTarget("shop", "a", "disabled", None, {"region": "b"}),
        ("shop", "b"): FleetTarget("shop", "b", "enabled", "x", {"region": "z"}),
        ("shop", "c"): FleetTarget("shop", "c", "enabled", "x", {"region": None}),
        ("shop", "e"): FleetTarget("shop", "e", "disabled", None, {"region": "b"}),
    }
    assert undoing_targets(str(path), "old") == (
        "old",
        {("shop", "old"): FleetTarget("shop", "old", "disabled", None, {"region": "b"})},
    )


def test_an_unknown_run_is_named_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "one", outcome("a"))
    with pytest.raises(AivenError, match=r"undo_run two is not in .*: its runs are one"):
        undoing_targets(str(path), "two")
    write(tmp_path / "plan.jsonl", "one", check=True)
    with pytest.raises(AivenError, match="it only holds plans"):
        undoing_targets(str(tmp_path / "plan.jsonl"), "one")


def test_runs_that_changed_nothing_are_passed_over(tmp_path: Path) -> None:
    """A rollback that was refused, and a rollout that had nothing to do."""
    path = tmp_path / "record.jsonl"
    write(path, "rollout", outcome("a"))
    write(path, "refused", outcome("a", "disable", "b", "b", status="failed", changed=False))
    write(path, "idle", outcome("a", None, "b", "b", status="unchanged", changed=False))
    assert undoing_targets(str(path), None)[0] == "rollout"


def test_a_rollback_that_was_done_by_half_is_done_again_and_not_taken_back(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "rollout", outcome("a"), outcome("b"))
    write(path, "rollback", outcome("a", "disable", "b", None), undoes="rollout")
    run_id, undone = undoing_targets(str(path), None)
    assert (run_id, len(undone)) == ("rollout", 2)
    assert undoing_targets(str(path), "rollback")[1] == {
        ("shop", "a"): FleetTarget("shop", "a", "enabled", "b", {"region": None})
    }


@pytest.mark.parametrize(
    ("run_id", "which"), [(None, "no run has changed anything"), ("idle", "run idle has changed nothing")]
)
def test_nothing_to_take_back_is_an_error(tmp_path: Path, run_id: str | None, which: str) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "idle", outcome("a", None, "b", "b", status="unchanged", changed=False))
    with pytest.raises(AivenError, match=f"{which} in .*: there is nothing to take back"):
        undoing_targets(str(path), run_id)


def test_a_rollback_does_not_take_itself_back(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    write(path, "rollout", outcome("a"), outcome("b"))
    write(path, RUN_ID, outcome("a", "disable", "b", None))
    assert undoing_targets(str(path), None)[1] == {
        ("shop", name): FleetTarget("shop", name, "disabled", None, {"region": "b"}) for name in "ab"
    }


def test_the_schema_is_named_in_each_header(tmp_path: Path) -> None:
    write(tmp_path / "record.jsonl", "one", end=None)
    header = json.loads((tmp_path / "record.jsonl").read_text())
    assert header["schema"] == SCHEMA
    assert set(header) == {"type", "run_id", "time", "schema", "version", "check_mode", "undoes"}
