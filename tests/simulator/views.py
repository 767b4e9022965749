# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A service as the API shows it, rendered once per change and kept as bytes until it would look different."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from . import backups, restores
from .authorities import ADDRESS
from .catalog import SERVICE_TYPES
from .clock import iso
from .state import Project, Service, World

REDACTED = "<redacted>"
_SSL = {"pg": {"sslmode": "require"}}


def dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode("utf-8", "surrogatepass")


def _secret(world: World, service: Service, reveal: bool) -> str:
    if reveal and service.real:
        return service.password()
    if world.settings.leak_secrets:
        return world.settings.leak_secrets
    return service.password() if reveal else REDACTED


def _connection(world: World, service: Service, password: str) -> dict[str, Any]:
    kind = SERVICE_TYPES.get(service.service_type)
    port, scheme = (kind.port, kind.scheme) if kind else (443, "https")
    host = f"{service.name}-{service.project}.a.aivencloud.com"
    if service.port:
        host, port = ADDRESS, service.port
    uri = f"{scheme}://avnadmin:{password}@{host}:{port}/defaultdb"
    if service.service_type == "pg":
        uri += "?sslmode=require"
    return {
        "service_uri": uri,
        "service_uri_params": {
            "host": host,
            "port": str(port),
            "user": "avnadmin",
            "password": password,
            "dbname": "defaultdb",
            **_SSL.get(service.service_type, {"ssl": "required"}),
        },
        "connection_info": {
            service.service_type: [uri],
            f"{service.service_type}_params": [
                {"host": host, "port": str(port), "user": "avnadmin", "password": password, "dbname": "defaultdb"}
                | _SSL.get(service.service_type, {})
            ],
        },
        "components": _components(service, host, port),
        "users": [
            {"type": "primary", "username": "avnadmin", "password": password},
            {"type": "normal", "username": "app", "password": password},
        ],
    }


def _components(service: Service, host: str, port: int) -> list[dict[str, Any]]:
    """A real service has what is real."""
    known = (
        (service.service_type, "", "dynamic", "primary"),
        (service.service_type, "replica.", "dynamic", "replica"),
        (service.service_type, "public-", "public", "primary"),
        ("prometheus", "", "dynamic", "primary"),
    )
    return [
        {
            "component": component,
            "host": f"{prefix}{host}",
            "port": port + step,
            "route": route,
            "ssl": True,
            "usage": usage,
        }
        for step, (component, prefix, route, usage) in enumerate(known[:1] if service.real else known)
    ]


def service_json(world: World, service: Service, *, reveal: bool = False, listing: bool = False) -> dict[str, Any]:
    """The service object of get, list, create and update. Without ``reveal`` secrets are ``<redacted>``, as the API does."""
    now = world.clock.now()
    plan = backups.plan_of(service)
    kind = SERVICE_TYPES.get(service.service_type)
    cloud = world.projects[service.project].cloud(service.cloud)
    state = service.lifecycle_state(now)
    shown: dict[str, Any] = {
        "service_name": service.name,
        "service_type": service.service_type,
        "service_type_description": kind.description if kind else service.service_type,
        "plan": service.plan,
        "cloud_name": service.cloud,
        "cloud_description": cloud.description if cloud else service.cloud,
        "state": state,
        "create_time": iso(service.created),
        "update_time": iso(service.updated),
        "group_list": ["default"],
        "project_vpc_id": service.project_vpc_id,
        "termination_protection": service.termination_protection,
        "maintenance": service.maintenance,
        "disk_space_mb": service.disk_space_mb,
        "node_count": plan.node_count if plan else 1,
        "node_cpu_count": 2,
        "node_memory_mb": (plan.memory_gb if plan else 4) * 1024,
        "node_states": restores.node_states(service, plan.node_count if plan else 1, state, now),
        "backups": backups.backups_json(service, now, early=world.settings.list_unreplicated),
        "databases": ["defaultdb"],
        "features": {"enhanced_logging": True, "letsencrypt": False},
        "metadata": {"end_of_life_help_article_url": "https://aiven.io/docs/platform/reference/eol-for-major-versions"},
        "service_integrations": service.service_integrations,
        "service_notifications": [],
        "tags": service.tags,
        "tech_emails": service.tech_emails,
        "user_config": service.user_config,
        **_connection(world, service, _secret(world, service, reveal)),
    }
    if service.disaster_recovery_role:
        shown["disaster_recovery_role"] = service.disaster_recovery_role
    if world.settings.listing_padding:
        shown["metadata"]["notes"] = "x" * world.settings.listing_padding
    shown.update(service.overlay)
    hidden = [*service.hide, *(service.hide_in_listing if listing else [])]
    return {key: value for key, value in shown.items() if key not in hidden}


