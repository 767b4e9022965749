# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records that were changed after they were written, and one of many years."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordError, RecordWriter, read_record
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import planned_targets, undoing_targets

MEGABYTE = 1 << 20


def written(path: Path, *, check_mode: bool = True) -> list[dict[str, Any]]:
    writer = RecordWriter(str(path), check_mode=check_mode, run_id="one")
    writer.outcome(Outcome("shop", "orders", "changed", "enable", "r", None, "aws-eu-central-1", None, True))
    writer.end("finished")
    return [json.loads(line) for line in path.read_text().splitlines()]


SPOILT: list[Callable[[dict[str, Any]], Any]] = [
    lambda row: row.pop("changed"),
    lambda row: row.update(changed="false"),
    lambda row: row.pop("change"),
    lambda row: row.update(change="destroy"),
    lambda row: row.update(project=""),
    lambda row: row.update(status="done"),
    lambda row: row.update(after={"region": 7}),
    lambda row: row.update(before={"region": ["aws-eu-west-1"]}),
    lambda row: row.update(run_id=[]),
]


@pytest.mark.parametrize("spoil", SPOILT, ids=range(len(SPOILT)))
def test_an_outcome_that_is_not_whole_is_no_change(spoil: Callable[[dict[str, Any]], Any], tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    rows = written(path)
    spoil(rows[1])
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    with pytest.raises(RecordError):
        read_record(str(path))


def test_a_plan_whose_change_does_not_fit_its_region_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    rows = written(path)
    rows[1]["after"]["region"] = None
    path.write_text("\n".join(map(json.dumps, rows)) + "\n")
    with pytest.raises(AivenError, match="does not fit its region") as told:
        planned_targets(str(path))
    assert told.value.code == "invalid_target"


def test_a_line_that_is_nested_too_deeply_is_no_line(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    written(path)
    path.write_text("[" * 100_000 + "\n" + path.read_text().splitlines()[1] + "\n")
    with pytest.raises(RecordError, match="line 1 is not JSON"):
        read_record(str(path))


def big_record(path: Path, megabytes: int) -> None:
    """Runs of 10,000 services, of which the first changed one."""
    lines = written(path, check_mode=False)
    unchanged = {**lines[1], "status": "unchanged", "changed": False, "change": None, "reason": "x" * 60}
    with path.open("a") as file:
        number = 0
        while file.tell() < megabytes * MEGABYTE:
            number += 1
            rows = [{**lines[0], "run_id": f"run-{number}"}]
            rows += [{**unchanged, "run_id": f"run-{number}", "service_name": f"db-{each}"} for each in range(10_000)]
            file.writelines(json.dumps(row) + "\n" for row in [*rows, {**lines[2], "run_id": f"run-{number}"}])


@pytest.mark.slow
def test_a_record_of_years_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "record.jsonl"
    big_record(path, 100)
    tracemalloc.start()
    try:
        run_id, targets = undoing_targets(str(path), None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (run_id, len(targets)) == ("one", 1)
    assert peak < 20 * MEGABYTE
