# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every decision about one target."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import (
    CreateSpec,
    Decision,
    check,
    compare,
    create_body,
    diff,
    needs_facts,
    predict,
    update_body,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Service, State, Target

HOME, OTHER, THIRD = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-west-3"
CLOUDS = {
    cloud.name: cloud
    for cloud in (
        Cloud(HOME, "aws", "europe", 53.35, -6.26),
        Cloud(OTHER, "aws", "europe", 50.11, 8.68),
        Cloud(THIRD, "aws", "europe", 48.86, 2.35),
        Cloud("aws-far", "aws", "australia", -33.87, 151.2),
        Cloud("google-europe-west1", "google", "europe", 50.45, 3.82),
        Cloud("aws-by-name-only", "upcloud", "europe", 50.0, 8.0),
        Cloud("avn-ovh-gra", None, "europe", 50.99, 2.13),
        Cloud("custom-aws-eu-north-1", None, None, None, None),
    )
}
CREATE = CreateSpec("pg", "business-4", HOME, {})


def service(secondary: str | None = None, **changes: Any) -> Service:
    facts: dict[str, Any] = {
        "project": "shop",
        "name": "orders-db",
        "service_type": "pg",
        "plan": "business-4",
        "cloud_name": HOME,
        "state": "RUNNING",
        "secondary_region": secondary,
        "primary_region": HOME,
    }
    return Service(**{**facts, **changes})


def target(region: str | None = OTHER, state: State = "enabled") -> Target:
    return Target("shop", "orders-db", state, region)


OFF = target(None, "disabled")


def decide(
    wanted: Target, actual: Service | None, create: CreateSpec | None = None, *, supports_btar: bool = True
) -> Decision:
    return check(compare(wanted, actual, create), wanted, actual, create, clouds=CLOUDS, supports_btar=supports_btar)


@pytest.mark.parametrize(
    ("wanted", "actual", "create", "change", "after", "words"),
    [
        (target(), None, CREATE, "create", OTHER, "the service does not exist: create pg business-4 in aws-eu-west-1"),
        (target(), service(), None, "enable", OTHER, f"no secondary region, {OTHER} wanted"),
        (target(), service(), CREATE, "enable", OTHER, f"no secondary region, {OTHER} wanted"),
        (target(), service(OTHER), None, None, OTHER, f"secondary region is {OTHER}"),
        (target(), service(OTHER), CREATE, None, OTHER, f"secondary region is {OTHER}"),
        (target(), service(THIRD), None, "move", OTHER, f"copies in {THIRD} are lost"),
        (OFF, service(OTHER), None, "disable", None, f"its copies in {OTHER} will be deleted"),
        (OFF, service(), None, None, None, "no secondary region"),
        # Actual equals wanted: no rule is looked at, however broken.
        (target("google-europe-west1"), service("google-europe-west1"), None, None, "google-europe-west1", ""),
        (target(HOME), service(HOME), None, None, HOME, ""),
        (target("nowhere"), service("nowhere"), None, None, "nowhere", ""),
        (target(), service(OTHER, service_type="kafka"), None, None, OTHER, ""),
        # A disable is never held up by rules.
        (OFF, service("nowhere"), None, "disable", None, ""),
        (OFF, service(OTHER, service_type="kafka"), None, "disable", None, ""),
        (OFF, service(OTHER, state="POWEROFF"), None, "disable", None, ""),
        # Unknown states are no reason to refuse.
        (target(), service(state="SOMETHING_NEW"), None, "enable", OTHER, ""),
        (target(), service(state=""), None, "enable", OTHER, ""),
    ],
)
def test_decisions(
    wanted: Target,
    actual: Service | None,
    create: CreateSpec | None,
    change: str | None,
    after: str | None,
    words: str,
) -> None:
    decision = decide(wanted, actual, create)
    assert (decision.change, decision.after, decision.refusal, decision.warnings) == (change, after, None, ())
    assert decision.before == (actual.secondary_region if actual else None)
    assert words in decision.reason
    assert decision.reason


