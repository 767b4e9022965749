# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the listing of a project says of its services that matters to a restore alone: networks, and who follows whom."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service, parse_service_list


@dataclass(frozen=True, slots=True)
class ForkSource:
    """A service, and what a fork of it needs besides."""

    service: Service
    project_vpc_id: str | None = None


@dataclass(frozen=True, slots=True)
class ForkSources:
    """The services of a project, and those among them that follow others, by the name of what they follow."""

    services: tuple[ForkSource, ...]
    followers: Mapping[str, tuple[Service, ...]]


def parse_fork_sources(project: str, body: object) -> ForkSources:
    """``GET /project/P/service``. Raises :class:`InvalidResponse` as :func:`parse_service_list` does."""
    services = parse_service_list(project, body)
    rows: list[Mapping[str, Any]] = body["services"] if isinstance(body, Mapping) else []
    sources = tuple(_source(service, row) for service, row in zip(services, rows, strict=True))
    followers: dict[str, tuple[Service, ...]] = {}
    for service in services:
        followed, _slash, name = (service.follows.source or "" if service.follows is not None else "").partition("/")
        if followed == project:
            followers[name] = (*followers.get(name, ()), service)
    return ForkSources(sources, followers)


def _source(service: Service, row: Mapping[str, Any]) -> ForkSource:
    vpc = row.get("project_vpc_id")
    return ForkSource(service, project_vpc_id=vpc if isinstance(vpc, str) and vpc else None)
