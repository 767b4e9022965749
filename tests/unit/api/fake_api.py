# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real HTTP server with one service behind it, which fails as it is told to; and a clock that tests need not wait for.

Smaller than the simulator on purpose: it can answer with any bytes, break connections at any point, and forget to make
a change that it confirmed.
"""

from __future__ import annotations

import contextlib
import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

PROJECT, NAME = "shop", "orders-db"
SERVICE_PATH = f"/v1/project/{PROJECT}/service/{NAME}"
TOKEN = "cAnArY/token+0123456789abcdef=="


def service_row(region: str | None = None, **changes: Any) -> dict[str, Any]:
    """A service as the API shows it."""
    return {
        "service_name": NAME,
        "service_type": "pg",
        "plan": "business-4",
        "cloud_name": "aws-eu-west-1",
        "state": "RUNNING",
        "create_time": "2026-01-02T03:04:05Z",
        "update_time": "2026-01-02T03:04:05Z",
        "user_config": {"pg_version": "16", "additional_backup_regions": [region] if region else []},
        **changes,
    }


def create_body(region: str = "aws-eu-central-1", **changes: Any) -> dict[str, Any]:
    user_config = {"additional_backup_regions": [region]}
    facts = {"service_name": NAME, "service_type": "pg", "plan": "business-4", "cloud": "aws-eu-west-1"}
    return {**facts, "user_config": user_config, **changes}


def update_body(*regions: str) -> dict[str, Any]:
    return {"user_config": {"additional_backup_regions": list(regions)}}


class FakeClock:
    """Seconds that pass only when somebody sleeps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.now = 1000.0
        self.naps: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            # A hair more than asked: a sum of floats must not end a hair before its end.
            self.now += seconds + 1e-6
            self.naps.append(seconds)

    @property
    def slept(self) -> float:
        return sum(self.naps)


@dataclass(frozen=True)
class Reply:
    """What is sent instead of the right answer. ``raw`` replaces all of it, status line included."""

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    made: bool = False  # whether the change is made nevertheless
    hang: bool = False
    reset: bool = False
    endless: bytes = b""  # comes after ``raw`` again and again, as long as somebody listens
    pause: float = 0.0  # seconds between

    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


def error(status: int, message: str = "", error_code: str | None = None, **more: Any) -> Reply:
    """An error in the form of Aiven's API."""
    row = {"message": message, "status": status} | ({"error_code": error_code} if error_code else {})
    return Reply(status, {"errors": [row], "message": message}, **more)


RESET = Reply(reset=True)
RESET_AFTER = Reply(reset=True, made=True)
CLOSED = Reply(raw=b"")
CLOSED_AFTER = Reply(raw=b"", made=True)
HANG = Reply(hang=True)
HANG_AFTER = Reply(hang=True, made=True)
HTML_408 = Reply(408, b"<html><body><h1>408 Request Time-out</h1>\nYour browser didn't send a request.\n</body></html>")
LIMITED = error(
    429,
    "The user has sent too many requests in a given amount of time: Rate limit 120 exceeded - try again in 28s",
)


@dataclass(frozen=True)
class Seen:
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    time: float


class FakeApi:
    """One service, its rules, and ``faults``: by method, what its next requests get (None: the right answer)."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.service: dict[str, Any] | None = service_row()
        self.faults: dict[str, list[Reply | None]] = defaultdict(list)
        self.always: Reply | None = None
        self.stale_reads = 0
        self.one_change_a_day = False
        self.answers: dict[str, Any] = {}
        self.seen: list[Seen] = []
        self.on_request: Callable[[Seen], None] = lambda seen: None
        self.url = ""
        self.over = threading.Event()
        self._shown = self.service
        self._moved = False
        self._lock = threading.Lock()

    def methods(self) -> list[str]:
        return [seen.method for seen in self.seen]

    def answer(self, seen: Seen) -> Reply:
        self.on_request(seen)
        with self._lock:
            self.seen.append(seen)
            faults = self.faults[seen.method]
            fault = faults.pop(0) if faults else self.always
            if fault is None:
                return self._right(seen)
            if fault.made:
                self._right(seen)
            return fault

    def _right(self, seen: Seen) -> Reply:
        if seen.path in self.answers:
            return Reply(200, self.answers[seen.path])
        if seen.method == "GET" and self.stale_reads:
            self.stale_reads -= 1
            return self._show(self._shown)
        handler = {"GET": self._get, "PUT": self._put, "POST": self._post, "DELETE": self._delete}[seen.method]
        return handler(seen)

    def _get(self, seen: Seen) -> Reply:
        if seen.path == f"/v1/project/{PROJECT}/service":
            return Reply(200, {"services": [self.service] if self.service else []})
        return self._show(self.service)

    def _put(self, seen: Seen) -> Reply:
        if self.service is None:
            return self._show(None)
        if self._moved and self.one_change_a_day:
            return error(400, "The backup region can be changed once in 24 hours")
        self._shown = self.service
        self._moved = True
        self.service = {**self.service, "user_config": {**self.service["user_config"], **seen.body["user_config"]}}
        return self._show(self.service)

    def _post(self, seen: Seen) -> Reply:
        if self.service is not None:
            return error(409, "Service name is already in use in this project")
        self._shown = None
        region = seen.body["user_config"]["additional_backup_regions"][0]
        facts = {key: seen.body[key] for key in ("service_name", "service_type", "plan")}
        self.service = service_row(region, cloud_name=seen.body["cloud"], state="REBUILDING", **facts)
        return self._show(self.service)

    def _delete(self, seen: Seen) -> Reply:
        if self.service is None:
            return self._show(None)
        self.service = None
        return Reply(200, {"message": "deleted"})

    def _show(self, service: dict[str, Any] | None) -> Reply:
        if service is None:
            return error(404, f"Service {NAME} does not exist")
        return Reply(200, {"service": service})


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    api: FakeApi

    def _handle(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        body = json.loads(content) if content else None
        headers = {key.lower(): value for key, value in self.headers.items()}
        reply = self.api.answer(Seen(self.command, unquote(url.path), url.query, headers, body, self.api.clock()))
        if reply.hang:
            self.api.over.wait(20)
            self.close_connection = True
        elif reply.reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif reply.raw is not None:
            self.wfile.write(reply.raw)
            self.close_connection = True
            if reply.endless:
                self._go_on(reply)
        else:
            self._send(reply)

    def _go_on(self, reply: Reply) -> None:
        with contextlib.suppress(OSError):
            while not self.api.over.wait(reply.pause):
                self.wfile.write(reply.endless)
                self.wfile.flush()

    do_GET = do_PUT = do_POST = do_DELETE = _handle

    def _send(self, reply: Reply) -> None:
        content = reply.content()
        self.send_response_only(reply.status)
        for key, value in reply.headers.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up by design here."""


@contextlib.contextmanager
def serving(api: FakeApi, wrap: Callable[[socket.socket], socket.socket] = lambda plain: plain) -> Iterator[FakeApi]:
    """``api`` behind a port of the loopback interface. ``wrap`` may put TLS around the listening socket."""
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"api": api}))
    plain, server.socket = server.socket, wrap(server.socket)
    scheme = "http" if plain is server.socket else "https"
    api.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
