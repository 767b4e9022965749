# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What else is said of a service beside its protection, and how much is there."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import audit_options
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Backup, BackupDetails, Copy, PitrRange
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    DEFAULT_RPO_TARGET,
    Protection,
    protection_of,
)
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


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        ("pending", {"backups": ()}),
        ("disabled", {"secondary_region": None}),
        ("unsupported", {"service_type": "kafka", "secondary_region": None}),
    ],
)
def test_where_nothing_has_arrived_nothing_is_counted(status: str, changes: dict[str, object]) -> None:
    found = protection_of(service(**changes), now=NOW)
    assert (found.status, found.replicated_backups, found.replicated_bytes) == (status, 0, 0)


def test_how_old_a_restore_point_may_be_by_default() -> None:
    assert timedelta(hours=26).total_seconds() == DEFAULT_RPO_TARGET
    assert audit_options()["rpo_target"]["default"] == "26h"


def test_a_range_that_does_not_tell_its_ends() -> None:
    """Aiven: no end means the current time, which only the primary region may have."""
    copies = (backup(35), backup(11))
    open_ended = BackupDetails(copies, (PitrRange(SECONDARY, hours_ago(30), None),))
    found = protection_of(service(service_type="pg"), now=NOW, details=open_ended)
    assert (found.restore_point, found.oldest_restorable) == (hours_ago(11), hours_ago(35))
    without_start = BackupDetails(copies, (PitrRange(SECONDARY, None, hours_ago(1)),))
    found = protection_of(service(service_type="pg"), now=NOW, details=without_start)
    assert (found.restore_point, found.oldest_restorable) == (hours_ago(1), hours_ago(35))
