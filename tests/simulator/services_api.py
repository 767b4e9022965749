# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Handlers of everything below ``/project/{project}/service``."""

from __future__ import annotations

import fnmatch
from typing import Any

from . import backups, bodies, operations, permissions
from .clock import iso
from .errors import ApiError
from .integrations import others
from .metrics import btar_report, service_metrics
from .routing import Call, Operation
from .rules import OUT_OF_ORDER
from .state import Service
from .views import dump, service_json

Raw = bytes
DESTROYED_503 = ["/backups", "/backup_to_another_region/*", "/metrics", "/logs", "/task", "/task/*"]


def _one(call: Call) -> Raw:
    return b'{"service":' + call.renderer.service(call.service) + b"}"


def list_services(call: Call) -> Raw | dict[str, Any]:
    project = call.project
    if _reveal(call):
        return {
            "services": [
                service_json(call.world, service, reveal=True, listing=True) for service in project.services.values()
            ]
        }
    return call.renderer.listing(project)


def get_service(call: Call) -> Raw | dict[str, Any]:
    if _reveal(call):
        return {"service": service_json(call.world, call.service, reveal=True)}
    stale = call.renderer.stale(call.parts["project"], call.parts["service_name"])
    if stale is None:
        return _one(call)
    if stale.body is None:
        raise ApiError(404, f"Service '{call.parts['service_name']}' does not exist", "service_does_not_exist")
    return b'{"service":' + stale.body + b"}"


def _reveal(call: Call) -> bool:
    if call.query.get("include_secrets", "").lower() not in ("1", "true"):
        return False
    permissions.allow(call.token, call.parts["project"], ("service:secrets:read",))
    return True


def _touch(call: Call, service: Service) -> None:
    """The service was changed, and with it what it is integrated with."""
    for changed in (service, *others(call.world, service)):
        call.renderer.touch(changed)


def create_service(call: Call) -> Raw:
    service = operations.create(call.world, call.project, call.token, call.body)
    _touch(call, service)
    return dump({"message": "created", "service": service_json(call.world, service)})


def update_service(call: Call) -> Raw:
    service = call.service
    operations.update(call.world, call.project, call.token, service, call.body)
    _touch(call, service)
    return _one(call)


def delete_service(call: Call) -> dict[str, Any]:
    service = call.service
    operations.delete(call.world, call.project, call.token, service)
    _touch(call, service)
    return {"message": "deleted"}


def get_backups(call: Call) -> dict[str, Any]:
    service = call.service
    early = call.world.settings.list_unreplicated
    return {**backups.backups_response(service, call.world.clock.now(), early=early), **service.backups_overlay}


def report(call: Call) -> dict[str, Any]:
    return {
        "metrics": btar_report(
            call.service, _period(call, "ServiceBackupToAnotherRegionReport"), call.world.clock.now()
        )
    }


def metrics(call: Call) -> dict[str, Any]:
    return {"metrics": service_metrics(call.service, _period(call, "ServiceMetricsFetch"), call.world.clock.now())}


def _optional(call: Call, operation: str) -> dict[str, Any]:
    return bodies.check(operation, {} if call.body is None else call.body)


def _period(call: Call, operation: str) -> str:
    period: str = _optional(call, operation).get("period", "hour")
    return period


def answers_without_power(call: Call, operation: Operation) -> None:
    """Some paths below a service are not there while it is powered off: a permanent 503 (terraform-provider-aiven#533).

    Where its region is gone, all are that the service itself or its storage would have to answer.
    """
    service = call.project.services.get(call.parts["service_name"])
    below = "".join(f"/{segment}" for segment in operation.segments[4:])
    if service is None or service.powered or not below:
        return
    destroyed = service.cloud in call.world.destroyed_regions
    gone = call.world.settings.poweroff_503 if not destroyed else DESTROYED_503
    if any(fnmatch.fnmatchcase(below, pattern) for pattern in gone):
        raise ApiError(503, OUT_OF_ORDER)


# --- tags --------------------------------------------------------------------------------------------------------------------


def get_tags(call: Call) -> dict[str, Any]:
    return {"tags": call.service.tags}


def replace_tags(call: Call) -> dict[str, Any]:
    call.service.tags = bodies.check("ProjectServiceTagsReplace", call.body)["tags"]
    call.renderer.touch(call.service)
    return {"message": "tags updated"}


