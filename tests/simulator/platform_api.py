# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers of everything that is not a service: clouds, types and plans, projects, organizations, the user."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from . import permissions
from .catalog import SERVICE_TYPES, Plan, plans, service_versions
from .clock import iso
from .clouds import Cloud, listed_clouds, region_name
from .errors import ApiError
from .routing import Call, Operation
from .services_api import alerts_of
from .state import Organization, Project
from .views import dump

EPOCH = "2024-01-15T09:00:00Z"


# --- clouds, types, plans ----------------------------------------------------------------------------------------------------


def public_clouds(call: Call) -> dict[str, Any]:
    return {"clouds": [cloud.as_json() for cloud in listed_clouds().values()]}


def _clouds_of(project: Project) -> list[Cloud]:
    return [*listed_clouds().values(), *project.custom_clouds.values()]


def project_clouds(call: Call) -> dict[str, Any]:
    return {"clouds": [cloud.as_json() for cloud in _clouds_of(call.project)]}


@lru_cache(maxsize=1)
def _catalog() -> bytes:
    clouds = list(listed_clouds().values())
    types = {
        name: {**kind.as_json(), "service_plans": [plan.as_json(clouds) for plan in plans()[name].values()]}
        for name, kind in SERVICE_TYPES.items()
    }
    return dump({"service_types": types})


def public_service_types(call: Call) -> bytes:
    return _catalog()


def project_service_types(call: Call) -> bytes:
    if not call.project.not_offered:
        return _catalog()
    types = {
        name: {**kind.as_json(), "service_plans": _plans_json(plans()[name].values(), call.project)}
        for name, kind in SERVICE_TYPES.items()
    }
    return dump({"service_types": types})


def list_service_types(call: Call) -> dict[str, Any]:
    call.project  # noqa: B018
    return {name: kind.as_json() for name, kind in SERVICE_TYPES.items()}


def _type_name(call: Call) -> str:
    call.project  # noqa: B018
    name = call.parts["service_type"]
    if name not in SERVICE_TYPES:
        raise ApiError(404, f"Service type '{name}' does not exist", "invalid_service_type")
    return name


def get_service_type(call: Call) -> dict[str, Any]:
    return SERVICE_TYPES[_type_name(call)].as_json()


def list_plans(call: Call) -> dict[str, Any]:
    return {"service_plans": _plans_json(plans()[_type_name(call)].values(), call.project)}


def _plans_json(offered: Iterable[Plan], project: Project) -> list[dict[str, Any]]:
    clouds = _clouds_of(project)
    return [plan.as_json(cloud for cloud in clouds if project.offers(plan, cloud)) for plan in offered]


def _plan(call: Call) -> Plan:
    plan = plans()[_type_name(call)].get(call.parts["service_plan"])
    if plan is None:
        raise ApiError(404, f"Plan '{call.parts['service_plan']}' does not exist")
    return plan


def plan_specs(call: Call) -> dict[str, Any]:
    return _plan(call).specs()


def plan_price(call: Call) -> dict[str, Any]:
    plan, cloud = _plan(call), call.project.cloud(call.parts["cloud"])
    if cloud is None or not call.project.offers(plan, cloud):
        raise ApiError(404, f"Plan '{plan.name}' is not available in cloud '{call.parts['cloud']}'")
    return {
        "base_price_usd": plan.price_usd,
        "cloud_name": cloud.name,
        "service_plan": plan.name,
        "service_type": plan.service_type,
    }


def versions(call: Call) -> dict[str, Any]:
    return {"service_versions": service_versions()}


# --- projects ----------------------------------------------------------------------------------------------------------------


def _billing_group(organization: Organization) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, organization.organization_id))


def _project_json(call: Call, project: Project) -> dict[str, Any]:
    organization = call.world.organizations[project.organization]
    return {
        "account_id": organization.account_id,
        "account_name": organization.name,
        "billing_address": "1 Example Street, Helsinki",
        "billing_currency": "USD",
        "billing_emails": [],
        "billing_extra_text": "",
        "billing_group_id": _billing_group(organization),
        "billing_group_name": "Default billing group",
        "card_info": _CARD,
        "country": "Finland",
        "country_code": "FI",
        "default_cloud": project.default_cloud,
        "end_of_life_extension": {},
        "estimated_balance": "100.00",
        "features": {},
        "organization_id": organization.organization_id,
        "payment_method": "card",
        "project_name": project.name,
        "tags": project.tags,
        "tech_emails": [],
        "tenant_id": "aiven",
        "vat_id": "",
    }


_CARD = {
    "brand": "Visa",
    "card_id": "card-0001",
    "country": "Finland",
    "country_code": "FI",
    "exp_month": 12,
    "exp_year": 2030,
    "last4": "4242",
    "name": "Operator",
    "user_email": "operator@example.org",
}


