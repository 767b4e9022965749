# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Aiven client: typed calls, and what to do when an answer does not come or cannot be trusted.

Reads are repeated. A write whose answer was lost is ambiguous: the service is read before anything is sent again, so
that no service is created twice and a move that was made is not met by the 24-hour rule. A 429 is safe to repeat for
every method, as nothing was done, and it closes the gate for all threads of the run.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, from_answer, wait_hint
from ansible_collections.offsite.aiven.plugins.module_utils._api.retirements import Retirements
from ansible_collections.offsite.aiven.plugins.module_utils._api.retries import (
    LostAnswer,
    Retries,
    UnreadableAnswer,
    backoff,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import (
    Answer,
    Connection,
    EndlessAnswer,
    NoAnswer,
    Transport,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core import eligibility as _eligibility
from ansible_collections.offsite.aiven.plugins.module_utils._core import model as _model
from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSources, parse_fork_sources
from ansible_collections.offsite.aiven.plugins.module_utils._core.lag import LagSeries, parse_lag_report
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.projects import (
    parse_organization_projects,
    parse_project_names,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import ServicePlan, parse_service_plans
from ansible_collections.offsite.aiven.plugins.module_utils._core.type_schema import (
    parse_type_options,
    schema_supports_btar,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc, parse_vpcs

T = TypeVar("T")

# How often a service is read again after a refused repetition of a write, as reads may lag behind writes: with waits
# that double from FIRST_WAIT, half a minute. After a POST whose name is taken it is read until retry_timeout is over: it
# must be there.
SETTLING_READS = 7
_NAME_TAKEN = re.compile(r"\bin use\b|\bexists?\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A parsed answer, and the API's time when it was given."""

    value: T
    now: datetime


class AivenClient:
    """Typed calls of Aiven's API. Safe to share between threads."""

    def __init__(self, connection: Connection, transport: Callable[[Connection], Transport] = Transport) -> None:
        self.transport = transport(connection)
        self.retirements = Retirements()

    @property
    def api_calls(self) -> dict[str, Any]:
        """The ``api_calls`` of a result."""
        return self.transport.counter.as_dict()

    # Reads

    def list_services(
        self,
        project: str,
        *,
        with_backups: bool = True,
        only: Collection[str] | None = None,
        until: float = math.inf,
    ) -> Answered[list[Service]]:
        """``until``, on the transport's clock, ends the retries of a call even before retry_timeout; here and below."""
        return self.read_services(
            project, lambda body: _model.parse_service_list(project, body, with_backups=with_backups, only=only), until
        )

    def read_services(self, project: str, parse: Callable[[Any], T], until: float = math.inf) -> Answered[T]:
        """The listing of a project, read as ``parse`` does."""
        return self._get(_path("project", project, "service"), parse, until)

    def list_fork_sources(self, project: str) -> Answered[ForkSources]:
        """The same listing, with what matters to a restore."""
        return self.read_services(project, lambda body: parse_fork_sources(project, body))

    def get_service(self, project: str, name: str, *, until: float = math.inf) -> Answered[Service]:
        return self.read_service(project, name, lambda body: _model.parse_service_answer(project, body), until)

    def read_service(self, project: str, name: str, parse: Callable[[Any], T], until: float = math.inf) -> Answered[T]:
        """The service, read as ``parse`` does."""
        return self._get(_service_path(project, name), parse, until)

    def find_service(self, project: str, name: str) -> Answered[Service] | None:
        """The service, or None when it does not exist."""
        return self.find(lambda: self.get_service(project, name))

    def find(self, read: Callable[[], T]) -> T | None:
        """What ``read`` reads of a service, or None when the service does not exist."""
        try:
            return read()
        except AivenError as error:
            if error.code == "service_not_found":
                return None
            raise

    def read_secrets(self, project: str, name: str, parse: Callable[[Any], T]) -> T:
        """The service with its secrets: the only call that asks for them."""
        return self._get(f"{_service_path(project, name)}?include_secrets=true", parse).value

    def read_project_ca(self, project: str, parse: Callable[[Any], T]) -> T:
        """The CA that signs the certificates of a project's services."""
        return self._get(_path("project", project, "kms", "ca"), parse).value

    def get_backups(self, project: str, name: str, *, until: float = math.inf) -> Answered[_model.BackupDetails]:
        return self._get(_service_path(project, name) + "/backups", _model.parse_backup_details, until)

    def get_lag_report(self, project: str, name: str, period: str) -> Answered[tuple[LagSeries, ...]]:
        """The report on replication lag over an hour, day, week, month or year. A POST by Aiven's design, it only reads."""
        path = _service_path(project, name) + "/backup_to_another_region/report"
        return self._read("POST", path, parse_lag_report, {"period": period})

    def list_clouds(self) -> dict[str, _model.Cloud]:
        return self._get("/clouds", _model.parse_clouds).value

    def list_project_clouds(self, project: str) -> dict[str, _model.Cloud]:
        return self._get(_path("project", project, "clouds"), _model.parse_clouds).value

    def type_supports_btar(self, project: str, service_type: str) -> bool:
        """Whether the live schema of the type has ``additional_backup_regions``; False for a type nobody has heard of."""
        return bool(self._of_type(project, service_type, schema_supports_btar))

    def get_type_options(self, project: str, service_type: str, until: float = math.inf) -> frozenset[str]:
        """The options of the type's live schema; none for a type nobody has heard of."""
        return self._of_type(project, service_type, parse_type_options, until) or frozenset()

    def list_service_plans(self, project: str, service_type: str) -> dict[str, ServicePlan]:
        """The plans of a type by name, with clouds and prices. Needs ``project:services:write``."""
        return self._get(_path("project", project, "service-types", service_type, "plans"), parse_service_plans).value

    def list_vpcs(self, project: str) -> tuple[Vpc, ...]:
        return self._get(_path("project", project, "vpcs"), parse_vpcs).value

    def list_my_projects(self, *, until: float = math.inf) -> list[str]:
        return self._get("/me", parse_project_names, until).value

    def list_organization_projects(self, organization: str) -> list[str]:
        return self._get(_path("organization", organization, "projects"), parse_organization_projects).value

    def plan_keeps_backups(self, project: str, service_type: str, plan: str) -> bool:
        """Whether a plan keeps any backups at all. ``rejected`` for a plan that Aiven does not know there."""
        path = _path("project", project, "service-types", service_type, "plans", plan)
        return self._get(path, _eligibility.parse_plan_backups).value

    def organization_of(self, project: str) -> str:
        """The id of the organization that a project belongs to."""
        return self._get(_path("project", project), _eligibility.parse_organization_id).value

    def list_deployment_models(self, organization: str) -> dict[str, str]:
        """The deployment model of each cloud of the organization's own, by its name: some forbid forks."""
        path = _path("organization", organization, "custom-cloud-environments")
        return self._get(path, _eligibility.parse_deployment_models).value

    # Writes

    def update_service(
        self, project: str, name: str, body: Mapping[str, Any], applied: Callable[[Service], bool]
    ) -> Service:
        """PUT until it is known to be made or refused. ``applied`` tells from a service whether ``body`` took effect."""
        path = _service_path(project, name)

        def made(retries: Retries) -> Service | None:
            service = self._reread(project, name, retries)
            return service if service is not None and applied(service) else None

        # How Aiven refuses a second change within 24 hours is not documented; a 400, 403 or 409 may be that.
        def settling_reads(error: AivenError) -> float:
            return SETTLING_READS if error.code in ("rejected", "permission_denied") else 0

        return self._write("PUT", path, project, body, made, settling_reads)

    def create_service(self, project: str, body: Mapping[str, Any], ours: Callable[[Service], bool]) -> Service:
        """POST until the service is known to exist once. ``ours`` tells whether a service found is what was asked for."""
        name = str(body["service_name"])

        def made(retries: Retries) -> Service | None:
            service = self._reread(project, name, retries)
            if service is not None and not ours(service):
                raise AivenError(
                    "service_exists_differently",
                    f"the answer to the creation of {project}/{name} was lost, and a service of that name is there now "
                    f"which is not what was asked for: {service.service_type} {service.plan} in {service.cloud_name}, "
                    f"secondary region {service.secondary_region}. Look at it, and choose another name or correct what is asked for.",
                )
            return service

        def settling_reads(error: AivenError) -> float:
            if error.status != 409:
                return 0
            return math.inf if _NAME_TAKEN.search(error.message) else SETTLING_READS

        return self._write("POST", _path("project", project, "service"), project, body, made, settling_reads)

    def delete_service(self, project: str, name: str) -> None:
        """DELETE; a 404 after a retry is success. Where no answer ever tells, a last read does."""
        path, retries, maybe_made = _service_path(project, name), Retries(self.transport), False
        while True:
            try:
                answer = self._once("DELETE", path, None, read=False, retry=retries.is_retry)
                return self._parsed("DELETE", path, answer, _eligibility.parse_deletion)
            except AivenError as error:
                if error.status == 404 and retries.is_retry:
                    return
                maybe_made = maybe_made or _maybe_made(error)
                try:
                    self._pause(retries, error)
                except AivenError as final:
                    with suppress(AivenError):
                        if maybe_made and self._reread(project, name, retries) is None:
                            return
                    raise _unsure(final) if maybe_made else final from None

    # How

    def _of_type(self, project: str, service_type: str, parse: Callable[[Any], T], until: float = math.inf) -> T | None:
        """What the live schema of a type says; None for a type nobody has heard of."""
        try:
            return self._get(_path("project", project, "service-types", service_type), parse, until).value
        except AivenError as error:
            if error.status in (400, 404) and error.code != "project_not_found":
                return None
            raise

    def _get(self, path: str, parse: Callable[[Any], T], until: float = math.inf) -> Answered[T]:
        return self._read("GET", path, parse, retries=Retries(self.transport, until=until))

    def _read(
        self,
        method: str,
        path: str,
        parse: Callable[[Any], T],
        body: object = None,
        *,
        retries: Retries | None = None,
        retry: bool = False,
    ) -> Answered[T]:
        """Reads until there is an answer. With ``retry`` even the first try counts as one."""
        retries = retries or Retries(self.transport)
        while True:
            try:
                answer = self._once(method, path, body, read=True, retry=retry or retries.is_retry)
                return Answered(self._parsed(method, path, answer, parse), answer.now)
            except AivenError as error:
                self._pause(retries, error)

    def _reread(self, project: str, name: str, of: Retries) -> Service | None:
        """A read on behalf of a write counts as a retry: a prompt answer had spared it."""
        path, retries = _service_path(project, name), Retries(self.transport, of)
        try:
            return self._read(
                "GET", path, lambda body: _model.parse_service_answer(project, body), retries=retries, retry=True
            ).value
        except AivenError as error:
            if error.code == "service_not_found":
                return None
            raise

    def _write(
        self,
        method: str,
        path: str,
        project: str,
        body: Mapping[str, Any],
        made: Callable[[Retries], Service | None],
        settling_reads: Callable[[AivenError], float],
    ) -> Service:
        """Sends a write until it is known to be made or refused.

        ``made`` reads whether an earlier try took effect. An earlier try that took effect may explain the refusal of a
        later one: ``settling_reads`` tells how often at most the service is read until it shows that, or the refusal stands.
        """
        retries, ambiguous = Retries(self.transport), False
        while True:
            try:
                answer = self._once(method, path, body, read=False, retry=retries.is_retry)
                return self._parsed(method, path, answer, lambda data: _model.parse_service_answer(project, data))
            except AivenError as error:
                maybe_made = _maybe_made(error)
                try:
                    service = self._settled(made, retries, settling_reads(error)) if ambiguous else None
                    ambiguous = ambiguous or maybe_made
                    if service is None:
                        self._pause(retries, error)
                        service = made(retries) if maybe_made else None
                except AivenError as final:
                    raise _unsure(final) if ambiguous else final from None
                if service is not None:
                    return service

    def _settled(self, made: Callable[[Retries], Service | None], retries: Retries, reads: float) -> Service | None:
        attempt = 0
        while attempt < reads:
            if (service := made(retries)) is not None:
                return service
            attempt += 1
            if attempt >= reads or not retries.pause(backoff(attempt - 1)):
                break
        return None

    def _pause(self, retries: Retries, error: AivenError) -> None:
        """Waits before the next try, or raises the error where another try cannot help."""
        if not isinstance(error, UnreadableAnswer | LostAnswer) and error.code not in ("rate_limited", "api_error"):
            raise error
        retries.wait(error)

    def _once(self, method: str, path: str, body: object, *, read: bool, retry: bool) -> Answer:
        try:
            answer = self.transport.send(method, path, body, read=read, retry=retry)
        except NoAnswer as lost:
            raise LostAnswer(method, path, self.transport.base, lost) from None
        except EndlessAnswer as endless:
            raise UnreadableAnswer(method, path, endless.status, endless.message) from None
        self.retirements.note(method, path, answer.headers)
        if 200 <= answer.status < 300:
            return answer
        error = from_answer(method, path, answer.status, answer.content, self.transport.redact)
        error.wait = wait_hint(answer.headers, answer.content, answer.now.timestamp())
        raise error

    def _parsed(self, method: str, path: str, answer: Answer, parse: Callable[[Any], T]) -> T:
        try:
            return parse(json.loads(answer.content))
        except InvalidResponse as error:
            why = self.transport.redact(str(error))
        except (ValueError, RecursionError):
            why = "it is not JSON"
        raise UnreadableAnswer(method, path, answer.status, why)


def _maybe_made(error: AivenError) -> bool:
    """Whether the write may have been made although it failed. A 429, and a connection never made, surely did nothing."""
    if isinstance(error, LostAnswer):
        return error.sent
    return isinstance(error, UnreadableAnswer) or error.code == "api_error"


def _unsure(error: AivenError) -> AivenError:
    """The error that ends a write of which an earlier try may have been made."""
    if error.code != "service_exists_differently":
        error.message += "; whether the change was made is not known, run again to find out"
    return error


def _path(*parts: str) -> str:
    # A name from an answer may hold lone surrogates: it is sent as it is, as nobody has such a name.
    return "".join("/" + quote(part, safe="", errors="surrogatepass") for part in parts)


def _service_path(project: str, name: str) -> str:
    return _path("project", project, "service", name)