@pytest.mark.parametrize(
    ("wanted", "actual", "create", "code", "words"),
    [
        (target(), None, None, "service_not_found", "service shop/orders-db does not exist. Give `create`"),
        (OFF, None, None, "service_not_found", "service shop/orders-db does not exist."),
        (OFF, None, CREATE, "service_not_found", "service shop/orders-db does not exist."),
        (target(None), service(), None, "invalid_target", "shop/orders-db is to be enabled, but no region"),
        (target(None), service(OTHER), None, "invalid_target", "no region"),
        (target(""), service(OTHER), None, "invalid_target", "no region"),
        (target(None), None, CREATE, "invalid_target", "no region"),
        (target("nowhere"), service(), None, "unknown_region", "region 'nowhere' of shop/orders-db"),
        (target("nowhere"), service(), None, "unknown_region", f"Choose for example {THIRD}, {OTHER}, aws-far."),
        (target("aws-eu-centrl-1"), service(), None, "unknown_region", f"for the project; did you mean {OTHER}"),
        (target(), None, CreateSpec("pg", "p", "nowhere", {}), "unknown_region", "create.cloud 'nowhere'"),
        (target(HOME), service(), None, "same_region", f"{HOME} cannot hold the second backup of shop/orders-db"),
        (target(HOME), None, CREATE, "same_region", "it is the cloud that the service runs in"),
        (replace(target(), service_name="Orders_db"), None, CREATE, "invalid_target", "service_name is 'Orders_db'"),
        (target(THIRD), service(primary_region=THIRD), None, "same_region", "it is the primary region"),
        (target(HOME), service(primary_region=THIRD), None, "same_region", "it is the cloud that the service runs in"),
        (
            target("google-europe-west1"),
            service(),
            None,
            "provider_mismatch",
            "google-europe-west1 cannot hold backups of shop/orders-db: its provider is google, aws-eu-west-1 is on aws. "
            f"Choose for example {THIRD}, {OTHER}, aws-far.",
        ),
        (target("google-europe-west1"), None, CREATE, "provider_mismatch", "its provider is google"),
        # The provider is what the API says, whatever the name begins with.
        (target("aws-by-name-only"), service(), None, "provider_mismatch", "its provider is upcloud"),
        (target(), service(cloud_name="aws-by-name-only"), None, "provider_mismatch", "aws-by-name-only is on upcloud"),
        # After a migration to another provider neither side's regions are allowed.
        (
            target(),
            service(cloud_name="google-europe-west1"),
            None,
            "provider_mismatch",
            "google-europe-west1 is on google",
        ),
        (target(), service(primary_region="google-europe-west1"), None, "provider_mismatch", "is on google"),
        (
            target(),
            service(primary_region="google-europe-west1"),
            None,
            "provider_mismatch",
            f"No region has the provider of both, as Aiven asks: google-europe-west1 is google and {HOME} is aws.",
        ),
        (
            target(),
            service(service_type="mysql"),
            CREATE,
            "service_exists_differently",
            "mysql service, create says pg",
        ),
        (target(), service(OTHER, service_type="mysql"), CREATE, "service_exists_differently", "create.service_type"),
        (target(), service(THIRD, primary_region=OTHER), None, "same_region", "it is the primary region"),
    ],
)
def test_refusals(wanted: Target, actual: Service | None, create: CreateSpec | None, code: str, words: str) -> None:
    decision = decide(wanted, actual, create)
    assert decision.refusal is not None
    assert decision.refusal.code == code
    assert words in decision.refusal.message
    assert decision.reason == decision.refusal.message
    assert decision.before == decision.after == (actual.secondary_region if actual else None)


@pytest.mark.parametrize("actual", [service(), service(THIRD), None])
def test_a_type_without_btar_is_refused_by_its_live_schema(actual: Service | None) -> None:
    create = CREATE if actual is None else None
    decision = decide(target(), actual, create, supports_btar=False)
    assert decision.refusal is not None
    assert decision.refusal.code == "unsupported_service_type"
    assert "pg services" in decision.refusal.message


def test_the_live_schema_wins_over_what_this_version_knows() -> None:
    assert decide(target(), service(service_type="brand-new-type")).change == "enable"


