# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Distances between cloud regions, in kilometres, from the coordinates that the API gives."""

from __future__ import annotations

import math

from ansible_collections.offsite.aiven.plugins.module_utils._model import Cloud, Clouds

# IUGG mean radius of the earth, km.
EARTH_RADIUS_KM = 6371.0088


def distance_km(one: Cloud, other: Cloud) -> float | None:
    """Great circle distance (haversine); None when either cloud has no coordinates."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return None
    lat1, lat2 = math.radians(one.latitude), math.radians(other.latitude)
    half_lat, half_lon = (lat2 - lat1) / 2, math.radians(other.longitude - one.longitude) / 2
    chord = math.sin(half_lat) ** 2 + math.cos(lat1) * math.cos(lat2) * math.sin(half_lon) ** 2
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(chord)))


def nearest_clouds(start: Cloud, clouds: Clouds) -> list[Cloud]:
    """The other clouds of the same provider, nearest first; those without coordinates last, ties by name."""
    others = [cloud for cloud in clouds.values() if cloud.provider == start.provider and cloud.name != start.name]
    distances = {cloud.name: distance_km(start, cloud) for cloud in others}
    far = math.inf
    return sorted(others, key=lambda cloud: (far if (km := distances[cloud.name]) is None else km, cloud.name))
