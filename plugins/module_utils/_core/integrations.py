# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Integrations that make one service follow another: what follows has no backups of its own.

A read replica and, until it is promoted, the recovery service of a cross-region disaster recovery show as an entry of their
own ``service_integrations`` whose destination is the service itself (terraform-provider-aiven, ``backupsReady``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

READ_REPLICA, DISASTER_RECOVERY = "read_replica", "disaster_recovery"

_WORDS = {READ_REPLICA: "read replica", DISASTER_RECOVERY: "recovery service"}


@dataclass(frozen=True, slots=True)
class Follows:
    """Which service another one replicates, and by what ``integration_type``. ``source`` is PROJECT/SERVICE, None where the
    API names none.
    """

    integration_type: str
    source: str | None

    @property
    def words(self) -> str:
        """What the service is called that follows: ``read replica`` or ``recovery service``."""
        return _WORDS[self.integration_type]

    def __str__(self) -> str:
        article = "a" if self.integration_type == READ_REPLICA else "the"
        return f"{article} {self.words} of {self.source or 'a service that Aiven does not name'}"


def followed(project: str, name: str, row: Mapping[str, Any]) -> Follows | None:
    """What the service ``name`` of ``project`` follows, from its object in the API; None for an ordinary one.

    A recovery service that was promoted is ordinary: ``disaster_recovery_role`` says so where the answer has it, else the
    backups that it takes by then (docs/products/postgresql/crdr of Aiven's documentation).
    """
    backups, role = row.get("backups"), row.get("disaster_recovery_role")
    promoted = role == "active" if isinstance(role, str) else bool(backups) and isinstance(backups, list)
    for found in followed_in(project, name, row.get("service_integrations")):
        if found.integration_type == READ_REPLICA or not promoted:
            return found
    return None


def followed_in(project: str, name: str, integrations: object) -> Iterator[Follows]:
    """What a list of integrations makes the service ``name`` of ``project`` follow. An end that is not named is the service."""
    for item in integrations if isinstance(integrations, list) else ():
        if not isinstance(item, Mapping) or str(item.get("integration_type")) not in _WORDS:
            continue
        destination = (item.get("dest_project") or project, item.get("dest_service") or name)
        source = item.get("source_service")
        if destination == (project, name) and (item.get("source_project") or project, source) != destination:
            label = f"{item.get('source_project') or project}/{source}" if isinstance(source, str) and source else None
            yield Follows(str(item["integration_type"]), label)
