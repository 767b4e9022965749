# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aiven's cloud list, read from the project's own copy (data/clouds.csv, of 2026-08).

Coordinates that no public copy of the API's list has are those of the city (``geo_source`` city).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).parent / "data" / "clouds.csv"


@dataclass(frozen=True)
class Cloud:
    """One cloud region. ``vendor`` is always known; ``provider`` is Aiven's code and "" where nobody published it."""

    name: str
    vendor: str
    provider: str
    provider_description: str
    geo_region: str
    description: str
    latitude: float | None
    longitude: float | None
    deployment_model: str = ""
    """Of a custom cloud; its organization's list shows it, the lists of clouds do not."""

    @property
    def forbids_forks(self) -> bool:
        """DOC byoc-enhanced-compliance.md: neither forks nor migrations to another cloud."""
        return self.deployment_model in ("hipaa", "pci_dss")

    def as_json(self) -> dict[str, Any]:
        """The API's object; what is not known is left out (the schema has these fields optional, none nullable)."""
        optional = {
            "provider": self.provider,
            "provider_description": self.provider_description,
            "geo_latitude": self.latitude,
            "geo_longitude": self.longitude,
        }
        known = {key: value for key, value in optional.items() if value not in ("", None)}
        return {"cloud_name": self.name, "cloud_description": self.description, "geo_region": self.geo_region, **known}


def region_name(cloud: str) -> str:
    """The vendor's own name of a region (``eu-central-1`` of ``aws-eu-central-1``), as backups call it."""
    head, _dash, tail = cloud.removeprefix("custom-").partition("-")
    return tail if tail and head in ("aws", "azure", "google", "do", "upcloud") else cloud


def _number(text: str) -> float | None:
    return float(text) if text else None


def cloud_of_row(row: dict[str, str]) -> Cloud:
    return Cloud(
        name=row["cloud_name"],
        vendor=row["vendor"],
        provider=row["provider"],
        provider_description=row["provider_description"],
        geo_region=row["geo_region"],
        description=row["cloud_description"],
        latitude=_number(row["geo_latitude"]),
        longitude=_number(row["geo_longitude"]),
    )


@lru_cache(maxsize=1)
def listed_clouds() -> dict[str, Cloud]:
    """Every cloud that is listed today, by name; retired ones stay in the file only."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return {row["cloud_name"]: cloud_of_row(row) for row in csv.DictReader(file) if row["listed_2026_08"] != "no"}


def custom_cloud(name: str, parent: Cloud, deployment_model: str) -> Cloud:
    """A bring-your-own-cloud region, ``custom-aws-eu-central-1``: same place, listed for one project only."""
    return Cloud(
        name=name,
        vendor=parent.vendor,
        provider=parent.provider,
        provider_description=parent.provider_description,
        geo_region=parent.geo_region,
        description=f"Custom - {parent.description}",
        latitude=parent.latitude,
        longitude=parent.longitude,
        deployment_model=deployment_model,
    )
