# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One service: read, decide, write what differs, wait. The work of the module aiven_btar."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import EMPTY_TEXT
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient, Answered
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core import decision as _decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import CreateSpec, Decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service, Target, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import unsupported_reason
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import InvalidTargets, parse_targets
from ansible_collections.offsite.aiven.plugins.module_utils._runners.wait import WaitFor, progress, wait_for_service
from ansible_collections.offsite.aiven.plugins.module_utils._runners.write_check import Facts


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


def waiting_of(params: Mapping[str, Any]) -> Waiting:
    """The module's wait options. Raises ``invalid_target``. Nothing is ever protected by ``disabled``: it waits for running."""
    timeout = params["wait_timeout"]
    if not (math.isfinite(timeout) and timeout >= 0):
        raise AivenError("invalid_target", f"wait_timeout is {timeout:g}: give seconds, 0 or more.")
    return Waiting(params["wait"], "running" if params["state"] == "disabled" else params["wait_for"], timeout)


def create_spec_of(create: Mapping[str, Any] | None, region: str | None) -> CreateSpec | None:
    """The module's ``create`` in the words of the API. What is unset or empty is not sent; ``project_vpc_id: none`` is null.

    Raises ``invalid_target``.
    """
    if create is None:
        return None
    options = options_to_send(create)
    missing = [key for key in ("service_type", "plan", "cloud") if key not in options]
    if missing:
        raise AivenError("invalid_target", f"create.{missing[0]} is empty: give it, or leave create out.")
    named = {key: options.pop(key) for key in ("service_type", "plan", "cloud")}
    other = (options.get("user_config") or {}).get("additional_backup_regions")
    if other not in (None, [region]):
        raise AivenError(
            "invalid_target",
            f"create.user_config.additional_backup_regions is {other!r}, region says {region!r}: leave it out, region is enough.",
        )
    if "tech_emails" in options:
        options["tech_emails"] = [_email(index, value) for index, value in enumerate(options["tech_emails"])]
    return CreateSpec(options=options, **named)


def options_to_send(given: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a new service in the words of the API: without what is unset or empty, ``project_vpc_id: none`` as null."""
    options = {key: value for key, value in given.items() if value not in (None, "", {}, [], EMPTY_TEXT)}
    if str(options.get("project_vpc_id", "")).lower() == "none":
        options["project_vpc_id"] = None
    if "maintenance" in options:
        options["maintenance"] = {key: value for key, value in options["maintenance"].items() if value is not None}
    if "tags" in options:
        options["tags"] = {str(key): _tag(value) for key, value in options["tags"].items() if value is not None}
    return {key: value for key, value in options.items() if value != {}}


def _tag(value: object) -> str:
    """The API takes nothing but text; in YAML a number or a boolean is easily meant as that."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _email(index: int, value: object) -> dict[str, str]:
    """An address as text, or as Aiven's API has it."""
    address = value.get("email") if isinstance(value, Mapping) and set(value) == {"email"} else value
    if not isinstance(address, str) or "@" not in address:
        raise AivenError("invalid_target", f"create.tech_emails[{index}] is {value!r}: give an address as text.")
    return {"email": address}


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
        answer = client.find_service(target.project, target.service_name)
        service = answer.value if answer is not None else None
        decision = Facts(client).check(_decision.compare(target, service, create), target, service, create)
        _describe(result, target, service, create, decision)
        if decision.refusal is not None:
            status = 404 if decision.refusal.code == "service_not_found" else None
            raise AivenError(decision.refusal.code, decision.refusal.message, status)
        if decision.change is not None:
            service = _change(client, result, target, service, create, decision, check_mode)
        so_already = decision.change is None and _is_so_already(client, answer, waiting)
        if service is not None and waiting.wait and not check_mode and not so_already:
            _wait(client, result, service, waiting)
    except AivenError as error:
        result["error"] = error.as_dict()
    return result


def _describe(
    result: dict[str, Any], target: Target, service: Service | None, create: CreateSpec | None, decision: Decision
) -> None:
    """What is, and what is to be done. A change shows in ``service`` and ``diff`` only once it is made, or predicted."""
    diff = _decision.diff(target, decision, create)
    result.update(
        change=decision.change,
        reason=decision.reason,
        diff={**diff, "after": diff["before"]},
        warnings=list(decision.warnings),
        service=service_facts(service) if service is not None else None,
    )


def _change(
    client: AivenClient,
    result: dict[str, Any],
    target: Target,
    service: Service | None,
    create: CreateSpec | None,
    decision: Decision,
    check_mode: bool,
) -> Service | None:
    """Makes the change, or predicts it, and returns the service as it is then. Raises ``not_applied``."""
    after = (
        _decision.predict(target, service, create, decision) if check_mode else _apply(client, target, create, decision)
    )
    result.update(changed=True, service=service_facts(after) if after is not None else None)
    made = decision if after is None else replace(decision, after=after.secondary_region)
    result["diff"] = _decision.diff(target, made, create)
    if after is not None and after.secondary_region != decision.after:
        result["changed"] = decision.change == "create" or after.secondary_region != decision.before
        raise not_applied(target, decision, after)
    return after


def _apply(client: AivenClient, target: Target, create: CreateSpec | None, decision: Decision) -> Service:
    if decision.change == "create" and create is not None:

        def ours(service: Service) -> bool:
            found = (service.service_type, service.plan, service.cloud_name, service.secondary_region)
            return found == (create.service_type, create.plan, create.cloud, target.region)

        return client.create_service(target.project, _decision.create_body(target, create), ours)
    body = _decision.update_body(decision)
    return client.update_service(
        target.project, target.service_name, body, lambda service: service.secondary_region == decision.after
    )


def not_applied(target: Target, decision: Decision, service: Service) -> AivenError:
    """Aiven answered with success, but the service in its answer is not what was asked for."""
    return AivenError(
        "not_applied",
        f"Aiven accepted the {decision.change} of {target.label}, but its answer shows secondary region "
        f"{service.secondary_region} instead of {decision.after}. Run again; if it stays so, ask Aiven's support.",
    )


def _wait(client: AivenClient, result: dict[str, Any], service: Service, waiting: Waiting) -> None:
    if service.powered_off:
        result["warnings"].append(f"{service.label} is powered off: not waited for")
        return
    if waiting.wait_for == "protected" and (never := unsupported_reason(service)):
        result["warnings"].append(f"{service.label} is not waited for: {never}")
        return
    try:
        result["service"] = service_facts(wait_for_service(client, service, waiting.wait_for, waiting.timeout))
    except AivenError as error:
        if result["changed"]:
            error.message += " The change itself was made."
        raise


def _is_so_already(client: AivenClient, answer: Answered[Service] | None, waiting: Waiting) -> bool:
    """Whether what is to be waited for shows in the answer that the decision was made from. Only good for a service that is
    unchanged: the answer to a write may show the state before it.
    """
    if answer is None or (waiting.wait_for == "protected" and answer.value.backups is None):
        return False
    return progress(client, answer.value, waiting.wait_for, answer.now)[0]
