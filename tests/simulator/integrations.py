# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service integrations that a service is created with. They do nothing here: the service shows them, that is all."""

from __future__ import annotations

import uuid
from typing import Any

from .errors import ApiError
from .state import Service, Token, World


def made_with(world: World, service: Service, token: Token, wanted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The integrations of a new service as the API shows them. Raises ApiError for one that leads nowhere."""
    return [_integration(world, service, token, one) for one in wanted]


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
    kind = wanted["integration_type"]
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
        "user_config": wanted.get("user_config", {}),
    }


def _end(world: World, service: Service, token: Token, project: str | None, name: str | None) -> Service:
    """The service at one end; the new one where none is named."""
    home = world.project(project or service.project, token)
    if name is None or (home.name, name) == (service.project, service.name):
        return service
    return world.service(home, name)
