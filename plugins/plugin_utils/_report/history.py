# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history of audits on disk: JSON Lines, one line for each audit, appended as each ends."""

from __future__ import annotations

import json
import os
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import (
    InvalidHistory,
    checked_line,
    history_line,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import SHARED, append_to, open_regular
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError

# Older lines are not read: nobody looks back further than that.
MOST_LINES = 5000


def read_history(path: str | Path) -> list[dict[str, Any]]:
    """The newest lines, the oldest first; none where there is no such file yet. A line that was cut short is left out.

    Raises :class:`ReportError` for a file that is no history: nothing may be appended to it.
    """
    try:
        with open_regular(path) as file:
            lines = deque(enumerate(file, start=1), maxlen=MOST_LINES)
        found = list(_parsed(lines))
        if lines and not found:
            raise InvalidHistory("no line in it is of an audit")
        return found
    except FileNotFoundError:
        return []
    except OSError as error:
        why = error.strerror
    except (ValueError, InvalidHistory) as error:
        why = str(error)
    raise ReportError(f"history {path} cannot be read: {why}. Give the file that audits have written, or a new one.")


def _parsed(lines: Iterable[tuple[int, bytes]]) -> Iterator[dict[str, Any]]:
    for number, text in lines:
        try:
            line = parse_json(text)
        except ValueError:
            continue
        try:
            yield dict(checked_line(line))
        except InvalidHistory as error:
            raise InvalidHistory(f"line {number}: {error}") from None


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