@pytest.mark.parametrize(
    ("wanted", "actual", "blank"),
    [
        (target("avn-ovh-gra"), service(), "avn-ovh-gra"),
        (target(), service(cloud_name="avn-ovh-gra", primary_region="avn-ovh-gra"), "avn-ovh-gra"),
        (target(), service(cloud_name="not-listed", primary_region="not-listed"), "not-listed"),
        (target(), service(primary_region="not-listed"), "not-listed"),
        (target("custom-aws-eu-north-1"), service(cloud_name="custom-aws-eu-west-1"), "custom-aws-eu-north-1"),
    ],
)
def test_a_provider_that_aiven_does_not_name_is_a_warning(wanted: Target, actual: Service, blank: str) -> None:
    decision = decide(wanted, actual)
    assert (decision.change, decision.refusal) == ("enable", None)
    assert any(f"the provider of {blank} is not known" in warning for warning in decision.warnings)
    assert len(set(decision.warnings)) == len(decision.warnings)


def test_the_warning_names_whichever_side_is_not_known() -> None:
    unknown_region = decide(target("avn-ovh-gra"), service()).warnings
    unknown_place = decide(target(), service(cloud_name="avn-ovh-gra", primary_region="avn-ovh-gra")).warnings
    asked = "shop/orders-db: the provider of avn-ovh-gra is not known, so neither is whether Aiven allows"
    assert (unknown_region, unknown_place) == ((f"{asked} it",), (f"{asked} {OTHER}",))


def test_a_remedy_names_the_three_nearest() -> None:
    more = {**CLOUDS, "aws-eu-south-1": Cloud("aws-eu-south-1", "aws", "europe", 45.46, 9.19)}
    wanted, actual = target("nowhere"), service()
    checked = check(compare(wanted, actual), wanted, actual, None, clouds=more, supports_btar=True)
    assert checked.refusal is not None
    assert checked.refusal.message.endswith(f"Choose for example {THIRD}, {OTHER}, aws-eu-south-1.")


def test_the_cloud_of_create_matters_only_to_a_service_that_is_to_be_created() -> None:
    decision = decide(target(), service(), CreateSpec("pg", "business-4", "nowhere", {}))
    assert (decision.change, decision.refusal) == ("enable", None)


def test_no_creation_is_offered_to_who_wants_no_copy() -> None:
    refusal = decide(OFF, None).refusal
    assert refusal is not None
    assert refusal.message == "service shop/orders-db does not exist."


def test_clouds_without_provider_are_no_remedy() -> None:
    """They would only be alike in that nothing is known of them."""
    refusal = decide(target("nowhere"), service(cloud_name="avn-ovh-gra", primary_region="avn-ovh-gra")).refusal
    assert refusal is not None
    assert "Choose" not in refusal.message


@pytest.mark.parametrize(("secondary", "change"), [(None, "enable"), (THIRD, "move"), (OTHER, None)])
def test_a_service_that_is_powered_off_may_be_changed_and_the_reason_says_so(
    secondary: str | None, change: str
) -> None:
    decision = decide(target(), service(secondary, state="POWEROFF"))
    assert (decision.change, decision.refusal) == (change, None)
    assert "powered off: nothing replicates until it is powered on" in decision.reason


@pytest.mark.parametrize("secondary", [None, OTHER, THIRD])
def test_a_service_that_is_otherwise_than_create_says_is_left_as_it_is(secondary: str | None) -> None:
    actual = service(secondary, plan="startup-4", cloud_name="aws-far")
    decision = decide(target(), actual, CREATE)
    assert decision.refusal is None
    assert decision.warnings == (
        "shop/orders-db exists with plan startup-4, create says business-4: left as it is",
        "shop/orders-db exists with cloud aws-far, create says aws-eu-west-1: left as it is",
    )
    if decision.change:
        assert update_body(decision) == {"user_config": {"additional_backup_regions": [OTHER]}}


