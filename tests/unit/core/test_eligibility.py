# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services have no backups of their own, and how that is told: by the protection, by a decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import CreateSpec, compare
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import Limits, cannot_have_copy
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service, Target, parse_service_answer
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import protection_of
from tests.unit.core.audits import NOW, SECONDARY, hours_ago

ROW: dict[str, Any] = {
    "service_name": "copy",
    "service_type": "pg",
    "plan": "business-4",
    "cloud_name": "aws-eu-west-1",
    "state": "RUNNING",
    "create_time": hours_ago(240).isoformat(),
    "user_config": {},
}
BACKUP = {"backup_name": "b", "backup_time": "2026-08-20T00:11:22Z", "data_size": 1}


def entry(kind: str = "read_replica", **changes: Any) -> dict[str, Any]:
    return {"integration_type": kind, "source_service": "orders", "dest_service": "copy", **changes}


def service(*integrations: object, **changes: Any) -> Service:
    return parse_service_answer("shop", {"service": {**ROW, "service_integrations": list(integrations), **changes}})


REPLICA, RECOVERY = entry(), entry("disaster_recovery")

FOLLOWING = [
    (service(REPLICA), "a read replica of shop/orders"),
    (service(entry(dest_project="shop", source_project="shop")), "a read replica of shop/orders"),
    (service(entry(dest_project="shop", source_project="other")), "a read replica of other/orders"),
    (service(entry(dest_project="shop", source_project="other", source_service="copy")), "replica of other/copy"),
    (service(entry(source_service=None)), "a read replica of a service that Aiven does not name"),
    (service({"integration_type": "metrics"}, REPLICA), "a read replica of shop/orders"),
    # However many backups a listing claims: what a replica shows are none of its own.
    (service(REPLICA, backups=[BACKUP]), "a read replica of shop/orders"),
    (service(REPLICA, service_type="mysql"), "a read replica of shop/orders"),
    (service(RECOVERY), "the recovery service of shop/orders"),
    (service(RECOVERY, backups=[]), "the recovery service of shop/orders"),
    (service(RECOVERY, disaster_recovery_role="passive"), "the recovery service of shop/orders"),
    # Promoted once, and switched back: its old backups are still listed.
    (service(RECOVERY, disaster_recovery_role="passive", backups=[BACKUP]), "the recovery service of shop/orders"),
]
ORDINARY = [
    service(),
    service(service_integrations=None),
    service(service_integrations="x"),
    service("x", None, {}),
    service(entry(dest_service="other")),
    service(entry(source_service="copy", dest_service="orders")),
    # The source, where its replica has the same name in another project.
    service(entry(source_service="copy", source_project="shop", dest_project="other")),
    service(entry("metrics")),
    service(RECOVERY, disaster_recovery_role="active"),
    service(RECOVERY, disaster_recovery_role="active", backups=[]),
    service(RECOVERY, backups=[BACKUP]),
    service(entry("disaster_recovery", source_service="copy", dest_service="dr"), disaster_recovery_role="failed"),
]


@pytest.mark.parametrize(("following", "words"), FOLLOWING)
def test_what_follows_another_service_has_no_backups_of_its_own(following: Service, words: str) -> None:
    refusal = cannot_have_copy(following)
    assert refusal is not None
    assert (refusal.code, words in refusal.message) == ("no_own_backups", True), refusal
    protection = protection_of(following, now=NOW)
    assert (protection.status, protection.replicated_backups) == ("unsupported", 0)
    assert words in protection.explanation


@pytest.mark.parametrize("ordinary", ORDINARY)
def test_other_services_are_ordinary(ordinary: Service) -> None:
    assert cannot_have_copy(ordinary) is None
    assert protection_of(ordinary, now=NOW).status == "disabled"


def test_the_reason_names_the_source_to_protect_instead() -> None:
    refusal = cannot_have_copy(service(REPLICA))
    assert refusal is not None
    assert refusal.message == (
        "shop/copy is a read replica of shop/orders and has no backups of its own: give shop/orders the secondary region"
    )


def test_the_explanation_says_that_a_region_is_set_in_vain() -> None:
    found = service(REPLICA, user_config={"additional_backup_regions": [SECONDARY]})
    protection = protection_of(found, now=NOW)
    assert protection.explanation.endswith(f"secondary region, although {SECONDARY} is set")
    assert protection.replicated_backups is None


