# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which fork is made from which copy, to which point, and what is refused before it is asked for."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core import restore as _restore
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time
from tests.unit.core.restores import (
    HOME,
    NAMES,
    NOW,
    OTHER,
    PARTNER,
    TIMES,
    backup_rows,
    decide,
    details,
    fork,
    subject,
    target,
)

END = "2026-09-01T11:55:00Z"
NOT_PERSISTENT = {"valkey_persistence": "off", "additional_backup_regions": [PARTNER]}
REPLICATION = {"integration_type": "read_replica", "source_service": "orders-main", "dest_service": "orders"}
RECOVERY = {**REPLICATION, "integration_type": "disaster_recovery"}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("latest", "latest"),
        ("backup", "backup"),
        ("2026-08-31T22:15:00Z", "time"),
        ("2026-08-31T22:15:00.5+02:00", "time"),
        # What YAML makes of a time that is not quoted.
        ("2026-08-31 22:15:00+00:00", "time"),
        ("2026-08-31t22:15:00z", "time"),
        ("2026-08-20_00-11_0.00000000.pghoard", "name"),
        ("2026-08-31T06-00-00Z_mysql_basebackup", "name"),
        ("2026-08-31T22:15:00", None),
        ("2026-08-31", None),
        # Meant as times, but none that there are; in UTC the last two would be in no year.
        ("2026-13-31T22:15:00Z", None),
        ("2026-02-30T22:15:00Z", None),
        ("2026-08-31T24:15:00Z", None),
        ("2026-08-31T23:59:60Z", None),
        ("2026-8-31", None),
        ("2026-08-31T22:15:00+25:00", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("an hour ago", None),
        ("", None),
    ],
)
def test_recover_to(text: str, kind: str | None) -> None:
    parsed = _restore.parse_recover_to(text)
    assert (parsed.kind if parsed else None) == kind


@pytest.mark.parametrize(
    ("recover_to", "place", "target_time", "backup"),
    [
        ("latest", "secondary", END, NAMES[1]),
        ("latest", "primary", format_time(NOW), NAMES[2]),
        ("backup", "secondary", None, NAMES[1]),
        ("backup", "primary", None, NAMES[2]),
        (NAMES[0], "secondary", TIMES[0], NAMES[0]),
        (NAMES[2], "primary", TIMES[2], NAMES[2]),
        ("2026-08-31T05:59:59Z", "secondary", "2026-08-31T05:59:59Z", NAMES[0]),
        ("2026-08-31T08:00:00+02:00", "secondary", TIMES[1], NAMES[1]),
        # After the newest base backup there, but within the transaction logs.
        ("2026-09-01T11:54:59.25Z", "secondary", "2026-09-01T11:54:59.250000Z", NAMES[1]),
        (TIMES[0], "secondary", TIMES[0], NAMES[0]),
        (END, "secondary", END, NAMES[1]),
    ],
)
def test_points_of_a_type_with_pitr(recover_to: str, place: Any, target_time: str | None, backup: str) -> None:
    decided = decide(target(recover_to, place=place), subject(), details())
    assert decided.refusal is None
    assert decided.cloud == (PARTNER if place == "secondary" else HOME)
    assert decided.point.target_time == target_time
    assert (decided.point.basebackup_name, decided.point.backup_name) == (None, backup)
    assert decided.point.warnings == ()


@pytest.mark.parametrize(
    ("recover_to", "place", "name", "backup"),
    [
        ("latest", "secondary", None, NAMES[1]),
        ("backup", "secondary", None, NAMES[1]),
        ("latest", "primary", None, NAMES[2]),
        (NAMES[0], "secondary", NAMES[0], NAMES[0]),
        (NAMES[1], "secondary", NAMES[1], NAMES[1]),
    ],
)
def test_points_of_a_type_without_pitr(recover_to: str, place: Any, name: str | None, backup: str) -> None:
    decided = decide(target(recover_to, place=place), subject(service_type="opensearch"), details(pitr=None))
    assert (decided.point.basebackup_name, decided.point.backup_name) == (name, backup)
    assert decided.point.target_time is None


