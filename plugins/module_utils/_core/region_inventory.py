# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region inventory as it is written: which secondary region is wanted where, under which rules, but for whom.

:func:`parse_region_inventory` makes it from the variables of one host and names every mistake at once. What a mistake
is without the list of clouds is said here; what needs the list is in ``_region_check``.
"""

from __future__ import annotations

import difflib
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import FURTHEST_KM
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches, is_glob, literals
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import REGION_PATTERN, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

INVALID_REGION_INVENTORY = "invalid_region_inventory"

MAP = "btar_region_map"
OTHERWISE = "btar_region_otherwise"
RULES = "btar_region_rules"
EXCEPTIONS = "btar_region_exceptions"
NEAREST_MIN_KM = "btar_region_nearest_min_km"
VARIABLES = (MAP, OTHERWISE, NEAREST_MIN_KM, RULES, EXCEPTIONS)
# Variables of a run that start like one of the region inventory.
_OF_A_RUN = frozenset({"btar_region_exact"})

# Aiven lists clouds of one city apart: what is nearer than this is no other place.
DEFAULT_NEAREST_MIN_KM = 100.0

# What an exception can match by, and the field of the service that it is compared with.
MATCH_FIELDS = {
    "project": "project",
    "service_name": "name",
    "service_type": "service_type",
    "cloud": "cloud_name",
    "plan": "plan",
}
_MATCH_KEYS = (*MATCH_FIELDS, "tags")
_RULE_KEYS = ("same_geo_region", "min_distance_km", "allowed", "denied")
_EXCEPTION_KEYS = ("match", "reason", "until")

_CLOUD_LITERALS = re.compile(r"[a-z0-9-]*")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SHOWN = 80

Otherwise = Literal["nearest", "refuse"]


class RegionInventoryError(Exception):
    """A region inventory that cannot be used; ``mistakes`` holds all, each with its key, its value and a remedy."""

    code = INVALID_REGION_INVENTORY

    def __init__(self, mistakes: Iterable[str]) -> None:
        self.mistakes = tuple(mistakes)
        title = counted(len(self.mistakes), "mistake")
        super().__init__("\n- ".join([f"{title} in the region inventory:", *self.mistakes]))


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of ``btar_region_map``: ``key`` is the name of a primary region, or a glob of such names."""

    key: str
    region: str

    @property
    def is_glob(self) -> bool:
        return is_glob(self.key)

    @property
    def path(self) -> str:
        return f"{MAP}.{self.key}"

    def maps(self, primary_region: str) -> bool:
        """A glob does not map its own value: "google-europe-*" to google-europe-north1 means all the others."""
        if self.is_glob:
            return self.region != primary_region and glob_matches(self.key, primary_region)
        return self.key == primary_region

    def __str__(self) -> str:
        key = f'"{self.key}"' if self.is_glob else self.key
        return f"{MAP}: {key} -> {self.region}"


@dataclass(frozen=True, slots=True)
class Rules:
    """What a secondary region must satisfy, against the service's cloud and against its primary region.

    ``allowed`` None allows every cloud; ``min_distance_km`` None allows any distance.
    """

    same_geo_region: bool = False
    min_distance_km: float | None = None
    allowed: tuple[str, ...] | None = None
    denied: tuple[str, ...] = ()

    @property
    def need_geography(self) -> bool:
        return self.same_geo_region or self.min_distance_km is not None


@dataclass(frozen=True, slots=True)
class RegionException:
    """Services that need no secondary region up to and including the day ``until`` (UTC).

    ``fields`` are pairs of a key of ``MATCH_FIELDS`` and a glob, ``tags`` pairs of a tag's key and a glob of its
    value; all of them must match.
    """

    fields: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    reason: str
    until: date

    def matches(self, service: Service) -> bool:
        return all(glob_matches(glob, getattr(service, MATCH_FIELDS[key])) for key, glob in self.fields) and all(
            key in service.tags and glob_matches(glob, service.tags[key]) for key, glob in self.tags
        )


@dataclass(frozen=True, slots=True)
class RegionInventory:
    """The region inventory of one host. Equal when it says the same, whatever the order of the map's entries.

    ``given`` is False where neither the map nor what is to be done otherwise is set: then nobody has said anything.
    ``nearest`` never chooses a cloud that is nearer than ``nearest_min_km`` to the service or to its primary backups.
    """

    entries: tuple[Entry, ...] = ()
    otherwise: Otherwise = "nearest"
    nearest_min_km: float = DEFAULT_NEAREST_MIN_KM
    rules: Rules = Rules()
    exceptions: tuple[RegionException, ...] = ()
    given: bool = True
    # Choices made before, by list of clouds: of 10,000 services most share one of a few dozen situations.
    memo: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    def entries_for(self, primary_region: str) -> tuple[Entry, ...]:
        """The entry that decides for a primary region: none, one, or several that are equally specific (a mistake).

        The exact entry, else the glob with most literal characters. Equally specific globs that agree are one.
        """
        found = [entry for entry in self.entries if entry.maps(primary_region)]
        exact = [entry for entry in found if not entry.is_glob]
        if exact or not found:
            return tuple(exact)
        most = max(len(literals(entry.key)) for entry in found)
        best = [entry for entry in found if len(literals(entry.key)) == most]
        return tuple(best) if len({entry.region for entry in best}) > 1 else (best[0],)


