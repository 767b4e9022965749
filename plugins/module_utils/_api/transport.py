# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One HTTP request at a time: sessions, the rate gate, counting, and what came back. No retries here.

The token travels as an auth object of the request: a header would be replaced by a matching ``.netrc`` entry. ``verify``
goes with every request, because ``REQUESTS_CA_BUNDLE`` would beat the session's. Redirects are never followed.
"""

from __future__ import annotations

import math
import os
import re
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from http.client import BadStatusLine, IncompleteRead, RemoteDisconnected
from typing import Any

try:
    import requests
    from requests.auth import AuthBase

    REQUESTS_IMPORT_ERROR: ImportError | None = None
except ImportError as error:
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment, misc]
    REQUESTS_IMPORT_ERROR = error

from ansible_collections.offsite.aiven.plugins.module_utils._api.addresses import base_url
from ansible_collections.offsite.aiven.plugins.module_utils._api.bodies import (
    ACCEPTED_ENCODING,
    DEADLINE_FACTOR,
    LARGEST,
    Body,
    TooLarge,
    Watch,
    WatchedAdapter,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut, parse_date
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION

_NEVER_SENT = re.compile(r"NewConnectionError|NameResolutionError|Connection refused|Tunnel connection failed")
# Of all that TLS may complain about, only a broken connection gets better by trying again.
_BROKEN_TLS = re.compile(r"EOF|BAD_RECORD|reset|timed out", re.IGNORECASE)
_OBJECT_IN_TEXT = re.compile(r"<[^<>]* at 0x[0-9a-f]+>:? ?|\b\w*HTTPS?Connection(Pool)?\([^()]*\): ")

# Passwords that Aiven makes begin with AVNS_, and connection URIs hold theirs before the host.
_PASSWORD_IN_TEXT = re.compile(r"\bAVNS_[\w-]+|(?<=://)[^\s/@]+:[^\s/@]+(?=@)")
_MASK = "********"

# A week, in seconds.
LONGEST_TIMEOUT = 7 * 86400
USER_AGENT = f"offsite.aiven/{VERSION}"
DEFAULT_URL = "https://api.aiven.io"
# What Aiven answers without a token.
PUBLIC_PATHS = ("/clouds",)
_UNUSABLE_URL = (
    ()
    if requests is None
    else (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)
)


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach the API. Times are in seconds; ``api_url`` has no ``/v1``; ``ca_path`` is a PEM file or a folder."""

    api_token: str | None
    api_url: str = DEFAULT_URL
    ca_path: str | None = None
    validate_certs: bool = True
    request_timeout: float = 30
    retry_timeout: float = 300
    allow_plain_http: bool = False

    def __repr__(self) -> str:
        return f"Connection({self.api_url})"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: ``now`` is the ``Date`` header, else the local clock."""

    status: int
    headers: Any
    content: bytes
    now: datetime


class NoAnswer(Exception):
    """No answer came. ``sent`` is False only where the request surely never reached the API."""

    def __init__(self, message: str, *, sent: bool) -> None:
        super().__init__(message)
        self.message = message
        self.sent = sent


class EndlessAnswer(Exception):
    """An answer that does not end in time, or is too large; ``status`` is None where not even that came."""

    def __init__(self, message: str, status: int | None) -> None:
        super().__init__(message)
        self.message = message
        self.status = status


class CallCounter:
    """Counts requests of all threads. ``total`` is requests sent, retries included."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.reads = self.writes = self.retries = 0
        self.waited = 0.0

    def sent(self, *, read: bool, retry: bool) -> None:
        with self._lock:
            self.reads += read
            self.writes += not read
            self.retries += retry

    def slept(self, seconds: float) -> None:
        with self._lock:
            self.waited += seconds

    def as_dict(self) -> dict[str, Any]:
        return {
            "total": self.reads + self.writes,
            "reads": self.reads,
            "writes": self.writes,
            "retries": self.retries,
            "waited_seconds": round(self.waited, 3),
        }


