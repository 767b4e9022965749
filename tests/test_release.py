# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a release is made of: the address in one place, absolute links for Galaxy, the files of the tarball."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

from tools import release, tarball  # noqa: E402

FACTS = tarball.metadata()


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    return tarball.names_in(tarball.build(tmp_path_factory.mktemp("tarball")))


def test_every_address_is_of_the_repository() -> None:
    assert {key: FACTS[key].startswith(FACTS["repository"]) for key in ("documentation", "homepage", "issues")} == {
        "documentation": True,
        "homepage": True,
        "issues": True,
    }


def test_the_address_stands_in_one_place() -> None:
    """Else a change of it would have to be made in many."""
    texts = [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("docs/docsite/*"),
        *ROOT.glob(".github/**/*.yml"),
    ]
    found = [
        str(path.relative_to(ROOT)) for path in texts if path.is_file() and FACTS["repository"] in path.read_text()
    ]
    assert found == []


def test_links_are_absolute_where_galaxy_shows_them() -> None:
    text = tarball.absolute_links((ROOT / "README.md").read_text(), "https://forge.example/x", "9.9.9")
    links = re.findall(r"\]\(([^)]+)\)|src(?:set)?=\"([^\"]+)\"", text)
    assert {link[0] or link[1] for link in links if not (link[0] or link[1]).startswith(("https://", "#"))} == set()
    assert "https://forge.example/x/blob/9.9.9/docs/playbooks.md" in text
    assert "https://forge.example/x/raw/9.9.9/docs/images/audit-light.png" in text


def test_links_of_the_readme_lead_somewhere() -> None:
    links = tarball.RELATIVE_LINK.findall((ROOT / "README.md").read_text())
    assert len(links) > 20
    assert [path for _start, path, _anchor in links if not (ROOT / path).exists()] == []


def test_the_tarball_holds_what_it_should(names: set[str]) -> None:
    assert tarball.faults(names) == []


def test_what_does_not_belong_into_a_tarball_is_named() -> None:
    names = tarball.SHIPPED - {"README.md"} | {"tests/x.py", "docs/__pycache__/a.pyc", "extensions/molecule/x.yml"}
    assert tarball.faults(names) == [
        "README.md is missing",
        "tests does not belong into it: add it to build_ignore of galaxy.yml",
        "docs/__pycache__/a.pyc was left behind by a tool",
        "extensions/molecule/x.yml was left behind by a tool",
    ]


def test_a_placeholder_is_not_released() -> None:
    (first, *_rest) = release.obstacles(FACTS | {"repository": release.PLACEHOLDER + "offsite/aiven"})
    assert first.startswith("galaxy.yml: repository is a placeholder.")


def test_a_version_without_changelog_is_not_released() -> None:
    (last,) = release.obstacles(FACTS | {"repository": "https://forge.example/x", "version": "99.0.0"})
    assert last.startswith("the changelog lacks 99.0.0")