def update_tags(call: Call) -> dict[str, Any]:
    merged = {**call.service.tags, **bodies.check("ProjectServiceTagsUpdate", call.body)["tags"]}
    call.service.tags = {key: value for key, value in merged.items() if value is not None}
    call.renderer.touch(call.service)
    return {"message": "tags updated"}


# --- the rest that avn asks for ----------------------------------------------------------------------------------------------


def service_alerts(call: Call) -> dict[str, Any]:
    return {"alerts": alerts_of(call.service)}


def alerts_of(service: Any) -> list[dict[str, Any]]:
    if service.powered:
        return []
    return [
        {
            "create_time": iso(service.updated),
            "event": "user_alert_service_powered_off",
            "project_name": service.project,
            "service_name": service.name,
            "service_type": service.service_type,
            "severity": "warning",
        }
    ]


def logs(call: Call) -> dict[str, Any]:
    _optional(call, "ProjectGetServiceLogs")
    service = call.service
    line = {
        "msg": f"{service.service_type} is up",
        "time": iso(min(service.ready_at, call.world.clock.now())),
        "unit": f"{service.service_type}.service",
        "severity": "info",
        "hostname": f"{service.name}-1",
    }
    return {"logs": [line], "offset": "1", "first_log_offset": "0"}


def task(call: Call) -> dict[str, Any]:
    tasks = call.service.tasks
    kind = bodies.check("ServiceTaskCreate", call.body)["task_type"]
    done = {
        "create_time": iso(call.world.clock.now()),
        "result": "All checks passed",
        "success": True,
        "task_id": f"{kind}-{len(tasks) + 1}",
        "task_type": kind,
    }
    tasks.append(done)
    return {"task": done}


def get_task(call: Call) -> dict[str, Any]:
    wanted = call.parts["task_id"]
    found = next((done for done in call.service.tasks if done["task_id"] == wanted), None)
    if found is None:
        raise ApiError(404, f"Task '{wanted}' does not exist")
    return {"task": found}


def integrations(call: Call) -> dict[str, Any]:
    return {"service_integrations": call.service.service_integrations}


_S = "project/{project}/service/{service_name}"
_R, _W = "services:read", "services:write"

OPERATIONS = [
    Operation("GET", "project/{project}/service", "ServiceList", list_services, permissions.READ, _R),
    Operation("POST", "project/{project}/service", "ServiceCreate", create_service, permissions.CREATE, _W),
    Operation("GET", _S, "ServiceGet", get_service, permissions.READ, _R),
    Operation("PUT", _S, "ServiceUpdate", update_service, permissions.UPDATE, _W),
    Operation("DELETE", _S, "ServiceDelete", delete_service, permissions.WRITE, _W),
    Operation("GET", f"{_S}/backups", "ServiceBackupsGet", get_backups, permissions.CONFIGURE, _R),
    Operation(
        "POST",
        f"{_S}/backup_to_another_region/report",
        "ServiceBackupToAnotherRegionReport",
        report,
        permissions.CONFIGURE,
        _W,
    ),
    Operation("GET", f"{_S}/tags", "ProjectServiceTagsList", get_tags, permissions.CONFIGURE, _R),
    Operation("PUT", f"{_S}/tags", "ProjectServiceTagsReplace", replace_tags, permissions.CONFIGURE, _W),
    Operation("PATCH", f"{_S}/tags", "ProjectServiceTagsUpdate", update_tags, permissions.CONFIGURE, _W),
    Operation("GET", f"{_S}/alerts", "ServiceAlertsList", service_alerts, permissions.MEMBER, _R),
    Operation("POST", f"{_S}/logs", "ProjectGetServiceLogs", logs, permissions.LOGS, _R),
    Operation("POST", f"{_S}/metrics", "ServiceMetricsFetch", metrics, permissions.METRICS, _W),
    Operation("POST", f"{_S}/task", "ServiceTaskCreate", task, permissions.WRITE, _W),
    Operation("GET", f"{_S}/task/{{task_id}}", "ServiceTaskGet", get_task, permissions.READ, _R),
    Operation("GET", f"{_S}/integration", "ServiceIntegrationList", integrations, permissions.READ, _R),
]
