# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actual against wanted: which change a target needs, or why it must not be made.

Two steps, because most services need no change and a decision should not cost calls that it does not use:
:func:`compare` needs only the service; :func:`check` is for what it found to differ and needs the cloud list and the
live schema of the type. Neither does any I/O.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import nearest_clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import (
    made_to_follow,
    never_copied,
    no_own_backups,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_BTAR,
    Change,
    Clouds,
    Refusal,
    Service,
    Target,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import new_name_mistake
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import did_you_mean


@dataclass(frozen=True, slots=True)
class CreateSpec:
    """Permission to create a service that does not exist, and how. ``options`` are further keys of the POST body."""

    service_type: str
    plan: str
    cloud: str
    options: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do about one target. ``before`` and ``after`` are secondary regions.

    With a ``refusal``, ``change`` is what must not be sent and ``after`` is what stays.
    """

    change: Change | None
    before: str | None
    after: str | None
    reason: str
    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()

    def refuse(self, code: str, message: str) -> Decision:
        return replace(self, after=self.before, refusal=Refusal(code, message), reason=message)


def compare(target: Target, service: Service | None, create: CreateSpec | None = None) -> Decision:
    """What differs between a target and the service (None: it does not exist).

    Looks at no rule of Aiven's but one that the service itself shows: what follows another service has no backups to copy.
    """
    if target.state == "enabled" and not target.region:
        # Without this, "no region" would be sent as an empty list, which deletes the copies.
        stays = service.secondary_region if service is not None else None
        message = f"{target.label} is to be enabled, but no region is given."
        return Decision(None, stays, stays, "").refuse("invalid_target", message)
    if service is None:
        return _compare_missing(target, create)
    before = service.secondary_region
    kept = Decision(None, before, before, "", warnings=_differences(service, create))
    if create is not None and create.service_type != service.service_type:
        return kept.refuse(
            "service_exists_differently",
            f"{target.label} exists as a {service.service_type} service, create says {create.service_type}. "
            "Correct create.service_type, or choose another service_name.",
        )
    if target.state == "disabled":
        if before is None:
            return replace(kept, reason="no secondary region")
        loss = f"its copies in {before} will be deleted"
        return replace(kept, change="disable", after=None, reason=loss)
    if before == target.region:
        return replace(kept, reason=f"secondary region is {before}" + _power_note(service))
    if before is None:
        change: Change = "enable"
        reason = f"no secondary region, {target.region} wanted"
    else:
        change = "move"
        reason = (
            f"secondary region is {before}, {target.region} wanted: copies in {before} are lost, the copy starts anew"
        )
    decision = replace(kept, change=change, after=target.region, reason=reason + _power_note(service))
    if service.follows is not None:
        refusal = no_own_backups(service.label, str(service.follows), service.follows.source)
        return decision.refuse(refusal.code, f"{refusal.message}.")
    never = never_copied(service)
    return replace(decision, warnings=(*decision.warnings, f"{service.label}: {never}")) if never else decision


def needs_facts(decision: Decision) -> bool:
    """Whether :func:`check` has anything to look at: a disable needs neither clouds nor schema."""
    return decision.refusal is None and decision.change in ("create", "enable", "move")


def check(
    decision: Decision,
    target: Target,
    service: Service | None,
    create: CreateSpec | None,
    *,
    clouds: Clouds,
    supports_btar: bool,
) -> Decision:
    """The decision, refused where Aiven's documented rules forbid the change.

    ``clouds`` holds every cloud that the project may use as far as the target names it; ``supports_btar`` says whether
    the live schema of the service's type has the option. A provider that the API leaves blank is no refusal but a
    warning: whether the region is allowed is then Aiven's to say.
    """
    if not needs_facts(decision) or target.region is None:
        return decision
    service_type, places = _type_and_places(service, create)
    label = target.label
    if not supports_btar:
        return decision.refuse(
            "unsupported_service_type",
            f"{label}: Aiven has no backup to another region for {service_type} services. "
            f"It has for {', '.join(sorted(TYPES_WITH_BTAR))}.",
        )
    if create is not None and service is None and create.cloud not in clouds:
        return decision.refuse("unknown_region", _unknown("create.cloud", create.cloud, label, clouds))
    if target.region not in clouds:
        message = _unknown("region", target.region, label, clouds)
        return decision.refuse("unknown_region", message + _instead(places, clouds))
    for place, what in places.items():
        if target.region == place:
            message = f"{target.region} cannot hold the second backup of {label}: it is {what}."
            return decision.refuse("same_region", message + _instead(places, clouds))
    return _check_providers(decision, target.region, label, places, clouds)


def update_body(decision: Decision) -> dict[str, Any]:
    """The whole body of the PUT: the secondary region and nothing else, so that nothing else can change."""
    return {"user_config": {"additional_backup_regions": [decision.after] if decision.after else []}}


def create_body(target: Target, create: CreateSpec) -> dict[str, Any]:
    """The body of the POST. Keys that were not given are not sent."""
    options = dict(create.options)
    user_config = dict(options.pop("user_config", None) or {})
    user_config["additional_backup_regions"] = [target.region]
    return {
        "service_name": target.service_name,
        "service_type": create.service_type,
        "plan": create.plan,
        "cloud": create.cloud,
        "user_config": user_config,
        **options,
    }


def predict(target: Target, service: Service | None, create: CreateSpec | None, decision: Decision) -> Service | None:
    """The service as it will be once the decision is carried out; for a create, as far as that can be said."""
    if service is not None:
        return replace(service, secondary_region=decision.after)
    if create is None or decision.refusal:
        return None
    return Service(
        project=target.project,
        name=target.service_name,
        service_type=create.service_type,
        plan=create.plan,
        cloud_name=create.cloud,
        state="REBUILDING",
        secondary_region=target.region,
        primary_region=create.cloud,
        termination_protection=bool(create.options.get("termination_protection", False)),
        tags={str(key): str(value) for key, value in (create.options.get("tags") or {}).items()},
    )


def diff(target: Target, decision: Decision, create: CreateSpec | None = None) -> dict[str, Any]:
    """An Ansible diff. It holds the secondary region, and of a service to be created its type, plan and cloud."""
    before: dict[str, Any] = {"additional_backup_regions": _listed(decision.before)}
    after: dict[str, Any] = {"additional_backup_regions": _listed(decision.after)}
    if decision.change == "create":
        before = {}
        if create is not None and decision.refusal is None:
            public = {"service_type": create.service_type, "plan": create.plan, "cloud": create.cloud}
            after = {**public, **after}
        else:
            after = {}
    return {"before_header": target.label, "after_header": target.label, "before": before, "after": after}


def _compare_missing(target: Target, create: CreateSpec | None) -> Decision:
    if create is None or target.state == "disabled":
        remedy = "" if target.state == "disabled" else " Give `create` to allow its creation, or correct the name."
        missing = Decision(None, None, None, "")
        return missing.refuse("service_not_found", f"service {target.label} does not exist.{remedy}")
    reason = f"the service does not exist: create {create.service_type} {create.plan} in {create.cloud}"
    decision = Decision("create", None, target.region, f"{reason}, with secondary region {target.region}")
    mistake = new_name_mistake("service_name", target.service_name)
    if mistake is not None:
        return decision.refuse("invalid_target", mistake)
    refusal = made_to_follow(target.project, target.service_name, create.options.get("service_integrations"))
    return decision if refusal is None else decision.refuse(refusal.code, f"{refusal.message}.")


def _differences(service: Service, create: CreateSpec | None) -> tuple[str, ...]:
    if create is None:
        return ()
    label = f"{service.project}/{service.name}"
    pairs = (("plan", service.plan, create.plan), ("cloud", service.cloud_name, create.cloud))
    return tuple(
        f"{label} exists with {key} {actual}, create says {wanted}: left as it is"
        for key, actual, wanted in pairs
        if actual != wanted
    )


def _power_note(service: Service) -> str:
    return "; the service is powered off: nothing replicates until it is powered on" if service.powered_off else ""


def _type_and_places(service: Service | None, create: CreateSpec | None) -> tuple[str, dict[str, str]]:
    """The type, and the clouds that a secondary must differ from, each with what it is to the service."""
    if service is None:
        if create is None:
            raise ValueError("neither a service nor a create")
        return create.service_type, {create.cloud: "the cloud that the service runs in"}
    places = {service.primary_region: "the primary region, where the backups already are"}
    places[service.cloud_name] = "the cloud that the service runs in"
    return service.service_type, places


def _check_providers(
    decision: Decision, region: str, label: str, places: Mapping[str, str], clouds: Clouds
) -> Decision:
    provider = clouds[region].provider
    warnings = list(decision.warnings)
    for place in places:
        known = clouds[place].provider if place in clouds else None
        if provider is None or known is None:
            blank = region if provider is None else place
            warnings.append(
                f"{label}: the provider of {blank} is not known, so neither is whether Aiven allows "
                f"{'it' if blank == region else region}"
            )
        elif provider != known:
            message = f"{region} cannot hold backups of {label}: its provider is {provider}, {place} is on {known}."
            return decision.refuse("provider_mismatch", message + _instead(places, clouds))
    return replace(decision, warnings=tuple(dict.fromkeys(warnings)))


def _unknown(key: str, value: str, label: str, clouds: Clouds) -> str:
    hint = did_you_mean(value, clouds)
    return f"{key} {value!r} of {label} is not a cloud that Aiven lists for the project" + (
        f"; {hint}" if hint else "."
    )


def _instead(places: Mapping[str, str], clouds: Clouds) -> str:
    """A remedy: up to three clouds of the same provider, nearest first; none where the places are of different ones."""
    providers = {clouds[place].provider for place in places if place in clouds} - {None}
    if len(providers) > 1:
        named = " and ".join(f"{place} is {clouds[place].provider}" for place in places if place in clouds)
        return f" No region has the provider of both, as Aiven asks: {named}."
    start = next((place for place in places if place in clouds and clouds[place].provider), None)
    if start is None:
        return ""
    near = [cloud.name for cloud in nearest_clouds(clouds[start], clouds) if cloud.name not in places][:3]
    return f" Choose for example {', '.join(near)}." if near else ""


def _listed(region: str | None) -> list[str]:
    return [region] if region else []