def _memberships(call: Call) -> dict[str, list[str]]:
    return {project.name: call.token.roles_in(project.name) for project in call.world.visible_projects(call.token)}


def list_projects(call: Call) -> dict[str, Any]:
    members = _memberships(call)
    return {
        "projects": [_project_json(call, project) for project in call.world.visible_projects(call.token)],
        "project_membership": {name: roles[0] for name, roles in members.items()},
        "project_memberships": members,
    }


def get_project(call: Call) -> dict[str, Any]:
    return {"project": _project_json(call, call.project)}


def project_tags(call: Call) -> dict[str, Any]:
    return {"tags": call.project.tags}


def project_alerts(call: Call) -> dict[str, Any]:
    return {"alerts": [alert for service in call.project.services.values() for alert in alerts_of(service)]}


def project_events(call: Call) -> dict[str, Any]:
    limit = call.query.get("limit", "100")
    if not re.fullmatch("[0-9]{1,9}", limit):
        raise ApiError(400, f"Invalid value for limit parameter: '{limit}' is not of type 'integer'", "bad_request")
    return {"events": call.project.events[::-1][: int(limit)]}


def project_vpcs(call: Call) -> dict[str, Any]:
    return {"vpcs": call.project.vpcs}


def project_ca(call: Call) -> dict[str, Any]:
    return {"certificate": call.world.authorities.of(call.project.name).certificate()}


def static_ips(call: Call) -> dict[str, Any]:
    call.project  # noqa: B018
    return {"static_ips": []}


# --- organizations, accounts, the user ---------------------------------------------------------------------------------------


def _organizations(call: Call) -> list[Organization]:
    seen = {project.organization for project in call.world.visible_projects(call.token)}
    return [organization for key, organization in call.world.organizations.items() if key in seen]


def list_organizations(call: Call) -> dict[str, Any]:
    return {
        "organizations": [
            {
                "account_id": organization.account_id,
                "create_time": EPOCH,
                "organization_id": organization.organization_id,
                "organization_name": organization.name,
                "tier": "business",
                "update_time": EPOCH,
            }
            for organization in _organizations(call)
        ]
    }


def _organization(call: Call) -> Organization:
    found = next((item for item in _organizations(call) if item.organization_id == call.parts["organization_id"]), None)
    if found is None:
        raise ApiError(404, "Organization not found", "organization_not_found")
    return found


def _organization_project(organization: Organization, project: Project) -> dict[str, Any]:
    return {
        "account_id": organization.account_id,
        "billing_group_id": _billing_group(organization),
        "end_of_life_extension": {},
        "parent_id": organization.account_id,
        "project_id": project.name,
        "tags": project.tags,
        "tech_emails": [],
    }


def organization_projects(call: Call) -> dict[str, Any]:
    organization = _organization(call)
    mine = [
        item for item in call.world.visible_projects(call.token) if item.organization == organization.organization_id
    ]
    return {"projects": [_organization_project(organization, item) for item in mine], "total_project_count": len(mine)}


def organization_project(call: Call) -> dict[str, Any]:
    organization = _organization(call)
    mine = {
        item.name: item
        for item in call.world.visible_projects(call.token)
        if item.organization == organization.organization_id
    }
    project = mine.get(call.parts["project_id"])
    if project is None:
        raise ApiError(404, "Project does not exist", "project_not_found")
    return {
        **_organization_project(organization, project),
        "organization_id": organization.organization_id,
        "features": {},
    }


def custom_clouds(call: Call) -> dict[str, Any]:
    """What ``avn byoc list`` calls. Aiven's OpenAPI document of 2025-04 lacks it; the fields are those of its Go client."""
    organization = _organization(call)
    found = {
        cloud.name: cloud
        for project in call.world.visible_projects(call.token)
        if project.organization == organization.organization_id
        for cloud in project.custom_clouds.values()
    }
    return {
        "custom_cloud_environments": [
            {
                "cloud_provider": cloud.provider,
                "cloud_region": region_name(cloud.name),
                "contact_emails": [],
                "custom_cloud_environment_id": str(uuid.uuid5(uuid.NAMESPACE_DNS, cloud.name)),
                "custom_cloud_names": [cloud.name],
                "deployment_model": cloud.deployment_model,
                "display_name": cloud.name,
                "state": "active",
                "update_time": EPOCH,
            }
            for cloud in found.values()
        ]
    }


def list_accounts(call: Call) -> dict[str, Any]:
    return {
        "accounts": [
            {
                "access_source": "organization_membership",
                "account_id": organization.account_id,
                "account_name": organization.name,
                "account_owner_team_id": "at-1",
                "create_time": EPOCH,
                "features": {},
                "is_account_member": True,
                "is_account_owner": True,
                "organization_id": organization.organization_id,
                "primary_billing_group_id": _billing_group(organization),
                "root_account_id": organization.account_id,
                "tenant_id": "aiven",
                "update_time": EPOCH,
            }
            for organization in _organizations(call)
        ]
    }


