# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees on the terminal of a lost region: the first services to restore, in a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import cut
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import duration_words
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

MOST_TO_RESTORE, MOST_LOST = 40, 20
_LONGEST_NAME = 60

_HEADER = ("#", "service", "restorable", "where", "to which time", "lost", "in the way")


def table_of(report: Mapping[str, Any]) -> Iterator[str]:
    """The lines of the table: what to restore, in its order, and then what cannot be, of the services that ran there."""
    down = [row for row in report["services"] if row["runs_in_region"]]
    restored = [row for row in down if row["order"] is not None]
    parts = [(restored, MOST_TO_RESTORE), (down[len(restored) :], MOST_LOST)]
    cells = [_HEADER, *(_cells(row) for rows, most in parts for row in rows[:most])]
    widths = [max(len(row[column]) for row in cells) for column in range(len(_HEADER))]
    if down:
        yield _line(_HEADER, widths)
    for rows, most in parts:
        yield from (_line(_cells(row), widths) for row in rows[:most])
        if len(rows) > most:
            yield f"... and {len(rows) - most} more of these"


def headline_words(report: Mapping[str, Any]) -> str:
    """The headline in one sentence."""
    headline, region = report["headline"], report["region"]
    counts = headline["restorable"]
    if not headline["down"]:
        text = f"no service of the inventory runs in {region}"
    else:
        text = f"{counts['yes']} of {counted(headline['down'], 'service')} in {region} can be restored elsewhere"
        more = ((counts["prepare"], "after preparation"), (counts["unknown"], "perhaps"), (counts["no"], "not"))
        text = ", ".join([text, *(f"{count} {words}" for count, words in more if count)])
    if running := headline["still_running"]:
        text += f"; {running} run{'s' * (running == 1)} elsewhere without primary backups now"
    return text


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)).rstrip()


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    source, rpo = row["restore_from"], row["rpo_seconds"]
    return (
        str(row["order"] or "-"),
        cut(f"{row['project']}/{row['service_name']}", _LONGEST_NAME),
        row["restorable"],
        cut(source["region"], _LONGEST_NAME) if source else "-",
        row["restore_point"] or "-",
        "-" if rpo is None else f"{'' if row['rpo_exact'] else '<= '}{duration_words(rpo)}",
        ", ".join(obstacle["code"] for obstacle in row["obstacles"]) or "-",
    )
