# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether a service really has a backup in its secondary region, how old it is, and why that is so.

A secondary region in the configuration says nothing about a backup there. What the API tells is read as carefully as it
is told: an ``additional_regions`` entry means that a backup is, or will be, replicated; only the range of
``pitr.additional_regions`` says up to when the secondary region can restore.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import (
    UNASKED,
    Limits,
    cannot_have_copy,
    never_copied,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_PITR,
    Backup,
    BackupDetails,
    Copy,
    PitrRange,
    Service,
    format_time,
)

ProtectionStatus = Literal["unsupported", "disabled", "unknown", "pending", "paused", "lagging", "protected"]

# By precedence: a service has the first that holds.
STATUSES: tuple[ProtectionStatus, ...] = (
    "unsupported",
    "disabled",
    "unknown",
    "pending",
    "paused",
    "lagging",
    "protected",
)

# Backups are made once a day by default; two hours on top let a backup take its time.
DEFAULT_RPO_TARGET = 26 * 3600
# The longest interval of scheduled backups is a day; who has run for two without one may have a plan that keeps none.
_BACKUP_OVERDUE = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Protection:
    """What is known of the copy in the current secondary region.

    ``restore_point`` and ``oldest_restorable`` bound what that region can restore; ``rpo_seconds`` is the age of the
    restore point, an upper bound unless ``rpo_exact``. ``replicated_backups`` and ``replicated_bytes`` (before
    compression) are None while unknown.
    """

    status: ProtectionStatus
    explanation: str
    pause_reason: str | None = None
    restore_point: datetime | None = None
    oldest_restorable: datetime | None = None
    rpo_seconds: int | None = None
    rpo_exact: bool = False
    replicated_backups: int | None = None
    replicated_bytes: int | None = None

    @property
    def usual_size(self) -> int | None:
        """Bytes of a backup, on the average of those in the secondary region; None while unknown."""
        if not self.replicated_backups or self.replicated_bytes is None:
            return None
        return self.replicated_bytes // self.replicated_backups

    def as_dict(self) -> dict[str, Any]:
        """The public shape, all keys always present; times as text in UTC."""
        return {
            "protection": self.status,
            "pause_reason": self.pause_reason,
            "restore_point": format_time(self.restore_point),
            "oldest_restorable": format_time(self.oldest_restorable),
            "rpo_seconds": self.rpo_seconds,
            "rpo_exact": self.rpo_exact,
            "replicated_backups": self.replicated_backups,
            "replicated_bytes": self.replicated_bytes,
            "explanation": self.explanation,
        }


def protection_of(
    service: Service,
    *,
    now: datetime,
    details: BackupDetails | None = None,
    rpo_target: int = DEFAULT_RPO_TARGET,
    limits: Limits = UNASKED,
) -> Protection:
    """The protection of ``service`` at ``now`` (aware), from its listing and, where given, from its ``details`` and what is
    known of its ``limits``.

    ``rpo_target`` is in seconds.
    """
    reason = unsupported_reason(service, limits)
    if reason and service.secondary_region is not None:
        return _said("unsupported", service, f"{reason}, although {service.secondary_region} is set")
    if reason:
        return _said("unsupported", service, reason, replicated_backups=0, replicated_bytes=0)
    if service.secondary_region is None:
        return _said("disabled", service, "no secondary region is set", replicated_backups=0, replicated_bytes=0)
    evidence = _gather(service, service.secondary_region, details)
    if evidence is None:
        return _said("unknown", service, "the listing holds no backups, only the service's details can tell")
    if evidence.restore_point is None:
        return _without_restore_point(service, evidence, now, limits)
    # Clocks differ a little; a restore point in the future is as good as one from now.
    rpo = max(0, int((now - evidence.restore_point).total_seconds()))
    return _with_restore_point(service, evidence, rpo, rpo_target)


def unsupported_reason(service: Service, limits: Limits = UNASKED) -> str:
    """In words, why no copy of the service can ever be in another region; empty where one can."""
    refusal = cannot_have_copy(service)
    return refusal.message if refusal is not None else never_copied(service, limits)


