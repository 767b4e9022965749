# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Aiven's OpenAPI document as a judge of answers.

The document is not part of the project: ``AIVEN_OPENAPI`` names a copy (https://api.aiven.io/doc/openapi.json).
"""

from __future__ import annotations

import json
import os
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

PATH = os.environ.get("AIVEN_OPENAPI", "")
needs_document = pytest.mark.skipif(not PATH, reason="AIVEN_OPENAPI does not name a copy of Aiven's OpenAPI document")

# Fields that the document types as plain, but that are null in real answers. Place: the last two names of the path.
NULL_IN_REALITY = {
    (
        "service",
        "project_vpc_id",
    ): 'description in the document: "Project VPC ID"; avn and Terraform send and read null for "no VPC"',
    ("services", "project_vpc_id"): "the same object",
    ("primary_region", "pitr_range_end"): 'description in the document: "null means current time"',
    ("progress_updates", "current"): 'description in the document: "May be missing or null"',
    ("primary_region", "pitr_range_start"): 'description in the document: "null means no available backup for PITR"',
}


@cache
def document() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(Path(PATH).read_text(encoding="utf-8"), object_hook=_nullable)
    return parsed


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0's ``nullable`` in the words of JSON Schema."""
    if schema.get("nullable") is not True:
        return schema
    plain = {key: value for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]}


@cache
def _validator(operation_id: str) -> Any:
    response = next(
        operation["responses"]["200"]["content"]["application/json"]["schema"]
        for path in document()["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and operation.get("operationId") == operation_id
    )
    return jsonschema.Draft202012Validator({**response, "components": document()["components"]})


def deviations(operation_id: str, answer: Any) -> list[str]:
    """Where an answer of an operation is not what the document says, but for the nulls of reality."""
    return [
        f"{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in _validator(operation_id).iter_errors(answer)
        if not (error.instance is None and _place(error.absolute_path) in NULL_IN_REALITY)
    ]


def _place(path: Any) -> tuple[str, str]:
    names = [part for part in path if isinstance(part, str)]
    return (names[-2], names[-1]) if len(names) > 1 else ("", "")
