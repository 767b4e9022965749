# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Usage: python tools/land.py land-50m.json > plugins/plugin_utils/_report/page/land.txt

Makes the land outline of the report's map: one SVG path in the Natural Earth projection, 2000 units wide, from the
TopoJSON of land that the npm package world-atlas 2.0.2 makes of Natural Earth (public domain).
"""

from __future__ import annotations

import itertools
import json
import math
import sys
from collections.abc import Iterator
from typing import Any

Point = tuple[float, float]

# The width of the map, and what the report's script projects with: keep the two equal.
SCALE = 1000 / (math.pi * 0.8707)
TOP = 84.0
# South of it lies only Antarctica.
SOUTH = -60.0
# In square units of the map, 20 km each way: an island below is left out, a corner of a coast below is cut.
SMALLEST_ISLAND = 3.0
SMALLEST_CORNER = 0.55


def project(longitude: float, latitude: float) -> Point:
    """Natural Earth projection (Tom Patterson; polynomial by Bojan Savric), y downwards from TOP."""
    return 1000 + SCALE * _x(longitude, latitude), SCALE * (_y(TOP) - _y(latitude))


def _x(longitude: float, latitude: float) -> float:
    square = math.radians(latitude) ** 2
    stretch = 0.8707 - 0.131979 * square - 0.013791 * square**2 + 0.003971 * square**5 - 0.001529 * square**6
    return math.radians(longitude) * stretch


def _y(latitude: float) -> float:
    phi = math.radians(latitude)
    square = phi**2
    return phi * (1.007226 + 0.015085 * square - 0.044475 * square**3 + 0.028874 * square**4 - 0.005916 * square**5)


def decode_arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """TopoJSON: each arc is a list of differences in whole steps of the grid."""
    (scale_x, scale_y), (start_x, start_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        at_x = itertools.accumulate(step[0] for step in steps)
        at_y = itertools.accumulate(step[1] for step in steps)
        arcs.append([(x * scale_x + start_x, y * scale_y + start_y) for x, y in zip(at_x, at_y, strict=True)])
    return arcs


def rings(topology: dict[str, Any]) -> Iterator[list[Point]]:
    arcs = decode_arcs(topology)
    for geometry in topology["objects"]["land"]["geometries"]:
        for polygon in geometry["arcs"]:
            for ring in polygon:
                points: list[Point] = []
                for index in ring:
                    points += arcs[index] if index >= 0 else arcs[~index][::-1]
                yield points


def unwrapped(points: list[Point]) -> list[Point]:
    """The ring without the jump from 180 to -180 degrees: longitudes go on beyond the edge of the map instead."""
    turns, found, before = 0.0, [], points[0][0]
    for longitude, latitude in points:
        turns -= round((longitude - before) / 360) * 360
        before = longitude
        found.append((longitude + turns, latitude))
    return found


def clipped(points: list[Point], sign: int) -> list[Point]:
    """What of the ring lies inside one edge of the map: west of 180 degrees (sign 1), or east of -180 (sign -1)."""
    found = []
    for one, two in itertools.pairwise([*points[-1:], *points]):
        inside = [180 - sign * point[0] >= 0 for point in (one, two)]
        if inside[0] != inside[1]:
            part = (sign * 180 - one[0]) / (two[0] - one[0])
            found.append((sign * 180.0, one[1] + part * (two[1] - one[1])))
        if inside[1]:
            found.append(two)
    return found


def area(one: Point, two: Point, three: Point) -> float:
    return abs((two[0] - one[0]) * (three[1] - one[1]) - (three[0] - one[0]) * (two[1] - one[1])) / 2


def ring_area(points: list[Point]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise([*points, points[0]]))) / 2


def simplify(points: list[Point]) -> list[Point]:
    """Visvalingam: the corner that matters least goes first, until all that are left matter."""
    points = list(points)
    while len(points) > 4:
        areas = [area(points[i - 1], points[i], points[(i + 1) % len(points)]) for i in range(len(points))]
        least = min(range(len(points)), key=areas.__getitem__)
        if areas[least] > SMALLEST_CORNER:
            break
        # All corners that are far below at once, as long as they are not neighbours: the same result, sooner.
        small = sorted(i for i, value in enumerate(areas) if value <= max(areas[least], SMALLEST_CORNER / 8))
        dropped = {i for i, before in zip(small, [-2, *small], strict=False) if i != before + 1}
        points = [point for i, point in enumerate(points) if i not in dropped]
    return points


def svg(points: list[Point]) -> str:
    """Relative moves in whole units, joined as tightly as SVG allows."""
    rounded = [(round(x), round(y)) for x, y in points]
    steps = [(b[0] - a[0], b[1] - a[1]) for a, b in itertools.pairwise(rounded)]
    path = f"M{rounded[0][0]} {rounded[0][1]}l"
    path += " ".join(f"{x} {y}" for x, y in steps if (x, y) != (0, 0))
    return path.replace(" -", "-") + "z"


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        topology = json.load(file)
    paths = []
    for ring in rings(topology):
        if max(latitude for _longitude, latitude in ring) < SOUTH:
            continue
        whole = unwrapped(ring[:-1])
        for turn in (-360, 0, 360):
            part = clipped(clipped([(longitude + turn, latitude) for longitude, latitude in whole], 1), -1)
            points = [project(*point) for point in part]
            if len(points) > 2 and ring_area(points) >= SMALLEST_ISLAND:
                paths.append(svg(simplify(points)))
    print("".join(paths))


if __name__ == "__main__":
    main()
