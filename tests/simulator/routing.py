# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which request is which operation: one table, matched on the undecoded path (``//`` and ``%2F`` survive)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from .errors import ApiError
from .state import Project, Service, Token, World
from .views import Renderer


@dataclass
class Call:
    """One request on its way to a handler."""

    world: World
    renderer: Renderer
    method: str
    parts: dict[str, str]
    query: dict[str, str]
    body: Any = None
    token: Token = field(default_factory=Token)

    @property
    def project(self) -> Project:
        return self.world.project(self.parts["project"], self.token)

    @property
    def service(self) -> Service:
        return self.world.service(self.project, self.parts["service_name"])


Handler = Callable[[Call], Any]


@dataclass(frozen=True)
class Operation:
    """A row of the table: Aiven's operationId, the path, who may call it. ``scope`` "" means no token is needed."""

    method: str
    path: str
    name: str
    handler: Handler
    needs: tuple[str, ...] = ()
    scope: str = "projects:read"

    @property
    def segments(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))


class Router:
    def __init__(self, operations: list[Operation]) -> None:
        self._by_length: dict[int, list[Operation]] = {}
        for operation in operations:
            self._by_length.setdefault(len(operation.segments), []).append(operation)

    def match(self, method: str, raw_path: str) -> tuple[Operation, dict[str, str]]:
        """The operation of a path below ``/v1/`` and the values of its parameters. Raises 404 and 405."""
        given = raw_path.split("/")
        found = False
        for operation in self._by_length.get(len(given), []):
            parts = _match(operation.segments, given)
            if parts is None:
                continue
            found = True
            if operation.method == method:
                return operation, parts
        raise ApiError(405, "Method Not Allowed") if found else ApiError(404, "Not Found")


def _match(pattern: tuple[str, ...], given: list[str]) -> dict[str, str] | None:
    parts: dict[str, str] = {}
    for wanted, actual in zip(pattern, given, strict=True):
        if wanted.startswith("{"):
            if not actual:
                return None
            parts[wanted[1:-1]] = unquote(actual)
        elif wanted != actual:
            return None
    return parts
