# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults on the wire and in the proxy: what to break, for which requests, how often."""

from __future__ import annotations

import fnmatch
import gzip
import json
import random
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any

from . import validation
from .errors import error_body
from .validation import Schema

HTML = "<html><body><h1>{status} {title}</h1>\n{text}\n</body></html>\n"
TITLES = {408: "Request Time-out", 502: "Bad Gateway", 504: "Gateway Time-out"}
MESSAGES = {
    401: "Invalid token",
    410: "This API endpoint has been retired",
    403: "User role does not allow this operation",
    429: "The user has sent too many requests in a given amount of time: Rate limit 120 exceeded - try again in {wait}s",
    500: "Internal server error",
    503: "Service Unavailable",
}
WITHOUT_END = ("drip", "endless", "bomb")
# What an honest answer is made into: the request is carried out first, unless the kind ends in _before.
MADE_OF_THE_ANSWER = ("truncated", "cut", "slow", "body", "stale", "deprecated", "headers", *WITHOUT_END)
# Besides the statuses.
KINDS = ("reset", "empty", *MADE_OF_THE_ANSWER)
CODES = {410: "retired_api_endpoint"}
# What Aiven sends before it retires a call; the dates are made up.
DEPRECATED = {"deprecation": "@1788220800", "sunset": "Wed, 31 Mar 2027 00:00:00 GMT"}
WRITES = ("POST", "PUT", "PATCH", "DELETE")

_COUNT: Schema = {"type": ["integer", "null"], "minimum": 0}
_SECONDS: Schema = {"type": "number", "minimum": 0}
# Headers: what can go over the wire.
SPEC = validation.record(
    "kind",
    **{key: {"type": "string"} for key in ("method", "path", "project", "service", "user", "message")},
    kind={
        "type": "string",
        "pattern": f"^([2-5][0-9][0-9]|{'|'.join(KINDS)})(_before|_after)?$|^stale_lost$",
        "user_error": "unknown fault kind",
    },
    count=_COUNT,
    probability={"type": "number", "minimum": 0, "maximum": 1},
    after={"type": "integer", "minimum": 0},
    status={"type": ["integer", "null"], "minimum": 200, "maximum": 599},
    body={},
    headers={"type": "object", "additionalProperties": {"type": "string", "pattern": "^[\t -\u00ff]*$"}},
    retry_after={"type": ["string", "null"], "pattern": "^[\t -\u00ff]*$"},
    wait=_SECONDS,
    seconds=_SECONDS,
    reads=_COUNT,
)


