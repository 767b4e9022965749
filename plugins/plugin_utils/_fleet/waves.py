# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Counts and percentages that a user gives: limits, and the sizes of the waves in which changes are made."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError

T = TypeVar("T")

_SIZE = re.compile(r"[1-9][0-9]{0,8}%?")


@dataclass(frozen=True, slots=True)
class Limit:
    """A count, or a percentage of all."""

    number: float
    percent: bool

    def exceeded_by(self, count: int, total: int) -> bool:
        return count > (self.number * total / 100 if self.percent else self.number)

    def __str__(self) -> str:
        return f"{self.number:g}{' %' if self.percent else ''}"


@dataclass(frozen=True, slots=True)
class WaveSize:
    """How many changes a wave has: a count, or a percentage of all changes; at least one."""

    number: int
    percent: bool

    def of(self, total: int) -> int:
        return max(1, total * self.number // 100) if self.percent else self.number


ALL_AT_ONCE = (WaveSize(100, percent=True),)


def parse_limit(option: str, value: str | None) -> Limit | None:
    """``3`` or ``10%``. Raises ``invalid_target``."""
    if value is None or not str(value).strip():
        return None
    text = str(value).strip()
    number = text.removesuffix("%").strip()
    if not number.isascii() or not number.replace(".", "", 1).isdigit():
        raise AivenError(
            "invalid_target", f"{option} is {value!r}: give a count such as 3, or a percentage such as 10%."
        )
    return Limit(float(number), text.endswith("%"))


def parse_waves(values: Sequence[Any] | None) -> Sequence[WaveSize]:
    """The sizes of the waves, from counts and percentages. Raises ``invalid_target``."""
    sizes = []
    for value in values or ():
        text = str(value).strip().replace(" ", "")
        if not _SIZE.fullmatch(text):
            raise AivenError(
                "invalid_target",
                f"waves has {value!r}, which is not the size of a wave: give counts or percentages above 0, such as 1,10%,100%.",
            )
        sizes.append(WaveSize(int(text.removesuffix("%")), text.endswith("%")))
    return sizes or ALL_AT_ONCE


def cut(changes: Sequence[T], sizes: Sequence[WaveSize]) -> Iterator[Sequence[T]]:
    """The changes in waves, none of them empty. The last size repeats."""
    begin, number = 0, 0
    while begin < len(changes):
        end = begin + sizes[min(number, len(sizes) - 1)].of(len(changes))
        yield changes[begin:end]
        begin, number = end, number + 1
