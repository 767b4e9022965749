# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From which backups, and to which times, the copies in a region can be restored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Backup,
    BackupDetails,
    PitrRange,
    Service,
)

_MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class RestoreRange:
    """What can be restored from the copies in a region; None is the primary region.

    ``backups`` are the base backups there with a time, oldest first; None where nobody could tell. ``end`` is the newest
    point that the region can restore to if ``knows_end``, else only the newest backup there. ``elsewhere`` names the
    backups of the service that are not in this region.
    """

    region: str | None
    backups: tuple[Backup, ...] | None
    start: datetime | None
    end: datetime | None
    knows_end: bool
    elsewhere: frozenset[str] = frozenset()

    @property
    def is_empty(self) -> bool:
        """Whether it is known that nothing is there."""
        return self.backups == () and self.end is None

    @property
    def newest(self) -> Backup | None:
        return self.backups[-1] if self.backups else None


@dataclass(frozen=True, slots=True)
class Point:
    """What Aiven is asked for, and what the fork will hold as far as that is known.

    ``target_time`` and ``basebackup_name`` go into the request, neither for the newest base backup. ``backup_name`` is the
    base backup that is restored, ``time`` the time whose data the fork will have.
    """

    target_time: str | None = None
    basebackup_name: str | None = None
    backup_name: str | None = None
    time: datetime | None = None
    warnings: tuple[str, ...] = ()

    @property
    def asked(self) -> str | None:
        return self.target_time or self.basebackup_name


def exact_time(time: datetime) -> str:
    """A time as Aiven is asked for it, in UTC: a fraction of a second may be the difference between two backups."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def restore_range(
    service: Service, region: str | None, details: BackupDetails | None, now: datetime, *, with_pitr: bool
) -> RestoreRange:
    """The range of the copies in ``region`` (None: the primary region), from the service's ``details`` or, without them,
    from what its listing shows. ``with_pitr``: whether the type has point-in-time recovery.
    """
    backups = details.backups if details is not None else service.backups
    if backups is None:
        return RestoreRange(region, None, None, None, knows_end=False)
    there = sorted(
        (backup for backup in backups if backup.time is not None and _is_in(backup, region)),
        key=_time,
    )
    pitr = _pitr(details, region)
    start, end = (there[0].time, there[-1].time) if there else (None, None)
    if pitr is not None:
        # Aiven: no end means the current time, which only the primary region may have.
        start, end = pitr.start or start, pitr.end or (now if region is None else end)
    return RestoreRange(
        region=region,
        backups=tuple(there),
        start=start,
        end=end,
        knows_end=pitr is not None or not with_pitr,
        elsewhere=frozenset(backup.name for backup in backups if backup.name and backup not in there),
    )


def point_of_backup(backup: Backup | None) -> Point:
    """The point of a base backup; Aiven takes the newest one there where it is asked for none."""
    return Point(backup_name=backup.name, time=backup.time) if backup is not None else Point()


def point_of_time(reach: RestoreRange, time: datetime | None) -> Point:
    """A time is reached from the newest base backup before it."""
    if time is None:
        return point_of_backup(reach.newest)
    base = next((backup for backup in reversed(reach.backups or ()) if _time(backup) <= time), None)
    return Point(target_time=exact_time(time), backup_name=base.name if base is not None else None, time=time)


def words_of_range(reach: RestoreRange) -> str:
    """``between ... and ... in REGION``, and the names of the newest base backups."""
    where = f"in {reach.region}" if reach.region else "from its primary backups"
    if reach.start is None or reach.end is None:
        return f"{where}, to times that Aiven does not tell"
    names = [backup.name for backup in reversed(reach.backups or ()) if backup.name]
    listed = f", its base backups there are {_listed(names)}" if names else ""
    return f"to between {exact_time(reach.start)} and {exact_time(reach.end)} {where}{listed}"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return ", ".join(names[:_MOST_NAMES]) + more


def _is_in(backup: Backup, region: str | None) -> bool:
    return region is None or any(copy.cloud == region for copy in backup.copies)


def _pitr(details: BackupDetails | None, region: str | None) -> PitrRange | None:
    """The range that Aiven tells; a secondary region of a type with point-in-time recovery may have none."""
    found = next((item for item in (details.pitr if details else None) or () if item.cloud == region), None)
    if found is None:
        return None
    told = found.start if region is None else found.end
    return found if told is not None else None


def _time(backup: Backup) -> datetime:
    return backup.time if backup.time is not None else datetime.min.replace(tzinfo=UTC)
