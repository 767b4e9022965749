# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a test does where a program that it needs is not there: skipped with a word, but failed in CI, which installs all."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def in_ci() -> bool:
    return os.environ.get("CI") == "true"


def missing(words: str) -> NoReturn:
    """Ends the test. ``words`` say what is missing, and how to get it."""
    (pytest.fail if in_ci() else pytest.skip)(words)


def needs(program: object, words: str) -> pytest.MarkDecorator:
    """The mark of tests that need a program, falsy if it is not there. In CI they fail, each in its way."""
    return pytest.mark.skipif(not program and not in_ci(), reason=words)
