# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region inventory: which secondary region for which service, and why.

Who decides, first to last: an exception, the host's ``btar_secondary_region``, ``btar_region_map``,
``btar_region_otherwise``. The rules hold for each of them; what is so already is left alone before any rule is looked at.

What other modules need of the region inventory is imported from here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    PROVIDERS_WITHOUT_STORAGE,
    REGION_PATTERN,
    Cloud,
    Clouds,
    Refusal,
    Service,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_check import (
    check_region_inventory,
    close_matches,
    some,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import (
    INVALID_REGION_INVENTORY,
    NEAREST_MIN_KM,
    Entry,
    RegionException,
    RegionInventory,
    RegionInventoryError,
    Rules,
    parse_region_inventory,
    shown,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_rules import CloudsNeeded, breaks, too_near
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

__all__ = [
    "OVERRIDE",
    "Choice",
    "CloudsNeeded",
    "RegionInventory",
    "RegionInventoryError",
    "check_region_inventory",
    "choose",
    "parse_region_inventory",
]

OVERRIDE = "btar_secondary_region"

# Lists of clouds that one inventory remembers its choices for: the common one, and those of projects with own clouds.
_REMEMBERED = 64

_UNPLACED = "missing coordinates"
_NO_INVENTORY = (
    "no region inventory reaches this host: it has none of btar_region_map, btar_region_otherwise and btar_secondary_region. "
    "Put them into group_vars beside the inventory (those beside your own playbook are not read by a collection's playbook), "
    "and look at the name of the group"
)
# How a reason ends where naming another region would not help.
NO_COMMON_PROVIDER = "no region has the provider of both, as Aiven asks"
_NAME_ONE = f"name a region in btar_region_map or {OVERRIDE}"


@dataclass(frozen=True, slots=True)
class Choice:
    """The secondary region wanted for a service. ``region`` is None when it is refused or exempt.

    ``reason`` says in words why it was chosen, or why nothing is to be done; for a refusal it is the refusal's text.
    """

    region: str | None
    reason: str
    refusal: Refusal | None = None
    exempt: bool = False
    warnings: tuple[str, ...] = ()


class _Spot(NamedTuple):
    """What of a service the choice depends on."""

    cloud: str
    primary: str
    current: str | None
    override: str | None

    @property
    def places(self) -> tuple[str, ...]:
        return (self.primary,) if self.cloud == self.primary else (self.primary, self.cloud)


def choose(
    service: Service,
    inventory: RegionInventory,
    clouds: Clouds | None,
    *,
    override: object = None,
    today: date,
) -> Choice:
    """The secondary region that the region inventory wants for a service, or the refusal to name one.

    ``override`` is the host's ``btar_secondary_region`` as it is written, ``today`` the day in UTC. Raises CloudsNeeded when ``clouds``
    is None and the answer depends on them; a service that already is as the map or the override says never does.
    Choices are remembered by the identity of ``clouds``: give a new mapping when clouds were added.
    """
    exception = _exception(service, inventory.exceptions, today)
    if exception is not None:
        return exception
    if override is not None and not (isinstance(override, str) and REGION_PATTERN.fullmatch(override)):
        found = f"{OVERRIDE} of the host: {shown(override)}"
        return _refused(
            INVALID_REGION_INVENTORY, f"{found} is not the name of a cloud; give one, e.g. aws-eu-central-1"
        )
    named = None if override is None else str(override)
    spot = _Spot(service.cloud_name, service.primary_region, service.secondary_region, named)
    memo = _memo(inventory, clouds)
    choice = memo.get(spot)
    if choice is None:
        choice = memo[spot] = _choose(spot, inventory, clouds)
    return choice


def _memo(inventory: RegionInventory, clouds: Clouds | None) -> dict[_Spot, Choice]:
    key = (id(clouds), 0 if clouds is None else len(clouds))
    known = inventory.memo.get(key)
    if known is None:
        if len(inventory.memo) >= _REMEMBERED:
            inventory.memo.clear()
        # Holding the clouds keeps their id from being given to others.
        known = inventory.memo[key] = (clouds, {})
    memo: dict[_Spot, Choice] = known[1]
    return memo


def _exception(service: Service, exceptions: Sequence[RegionException], today: date) -> Choice | None:
    matching = [(index, item) for index, item in enumerate(exceptions) if item.matches(service)]
    if not matching:
        return None
    # The one that holds longest: an ended exception does not spoil a later one for the same services.
    index, exception = max(matching, key=lambda pair: (pair[1].until, -pair[0]))
    if exception.until >= today:
        return Choice(None, f"exception until {exception.until}: {exception.reason}", exempt=True)
    return _refused(
        "exception_expired",
        f"its exception ended on {exception.until} ({exception.reason}): give "
        f"btar_region_exceptions[{index}] a later until, or remove it so that these services get a secondary region",
    )


def _choose(spot: _Spot, inventory: RegionInventory, clouds: Clouds | None) -> Choice:
    if spot.override is not None:
        where = f"{OVERRIDE} of the host"
        mistake = _check_named(spot.override, f"{where}: {spot.override}", spot, inventory.rules, clouds)
        return mistake or Choice(spot.override, where)
    if not inventory.given:
        return _refused("no_region_found", _NO_INVENTORY)
    entries = inventory.entries_for(spot.primary)
    if len(entries) > 1:
        return _refused(INVALID_REGION_INVENTORY, _tie(spot.primary, entries))
    if entries:
        (entry,) = entries
        return _check_named(entry.region, str(entry), spot, inventory.rules, clouds) or Choice(entry.region, str(entry))
    if inventory.otherwise == "refuse":
        return _refused(
            "no_region_found",
            f"btar_region_map has no entry for its primary region {spot.primary}, and btar_region_otherwise is refuse: "
            f"add an entry, or {OVERRIDE} to the host",
        )
    if spot.current is None:
        return _nearest(spot, inventory, clouds)
    not_kept = _why_not_kept(spot.current, spot, inventory.rules, clouds)
    if not not_kept:
        return Choice(spot.current, f"{spot.current} kept: it satisfies the rules")
    nearest = _nearest(spot, inventory, clouds)
    return nearest if nearest.refusal is not None else replace(nearest, reason=f"{nearest.reason}; {not_kept}")


def _tie(region: str, entries: Sequence[Entry]) -> str:
    keys = " and ".join(f'"{entry.key}"' for entry in entries)
    return f"btar_region_map: {keys} are equally specific for {region}; add an entry for {region} itself"


def _check_named(region: str, named: str, spot: _Spot, rules: Rules, clouds: Clouds | None) -> Choice | None:
    """The refusal of a region that somebody wrote down, ``named`` where and how; None if it can be used as it is."""
    if region == spot.current:
        return None
    if clouds is None:
        raise CloudsNeeded
    if region in spot.places:
        return _refused("same_region", f"{named}: {region} is {_what(region, spot)}; name another region")
    if region not in clouds:
        return _refused("unknown_region", f"{named}: there is no cloud {region}; {close_matches(region, clouds)}")
    broken = [item.text for item in breaks(region, spot.places, rules, clouds)]
    if broken:
        return _refused(
            "region_denied", f"{named} breaks the rules: {'; '.join(broken)}. Name another region or change the rules"
        )
    return None


def _why_not_kept(current: str, spot: _Spot, rules: Rules, clouds: Clouds | None) -> str:
    """In words, what speaks against the current secondary; empty if it satisfies the rules.

    Its provider is not looked at: Aiven did when it was set, and after a migration to another provider nothing that is
    allowed would be better than the copy that exists.
    """
    if current in spot.places:
        return f"{current} is not kept: it is {_what(current, spot)}"
    broken = [item.text for item in breaks(current, spot.places, rules, clouds)]
    return f"{current} is not kept: {'; '.join(broken)}" if broken else ""


def _what(region: str, spot: _Spot) -> str:
    return "its primary region" if region == spot.primary else "the cloud it runs in"


def _nearest(spot: _Spot, inventory: RegionInventory, clouds: Clouds | None) -> Choice:
    """The nearest cloud to the primary region that has its provider, satisfies the rules and is far enough away; ties by name.

    A cloud without coordinates is never chosen: it cannot be told to be the nearest.
    """
    if clouds is None:
        raise CloudsNeeded
    provider = _common_provider(spot, clouds)
    if isinstance(provider, Refusal):
        return Choice(None, provider.message, provider)
    primary, rules = clouds[spot.primary], inventory.rules
    if unplaced := _unplaced(spot, inventory, clouds):
        return _refused("no_region_found", f"{unplaced}: {_NAME_ONE}")
    others = [cloud for cloud in clouds.values() if cloud.provider == provider and cloud.name not in spot.places]
    near: list[tuple[float, str]] = []
    excluded: dict[str, list[str]] = {}
    for cloud in others:
        found = _distance_or_obstacle(cloud, primary, spot, inventory, clouds)
        if isinstance(found, str):
            excluded.setdefault(found, []).append(cloud.name)
        else:
            near.append((found, cloud.name))
    if not near:
        return _refused("no_region_found", _nothing_near(provider, len(others), excluded, spot, inventory))
    distance, name = min(near)
    where = f" in {primary.geo_region}" if rules.same_geo_region else ""
    allowed = " allowed" if rules != Rules(same_geo_region=rules.same_geo_region) else ""
    reason = f"{name}: nearest{allowed} {provider} cloud{where}, {distance:,.0f} km from {spot.primary}"
    if too_close := sorted(excluded.get(NEAREST_MIN_KM, ())):
        verb = "is" if len(too_close) == 1 else "are"
        minimum = f"{inventory.nearest_min_km:,g} km ({NEAREST_MIN_KM})"
        reason += f"; {some(too_close)} {verb} nearer than {minimum}"
    return Choice(name, reason, warnings=_without_coordinates(clouds) if _UNPLACED in excluded else ())


def _unplaced(spot: _Spot, inventory: RegionInventory, clouds: Clouds) -> str | None:
    """Why no cloud at all can be chosen: a place of the service from which no distance can be told."""
    unplaced = [place for place in spot.places if distance_km(clouds[place], clouds[place]) is None]
    if spot.primary in unplaced:
        return f"{spot.primary} has no coordinates, so no cloud can be told to be the nearest to it"
    # A rule for distances denies a region that is named as well: there the rule has to change.
    if unplaced and inventory.nearest_min_km and not inventory.rules.min_distance_km:
        wanted = f"{inventory.nearest_min_km:,g} km ({NEAREST_MIN_KM})"
        return f"{unplaced[0]} has no coordinates, so no cloud can be told to be {wanted} away from it"
    return None


def _distance_or_obstacle(
    cloud: Cloud, primary: Cloud, spot: _Spot, inventory: RegionInventory, clouds: Clouds
) -> float | str:
    """The distance of a cloud in km, or what keeps it from being the nearest: a rule, too little distance, missing coordinates."""
    broken = list(breaks(cloud.name, spot.places, inventory.rules, clouds))
    for item in broken:
        if item.known or item.rule != "min_distance_km":
            return item.rule
    distance = distance_km(primary, cloud)
    if broken or distance is None:
        return _UNPLACED
    if inventory.nearest_min_km:
        for item in too_near(cloud.name, spot.places, inventory.nearest_min_km, NEAREST_MIN_KM, clouds):
            return NEAREST_MIN_KM if item.known else _UNPLACED
    return distance


def _common_provider(spot: _Spot, clouds: Clouds) -> str | Refusal:
    """The provider that Aiven asks of a secondary region: that of the service's cloud and of the primary backup."""
    providers = {place: clouds[place].provider if place in clouds else None for place in spot.places}
    unknown = [place for place, provider in providers.items() if provider is None]
    if unknown:
        text = f"the provider of {' and '.join(unknown)} is not known, so neither is any region of the same provider"
        return Refusal("no_region_found", f"{text}: {_NAME_ONE}")
    found = {provider for provider in providers.values() if provider is not None}
    if len(found) > 1:
        text = " and ".join(f"{place} is {provider}" for place, provider in providers.items())
        why = "it was migrated"
        if providers[spot.cloud] in PROVIDERS_WITHOUT_STORAGE:
            why = f"{providers[spot.cloud]} stores no backups, so they are with another provider"
        return Refusal("no_region_found", f"{why}: {text}; {NO_COMMON_PROVIDER}")
    return found.pop()


def _nothing_near(
    provider: str, count: int, excluded: Mapping[str, Sequence[str]], spot: _Spot, inventory: RegionInventory
) -> str:
    if not count:
        return f"{provider} has no other cloud"
    asked = {
        "min_distance_km": f"min_distance_km ({inventory.rules.min_distance_km or 0:,g})",
        NEAREST_MIN_KM: f"{NEAREST_MIN_KM} ({inventory.nearest_min_km:,g})",
    }
    words = ", ".join(f"{len(excluded[name])} by {asked.get(name, name)}" for name in sorted(excluded))
    change = f"btar_region_rules or {NEAREST_MIN_KM}" if NEAREST_MIN_KM in excluded else "btar_region_rules"
    text = f"no {provider} cloud is left of {counted(count, 'other')}; excluded: {words}. Change {change}, or make an exception"
    if len(spot.places) == 1:
        return text
    return f"it runs in {spot.cloud}, its backups are in {spot.primary}, and a region has to suit both: {text}"


def _without_coordinates(clouds: Clouds) -> tuple[str, ...]:
    """The same line for all services of a run, whatever their provider, so that it is said once."""
    names = sorted(name for name, cloud in clouds.items() if distance_km(cloud, cloud) is None)
    return (f"nearest leaves out what has no coordinates in the list of clouds: {some(names)}",)


def _refused(code: str, message: str) -> Choice:
    return Choice(None, message, Refusal(code, message))
