# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Aiven refuses. Each rule is a function that raises ApiError; the sources are the sections of docs/simulator.md.

Aiven publishes neither status nor text of the refusals about backup regions: these are free text in Aiven's style.
"""

from __future__ import annotations

import re
from typing import Any

from . import backups, schemas
from .catalog import DISK_SPACE_STEP_MB, SERVICE_TYPES, Plan, plans
from .clock import DAY, iso, parse_time
from .clouds import Cloud
from .errors import ApiError
from .state import Project, Service, Token, World

NAME = re.compile(r"^[a-z][-a-z0-9]{0,63}$")
OUT_OF_ORDER = "An error occurred. Please try again later."
PROTECTED = "Service is protected against termination and shutdown. Remove termination protection first."


def known_type(name: str) -> None:
    if name not in SERVICE_TYPES:
        raise ApiError(400, f"Service type '{name}' does not exist", "invalid_service_type")


def known_plan(service_type: str, name: str) -> Plan:
    plan = plans()[service_type].get(name)
    if plan is None:
        raise ApiError(400, f"Plan '{name}' for service type {service_type} does not exist")
    return plan


def known_cloud(project: Project, name: str, plan: Plan) -> Cloud:
    cloud = project.cloud(name)
    if cloud is None:
        raise ApiError(400, f"Cloud '{name}' does not exist")
    if not project.offers(plan, cloud):
        raise ApiError(400, f"Plan '{plan.name}' is not available in cloud '{name}'")
    return cloud


def not_destroyed(world: World, cloud: str) -> None:
    if cloud in world.destroyed_regions:
        raise ApiError(409, f"Cloud '{cloud}' is currently not available")


def can_start(world: World, service: Service, cloud: str) -> None:
    """Power-on restores the latest primary backup (DOC service-power-cycle.md): it needs that and a place to run."""
    if cloud in world.destroyed_regions or service.primary_lost_at is not None:
        raise ApiError(503, OUT_OF_ORDER)


def free_name(project: Project, name: str) -> None:
    if not NAME.fullmatch(name):
        raise ApiError(400, f"Invalid service name '{name}': must match {NAME.pattern}", "bad_request")
    if name in project.services:
        raise ApiError(409, "Service name is already in use in this project")


def known_vpc(project: Project, vpc_id: str | None, cloud: str) -> None:
    if vpc_id is None:
        return
    vpc = next((vpc for vpc in project.vpcs if vpc["project_vpc_id"] == vpc_id), None)
    if vpc is None:
        raise ApiError(404, f"Project VPC {vpc_id} does not exist")
    if vpc["state"] != "ACTIVE":
        raise ApiError(409, f"Project VPC {vpc_id} is in state {vpc['state']}, not ACTIVE")
    if vpc["cloud_name"] != cloud:
        raise ApiError(400, f"Project VPC {vpc_id} is in cloud {vpc['cloud_name']}, not {cloud}")


def disk_space(plan: Plan, wanted: int | None) -> None:
    """From what the plan comes with up to its cap, in its steps: what ProjectServicePlanSpecsGet tells."""
    if wanted is None:
        return
    least, most, step = plan.disk_space_mb, plan.disk_space_cap_mb, DISK_SPACE_STEP_MB
    if not least <= wanted <= most or (wanted - least) % step:
        raise ApiError(
            400, f"Invalid disk_space_mb {wanted}: plan '{plan.name}' takes {least} to {most} in steps of {step}"
        )


def usual_vpc(project: Project, cloud: str) -> str | None:
    """Leaving project_vpc_id out means "the VPC of that cloud if there is one"; null means none."""
    fitting: list[str] = [
        vpc["project_vpc_id"] for vpc in project.vpcs if vpc["cloud_name"] == cloud and vpc["state"] == "ACTIVE"
    ]
    return fitting[0] if fitting else None


def not_protected(service: Service) -> None:
    if service.termination_protection:
        raise ApiError(403, PROTECTED)


def user_config(service_type: str, config: Any, *, creating: bool) -> None:
    schemas.check_user_config(service_type, config)
    if not creating:
        fixed = sorted(schemas.create_only_keys(service_type) & set(config))
        if fixed:
            raise ApiError(400, f"Invalid 'user_config': {fixed[0]} can only be set when the service is created")


# --- the secondary region ----------------------------------------------------------------------------------------------------


def entitled(world: World, project: Project, service_name: str) -> None:
    """Backup to another region is in limited availability: the account team enables it."""
    if not project.btar_enabled or (project.name, service_name) in world.no_btar_services:
        raise ApiError(
            403,
            "Backup to another region is not enabled for this project. Contact your account team to enable it.",
            "feature_not_enabled",
        )


def region_allowed(project: Project, region: str, service_cloud: str, primary_region: str) -> None:
    """Known, of the same provider as service and primary backup, and elsewhere than both."""
    target = project.cloud(region)
    if target is None:
        raise ApiError(400, f"Invalid 'user_config': additional_backup_regions: cloud '{region}' does not exist")
    for name in dict.fromkeys((service_cloud, primary_region)):
        home = project.cloud(name)
        if home and home.vendor != target.vendor:
            raise ApiError(
                400,
                f"Invalid 'user_config': additional_backup_regions: the cloud provider of '{region}' must match the cloud provider of the service "
                f"and the primary backup ('{name}')",
            )
        if region == name:
            raise ApiError(
                400,
                f"Invalid 'user_config': additional_backup_regions: '{region}' is the region of the service or its primary backup",
            )


def once_a_day(world: World, service: Service, region: str) -> None:
    """ "You can change the backup region once in 24 hours", counted from when a region was last set, disabling in between or not."""
    now, last = world.clock.now(), service.last_region_at
    same = region == service.last_region and not world.settings.refuse_equal_within_day
    if last is None or same or now - last >= DAY:
        return
    raise ApiError(409, f"Backup region can be changed only once in 24 hours. It was last changed at {iso(last)}.")


# --- forks -------------------------------------------------------------------------------------------------------------------


def forked_from(config: dict[str, Any]) -> str | None:
    """The service that a user_config asks to fork from, by the key of today or by the old one of pg."""
    name: str | None = config.get("service_to_fork_from") or config.get("pg_service_to_fork_from")
    return name


def fork_source(
    world: World, project: Project, token: Token, body: dict[str, Any], plan: Plan
) -> dict[str, Any] | None:
    """Where a fork takes its data from, or None if the new service is no fork.

    In the source's secondary region the copy there is used, everywhere else the primary backup; no field selects it.
    """
    config = body.get("user_config") or {}
    name = forked_from(config)
    if not name:
        if (
            config.get("recovery_target_time")
            or config.get("recovery_basebackup_name")
            or config.get("project_to_fork_from")
        ):
            raise ApiError(400, "Invalid 'user_config': recovery options need service_to_fork_from")
        return None
    home = _fork_project(world, project, token, config.get("project_to_fork_from"))
    source = home.services.get(name)
    if source is None:
        raise ApiError(404, f"Service '{name}' does not exist", "service_does_not_exist")
    if source.service_type != body["service_type"]:
        raise ApiError(
            400, f"Service '{name}' is of type {source.service_type}: it cannot be forked to {body['service_type']}"
        )
    if plan.name.startswith("free"):
        raise ApiError(400, "Cannot fork a service to a free plan")
    _forkable(home, source)
    return _restore(world, source, body["cloud"], config)


def may_leave(project: Project, service: Service, cloud: str) -> None:
    """Compliance keeps services in their cloud."""
    home = project.cloud(service.cloud)
    if cloud != service.cloud and home is not None and home.forbids_forks:
        raise ApiError(
            400, f"Service '{service.name}' cannot leave cloud '{home.name}': {home.deployment_model} forbids it"
        )


def _forkable(home: Project, source: Service) -> None:
    """Neither on the free tier of mysql and valkey (DOC *-free-tier.md), nor without persistence (DOC service_backups.md), nor
    where compliance forbids it (DOC byoc-enhanced-compliance.md).
    """
    cloud = home.cloud(source.cloud)
    if cloud is not None and cloud.forbids_forks:
        raise ApiError(
            400, f"Service '{source.name}' cannot be forked: {cloud.deployment_model} forbids it in '{cloud.name}'"
        )
    if source.plan.startswith("free") and source.service_type in ("mysql", "valkey"):
        raise ApiError(400, f"Service '{source.name}' cannot be forked: forking is not available on the free tier")
    if backups.without_persistence(source):
        raise ApiError(400, f"Service '{source.name}' cannot be forked: {source.service_type}_persistence is off")


def _fork_project(world: World, project: Project, token: Token, name: str | None) -> Project:
    if not name:
        return project
    home = world.project(name, token)
    if home.organization != project.organization:
        raise ApiError(
            403, f"Project '{name}' belongs to another organization: forking is possible within one organization only"
        )
    return home


def _restore(world: World, source: Service, cloud: str, config: dict[str, Any]) -> dict[str, Any]:
    now = world.clock.now()
    from_secondary = source.replica is not None and source.replica.cloud == cloud
    held = [
        item.taken
        for item in backups.backups(source, now)
        if (
            item.replicated is not None and item.replicated <= now if from_secondary else source.primary_lost_at is None
        )
    ]
    if not held:
        where = f" in {cloud}" if from_secondary else ""
        raise ApiError(409, f"Service '{source.name}' has no backup{where} to fork from")
    restored = {
        "project": source.project,
        "service_name": source.name,
        "backup_location": cloud if from_secondary else source.primary_region,
    }
    if config.get("recovery_target_time"):
        return {**restored, **_at_time(source, config["recovery_target_time"], held, from_secondary, now)}
    if config.get("recovery_basebackup_name"):
        return {**restored, **_named(source, config["recovery_basebackup_name"], held)}
    return {**restored, "backup_name": backups.backup_name(source, held[-1]), "restored_to": iso(held[-1])}


def _at_time(source: Service, text: str, held: list[float], from_secondary: bool, now: float) -> dict[str, Any]:
    try:
        wanted = parse_time(text)
    except (ValueError, OverflowError):
        raise ApiError(400, f"Invalid 'user_config': recovery_target_time '{text}' is not a time") from None
    end = (backups.restore_point(source, now) or held[-1]) if from_secondary else backups.running_until(source, now)
    if not int(held[0]) <= wanted <= end:
        raise ApiError(
            400, f"Invalid 'user_config': recovery_target_time must be between {iso(held[0])} and {iso(end)}"
        )
    if not backups.had_power(source, wanted):
        raise ApiError(400, f"Invalid 'user_config': recovery_target_time '{text}': the service was powered off then")
    base = max(taken for taken in held if int(taken) <= wanted)
    return {"backup_name": backups.backup_name(source, base), "restored_to": iso(wanted)}


def _named(source: Service, name: str, held: list[float]) -> dict[str, Any]:
    taken = next((taken for taken in held if backups.backup_name(source, taken) == name), None)
    if taken is None:
        raise ApiError(400, f"Invalid 'user_config': recovery_basebackup_name: no backup '{name}'")
    return {"backup_name": name, "restored_to": iso(taken)}
