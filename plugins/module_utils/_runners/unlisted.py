# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What no listing shows of a service: whether its plan keeps backups, and whether its cloud allows forks."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import (
    Limits,
    may_forbid_forks,
    plan_in_doubt,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import BackupDetails, Service
from ansible_collections.offsite.aiven.plugins.module_utils._runners.once import Once

T = TypeVar("T")


class Unlisted:
    """Asks for it where it matters: one call for each plan in doubt, and for services in clouds of one's own one for each
    project and one for each organization. What cannot be asked stays unknown, and ``warn`` is told why.
    """

    def __init__(self, client: AivenClient, warn: Callable[[str], None], breaker: CircuitBreaker | None = None) -> None:
        self._client = client
        self._warn = warn
        self._breaker = breaker or CircuitBreaker()
        self._once = Once()

    def limits_of(self, service: Service, details: BackupDetails | None = None) -> Limits:
        """The limits of a service, as far as its listing leaves them in doubt."""
        keeps = self._plan_keeps_backups(service) if plan_in_doubt(service, details) else None
        return Limits(keeps, self._deployment_model(service) if may_forbid_forks(service) else None)

    def _plan_keeps_backups(self, service: Service) -> bool | None:
        kind, plan = service.service_type, service.plan
        what = f"whether the plan {plan} of {kind} keeps backups"
        return self._asked(
            ("plan", kind, plan), what, lambda: self._client.plan_keeps_backups(service.project, kind, plan)
        )

    def _deployment_model(self, service: Service) -> str | None:
        project = service.project
        what = f"whether the own clouds of project {project} allow forks"
        models = self._asked(("clouds", project), what, lambda: self._models_of(project))
        return None if models is None else models.get(service.cloud_name)

    def _models_of(self, project: str) -> dict[str, str]:
        organization = self._client.organization_of(project)
        return self._once(("organization", organization), lambda: self._client.list_deployment_models(organization))

    def _asked(self, key: tuple[str, ...], what: str, ask: Callable[[], T]) -> T | None:
        def answer() -> T | None:
            try:
                with self._breaker.call():
                    return ask()
            except Interrupted:
                raise
            except AivenError as error:
                self._warn(f"{what} could not be read: {error.message}")
                return None

        return self._once(key, answer)
