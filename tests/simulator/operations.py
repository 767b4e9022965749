# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating, changing and deleting services: every rule is looked at before anything is touched."""

from __future__ import annotations

import copy
import math
from typing import Any

from . import backups, bodies, integrations, permissions, restores, rules
from .clock import MINUTE, iso
from .state import Project, Replica, Service, Token, World


def create(world: World, project: Project, token: Token, body: Any) -> Service:
    body = dict(bodies.check("ServiceCreate", body))
    if not rules.forked_from(body.get("user_config") or {}):
        permissions.allow(token, project.name, permissions.WRITE)
    rules.free_name(project, body["service_name"])
    rules.known_type(body["service_type"])
    plan = rules.known_plan(body["service_type"], body["plan"])
    body.setdefault("cloud", project.default_cloud)
    rules.known_cloud(project, body["cloud"], plan)
    rules.not_destroyed(world, body["cloud"])
    rules.known_vpc(project, body.get("project_vpc_id"), body["cloud"])
    rules.disk_space(plan, body.get("disk_space_mb"))
    config = copy.deepcopy(body.get("user_config") or {})
    rules.user_config(body["service_type"], config, creating=True)
    source = rules.fork_source(world, project, token, body, plan)
    wanted = config.get("additional_backup_regions")
    if wanted:
        rules.entitled(world, project, body["service_name"])
        rules.region_allowed(project, wanted[0], body["cloud"], body["cloud"])
        rules.not_destroyed(world, wanted[0])
    service = _new_service(world, project, body, config, source)
    service.service_integrations = integrations.made_with(world, service, token, body.get("service_integrations") or [])
    service.disk_space_mb = body.get("disk_space_mb", plan.disk_space_mb)
    project.services[service.name] = service
    integrations.show_at_other_ends(world, service)
    backups.follow(service, service.created)
    world.history_of(project.name, service.name).creates += 1
    if wanted:
        set_region(world, service, wanted[0])
    world.log_event(project, token.user, "service_create", f"Created service '{service.name}'", service.name)
    return service


def _new_service(
    world: World, project: Project, body: dict[str, Any], config: dict[str, Any], source: dict[str, Any] | None
) -> Service:
    now = world.clock.now()
    tags = dict(body.get("tags") or {})
    if source and body.get("copy_tags"):
        tags = {**world.projects[source["project"]].services[source["service_name"]].tags, **tags}
    service = Service(
        project=project.name,
        name=body["service_name"],
        service_type=body["service_type"],
        plan=body["plan"],
        cloud=body["cloud"],
        primary_region=body["cloud"],
        created=now,
        updated=now,
        user_config={**config, "additional_backup_regions": []} if config.get("additional_backup_regions") else config,
        tags=tags,
        termination_protection=body.get("termination_protection", False),
        project_vpc_id=body.get("project_vpc_id", rules.usual_vpc(project, body["cloud"])),
        tech_emails=list(body.get("tech_emails") or []),
        ready_at=now + world.settings.build_seconds,
        fork_of=source,
    )
    service.maintenance.update(body.get("maintenance") or {})
    service.real = service.service_type in world.real_types
    if source:
        service.real &= world.projects[source["project"]].services[source["service_name"]].real
        restores.begin(world, service)
    return service


def update(world: World, project: Project, token: Token, service: Service, body: Any) -> None:
    body = bodies.check("ServiceUpdate", body)
    config = body.get("user_config") or {}
    _check_update(world, project, service, body, config)
    now = world.clock.now()
    service.updated = now
    _change_place(world, project, service, body)
    _change_settings(service, body)
    if "powered" in body and body["powered"] != service.powered:
        set_powered(world, service, body["powered"])
    if "disaster_recovery_role" in body:
        integrations.take_role(world, service, body["disaster_recovery_role"])
    _merge(world, service, config)
    backups.follow(service, now)
    world.log_event(project, token.user, "service_update", f"Updated service '{service.name}'", service.name)


