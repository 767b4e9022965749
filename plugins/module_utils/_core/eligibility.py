# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services can have a copy in another region at all, and which copies can be restored: what no waiting mends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import followed_in
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_BTAR,
    BackupDetails,
    InvalidResponse,
    Refusal,
    Service,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.schedules import Schedule
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans

# Clouds in one's own account (BYOC) have names like custom-aws-eu-central-1; no public list has them.
CUSTOM_CLOUD = "custom-"
# Deployment models of such clouds that forbid forks (docs/platform/concepts/byoc-enhanced-compliance of Aiven's documentation).
WITHOUT_FORKS = frozenset({"hipaa", "pci_dss"})


@dataclass(frozen=True, slots=True)
class Limits:
    """What listings do not show and only further calls tell; None where nobody has asked, or could not.

    ``plan_keeps_backups``: whether ``backup_config.max_count`` of the plan (ProjectServicePlanSpecsGet) is above 0.
    ``deployment_model`` is that of the service's own cloud, in the organization's list of custom cloud environments.
    ``plans`` are those of its type (ProjectServicePlanList).
    """

    plan_keeps_backups: bool | None = None
    deployment_model: str | None = None
    plans: ServicePlans | None = None

    @property
    def allows_forks(self) -> bool | None:
        return None if self.deployment_model is None else self.deployment_model not in WITHOUT_FORKS

    def schedule_of(self, service: Service) -> Schedule:
        """When the service is backed up, as far as its options and its plan say."""
        plan = (self.plans or {}).get(service.plan)
        return service.schedule if plan is None else plan.schedule_for(service.schedule)


UNASKED = Limits()


def cannot_have_copy(service: Service) -> Refusal | None:
    """Why Aiven has no backup to another region for a service, whatever its settings; None where it may have one."""
    if service.service_type not in TYPES_WITH_BTAR:
        return Refusal(
            "unsupported_service_type",
            f"Aiven offers no backup to another region for the type {service.service_type}",
        )
    if service.follows is not None:
        return no_own_backups(service.label, str(service.follows), service.follows.source)
    return None


def no_own_backups(label: str, what: str, source: str | None) -> Refusal:
    """That a service, ``what`` in words, follows ``source`` and so has nothing that could be copied."""
    remedy = f": give {source} the secondary region" if source else ""
    return Refusal("no_own_backups", f"{label} is {what} and has no backups of its own{remedy}")


def made_to_follow(project: str, name: str, integrations: object) -> Refusal | None:
    """As :func:`cannot_have_copy`, for a service that is to be created with these integrations."""
    found = next(followed_in(project, name, integrations), None)
    return None if found is None else no_own_backups(f"{project}/{name}", str(found), found.source)


def never_copied(service: Service, limits: Limits = UNASKED) -> str:
    """In words, why no copy can ever be there with the settings and the plan that the service has; empty where one can."""
    if not service.persistent:
        return (
            f"a copy can never be there: {service.service_type}_persistence is off, and without persistence Aiven keeps "
            "no backups"
        )
    if limits.plan_keeps_backups is False:
        return f"a copy can never be there: the plan {service.plan} keeps no backups (backup_config.max_count is 0)"
    return ""


def never_restored(service: Service, limits: Limits = UNASKED) -> str:
    """In words, why no copy of the service can ever be restored; empty where nothing is known to forbid it."""
    if limits.allows_forks is False:
        return (
            f"a copy can never be restored: {service.cloud_name} has the deployment model {limits.deployment_model}, "
            "which forbids forks"
        )
    return ""


def may_forbid_forks(service: Service) -> bool:
    """Whether the service is in a cloud of one's own account, whose compliance may forbid forks."""
    return service.cloud_name.startswith(CUSTOM_CLOUD)


def plan_in_doubt(service: Service, details: BackupDetails | None = None) -> bool:
    """Whether only the plan can tell that a copy will come: a secondary region is set, and no backup is there to be copied."""
    backups = details.backups if details is not None else service.backups
    asked = service.secondary_region is not None and not service.powered_off
    return asked and backups == () and not cannot_have_copy(service) and not never_copied(service)


def parse_plan_backups(body: object) -> bool:
    """Whether a plan keeps backups, from the answer of ProjectServicePlanSpecsGet."""
    config = body.get("backup_config") if isinstance(body, Mapping) else None
    count = config.get("max_count") if isinstance(config, Mapping) else None
    if not isinstance(count, int) or isinstance(count, bool):
        raise InvalidResponse("no number in 'backup_config.max_count' in the answer about a plan")
    return count > 0


def parse_organization_id(body: object) -> str:
    """The organization of a project, from the answer of ProjectGet."""
    project = body.get("project") if isinstance(body, Mapping) else None
    organization = project.get("organization_id") if isinstance(project, Mapping) else None
    if not isinstance(organization, str) or not organization:
        raise InvalidResponse("no 'project.organization_id' in the answer about a project")
    return organization


def parse_deployment_models(body: object) -> dict[str, str]:
    """The deployment model of each custom cloud of an organization, by the name of the cloud."""
    rows = body.get("custom_cloud_environments") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        raise InvalidResponse("no list 'custom_cloud_environments' in the answer about an organization's own clouds")
    found = {}
    for row in rows:
        names = row.get("custom_cloud_names") if isinstance(row, Mapping) else None
        if isinstance(names, list) and isinstance(row.get("deployment_model"), str):
            found.update({name: row["deployment_model"] for name in names if isinstance(name, str)})
    return found


def parse_deletion(body: object) -> None:
    """Raises InvalidResponse for an answer that no deletion has: it need not come from Aiven."""
    if not isinstance(body, dict):
        raise InvalidResponse("expected an object in the answer to a deletion, got something else")