def parse_region_inventory(variables: Mapping[str, object]) -> RegionInventory:
    """The region inventory of one host from its variables (templated already); each may be absent or None.

    Variables that are not of the region inventory are left alone, unless they start like one of them: a misspelt
    ``btar_region_rule`` would otherwise switch all rules off. Raises RegionInventoryError with all mistakes.
    """
    mistakes = [
        f"{name}: no such variable; {_one_of(name, VARIABLES)}"
        for name in sorted(variables)
        if name.startswith("btar_region_") and name not in VARIABLES and name not in _OF_A_RUN
    ]
    inventory = RegionInventory(
        entries=_parse_map(variables.get(MAP), mistakes),
        otherwise=_parse_otherwise(variables.get(OTHERWISE), mistakes),
        nearest_min_km=_parse_nearest_min_km(variables.get(NEAREST_MIN_KM), mistakes),
        rules=_parse_rules(variables.get(RULES), mistakes),
        exceptions=_parse_exceptions(variables.get(EXCEPTIONS), mistakes),
        given=any(variables.get(name) is not None for name in (MAP, OTHERWISE)),
    )
    if mistakes:
        raise RegionInventoryError(mistakes)
    return inventory


def _parse_map(value: object, mistakes: list[str]) -> tuple[Entry, ...]:
    entries = []
    for key, region in _mapping(value, MAP, "e.g. {aws-eu-west-1: aws-eu-central-1}", mistakes).items():
        path = f"{MAP}.{key}"
        cloud = _cloud_glob(key, path, mistakes)
        if not isinstance(region, str) or not REGION_PATTERN.fullmatch(region):
            mistakes.append(f"{path}: {shown(region)} is not the name of a cloud; give one, e.g. aws-eu-central-1")
        elif cloud is not None:
            entries.append(Entry(cloud, str(region)))
    return tuple(sorted(entries, key=lambda entry: entry.key))


def _parse_otherwise(value: object, mistakes: list[str]) -> Otherwise:
    if value is None or value == "nearest":
        return "nearest"
    if value != "refuse":
        mistakes.append(f"{OTHERWISE}: {shown(value)} is neither nearest nor refuse; give one of them")
    return "refuse"


def _parse_nearest_min_km(value: object, mistakes: list[str]) -> float:
    if value is None or value == "":
        return DEFAULT_NEAREST_MIN_KM
    return _kilometres(value, NEAREST_MIN_KM, mistakes) or 0.0


def _parse_rules(value: object, mistakes: list[str]) -> Rules:
    rules = _mapping(value, RULES, "e.g. {same_geo_region: true}", mistakes)
    _refuse_other_keys(rules, _RULE_KEYS, RULES, mistakes)
    allowed = _cloud_globs(rules.get("allowed"), f"{RULES}.allowed", mistakes)
    if rules.get("allowed") == []:
        mistakes.append(f"{RULES}.allowed: [] allows no cloud at all; leave the key out to allow every cloud")
    return Rules(
        same_geo_region=_flag(rules.get("same_geo_region"), f"{RULES}.same_geo_region", mistakes),
        min_distance_km=_kilometres(rules.get("min_distance_km"), f"{RULES}.min_distance_km", mistakes),
        allowed=allowed,
        denied=_cloud_globs(rules.get("denied"), f"{RULES}.denied", mistakes) or (),
    )


def _parse_exceptions(value: object, mistakes: list[str]) -> tuple[RegionException, ...]:
    if value is None:
        return ()
    if not isinstance(value, list | tuple):
        mistakes.append(f"{EXCEPTIONS}: {shown(value)} is not a list; give a list of {{match, reason, until}}")
        return ()
    found = (_parse_exception(item, f"{EXCEPTIONS}[{index}]", mistakes) for index, item in enumerate(value))
    return tuple(exception for exception in found if exception is not None)


def _parse_exception(value: object, path: str, mistakes: list[str]) -> RegionException | None:
    if not isinstance(value, Mapping):
        mistakes.append(f"{path}: {shown(value)} is not a mapping; give {{match, reason, until}}")
        return None
    _refuse_other_keys(value, _EXCEPTION_KEYS, path, mistakes)
    fields, tags = _parse_match(value.get("match"), f"{path}.match", mistakes)
    reason, until = value.get("reason"), _day(value.get("until"), f"{path}.until", mistakes)
    if not isinstance(reason, str) or not reason.strip():
        found = "is missing" if reason is None else f"{shown(reason)} is not a text"
        mistakes.append(f"{path}.reason: {found}; say why these services need no backup in another region")
        return None
    return None if until is None else RegionException(fields, tags, " ".join(reason.split()), until)


