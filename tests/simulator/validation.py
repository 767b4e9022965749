# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holding values against JSON schemas, with the words in which Aiven's API refuses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema

from .errors import ApiError

Schema = dict[str, Any]


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator[jsonschema.ValidationError]:
    """``$`` ends the text in JSON Schema; in Python's patterns it lets one more line break pass."""
    if isinstance(instance, str) and not re.search(pattern.replace("$", r"\Z"), instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


# Draft 4, where 1.0 is no integer.
Validator = jsonschema.validators.extend(jsonschema.Draft4Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def record(*required: str, **properties: Schema) -> Schema:
    """The schema of an object with these keys and no others."""
    closed: Schema = {"type": "object", "additionalProperties": False, "properties": properties}
    return {**closed, "required": list(required)} if required else closed


def check(value: Any, schema: Schema, subject: str = "") -> None:
    """Raise 400 "Invalid input for KEY: ..." (wording seen in terraform-provider-aiven#984 and #1028) for the first error."""
    errors = sorted(Validator(schema).iter_errors(value), key=lambda error: list(map(str, error.path)))
    if not errors:
        return
    error = errors[0]
    place = ".".join(str(part) for part in error.path if not isinstance(part, int))
    told = error.schema.get("user_error") if error.validator == "pattern" else None
    where = f" for {place}" if place else ""
    raise ApiError(
        400, f"{subject}Invalid input{where}: {told or error.message}", "bad_request" if not subject else None
    )
