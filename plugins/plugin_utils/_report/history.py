# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of audits on disk: JSON Lines, one line for each audit, appended as each ends."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import (
    SCHEMA,
    InvalidHistory,
    checked_line,
    history_line,
    is_of_history,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import SHARED, append_to, open_regular
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError

# Older lines are not read: nobody looks back further than that.
MOST_LINES = 5000


@dataclass(frozen=True, slots=True)
class History:
    """The lines of former audits, the oldest first. ``warnings`` say in words what was left out."""

    lines: Sequence[dict[str, Any]] = ()
    warnings: Sequence[str] = ()

    def warnings_for(self, path: str | Path, name: str) -> list[str]:
        """What is to be said when the audit ``name`` continues it: also that it does not, being called otherwise."""
        names = list(dict.fromkeys(line["name"] for line in self.lines))
        if not names or name in names:
            return list(self.warnings)
        return [
            *self.warnings,
            f"history {path} has audits of {', '.join(map(repr, names[-3:]))} and none of {name!r}, which begins a trend of its "
            "own: give btar_audit_name to continue one",
        ]


def read_history(path: str | Path) -> History:
    """The newest lines; none where there is no such file yet. A line that was cut short or edited is left out, with a warning.

    Raises :class:`ReportError` for a file that is no history: nothing may be appended to it.
    """
    try:
        with open_regular(path) as file:
            lines = deque(enumerate(file, start=1), maxlen=MOST_LINES)
        unread: list[str] = []
        found = list(_parsed(lines, unread))
        if lines and not found:
            raise InvalidHistory("no line in it is of an audit")
        return History(found, _left_out(path, unread))
    except FileNotFoundError:
        return History()
    except OSError as error:
        why = error.strerror
    except (ValueError, InvalidHistory) as error:
        why = str(error)
    raise ReportError(f"history {path} cannot be read: {why}. Give the file that audits have written, or a new one.")


def _parsed(lines: Iterable[tuple[int, bytes]], unread: list[str]) -> Iterator[dict[str, Any]]:
    for number, text in lines:
        if not text.strip():
            continue
        try:
            line = parse_json(text)
        except ValueError:
            unread.append(f"line {number}: it is cut short, or no JSON")
            continue
        if not is_of_history(line):
            raise InvalidHistory(f"line {number} is no line of a history of audits: its schema is not {SCHEMA!r}")
        try:
            yield dict(checked_line(line))
        except InvalidHistory as error:
            unread.append(f"line {number}: {error}")


def _left_out(path: str | Path, unread: Sequence[str]) -> list[str]:
    if not unread:
        return []
    shown = "; ".join(unread[:3]) + ("; and others" if len(unread) > 3 else "")
    left_out = counted(len(unread), "line that cannot be read is", "lines that cannot be read are")
    return [f"history {path}: {left_out} left out of the trend: {shown}. Remove what is no line of an audit"]


def append_history(path: str | Path, audit: Mapping[str, Any]) -> None:
    """Leave a line of this audit, with one write, so that those of audits at the same time never mix.

    Raises :class:`ReportError`.
    """
    line = json.dumps(history_line(audit), allow_nan=False).encode("ascii") + b"\n"
    try:
        Path(path).absolute().parent.mkdir(parents=True, exist_ok=True)
        file = append_to(path, SHARED)
        try:
            size = os.fstat(file).st_size
            # A line that was cut short must not take this one along.
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            os.write(file, b"\n" + line if torn else line)
        finally:
            os.close(file)
    except OSError as error:
        raise ReportError(
            f"history {path} cannot be written: {error.strerror}. Give a path that can be written."
        ) from None
