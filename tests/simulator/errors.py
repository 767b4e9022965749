# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The one error that handlers raise, and its body in Aiven's form."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """A refusal. ``status`` is the HTTP status, ``message`` Aiven's (or Aiven-like) text, ``code`` an ``error_code``."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code

    def body(self) -> dict[str, Any]:
        return error_body(self.status, self.message, self.code)


def error_body(status: int, message: str, code: str | None = None) -> dict[str, Any]:
    """Form documented in the "Errors" part of Aiven's OpenAPI document: most errors have no error_code."""
    error: dict[str, Any] = {"message": message, "status": status}
    if code:
        error["error_code"] = code
    return {"errors": [error], "message": message}
