# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restore, decided: which fork of which copy, to which point, or why none must be made.

Aiven restores the copy in a region by forking the service into that region; no field selects the copy. Three steps, as
each needs more calls than the one before: :func:`compare` needs the source and the fork, :func:`choose_cloud` the live
schema of the type, :func:`choose_point` the backups.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import (
    Purpose,
    ServiceWithNodes,
    fork_tags,
    is_fork_of,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import TYPES_WITH_PITR, Refusal, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import (
    Point,
    RestoreRange,
    exact_time,
    point_of_backup,
    point_of_time,
    words_of_range,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import FREE, TYPES_WITHOUT_FREE_FORKS

Place = Literal["secondary", "primary"]
Kind = Literal["latest", "backup", "name", "time"]

# Keys of user_config that say what is forked and to which point: they follow from the other options.
RESERVED_KEYS = (
    "service_to_fork_from",
    "project_to_fork_from",
    "recovery_target_time",
    "recovery_basebackup_name",
    "pg_service_to_fork_from",
)
# Options of a service type that say what a fork can be asked for. Good enough where the live schema cannot be read.
FORK_OPTION, TIME_OPTION, NAME_OPTION = RESERVED_KEYS[0], RESERVED_KEYS[2], RESERVED_KEYS[3]
_KNOWN_OPTIONS: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(TYPES_WITH_PITR, frozenset({FORK_OPTION, TIME_OPTION})),
    **dict.fromkeys(
        ("clickhouse", "dragonfly", "grafana", "opensearch", "valkey"), frozenset({FORK_OPTION, NAME_OPTION})
    ),
}

# The names that Aiven gives to base backups (schema of recovery_basebackup_name).
_BACKUP_NAME = re.compile(r"[a-zA-Z0-9-_:.]{1,128}")
# What is meant as a time, and no name, even where it is none that there is: day 32, hour 24, no offset.
_LIKE_A_TIME = re.compile(r"\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}(:.*)?)?")


@dataclass(frozen=True, slots=True)
class RecoverTo:
    """The point that is asked for, and how the user wrote it. ``time`` is set where ``kind`` is ``time``."""

    kind: Kind
    text: str
    time: datetime | None = None


@dataclass(frozen=True, slots=True)
class ForkTarget:
    """The fork that is wanted of a source. ``cloud`` and ``plan`` are None where the source's are meant; ``options`` are
    further keys of the POST body.
    """

    project: str
    service_name: str
    fork_project: str
    fork_name: str
    place: Place = "secondary"
    cloud: str | None = None
    recover_to: RecoverTo = RecoverTo("latest", "latest")
    plan: str | None = None
    purpose: Purpose | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"{self.project}/{self.service_name}"

    @property
    def fork_label(self) -> str:
        return f"{self.fork_project}/{self.fork_name}"

    @property
    def is_within_project(self) -> bool:
        return self.project == self.fork_project

    @property
    def tags(self) -> dict[str, str]:
        """The user's tags, and those by which the fork is known again."""
        return {
            **(self.options.get("tags") or {}),
            **fork_tags(self.project, self.service_name, self.purpose or "restore"),
        }

    def is_met_by(self, fork: Service) -> bool:
        """Whether a service is a fork that was made for this target or an equal one."""
        return is_fork_of(fork, self.project, self.service_name, self.purpose)


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a look at source and fork tells. Without a ``refusal`` the fork is to be made if there is none, else it is left
    as it is.
    """

    refusal: Refusal | None = None
    warnings: tuple[str, ...] = ()


def parse_recover_to(text: str) -> RecoverTo | None:
    """``latest``, ``backup``, a time with an offset, or the name of a base backup; None for what is none of them."""
    if text == "latest" or text == "backup":
        return RecoverTo("latest" if text == "latest" else "backup", text)
    try:
        time = datetime.fromisoformat(text.strip().upper())
        # In UTC some times of the years 1 and 9999 are in no year that there is.
        return None if time.tzinfo is None else RecoverTo("time", text, time.astimezone(UTC))
    except (ValueError, OverflowError):
        is_name = _BACKUP_NAME.fullmatch(text) and not _LIKE_A_TIME.fullmatch(text)
        return RecoverTo("name", text) if is_name else None


def known_options(service_type: str) -> frozenset[str]:
    """What a fork of this type could be asked for when this was written."""
    return _KNOWN_OPTIONS.get(service_type, frozenset())


def compare(target: ForkTarget, source: ServiceWithNodes | None, fork: ServiceWithNodes | None) -> Comparison:
    """Whether the fork exists, is ours and is where it belongs, or could be made as far as source and fork can tell."""
    if fork is not None:
        return _compare_existing(target, source, fork.service)
    if source is None:
        return Comparison(
            refusal=Refusal("service_not_found", f"service {target.label} does not exist: there is nothing to fork.")
        )
    if (follows := source.service.follows) is not None:
        what = f"{target.label} has no backups of its own: it is {follows}. Restore the service that it takes its data from."
        return Comparison(Refusal("no_own_backups", what))
    return Comparison(_forbidden(target, source.service))


def choose_cloud(target: ForkTarget, source: Service, options: Collection[str]) -> str | Refusal:
    """Where the fork is to be made, if the source can be forked to such a point. ``options`` are those of its type's live
    schema.
    """
    if FORK_OPTION not in options:
        return Refusal("unsupported_service_type", f"{target.label}: Aiven cannot fork {source.service_type} services.")
    if target.recover_to.kind == "time" and TIME_OPTION not in options:
        return Refusal(
            "invalid_target",
            f"recover_to is {target.recover_to.text}, but {target.label} is a {source.service_type} service, which cannot be "
            "restored to a time. Give latest, or the name of a base backup.",
        )
    return _cloud_for_copy(target, source)


def choose_point(
    target: ForkTarget, source: Service, options: Collection[str], reach: RestoreRange, now: datetime
) -> Point | Refusal:
    """What to ask of Aiven, so that the fork comes from the wanted point of the copies in ``reach``."""
    if reach.is_empty:
        return _nothing(target, source, reach)
    asked = target.recover_to
    if asked.time is not None:
        return _point_in_range(target, reach, asked.time, now)
    if asked.kind == "name":
        return _point_of_name(target, options, reach)
    if asked.kind == "backup" or TIME_OPTION not in options:
        return point_of_backup(reach.newest)
    if reach.knows_end:
        return point_of_time(reach, reach.end)
    unsure = (
        f"up to which time {target.label} can be restored could not be checked: its newest base backup is restored, without "
        "what was written after it"
    )
    return replace(point_of_backup(reach.newest), warnings=(unsure,))


def body_of(target: ForkTarget, source: Service, cloud: str, point: Point) -> dict[str, Any]:
    """The body of the POST. Keys that were not given are not sent."""
    fork: dict[str, Any] = {FORK_OPTION: target.service_name}
    if not target.is_within_project:
        fork["project_to_fork_from"] = target.project
    if point.target_time is not None:
        fork[TIME_OPTION] = point.target_time
    if point.basebackup_name is not None:
        fork[NAME_OPTION] = point.basebackup_name
    return {
        **target.options,
        "service_name": target.fork_name,
        "service_type": source.service_type,
        "plan": target.plan or source.plan,
        "cloud": cloud,
        "tags": target.tags,
        "user_config": {**(target.options.get("user_config") or {}), **fork},
    }


def predict(target: ForkTarget, source: Service, cloud: str, state: str = "REBUILDING") -> Service:
    """The fork as it will be, as far as that can be said before it is made."""
    return Service(
        project=target.fork_project,
        name=target.fork_name,
        service_type=source.service_type,
        plan=target.plan or source.plan,
        cloud_name=cloud,
        state=state,
        secondary_region=None,
        primary_region=cloud,
        termination_protection=bool(target.options.get("termination_protection", False)),
        tags=target.tags,
    )


def is_made(target: ForkTarget, source: Service, cloud: str, fork: Service) -> bool:
    """Whether a service is what the POST asked for."""
    wanted = predict(target, source, cloud)
    found = (fork.service_type, fork.plan, fork.cloud_name)
    return target.is_met_by(fork) and found == (wanted.service_type, wanted.plan, wanted.cloud_name)


def removal_refusal(target: ForkTarget, fork: Service) -> Refusal | None:
    """Why a service must not be deleted as the fork of this source."""
    if not target.is_met_by(fork):
        what = f"it was not made from {target.label}" + (f" for a {target.purpose}" if target.purpose else "")
        if (target.fork_project, target.fork_name) == (target.project, target.service_name):
            what = "it is the source itself"
        return Refusal("not_owned", f"{target.fork_label} is not deleted: {what}. Correct fork_name.")
    if fork.termination_protection:
        return Refusal(
            "rejected",
            f"{target.fork_label} is protected against termination: Aiven does not delete it. Take the protection away first.",
        )
    return None


def diff(target: ForkTarget, before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """An Ansible diff of the fork."""
    return {
        "before_header": target.fork_label,
        "after_header": target.fork_label,
        "before": dict(before),
        "after": dict(after),
    }


def diff_facts(fork: Service, tags: Mapping[str, str], point: Point | None = None) -> dict[str, Any]:
    """What a diff shows of a fork that is there. It holds no value of user_config."""
    facts = {"service_type": fork.service_type, "plan": fork.plan, "cloud": fork.cloud_name, "tags": dict(tags)}
    return facts if point is None else {**facts, "restored_to": point.asked or point.backup_name}


def _compare_existing(target: ForkTarget, source: ServiceWithNodes | None, fork: Service) -> Comparison:
    if not target.is_met_by(fork):
        purpose = f" for a {target.purpose}" if target.purpose else ""
        message = f"{target.fork_label} exists and was not made from {target.label}{purpose}: choose another fork_name."
        return Comparison(Refusal("service_exists_differently", message))
    wanted = _cloud(target, source.service if source is not None else None)
    if wanted is not None and wanted != fork.cloud_name:
        message = (
            f"{target.fork_label} exists as a fork of {target.label} in {fork.cloud_name}, {wanted} is wanted: choose another "
            "fork_name, or delete that one first."
        )
        return Comparison(Refusal("service_exists_differently", message))
    return Comparison(warnings=_differences(target, fork, compared=wanted is not None))


def _differences(target: ForkTarget, fork: Service, *, compared: bool) -> tuple[str, ...]:
    warnings = []
    if not compared:
        warnings.append(
            f"{target.fork_label} is left as it is: whether {fork.cloud_name} is the right region could not be checked, as "
            f"{target.label} is gone or has no secondary region any more"
        )
    if target.plan is not None and target.plan != fork.plan:
        warnings.append(f"{target.fork_label} exists with plan {fork.plan}, plan says {target.plan}: left as it is")
    return tuple(warnings)


def _cloud(target: ForkTarget, source: Service | None) -> str | None:
    """Where the fork belongs: Aiven takes the secondary copy in the secondary region only, the primary one elsewhere."""
    if target.place == "primary" and target.cloud is not None:
        return target.cloud
    if source is None:
        return None
    return source.secondary_region if target.place == "secondary" else source.cloud_name


def _forbidden(target: ForkTarget, service: Service) -> Refusal | None:
    """Aiven's pages on the free tiers and on persistence."""
    plan = target.plan or service.plan
    why = None
    if service.plan.startswith(FREE) and service.service_type in TYPES_WITHOUT_FREE_FORKS:
        why = f"Aiven forks no {service.service_type} service of the free tier"
    elif not service.persistent:
        why = f"its {service.service_type}_persistence is off, so it has no backups"
    elif plan.startswith(FREE):
        why = f"Aiven forks into no free plan, and plan is {plan}. Give another plan"
    return None if why is None else Refusal("fork_forbidden", f"{target.label} cannot be forked: {why}.")


def _cloud_for_copy(target: ForkTarget, source: Service) -> str | Refusal:
    cloud = _cloud(target, source)
    if cloud is None:
        return Refusal(
            "nothing_to_restore",
            f"{target.label} has no secondary region, so there is no copy in one. source: primary restores its primary backups.",
        )
    if target.place == "primary" and cloud == source.secondary_region:
        return Refusal(
            "same_region",
            f"{cloud} is the secondary region of {target.label}, where Aiven takes the secondary copy. Choose another cloud for "
            "a restore of the primary backups, or leave source: primary out.",
        )
    return cloud


def _nothing(target: ForkTarget, source: Service, reach: RestoreRange) -> Refusal:
    where = f"in {reach.region}" if reach.region else "of it"
    instead = " source: primary restores its primary backups." if target.place == "secondary" else ""
    message = f"there is no backup {where} to restore {target.label} ({source.service_type}) from.{instead}"
    return Refusal("nothing_to_restore", message)


def _point_in_range(target: ForkTarget, reach: RestoreRange, time: datetime, now: datetime) -> Point | Refusal:
    """A time before the range, or in the future, is outside for sure; one after an end that is only the newest backup's may
    be within the transaction logs that nobody could be asked about.
    """
    too_early = reach.start is not None and time < reach.start
    too_late = time > now or (reach.knows_end and reach.end is not None and time > reach.end)
    if too_early or too_late:
        return _outside(target, reach)
    point = point_of_time(reach, time)
    if reach.end is None or time > reach.end:
        unsure = f"whether {target.recover_to.text} is within the range of {target.label} could not be checked"
        return replace(point, warnings=(*point.warnings, unsure))
    return point


def _point_of_name(target: ForkTarget, options: Collection[str], reach: RestoreRange) -> Point | Refusal:
    name = target.recover_to.text
    if reach.backups is None:
        return Point(basebackup_name=name, backup_name=name) if NAME_OPTION in options else _unknown(target, reach)
    backup = next((backup for backup in reach.backups if backup.name == name), None)
    if backup is None:
        return _outside(target, reach) if name in reach.elsewhere else _unknown(target, reach)
    point = point_of_backup(backup)
    if TIME_OPTION in options and backup.time is not None:
        return replace(point, target_time=exact_time(backup.time))
    if NAME_OPTION in options:
        return replace(point, basebackup_name=name)
    return point if backup == reach.newest else _outside(target, reach)


def _outside(target: ForkTarget, reach: RestoreRange) -> Refusal:
    message = f"recover_to is {target.recover_to.text}, but {target.label} can be restored {words_of_range(reach)}."
    return Refusal("outside_restore_range", message)


def _unknown(target: ForkTarget, reach: RestoreRange) -> Refusal:
    asked = f"recover_to is {target.recover_to.text!r}"
    if reach.backups is None:
        message = f"{asked}, but Aiven tells no backup of {target.label} at present. Give latest, backup or a time."
    else:
        message = (
            f"{asked}: no base backup of {target.label} has that name. It can be restored {words_of_range(reach)}."
        )
    return Refusal("nothing_to_restore", message)
