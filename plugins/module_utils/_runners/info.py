# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the info modules return: clouds by distance, services with their protection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import EMPTY_TEXT
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient, Answered
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import UNASKED
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Clouds, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import name_mistakes
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted, did_you_mean
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import service_facts
from ansible_collections.offsite.aiven.plugins.module_utils._runners.unlisted import Unlisted

Item = TypeVar("Item")
Found = TypeVar("Found")

CONCURRENCY = 8


def in_parallel(work: Callable[[Item], Found], items: Iterable[Item], concurrency: int = CONCURRENCY) -> list[Found]:
    """``work`` of every item, in their order. The first error ends it: what has not begun by then is not begun."""
    with ThreadPoolExecutor(max_workers=concurrency) as pool:
        futures = [pool.submit(work, item) for item in items]
        try:
            return [future.result() for future in futures]
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def list_clouds(
    client: AivenClient, project: str | None, near: str | None, same_provider_as: str | None
) -> dict[str, Any]:
    """``{"clouds": [...]}``, sorted by distance from ``near``, else from ``same_provider_as``, else by name."""
    if project is None:
        clouds = client.list_clouds()
    else:
        _check_names({"project": project})
        clouds = client.list_project_clouds(project)
    chosen, warnings = list(clouds.values()), []
    if same_provider_as:
        provider = _named(clouds, "same_provider_as", same_provider_as).provider
        chosen = [cloud for cloud in chosen if provider is not None and cloud.provider == provider]
        if provider is None:
            warnings.append(f"Aiven names no provider for {same_provider_as}: which clouds have the same is not known")
    start = near or same_provider_as
    if not start:
        return {
            "clouds": [cloud_facts(cloud) for cloud in sorted(chosen, key=lambda cloud: cloud.name)],
            "warnings": [],
        }
    origin = _named(clouds, "near", start)
    rows = [
        {**cloud_facts(cloud), "distance_km": _rounded(distance_km(origin, cloud))}
        for cloud in chosen
        if cloud != origin
    ]
    rows.sort(key=lambda row: (row["distance_km"] is None, row["distance_km"] or 0, row["cloud_name"]))
    return {"clouds": rows, "warnings": warnings}


def describe_services(client: AivenClient, params: Mapping[str, Any]) -> dict[str, Any]:
    """``{"services": [...]}`` for the options of aiven_btar_info."""
    projects, warnings = params["projects"], []
    if projects is not None:
        _check_names({f"projects[{index}]": name for index, name in enumerate(projects)})

    def read(project: str) -> Answered[list[Service]] | None:
        """None for a project that the token belongs to but whose services it may not see; one that was asked for must be."""
        try:
            return client.list_services(project)
        except AivenError as error:
            if projects is not None or error.code != "permission_denied":
                raise
            warnings.append(f"project {project} is left out: {error.message}")
            return None

    names = client.list_my_projects() if projects is None else projects
    listings = [listing for listing in in_parallel(read, list(dict.fromkeys(names))) if listing is not None]
    found = [(service, listing.now) for listing in listings for service in listing.value if _wanted(service, params)]
    unlisted = Unlisted(client, warnings.append)
    services = in_parallel(lambda pair: _describe(client, unlisted, *pair, params), found)
    return {"services": services, "warnings": sorted([*warnings, *_nothing(params, listings)])}


def _nothing(params: Mapping[str, Any], listings: Iterable[Answered[list[Service]]]) -> Iterator[str]:
    """What a mistyped name or type narrows down to nothing looks like a project without services."""
    seen = [service for listing in listings for service in listing.value]
    narrowed = ", ".join(f"{key} {params[key]!r}" for key in ("services", "service_types") if params[key])
    if seen and narrowed and not any(_wanted(service, params) for service in seen):
        types = ", ".join(sorted({service.service_type for service in seen}))
        yield f"{narrowed} left out all of {counted(len(seen), 'service')}; their types are {types}"


def _check_names(names: Mapping[str, str]) -> None:
    mistakes = [mistake for place, name in names.items() for mistake in name_mistakes(place, name)]
    if mistakes:
        raise AivenError("invalid_target", " ".join(mistakes))


def _wanted(service: Service, params: Mapping[str, Any]) -> bool:
    types, globs = (None if params[key] == EMPTY_TEXT else params[key] for key in ("service_types", "services"))
    if types is not None and service.service_type not in types:
        return False
    return globs is None or any(glob_matches(glob, service.name) for glob in globs)


def _describe(
    client: AivenClient, unlisted: Unlisted, service: Service, now: datetime, params: Mapping[str, Any]
) -> dict[str, Any]:
    """One service. Details that cannot be read leave the service as the listing shows it, and say why."""
    details, limits, facts = None, UNASKED, service_facts(service)
    if params["details"]:
        facts["details_error"] = None
        if not service.powered_off:
            try:
                answer = client.get_backups(service.project, service.name)
                details, now = answer.value, answer.now
            except AivenError as error:
                facts["details_error"] = error.as_dict()
        limits = unlisted.limits_of(service, details)
    protection = protection_of(service, now=now, details=details, rpo_target=params["rpo_target"], limits=limits)
    facts.update(protection.as_dict())
    if params["lag_period"]:
        facts.update(_lag(client, service, params["lag_period"]))
    return facts


def _lag(client: AivenClient, service: Service, period: str) -> dict[str, Any]:
    if service.secondary_region is None or service.powered_off:
        return {"lag": None, "lag_error": None}
    try:
        series = client.get_lag_report(service.project, service.name, period).value
    except AivenError as error:
        return {"lag": None, "lag_error": error.as_dict()}
    return {"lag": [row.as_dict() for row in series], "lag_error": None}


def _named(clouds: Clouds, option: str, name: str) -> Cloud:
    if name not in clouds:
        hint = did_you_mean(name, clouds) or "names are like aws-eu-west-1"
        raise AivenError("unknown_region", f"{option} {name!r} is not a cloud that Aiven lists; {hint}")
    return clouds[name]


def cloud_facts(cloud: Cloud) -> dict[str, Any]:
    """A cloud with the keys of the API."""
    return {
        "cloud_name": cloud.name,
        "provider": cloud.provider,
        "geo_region": cloud.geo_region,
        "geo_latitude": cloud.latitude,
        "geo_longitude": cloud.longitude,
        "cloud_description": cloud.description,
    }


def _rounded(kilometres: float | None) -> float | None:
    return None if kilometres is None else round(kilometres, 1)