def _parse_match(
    value: object, path: str, mistakes: list[str]
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    before = len(mistakes)
    example = 'e.g. {project: "sandbox-*"}'
    match = _mapping(value, path, example, mistakes)
    _refuse_other_keys(match, _MATCH_KEYS, path, mistakes)
    fields = _globs({key: match[key] for key in MATCH_FIELDS if key in match}, path, mistakes)
    tags = match.get("tags")
    tag_globs = _globs(_mapping(tags, f"{path}.tags", "e.g. {environment: test}", mistakes), f"{path}.tags", mistakes)
    if not fields and not tag_globs and len(mistakes) == before:
        mistakes.append(f"{path}: names no service; say which services it is for, {example}")
    return fields, tag_globs


def _globs(values: Mapping[Any, object], path: str, mistakes: list[str]) -> tuple[tuple[str, str], ...]:
    pairs = ((key, _glob(value, f"{path}.{key}", mistakes)) for key, value in values.items())
    return tuple(sorted((str(key), glob) for key, glob in pairs if glob is not None))


def _glob(value: object, path: str, mistakes: list[str]) -> str | None:
    if not isinstance(value, str) or not value:
        mistakes.append(f'{path}: {shown(value)} is not a glob; give a text, in quotes, e.g. "prod-*"')
        return None
    if "[" in literals(value):
        mistakes.append(f'{path}: {shown(value)} has a [ without its ]; close it, e.g. "prod-[ab]"')
        return None
    return str(value)


def _cloud_glob(value: object, path: str, mistakes: list[str]) -> str | None:
    before = len(mistakes)
    glob = _glob(value, path, mistakes)
    if glob is not None and not _CLOUD_LITERALS.fullmatch(literals(glob)):
        what = "cannot match a cloud: their names are lower-case letters, digits and dashes"
        mistakes.append(f'{path}: {shown(value)} {what}; give a name or a glob, e.g. "aws-eu-*"')
    return glob if len(mistakes) == before else None


def _cloud_globs(value: object, path: str, mistakes: list[str]) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        mistakes.append(f'{path}: {shown(value)} is not a list; give a list of globs, e.g. ["aws-eu-*"]')
        return None
    globs = (_cloud_glob(item, f"{path}[{index}]", mistakes) for index, item in enumerate(value))
    return tuple(glob for glob in globs if glob is not None)


def _flag(value: object, path: str, mistakes: list[str]) -> bool:
    # Templates give booleans and numbers as text on ansible-core before 2.19.
    known = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in known:
        return known[value.lower()]
    if value is not None and not isinstance(value, bool):
        mistakes.append(f"{path}: {shown(value)} is neither true nor false; give one of them")
    return value is True


def _kilometres(value: object, path: str, mistakes: list[str]) -> float | None:
    if value is None:
        return None
    try:
        distance = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        distance = math.nan
    if not math.isfinite(distance):
        mistakes.append(f"{path}: {shown(value)} is not a number; give kilometres, e.g. 300")
    elif distance < 0:
        mistakes.append(f"{path}: {shown(value)} is negative; give kilometres, e.g. 300")
    elif distance > FURTHEST_KM:
        mistakes.append(
            f"{path}: {shown(value)} is further than any two places on earth ({FURTHEST_KM:,.0f} km); "
            "give kilometres, e.g. 300"
        )
    return distance if math.isfinite(distance) and distance > 0 else None


def _day(value: object, path: str, mistakes: list[str]) -> date | None:
    try:
        if isinstance(value, datetime):
            value = value.astimezone(UTC) if value.tzinfo else value
            return date(value.year, value.month, value.day)
        if isinstance(value, date):
            return date(value.year, value.month, value.day)
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except (ValueError, OverflowError):
        pass
    found = "is missing" if value is None else f"{shown(value)} is not a date"
    mistakes.append(f"{path}: {found}; give the last day on which the exception holds, e.g. 2027-01-31")
    return None


def _mapping(value: object, path: str, example: str, mistakes: list[str]) -> Mapping[Any, object]:
    if isinstance(value, Mapping):
        return value
    if value is not None:
        mistakes.append(f"{path}: {shown(value)} is not a mapping; give one, {example}")
    return {}


def _refuse_other_keys(value: Mapping[Any, object], known: tuple[str, ...], path: str, mistakes: list[str]) -> None:
    mistakes.extend(
        f"{path}.{key}: no such key; {_one_of(str(key), known)}" for key in sorted(value, key=str) if key not in known
    )


def _one_of(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"


class Concealed(str):
    """A text that must not be printed, as it was encrypted where it was written."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(an encrypted value)"


def shown(value: object) -> str:
    """A value as it was written, cut to a line, for messages."""
    if isinstance(value, Concealed):
        return repr(value)
    try:
        text = json.dumps(value, default=str, ensure_ascii=False)
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 3] + "..."
