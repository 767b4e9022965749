# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipes for contributors name files, commands and names of the code that exist."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGES = ["CONTRIBUTING.md", "docs/development.md", "SECURITY.md", "MAINTAINERS.md"]
CONTRIBUTING, DEVELOPMENT = (ROOT / "CONTRIBUTING.md").read_text(), (ROOT / "docs/development.md").read_text()
FILE = re.compile(r"\b(?:extensions|plugins|tests|tools|docs|roles|playbooks|changelogs)/[\w./-]*\w/?")


@pytest.mark.parametrize("page", PAGES)
def test_files_exist(page: str) -> None:
    assert [path for path in FILE.findall((ROOT / page).read_text()) if not (ROOT / path).exists()] == []


def test_names_of_the_code_stand_where_the_recipes_say() -> None:
    for name, path in re.findall(r"`([A-Z_]+)` of\s`?((?:plugins|tests)/[\w/]+\.py)", CONTRIBUTING):
        assert re.search(rf"^{name}\b", (ROOT / path).read_text(), re.MULTILINE), f"{name} in {path}"


def test_every_target_of_make_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", CONTRIBUTING + DEVELOPMENT))
    assert len(named) > 5
    assert named - targets == set()


def test_every_target_of_make_is_told() -> None:
    targets = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)) - {"help"}
    assert targets - set(re.findall(r"`make ([a-z-]+)", DEVELOPMENT)) == set()
