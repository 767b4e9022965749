# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees at the end of a restore of many: a table of old and new services, those that failed first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import cut
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import duration_words

MOST_ROWS = 60
_LONGEST = 60
_HEADER = ("group", "old service", "", "new service", "cloud", "restored to", "lost")
_WORDS = {"changed": "restored", "unchanged": "restored before", "failed": "FAILED", "skipped": "not tried"}


def table_of(document: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table, and below it why each that failed did."""
    rows = document["services"]
    cells = [_HEADER, *(_cells(row, check_mode=document["check_mode"]) for row in rows[:MOST_ROWS])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    if rows:
        yield from (_line(row, widths) for row in cells)
    if len(rows) > MOST_ROWS:
        yield f"... and {len(rows) - MOST_ROWS} more of these"
    failed = [row for row in rows if row["error"]]
    yield from (_why(row) for row in failed[:MOST_ROWS])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)).rstrip()


def _label(side: Mapping[str, Any]) -> str:
    return cut(f"{side['project']}/{side['service_name']}", _LONGEST)


def _why(row: Mapping[str, Any]) -> str:
    message, label = cut(row["error"]["message"]), _label(row["old"])
    return message if label in message else f"{label}: {message}"


def _cells(row: Mapping[str, Any], *, check_mode: bool) -> tuple[str, ...]:
    new, restored = row["new"], row["restored"] or {}
    words = _WORDS.get(row["status"], "not tried")
    rpo = restored.get("rpo_seconds")
    return (
        str(row["group"] or "-"),
        _label(row["old"]),
        "would be restored" if check_mode and row["status"] == "changed" else words,
        _label(new) if new else "-",
        cut(new["cloud"], _LONGEST) if new else "-",
        str(restored.get("point") or restored.get("backup_name") or "-"),
        "-" if rpo is None else duration_words(rpo),
    )