def account_projects(call: Call) -> dict[str, Any]:
    found = [item for item in _organizations(call) if item.account_id == call.parts["account_id"]]
    if not found:
        raise ApiError(404, "Account does not exist", "account_not_found")
    mine = [item for item in call.world.visible_projects(call.token) if item.organization == found[0].organization_id]
    return {"projects": [_project_json(call, item) for item in mine], "total_project_count": len(mine)}


def user_info(call: Call) -> dict[str, Any]:
    members = _memberships(call)
    return {
        "user": {
            "auth": ["password"],
            "create_time": EPOCH,
            "features": {},
            "invitations": [],
            "project_membership": {name: roles[0] for name, roles in members.items()},
            "project_memberships": members,
            "projects": list(members),
            "real_name": "Operator",
            "state": "active",
            "token_validity_begin": EPOCH,
            "user": call.token.user,
            "user_id": f"u{sum(call.token.user.encode()):08x}",
        }
    }


def access_tokens(call: Call) -> dict[str, Any]:
    now = iso(call.world.clock.now())
    token = {
        "create_time": EPOCH,
        "created_manually": True,
        "currently_active": True,
        "description": "simulator",
        "extend_when_used": False,
        "last_used_time": now,
        "max_age_seconds": 315360000,
        "token_prefix": "simulato",
    }
    return {"tokens": [{**token, "scopes": call.token.scopes} if call.token.scopes else token]}


_P = "project/{project}"
_T = f"{_P}/service-types/{{service_type}}"

OPERATIONS = [
    Operation("GET", "clouds", "ListClouds", public_clouds, scope=""),
    Operation("GET", "project//clouds", "ListClouds", public_clouds, scope=""),
    Operation("GET", f"{_P}/clouds", "ListProjectClouds", project_clouds, permissions.WRITE),
    Operation("GET", "service_types", "ListPublicServiceTypes", public_service_types, scope=""),
    Operation("GET", f"{_P}/service_types", "ListProjectServiceTypes", project_service_types, permissions.READ),
    Operation("GET", f"{_P}/service-types", "ProjectServiceTypesList", list_service_types, permissions.READ),
    Operation("GET", _T, "ProjectServiceTypesGet", get_service_type, permissions.MEMBER),
    Operation("GET", f"{_T}/plans", "ProjectServicePlanList", list_plans, permissions.WRITE),
    Operation("GET", f"{_T}/plans/{{service_plan}}", "ProjectServicePlanSpecsGet", plan_specs, permissions.MEMBER),
    Operation(
        "GET",
        f"{_P}/pricing/service-types/{{service_type}}/plans/{{service_plan}}/clouds/{{cloud}}",
        "ProjectServicePlanPriceGet",
        plan_price,
        permissions.MEMBER,
    ),
    Operation("GET", "service_versions", "ListServiceVersions", versions, scope=""),
    Operation("GET", "account/{account_id}/service_versions", "ListServiceVersions", versions),
    Operation("GET", "project", "ProjectList", list_projects),
    Operation("GET", _P, "ProjectGet", get_project, permissions.READ),
    Operation("GET", f"{_P}/tags", "ProjectTagsList", project_tags, permissions.MEMBER),
    Operation("GET", f"{_P}/alerts", "ProjectAlertsList", project_alerts, permissions.MEMBER),
    Operation("GET", f"{_P}/events", "ProjectGetEventLogs", project_events, permissions.EVENTS),
    Operation("GET", f"{_P}/vpcs", "VpcList", project_vpcs, permissions.ANYONE),
    Operation("GET", f"{_P}/kms/ca", "ProjectKmsGetCA", project_ca, permissions.ANYONE),
    Operation("GET", f"{_P}/static-ips", "StaticIPList", static_ips, permissions.ANYONE, "static_ips:read"),
    Operation("GET", "organizations", "UserOrganizationsList", list_organizations, scope="accounts:read"),
    Operation("GET", "organization/{organization_id}/projects", "OrganizationProjectsList", organization_projects),
    Operation(
        "GET", "organization/{organization_id}/project/{project_id}", "OrganizationProjectsGet", organization_project
    ),
    Operation(
        "GET", "organization/{organization_id}/projects/{project_id}", "OrganizationProjectsGet", organization_project
    ),
    Operation(
        "GET", "organization/{organization_id}/custom-cloud-environments", "CustomCloudEnvironmentList", custom_clouds
    ),
    Operation("GET", "account", "AccountList", list_accounts, scope="accounts:read"),
    Operation("GET", "account/{account_id}/projects", "AccountProjectsList", account_projects, scope="accounts:read"),
    Operation("GET", "me", "UserInfo", user_info, scope="user:read"),
    Operation("GET", "access_token", "AccessTokenList", access_tokens, scope="authentication:read"),
]
