# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit among former ones: the line that each leaves in the history, and what they say of score and coverage over time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import percent

SCHEMA = "offsite.aiven/audit-history/1"
MOST_POINTS = 60
BY = ("project", "service_type", "owner")
_OF_HEADLINE = ("services", "protectable", "protected", "failed_controls")


class InvalidHistory(Exception):
    """A line that should be of a history is none. The text says what was found."""


def history_line(audit: Mapping[str, Any]) -> dict[str, Any]:
    """What an audit leaves for later ones. Coverage is [protected, protectable] by name; without an owner the name is empty."""
    return {
        "schema": SCHEMA,
        "name": audit["name"],
        "generated_at": audit["generated_at"],
        "score": audit["score"]["percent"],
        **{key: audit["headline"][key] for key in _OF_HEADLINE},
        "unreadable_projects": len(audit["scope"].get("unreadable_projects") or {}),
        "coverage": {
            by: {row["name"] or "": [row["protected"], row["protectable"]] for row in audit["coverage"][by]}
            for by in BY
        },
    }


def checked_line(line: object) -> Mapping[str, Any]:
    """The line, when it is one. Raises :class:`InvalidHistory`."""
    schema = line.get("schema") if isinstance(line, Mapping) else None
    if not isinstance(line, Mapping) or schema != SCHEMA:
        raise InvalidHistory(f"its schema is {schema!r}, not {SCHEMA!r}")
    coverage = line.get("coverage")
    groups = [coverage.get(by) for by in BY] if isinstance(coverage, Mapping) else [None]
    counts = [pair for group in groups if isinstance(group, Mapping) for pair in group.values()]
    if not all(isinstance(group, Mapping) for group in groups) or not all(_is_pair(pair) for pair in counts):
        raise InvalidHistory("its 'coverage' is not that of an audit")
    if not {"name", "generated_at", "score", "unreadable_projects", *_OF_HEADLINE} <= line.keys():
        raise InvalidHistory("it lacks what an audit leaves")
    return line


def trend_of(former: Iterable[Mapping[str, Any]], audit: Mapping[str, Any]) -> dict[str, Any]:
    """Former audits of the same name and this one, the oldest first: at most ``MOST_POINTS``, evenly chosen.

    For each project, type and owner of this audit, how many percent of its services were protected at each of them; None where
    there was none that could be.
    """
    now = history_line(audit)
    lines = sorted((line for line in former if line["name"] == now["name"]), key=lambda line: str(line["generated_at"]))
    chosen = _thinned([*lines, now])
    points = ("generated_at", "score", *_OF_HEADLINE, "unreadable_projects")
    return {
        "points": [{key: line[key] for key in points} for line in chosen],
        **{
            by: [
                {"name": name or None, "percent": [percent(*line["coverage"][by].get(name, (0, 0))) for line in chosen]}
                for name in now["coverage"][by]
            ]
            for by in BY
        },
    }


def _is_pair(pair: object) -> bool:
    return isinstance(pair, (list, tuple)) and len(pair) == 2 and all(map(_is_count, pair))


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _thinned(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first, the last, and what lies evenly between."""
    last = len(lines) - 1
    if last < MOST_POINTS:
        return list(lines)
    return [lines[round(place * last / (MOST_POINTS - 1))] for place in range(MOST_POINTS)]
