# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the inventory plugin knows of services: read from the API, kept in a cache, filtered, named. Nothing of Ansible."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Clouds,
    InvalidResponse,
    Service,
    parse_clouds,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import cloud_facts

CACHE_FORMAT = 2
# A group without hosts, which holds the cloud list in a variable of its name: so it is merged into no host's variables.
CLOUD_GROUP = "aiven_clouds"
# A variable of that group, where there is any: the projects that could not be read, each with the reason.
UNREAD_PROJECTS = "aiven_unread_projects"
# The group of all services.
FLEET = "aiven_services"
CONCURRENCY = 8

# Wider than Aiven's own pattern of names, and still nothing that Ansible reads as a pattern, a range or a template.
_HOST_PART = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_HOSTNAME = re.compile(r"SERVICE(?:[._-]+PROJECT)?|PROJECT[._-]+SERVICE")


class HostFacts(NamedTuple):
    """The facts of one service. Field ``x`` is the host variable ``aiven_x``."""

    project: str
    service_name: str
    service_type: str
    plan: str
    cloud: str
    provider: str | None
    primary_region: str
    state: str
    tags: dict[str, str]
    btar_region: str | None
    protection: str


_NULLABLE = ("provider", "btar_region")
VARIABLES = tuple(f"aiven_{name}" for name in HostFacts._fields)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is read: these projects and those of these organizations; both None: all projects that the token sees.

    ``rpo_target`` (seconds) is part of it, because the protection status is worked out when a listing is read.
    """

    projects: Sequence[str] | None
    organizations: Sequence[str] | None
    rpo_target: int


class ProjectError(Exception):
    """A project that cannot be read, in words."""

    def __init__(self, project: str, error: AivenError) -> None:
        super().__init__(f"project {project} cannot be read ({error.code}): {error.message}")
        self.project, self.reason = project, error.message


@dataclass(slots=True)
class Reading:
    """The services of so many projects, the clouds in the form of the API, and the projects that could not be read."""

    projects: int
    facts: list[HostFacts]
    clouds: list[dict[str, Any]]
    failures: list[ProjectError] = field(default_factory=list)


def read_fleet(client: AivenClient, scope: Scope, *, fail: bool) -> Reading:
    """One listing a project, in parallel, after one cloud list and one call for which projects there are.

    With ``fail`` a project that cannot be read raises ProjectError, else it is one of the ``failures``. Raises
    AivenError when the clouds, or which projects there are, cannot be read.
    """
    over, breaker = threading.Event(), CircuitBreaker()

    def give_up() -> None:
        if over.is_set():
            raise Interrupted("the reading of the inventory ended")

    def read(project: str) -> list[HostFacts] | ProjectError:
        try:
            with breaker.call():
                listing = client.list_services(project)
        except AivenError as error:
            if fail and not over.is_set():
                over.set()
                raise ProjectError(project, error) from None
            return ProjectError(project, error)
        # Only these facts are kept: a listing is many times as large, and holds secrets.
        return [_facts_of(service, clouds, listing.now, scope) for service in listing.value]

    client.transport.guard = give_up
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        try:
            awaited = pool.submit(client.list_clouds)
            projects = _projects(client, scope, pool)
            clouds = awaited.result()
            answers = list(pool.map(read, projects))
        except BaseException:
            # Nobody waits any more for what has not begun, nor for the retries of what has.
            over.set()
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    failures = [answer for answer in answers if isinstance(answer, ProjectError)]
    found = [facts for answer in answers if not isinstance(answer, ProjectError) for facts in answer]
    return Reading(len(projects), found, [cloud_facts(cloud) for cloud in clouds.values()], failures)


def _projects(client: AivenClient, scope: Scope, pool: ThreadPoolExecutor) -> list[str]:
    if scope.projects is None and scope.organizations is None:
        return client.list_my_projects()
    names = list(scope.projects or ())
    for more in pool.map(client.list_organization_projects, dict.fromkeys(scope.organizations or ())):
        names += more
    return list(dict.fromkeys(names))


def _facts_of(service: Service, clouds: Clouds, now: datetime, scope: Scope) -> HostFacts:
    cloud = clouds.get(service.cloud_name)
    return HostFacts(
        service.project,
        service.name,
        service.service_type,
        service.plan,
        service.cloud_name,
        cloud.provider if cloud else None,
        service.primary_region,
        service.state,
        dict(service.tags),
        service.secondary_region,
        protection_of(service, now=now, rpo_target=scope.rpo_target).status,
    )


def cache_key(prefix: str, connection: Connection, scope: Scope) -> str:
    """Differs wherever another answer is to be expected: two tokens do not see the same projects.

    The token is only a part of what is hashed, and no use to anyone who reads the name of a cache file.
    """
    parts = [CACHE_FORMAT, connection.api_url, connection.api_token]
    parts += [scope.projects, scope.organizations, scope.rpo_target]
    return f"{prefix}_{hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]}"


def to_cache(reading: Reading) -> dict[str, Any]:
    """One text for all services: cache plugins copy and re-encode whatever has a structure, at several times the cost."""
    services, clouds = json.dumps(reading.facts), json.dumps(reading.clouds)
    return {"format": CACHE_FORMAT, "projects": reading.projects, "services": services, "clouds": clouds}


def from_cache(value: object) -> Reading | None:
    """What :func:`to_cache` made; None for anything else, whatever it is."""
    try:
        if value["format"] != CACHE_FORMAT:  # type: ignore[index]
            return None
        facts = [HostFacts(*row) for row in json.loads(value["services"])]  # type: ignore[index]
        clouds = json.loads(value["clouds"])  # type: ignore[index]
        parse_clouds({"clouds": clouds})
        projects = value["projects"]  # type: ignore[index]
    except (KeyError, TypeError, ValueError, RecursionError, InvalidResponse):
        return None
    counted = isinstance(projects, int) and not isinstance(projects, bool) and projects >= 0
    usable = counted and all(map(_plausible, facts))
    return Reading(projects, facts, clouds) if usable else None


def _plausible(facts: HostFacts) -> bool:
    texts = (value for name, value in facts._asdict().items() if name not in ("tags", *_NULLABLE))
    return (
        all(isinstance(text, str) for text in texts)
        and all(isinstance(getattr(facts, name), str | None) for name in _NULLABLE)
        and isinstance(facts.tags, dict)
        and all(isinstance(value, str) for value in facts.tags.values())
    )


@dataclass(frozen=True, slots=True)
class Filters:
    """Which services become hosts; None lets all pass. Tags are globs of the value by key, all of which must match."""

    service_types: Sequence[str] | None = None
    states: Sequence[str] | None = None
    services: Sequence[str] | None = None
    tags: Mapping[str, str] | None = None

    def pass_(self, facts: HostFacts) -> bool:
        return (
            (self.service_types is None or facts.service_type in self.service_types)
            and (self.states is None or facts.state in self.states)
            and (self.services is None or any(glob_matches(glob, facts.service_name) for glob in self.services))
            and all(
                key in facts.tags and glob_matches(glob, facts.tags[key]) for key, glob in (self.tags or {}).items()
            )
        )


def check_hostname(template: str) -> None:
    """Raises ValueError for a form that could name two services alike in a way that nobody could undo."""
    if not _HOSTNAME.fullmatch(template):
        raise ValueError(
            f"hostname is {template!r}: give SERVICE.PROJECT, PROJECT.SERVICE or SERVICE, with any of . - _ between the two"
        )


def check_tags(tags: Mapping[str, object]) -> None:
    """Raises ValueError for a value that YAML has made something else of than the text that a tag is."""
    for key, value in tags.items():
        if not isinstance(value, str):
            raise ValueError(f'tags.{key} is {value!r}: give a glob, in quotes, such as "prod-*" or "true"')


def name_hosts(found: Iterable[HostFacts], template: str) -> tuple[dict[str, HostFacts], list[str]]:
    """Services by the name of their host, and warnings.

    Services that would share a name are named SERVICE.PROJECT, all of them: so no service is lost, and no name depends
    on the order of the listings. Names that Aiven would not allow, and Ansible might misread, make no host.
    """
    usable, odd = {}, []
    for facts in found:
        if _HOST_PART.fullmatch(facts.service_name) and _HOST_PART.fullmatch(facts.project):
            usable[facts.project, facts.service_name] = facts
        else:
            odd.append(facts)
    form = template.replace("SERVICE", "{1}").replace("PROJECT", "{0}")
    names = {key: form.format(*key) for key in usable}
    count = Counter(names.values())
    hosts = {
        name if count[name] == 1 else f"{service}.{project}": usable[project, service]
        for (project, service), name in names.items()
    }
    shared = sorted(name for name, services in count.items() if services > 1)
    warnings = []
    if odd:
        labels = [f"{facts.project!r} / {facts.service_name!r}" for facts in odd]
        warnings.append(f"left out, as their project or name is none that Aiven allows: {few(labels)}")
    if shared:
        warnings.append(
            f"hostname {template} gives several services the same name, so these are named SERVICE.PROJECT: {few(shared)}"
        )
    return hosts, warnings


def few(labels: Sequence[str], most: int = 5) -> str:
    """The first of many, for a message."""
    shown = ", ".join(label if len(label) <= 80 else f"{label[:77]}..." for label in labels[:most])
    return shown if len(labels) <= most else f"{shown} and {len(labels) - most} more"
