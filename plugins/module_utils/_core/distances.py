# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Great circle distances between clouds."""

from __future__ import annotations

import math

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Clouds

EARTH_RADIUS_KM = 6371.0088  # mean radius (IUGG)
FURTHEST_KM = math.pi * EARTH_RADIUS_KM


def distance_km(one: Cloud, other: Cloud) -> float | None:
    """The great circle distance (haversine) in kilometres; None when the coordinates of either are not known."""
    angles = (one.latitude, one.longitude, other.latitude, other.longitude)
    known = [math.radians(angle) for angle in angles if angle is not None and math.isfinite(angle)]
    if len(known) < 4:
        return None
    latitude, longitude, other_latitude, other_longitude = known
    half_chord = (
        math.sin((other_latitude - latitude) / 2) ** 2
        + math.cos(latitude) * math.cos(other_latitude) * math.sin((other_longitude - longitude) / 2) ** 2
    )
    # Rounding can leave antipodes a hair above 1, where asin is not defined.
    return 2 * EARTH_RADIUS_KM * math.asin(math.sqrt(min(1.0, half_chord)))


def nearest_clouds(start: Cloud, clouds: Clouds) -> list[Cloud]:
    """The other clouds of the same provider, nearest first; those without coordinates last, ties by name."""
    others = [cloud for cloud in clouds.values() if cloud.provider == start.provider and cloud.name != start.name]
    distances = {cloud.name: distance_km(start, cloud) for cloud in others}
    return sorted(others, key=lambda cloud: (math.inf if (km := distances[cloud.name]) is None else km, cloud.name))
