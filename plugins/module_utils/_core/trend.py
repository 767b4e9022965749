# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit among former ones: the line that each leaves in the history, and what they say of score and coverage over time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import percent
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import SEVERITIES
from ansible_collections.offsite.aiven.plugins.module_utils._core.forms import (
    COUNT,
    TEXT,
    TIME,
    keys,
    kind,
    maybe,
    values,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time, parse_time

SCHEMA = "offsite.aiven/audit-history/1"
MOST_POINTS = 60
BY = ("project", "service_type", "owner")
_OF_HEADLINE = ("services", "protectable", "protected", "failed_controls")
_OF_POINT = ("score", *_OF_HEADLINE, "unreadable_projects")


class InvalidHistory(Exception):
    """A line that should be of a history is none. The text says what was found."""


def _is_pair(pair: object) -> bool:
    if not isinstance(pair, (list, tuple)) or len(pair) != 2 or any(COUNT(each) for each in pair):
        return False
    return bool(pair[0] <= pair[1])


def _is_percent(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 100


_PAIR = kind("pair of how many are protected and how many can be", _is_pair)
_LINE = keys(
    {
        "schema": kind(f"text {SCHEMA}", lambda value: value == SCHEMA),
        "name": TEXT,
        "generated_at": TIME,
        "score": maybe(kind("percentage", _is_percent)),
        **dict.fromkeys(("services", "protectable", "protected", "unreadable_projects"), COUNT),
        "failed_controls": keys(dict.fromkeys(SEVERITIES, COUNT)),
        "coverage": keys(dict.fromkeys(BY, values(_PAIR))),
    },
    {"generator": TEXT, "settings": keys({})},
)


def history_line(audit: Mapping[str, Any]) -> dict[str, Any]:
    """What an audit leaves for later ones. Coverage is [protected, protectable] by name; without an owner the name is empty."""
    return {
        "schema": SCHEMA,
        "name": audit["name"],
        "generated_at": audit["generated_at"],
        "generator": audit["generator"],
        "settings": dict(audit["settings"]),
        "score": audit["score"]["percent"],
        **{key: audit["headline"][key] for key in _OF_HEADLINE},
        "unreadable_projects": len(audit["scope"].get("unreadable_projects") or {}),
        "coverage": {
            by: {row["name"] or "": [row["protected"], row["protectable"]] for row in audit["coverage"][by]}
            for by in BY
        },
    }


def is_of_history(line: object) -> bool:
    """Whether it says that it is a line of a history; whether it is whole, :func:`checked_line` tells."""
    return isinstance(line, Mapping) and line.get("schema") == SCHEMA


def checked_line(line: object) -> Mapping[str, Any]:
    """The line, when it is one. Raises :class:`InvalidHistory`."""
    mistake = _LINE(line)
    if not isinstance(line, Mapping) or mistake is not None:
        raise InvalidHistory(f"it{mistake}")
    return line


def trend_of(former: Iterable[Mapping[str, Any]], audit: Mapping[str, Any]) -> dict[str, Any]:
    """Former audits of the same name and this one, the oldest first: at most ``MOST_POINTS``, evenly chosen.

    Each point says what of version and settings ``differs`` from the point before it: figures that were found otherwise are
    not to be compared without a word. For each project, type and owner of this audit, how many percent of its services were
    protected at each point; None where there was none that could be. What is ``gone`` had services that could be, and has none.
    """
    now = history_line(audit)
    lines = [*_former(former, now), now]
    chosen = _thinned(lines)
    return {
        "audits": len(lines),
        "points": [
            {
                "generated_at": format_time(parse_time(line["generated_at"])),
                "generator": line.get("generator"),
                **{key: line[key] for key in _OF_POINT},
                "differs": list(unlike(before, line)),
            }
            for before, line in zip([chosen[0], *chosen], chosen, strict=False)
        ],
        **{
            by: [
                {"name": name or None, "percent": [percent(*line["coverage"][by].get(name, (0, 0))) for line in chosen]}
                for name in now["coverage"][by]
            ]
            for by in BY
        },
        "gone": {by: _gone(chosen, by) for by in BY},
    }


def _gone(lines: Iterable[Mapping[str, Any]], by: str) -> list[str | None]:
    """What had services at a point and has none now, without which the course of all may look better than it was."""
    *former, now = (line["coverage"][by] for line in lines)
    names = {name for groups in former for name, pair in groups.items() if pair[1]}
    left = (name for name in names if not now.get(name, (0, 0))[1])
    return [name or None for name in sorted(left)]


def _former(lines: Iterable[Mapping[str, Any]], now: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Those that tell of the same before this audit, the oldest first. What comes later, by a clock that was wrong, is no
    former audit.
    """
    timed = [(parse_time(line["generated_at"]), line) for line in (*lines, now) if line["name"] == now["name"]]
    last = timed.pop()[0]
    known = [(time, line) for time, line in timed if time is not None and last is not None and time <= last]
    return [line for _time, line in sorted(known, key=lambda item: item[0])]


def unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What of two audits was not alike, by its key; what a line of an older version does not tell is not known to be."""
    if None not in (generators := (before.get("generator"), after.get("generator"))) and generators[0] != generators[1]:
        yield "generator"
    settings = before.get("settings"), after.get("settings")
    if settings[0] is not None and settings[1] is not None:
        yield from (key for key in settings[1] if key != "differing" and settings[0].get(key) != settings[1][key])


def _thinned(lines: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The first, the last, and what lies evenly between."""
    last = len(lines) - 1
    if last < MOST_POINTS:
        return list(lines)
    return [lines[round(place * last / (MOST_POINTS - 1))] for place in range(MOST_POINTS)]
