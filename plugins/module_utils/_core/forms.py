# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forms that data from files must have, put together from small ones; what is wrong is said in words, with the place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_time

# Where a value is not of a form, in words; None where it is.
Form = Callable[[object], "str | None"]


def kind(words: str, holds: Callable[[Any], bool]) -> Form:
    return lambda value: None if holds(value) else f" is no {words}"


def maybe(form: Form) -> Form:
    return lambda value: None if value is None else form(value)


def keys(forms: Mapping[str, Form], optional: Mapping[str, Form] | None = None) -> Form:
    """An object with these keys, and others. Optional ones may be absent."""

    def checked(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return " is no object"
        for key, form in {**forms, **(optional or {})}.items():
            if key not in value:
                if key in forms:
                    return f" has no {key!r}"
                continue
            wrong = form(value[key])
            if wrong is not None:
                return f".{key}{wrong}"
        return None

    return checked


def each(form: Form) -> Form:
    def checked(value: object) -> str | None:
        if not isinstance(value, list):
            return " is no list"
        return next((f"[{place}]{wrong}" for place, item in enumerate(value) if (wrong := form(item))), None)

    return checked


def values(form: Form) -> Form:
    def checked(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return " is no object"
        return next((f".{key}{wrong}" for key, item in value.items() if (wrong := form(item))), None)

    return checked


TEXT = kind("text", lambda value: isinstance(value, str))
FLAG = kind("truth value", lambda value: isinstance(value, bool))
COUNT = kind("count", lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63)
SECONDS = kind(
    "number of seconds",
    lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12,
)
TIME = kind("time", lambda value: parse_time(value) is not None)
MAYBE_TEXT, MAYBE_COUNT, MAYBE_TIME = maybe(TEXT), maybe(COUNT), maybe(TIME)
