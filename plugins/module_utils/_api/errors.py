# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection's errors: one class, stable codes, and how an answer of the API becomes one of them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION

UPDATE = f"Update the collection offsite.aiven, this is version {VERSION}."
MAX_TEXT = 400

_WAIT_IN_TEXT = re.compile(r"try again in (\d+(?:\.\d+)?)\s*s", re.IGNORECASE)
_SERVICE_PATH = re.compile(r"/project/[^/]+/service/[^/]+")
_NO_PROJECT = re.compile(r"(the )?project\b(?! vpc).*\bnot\b", re.IGNORECASE)
# Most errors of Aiven have no error_code; this one would otherwise be taken for a lack of permission.
_NOT_ENABLED = re.compile(
    r"(backup to another region|additional_backup_regions)\b.*\bnot (been )?enabled\b", re.IGNORECASE
)
_TAG = re.compile(r"<[^>]*>")


class AivenError(Exception):
    """A failure that a playbook can branch on.

    ``code`` is one of the documented error codes, ``status`` the HTTP status where there was an answer, ``wait`` the
    seconds that the API asks to wait before another try.
    """

    def __init__(self, code: str, message: str, status: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.wait: float | None = None

    @property
    def message(self) -> str:
        """What str() and repr() show too: words that are taken back, a token among them, must be gone from all three."""
        return str(self.args[0])

    @message.setter
    def message(self, message: str) -> None:
        self.args = (message,)

    def as_dict(self) -> dict[str, Any]:
        return {"code": self.code, "message": self.message, "status": self.status}


class Interrupted(AivenError):
    """The run is over for a reason that is not the API's: what catches the errors of single services must let it pass."""

    def __init__(self, message: str) -> None:
        super().__init__("interrupted", message)


def error_of(code: str, message: str, status: int | None = None) -> dict[str, Any]:
    """The ``error`` of a result, in its public shape."""
    return AivenError(code, message, status).as_dict()


def from_answer(method: str, path: str, status: int, content: bytes, redact: Callable[[str], str] = str) -> AivenError:
    """The error that an answer other than 2xx stands for. Error bodies may be JSON, HTML, anything or nothing.

    ``redact`` takes secrets out of a text. It comes before the cut, which might leave half of one.
    """
    words, aiven_code = _words(content, redact)
    code = _code(method, path, status, words, aiven_code)
    said = f": {words}" if words else ""
    message = f"{method} {path} answered {status}{said}"
    if code == "feature_not_enabled":
        message += ". Backup to another region has limited availability: ask your Aiven account team to enable it for your organization."
    elif code == "project_not_found":
        message += ". Check the name of the project, and whether the token may see it."
    elif code == "permission_denied":
        message += f". {_permission_hint(method, path)}"
    elif code == "authentication_failed":
        message += ". Check api_token (or AIVEN_TOKEN, AIVEN_AUTH_TOKEN): it is wrong, expired, revoked or not allowed from here."
    elif status == 410 or aiven_code == "retired_api_endpoint":
        message += f". Aiven has retired this call. {UPDATE}"
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


def parse_date(header: str) -> datetime | None:
    """A date of an HTTP header (RFC 9110, its obsolete forms included) as an aware UTC datetime; None for another text."""
    try:
        date = parsedate_to_datetime(header)
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None


def _retry_after(header: str, now: float) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", header.strip()):
        return float(header.strip())
    date = parse_date(header)
    return None if date is None else max(0.0, date.timestamp() - now)


def _code(method: str, path: str, status: int, words: str, aiven_code: str | None) -> str:
    if status == 401 or aiven_code == "authentication_failed":
        return "authentication_failed"
    if aiven_code == "feature_not_enabled" or (status in (400, 403, 409) and _NOT_ENABLED.search(words)):
        return "feature_not_enabled"
    if status == 403:
        return "rejected" if "protected against termination" in words.lower() else "permission_denied"
    if status == 404:
        return _not_found(method, path, words, aiven_code)
    if status == 429:
        return "rate_limited"
    return "api_error" if status >= 500 or status == 408 else "rejected"


def _not_found(method: str, path: str, words: str, aiven_code: str | None) -> str:
    """Aiven's code, else its words, else the path. A service may be called my-project: only how the words begin counts.

    What a POST does not find may be anything that its body names, such as a VPC.
    """
    if aiven_code in ("project_not_found", "project_does_not_exist"):
        return "project_not_found"
    if aiven_code in ("service_not_found", "service_does_not_exist"):
        return "service_not_found"
    if _NO_PROJECT.match(words):
        return "project_not_found"
    if _SERVICE_PATH.search(path):
        return "service_not_found"
    listing = method == "GET" and re.search(r"/project/[^/]+/service$", path)
    return "project_not_found" if listing else "rejected"


def _words(content: bytes, redact: Callable[[str], str]) -> tuple[str, str | None]:
    """What the body says, in one line, redacted and cut, and the API's error_code."""
    try:
        body = json.loads(content)
        said, aiven_code = _said(body) if isinstance(body, Mapping) else (str(body), None)
    except (ValueError, RecursionError):
        said, aiven_code = _TAG.sub(" ", redact(content.decode("utf-8", "replace"))[:4096]), None
    return cut(redact(said)), aiven_code


def _said(body: Mapping[str, Any]) -> tuple[str, str | None]:
    errors = body.get("errors")
    rows = errors if isinstance(errors, list) else []
    codes = [row.get("error_code") for row in rows if isinstance(row, Mapping)]
    codes.append(body.get("error_code"))
    texts = [row.get("message") if isinstance(row, Mapping) else row for row in rows]
    said = body.get("message") or next((text for text in texts if text), "")
    return str(said), next((code for code in codes if isinstance(code, str)), None)


def cut(text: str, length: int = MAX_TEXT) -> str:
    """Foreign text in one line, without what a terminal might obey."""
    text = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return text if len(text) <= length else text[: length - 3] + "..."


def _permission_hint(method: str, path: str) -> str:
    """Which permission the call needs (Aiven's permission table), and that a foreign project looks the same."""
    if not path.startswith("/project/"):
        return "The token may not read this; check whose token it is."
    if path.endswith("?include_secrets=true"):
        needed = "service:secrets:read"
    elif path.endswith(("/backups", "/report")) or method == "PUT":
        needed = "service:configuration:write"
    elif method in ("POST", "DELETE") or path.endswith(("/clouds", "/plans")):
        needed = "project:services:write"
    else:
        needed = "project:services:read"
    return f"The token needs {needed} in this project; a project that does not exist is refused in the same way."
