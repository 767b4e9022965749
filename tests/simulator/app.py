# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The HTTP application: log, rate limit, faults, authentication, then the handler of the operation."""

from __future__ import annotations

import asyncio
import socket
import time
import traceback
from http import HTTPStatus
from itertools import chain, repeat
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from . import bodies, permissions, platform_api, services_api, sidedoor
from .bodies import Body
from .errors import ApiError, error_body
from .faults import Answer, Fault, json_answer
from .routing import Call, Operation, Router
from .simulation import Simulation
from .state import Token
from .views import dump

API = "/v1/"


def build_app(simulation: Simulation) -> ASGIApp:
    """The whole application: the side door under ``/_simulator``, everything else is the API.

    Told apart here and not by a Mount, whose pattern does not match a path with a line break in it.
    """
    door = Starlette(routes=[Mount("/_simulator", routes=sidedoor.routes(simulation))])
    api = Api(simulation)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (door if scope["path"].startswith("/_simulator") else api)(scope, receive, send)

    return app


class Api:
    """An ASGI application that answers as Aiven's API does."""

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._router = Router([*services_api.OPERATIONS, *platform_api.OPERATIONS])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        body = bodies.read(await request.body())
        started = time.monotonic()
        path = scope.get("raw_path", scope["path"].encode()).decode("latin-1").partition("?")[0]
        entry: dict[str, Any] = {
            "method": request.method,
            "path": path.removeprefix(API.rstrip("/")),
            "query": _query(request),
            "body": body.logged(),
            "operation": None,
            "user": None,
            "fault": None,
        }
        self._simulation.settle()
        answer = await self._safe_answer(request, path, body, entry)
        world = self._simulation.world
        entry.update(
            status=0 if answer.wire == "reset" else answer.status,
            seconds=round(time.monotonic() - started, 4),
            time=time.time(),
        )
        self._simulation.log_request(entry)
        answer.headers = {"date": world.clock.http_date(), **answer.headers}
        await _send(scope, send, answer)

    async def _safe_answer(self, request: Request, path: str, body: Body, entry: dict[str, Any]) -> Answer:
        """A fault of the simulator itself is an answer too; the traceback on stderr tells tests of it."""
        try:
            return await self._answer(request, path, body, entry)
        except Exception:
            traceback.print_exc()
            return json_answer(500, error_body(500, "Internal server error", "internal_server_error"))

    async def _answer(self, request: Request, path: str, body: Body, entry: dict[str, Any]) -> Answer:
        simulation = self._simulation
        header = request.headers.get("authorization")
        user = _user(simulation, header)
        entry["user"] = user
        try:
            if not path.startswith(API):
                raise ApiError(404, "Not Found")
            operation, parts = self._router.match(request.method, path.removeprefix(API))
        except ApiError as error:
            return json_answer(error.status, error.body())
        names = {**parts, "service_name": parts.get("service_name") or _name_in(body.value)}
        entry.update(operation=operation.name, project=parts.get("project"), service=names["service_name"] or None)
        refusal = simulation.limiter.check(user) if operation.scope else None
        if refusal:
            return refusal
        fault = simulation.faults.pick(request.method, path.removeprefix(API.rstrip("/")), names, user)
        call = Call(simulation.world, simulation.renderer, request.method, parts, dict(parse_qsl(_query(request))))
        if fault is None:
            return self._carry_out(operation, call, header, body)
        entry["fault"] = fault.kind
        return await self._broken(fault, operation, call, header, body, names)

    async def _broken(
        self, fault: Fault, operation: Operation, call: Call, header: str | None, body: Body, names: dict[str, str]
    ) -> Answer:
        if fault.name == "slow" and fault.kind != "slow_after":
            await asyncio.sleep(fault.seconds)
        place = (names.get("project", ""), names["service_name"])
        former = self._simulation.renderer.snapshot(*place) if fault.name == "stale" else None
        real = self._carry_out(operation, call, header, body) if fault.applies else None
        if fault.kind == "slow_after":
            await asyncio.sleep(fault.seconds)
        if fault.name == "stale" and real and real.status < 300:
            self._simulation.renderer.stay_stale(*place, former, fault.reads, fault.seconds)
        return fault.answer(real)

    def _carry_out(self, operation: Operation, call: Call, header: str | None, body: Body) -> Answer:
        try:
            if operation.scope:
                call.token = permissions.authenticate(self._simulation.world, header)
                permissions.allow_scope(call.token, operation.scope)
            if "project" in call.parts:
                call.project  # noqa: B018  membership comes before permissions
                permissions.allow(call.token, call.parts["project"], operation.needs)
            if "service_name" in call.parts:
                services_api.answers_without_power(call, operation)
            if call.method != "GET":
                call.body = body.parsed()
            result = operation.handler(call)
        except ApiError as error:
            return json_answer(error.status, error.body())
        return Answer(200, result if isinstance(result, bytes) else dump(result))


def _user(simulation: Simulation, header: str | None) -> str:
    token: Token | None = simulation.world.tokens.get((header or "").partition(" ")[2].strip())
    return token.user if token else ""


def _query(request: Request) -> str:
    query: bytes = request.scope["query_string"]
    return query.decode("latin-1")


def _name_in(body: Any) -> str:
    """The service a create is about, so that faults and the log know it too."""
    name = body.get("service_name") if isinstance(body, dict) else None
    return name if isinstance(name, str) else ""


async def _send(scope: Scope, send: Send, answer: Answer) -> None:
    transport = scope["state"]["transport"]
    if answer.wire == "reset":
        _reset(transport)
        return
    if answer.wire in ("drip", "endless"):
        await _send_on_and_on(transport, send, answer)
        return
    body = answer.body[: len(answer.body) // 2] if answer.wire else answer.body
    if answer.wire == "cut":
        _send_raw(transport, answer, body)
        return
    await _send_head(send, answer, {"content-length": str(len(body))})
    await send({"type": "http.response.body", "body": body})


async def _send_head(send: Send, answer: Answer, more: dict[str, str]) -> None:
    headers = {"content-type": answer.content_type, **answer.headers, **more}
    raw = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": raw})


async def _send_on_and_on(transport: asyncio.Transport, send: Send, answer: Answer) -> None:
    """A body that comes a byte at a time, or is followed by blanks for ever; until nobody listens any more."""
    drips = answer.wire == "drip"
    await _send_head(send, answer, {"content-length": str(len(answer.body))} if drips else {})
    first = [bytes([byte]) for byte in answer.body] if drips else [answer.body]
    for piece in chain(first, repeat(b"" if drips else b" " * 65536)):
        if transport.is_closing():
            return
        if not piece:
            break
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        await asyncio.sleep(answer.pause if drips else 0)
    await send({"type": "http.response.body", "body": b""})


def _reset(transport: asyncio.Transport) -> None:
    """Break the connection with a TCP reset: linger of zero seconds, then abort."""
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00"
    )
    transport.abort()


def _send_raw(transport: asyncio.Transport, answer: Answer, body: bytes) -> None:
    """Announce the whole body and close after a part of it: no honest server can be made to do this."""
    status = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    headers = {"content-type": answer.content_type, **answer.headers, "content-length": str(len(answer.body))}
    head = status + "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "\r\n"
    transport.write(head.encode("latin-1") + body)
    transport.close()
