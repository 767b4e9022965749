# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a lost region takes along, read from the API: one listing a project, and what the services in the region need besides.

Nothing here relies on the region itself: what cannot be read is told, and the rest is reported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import Answered
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSources
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import (
    Affected,
    is_affected,
    lost_regions,
    needs_details,
    regions_of,
    restore_source,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlans
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan_lists import plan_lists

# Of a region that is gone, what its services know may never be answered: a call about the backups of one is tried for so
# many seconds, which a rate limit may take, and no further ones after so many failures on end.
PATIENCE = 60.0
_MOST_FAILURES = 3


@dataclass(slots=True)
class Survey:
    """What was found. ``regions`` are all that the services of the listings have to do with.

    ``unreadable`` has the error of each project that could not be listed, ``gone`` the labels of services that are not
    there any more; ``unchecked`` says in words what else could not be found out.
    """

    now: datetime
    affected: list[Affected] = field(default_factory=list)
    copies_there: int = 0
    regions: set[str] = field(default_factory=set)
    unreadable: dict[str, AivenError] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    unchecked: list[str] = field(default_factory=list)


def survey(
    owners: Mapping[str, Account],
    wanted: Mapping[str, Collection[str]],
    region: str | None,
    *,
    exact: bool,
    local_now: datetime,
) -> Survey:
    """The services in ``wanted`` (names by project, whose accounts are ``owners``) that the loss of ``region`` is felt by: a
    cloud name or glob; None takes each of them for lost.

    Calls: one for each project; with ``exact`` one for each affected service whose restore point a listing does not tell;
    the plans of each type and project with affected services, and the VPCs of each project with some in a VPC.
    """
    found = Survey(local_now)

    def read(project: str) -> Survey | AivenError:
        try:
            with owners[project].breaker.call():
                listing = owners[project].client.list_fork_sources(project)
        except Interrupted:
            raise
        except AivenError as error:
            return error
        return _taken(project, wanted[project], listing, region)

    parts = dict(zip(wanted, in_parallel(read, wanted), strict=True))
    for project, part in parts.items():
        if isinstance(part, AivenError):
            found.unreadable[project] = part
        else:
            found.affected += part.affected
            found.copies_there += part.copies_there
            found.regions |= part.regions
            found.gone += part.gone
    found.now = max((part.now for part in parts.values() if isinstance(part, Survey)), default=local_now)
    if exact:
        found.affected = _Closely(owners, region, found.unchecked).look(found.affected)
    restored = [each for each in found.affected if restore_source(each.source.service, region) is not None]
    plans = _plans(owners, restored, found.unchecked.append)
    vpcs = _vpcs(owners, restored, found.unchecked.append)
    found.affected = [
        replace(
            each,
            plans=plans.get((each.source.service.project, each.source.service.service_type)),
            vpcs=vpcs.get(each.source.service.project),
        )
        for each in found.affected
    ]
    # Told by several threads, in any order.
    found.unchecked.sort()
    return found


def _taken(project: str, names: Collection[str], listing: Answered[ForkSources], region: str | None) -> Survey:
    """What matters of a listing; the rest of it may be forgotten."""
    found = Survey(listing.now)
    sources = {source.service.name: source for source in listing.value.services}
    found.gone = [f"{project}/{name}" for name in names if name not in sources]
    for source in (sources[name] for name in names if name in sources):
        service = source.service
        found.regions |= regions_of(service)
        if is_affected(service, region):
            followers = [
                follower
                for follower in listing.value.followers.get(service.name, ())
                if not _is_gone(follower.cloud_name, service, region)
            ]
            found.affected.append(Affected(source, listing.now, followers=tuple(followers)))
        elif service.secondary_region in lost_regions(service, region):
            found.copies_there += 1
    return found


def _is_gone(cloud: str, service: Service, region: str | None) -> bool:
    return cloud in lost_regions(service, region) if region is None else glob_matches(region, cloud)


class _Closely:
    """Asks for the backups of services, until that is of no use."""

    def __init__(self, owners: Mapping[str, Account], region: str | None, unchecked: list[str]) -> None:
        self._owners = owners
        self._region = region
        self._unchecked = unchecked
        self._failures = 0
        self._refused: set[str] = set()
        self._unread: list[AivenError | None] = []

    def look(self, rows: Iterable[Affected]) -> list[Affected]:
        """The rows, with details where they could be had."""
        looked_at = in_parallel(self._look, rows)
        if self._unread:
            why = next((f": {error.message}" for error in self._unread if error is not None), "")
            self._unchecked.append(
                f"the backups of {counted(len(self._unread), 'service')} could not be read, the listing tells of them{why}"
            )
        return looked_at

    def _look(self, row: Affected) -> Affected:
        service = row.source.service
        if not needs_details(service, self._region):
            return row
        if self._failures >= _MOST_FAILURES or service.project in self._refused:
            self._unread.append(None)
            return row
        try:
            client = self._owners[service.project].client
            until = client.transport.clock() + PATIENCE
            answer = client.get_backups(service.project, service.name, until=until)
        except Interrupted:
            raise
        except AivenError as error:
            self._unread.append(error)
            if error.code == "permission_denied":
                self._refused.add(service.project)
            else:
                self._failures += 1
            return row
        self._failures = 0
        return replace(row, details=answer.value, now=answer.now)


def _plans(
    owners: Mapping[str, Account], rows: Iterable[Affected], warn: Callable[[str], None]
) -> dict[tuple[str, str], ServicePlans]:
    """The plans by project and type."""
    services = [row.source.service for row in rows]
    lists = plan_lists([(owners[each.project], each.project, each.service_type) for each in services], warn)
    return {(project, service_type): plans for (_account, project, service_type), plans in lists.items()}


def _vpcs(
    owners: Mapping[str, Account], rows: Iterable[Affected], warn: Callable[[str], None]
) -> dict[str, Sequence[Vpc]]:
    """The VPCs by project, of those with a service in one."""
    projects = dict.fromkeys(row.source.service.project for row in rows if row.source.project_vpc_id is not None)
    found: dict[str, Sequence[Vpc]] = {}

    def read(project: str) -> None:
        try:
            with owners[project].breaker.call():
                found[project] = owners[project].client.list_vpcs(project)
        except Interrupted:
            raise
        except AivenError as error:
            warn(f"the VPCs of project {project} could not be read: {error.message}")

    in_parallel(read, projects)
    return found
