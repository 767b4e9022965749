# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run has read of its services, kept for the report: only of projects that it has read whole, and wrote nothing in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import Protection
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Place, Seen


@dataclass(frozen=True, slots=True)
class ProjectSeen:
    """A project when it was read: the API's time, and its services of the run, with their protection."""

    now: datetime
    services: Mapping[str, tuple[Service, Protection]]


# Projects by the number of their account in the run, and by name.
Snapshot = Mapping[tuple[int, str], ProjectSeen]


def take_snapshot(cases: Iterable[Case], seen: Mapping[Place, Seen], written: Iterable[Place]) -> Snapshot:
    """The projects that still are as they were read, unless a service of the run was passed over in reading: of that nobody
    could tell whether it is there.
    """
    services: dict[Place, dict[str, tuple[Service, Protection]]] = {place: {} for place in seen}
    for place in written:
        services.pop(place, None)
    for case in cases:
        if case.asked.account is None:
            continue
        place = (case.asked.account, case.asked.project)
        if case.asked.skip is not None:
            services.pop(place, None)
        elif case.service is not None and case.protection is not None and place in services:
            services[place][case.asked.service_name] = (case.service, case.protection)
    return {
        (account.number, project): ProjectSeen(seen[account, project].now, found)
        for (account, project), found in services.items()
    }