@dataclass
class Answer:
    """What goes out. ``wire``: "" as it is; reset: the connection breaks; truncated: half the body, honestly measured;
    cut: half the body where all was announced; drip: a byte every ``pause`` seconds; endless: more and more after the body."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    wire: str = ""
    pause: float = 0.0


@lru_cache(maxsize=1)
def bomb() -> bytes:
    """A gigabyte of blanks in a megabyte of gzip."""
    return gzip.compress(b" " * (16 << 20)) * 64


def json_answer(status: int, value: Any) -> Answer:
    return Answer(status, json.dumps(value).encode("utf-8", "surrogatepass"))


@dataclass
class Fault:
    """One fault. ``kind`` is a status (``503``), ``reset``, ``truncated``, ``cut``, ``slow``, ``body``, ``empty``, ``stale``
    (reads after the change tell the state before it; ``stale_lost``: and its answer is lost),
    ``headers`` (the honest answer with other headers, such as a wrong ``date``), ``drip``, ``endless`` or ``bomb``;
    with ``_after`` at its end the change is made first, with ``_before`` it is not. Matching: glob patterns of method, path
    (below /v1), project, service, and the token's user. It skips ``after`` matches, then strikes ``count`` times (null: always),
    each with ``probability``."""

    kind: str
    method: str = "*"
    path: str = "*"
    project: str = "*"
    service: str = "*"
    user: str = "*"
    count: int | None = 1
    probability: float = 1.0
    after: int = 0
    status: int | None = None
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    message: str = ""
    retry_after: str | None = None
    wait: float = 1
    seconds: float = 1.0
    reads: int | None = None
    id: int = 0
    matched: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        self.name, _mark, moment = self.kind.partition("_")
        self.applies = moment in ("after", "lost") or (moment == "" and self.name in MADE_OF_THE_ANSWER)
        if self.name == "deprecated" and not self.headers:
            self.headers = dict(DEPRECATED)

    def matches(self, method: str, path: str, parts: dict[str, str], user: str) -> bool:
        if self.name == "stale" and method not in WRITES:
            return False
        given = (
            (self.method, method),
            (self.path, path),
            (self.project, parts.get("project", "")),
            (self.service, parts.get("service_name", "")),
            (self.user, user),
        )
        return all(
            pattern == "*" or any(fnmatch.fnmatchcase(value, one) for one in pattern.split("|"))
            for pattern, value in given
        )

    def answer(self, real: Answer | None) -> Answer:
        """The broken answer; ``real`` is the honest one if the request was carried out."""
        if self.name == "reset" or self.kind == "stale_lost":
            return Answer(wire="reset")
        if self.name in ("truncated", "cut", *WITHOUT_END):
            base = real or json_answer(200, {"service": {"service_name": "cut", "state": "RUNNING"}})
            headers = {**base.headers, **self.headers}
            if self.name == "bomb":
                return Answer(base.status, bomb(), base.content_type, {**headers, "content-encoding": "gzip"})
            return Answer(base.status, base.body, base.content_type, headers, wire=self.name, pause=self.seconds)
        if self.name == "empty":
            return Answer(self.status or 200, b"", headers=self.headers)
        if self.name == "body":
            return self._custom()
        if self.name in ("deprecated", "headers") and real:
            return Answer(real.status, real.body, real.content_type, {**real.headers, **self.headers})
        if self.name in ("slow", "stale", "deprecated", "headers"):
            return real or json_answer(503, error_body(503, MESSAGES[503]))
        return self._status(int(self.name))

    def _custom(self) -> Answer:
        if isinstance(self.body, str) and self.headers.get("content-type", "").startswith("text/"):
            return Answer(self.status or 200, self.body.encode(), self.headers["content-type"], self.headers)
        answer = json_answer(self.status or 200, self.body)
        answer.headers = self.headers
        return answer

    def _status(self, status: int) -> Answer:
        headers = dict(self.headers)
        if self.retry_after is not None:
            headers["retry-after"] = self.retry_after
        message = self.message or MESSAGES.get(status, "An error occurred. Please try again later.").format(
            wait=f"{self.wait:g}"
        )
        if status in TITLES and not self.message:
            page = HTML.format(
                status=status, title=TITLES[status], text="Your browser didn't send a complete request in time."
            )
            return Answer(status, page.encode(), "text/html", headers)
        answer = json_answer(
            status, self.body if self.body is not None else error_body(status, message, CODES.get(status))
        )
        answer.headers = headers
        return answer

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


class Faults:
    """The faults that are armed, in the order in which they were added: the first that fits strikes."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._last = 0
        self.armed: list[Fault] = []

    def add(self, spec: Any) -> None:
        """Arm a fault. Raises 400 for what is none: no request could be answered afterwards."""
        validation.check(spec, SPEC)
        self._last += 1
        self.armed.append(Fault(**spec, id=self._last))

    def pick(self, method: str, path: str, parts: dict[str, str], user: str) -> Fault | None:
        for fault in self.armed:
            if fault.count is not None and fault.struck >= fault.count:
                continue
            if not fault.matches(method, path, parts, user):
                continue
            fault.matched += 1
            if fault.matched <= fault.after or (fault.probability < 1 and self._random.random() >= fault.probability):
                continue
            fault.struck += 1
            return fault
        return None
