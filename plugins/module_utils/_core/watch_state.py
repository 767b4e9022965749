# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a watch remembers from one start to the next: services as they were seen, and what could not be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection_changes import Sight
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

SCHEMA = "offsite.aiven/watch/1"


class InvalidState(Exception):
    """The text says what is wrong with a state that was read."""


@dataclass(slots=True)
class WatchState:
    """``scope`` is what is watched: with another one the state is of no use. ``projects`` has the services of each project by
    name; a project that was never seen is not in it. ``blind`` has since when (a text in UTC) each project is not seen.
    """

    scope: Mapping[str, Any]
    projects: dict[str, dict[str, Sight]] = field(default_factory=dict)
    blind: dict[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The form of the state file."""
        return {"schema": SCHEMA, "scope": dict(self.scope), "projects": self.projects, "blind": self.blind}


def parse_state(body: object, scope: Mapping[str, Any]) -> WatchState:
    """The state of a watch of ``scope``, from what :meth:`WatchState.as_dict` made. Raises InvalidState for anything else."""
    if not isinstance(body, Mapping) or body.get("schema") != SCHEMA:
        raise InvalidState(f"it has not the schema {SCHEMA}")
    if body.get("scope") != dict(scope):
        raise InvalidState("it is of a watch with another api_url, services or service_types")
    projects, blind = body.get("projects"), body.get("blind")
    if not isinstance(projects, Mapping) or not isinstance(blind, Mapping):
        raise InvalidState("'projects' or 'blind' is no object")
    if not all(isinstance(since, str) and parse_time(since) for since in blind.values()):
        raise InvalidState("a value below 'blind' is no time")
    return WatchState(scope, {str(name): _sights(name, rows) for name, rows in projects.items()}, dict(blind))


def _sights(project: object, rows: object) -> dict[str, Sight]:
    if not isinstance(rows, Mapping):
        raise InvalidState(f"the services of project {project} are no object")
    return {str(name): _sight(f"{project}/{name}", row) for name, row in rows.items()}


def _sight(label: str, row: object) -> Sight:
    if not isinstance(row, list) or len(row) != len(Sight._fields):
        raise InvalidState(f"service {label} is not written down as {counted(len(Sight._fields), 'value')}")
    sight = Sight(*row)
    texts = isinstance(sight.service_type, str) and isinstance(sight.since, str)
    optional = (sight.region, sight.restore_point, sight.pause_reason)
    if not texts or not all(isinstance(value, str | None) for value in optional) or sight.protection not in STATUSES:
        raise InvalidState(f"service {label} has a value that no service has")
    return sight
