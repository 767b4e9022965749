# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A written region inventory held against the list of clouds: what in it can never do what it says."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property

from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import CUSTOM_CLOUD
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches, is_glob, literal_prefix
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import (
    EXCEPTIONS,
    RULES,
    Entry,
    RegionInventory,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import did_you_mean


def check_region_inventory(
    inventory: RegionInventory, clouds: Clouds, *, also_known: Collection[str] = ()
) -> tuple[str, ...]:
    """All mistakes that the list of clouds shows, each with its key and a remedy; empty when there is none.

    ``also_known`` are clouds that services really run in: they exist, listed (BYOC and retired ones are not) or not.
    """
    return tuple(_Check(inventory, clouds, frozenset(also_known)).mistakes())


def close_matches(name: str, clouds: Clouds) -> str:
    return did_you_mean(name, clouds) or "offsite.aiven.aiven_cloud_info lists all"


@dataclass(frozen=True)
class _Check:
    inventory: RegionInventory
    clouds: Clouds
    also_known: frozenset[str]

    @cached_property
    def names(self) -> list[str]:
        return sorted({*self.clouds, *self.also_known})

    @cached_property
    def deciding(self) -> dict[str, tuple[Entry, ...]]:
        """By cloud, the entries that decide for services whose primary region it is."""
        return {name: self.inventory.entries_for(name) for name in self.names}

    def mistakes(self) -> Iterator[str]:
        yield from self._ties()
        for entry in self.inventory.entries:
            yield from self._unknown(entry.path, entry.key)
            if not entry.is_glob and entry.key == entry.region:
                yield f"{entry.path}: a region cannot be its own secondary region; name another one"
                continue
            yield from self._unknown(entry.path, entry.region)
            yield from self._never_reached(entry)
            yield from self._wrong_provider(entry)
        yield from self._unknown_globs()

    def _unknown_globs(self) -> Iterator[str]:
        for index, glob in enumerate(self.inventory.rules.allowed or ()):
            yield from self._unknown(f"{RULES}.allowed[{index}]", glob)
        for index, glob in enumerate(self.inventory.rules.denied):
            yield from self._unknown(f"{RULES}.denied[{index}]", glob)
        for index, exception in enumerate(self.inventory.exceptions):
            for key, glob in exception.fields:
                if key == "cloud":
                    yield from self._unknown(f"{EXCEPTIONS}[{index}].match.cloud", glob)

    def _unknown(self, path: str, text: str) -> Iterator[str]:
        """A name or a glob that no cloud has."""
        if literal_prefix(text).startswith(CUSTOM_CLOUD) or any(glob_matches(text, name) for name in self.names):
            return
        what = "matches no cloud" if is_glob(text) else "is no cloud that Aiven lists"
        yield f'{path}: "{text}" {what}; {close_matches(text, self.clouds)}'

    def _ties(self) -> Iterator[str]:
        found: dict[tuple[Entry, ...], list[str]] = {}
        for name, entries in self.deciding.items():
            if len(entries) > 1:
                found.setdefault(entries, []).append(name)
        for entries, names in found.items():
            paths = " and ".join(f"{entry.path} ({entry.region})" for entry in entries)
            yield (
                f"{paths}: equally specific for {some(names)}, with different regions; "
                "make one more specific, or add entries without a wildcard"
            )

    def _never_reached(self, entry: Entry) -> Iterator[str]:
        matched = [name for name in self.names if entry.maps(name)]
        # A glob that a custom cloud could match may decide for clouds that are not listed.
        prefix = literal_prefix(entry.key)
        open_ended = prefix.startswith(CUSTOM_CLOUD) or CUSTOM_CLOUD.startswith(prefix)
        if not entry.is_glob or open_ended or any(entry in self.deciding[name] for name in matched):
            return
        if matched:
            yield f"{entry.path}: is never used: more specific entries take {some(matched)}; remove it or them"
        elif entry.region in self.names and glob_matches(entry.key, entry.region):
            yield f"{entry.path}: matches only {entry.region}, its own value; name another region, or remove it"

    def _wrong_provider(self, entry: Entry) -> Iterator[str]:
        """An entry whose region is of another provider than each of the clouds that it decides for."""
        region, sources = self.clouds.get(entry.region), self._sources(entry)
        if region is None or not sources or not all(_other_provider(source, region) for source in sources):
            return
        providers = ", ".join(sorted({source.provider or "" for source in sources}))
        yield (
            f"{entry.path}: {entry.region} is of {region.provider}, {entry.key} of {providers}, and Aiven copies only "
            f"within one provider; name a region of {providers}"
        )

    def _sources(self, entry: Entry) -> list[Cloud]:
        """The clouds that an entry decides for; none if it also decides for clouds that nothing is known of."""
        names = [name for name, entries in self.deciding.items() if entry in entries]
        return [self.clouds[name] for name in names] if all(name in self.clouds for name in names) else []


def _other_provider(one: Cloud, other: Cloud) -> bool:
    return None not in (one.provider, other.provider) and one.provider != other.provider


def some(names: list[str]) -> str:
    """The first of many names, for a message."""
    return ", ".join(names) if len(names) <= 3 else f"{names[0]}, {names[1]} and {len(names) - 2} more"
