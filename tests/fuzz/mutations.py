# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutations of JSON: values of other types, sizes and meanings in any place, and texts that are hardly JSON any more."""

from __future__ import annotations

import copy
import json
import random
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

# What a template of an answer would leave behind if anything evaluated it.
TRACE = Path(tempfile.gettempdir()) / "offsite-aiven-fuzz" / "evaluated"
_PIPE = f"lookup('ansible.builtin.pipe', 'mkdir -p {TRACE.parent}; touch {TRACE}')"
MARKUP = "</script><img src=x onerror=alert(1)>"
FORMULA = "=cmd|' /C calc'!A0"


def _deep(levels: int) -> Any:
    value: Any = "deep"
    for _level in range(levels):
        value = [value] if _level % 2 else {"a": value}
    return value


HOSTILE: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    0.5,
    1e308,
    10**30,
    10**400,
    float("nan"),
    float("inf"),
    float("-inf"),
    "",
    " ",
    "\x00",
    "\ud800",
    "a\udfffb",
    "\u202etxt",
    "\u2028",
    "\x1b[31m",
    "line\nbreak\r\n",
    "%s{}{0.__class__}%n",
    "../../etc/passwd",
    "é",
    "x" * 10_000,
    f"{{{{ {_PIPE} }}}}",
    f"{{% set x = {_PIPE} %}}{{{{ x }}}}",
    f"#jinja2: variable_start_string:'[['\n[[ {_PIPE} ]]",
    MARKUP,
    "<!-- <script>",
    "]]>",
    FORMULA,
    "+1+1",
    "@SUM(1)",
    "\t-2",
    "0001-01-01T00:00:00+23:59",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:59-23:59",
    "2026-02-30T00:00:00Z",
    "2026-09-01T12:00:00",
    "20260901T120000Z",
    [],
    {},
    [[]],
    [None],
    [{}],
    {"a": None},
    {"": "", "\ud800": "\ud800"},
    ["aws-eu-west-1", "aws-eu-west-1"],
    _deep(60),
    _deep(400),
)

# The two keys of one object, the second of which wins; and numbers, texts and nesting that json.dumps does not write.
_IN_TEXT = (
    "NaN",
    "-Infinity",
    "1e999",
    "9" * 5000,
    "-0",
    '"\\ud800\\ud800"',
    '"\\u0000"',
    "[" * 100_000 + "]" * 100_000,
    '{"a":' * 100_000 + "1" + "}" * 100_000,
    "[" * 50_000,
    "tru",
    "",
)
_WHOLE = ("", " ", "null", "0", "[]", "{}", '""', "\ufeff{}", "<html><h1>502</h1></html>", "{{ 7 * 7 }}", "[" * 200_000)


def mutated(value: Any, chance: random.Random) -> Any:
    """A copy with one to four places changed."""
    root = [copy.deepcopy(value)]
    for _time in range(chance.choice((1, 1, 1, 2, 4))):
        holder, key = chance.choice(list(_places(root)))
        chance.choice(_CHANGES)(holder, key, chance)
    return root[0] if root else None


def mutated_text(value: Any, chance: random.Random) -> bytes:
    """The same as JSON, now and then with what json.dumps would not write, or as no JSON at all."""
    draw = chance.random()
    if draw < 0.05:
        return chance.choice(_WHOLE).encode("utf-8", "surrogatepass")
    text = json.dumps(mutated(value, chance) if draw < 0.9 else value, allow_nan=True)
    if draw > 0.8:
        text = _odd_text(text, chance)
    data = text.encode("utf-8", "surrogatepass")
    if draw > 0.97:
        place = chance.randrange(len(data) + 1)
        data = data[:place] + chance.choice((b"\xff", b"\x00", b"\xed\xa0\x80", b"\xc3")) + data[place:]
    return data


def _odd_text(text: str, chance: random.Random) -> str:
    places = [place for place, char in enumerate(text) if char in ":[,"] or [0]
    place = chance.choice(places) + 1
    kind = chance.randrange(4)
    if kind == 0:
        return text[:place]
    if kind == 1:
        return text[:place] + chance.choice(_IN_TEXT) + text[_end_of_value(text, place) :]
    if kind == 2:
        return text + text[place:]
    begin = text.find("{")
    end = text.find(":", begin)
    if begin < 0 or end < 0:
        return text
    return f"{text[: end + 1]} {json.dumps(chance.choice(HOSTILE))}, {text[begin + 1 :]}"


def _end_of_value(text: str, place: int) -> int:
    ends = [found for found in (text.find(",", place), text.find("}", place), text.find("]", place)) if found >= 0]
    return min(ends, default=place)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each place of a value as its holder and its key there."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def _replace(holder: Any, key: Any, chance: random.Random) -> None:
    holder[key] = copy.deepcopy(chance.choice(HOSTILE))


def _remove(holder: Any, key: Any, chance: random.Random) -> None:
    if isinstance(holder, dict):
        del holder[key]
    else:
        holder[key] = None


def _rename(holder: Any, key: Any, chance: random.Random) -> None:
    if isinstance(holder, dict):
        name = chance.choice([text for text in HOSTILE if isinstance(text, str)])
        holder[name] = holder.pop(key)


def _wrap(holder: Any, key: Any, chance: random.Random) -> None:
    holder[key] = chance.choice(([holder[key]], {"value": holder[key]}, json.dumps(holder[key]), str(holder[key])))


def _repeat(holder: Any, key: Any, chance: random.Random) -> None:
    if isinstance(holder[key], list):
        holder[key] = holder[key] * chance.choice((2, 3))
    elif isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))


def _swap(holder: Any, key: Any, chance: random.Random) -> None:
    other = chance.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    holder[key], holder[other] = holder[other], holder[key]


def _append_to_text(holder: Any, key: Any, chance: random.Random) -> None:
    if isinstance(holder[key], str):
        holder[key] += chance.choice([text for text in HOSTILE if isinstance(text, str)])


_CHANGES: tuple[Callable[[Any, Any, random.Random], None], ...] = (
    _replace,
    _replace,
    _replace,
    _remove,
    _rename,
    _wrap,
    _repeat,
    _swap,
    _append_to_text,
)