def test_a_type_that_takes_no_names_can_have_its_newest_backup_only() -> None:
    options = frozenset({"service_to_fork_from"})
    source = subject(service_type="m3db")
    newest = decide(target(NAMES[1]), source, details(pitr=None), options)
    assert (newest.point.asked, newest.point.backup_name) == (None, NAMES[1])
    assert decide(target(NAMES[0]), source, details(pitr=None), options).code == "outside_restore_range"


@pytest.mark.parametrize(
    ("changes", "wanted", "found", "code", "says"),
    [
        ({"service_integrations": [REPLICATION]}, {}, details(), "no_own_backups", "a read replica"),
        ({"backups": [], "service_integrations": [RECOVERY]}, {}, details(), "no_own_backups", "the recovery service of shop/orders-main"),
        ({"service_type": "mysql", "plan": "free-1-1gb"}, {"plan": "startup-4"}, details(), "fork_forbidden", "free tier"),
        ({"service_type": "valkey", "plan": "free-1"}, {"plan": "startup-4"}, details(), "fork_forbidden", "free tier"),
        ({"plan": "free-1-1gb"}, {}, details(), "fork_forbidden", "Give another plan"),
        ({}, {"plan": "free-1-1gb"}, details(), "fork_forbidden", "plan is free-1-1gb"),
        ({"service_type": "valkey", "user_config": NOT_PERSISTENT}, {}, details(), "fork_forbidden", "valkey_persistence is off"),
        ({"service_type": "kafka"}, {}, details(), "unsupported_service_type", "cannot fork kafka"),
        ({"user_config": {}}, {}, details(), "nothing_to_restore", "no secondary region"),
        ({}, {}, details(pitr=None, copied=()), "nothing_to_restore", f"in {PARTNER}"),
        ({"service_type": "grafana"}, {}, details(pitr=None, copied=()), "nothing_to_restore", f"in {PARTNER}"),
        ({"cloud_name": PARTNER}, {"place": "primary"}, details(), "same_region", PARTNER),
        ({}, {"place": "primary", "cloud": PARTNER}, details(), "same_region", PARTNER),
        ({"service_type": "opensearch"}, {"recover_to": "2026-08-31T22:15:00Z"}, details(pitr=None), "invalid_target", "which cannot be restored to a time"),
        ({}, {"recover_to": "2026-08-30T05:59:59Z"}, details(), "outside_restore_range", f"between {TIMES[0]} and {END} in {PARTNER}"),
        ({}, {"recover_to": "2026-09-01T11:55:01Z"}, details(), "outside_restore_range", f"between {TIMES[0]} and {END}"),
        ({}, {"recover_to": "2026-09-01T12:00:01Z", "place": "primary"}, details(), "outside_restore_range", "its primary backups"),
        # A backup that has not been copied.
        ({}, {"recover_to": NAMES[2]}, details(), "outside_restore_range", f"base backups there are {NAMES[1]}, {NAMES[0]}"),
        ({}, {"recover_to": "no-such-backup"}, details(), "nothing_to_restore", "no base backup of shop/orders has that name"),
    ],
)  # fmt: skip
def test_refusals(changes: dict[str, Any], wanted: dict[str, Any], found: Any, code: str, says: str) -> None:
    decided = decide(target(**wanted), subject(**changes), found)
    assert decided.code == code, decided
    assert says in decided.message
    assert "shop/orders" in decided.message


def test_a_source_that_does_not_exist() -> None:
    assert decide(target(), None).code == "service_not_found"


def test_the_service_that_others_are_replicas_of_can_be_restored() -> None:
    integrations = [
        {"integration_type": "read_replica", "source_service": "orders", "dest_service": "orders-ro"},
        {"integration_type": "metrics", "dest_service": "orders"},
    ]
    assert decide(target(), subject(service_integrations=integrations), details()).code is None


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"disaster_recovery_role": "active", "backups": []}, None),
        ({"disaster_recovery_role": "passive"}, "no_own_backups"),
        ({"backups": backup_rows()}, None),
        ({"backups": None}, "no_own_backups"),
    ],
)
def test_a_recovery_service_has_backups_once_it_is_promoted(facts: dict[str, Any], code: str | None) -> None:
    source = subject(service_integrations=[RECOVERY], **facts)
    assert decide(target(), source, details()).code == code


