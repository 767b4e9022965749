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
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from ansible_collections.offsite.aiven.plugins.module_utils import _model
from ansible_collections.offsite.aiven.plugins.module_utils._errors import AivenError, from_answer, wait_hint
from ansible_collections.offsite.aiven.plugins.module_utils._lag import LagSeries, parse_lag_report
from ansible_collections.offsite.aiven.plugins.module_utils._model import InvalidResponse, Service
from ansible_collections.offsite.aiven.plugins.module_utils._transport import Answer, Connection, NoAnswer, Transport

T = TypeVar("T")

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0
# A success that cannot be read may be a passing fault of a proxy; it is not worth retry_timeout seconds of trying.
UNREADABLE_RETRIES = 3
# How often a service is read again after a refused repetition of a write, as reads may lag behind writes.
SETTLING_READS = 5


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A parsed answer, and the API's time when it was given."""

    value: T
    now: datetime


class _Unreadable(AivenError):
    """A 2xx whose body cannot be read."""

    def __init__(self, method: str, path: str, status: int, why: object) -> None:
        super().__init__(
            "invalid_response", f"{method} {path} answered {status}, but the body cannot be read: {why}", status
        )


class _Lost(AivenError):
    """A write of which nobody knows whether it was made, or a read without an answer."""

    def __init__(self, method: str, path: str, error: NoAnswer) -> None:
        super().__init__("api_unreachable", f"no answer to {method} {path}: {error.message}")
        self.sent = error.sent