class Gate:
    """One gate for all threads of a run: a 429 to one closes it for every one, until the API's wait is over."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._clock = clock
        self._opens_at = 0.0

    def close(self, seconds: float) -> None:
        with self._lock:
            self._opens_at = max(self._opens_at, self._clock() + seconds)

    def remaining(self) -> float:
        with self._lock:
            return max(0.0, self._opens_at - self._clock())


class TokenAuth(AuthBase):
    """Puts the token into the header, at the last moment."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: Any) -> Any:
        request.headers["Authorization"] = f"aivenv1 {self._token}"
        return request


class Transport:
    """Sends single requests to the API over one pooled session per thread."""

    def __init__(
        self,
        connection: Connection,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        if REQUESTS_IMPORT_ERROR is not None:
            raise AivenError(
                "missing_library",
                f"the Python library requests is missing for the interpreter {sys.executable}: {REQUESTS_IMPORT_ERROR}. "
                f"Install it with: {sys.executable} -m pip install requests - or set ansible_python_interpreter to a "
                "Python that has it.",
            )
        self.connection = connection
        _check_times(connection)
        self.base = base_url(connection.api_url, allow_plain_http=connection.allow_plain_http)
        if connection.ca_path and not os.path.exists(connection.ca_path):
            raise AivenError(
                "api_unreachable", f"ca_path {connection.ca_path!r} does not exist; give a PEM file or a folder of them"
            )
        self.counter = CallCounter()
        self.gate = Gate(clock)
        self.clock = clock
        self.guard: Callable[[], None] | None = None
        # What requests hold that must not come back in the words of an answer.
        self.secrets: frozenset[str] = frozenset()
        self._auth = TokenAuth(_token(connection.api_token)) if connection.api_token else None
        # A token that may go to this machine in the clear may not go to a proxy so.
        plain = self.base.startswith("http:") and not connection.allow_plain_http
        self._proxies = {"http": None, "all": None} if plain else None
        self._sleep = sleep
        self._local = threading.local()

    def sleep(self, seconds: float) -> None:
        """Waits, in short naps so that :attr:`guard` can end a wait that nobody is interested in any more."""
        self.counter.slept(seconds)
        end = self.clock() + seconds
        while (left := end - self.clock()) > 0:
            if self.guard is not None:
                self.guard()
            self._sleep(min(left, 0.5))

    def send(self, method: str, path: str, body: object = None, *, read: bool, retry: bool) -> Answer:
        """One request. Raises :class:`NoAnswer`, :class:`EndlessAnswer`, or :class:`AivenError` where the request cannot be
        sent at all.

        ``guard`` is called after the gate and right before a write, so that a run which is over sends none.
        """
        if self._auth is None and path not in PUBLIC_PATHS:
            raise AivenError(
                "authentication_failed", "no token is given: set api_token, or AIVEN_TOKEN in the environment."
            )
        while (wait := self.gate.remaining()) > 0:
            self.sleep(wait)
        if self.guard is not None and not read:
            self.guard()
        self.counter.sent(read=read, retry=retry)
        return self._received(method, path, body)

    def _received(self, method: str, path: str, body: object) -> Answer:
        """Sends a request and receives its answer whole. Of an error that does not end, what came is enough."""
        session, watch = self._session()
        deadline = DEADLINE_FACTOR * self.connection.request_timeout
        received, endless = Body(LARGEST), ""
        response: Any = None
        try:
            with watch.within(deadline):
                response = session.request(
                    method,
                    f"{self.base}/v1{path}",
                    json=body,
                    auth=self._auth or _no_auth,
                    timeout=(self.connection.request_timeout, self.connection.request_timeout),
                    verify=self._verify(),
                    proxies=self._proxies,
                    allow_redirects=False,
                    stream=True,
                )
                received.receive(response)
        except TooLarge as error:
            endless = str(error)
        except (OSError, ValueError) as error:
            # What requests raises is an OSError; it lets a plain one through for certificates that are not where
            # REQUESTS_CA_BUNDLE says, and a ValueError for a Location header or a host name that it cannot take apart.
            if not watch.expired:
                raise self._no_answer(error) from None
        if watch.expired:
            endless = f"it was not whole after {deadline:g} s, {DEADLINE_FACTOR} times request_timeout"
        if endless and response is not None:
            response.close()
        if endless and (response is None or response.ok):
            raise EndlessAnswer(endless, getattr(response, "status_code", None))
        return Answer(response.status_code, response.headers, received.content, _now(response.headers.get("Date")))

    def redact(self, text: str) -> str:
        """Takes the token and the secrets out of a foreign text, and what looks like the password of a service."""
        token = self.connection.api_token
        for secret in sorted({*self.secrets, token or ""} - {""}, key=len, reverse=True):
            text = text.replace(secret, _MASK)
        return _PASSWORD_IN_TEXT.sub(_MASK, text)

    def _session(self) -> tuple[Any, Watch]:
        """The session of this thread, and the watch over its connection."""
        known = getattr(self._local, "session", None)
        if known is None:
            session, watch = requests.Session(), Watch()
            session.headers.update({"User-Agent": USER_AGENT, "Accept-Encoding": ACCEPTED_ENCODING})
            for scheme in ("https://", "http://"):
                session.mount(scheme, WatchedAdapter(watch))
            known = self._local.session = (session, watch)
        return known

    def _verify(self) -> bool | str:
        if not self.connection.validate_certs:
            return False
        return self.connection.ca_path or True

    def _no_answer(self, error: Exception) -> Exception:
        """TLS and proxy configuration errors do not pass by waiting; everything else may."""
        said = cut(self.redact(_cause(error)), 300)
        if isinstance(error, requests.exceptions.SSLError) and not _BROKEN_TLS.search(said):
            what = "the certificate is not trusted" if "CERTIFICATE_VERIFY" in said else "TLS failed"
            return AivenError(
                "api_unreachable",
                f"no connection to {self.base}, {what}: {said}. "
                "Check api_url, and give ca_path (or AIVEN_CA_CERT), a PEM file, if a proxy or a private CA signs.",
            )
        if isinstance(error, _UNUSABLE_URL) or "Proxy Authentication Required" in said or "failed: 407" in said:
            return AivenError(
                "api_unreachable",
                f"api_url {self.base}, or the proxy that the environment names, cannot be used: {said}",
            )
        if isinstance(error, requests.exceptions.ProxyError):
            said = f"the proxy that the environment names does not serve: {said}"
        if isinstance(error, requests.exceptions.RequestException):
            never = isinstance(error, requests.exceptions.ConnectTimeout) or _NEVER_SENT.search(str(error))
            return NoAnswer(said, sent=not never)
        if isinstance(error, OSError):
            return AivenError(
                "api_unreachable",
                f"no connection to {self.base}: {said}. Check ca_path, or what REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE name.",
            )
        return NoAnswer(f"an answer that cannot be read ({said})", sent=True)


def _check_times(connection: Connection) -> None:
    for name, lowest, words in (("request_timeout", 0.001, "above 0"), ("retry_timeout", 0, "of 0 or more")):
        value = getattr(connection, name)
        if not (math.isfinite(value) and lowest <= value <= LONGEST_TIMEOUT):
            raise AivenError(
                "invalid_target", f"{name} is {value:g}: give seconds, a number {words}, {LONGEST_TIMEOUT} at most."
            )


def _token(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        message = "api_token holds spaces, line breaks or characters that no token has: check how it is read"
        raise AivenError("authentication_failed", message)
    return token


def _no_auth(request: Any) -> Any:
    """In place of no auth at all, which would let requests look into ``.netrc``."""
    return request


def _now(date: str | None) -> datetime:
    return parse_date(date or "") or datetime.now(UTC)


def _cause(error: BaseException) -> str:
    """The innermost reason in words, without the names of urllib3's objects."""
    inner = error
    while (deeper := _deeper(inner)) is not None:
        inner = deeper
    if isinstance(inner, IncompleteRead):
        return "the answer broke off"
    if isinstance(inner, BadStatusLine) and not isinstance(inner, RemoteDisconnected):
        return "the answer is not HTTP"
    texts = [arg for arg in inner.args if isinstance(arg, str)]
    text = texts[-1] if len(inner.args) > 1 and texts and not isinstance(inner, OSError) else str(inner)
    return _OBJECT_IN_TEXT.sub("", " ".join(text.split())) or type(error).__name__


def _deeper(error: BaseException) -> BaseException | None:
    causes = (getattr(error, "reason", None), *error.args)
    return next((cause for cause in causes if isinstance(cause, BaseException)), None)