def duration_words(seconds: int) -> str:
    """A duration for people, in its two largest units: ``45 s``, ``12 min``, ``11 h 48 min``, ``3 d 4 h``."""
    if seconds < 60:
        return f"{seconds} s"
    minutes, hours, days = seconds // 60 % 60, seconds // 3600 % 24, seconds // 86400
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What the API tells about the secondary region: the backups replicated there, and the range it can restore."""

    secondary: str
    backups: tuple[Backup, ...]
    replicated: list[Backup]
    newest: datetime | None
    oldest: datetime | None
    pitr: PitrRange | None
    exact: bool

    @property
    def restore_point(self) -> datetime | None:
        return self.pitr.end if self.pitr else self.newest

    @property
    def oldest_restorable(self) -> datetime | None:
        return self.pitr.start if self.pitr and self.pitr.start else self.oldest

    @property
    def pauses(self) -> list[Copy]:
        """The paused copies of the newest backup: older ones keep the flag that they had."""
        return [
            copy
            for backup in self.replicated
            if backup.time == self.newest
            for copy in backup.copies
            if copy.paused and copy.cloud == self.secondary
        ]


def _gather(service: Service, secondary: str, details: BackupDetails | None) -> _Evidence | None:
    """A move leaves old backups with copies elsewhere: only those in the current secondary count."""
    backups = details.backups if details is not None else service.backups
    if backups is None:
        return None
    ranges = details.pitr if details is not None else None
    replicated = [backup for backup in backups if secondary in [copy.cloud for copy in backup.copies]]
    times = [backup.time for backup in replicated if backup.time is not None]
    return _Evidence(
        secondary=secondary,
        backups=backups,
        replicated=replicated,
        newest=max(times, default=None),
        oldest=min(times, default=None),
        pitr=next((item for item in ranges or () if item.cloud == secondary and item.end is not None), None),
        # Without the details of a type with PITR nobody knows how far its transaction logs have got.
        exact=details is not None or service.service_type not in TYPES_WITH_PITR,
    )


def _without_restore_point(service: Service, evidence: _Evidence, now: datetime, limits: Limits) -> Protection:
    secondary = evidence.secondary
    if evidence.replicated:
        return _said("unknown", service, f"no backup listed for {secondary} has a readable time")
    former = sorted({copy.cloud for backup in evidence.backups for copy in backup.copies})
    if former:
        why = f"backups are only listed for {', '.join(former)}, a former secondary region"
    elif evidence.backups:
        why = "no backup has been copied since it was set"
    else:
        why = _no_backup_yet(service, now, limits)
    text = f"nothing is in {secondary} yet, {why}"
    return _said("pending", service, text, replicated_backups=0, replicated_bytes=0)


def _no_backup_yet(service: Service, now: datetime, limits: Limits) -> str:
    """A listing does not tell whether the plan keeps backups, but after two days without one it may be asked."""
    age = now - service.create_time if service.create_time is not None else timedelta()
    if limits.plan_keeps_backups is None and age > _BACKUP_OVERDUE and not service.powered_off:
        return (
            f"the service has no backup although it is {duration_words(int(age.total_seconds()))} old: perhaps its plan "
            f"{service.plan} keeps none, which no listing tells"
        )
    return "the service has no backup yet"


def _with_restore_point(service: Service, evidence: _Evidence, rpo: int, rpo_target: int) -> Protection:
    secondary, pauses = evidence.secondary, evidence.pauses
    pause_reason = next((copy.pause_reason for copy in pauses if copy.pause_reason), None)
    newest = f"{secondary} can restore up to" if evidence.pitr else f"newest backup in {secondary} from"
    text = f"{newest} {format_time(evidence.restore_point)}, {duration_words(rpo)} old"
    status: ProtectionStatus = "protected"
    if pauses:
        status = "paused"
        text = f"copying to {secondary} is paused ({pause_reason or 'Aiven gives no reason'}), {text}"
    elif rpo > rpo_target:
        status = "lagging"
        text = f"{text}, more than the {duration_words(rpo_target)} allowed"
    return _said(
        status,
        service,
        text,
        pause_reason=pause_reason,
        restore_point=evidence.restore_point,
        oldest_restorable=evidence.oldest_restorable,
        rpo_seconds=rpo,
        rpo_exact=evidence.exact,
        replicated_backups=len(evidence.replicated),
        replicated_bytes=sum(backup.size or 0 for backup in evidence.replicated),
    )


def _said(status: ProtectionStatus, service: Service, text: str, **known: Any) -> Protection:
    return Protection(status, "; ".join([f"{status}: {text}", *_circumstances(service)]), **known)


def _circumstances(service: Service) -> Iterator[str]:
    if service.migrated:
        yield f"migrated: it runs in {service.cloud_name}, its primary backups are in {service.primary_region}"
    elif service.apart:
        yield f"its provider stores no backups: its primary backups are in {service.primary_region}"
    if service.apart and service.secondary_region == service.cloud_name:
        yield "its secondary region is where it runs now"
    if service.powered_off and service.secondary_region is not None:
        yield "powered off: nothing is copied until it is powered on"