def test_without_its_backups_the_listing_decides() -> None:
    """Aiven does not answer what is in a region that is gone. The base backups are known, how far the logs reach is not."""
    latest = decide(target(), subject(state="POWEROFF"))
    assert (latest.point.target_time, latest.point.backup_name) == (None, NAMES[1])
    assert "up to which time shop/orders can be restored could not be checked" in latest.point.warnings[0]
    assert decide(target("backup"), subject()).point.warnings == ()
    assert decide(target(NAMES[0]), subject()).point.target_time == TIMES[0]
    assert decide(target("2026-08-30T07:00:00Z"), subject()).point.warnings == ()
    late = decide(target("2026-09-01T11:00:00Z"), subject())
    assert late.point.target_time == "2026-09-01T11:00:00Z"
    assert "whether 2026-09-01T11:00:00Z is within the range of shop/orders could not be checked" in late.point.warnings
    assert decide(target("2026-08-30T05:00:00Z"), subject()).code == "outside_restore_range"
    assert decide(target("2026-09-01T12:00:01Z"), subject()).code == "outside_restore_range"
    assert decide(target(), subject(backups=backup_rows(copied=()))).code == "nothing_to_restore"
    assert decide(target(), subject(backups=backup_rows(region=OTHER))).code == "nothing_to_restore"


def test_where_even_the_listing_holds_no_backups_aiven_has_the_last_word() -> None:
    source = subject(backups=None)
    latest = decide(target(), source)
    assert (latest.code, latest.point.asked, latest.point.backup_name) == (None, None, None)
    assert latest.point.warnings
    time = decide(target("2026-08-31T22:15:00Z"), source)
    assert time.point.target_time == "2026-08-31T22:15:00Z"
    assert time.point.warnings
    unknown = decide(target(NAMES[0]), source)
    assert unknown.code == "nothing_to_restore"
    assert "Aiven tells no backup of shop/orders at present" in unknown.message
    named = decide(target(NAMES[0]), subject(backups=None, service_type="grafana"))
    assert named.point.basebackup_name == NAMES[0]


def test_a_region_without_a_range_of_its_own_restores_base_backups() -> None:
    """Aiven: no entry where the feature and point-in-time recovery do not go together."""
    primary_only = {"primary_region": {"pitr_range_start": TIMES[0], "pitr_range_end": None}, "additional_regions": []}
    latest = decide(target(), subject(), details(pitr=primary_only))
    assert (latest.point.target_time, latest.point.backup_name) == (None, NAMES[1])
    assert latest.point.warnings


def test_a_primary_range_may_end() -> None:
    pitr = {"primary_region": {"pitr_range_start": TIMES[0], "pitr_range_end": END}, "additional_regions": []}
    assert decide(target(place="primary"), subject(), details(pitr=pitr)).point.target_time == END


def test_fractions_of_a_second_are_sent() -> None:
    """Cut off, they would name a time before the backup."""
    rows = [{**backup_rows()[0], "backup_time": "2026-08-30T06:00:00.750000Z"}]
    point = decide(target(NAMES[0]), subject(backups=rows)).point
    assert point.target_time == "2026-08-30T06:00:00.750000Z"


FORKS = {
    "ours": (fork(), {}, None),
    "a drill's": (fork(purpose="drill"), {}, None),
    "a drill's, for a drill": (fork(purpose="drill"), {"purpose": "drill"}, None),
    "a restore's, for a drill": (fork(), {"purpose": "drill"}, "service_exists_differently"),
    "of another purpose": (fork(purpose="else"), {}, "service_exists_differently"),
    "of another source": (fork(of="invoices"), {}, "service_exists_differently"),
    "nobody's": (fork(tags={}), {}, "service_exists_differently"),
    "half tagged": (fork(tags={"offsite_fork_source": "shop/orders"}), {}, "service_exists_differently"),
    "elsewhere": (fork(cloud_name=OTHER), {}, "service_exists_differently"),
    "of the primary": (fork(cloud_name=HOME), {"place": "primary"}, None),
    "of the primary in a cloud": (fork(cloud_name=OTHER), {"place": "primary", "cloud": OTHER}, None),
    "of the secondary, primary wanted": (fork(), {"place": "primary"}, "service_exists_differently"),
}


