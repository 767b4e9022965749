# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One service: read, decide, write what differs, wait. The work of the module aiven_btar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils import _plan
from ansible_collections.offsite.aiven.plugins.module_utils._client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._facts import Facts
from ansible_collections.offsite.aiven.plugins.module_utils._model import Service, Target, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._plan import CreateSpec, Decision
from ansible_collections.offsite.aiven.plugins.module_utils._targets import InvalidTargets, parse_targets
from ansible_collections.offsite.aiven.plugins.module_utils._wait import WaitFor, is_running, wait_for_service


@dataclass(frozen=True, slots=True)
class Waiting:
    """Whether, for what and how long (seconds) to wait after a change."""

    wait: bool
    wait_for: WaitFor
    timeout: float


def service_facts(service: Service) -> dict[str, Any]:
    """The public facts of a service, as results show them. ``region`` is the secondary region."""
    return {
        "project": service.project,
        "service_name": service.name,
        "service_type": service.service_type,
        "plan": service.plan,
        "cloud_name": service.cloud_name,
        "state": service.state,
        "primary_region": service.primary_region,
        "region": service.secondary_region,
        "migrated": service.migrated,
        "termination_protection": service.termination_protection,
        "tags": dict(service.tags),
        "create_time": format_time(service.create_time),
        "update_time": format_time(service.update_time),
    }


def target_of(params: Mapping[str, Any]) -> Target:
    """The target that the module's options name. Raises ``invalid_target``."""
    row = {key: params[key] for key in ("project", "service_name", "state", "region")}
    try:
        (target,) = parse_targets([row], "options")
    except InvalidTargets as error:
        raise AivenError("invalid_target", str(error).replace("options[0].", "")) from None
    if target.state == "disabled" and params["create"] is not None:
        raise AivenError(
            "invalid_target", "create cannot be given with state=disabled: there is nothing to create; leave it out."
        )
    return target


def create_spec_of(create: Mapping[str, Any] | None, region: str | None) -> CreateSpec | None:
    """The module's ``create`` in the words of the API. Unset keys are not sent; ``project_vpc_id: none`` is null."""
    if create is None:
        return None
    options = {key: value for key, value in create.items() if value is not None}
    named = {key: options.pop(key) for key in ("service_type", "plan", "cloud")}
    other = (options.get("user_config") or {}).get("additional_backup_regions")
    if other not in (None, [region]):
        raise AivenError(
            "invalid_target",
            f"create.user_config.additional_backup_regions is {other!r}, region says {region!r}: leave it out, region is enough.",
        )
    if str(options.get("project_vpc_id", "")).lower() == "none":
        options["project_vpc_id"] = None
    if "maintenance" in options:
        options["maintenance"] = {key: value for key, value in options["maintenance"].items() if value is not None}
    if "tech_emails" in options:
        options["tech_emails"] = [{"email": email} for email in options["tech_emails"]]
    return CreateSpec(options=options, **named)


def run(
    client: AivenClient, target: Target, create: CreateSpec | None, waiting: Waiting, *, check_mode: bool
) -> dict[str, Any]:
    """The module's result: always complete, with ``error`` set when it failed, even when that was after a change."""
    result: dict[str, Any] = {
        "changed": False,
        "change": None,
        "reason": "",
        "service": None,
        "diff": None,
        "warnings": [],
    }
    try:
        service = client.find_service(target.project, target.service_name)
        decision = Facts(client).check(_plan.compare(target, service, create), target, service, create)
        _describe(result, target, service, create, decision)
        if decision.refusal is not None:
            raise AivenError(decision.refusal.code, decision.refusal.message)
        if decision.change is None and service is not None:
            _wait(client, result, service, waiting, check_mode)
            return result
        if not check_mode:
            service = _apply(client, target, create, decision)
            result.update(changed=True, service=service_facts(service))
            _check_applied(target, decision, service)
            _wait(client, result, service, waiting, check_mode)
        result["changed"] = True
    except AivenError as error:
        result["error"] = error.as_dict()
    return result


def _describe(
    result: dict[str, Any], target: Target, service: Service | None, create: CreateSpec | None, decision: Decision
) -> None:
    shown = service if decision.refusal else _plan.predict(target, service, create, decision)
    result.update(
        change=decision.change,
        reason=decision.reason,
        diff=_plan.diff(target, decision, create),
        warnings=list(decision.warnings),
        service=service_facts(shown) if shown is not None else None,
    )


def _apply(client: AivenClient, target: Target, create: CreateSpec | None, decision: Decision) -> Service:
    if decision.change == "create" and create is not None:

        def ours(service: Service) -> bool:
            found = (service.service_type, service.plan, service.cloud_name, service.secondary_region)
            return found == (create.service_type, create.plan, create.cloud, target.region)

        return client.create_service(target.project, _plan.create_body(target, create), ours)
    body = _plan.update_body(decision)
    return client.update_service(
        target.project, target.service_name, body, lambda service: service.secondary_region == decision.after
    )


def _check_applied(target: Target, decision: Decision, service: Service) -> None:
    if service.secondary_region != decision.after:
        raise not_applied(target, decision, service)


def not_applied(target: Target, decision: Decision, service: Service) -> AivenError:
    """Aiven answered with success, but the service in its answer is not what was asked for."""
    return AivenError(
        "not_applied",
        f"Aiven accepted the {decision.change} of {target.label}, but its answer shows secondary region "
        f"{service.secondary_region} instead of {decision.after}. Run again; if it stays so, ask Aiven's support.",
    )


def _wait(client: AivenClient, result: dict[str, Any], service: Service, waiting: Waiting, check_mode: bool) -> None:
    if not waiting.wait or check_mode or (waiting.wait_for == "running" and is_running(service)):
        return
    if service.powered_off:
        result["warnings"].append(f"{service.project}/{service.name} is powered off: not waited for")
        return
    result["service"] = service_facts(wait_for_service(client, service, waiting.wait_for, waiting.timeout))
