# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a decision needs to know besides the service, fetched when it is first needed and only once a run."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import (
    CreateSpec,
    Decision,
    check,
    needs_facts,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_BTAR,
    Clouds,
    Service,
    Target,
)
from ansible_collections.offsite.aiven.plugins.module_utils._runners.once import Once

_MAY_NOT_LIST = (
    "Clouds of the project's own are not in the public list, and the token may not list them: that needs "
    "project:services:write."
)


class Facts:
    """The cloud list and the live schemas: one call each, however many ask, and whether it fails or not."""

    def __init__(self, client: AivenClient) -> None:
        self._client = client
        self._once = Once()
        self._support: dict[str, bool] = {}
        # Projects whose clouds the token may not list.
        self._unlisted: set[str] = set()

    def clouds(self) -> Clouds:
        """The public cloud list."""
        return self._once(("clouds",), self._client.list_clouds)

    def clouds_for(self, project: str, names: Iterable[str]) -> Clouds:
        """The cloud list with ``names`` in it where the project has them: custom (BYOC) clouds are only listed there."""
        clouds = self.clouds()
        return clouds if all(name in clouds for name in names) else self.project_clouds(project)

    def project_clouds(self, project: str) -> Clouds:
        """The public clouds and those of the project."""
        clouds = self.clouds()
        return self._once(("clouds", project), lambda: {**clouds, **self._own_clouds(project)})

    def supports_btar(self, project: str, service_type: str) -> bool:
        """Whether the live schema of the type has the option; asked in the first project that needs to know.

        A project that does not answer says nothing of the others: then the next one is asked.
        """
        known = self._support.get(service_type)
        if known is None:
            known = self._once(("type", project, service_type), lambda: self._live_support(project, service_type))
            if known is None:
                return service_type in TYPES_WITH_BTAR
            self._support[service_type] = known
        return known

    def check(
        self, decision: Decision, target: Target, service: Service | None, create: CreateSpec | None = None
    ) -> Decision:
        """The decision, refused where Aiven's rules forbid it. Costs nothing for a decision that changes nothing."""
        if not needs_facts(decision):
            return decision
        names = {target.region or ""}
        if service is not None:
            names |= {service.cloud_name, service.primary_region}
            service_type = service.service_type
        elif create is not None:
            names.add(create.cloud)
            service_type = create.service_type
        clouds = self.clouds_for(target.project, names)
        supports = self.supports_btar(target.project, service_type)
        checked = check(decision, target, service, create, clouds=clouds, supports_btar=supports)
        if (
            checked.refusal is not None
            and checked.refusal.code == "unknown_region"
            and target.project in self._unlisted
        ):
            return checked.refuse("unknown_region", f"{checked.refusal.message} {_MAY_NOT_LIST}")
        return checked

    def _own_clouds(self, project: str) -> Clouds:
        """A token that may not list the project's clouds can still manage services in public ones."""
        try:
            return self._client.list_project_clouds(project)
        except AivenError as error:
            if error.code == "permission_denied":
                self._unlisted.add(project)
                return {}
            raise

    def _live_support(self, project: str, service_type: str) -> bool | None:
        """None where the token may not read the schema, which needs a role that one for backups may lack: then what is known
        of the types must do, and Aiven has the last word.
        """
        try:
            return self._client.type_supports_btar(project, service_type)
        except AivenError as error:
            if error.code == "permission_denied":
                return None
            raise
