# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One restore: read source and fork, decide, fork, wait; or delete a fork. The work of the action aiven_btar_restore."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient, Answered
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core import restore as _restore
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import may_forbid_forks
from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import (
    PURPOSE_TAG,
    SOURCE_TAG,
    ServiceWithNodes,
    parse_connection,
    parse_project_ca,
    parse_service_with_nodes,
    parse_services_with_nodes,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    REGION_PATTERN,
    BackupDetails,
    Refusal,
    Service,
    format_time,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore import RESERVED_KEYS, ForkTarget
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import Point, restore_range
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import name_mistakes, new_name_mistake
from ansible_collections.offsite.aiven.plugins.module_utils._runners.fork_wait import ForkWait, Patience
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import options_to_send
from ansible_collections.offsite.aiven.plugins.module_utils._runners.wait import PASSING

T = TypeVar("T")

# What Aiven cannot tell of a source that is powered off it may answer with 503 for ever: so many seconds are enough to see
# that. Of one that is not, an answer is worth all of retry_timeout, as without it less is restored.
PATIENCE_WITHOUT_POWER = 30.0
# Aiven's words of a refusal that is about forks; not the names of options such as service_to_fork_from.
_ABOUT_FORKS = re.compile(r"\bfork(s|ed|ing)?\b", re.IGNORECASE)
# To ask for the deployment model of a cloud first would cost two calls more of every restore in such a cloud.
_FORBIDDEN = "The deployment model of one's own cloud may forbid forks, as hipaa and pci_dss do."
# After these no other way is worth trying.
_FINAL = ("authentication_failed", "interrupted", "project_not_found")
_OPTIONS_OF_FORK = (
    "user_config",
    "tags",
    "project_vpc_id",
    "disk_space_mb",
    "maintenance",
    "termination_protection",
)


@dataclass(frozen=True, slots=True)
class Order:
    """What the action was told: which fork, whether it is to be there, and what to do once it is."""

    target: ForkTarget
    present: bool
    patience: Patience
    connection: bool


class BackupsPatience:
    """How long to ask for the backups of a source, where many restores ask one after the other: after ``most_failures`` on end
    without an answer, one try each is enough.
    """

    def __init__(self, most_failures: float = math.inf) -> None:
        self._most_failures = most_failures
        self._failures = 0

    def seconds(self, source: Service) -> float:
        if self._failures >= self._most_failures:
            return 0.0
        return PATIENCE_WITHOUT_POWER if source.powered_off else math.inf

    def note(self, *, answered: bool) -> None:
        self._failures = 0 if answered else self._failures + 1


@dataclass
class Job:
    """One order being carried out. ``result`` is complete at any time; ``tell`` shows where it stands."""

    client: AivenClient
    order: Order
    check_mode: bool
    tell: Callable[[str], None]
    patience: BackupsPatience
    result: dict[str, Any] = field(default_factory=dict)

    def warn(self, *warnings: str) -> None:
        self.result["warnings"] += warnings


def allowed(decided: T | Refusal) -> T:
    """What was decided. Raises the error that a refusal stands for."""
    if isinstance(decided, Refusal):
        raise AivenError(decided.code, decided.message, 404 if decided.code == "service_not_found" else None)
    return decided


def order_of(params: Mapping[str, Any]) -> Order:
    """The order that the action's options hold. Raises ``invalid_target`` with all that cannot be meant."""
    mistakes = list(_mistakes(params))
    recover_to = _restore.parse_recover_to(params["recover_to"])
    if recover_to is None:
        mistakes.append(
            f"recover_to is {params['recover_to']!r}: give latest, backup, the name of a base backup, or a time with an "
            "offset or Z, such as 2026-09-01T12:00:00Z."
        )
    if mistakes or recover_to is None:
        raise AivenError("invalid_target", " ".join(mistakes))
    given = {key: params[key] for key in _OPTIONS_OF_FORK}
    # False is what a new service is anyway.
    given["termination_protection"] = given["termination_protection"] or None
    target = ForkTarget(
        project=params["project"],
        service_name=params["service_name"],
        fork_project=params["fork_project"] or params["project"],
        fork_name=params["fork_name"],
        place=params["source"],
        cloud=params["cloud"] or None,
        recover_to=recover_to,
        plan=params["plan"] or None,
        purpose=params["purpose"],
        options=options_to_send(given),
    )
    patience = Patience(params["wait"], params["wait_timeout"], params["stall_timeout"])
    return Order(target, params["state"] == "present", patience, params["connection"])


def run(
    client: AivenClient,
    order: Order,
    *,
    check_mode: bool,
    tell: Callable[[str], None],
    patience: BackupsPatience | None = None,
) -> dict[str, Any]:
    """The action's result: always complete, with ``error`` set when it failed, even when that was after a change."""
    job = Job(client, order, check_mode, tell, patience or BackupsPatience())
    job.result.update(changed=False, msg="", fork=None, restored=None, recovered_to=None, phases={}, seconds=0.0)
    job.result.update(diff=None, warnings=[])
    try:
        if order.present:
            _present(job)
        else:
            _absent(job)
    except AivenError as error:
        job.result.update(msg=error.message, error=error.as_dict())
    return job.result


def fork_facts(fork: Service) -> dict[str, Any]:
    """The public facts of a fork, as results show them."""
    return {
        "project": fork.project,
        "service_name": fork.name,
        "service_type": fork.service_type,
        "plan": fork.plan,
        "cloud": fork.cloud_name,
        "state": fork.state,
        "create_time": format_time(fork.create_time),
    }


def _mistakes(params: Mapping[str, Any]) -> list[str]:
    names = {key: params[key] for key in ("project", "service_name", "fork_name")}
    if params["fork_project"]:
        names["fork_project"] = params["fork_project"]
    found = [mistake for key, value in names.items() for mistake in name_mistakes(key, value)]
    mistake = new_name_mistake("fork_name", params["fork_name"])
    if mistake is not None and not found and params["state"] == "present":
        found.append(mistake)
    for key in ("wait_timeout", "stall_timeout"):
        if not (math.isfinite(params[key]) and params[key] >= 0):
            found.append(f"{key} is {params[key]:g}: give seconds, 0 or more.")
    found += [
        f"user_config must not hold {key}: it follows from the other options; leave it out."
        for key in RESERVED_KEYS
        if key in (params["user_config"] or {})
    ]
    found += [
        f"tags must not hold {key}, by which forks are known again: leave it out."
        for key in (SOURCE_TAG, PURPOSE_TAG)
        if key in (params["tags"] or {})
    ]
    if params["cloud"] and params["source"] == "secondary":
        found.append(f"cloud is {params['cloud']}, but the secondary copy is restored where it is: leave cloud out.")
    if params["cloud"] and not REGION_PATTERN.fullmatch(params["cloud"]):
        found.append(f"cloud is {params['cloud']!r}: give a cloud name such as aws-eu-central-1.")
    return found


def _absent(job: Job) -> None:
    target = job.order.target
    found = job.client.find_service(target.fork_project, target.fork_name)
    if found is None:
        job.result.update(msg=f"{target.fork_label} does not exist", diff=_restore.diff(target, {}, {}))
        return
    fork = found.value
    before = _restore.diff_facts(fork, fork.tags)
    job.result.update(fork=fork_facts(fork), diff=_restore.diff(target, before, before))
    allowed(_restore.removal_refusal(target, fork))
    if not job.check_mode:
        job.client.delete_service(target.fork_project, target.fork_name)
    job.result.update(changed=True, msg=f"{target.fork_label} is deleted", diff=_restore.diff(target, before, {}))


def _present(job: Job) -> None:
    source, fork, now = _look(job)
    target = job.order.target
    comparison = _restore.compare(target, source, fork)
    if fork is not None:
        facts = _restore.diff_facts(fork.service, fork.service.tags)
        job.result.update(fork=fork_facts(fork.service), diff=_restore.diff(target, facts, facts))
    allowed(comparison.refusal)
    job.warn(*comparison.warnings)
    if fork is not None:
        job.result.update(restored=_restored(job, _where_copies_are(target, source, fork), Point(), now))
        job.result["msg"] = f"{target.fork_label} is there already"
        _finish(job, fork)
    elif source is not None:
        _make(job, source.service, now)


def _look(job: Job) -> tuple[ServiceWithNodes | None, ServiceWithNodes | None, datetime]:
    """Source, fork and the API's time: one listing where both are in one project, else a call each."""
    client, target = job.client, job.order.target
    if target.is_within_project:
        names = {target.service_name, target.fork_name}
        listing = client.read_services(
            target.project, lambda body: parse_services_with_nodes(target.project, body, names)
        )
        return listing.value.get(target.service_name), listing.value.get(target.fork_name), listing.now
    fork = _find(client, target.fork_project, target.fork_name)
    if fork is not None and (target.cloud is not None or not target.is_met_by(fork.value.service)):
        # It settles the matter alone.
        return None, fork.value, fork.now
    source = _find(client, target.project, target.service_name)
    now = next((answer.now for answer in (source, fork) if answer is not None), datetime.now(UTC))
    return _value(source), _value(fork), now


def _find(client: AivenClient, project: str, name: str) -> Answered[ServiceWithNodes] | None:
    return client.find(lambda: client.read_service(project, name, lambda body: parse_service_with_nodes(project, body)))


def _value(answer: Answered[ServiceWithNodes] | None) -> ServiceWithNodes | None:
    return answer.value if answer is not None else None


def _make(job: Job, source: Service, now: datetime) -> None:
    target = job.order.target
    options = _type_options(job, source)
    cloud = allowed(_restore.choose_cloud(target, source, options))
    source, details, now = _backups(job, source, now)
    region = cloud if target.place == "secondary" else None
    reach = restore_range(source, region, details, now, with_pitr=_restore.TIME_OPTION in options)
    point = allowed(_restore.choose_point(target, source, options, reach, now))
    job.warn(*point.warnings)
    predicted = _restore.predict(target, source, cloud, "RUNNING" if job.order.patience.wait else "REBUILDING")
    started = job.client.transport.clock()
    fork = predicted if job.check_mode else _create(job, source, cloud, point)
    made = f"made from {target.label}, {_words(target, region or source.primary_region, point)}"
    job.result.update(
        changed=True,
        fork=fork_facts(fork),
        seconds=round(job.client.transport.clock() - started, 1),
        restored=_restored(job, region or source.primary_region, point, now),
        recovered_to=format_time(point.time),
        diff=_restore.diff(target, {}, _restore.diff_facts(predicted, predicted.tags, point)),
        msg=f"{target.fork_label} is {made}",
    )
    job.tell(f"{target.fork_label} would be {made}" if job.check_mode else job.result["msg"])
    if job.check_mode and may_forbid_forks(source):
        job.warn(f"{source.cloud_name} is a cloud of your own: whether it allows forks Aiven says when one is made")
    if not job.check_mode:
        _check_made(target, source, cloud, fork)
        _finish(job, ServiceWithNodes(fork), started)


def _type_options(job: Job, source: Service) -> frozenset[str]:
    """The options of the source's type; what was known of it when this was written where the token may not read its schema,
    or Aiven does not tell.
    """
    try:
        return _patiently(
            job,
            BackupsPatience().seconds(source),
            lambda until: job.client.get_type_options(job.order.target.fork_project, source.service_type, until),
        )
    except AivenError as error:
        if error.code in _FINAL:
            raise
        return _restore.known_options(source.service_type)


def _backups(job: Job, source: Service, now: datetime) -> tuple[Service, BackupDetails | None, datetime]:
    """The source's backups. When they cannot be read for good, its listing decides, and a warning says so."""
    client = job.client
    try:
        seconds = job.patience.seconds(source)
        answer = _patiently(job, seconds, lambda until: client.get_backups(source.project, source.name, until=until))
        job.patience.note(answered=True)
        return source, answer.value, answer.now
    except AivenError as error:
        job.patience.note(answered=error.code not in PASSING)
        if error.code in _FINAL:
            raise
        # How often it was tried is chance.
        why = f"{error.code}, status {error.status}" if error.code in PASSING else error.message
        job.warn(f"the backups of {job.order.target.label} are known from its listing only: {why}")
    if source.backups is None and job.order.target.is_within_project:
        # A listing need not hold them; the service itself may.
        found = client.find_service(source.project, source.name)
        source = found.value if found is not None else source
    return source, None, now


def _patiently(job: Job, seconds: float, read: Callable[[float], T]) -> T:
    """What ``read`` reads before a time on the transport's clock; the rate limit is waited for whatever that is."""
    if seconds == math.inf:
        return read(math.inf)
    try:
        return read(job.client.transport.clock() + seconds)
    except AivenError as error:
        if error.code != "rate_limited":
            raise
        return read(math.inf)


def _create(job: Job, source: Service, cloud: str, point: Point) -> Service:
    target = job.order.target
    body = _restore.body_of(target, source, cloud, point)
    try:
        return job.client.create_service(
            target.fork_project, body, lambda service: _restore.is_made(target, source, cloud, service)
        )
    except AivenError as error:
        if error.code == "permission_denied":
            error.message += " For a fork role:services:recover is enough."
        if may_forbid_forks(source) and error.code == "rejected" and _ABOUT_FORKS.search(error.message):
            raise AivenError("fork_forbidden", f"{error.message} {_FORBIDDEN}", error.status) from None
        raise


def _check_made(target: ForkTarget, source: Service, cloud: str, fork: Service) -> None:
    if not _restore.is_made(target, source, cloud, fork):
        raise AivenError(
            "not_applied",
            f"Aiven accepted the fork {target.fork_label}, but its answer shows {fork.service_type} {fork.plan} in "
            f"{fork.cloud_name} with the tags {dict(fork.tags)}, which is not what was asked for. Look at it.",
        )


def _finish(job: Job, fork: ServiceWithNodes, started: float | None = None) -> None:
    """What is to be done once the fork exists: wait for it, read how to connect to it."""
    order = job.order
    if not job.check_mode and order.patience.wait and not (started is None and fork.is_running):
        if fork.service.powered_off:
            job.warn(f"{order.target.fork_label} is powered off: not waited for")
        else:
            _wait(job, fork, started)
    if order.connection and not job.check_mode:
        job.result["connection"] = _connection(job)


def _wait(job: Job, fork: ServiceWithNodes, started: float | None) -> None:
    wait = ForkWait(job.client, fork, job.order.patience, job.tell, started)
    try:
        wait.until_running()
    except AivenError as error:
        if job.result["changed"]:
            error.message += " The fork itself was made: run again to go on waiting, or delete it with state: absent."
        raise
    finally:
        job.result.update(fork=fork_facts(wait.fork.service), phases=wait.phases, seconds=wait.seconds)


def _connection(job: Job) -> dict[str, Any]:
    target, client = job.order.target, job.client
    found = client.read_secrets(target.fork_project, target.fork_name, parse_connection)
    try:
        return {**found, "ca": client.read_project_ca(target.fork_project, parse_project_ca)}
    except AivenError as error:
        if error.code in _FINAL:
            raise
        job.warn(f"the CA certificate of {target.fork_project} could not be read: {error.message}")
        return {**found, "ca": None}


def _where_copies_are(target: ForkTarget, source: ServiceWithNodes | None, fork: ServiceWithNodes) -> str | None:
    """Secondary copies are restored where they are; of primary ones only the source can tell."""
    if target.place == "secondary":
        return fork.service.cloud_name
    return source.service.primary_region if source is not None else None


def _restored(job: Job, region: str | None, point: Point, now: datetime) -> dict[str, Any]:
    target = job.order.target
    age = None if point.time is None else max(0, int((now - point.time).total_seconds()))
    return {
        "source": target.place,
        "region": region,
        "backup_name": point.backup_name,
        "recover_to": target.recover_to.text,
        "point": point.asked,
        "rpo_seconds": age,
    }


def _words(target: ForkTarget, region: str, point: Point) -> str:
    what = point.asked or point.backup_name or "its newest base backup"
    return f"from the {target.place} copy in {region}, as of {what}"
