# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts: numbers with their nouns, and what can be printed anywhere."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable

# What XML 1.0 cannot hold, not even escaped, and what no report needs: control characters and lone surrogates.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 service``, ``2 services``, ``0 services``. ``many`` is what more than one are called, if not ``one`` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def did_you_mean(name: str, known: Iterable[str], most: int = 3) -> str:
    """``did you mean aws-eu-west-1 or aws-eu-west-2?``, the most similar first; empty where nothing is."""
    close = difflib.get_close_matches(name, sorted(known), n=most)
    return f"did you mean {' or '.join(close)}?" if close else ""


def printable(text: str) -> str:
    """The text with a replacement character for what neither XML nor UTF-8 can hold, and no terminal should get."""
    return _UNPRINTABLE.sub("\ufffd", text)
