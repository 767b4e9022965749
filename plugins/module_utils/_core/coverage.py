# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much of a fleet is covered: its services by project, by type and by owner, and one figure for all controls."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]


def percent(part: int, whole: int) -> float | None:
    """With one digit, rounded down, so that only all is 100; None of nothing."""
    return part * 1000 // whole / 10 if whole else None


def score_of(
    controls: Iterable[Mapping[str, Any]], without_copy: int = 0, of_copies: Container[str] = ()
) -> dict[str, Any]:
    """How many of the results say that all is well. What is excepted or does not apply is not counted, what is unknown is.

    ``without_copy`` services should have a copy and have none: what the controls ``of_copies`` find of others they cannot have
    passed, or the score would rise with every copy that is given up.
    """
    passed = counted = 0
    for control in controls:
        result = control["results"]
        told = result["pass"] + result["fail"] + result["unknown"]
        passed += result["pass"]
        counted += told + (without_copy if told and control["id"] in of_copies else 0)
    return {"passed": passed, "counted": counted, "percent": percent(passed, counted)}


def named_by_tag(tags: Mapping[str, str], tag: str) -> str | None:
    """Who is named by a tag, as the owner of a service or of its key; space around a name makes no other, and space alone none."""
    return " ".join(tags.get(tag, "").split()) or None


def coverage_of(rows: Iterable[Row], owner_tag: str | None) -> dict[str, Any]:
    """The services by project, by type, and by the value of ``owner_tag``; those without the tag have the name null."""
    services = list(rows)
    keys: dict[str, Callable[[Row], str | None]] = {
        "project": lambda row: str(row["project"]),
        "service_type": lambda row: str(row["service_type"]),
    }
    if owner_tag is not None:
        keys["owner"] = lambda row: named_by_tag(row["tags"], owner_tag)
    return {"owner": [], **{name: _groups(services, key) for name, key in keys.items()}}


def _groups(rows: Iterable[Row], key: Callable[[Row], str | None]) -> list[dict[str, Any]]:
    groups: dict[str | None, list[int]] = {}
    for row in rows:
        group = groups.setdefault(key(row), [0, 0, 0])
        group[0] += 1
        if row["protection"] != "unsupported":
            group[1] += 1
            group[2] += row["protection"] == "protected"
    return [
        {"name": name, "services": services, "protectable": protectable, "protected": protected}
        for name, (services, protectable, protected) in sorted(
            groups.items(), key=lambda item: (item[0] is None, item[0])
        )
    ]
