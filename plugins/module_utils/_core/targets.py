# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Targets as users write them: all mistakes of a list are found before the first call, and each is named."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import REGION_PATTERN, State, Target

# Wider than what Aiven allows today, and narrow enough that no name can change the path of a request.
NAME_PATTERN = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
# What Aiven takes as the name of a new service.
NEW_NAME_PATTERN = re.compile(r"[a-z][-a-z0-9]{0,63}")
KEYS = ("project", "service_name", "state", "region", "expect")


class InvalidTargets(Exception):
    """Targets that cannot be meant; ``mistakes`` has one sentence for each."""

    def __init__(self, mistakes: Sequence[str]) -> None:
        super().__init__(" ".join(mistakes))
        self.mistakes = tuple(mistakes)


def parse_targets(rows: Sequence[object], where: str = "targets") -> list[Target]:
    """``rows`` as targets, in their order. Raises :class:`InvalidTargets` with every mistake and its place."""
    targets: list[Target] = []
    mistakes: list[str] = []
    places: dict[tuple[object, object], list[str]] = {}
    for index, row in enumerate(rows):
        place = f"{where}[{index}]"
        found = _mistakes(place, row)
        if found or not isinstance(row, Mapping):
            mistakes += found
            continue
        target = _target(row)
        targets.append(target)
        places.setdefault((target.project, target.service_name), []).append(place)
    for (project, name), several in places.items():
        if len(several) > 1:
            mistakes.append(f"{' and '.join(several)} are the same service {project}/{name}: keep one of them.")
    if mistakes:
        raise InvalidTargets(mistakes)
    return targets


def name_mistakes(place: str, value: object) -> list[str]:
    """A sentence if ``value`` cannot be the name of a project or service."""
    if isinstance(value, str) and NAME_PATTERN.fullmatch(value):
        return []
    return [f"{place} is {_shown(value)}: give the name as Aiven shows it."]


def new_name_mistake(place: str, value: str) -> str | None:
    """A sentence if no service can be made with this name."""
    if NEW_NAME_PATTERN.fullmatch(value):
        return None
    return (
        f"{place} is {value!r}: Aiven takes names of at most 64 lower-case letters, digits and hyphens, of which the first is "
        "a letter."
    )


def _target(row: Mapping[str, object]) -> Target:
    state: State = "disabled" if row.get("state") == "disabled" else "enabled"
    region, expect = row.get("region"), row.get("expect")
    return Target(
        project=str(row["project"]),
        service_name=str(row["service_name"]),
        state=state,
        region=str(region) if region and state == "enabled" else None,
        expect=dict(expect) if isinstance(expect, Mapping) else None,
    )


def _mistakes(place: str, row: object) -> list[str]:
    if not isinstance(row, Mapping):
        return [f"{place} is {row!r}: give a dictionary with project, service_name, state and region."]
    mistakes = []
    unknown = sorted(str(key) for key in row if key not in KEYS)
    if unknown:
        mistakes.append(f"{place} has unknown keys {', '.join(unknown)}: known are {', '.join(KEYS)}.")
    for key in ("project", "service_name"):
        mistakes += name_mistakes(f"{place}.{key}", row.get(key))
    state = row.get("state")
    if state not in (None, "enabled", "disabled"):
        mistakes.append(f"{place}.state is {_shown(state)}: give enabled or disabled.")
    mistakes += _region_mistakes(place, state, row.get("region"))
    expect = row.get("expect")
    if expect is not None and not isinstance(expect, Mapping):
        mistakes.append(f"{place}.expect is {_shown(expect)}: give the `before` of a plan, such as {{region: null}}.")
    return mistakes


def _region_mistakes(place: str, state: object, region: object) -> list[str]:
    if region in (None, ""):
        if state == "disabled":
            return []
        return [f"{place}.region is missing: give the secondary region, or state: disabled."]
    if not isinstance(region, str) or not REGION_PATTERN.fullmatch(region):
        return [f"{place}.region is {_shown(region)}: give a cloud name such as aws-eu-central-1."]
    return []


def _shown(value: object) -> str:
    text = "missing" if value is None else repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