def test_only_a_change_of_region_needs_facts() -> None:
    assert needs_facts(compare(target(), service()))
    assert needs_facts(compare(target(), service(THIRD)))
    assert needs_facts(compare(target(), None, CREATE))
    assert not needs_facts(compare(target(), service(OTHER)))
    assert not needs_facts(compare(OFF, service(OTHER)))
    assert not needs_facts(compare(OFF, service()))
    assert not needs_facts(compare(target(), None))
    assert not needs_facts(compare(target(), service(service_type="mysql"), CREATE))
    assert not needs_facts(decide(target(HOME), None, CREATE))


def test_a_target_without_a_region_has_nothing_to_check() -> None:
    decision = compare(target(), service())
    assert check(decision, target(None), service(), None, clouds=CLOUDS, supports_btar=True) is decision


# What is sent


@pytest.mark.parametrize(
    ("wanted", "actual", "regions"),
    [(target(), service(), [OTHER]), (target(), service(THIRD), [OTHER]), (OFF, service(THIRD), [])],
)
def test_an_update_sends_the_secondary_region_and_nothing_else(
    wanted: Target, actual: Service, regions: list[str]
) -> None:
    assert update_body(decide(wanted, actual)) == {"user_config": {"additional_backup_regions": regions}}


def test_a_create_sends_what_was_given_and_nothing_else() -> None:
    assert create_body(target(), CREATE) == {
        "service_name": "orders-db",
        "service_type": "pg",
        "plan": "business-4",
        "cloud": HOME,
        "user_config": {"additional_backup_regions": [OTHER]},
    }
    options = {"user_config": {"pg_version": "16"}, "tags": {"a": "b"}, "project_vpc_id": None, "static_ips": []}
    body = create_body(target(), CreateSpec("pg", "business-4", HOME, options))
    assert body["user_config"] == {"pg_version": "16", "additional_backup_regions": [OTHER]}
    assert {key: body[key] for key in ("tags", "project_vpc_id", "static_ips")} == {
        "tags": {"a": "b"},
        "project_vpc_id": None,
        "static_ips": [],
    }
    assert len(body) == 8
    assert options["user_config"] == {"pg_version": "16"}


# What is shown


@pytest.mark.parametrize(
    ("wanted", "actual", "before", "after"),
    [
        (target(), service(), [], [OTHER]),
        (target(), service(THIRD), [THIRD], [OTHER]),
        (target(), service(OTHER), [OTHER], [OTHER]),
        (OFF, service(THIRD), [THIRD], []),
        (OFF, service(), [], []),
        (target(HOME), service(THIRD), [THIRD], [THIRD]),
    ],
)
def test_the_diff_of_a_service_that_exists(
    wanted: Target, actual: Service, before: list[str], after: list[str]
) -> None:
    assert diff(wanted, decide(wanted, actual)) == {
        "before_header": "shop/orders-db",
        "after_header": "shop/orders-db",
        "before": {"additional_backup_regions": before},
        "after": {"additional_backup_regions": after},
    }


def test_the_diff_of_a_create() -> None:
    shown = diff(target(), decide(target(), None, CREATE), CREATE)
    assert (shown["before"], shown["after"]) == (
        {},
        {"service_type": "pg", "plan": "business-4", "cloud": HOME, "additional_backup_regions": [OTHER]},
    )
    refused = diff(target(HOME), decide(target(HOME), None, CREATE), CREATE)
    assert (refused["before"], refused["after"]) == ({}, {})
    assert diff(target(), decide(target(), None, CREATE))["after"] == {}


def test_the_prediction_of_a_create() -> None:
    create = CreateSpec("pg", "business-4", HOME, {"termination_protection": True, "tags": {"team": 7}})
    predicted = predict(target(), None, create, decide(target(), None, create))
    assert predicted == service(OTHER, state="REBUILDING", termination_protection=True, tags={"team": "7"})
    plain = predict(target(), None, CREATE, decide(target(), None, CREATE))
    assert plain == service(OTHER, state="REBUILDING", termination_protection=False, tags={})
    assert predict(target(HOME), None, CREATE, decide(target(HOME), None, CREATE)) is None
    assert predict(target(), None, None, decide(target(), None)) is None
    assert predict(target(), None, None, Decision(None, None, None, "")) is None
