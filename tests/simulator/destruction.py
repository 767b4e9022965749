# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A region that is gone: its services and all copies in it, until the simulator is reset."""

from __future__ import annotations

from . import backups, operations
from .state import Gap, Replica, Service, World


def destroy(world: World, cloud: str) -> list[Service]:
    """Destroy a region; the services that lost anything by it."""
    world.destroyed_regions.add(cloud)
    hit = [
        service
        for project in world.projects.values()
        for service in project.services.values()
        if cloud in (service.cloud, service.primary_region, service.replica.cloud if service.replica else None)
    ]
    for service in hit:
        _strike(world, service, cloud)
    return hit


def _strike(world: World, service: Service, cloud: str) -> None:
    now = world.clock.now()
    if service.cloud == cloud and service.powered:
        operations.set_powered(world, service, False)
        backups.follow(service, now)
    if service.primary_region == cloud and service.primary_lost_at is None:
        service.primary_lost_at = now
        if service.replica:
            service.replica.gaps.append(Gap(now, "lost"))
    if service.replica and service.replica.cloud == cloud:
        gap = Gap(now, "paused", f"Region {cloud} is not available")
        service.replica = Replica(cloud, now, service.replica.lag, service.replica.wal_lag, [gap])
