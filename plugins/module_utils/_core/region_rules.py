# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a secondary region satisfies the rules of a region inventory, and in words why not."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import RULES, Rules

Rule = Literal["allowed", "denied", "same_geo_region", "min_distance_km"]


class CloudsNeeded(Exception):
    """The answer needs the list of clouds, and none was given: fetch it and ask again."""

    def __init__(self) -> None:
        super().__init__("the list of clouds is needed to choose a region")


@dataclass(frozen=True, slots=True)
class Break:
    """One rule that a region breaks. ``known`` is False where only a lack of knowledge about a cloud breaks it."""

    rule: Rule
    text: str
    known: bool = True


def breaks(region: str, places: Iterable[str], rules: Rules, clouds: Clouds | None) -> Iterator[Break]:
    """The rules that ``region`` breaks as the secondary of a service whose cloud and primary region are ``places``.

    What is not known satisfies no rule: a cloud without coordinates no distance, one that is not listed no geography.
    Raises CloudsNeeded when a rule asks for geography and ``clouds`` is None.
    """
    yield from _name_breaks(region, rules)
    if not rules.need_geography:
        return
    if clouds is None:
        raise CloudsNeeded
    places = tuple(places)
    if rules.same_geo_region:
        for place in places:
            yield from _geo_region_breaks(region, place, clouds)
    if rules.min_distance_km is not None:
        yield from too_near(region, places, rules.min_distance_km, f"{RULES}.min_distance_km", clouds)


def _name_breaks(region: str, rules: Rules) -> Iterator[Break]:
    if rules.allowed is not None and not any(glob_matches(glob, region) for glob in rules.allowed):
        yield Break("allowed", f"{region} is not among the allowed ({RULES}.allowed: {', '.join(rules.allowed)})")
    denied = [glob for glob in rules.denied if glob_matches(glob, region)]
    if denied:
        yield Break("denied", f"{region} is denied ({RULES}.denied: {', '.join(denied)})")


def _geo_region_breaks(region: str, place: str, clouds: Clouds) -> Iterator[Break]:
    geo_regions = {name: clouds[name].geo_region if name in clouds else None for name in (region, place)}
    unknown = [name for name, geo_region in geo_regions.items() if geo_region is None]
    if unknown:
        text = f"the geo region of {' and '.join(unknown)} is not known ({RULES}.same_geo_region)"
        yield Break("same_geo_region", text, known=False)
    elif geo_regions[region] != geo_regions[place]:
        text = f"{region} is in {geo_regions[region]}, {place} in {geo_regions[place]} ({RULES}.same_geo_region)"
        yield Break("same_geo_region", text)


def too_near(region: str, places: Iterable[str], minimum: float, variable: str, clouds: Clouds) -> Iterator[Break]:
    """Where ``region`` is nearer than ``minimum`` kilometres, which ``variable`` asks for, to one of ``places``."""
    for place in places:
        one, other = clouds.get(region), clouds.get(place)
        distance = distance_km(one, other) if one is not None and other is not None else None
        rule = f"{variable}: {minimum:,g}"
        if distance is None:
            unknown = [name for name in (region, place) if not _has_coordinates(name, clouds)]
            text = f"{' and '.join(unknown)} without coordinates satisfies no distance ({rule})"
            yield Break("min_distance_km", text, known=False)
        elif distance < minimum:
            # Rounded down, or 299.7 would read as the 300 that it is not.
            yield Break("min_distance_km", f"{region} is {math.floor(distance):,} km from {place} ({rule})")


def _has_coordinates(name: str, clouds: Clouds) -> bool:
    return name in clouds and distance_km(clouds[name], clouds[name]) is not None
