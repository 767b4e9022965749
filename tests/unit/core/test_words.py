# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers agree with their nouns: in the function that says them, and in every message that does not use it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
FOLDERS = sorted(path.name for path in PLUGINS.iterdir() if any(path.glob("**/*.py")))
COUNTS = re.compile(r"\blen\(|\b(count|number|total|days|tries|most|down)\b")


@pytest.mark.parametrize(
    ("number", "nouns", "words"),
    [
        (0, ("service",), "0 services"),
        (1, ("service",), "1 service"),
        (2, ("service",), "2 services"),
        (1, ("try", "tries"), "1 try"),
        (3, ("try", "tries"), "3 tries"),
        (1, ("backup is", "backups are"), "1 backup is"),
        (0, ("backup is", "backups are"), "0 backups are"),
    ],
)
def test_a_noun_agrees_with_its_number(number: int, nouns: tuple[str, ...], words: str) -> None:
    assert counted(number, *nouns) == words


def fixed_plurals(path: Path) -> Iterator[str]:
    """What is counted in a file with a noun that is always in the plural."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.JoinedStr):
            for value, text in zip(node.values, node.values[1:], strict=False):
                if (
                    isinstance(value, ast.FormattedValue)
                    and isinstance(text, ast.Constant)
                    and re.match(r" (more |other )?(?!is\b|was\b|has\b)\w+s\b", str(text.value))
                    and COUNTS.search(ast.unparse(value.value))
                ):
                    yield ast.unparse(node)


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_message_has_a_noun_that_is_always_in_the_plural(folder: str) -> None:
    paths = sorted(PLUGINS.glob(f"{folder}/**/*.py"))
    assert paths
    found = [f"{path.relative_to(PLUGINS)}: {text}" for path in paths for text in fixed_plurals(path)]
    assert found == []
