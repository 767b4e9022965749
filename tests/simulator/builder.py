# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services made or changed by the side door: no rule is looked at, anything goes (hostile names, unknown states, the past)."""

from __future__ import annotations

from typing import Any

from . import backups, integrations, operations
from .catalog import plans
from .clock import DAY, HOUR, MINUTE, parse_time
from .clouds import custom_cloud, listed_clouds
from .errors import ApiError
from .state import Gap, Organization, Project, Service, World

PLAIN = (
    "plan",
    "cloud",
    "service_type",
    "primary_region",
    "tags",
    "termination_protection",
    "maintenance",
    "disk_space_mb",
    "project_vpc_id",
    "tech_emails",
    "service_integrations",
    "disaster_recovery_role",
    "state",
    "overlay",
    "backups_overlay",
    "hide",
    "hide_in_listing",
    "scenario",
)
SPECIAL = (
    "powered",
    "off_hours",
    "user_config",
    "region",
    "region_age_hours",
    "lag_minutes",
    "pause",
    "stop",
    "resume",
    "backups",
    "btar_enabled",
    "read_replica_of",
    "recovery_of",
)


def build_project(world: World, spec: dict[str, Any]) -> Project:
    """A project from ``{name, organization, default_cloud, tags, custom_clouds: [parent cloud], vpcs, btar_enabled, not_offered}``.

    ``deployment_model`` is that of its custom clouds: ``hipaa`` and ``pci_dss`` forbid forks.
    """
    name = spec["name"]
    organization = spec.get("organization", "org-1")
    if organization not in world.organizations:
        number = len(world.organizations) + 1
        world.organizations[organization] = Organization(
            organization, f"a{number:010d}", spec.get("organization_name", organization)
        )
    project = world.projects.setdefault(name, Project(name=name, organization=organization))
    project.organization = organization
    for key in ("default_cloud", "tags", "vpcs", "btar_enabled", "not_offered"):
        if key in spec:
            setattr(project, key, spec[key])
    for parent in spec.get("custom_clouds", []):
        model = spec.get("deployment_model", "standard")
        cloud = custom_cloud(f"custom-{parent}", listed_clouds()[parent], model)
        project.custom_clouds[cloud.name] = cloud
    return project


def build_service(world: World, spec: dict[str, Any]) -> Service:
    """A service with a past: ``age_days`` (30) old, ready, backed up since. ``project`` is made if it does not exist."""
    now = world.clock.now()
    project = world.projects.get(spec["project"]) or build_project(world, {"name": spec["project"]})
    created = now - spec.get("age_days", 30) * DAY
    cloud = spec.get("cloud", project.default_cloud)
    service = Service(
        project=project.name,
        name=spec["service_name"],
        service_type=spec.get("service_type", "pg"),
        plan=spec.get("plan", "startup-4"),
        cloud=cloud,
        primary_region=spec.get("primary_region", cloud),
        created=created,
        updated=now - min(spec.get("age_days", 30), 2) * DAY,
        ready_at=created,
    )
    service.real = service.service_type in world.real_types and spec.get("real", True)
    plan = plans().get(service.service_type, {}).get(service.plan)
    if plan:
        service.disk_space_mb = plan.disk_space_mb
    service.user_config = dict(spec.get("user_config", {}))
    backups.follow(service, created)
    project.services[service.name] = service
    change_service(
        world,
        service,
        {
            key: value
            for key, value in spec.items()
            if key not in ("project", "service_name", "age_days", "user_config", "real")
        },
    )
    return service


def change_service(world: World, service: Service, spec: dict[str, Any]) -> None:
    """Change a service behind everyone's back. Raises 400 for a key that it does not know."""
    unknown = sorted(set(spec) - set(PLAIN) - set(SPECIAL))
    if unknown:
        raise ApiError(400, f"unknown keys: {', '.join(unknown)}; known are {', '.join((*PLAIN, *SPECIAL))}")
    now = world.clock.now()
    for key in PLAIN:
        if key in spec:
            setattr(service, key, spec[key])
    if "region" in spec:
        _set_region(world, service, spec, now)
    for key, value in spec.get("user_config", {}).items():
        service.user_config[key] = value
    for key, kind in (("read_replica_of", "read_replica"), ("recovery_of", integrations.RECOVERY)):
        if key in spec:
            source = world.projects[service.project].services[spec[key]]
            service.service_integrations = [integrations.entry(kind, source, service)]
            integrations.show_at_other_ends(world, service)
    if "powered" in spec and spec["powered"] != service.powered:
        operations.set_powered(world, service, spec["powered"])
        backups.follow(service, now - (0 if service.powered else spec.get("off_hours", 0) * HOUR))
    backups.follow(service, now)
    if "btar_enabled" in spec:
        (world.no_btar_services.discard if spec["btar_enabled"] else world.no_btar_services.add)(
            (service.project, service.name)
        )
    _replication(service, spec, now)


def _set_region(world: World, service: Service, spec: dict[str, Any], now: float) -> None:
    """Set the secondary region, ``region_age_hours`` ago."""
    region, since = spec["region"], now - spec.get("region_age_hours", 0) * HOUR
    service.user_config["additional_backup_regions"] = [region] if region else []
    service.replica = operations.new_replica(service, region, since) if region else None
    if region:
        service.last_region, service.last_region_at = region, since


def _replication(service: Service, spec: dict[str, Any], now: float) -> None:
    """``pause: {reason, hours_ago}``, ``stop: {hours_ago}``, ``resume: true``, ``lag_minutes``, ``backups: [ISO times]``."""
    service.extra_backups += [parse_time(text) for text in spec.get("backups", [])]
    replica = service.replica
    if replica is None:
        return
    if "lag_minutes" in spec:
        replica.lag = replica.wal_lag = spec["lag_minutes"] * MINUTE
    gap = replica.open_gap()
    if gap and (spec.get("resume") or "pause" in spec or "stop" in spec):
        gap.until = now
    for kind, key in (("paused", "pause"), ("stopped", "stop")):
        if spec.get(key):
            told = spec[key] if isinstance(spec[key], dict) else {}
            replica.gaps.append(
                Gap(now - told.get("hours_ago", 0) * HOUR, kind, told.get("reason", "Paused by the simulator"))
            )