@dataclass
class Stale:
    """What reads of a service are told although it was changed: ``body`` None means "does not exist"."""

    body: bytes | None
    reads: int | None
    until: float

    def spend(self) -> bool:
        """Whether this read still gets the old state."""
        if time.monotonic() >= self.until or self.reads == 0:
            return False
        self.reads = None if self.reads is None else self.reads - 1
        return True


class Renderer:
    """Bytes of services and of whole listings, kept as long as they are true."""

    def __init__(self, world: World, touched: Callable[[Service], None] = lambda service: None) -> None:
        """``touched`` hears of each service that was changed, before anyone is shown it."""
        self._world = world
        self._touched = touched
        self._services: dict[tuple[str, str, bool], tuple[int, int, float, bytes]] = {}
        self._listings: dict[str, tuple[tuple[int, int], float, bytes]] = {}
        self._stamps: dict[str, int] = {}
        self._counter = 0
        self._stale: dict[tuple[str, str], Stale] = {}

    def forget(self) -> None:
        self._services.clear()
        self._listings.clear()

    def touch(self, service: Service) -> None:
        """The service was changed, made or deleted."""
        self._touched(service)
        self._counter += 1
        service.version = self._counter
        self._stamps[service.project] = self._stamps.get(service.project, 0) + 1

    def service(self, service: Service, *, listing: bool = False) -> bytes:
        return self._rendered(service, listing)[3]

    def snapshot(self, project: str, name: str) -> bytes | None:
        """The service as it is now, for a later stale read; None if there is none."""
        home = self._world.projects.get(project)
        service = home.services.get(name) if home else None
        return self.service(service) if service else None

    def stay_stale(self, project: str, name: str, body: bytes | None, reads: int | None, seconds: float) -> None:
        """Let reads answer ``body`` for so many reads, or for so many seconds if ``reads`` is None."""
        self._stale[project, name] = Stale(
            body, reads, float("inf") if reads is not None else time.monotonic() + seconds
        )

    def stale(self, project: str, name: str) -> Stale | None:
        """The old state that this read has to be told, if any."""
        kept = self._stale.get((project, name))
        if kept and kept.spend():
            return kept
        self._stale.pop((project, name), None)
        return None

    def _rendered(self, service: Service, listing: bool) -> tuple[int, int, float, bytes]:
        now, epoch = self._world.clock.now(), self._world.clock.epoch
        key = (service.project, service.name, listing and bool(service.hide_in_listing))
        kept = self._services.get(key)
        if kept and kept[0] == service.version and kept[1] == epoch and now < kept[2]:
            return kept
        until = min(backups.next_change(service, now), restores.next_look(service, now))
        kept = (service.version, epoch, until, dump(service_json(self._world, service, listing=listing)))
        self._services[key] = kept
        return kept

    def listing(self, project: Project) -> bytes:
        """``{"services": [...]}`` of a project."""
        if any(key[0] == project.name for key in self._stale):
            return self._stale_listing(project)
        now = self._world.clock.now()
        stamp = (self._stamps.get(project.name, 0), self._world.clock.epoch)
        kept = self._listings.get(project.name)
        if kept and kept[0] == stamp and now < kept[1]:
            return kept[2]
        parts = [self._rendered(service, True) for service in project.services.values()]
        body = b'{"services":[' + b",".join(part[3] for part in parts) + b"]}"
        self._listings[project.name] = (stamp, min((part[2] for part in parts), default=float("inf")), body)
        return body

    def _stale_listing(self, project: Project) -> bytes:
        told = {name: self.stale(home, name) for home, name in list(self._stale) if home == project.name}
        parts = [
            self.service(service, listing=True) for name, service in project.services.items() if told.get(name) is None
        ]
        parts += [old.body for old in told.values() if old is not None and old.body is not None]
        return b'{"services":[' + b",".join(parts) + b"]}"
