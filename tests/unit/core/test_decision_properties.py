# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every decision: applied once it is done, predicted it is the same, and it shows no secret.

A few lines stand for Aiven: they take the very bodies that would be sent, merge user_config key by key and replace
arrays, and answer with a service as the API does. What they answer is parsed by the collection.
"""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

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
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    CHANGES,
    Cloud,
    Clouds,
    Service,
    Target,
    parse_service_answer,
)

CANARY = "cAnArY-secret"
NAMES = ["aws-a", "aws-b", "aws-c", "google-a", "google-b", "nobody-a", "unlisted"]

providers = st.sampled_from(["aws", "google", None])
coordinates = st.none() | st.floats(-90, 90)
regions = st.sampled_from(NAMES)
random_clouds = st.lists(st.builds(Cloud, regions, providers, st.none(), coordinates, coordinates)).map(
    lambda clouds: {cloud.name: cloud for cloud in clouds}
)
# Random clouds alone would leave few changes that are allowed.
usual_clouds = {name: Cloud(name, name.partition("-")[0], "europe", 50.0, float(ord(name[-1]))) for name in NAMES[:5]}
clouds_lists = st.just(usual_clouds) | random_clouds
support = st.sampled_from([True, True, True, False])
targets = st.builds(Target, st.just("shop"), st.just("orders-db"), st.just("enabled"), st.none() | regions) | st.just(
    Target("shop", "orders-db", "disabled")
)
secrets = st.fixed_dictionaries(
    {},
    optional={
        "admin_password": st.just(CANARY),
        "additional_backup_regions": st.just([CANARY]),
        "nested": st.just({"key": [CANARY]}),
    },
)
creates = st.none() | st.builds(
    CreateSpec,
    st.sampled_from(["pg", "mysql"]),
    st.sampled_from(["business-4", "startup-4"]),
    regions,
    st.fixed_dictionaries(
        {},
        optional={
            "user_config": secrets,
            "tags": st.dictionaries(st.text(), st.text() | st.integers(), max_size=2),
            "termination_protection": st.booleans(),
            "tech_emails": st.just([{"email": CANARY}]),
            "project_vpc_id": st.none(),
        },
    ),
)
rows = st.none() | st.fixed_dictionaries(
    {
        "service_name": st.just("orders-db"),
        "service_type": st.sampled_from(["pg", "mysql"]),
        "plan": st.sampled_from(["business-4", "startup-4"]),
        "cloud_name": regions,
        "state": st.sampled_from(["RUNNING", "REBUILDING", "POWEROFF", "SOMETHING_NEW"]),
        "user_config": st.fixed_dictionaries(
            {"admin_password": st.just(CANARY)}, optional={"additional_backup_regions": st.lists(regions, max_size=1)}
        ),
        "service_uri": st.just(f"postgres://{CANARY}"),
        "users": st.just([{"password": CANARY}]),
    },
    optional={
        "backups": st.lists(
            st.fixed_dictionaries({"backup_time": st.just("2026-08-20T00:11:22Z"), "storage_location": regions}),
            max_size=2,
        )
    },
)

Row = dict[str, Any]


def parsed(row: Row | None) -> Service | None:
    return None if row is None else parse_service_answer("shop", {"service": row})


def decided(
    target: Target, service: Service | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> Decision:
    decision = compare(target, service, create)
    if not needs_facts(decision):
        return decision
    return check(decision, target, service, create, clouds=clouds, supports_btar=supports_btar)


def apply(row: Row | None, target: Target, create: CreateSpec | None, decision: Decision) -> Row | None:
    """Aiven: what becomes of the service when the decision's body arrives."""
    if decision.refusal is not None or decision.change is None:
        return row
    if decision.change == "create":
        assert create is not None
        body = copy.deepcopy(create_body(target, create))
        return {**body, "cloud_name": body.pop("cloud"), "state": "REBUILDING"}
    assert row is not None
    return {**row, "user_config": {**row["user_config"], **update_body(decision)["user_config"]}}


@settings(max_examples=300, deadline=None)
@given(targets, rows, creates, clouds_lists, support)
def test_deciding_again_after_applying_gives_nothing(
    target: Target, row: Row | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> None:
    decision = decided(target, parsed(row), create, clouds, supports_btar)
    if decision.refusal is not None:
        return
    again = decided(target, parsed(apply(row, target, create, decision)), create, clouds, supports_btar)
    assert (again.change, again.refusal) == (None, None)
    assert again.before == again.after == decision.after


@settings(max_examples=300, deadline=None)
@given(targets, rows, creates, clouds_lists, support)
def test_what_is_predicted_is_what_comes(
    target: Target, row: Row | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> None:
    service = parsed(row)
    decision = decided(target, service, create, clouds, supports_btar)
    predicted = predict(target, service, create, decision)
    assert predicted == parsed(apply(row, target, create, decision))


@settings(max_examples=300, deadline=None)
@given(targets, rows, creates, clouds_lists, support)
def test_the_diff_tells_what_comes(
    target: Target, row: Row | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> None:
    decision = decided(target, parsed(row), create, clouds, supports_btar)
    shown = diff(target, decision, create)
    changes = decision.change is not None and decision.refusal is None
    assert (shown["before"] != shown["after"]) is changes
    after = parsed(apply(row, target, create, decision))
    if after is not None:
        assert shown["after"]["additional_backup_regions"] == (
            [after.secondary_region] if after.secondary_region else []
        )
    json.dumps(shown)


@settings(max_examples=300, deadline=None)
@given(targets, rows, creates, clouds_lists, support)
def test_nothing_that_is_shown_holds_a_secret(
    target: Target, row: Row | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> None:
    service = parsed(row)
    decision = decided(target, service, create, clouds, supports_btar)
    shown = diff(target, decision, create)
    assert set(shown) == {"before_header", "after_header", "before", "after"}
    public = {"additional_backup_regions", "service_type", "plan", "cloud"}
    assert set(shown["before"]) | set(shown["after"]) <= public
    assert CANARY not in repr(shown) + repr(decision) + repr(predict(target, service, create, decision))


@settings(max_examples=300, deadline=None)
@given(targets, rows, creates, clouds_lists, support)
def test_what_is_decided_is_consistent(
    target: Target, row: Row | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> None:
    service = parsed(row)
    decision = decided(target, service, create, clouds, supports_btar)
    assert decision.reason
    assert decision.before == (service.secondary_region if service else None)
    if decision.refusal is not None:
        assert decision.after == decision.before
        return
    assert decision.change is None or decision.change in CHANGES
    assert (decision.change == "create") is (service is None)
    assert decision.after == (target.region if target.state == "enabled" else None)
    if decision.change in ("enable", "move") and service is not None:
        assert decision.after not in (service.cloud_name, service.primary_region)
        named = {clouds[place].provider for place in (service.cloud_name, service.primary_region) if place in clouds}
        allowed = {clouds[decision.after or ""].provider, None}
        assert named <= allowed or allowed == {None}


@settings(max_examples=300, deadline=None)
@given(targets, rows, creates, clouds_lists, support)
def test_an_update_never_holds_more_than_the_secondary_region(
    target: Target, row: Row | None, create: CreateSpec | None, clouds: Clouds, supports_btar: bool
) -> None:
    decision = decided(target, parsed(row), create, clouds, supports_btar)
    body = update_body(decision)
    assert list(body) == ["user_config"]
    assert list(body["user_config"]) == ["additional_backup_regions"]
    if decision.refusal is None and decision.change in ("enable", "move"):
        assert body["user_config"]["additional_backup_regions"] == [target.region]