def _check_update(
    world: World, project: Project, service: Service, body: dict[str, Any], config: dict[str, Any]
) -> None:
    rules.known_type(service.service_type)
    rules.user_config(service.service_type, config, creating=False)
    cloud = body.get("cloud", service.cloud)
    rules.may_leave(project, service, cloud)
    if body.keys() & {"plan", "cloud", "disk_space_mb"}:
        plan = rules.known_plan(service.service_type, body.get("plan", service.plan))
        rules.known_cloud(project, cloud, plan)
        rules.disk_space(plan, body.get("disk_space_mb"))
    if cloud != service.cloud:
        rules.not_destroyed(world, cloud)
    rules.known_vpc(project, body.get("project_vpc_id"), cloud)
    if body.get("powered") and not service.powered:
        rules.can_start(world, service, cloud)
    if body.get("powered") is False and service.powered and body.get("termination_protection", True):
        rules.not_protected(service)
    regions = config.get("additional_backup_regions")
    if regions:
        current = service.secondary_region()
        if regions[0] != current:
            rules.entitled(world, project, service.name)
            rules.region_allowed(project, regions[0], cloud, service.primary_region)
            rules.not_destroyed(world, regions[0])
        if regions[0] != current or world.settings.refuse_equal_within_day:
            rules.once_a_day(world, service, regions[0])


def _change_settings(service: Service, body: dict[str, Any]) -> None:
    for key in ("termination_protection", "disk_space_mb", "project_vpc_id", "tech_emails"):
        if key in body:
            setattr(service, key, body[key])
    service.maintenance = {**service.maintenance, **(body.get("maintenance") or {})}


def _change_place(world: World, project: Project, service: Service, body: dict[str, Any]) -> None:
    """Migration moves neither the primary backups nor the copy (DOC manage-backup-to-another-region.md, "Migrate").

    It does leave the VPC, which is one cloud's; a new plan comes with its own disk.
    """
    moved = body.get("cloud", service.cloud) != service.cloud
    resized = body.get("plan", service.plan) != service.plan
    service.cloud, service.plan = body.get("cloud", service.cloud), body.get("plan", service.plan)
    if moved:
        service.project_vpc_id = rules.usual_vpc(project, service.cloud)
    if resized:
        service.disk_space_mb = rules.known_plan(service.service_type, service.plan).disk_space_mb
    if (moved or resized) and service.powered:
        _rebuild(world, service)


def set_powered(world: World, service: Service, powered: bool) -> None:
    service.powered = powered
    if powered:
        _rebuild(world, service)


def _rebuild(world: World, service: Service) -> None:
    """Unless it was never ready: nothing makes a fork that hangs run."""
    now = world.clock.now()
    if now >= service.ready_at:
        service.restore = None
    if service.ready_at < math.inf:
        service.ready_at = now + world.settings.build_seconds


def _merge(world: World, service: Service, config: dict[str, Any]) -> None:
    """Key by key: objects are merged, everything else (arrays too) is replaced."""
    for key, value in config.items():
        if key == "additional_backup_regions":
            set_region(world, service, value[0] if value else None)
        elif isinstance(value, dict) and isinstance(service.user_config.get(key), dict):
            service.user_config[key] = {**service.user_config[key], **value}
        else:
            service.user_config[key] = copy.deepcopy(value)


def set_region(world: World, service: Service, region: str | None) -> None:
    """Set or clear the secondary region: the copy in a former one is deleted, the one in a new one starts from nothing."""
    former = service.secondary_region()
    service.user_config["additional_backup_regions"] = [region] if region else []
    if region == former:
        return
    now = world.clock.now()
    service.base_backups = [taken for taken in service.base_backups if taken <= now]
    service.replica = new_replica(service, region, now) if region else None
    if region:
        service.last_region, service.last_region_at = region, now
        if world.settings.change_rebuilds and service.powered:
            _rebuild(world, service)
    world.history_of(service.project, service.name).region_changes.append(
        {"time": iso(now), "before": former, "after": region}
    )


def new_replica(service: Service, region: str, now: float) -> Replica:
    """pg and mysql take a new base backup for the copy; the others wait for their next scheduled one."""
    seed = service.seed()
    if service.service_type in ("pg", "mysql") and service.powered:
        service.base_backups.append(max(now + backups.BASE_BACKUP_AFTER, service.ready_at))
    return Replica(cloud=region, since=now, lag=(4 + seed % 17) * MINUTE, wal_lag=30 + seed % 240)


def delete(world: World, project: Project, token: Token, service: Service) -> None:
    rules.not_protected(service)
    del project.services[service.name]
    integrations.forget(world, service)
    world.history_of(project.name, service.name).deletes += 1
    world.log_event(project, token.user, "service_delete", f"Deleted service '{service.name}'", service.name)
