# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the architecture is what the code's imports draw, and its page names every folder."""

from __future__ import annotations

import re
from pathlib import Path

from tools import architecture

PAGE = (architecture.ROOT / "docs/architecture.md").read_text()


def test_the_picture_is_of_this_code() -> None:
    drawn = architecture.draw(architecture.read_graph())
    assert architecture.PICTURE.read_text() == drawn, "draw it again: .venv/bin/python tools/architecture.py"


def test_an_arrow_that_follows_from_others_is_left_out() -> None:
    graph = {"top": {"middle", "bottom"}, "middle": {"bottom"}, "bottom": set[str]()}
    assert architecture.direct(graph) == {"top": {"middle"}, "middle": {"bottom"}, "bottom": set()}
    assert architecture.levels(graph) == [["top"], ["middle"], ["bottom"]]


def test_the_page_tells_what_each_folder_is_for() -> None:
    told = set(re.findall(r"^\| `([\w/]+)` \|", PAGE, re.MULTILINE))
    shown = {folder for row in architecture.levels(architecture.read_graph()) for folder in row}
    assert told == shown


def test_the_page_names_files_that_exist() -> None:
    paths = re.findall(r"`((?:plugins|tests|tools|docs)/[\w/.]+)`", PAGE)
    assert paths
    assert [path for path in paths if not Path(architecture.ROOT, path).exists()] == []
