# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service integrations that a service is created with, and what they make of it.

A read replica and a recovery service follow their source; all others do nothing here. Both ends show an integration.
"""

from __future__ import annotations

import uuid
from typing import Any

from . import backups
from .errors import ApiError
from .state import Service, Token, World

RECOVERY = "disaster_recovery"
# From the role that a service has and the one that it is to take: its own and the other one's then.
STEPS: dict[tuple[str, str | None], tuple[str, str]] = {
    ("active", "failed"): ("failed", "active"),
    ("failed", "passive"): ("passive", "active"),
    ("passive", "active"): ("active", "passive"),
}


def made_with(world: World, service: Service, token: Token, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The integrations of a new service as the API shows them. Raises ApiError for one that leads nowhere."""
    return [_integration(world, service, token, one) for one in wanted]


def others(world: World, service: Service) -> list[Service]:
    """The services at the other ends of a service's integrations, as far as they exist."""
    found = []
    for one in service.service_integrations:
        for end in ("source", "dest"):
            home = world.projects.get(str(one.get(f"{end}_project")))
            other = home.services.get(str(one.get(f"{end}_service"))) if home else None
            if other is not None and other is not service:
                found.append(other)
    return found


def show_at_other_ends(world: World, service: Service) -> None:
    """Let the services at the other ends of a new service's integrations show them too."""
    for one, other in zip(service.service_integrations, others(world, service), strict=True):
        other.service_integrations = [*other.service_integrations, one]
        if one["integration_type"] == RECOVERY:
            # The new recovery service is passive, its source active; whichever of both is the new one.
            roles = ("active", "passive") if one["dest_service"] == service.name else ("passive", "active")
            other.disaster_recovery_role, service.disaster_recovery_role = roles


def forget(world: World, service: Service) -> None:
    """A deleted service takes its integrations with it: what followed it is promoted."""
    for other in others(world, service):
        other.service_integrations = [
            one for one in other.service_integrations if one not in service.service_integrations
        ]
        other.disaster_recovery_role = ""
        backups.follow(other, world.clock.now())


def peer_of(world: World, service: Service) -> Service | None:
    """The other service of a pair of cross-region disaster recovery."""
    pairs = [one for one in service.service_integrations if one.get("integration_type") == RECOVERY]
    return next(
        (other for other in others(world, service) if any(one in other.service_integrations for one in pairs)), None
    )


def take_role(world: World, service: Service, role: str | None) -> None:
    """The change of a role, which is a failover or its reversion (DOC crdr-failover-to-recovery.md, crdr-revert-to-primary.md).

    The primary service that fails loses its power, and the other one is promoted; recreated it is passive; taking over
    again it is active and the other one passive.
    """
    peer = peer_of(world, service)
    step = (service.disaster_recovery_role, role)
    if peer is None or step not in STEPS:
        raise ApiError(400, f"Service '{service.name}' cannot take the disaster recovery role {role!r}", "bad_request")
    service.disaster_recovery_role, peer.disaster_recovery_role = STEPS[step]
    service.powered = service.disaster_recovery_role != "failed"
    backups.follow(peer, world.clock.now())


def entry(kind: str, source: Service, dest: Service) -> dict[str, Any]:
    """An integration as the API shows it at both of its ends."""
    places = f"{source.project}/{source.name} {kind} {dest.project}/{dest.name}"
    return {
        "active": True,
        "description": "",
        "dest_project": dest.project,
        "dest_service": dest.name,
        "dest_service_type": dest.service_type,
        "enabled": True,
        "integration_type": kind,
        "service_integration_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, places)),
        "source_project": source.project,
        "source_service": source.name,
        "source_service_type": source.service_type,
        "user_config": {},
    }


def _integration(world: World, service: Service, token: Token, wanted: dict[str, Any]) -> dict[str, Any]:
    for key in ("source_endpoint_id", "dest_endpoint_id"):
        if key in wanted:
            raise ApiError(404, f"Integration endpoint '{wanted[key]}' does not exist")
    source = _end(world, service, token, wanted.get("source_project"), wanted.get("source_service"))
    dest = _end(world, service, token, wanted.get("dest_project"), wanted.get("dest_service"))
    if (source is service) == (dest is service):
        raise ApiError(
            400, "Invalid service_integrations: the new service must be either source or destination", "bad_request"
        )
    return {**entry(wanted["integration_type"], source, dest), "user_config": wanted.get("user_config", {})}


def _end(world: World, service: Service, token: Token, project: str | None, name: str | None) -> Service:
    """The service at one end; the new one where none is named."""
    home = world.project(project or service.project, token)
    if name is None or (home.name, name) == (service.project, service.name):
        return service
    return world.service(home, name)
