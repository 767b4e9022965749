# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The range of what can be restored, the points in it, and how it is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Backup,
    BackupDetails,
    PitrRange,
    parse_service_answer,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import (
    Point,
    RestoreRange,
    point_of_time,
    restore_range,
    words_of_range,
)
from tests.unit.core.restores import NOW, PARTNER, ROW, backup_rows

START = datetime(2026, 8, 25, 6, tzinfo=UTC)


def backups(count: int) -> tuple[Backup, ...]:
    service = parse_service_answer("shop", {"service": ROW | {"backups": backup_rows()}})
    assert service.backups
    pattern = service.backups[0]

    days = [START + timedelta(days=number) for number in range(count)]
    return tuple(pattern._replace(name=f"base-{day:%d}", time=day) for day in days)


def reach(count: int, start: datetime | None = START, end: datetime | None = NOW) -> RestoreRange:
    return RestoreRange(PARTNER, backups(count), start, end, knows_end=True)


@pytest.mark.parametrize(
    ("count", "listed"),
    [
        (2, "base-26, base-25"),
        (5, "base-29, base-28, base-27, base-26, base-25"),
        (6, "base-30, base-29, base-28, base-27, base-26 and 1 more"),
        (7, "base-31, base-30, base-29, base-28, base-27 and 2 more"),
    ],
)
def test_the_newest_base_backups_are_named(count: int, listed: str) -> None:
    assert words_of_range(reach(count)) == (
        f"to between 2026-08-25T06:00:00Z and 2026-09-01T12:00:00Z in {PARTNER}, its base backups there are {listed}"
    )


@pytest.mark.parametrize(("start", "end"), [(None, NOW), (START, None), (None, None)])
def test_a_range_with_an_unknown_side_is_said_to_be_unknown(start: datetime | None, end: datetime | None) -> None:
    assert words_of_range(reach(1, start, end)) == f"in {PARTNER}, to times that Aiven does not tell"


def test_a_range_without_known_backups_names_none() -> None:
    unknown = RestoreRange(None, None, START, NOW, knows_end=True)
    assert (
        words_of_range(unknown) == "to between 2026-08-25T06:00:00Z and 2026-09-01T12:00:00Z from its primary backups"
    )


def test_no_time_is_the_newest_base_backup() -> None:
    newest = backups(2)[1]
    assert point_of_time(reach(2), None) == Point(backup_name=newest.name, time=newest.time)
    assert point_of_time(reach(0), None) == Point()


def test_a_time_is_reached_from_the_newest_base_backup_before_it() -> None:
    first, second = (backup.time for backup in backups(2))
    assert first and second
    assert point_of_time(reach(2), second).backup_name == "base-26"
    assert point_of_time(reach(2), second - timedelta(seconds=1)).backup_name == "base-25"
    assert point_of_time(reach(2), first - timedelta(seconds=1)).backup_name is None


def test_backups_that_are_not_there_are_known_by_name() -> None:
    rows = backup_rows(copied=(0,))
    rows[2]["backup_name"] = ""
    found = restore_range(
        parse_service_answer("shop", {"service": ROW | {"backups": rows}}), PARTNER, None, NOW, with_pitr=True
    )
    assert found.elsewhere == {"base-1"}
    assert [backup.name for backup in found.backups or ()] == ["base-0"]


@pytest.mark.parametrize(("with_pitr", "knows"), [(True, False), (False, True)])
def test_without_a_told_range_only_a_type_without_times_is_known_to_its_end(with_pitr: bool, knows: bool) -> None:
    service = parse_service_answer("shop", {"service": ROW | {"backups": backup_rows()}})
    assert restore_range(service, PARTNER, None, NOW, with_pitr=with_pitr).knows_end is knows


@pytest.mark.parametrize("start", [START - timedelta(days=9), None])
def test_the_told_start_comes_before_that_of_the_oldest_backup(start: datetime | None) -> None:
    service = parse_service_answer("shop", {"service": ROW | {"backups": backup_rows()}})
    assert service.backups
    details = BackupDetails(service.backups, (PitrRange(PARTNER, start, NOW),))
    found = restore_range(service, PARTNER, details, NOW, with_pitr=True)
    assert (found.start, found.end) == (start or service.backups[0].time, NOW)


def test_a_backup_without_a_readable_time_is_no_restore_point() -> None:
    rows = backup_rows()
    rows[0]["backup_time"] = None
    service = parse_service_answer("shop", {"service": ROW | {"backups": rows}})
    found = restore_range(service, PARTNER, None, NOW, with_pitr=False)
    assert [backup.name for backup in found.backups or ()] == ["base-1"]
    assert found.elsewhere == {"base-0", "base-2"}


def test_what_is_asked_of_aiven() -> None:
    points = (Point(), Point(target_time="2026-09-01T00:00:00Z"), Point(basebackup_name="base-1"))
    assert [point.asked for point in points] == [None, "2026-09-01T00:00:00Z", "base-1"]


def test_a_range_that_is_told_without_backups_is_not_empty() -> None:
    assert reach(0, end=None).is_empty
    assert not reach(0).is_empty
    assert not reach(1, end=None).is_empty
    assert not RestoreRange(PARTNER, None, None, None, knows_end=False).is_empty
