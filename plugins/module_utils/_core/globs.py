# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Globs: ``*``, ``?`` and ``[...]``, case sensitive, always against the whole text."""

from __future__ import annotations

import fnmatch
import re
from functools import lru_cache

# A ] right after the [ stands for itself; the possessive + keeps it from being taken back as the closing one.
_WILDCARD = re.compile(r"\*|\?|\[!?+\]?+[^\]]*\]")


def is_glob(text: str) -> bool:
    return any(character in text for character in "*?[")


def glob_matches(glob: str, text: str) -> bool:
    return _compiled(glob).match(text) is not None


def literals(glob: str) -> str:
    """The glob without its wildcards: the more of it is left, the more specific it is."""
    return _WILDCARD.sub("", glob)


def literal_prefix(glob: str) -> str:
    """What every text that the glob matches starts with."""
    return _WILDCARD.split(glob, maxsplit=1)[0]


@lru_cache(maxsize=4096)
def _compiled(glob: str) -> re.Pattern[str]:
    return re.compile(fnmatch.translate(glob))