@pytest.mark.parametrize(("existing", "wanted", "code"), FORKS.values(), ids=FORKS.keys())
def test_a_service_of_that_name(existing: Any, wanted: dict[str, Any], code: str | None) -> None:
    compared = _restore.compare(target(**wanted), subject(), existing)
    assert (compared.refusal.code if compared.refusal else None) == code
    if compared.refusal is not None:
        assert "shop/orders-restored" in compared.refusal.message


def test_the_source_is_never_its_own_fork() -> None:
    itself = target(fork_name="orders")
    tags = {"offsite_fork_source": "shop/orders", "offsite_fork_purpose": "restore"}
    refusal = _restore.compare(itself, subject(tags=tags), subject(tags=tags)).refusal
    assert refusal is not None
    assert refusal.code == "service_exists_differently"
    removal = _restore.removal_refusal(itself, subject(tags=tags).service)
    assert removal is not None
    assert (removal.code, "it is the source itself" in removal.message) == ("not_owned", True)


def test_a_fork_whose_source_is_gone_stays() -> None:
    for source in (None, subject(user_config={})):
        compared = _restore.compare(target(), source, fork())
        assert compared.refusal is None
        assert "could not be checked" in compared.warnings[0]


def test_another_plan_is_a_warning() -> None:
    assert _restore.compare(target(plan="business-4"), subject(), fork()).warnings == ()
    (text,) = _restore.compare(target(plan="startup-4"), subject(), fork()).warnings
    assert text == "shop/orders-restored exists with plan business-4, plan says startup-4: left as it is"


@pytest.mark.parametrize(
    ("existing", "wanted", "code"),
    [
        (fork(), {}, None),
        (fork(purpose="drill"), {}, None),
        (fork(), {"purpose": "drill"}, "not_owned"),
        (fork(of="invoices"), {}, "not_owned"),
        (fork(tags={"offsite_fork_purpose": "restore"}), {}, "not_owned"),
        (fork(termination_protection=True), {}, "rejected"),
        (fork(of="invoices", termination_protection=True), {}, "not_owned"),
    ],
)
def test_what_may_be_deleted(existing: Any, wanted: dict[str, Any], code: str | None) -> None:
    refusal = _restore.removal_refusal(target(**wanted), existing.service)
    assert (refusal.code if refusal else None) == code


def test_a_body_holds_what_was_given_and_nothing_else() -> None:
    source = subject()
    plain = decide(target("backup"), source, details())
    assert _restore.body_of(target("backup"), source.service, plain.cloud, plain.point) == {
        "service_name": "orders-restored",
        "service_type": "pg",
        "plan": "business-4",
        "cloud": PARTNER,
        "tags": {"offsite_fork_source": "shop/orders", "offsite_fork_purpose": "restore"},
        "user_config": {"service_to_fork_from": "orders"},
    }
    options = {"user_config": {"pg_version": "16"}, "tags": {"team": "data"}, "project_vpc_id": None}
    full = target(fork_project="lab", plan="startup-4", purpose="drill", options=options)
    decided = decide(full, source, details())
    assert _restore.body_of(full, source.service, decided.cloud, decided.point) == {
        "service_name": "orders-restored",
        "service_type": "pg",
        "plan": "startup-4",
        "cloud": PARTNER,
        "project_vpc_id": None,
        "tags": {"team": "data", "offsite_fork_source": "shop/orders", "offsite_fork_purpose": "drill"},
        "user_config": {
            "pg_version": "16",
            "service_to_fork_from": "orders",
            "project_to_fork_from": "shop",
            "recovery_target_time": END,
        },
    }
