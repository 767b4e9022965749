# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Backup,
    BackupDetails,
    Copy,
    PitrRange,
    Service,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    STATUSES,
    duration_words,
    protection_of,
)

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
SECONDARY = "aws-eu-central-1"


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def backup(
    hours: float, *, cloud: str = SECONDARY, paused: bool = False, reason: str | None = None, size: int = 10
) -> Backup:
    return Backup(f"b-{hours}", hours_ago(hours), size, "aws-eu-west-1", (Copy(cloud, paused, reason),))


def service(**changes: object) -> Service:
    facts: dict[str, object] = {
        "project": "shop",
        "name": "orders-db",
        "service_type": "opensearch",
        "plan": "business-4",
        "cloud_name": "aws-eu-west-1",
        "state": "RUNNING",
        "secondary_region": SECONDARY,
        "primary_region": "aws-eu-west-1",
        "backups": (backup(35), backup(11)),
    }
    return Service(**{**facts, **changes})  # type: ignore[arg-type]


def test_protected_says_where_when_and_how_old() -> None:
    newest = datetime(2026, 9, 1, 0, 11, 22, tzinfo=UTC)
    copied = Backup("b", newest, 5, "aws-eu-west-1", (Copy(SECONDARY, False, None),))
    assert protection_of(service(backups=(backup(35), copied)), now=NOW).as_dict() == {
        "protection": "protected",
        "pause_reason": None,
        "restore_point": "2026-09-01T00:11:22Z",
        "oldest_restorable": "2026-08-31T01:00:00Z",
        "rpo_seconds": 42518,
        "rpo_exact": True,
        "replicated_backups": 2,
        "replicated_bytes": 15,
        "explanation": "protected: newest backup in aws-eu-central-1 from 2026-09-01T00:11:22Z, 11 h 48 min old",
    }


@pytest.mark.parametrize(
    ("changes", "arguments", "status", "words"),
    [
        ({"service_type": "kafka", "secondary_region": None}, {}, "unsupported", "for the type kafka"),
        ({"secondary_region": None}, {}, "disabled", "no secondary region"),
        ({"service_type": "kafka"}, {}, "unsupported", "for the type kafka, although aws-eu-central-1 is set"),
        ({"backups": None}, {}, "unknown", "holds no backups"),
        (
            {"backups": (Backup("b", None, 1, None, (Copy(SECONDARY, False, None),)),)},
            {},
            "unknown",
            "readable time",
        ),
        ({"backups": ()}, {}, "pending", "no backup yet"),
        ({"backups": (Backup("b", hours_ago(1), 1, None, ()),)}, {}, "pending", "no backup has been copied"),
        (
            {"backups": (backup(1, cloud="aws-eu-north-1"),)},
            {},
            "pending",
            "listed for aws-eu-north-1, a former",
        ),
        (
            {"backups": (backup(1, paused=True, reason="quota"),)},
            {},
            "paused",
            "is paused (quota), newest backup",
        ),
        ({"backups": (backup(90, paused=True),)}, {}, "paused", "Aiven gives no reason"),
        ({"backups": (backup(25, paused=True), backup(1))}, {}, "protected", "1 h old"),
        ({"backups": (backup(27.5),)}, {}, "lagging", "1 d 3 h old, more than the 1 d 2 h allowed"),
        ({"backups": (backup(26),)}, {}, "protected", "1 d 2 h old"),
        ({"backups": (backup(2),)}, {"rpo_target": 3600}, "lagging", "more than the 1 h allowed"),
    ],
)
def test_status(changes: dict[str, object], arguments: dict[str, object], status: str, words: str) -> None:
    found = protection_of(service(**changes), now=NOW, **arguments)  # type: ignore[arg-type]
    assert (found.status, words in found.explanation) == (status, True), found.explanation
    assert found.explanation.startswith(f"{status}: ")


def test_statuses_are_in_order_of_precedence() -> None:
    assert STATUSES == ("unsupported", "disabled", "unknown", "pending", "paused", "lagging", "protected")


def test_pause_reason_is_reported_only_while_paused() -> None:
    assert protection_of(service(backups=(backup(1, paused=True, reason="quota"),)), now=NOW).pause_reason == "quota"
    assert protection_of(service(backups=(backup(1, reason="was quota"),)), now=NOW).pause_reason is None