class _Retries:
    """The retries of one call: how long to wait before the next try, and when to give up."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._tries = 0
        self._unreadable = 0
        self._deadline: float | None = None

    @property
    def is_retry(self) -> bool:
        return self._tries > 0

    def wait(self, failure: AivenError) -> None:
        """Waits before the next try; raises ``failure`` when retry_timeout would be over, or nothing gets better."""
        now = time.monotonic()
        timeout = self._transport.connection.retry_timeout
        if self._deadline is None:
            self._deadline = now + timeout
        if isinstance(failure, _Unreadable):
            self._unreadable += 1
        ceiling = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._tries, 10))
        seconds = failure.wait if failure.wait is not None else random.uniform(0, ceiling)  # full jitter
        if now + seconds > self._deadline or self._unreadable > UNREADABLE_RETRIES:
            raise self._final(failure)
        self._tries += 1
        if failure.code == "rate_limited":
            self._transport.gate.close(seconds)
        else:
            self._transport.sleep(seconds)

    def _final(self, failure: AivenError) -> AivenError:
        asked = f"; the API asks to wait {failure.wait:g} s" if failure.wait is not None else ""
        if self._tries or asked:
            timeout = self._transport.connection.retry_timeout
            failure.message += f" (gave up after {self._tries + 1} tries, retry_timeout {timeout:g} s{asked})"
        return failure


class AivenClient:
    """Typed calls of Aiven's API. Safe to share between threads."""

    def __init__(self, connection: Connection, sleep: Callable[[float], None] = time.sleep) -> None:
        self.transport = Transport(connection, sleep)

    @property
    def api_calls(self) -> dict[str, Any]:
        """The ``api_calls`` of a result."""
        return self.transport.counter.as_dict()

    # Reads

    def list_services(self, project: str, *, with_backups: bool = True) -> Answered[list[Service]]:
        path = _path("project", project, "service")
        return self._get(path, lambda body: _model.parse_service_list(project, body, with_backups=with_backups))

    def get_service(self, project: str, name: str) -> Answered[Service]:
        return self._get(_service_path(project, name), lambda body: _model.parse_service_answer(project, body))

    def find_service(self, project: str, name: str) -> Service | None:
        """The service, or None when it does not exist."""
        try:
            return self.get_service(project, name).value
        except AivenError as error:
            if error.code == "service_not_found":
                return None
            raise

    def get_backups(self, project: str, name: str) -> Answered[_model.BackupDetails]:
        return self._get(_service_path(project, name) + "/backups", _model.parse_backup_details)

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
        try:
            path = _path("project", project, "service-types", service_type)
            return self._get(path, _model.schema_supports_btar).value
        except AivenError as error:
            if error.status in (400, 404) and error.code != "project_not_found":
                return False
            raise

    def list_my_projects(self) -> list[str]:
        return self._get("/me", _model.parse_project_names).value

    def list_organization_projects(self, organization: str) -> list[str]:
        return self._get(_path("organization", organization, "projects"), _model.parse_organization_projects).value

    # Writes

    def update_service(
        self, project: str, name: str, body: Mapping[str, Any], applied: Callable[[Service], bool]
    ) -> Service:
        """PUT until it is known to be made or refused. ``applied`` tells from a service whether ``body`` took effect."""
        path = _service_path(project, name)

        def made() -> Service | None:
            service = self._reread(project, name)
            return service if service is not None and applied(service) else None

        return self._write("PUT", path, project, body, made, lambda error: 400 <= (error.status or 0) < 500)

    def create_service(self, project: str, body: Mapping[str, Any], ours: Callable[[Service], bool]) -> Service:
        """POST until the service is known to exist once. ``ours`` tells whether a service found is what was asked for."""
        name = str(body["service_name"])

        def made() -> Service | None:
            service = self._reread(project, name)
            if service is not None and not ours(service):
                raise AivenError(
                    "service_exists_differently",
                    f"the answer to the creation of {project}/{name} was lost, and a service of that name is there now "
                    f"which is not what was asked for: {service.service_type} {service.plan} in {service.cloud_name}, "
                    f"secondary region {service.secondary_region}",
                )
            return service

        return self._write(
            "POST", _path("project", project, "service"), project, body, made, lambda error: error.status == 409
        )

    def delete_service(self, project: str, name: str) -> None:
        """DELETE; a 404 after a retry is success."""
        path, retries = _service_path(project, name), _Retries(self.transport)
        while True:
            try:
                self._once("DELETE", path, None, read=False, retry=retries.is_retry)
                return
            except AivenError as error:
                if error.status == 404 and retries.is_retry:
                    return
                self._pause(retries, error)

    # How

    def _get(self, path: str, parse: Callable[[Any], T]) -> Answered[T]:
        return self._read("GET", path, parse)

    def _read(
        self, method: str, path: str, parse: Callable[[Any], T], body: object = None, *, retry: bool = False
    ) -> Answered[T]:
        retries = _Retries(self.transport)
        while True:
            try:
                answer = self._once(method, path, body, read=True, retry=retry or retries.is_retry)
                return Answered(_parsed(method, path, answer, parse), answer.now)
            except AivenError as error:
                self._pause(retries, error)

    def _reread(self, project: str, name: str) -> Service | None:
        """A read that would not be needed had an answer not been lost: it counts as a retry."""
        path = _service_path(project, name)
        try:
            return self._read("GET", path, lambda body: _model.parse_service_answer(project, body), retry=True).value
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
        made: Callable[[], Service | None],
        refused_repetition: Callable[[AivenError], bool],
    ) -> Service:
        """Sends a write until it is known to be made or refused.

        ``made`` reads whether an earlier try took effect. ``refused_repetition`` tells an answer which an earlier try
        that took effect would explain: then the service is read until it shows that, or the refusal stands.
        """
        retries, ambiguous = _Retries(self.transport), False
        while True:
            try:
                answer = self._once(method, path, body, read=False, retry=retries.is_retry)
                return _parsed(method, path, answer, lambda data: _model.parse_service_answer(project, data))
            except AivenError as error:
                if ambiguous and refused_repetition(error) and (service := self._settled(made)) is not None:
                    return service
                maybe_made = _maybe_made(error)
                ambiguous = ambiguous or maybe_made
                try:
                    self._pause(retries, error)
                    service = made() if maybe_made else None
                except AivenError as final:
                    raise _unsure(final) if ambiguous else final from None
                if service is not None:
                    return service

    def _settled(self, made: Callable[[], Service | None]) -> Service | None:
        for attempt in range(SETTLING_READS):
            if (service := made()) is not None:
                return service
            if attempt + 1 < SETTLING_READS:
                self.transport.sleep(FIRST_WAIT * (attempt + 1))
        return None

    def _pause(self, retries: _Retries, error: AivenError) -> None:
        """Waits before the next try, or raises the error where another try cannot help."""
        if not isinstance(error, _Unreadable | _Lost) and error.code not in ("rate_limited", "api_error"):
            raise error
        retries.wait(error)

    def _once(self, method: str, path: str, body: object, *, read: bool, retry: bool) -> Answer:
        try:
            answer = self.transport.send(method, path, body, read=read, retry=retry)
        except NoAnswer as lost:
            raise _Lost(method, path, lost) from None
        if 200 <= answer.status < 300:
            return answer
        error = from_answer(method, path, answer.status, answer.content)
        error.message = self.transport.redact(error.message)
        if answer.status in (429, 503):
            error.wait = wait_hint(answer.headers, answer.content, answer.now.timestamp())
        raise error


def _maybe_made(error: AivenError) -> bool:
    """Whether the write may have been made although it failed. A 429, and a connection never made, surely did nothing."""
    if isinstance(error, _Lost):
        return error.sent
    return isinstance(error, _Unreadable) or error.code == "api_error"


def _unsure(error: AivenError) -> AivenError:
    """The error that ends a write of which an earlier try may have been made."""
    if isinstance(error, _Unreadable | _Lost) or error.code in ("api_error", "rate_limited", "interrupted"):
        error.message += "; whether the change was made is not known, run again to find out"
    return error


def _parsed(method: str, path: str, answer: Answer, parse: Callable[[Any], T]) -> T:
    try:
        return parse(json.loads(answer.content))
    except InvalidResponse as error:
        raise _Unreadable(method, path, answer.status, error) from None
    except (ValueError, RecursionError):
        raise _Unreadable(method, path, answer.status, "it is not JSON") from None


def _path(*parts: str) -> str:
    return "".join("/" + quote(part, safe="") for part in parts)


def _service_path(project: str, name: str) -> str:
    return _path("project", project, "service", name)
