# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Records: JSON Lines of what became of each target, written as it happens.

A record holds one or more invocations, each a ``run`` line, its ``outcome`` lines and an ``end`` line. The record of a
check-mode run is the plan. An invocation without ``end`` was killed; one that ended ``interrupted`` sent no further write;
one that ``failed`` did not decide about all of its targets.
"""

from __future__ import annotations

import io
import json
import os
import stat
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    CHANGES,
    STATUSES,
    Outcome,
    Status,
    format_time,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import PRIVATE, append_to, open_regular

SCHEMA = "offsite.aiven/record/1"
# Actions are imported by ansible's main process before it forks their workers, so all tasks of a run share this.
RUN_ID = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{os.urandom(3).hex()}"


class RecordError(Exception):
    """A record cannot be written or read. The text names the file, the line where there is one, and the remedy."""


class RecordWriter:
    """Appends to a record, each line with one write, so that lines of concurrent writers never mix.

    ``broken`` says why nothing can be written any more.
    """

    def __init__(self, path: str, *, check_mode: bool, run_id: str = RUN_ID, undoes: str | None = None) -> None:
        """``undoes`` is the id of the run that this one takes back."""
        self.path = path
        self._run_id = run_id
        self._lock = threading.Lock()
        self._statuses: dict[tuple[str, str], Status] = {}
        self.broken: str | None = None
        try:
            os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
            self._file = append_to(path, PRIVATE)
            if _ends_within_a_line(self._file):
                os.write(self._file, b"\n")
        except OSError as error:
            raise RecordError(
                f"record {path} cannot be written: {error.strerror}. Give a path that can be written."
            ) from None
        self._line({"type": "run", "schema": SCHEMA, "version": VERSION, "check_mode": check_mode, "undoes": undoes})

    def outcome(self, outcome: Outcome) -> None:
        self._line({"type": "outcome", **outcome.as_dict()})
        self._statuses[outcome.project, outcome.service_name] = outcome.status

    def end(self, status: str) -> None:
        """``status`` is finished, stopped (after too many failures), failed (not all is decided) or interrupted. The line
        counts what the outcomes say, the last of each service.

        Raises nothing: see ``broken``.
        """
        counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
        for found in self._statuses.values():
            counts[found] += 1
        with suppress(RecordError):
            self._line({"type": "end", "status": status, "summary": {**counts, "total": len(self._statuses)}})
        os.close(self._file)

    def _line(self, row: Mapping[str, Any]) -> None:
        stamped = {"type": row["type"], "run_id": self._run_id, "time": format_time(datetime.now(UTC)), **row}
        data = (json.dumps(stamped, ensure_ascii=True) + "\n").encode("ascii")
        with self._lock:
            if self.broken is None:
                try:
                    if os.write(self._file, data) == len(data):
                        return
                    why = "the disk is full"
                except OSError as error:
                    why = str(error.strerror)
                self.broken = f"record {self.path} cannot be written any more: {why}"
        raise RecordError(self.broken)


def _ends_within_a_line(file: int) -> bool:
    """Whether a crash or a full disk has cut the last line; what is appended must begin a new one."""
    status = os.fstat(file)
    return stat.S_ISREG(status.st_mode) and status.st_size > 0 and os.pread(file, 1, status.st_size - 1) != b"\n"


@dataclass(slots=True)
class Run:
    """All invocations of one run id in a record (a playbook may have several fleet tasks), and how each ended (None: it was
    killed). ``undoes`` is the id of the run that it takes back.
    """

    run_id: str
    check_mode: bool
    time: str
    undoes: str | None = None
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    ends: list[str | None] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Whether each invocation has decided about all of its targets."""
        return all(end in ("finished", "stopped") for end in self.ends)


def read_record(path: str, run_id: str | None = None, *, changes: bool = False) -> list[Run]:
    """The runs of a record, in their order, or only the one with this id, without a look at the lines of others: a record
    holds years of runs. A last line of a run that was cut by a crash is left out. With ``changes``, outcomes of services of
    which the run has changed nothing by then are checked and left out: they are most, and memory is not for years of them.
    """
    own = "" if run_id is None else json.dumps({"run_id": run_id})[1:-1]
    try:
        with io.TextIOWrapper(open_regular(path), encoding="utf-8", newline="\n") as file:
            lines = ((number, line) for number, line in enumerate(file, start=1) if own in line)
            runs = _runs(path, lines, changes=changes)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise RecordError(f"record {path} cannot be read: {reason}. Give a file that `record` has written.") from None
    if not runs and run_id is None:
        raise RecordError(f"record {path} holds no run: give a file that `record` has written")
    return runs


def _runs(path: str, lines: Iterable[tuple[int, str]], *, changes: bool) -> list[Run]:
    runs: dict[str, Run] = {}
    changed: set[tuple[str, str, str]] = set()
    for number, row in _rows(path, lines):
        kind, run_id = row.get("type"), str(row.get("run_id"))
        if kind == "run" and isinstance(row.get("run_id"), str):
            if row.get("schema") != SCHEMA:
                raise RecordError(f"{path} line {number} has schema {row.get('schema')!r}, this version reads {SCHEMA}")
            undoes = row.get("undoes")
            begun = Run(run_id, row.get("check_mode") is True, str(row.get("time")), str(undoes) if undoes else None)
            run = runs.setdefault(run_id, begun)
            run.ends.append(None)
        elif kind == "outcome" and run_id in runs:
            outcome = _checked(path, number, row)
            service = (run_id, row["project"], row["service_name"])
            if row["changed"]:
                changed.add(service)
            if not changes or service in changed:
                runs[run_id].outcomes.append(outcome)
        elif kind == "end" and run_id in runs:
            runs[run_id].ends[-1] = str(row.get("status"))
        else:
            raise RecordError(f"{path} line {number} is no line of a record: give a file that `record` has written")
    return list(runs.values())


def _rows(path: str, lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, dict[str, Any]]]:
    unread: int | None = None
    for number, line in lines:
        if not line.strip():
            continue
        try:
            row = parse_json(line)
        except ValueError:
            row = None
        # A line may be cut where a run broke off: only the first line of another run can follow.
        if unread is not None and not (isinstance(row, dict) and row.get("type") == "run"):
            raise RecordError(f"{path} line {unread} is not JSON: give a file that `record` has written")
        unread = number if row is None else None
        if row is None:
            continue
        if not isinstance(row, dict):
            raise RecordError(f"{path} line {number} is no line of a record: give a file that `record` has written")
        yield number, row


def is_whole(row: Mapping[str, Any]) -> bool:
    """Whether an outcome, or a change of an artifact, says of which service it is, what was done, and from which region to
    which: it may be done again or taken back.
    """
    # A host that is no service has none, and is never changed.
    names = all(
        isinstance(row.get(key), str) and (row[key] or not row.get("changed")) for key in ("project", "service_name")
    )
    sides = all(isinstance(row.get(key), Mapping) and "region" in row[key] for key in ("before", "after"))
    flagged = isinstance(row.get("changed"), bool) and row.get("change", "") in (
        CHANGES if row["changed"] else (None, *CHANGES)
    )
    if not (names and sides and flagged):
        return False
    regions = (row["before"]["region"], row["after"]["region"])
    return all(region is None or (isinstance(region, str) and region) for region in regions)


def _checked(path: str, number: int, row: dict[str, Any]) -> dict[str, Any]:
    if row.get("status") not in STATUSES or not is_whole(row):
        raise RecordError(f"{path} line {number} is not a whole outcome: the record was changed after it was written")
    return row
