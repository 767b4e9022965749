# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws docs/images/architecture.svg: which folder of plugins/ imports which, read from the code.

An arrow that others already imply is left out: where a folder is reached through another, it may be used directly too.

Usage: python tools/architecture.py
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = ROOT / "plugins"
PICTURE = ROOT / "docs" / "images" / "architecture.svg"
PACKAGE = "ansible_collections.offsite.aiven.plugins."

# In pixels.
WIDTH, HEIGHT, GAP, RISE = 132, 40, 20, 54
COLOURS = {"module_utils": "#d6eaf8", "plugin_utils": "#d5f5e3", "": "#fdebd0"}

Graph = dict[str, set[str]]


def imported(path: Path) -> set[str]:
    """The folders below plugins/ whose code a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(PACKAGE):
            inside = (node.module or "").removeprefix(PACKAGE).replace(".", "/")
            for name in [inside, *(f"{inside}/{alias.name}" for alias in node.names)]:
                if (PLUGINS / f"{name}.py").is_file():
                    names.add(name.rpartition("/")[0])
    return names


def read_graph() -> Graph:
    """Folder -> the other folders that its files import."""
    graph: Graph = defaultdict(set)
    for path in sorted(PLUGINS.glob("**/*.py")):
        if path.name != "__init__.py":
            folder = str(path.parent.relative_to(PLUGINS))
            graph[folder] |= imported(path) - {folder}
    return dict(graph)


def reachable(graph: Graph, start: str) -> set[str]:
    found: set[str] = set()
    for folder in graph[start]:
        found |= {folder} | reachable(graph, folder)
    return found


def direct(graph: Graph) -> Graph:
    """The graph without the arrows that follow from others."""
    return {
        folder: {one for one in below if not any(one in reachable(graph, other) for other in below - {one})}
        for folder, below in graph.items()
    }


def levels(graph: Graph) -> list[list[str]]:
    """The folders in rows: each stands above all that it imports."""

    def level(folder: str) -> int:
        return max((level(other) + 1 for other in graph[folder]), default=0)

    rows: dict[int, list[str]] = defaultdict(list)
    for folder in sorted(graph):
        if graph[folder] or any(folder in below for below in graph.values()):
            rows[level(folder)].append(folder)
    return [rows[number] for number in sorted(rows, reverse=True)]


def place(rows: list[list[str]]) -> dict[str, tuple[float, float]]:
    """Where the top left corner of each box is."""
    widest = max(len(row) for row in rows)
    corners = {}
    for number, row in enumerate(rows):
        left = (widest - len(row)) * (WIDTH + GAP) / 2 + GAP
        for column, folder in enumerate(row):
            corners[folder] = left + column * (WIDTH + GAP), GAP + number * (HEIGHT + RISE)
    return corners


def box(folder: str, corner: tuple[float, float]) -> str:
    kind, _slash, name = folder.rpartition("/")
    x, y = corner
    middle = x + WIDTH / 2
    texts = f'<text x="{middle:g}" y="{y + 17:g}" font-weight="bold">{name}</text>' + (
        f'<text x="{middle:g}" y="{y + 32:g}" font-size="10">{kind or "plugins"}</text>'
    )
    return f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="5" fill="{COLOURS[kind]}"/>{texts}'


def arrow(upper: tuple[float, float], lower: tuple[float, float]) -> str:
    x1, y1 = upper[0] + WIDTH / 2, upper[1] + HEIGHT
    x2, y2 = lower[0] + WIDTH / 2, lower[1] - 5
    if y2 - y1 < HEIGHT + RISE:
        bend = RISE / 2
        path = f"M{x1:g} {y1:g}C{x1:g} {y1 + bend:g} {x2:g} {y2 - bend:g} {x2:g} {y2:g}"
    else:
        # Past the boxes between: out of the side, then down.
        side, middle = (upper[0] if x2 < x1 else upper[0] + WIDTH), upper[1] + HEIGHT / 2
        path = f"M{side:g} {middle:g}Q{x2:g} {middle:g} {x2:g} {y1:g}V{y2:g}"
    return f'<path d="{path}" marker-end="url(#head)"/>'


def draw(graph: Graph) -> str:
    rows = levels(graph)
    corners = place(rows)
    width = max(len(row) for row in rows) * (WIDTH + GAP) + GAP
    height = len(rows) * (HEIGHT + RISE) - RISE + 2 * GAP
    arrows = [
        arrow(corners[one], corners[two]) for one, below in sorted(direct(graph).items()) for two in sorted(below)
    ]
    boxes = [box(folder, corners[folder]) for row in rows for folder in row]
    head = '<path d="M0 0L6 3L0 6z" fill="#566573" stroke="none"/>'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
            'font-family="sans-serif" font-size="13" text-anchor="middle" role="img">',
            "<title>Which folder of plugins/ imports which</title>",
            f'<defs><marker id="head" markerWidth="6" markerHeight="6" refX="3" refY="3" orient="auto">{head}</marker></defs>',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            '<g fill="none" stroke="#566573">',
            *arrows,
            "</g>",
            '<g stroke="none" fill="#1c2833">',
            *boxes,
            "</g>",
            "</svg>",
            "",
        ]
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(read_graph()))
    print(f"Drawn: {PICTURE.relative_to(ROOT)}")
