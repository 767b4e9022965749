# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's errors: one class, stable codes, and how an answer of the API becomes one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

MAX_TEXT = 400

_WAIT_IN_TEXT = re.compile(r"try again in (\d+(?:\.\d+)?)\s*s", re.IGNORECASE)
_SERVICE_PATH = re.compile(r"/project/[^/]+/service/[^/]+")
_TAG = re.compile(r"<[^>]*>")


class AivenError(Exception):
    """A failure that a playbook can branch on.

    ``code`` is one of the documented error codes, ``status`` the HTTP status where there was an answer, ``wait`` the
    seconds that the API asks to wait before another try.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.wait: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "status": self.status}


def error_of(code: str, message: str, status: int | None = None) -> dict[str, Any]:
    """The ``error`` of a result, in its public shape."""
    return AivenError(code, message, status).as_dict()


def from_answer(method: str, path: str, status: int, content: bytes) -> AivenError:
    """The error that an answer other than 2xx stands for. Error bodies may be JSON, HTML, anything or nothing."""
    words, aiven_code = _words(content)
    code = _code(path, status, words, aiven_code)
    said = f": {words}" if words else ""
    message = f"{method} {path} answered {status}{said}"
    if code == "feature_not_enabled":
        message += ". Backup to another region has limited availability: ask your Aiven account team to enable it for your organization."
    elif code == "permission_denied":
        message += f". {_permission_hint(method, path)}"
    elif code == "authentication_failed":
        message += ". Check api_token (or AIVEN_TOKEN, AIVEN_AUTH_TOKEN): it is wrong, expired, revoked or not allowed from here."
    elif 300 <= status < 400:
        message += ". Redirects are not followed; check api_url."
    return AivenError(code, message, status)


def wait_hint(headers: Mapping[str, str], content: bytes, now: float) -> float | None:
    """Seconds to wait that the answer asks for: Retry-After (seconds or a date), else "try again in N s"."""
    header = headers.get("Retry-After")
    if header:
        seconds = _retry_after(header, now)
        if seconds is not None:
            return seconds
    match = _WAIT_IN_TEXT.search(content[:4096].decode("utf-8", "replace"))
    return float(match.group(1)) if match else None


def _retry_after(header: str, now: float) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", header.strip()):
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - now)
    except (TypeError, ValueError):
        return None


def _code(path: str, status: int, words: str, aiven_code: str | None) -> str:
    if status == 401 or aiven_code == "authentication_failed":
        return "authentication_failed"
    if aiven_code == "feature_not_enabled":
        return "feature_not_enabled"
    if status == 403:
        return "rejected" if "protected against termination" in words.lower() else "permission_denied"
    if status == 404:
        return _not_found(path, words, aiven_code)
    if status == 429:
        return "rate_limited"
    return "api_error" if status >= 500 or status == 408 else "rejected"


def _not_found(path: str, words: str, aiven_code: str | None) -> str:
    if aiven_code in ("project_not_found", "project_does_not_exist") or re.search(
        r"\bproject\b.*\b(not|n't) ", words, re.I
    ):
        return "project_not_found"
    if aiven_code in ("service_not_found", "service_does_not_exist") or _SERVICE_PATH.search(path):
        return "service_not_found"
    return "project_not_found" if re.search(r"/project/[^/]+/service$", path) else "rejected"


def _words(content: bytes) -> tuple[str, str | None]:
    """What the body says, in one line and cut, and the API's error_code."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return _one_line(_TAG.sub(" ", content[:4096].decode("utf-8", "replace"))), None
    if not isinstance(body, Mapping):
        return _one_line(str(body)), None
    errors = body.get("errors")
    rows = errors if isinstance(errors, list) else []
    codes = [row.get("error_code") for row in rows if isinstance(row, Mapping)]
    codes.append(body.get("error_code"))
    texts = [row.get("message") if isinstance(row, Mapping) else row for row in rows]
    said = body.get("message") or next((text for text in texts if text), "")
    return _one_line(str(said)), next((code for code in codes if isinstance(code, str)), None)


def _one_line(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MAX_TEXT else text[: MAX_TEXT - 3] + "..."


def _permission_hint(method: str, path: str) -> str:
    """Which permission the call needs (Aiven's permission table), and that a foreign project looks the same."""
    if path.endswith(("/backups", "/report")) or method == "PUT":
        needed = "service:configuration:write"
    elif method in ("POST", "DELETE") or path.endswith("/clouds"):
        needed = "project:services:write"
    else:
        needed = "project:services:read"
    return f"The token needs {needed} in this project; a project that does not exist is refused in the same way."
