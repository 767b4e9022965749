# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else is said of a service beside its protection, and how much is there."""

from __future__ import annotations

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Backup, Copy
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import Protection, protection_of
from tests.unit.core.test_protection import NOW, SECONDARY, backup, hours_ago, service

OFF = "powered off: nothing is copied until it is powered on"
IN_ITS_COPY = "its secondary region is where it runs now"


def explanation(**changes: object) -> str:
    return protection_of(service(**changes), now=NOW).explanation


@pytest.mark.parametrize(("region", "said"), [(SECONDARY, True), (None, False)])
def test_only_a_copy_can_wait_for_power(region: str | None, said: bool) -> None:
    assert (OFF in explanation(state="POWEROFF", secondary_region=region)) is said
    assert OFF not in explanation(secondary_region=region)


@pytest.mark.parametrize(
    ("cloud", "primary", "said"),
    [
        (SECONDARY, "aws-eu-west-1", True),
        ("aws-eu-north-1", "aws-eu-west-1", False),
        # It was not moved: it cannot run in its copy.
        (SECONDARY, SECONDARY, False),
    ],
)
def test_a_service_that_was_moved_into_its_copy(cloud: str, primary: str, said: bool) -> None:
    assert (IN_ITS_COPY in explanation(cloud_name=cloud, primary_region=primary)) is said


def test_a_backup_without_size_counts_nothing() -> None:
    bare = Backup("b", hours_ago(2), None, "aws-eu-west-1", (Copy(SECONDARY, False, None),))
    found = protection_of(service(backups=(backup(11, size=30), bare)), now=NOW)
    assert (found.replicated_backups, found.replicated_bytes) == (2, 30)
    assert found.usual_size == 15


@pytest.mark.parametrize(("backups", "size"), [(None, 10), (0, 0), (2, None)])
def test_a_usual_size_that_nobody_knows(backups: int | None, size: int | None) -> None:
    assert Protection("pending", "", replicated_backups=backups, replicated_bytes=size).usual_size is None


@pytest.mark.parametrize(("hours", "said"), [(48, False), (48.01, True)])
def test_a_service_without_a_backup_for_more_than_two_days(hours: float, said: bool) -> None:
    assert ("perhaps its plan" in explanation(backups=(), create_time=hours_ago(hours))) is said


def test_where_nothing_has_arrived_nothing_is_counted() -> None:
    found = protection_of(service(backups=()), now=NOW)
    assert (found.status, found.replicated_backups, found.replicated_bytes) == ("pending", 0, 0)