def test_only_copies_in_the_current_secondary_count() -> None:
    moved = service(backups=(backup(1, cloud="aws-eu-north-1", size=900), backup(5, size=7)))
    found = protection_of(moved, now=NOW)
    assert (found.replicated_backups, found.replicated_bytes, found.rpo_seconds) == (1, 7, 5 * 3600)


def test_a_copy_paused_elsewhere_does_not_pause_the_current_secondary() -> None:
    copies = (Copy("aws-eu-north-1", True, "former"), Copy(SECONDARY, False, None))
    found = protection_of(service(backups=(Backup("b", hours_ago(1), 1, None, copies),)), now=NOW)
    assert found.status == "protected"


def test_a_listing_of_a_type_with_pitr_gives_an_upper_bound() -> None:
    found = protection_of(service(service_type="pg"), now=NOW)
    assert (found.status, found.rpo_exact, found.rpo_seconds) == ("protected", False, 11 * 3600)


def details(*ranges: PitrRange, pitr: bool = True) -> BackupDetails:
    return BackupDetails((backup(35), backup(11)), ranges if pitr else None)


def test_details_give_the_exact_range_of_the_current_secondary() -> None:
    ranges = (
        PitrRange(None, hours_ago(50), None),
        PitrRange("aws-eu-north-1", hours_ago(1), hours_ago(0)),
        PitrRange(SECONDARY, hours_ago(34), hours_ago(0.1)),
    )
    found = protection_of(service(service_type="pg", backups=None), now=NOW, details=details(*ranges))
    assert (found.rpo_seconds, found.rpo_exact, found.status) == (360, True, "protected")
    assert (found.restore_point, found.oldest_restorable) == (hours_ago(0.1), hours_ago(34))
    assert "aws-eu-central-1 can restore up to 2026-09-01T11:54:00Z, 6 min old" in found.explanation


def test_a_range_without_any_copy_listed_is_still_a_restore_point() -> None:
    found = protection_of(
        service(service_type="pg"),
        now=NOW,
        details=BackupDetails((), (PitrRange(SECONDARY, None, hours_ago(1)),)),
    )
    assert (found.status, found.replicated_backups, found.oldest_restorable) == ("protected", 0, None)


@pytest.mark.parametrize("pitr", [True, False])
def test_details_without_a_range_there_fall_back_to_the_newest_copy(pitr: bool) -> None:
    found = protection_of(service(service_type="pg"), now=NOW, details=details(pitr=pitr))
    assert (found.rpo_seconds, found.rpo_exact) == (11 * 3600, True)


def test_details_are_believed_rather_than_the_listing() -> None:
    assert protection_of(service(), now=NOW, details=BackupDetails((), None)).status == "pending"


def test_a_restore_point_in_the_future_is_an_rpo_of_nothing() -> None:
    assert protection_of(service(backups=(backup(-1),)), now=NOW).rpo_seconds == 0


def test_a_migrated_service_is_recognised_and_said() -> None:
    found = protection_of(service(cloud_name=SECONDARY), now=NOW)
    assert found.status == "protected"
    assert "migrated: it runs in aws-eu-central-1, its primary backups are in aws-eu-west-1" in found.explanation
    assert "its secondary region is where it runs now" in found.explanation


@pytest.mark.parametrize("cloud", ["do-ams", "upcloud-nl-ams"])
def test_backups_of_a_provider_without_storage_are_no_sign_of_a_migration(cloud: str) -> None:
    where = service(cloud_name=cloud, primary_region="google-europe-west4")
    found = protection_of(where, now=NOW)
    assert "its provider stores no backups: its primary backups are in google-europe-west4" in found.explanation
    assert "migrated" not in found.explanation
    assert (where.apart, where.migrated) == (True, False)
    moved = service(cloud_name=cloud, primary_region=f"{cloud}-2")
    assert (moved.apart, moved.migrated) == (True, True)


def test_a_powered_off_service_is_said() -> None:
    assert "powered off: nothing is copied" in protection_of(service(state="POWEROFF"), now=NOW).explanation


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (3600, "1 h"),
        (42518, "11 h 48 min"),
        (86400, "1 d"),
        (93600, "1 d 2 h"),
        (90000 + 86400 * 9, "10 d 1 h"),
    ],
)
def test_duration_words(seconds: int, words: str) -> None:
    assert duration_words(seconds) == words
