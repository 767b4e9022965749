# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the listing of a project says of its services that matters to a restore alone: replicas, networks, keys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service, parse_service_list

# Integrations by which a service follows another one: it has no backups of its own then. What each is called.
FOLLOWERS = {"read_replica": "read replica", "disaster_recovery": "recovery service"}


@dataclass(frozen=True, slots=True)
class Follower:
    """A service that follows another one; ``kind`` is a key of ``FOLLOWERS``."""

    kind: str
    source_project: str
    source: str
    name: str

    @property
    def words(self) -> str:
        return FOLLOWERS[self.kind]


@dataclass(frozen=True, slots=True)
class ForkSource:
    """A service, as far as it could be forked.

    ``follows`` is set where it is a follower itself. ``customer_key``: its backups are encrypted with a key of the customer.
    """

    service: Service
    project_vpc_id: str | None = None
    follows: Follower | None = None
    without_persistence: bool = False
    customer_key: bool = False


@dataclass(frozen=True, slots=True)
class ForkSources:
    """The services of a project, and those among them that follow others, by the name of what they follow."""

    services: tuple[ForkSource, ...]
    followers: Mapping[str, tuple[Follower, ...]]


def parse_fork_sources(project: str, body: object) -> ForkSources:
    """``GET /project/P/service``. Raises :class:`InvalidResponse` as :func:`parse_service_list` does."""
    services = parse_service_list(project, body)
    rows: list[Mapping[str, Any]] = body["services"] if isinstance(body, Mapping) else []
    sources = tuple(_source(service, row) for service, row in zip(services, rows, strict=True))
    followers = (follower for row in rows for follower in _followers(project, row))
    return ForkSources(sources, _by_source(project, followers))


def _source(service: Service, row: Mapping[str, Any]) -> ForkSource:
    vpc, config = row.get("project_vpc_id"), row.get("user_config")
    persistence = config.get(f"{service.service_type}_persistence") if isinstance(config, Mapping) else None
    own = (follower for follower in _followers(service.project, row) if follower.name == service.name)
    return ForkSource(
        service,
        project_vpc_id=vpc if isinstance(vpc, str) and vpc else None,
        follows=next(own, None),
        without_persistence=persistence == "off",
        customer_key=isinstance(row.get("cmk_id"), str) and bool(row["cmk_id"]),
    )


def _followers(project: str, row: Mapping[str, Any]) -> Iterator[Follower]:
    """The followers in ``project`` that a service names: itself, or those that follow it."""
    integrations = row.get("service_integrations")
    for item in integrations if isinstance(integrations, list) else ():
        if not isinstance(item, Mapping) or item.get("dest_project") not in (None, project):
            continue
        kind, source, name = (item.get(key) for key in ("integration_type", "source_service", "dest_service"))
        if isinstance(kind, str) and kind in FOLLOWERS and isinstance(source, str) and isinstance(name, str):
            yield Follower(kind, str(item.get("source_project") or project), source, name)


def _by_source(project: str, followers: Iterable[Follower]) -> dict[str, tuple[Follower, ...]]:
    """Either end of an integration may show it, so that it may come twice."""
    found: dict[str, dict[Follower, None]] = {}
    for follower in followers:
        if follower.source_project == project:
            found.setdefault(follower.source, {})[follower] = None
    return {source: tuple(each) for source, each in found.items()}