@pytest.mark.parametrize(
    ("region", "state", "change", "code"),
    [
        (None, "enabled", "enable", "no_own_backups"),
        ("aws-eu-west-3", "enabled", "move", "no_own_backups"),
        (SECONDARY, "enabled", None, None),
        (SECONDARY, "disabled", "disable", None),
        (None, "disabled", None, None),
    ],
)
def test_a_change_that_copies_nothing_is_refused(region: str | None, state: Any, change: str, code: str | None) -> None:
    found = service(REPLICA, user_config={"additional_backup_regions": [region] if region else []})
    decision = compare(Target("shop", "copy", state, SECONDARY if state == "enabled" else None), found)
    assert (decision.change, decision.refusal.code if decision.refusal else None) == (change, code)


@pytest.mark.parametrize(
    ("integration", "code"),
    [
        ({"integration_type": "read_replica", "source_service": "orders"}, "no_own_backups"),
        (RECOVERY, "no_own_backups"),
        ({"integration_type": "read_replica", "dest_service": "other"}, None),
        ({"integration_type": "metrics", "source_service": "orders"}, None),
    ],
)
def test_a_replica_is_not_created_with_a_secondary_region(integration: dict[str, Any], code: str | None) -> None:
    create = CreateSpec("pg", "business-4", "aws-eu-west-1", {"service_integrations": [integration]})
    decision = compare(Target("shop", "copy", "enabled", SECONDARY), None, create)
    assert (decision.change, decision.refusal.code if decision.refusal else None) == ("create", code)


@pytest.mark.parametrize(
    ("changes", "limits", "words"),
    [
        (
            {"service_type": "valkey", "user_config": {"valkey_persistence": "off"}},
            Limits(),
            "valkey_persistence is off",
        ),
        (
            {"plan": "hobbyist"},
            Limits(plan_keeps_backups=False),
            "plan hobbyist keeps no backups (backup_config.max_count",
        ),
    ],
)
def test_a_copy_that_can_never_be_there_is_not_pending(changes: dict[str, Any], limits: Limits, words: str) -> None:
    config = {**changes.pop("user_config", {}), "additional_backup_regions": [SECONDARY]}
    found = service(**changes, user_config=config, backups=[])
    protection = protection_of(found, now=NOW, limits=limits)
    assert protection.status == "unsupported"
    assert protection.explanation.startswith("unsupported: a copy can never be there: ")
    assert words in protection.explanation


@pytest.mark.parametrize(
    "changes",
    [
        {"service_type": "valkey", "user_config": {"valkey_persistence": "rdb"}},
        {"service_type": "valkey", "user_config": {"dragonfly_persistence": "off"}},
        {"service_type": "pg", "user_config": {"valkey_persistence": "off"}},
    ],
)
def test_persistence_that_is_on_or_of_another_type_says_nothing(changes: dict[str, Any]) -> None:
    assert protection_of(service(**changes), now=NOW).status == "disabled"


@pytest.mark.parametrize(
    ("age", "limits", "power", "doubted"),
    [
        (timedelta(days=3), Limits(), "RUNNING", True),
        (timedelta(days=1), Limits(), "RUNNING", False),
        (timedelta(days=3), Limits(plan_keeps_backups=True), "RUNNING", False),
        (timedelta(days=3), Limits(), "POWEROFF", False),
    ],
)
def test_a_service_long_without_backups_is_pending_with_a_doubt(
    age: timedelta, limits: Limits, power: str, doubted: bool
) -> None:
    config = {"additional_backup_regions": [SECONDARY]}
    found = service(create_time=(NOW - age).isoformat(), state=power, user_config=config, backups=[])
    protection = protection_of(found, now=NOW, limits=limits)
    assert protection.status == "pending"
    assert ("perhaps its plan business-4 keeps none, which no listing tells" in protection.explanation) is doubted


def test_a_region_set_without_persistence_is_made_with_a_warning() -> None:
    found = service(service_type="valkey", user_config={"valkey_persistence": "off"})
    decision = compare(Target("shop", "copy", "enabled", SECONDARY), found)
    assert (decision.change, decision.refusal) == ("enable", None)
    assert decision.warnings == (
        "shop/copy: a copy can never be there: valkey_persistence is off, and without persistence Aiven keeps no backups",
    )
