# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which change of protection is which event, and what a state file may hold."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES, Protection
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection_changes import (
    Sight,
    changes_between,
    count_by_protection,
    kind_of,
    seconds_to_next_look,
    sight_of,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.watch_state import (
    SCHEMA,
    InvalidState,
    WatchState,
    parse_state,
)

NOW = datetime(2026, 9, 1, 12, tzinfo=UTC)
SCOPE = {"api_url": "https://api.aiven.io", "services": None, "service_types": ["pg"]}
ORDERS = Service("shop", "orders", "pg", "business-4", "aws-eu-west-1", "RUNNING", "aws-eu-central-1", "aws-eu-west-1")
SIGHT = Sight("pg", "protected", "aws-eu-central-1", "2026-09-01T00:00:00Z", None, "2026-08-01T00:00:00Z")

texts = st.none() | st.text(max_size=8)
sights = st.builds(
    Sight, st.sampled_from(["pg", "kafka"]), st.sampled_from(STATUSES), texts, texts, texts, st.text(max_size=8)
)
looks = st.dictionaries(st.text("abc-", min_size=1, max_size=3), sights, max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=7) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


def seen(protection: Any, **facts: Any) -> Sight:
    return SIGHT._replace(protection=protection, **facts)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("protected", "paused", "paused"),
        ("protected", "lagging", "lagging"),
        ("protected", "pending", "lost"),
        ("protected", "disabled", "lost"),
        ("protected", "unknown", "unknown"),
        ("lagging", "paused", "paused"),
        ("paused", "disabled", "lost"),
        ("disabled", "unsupported", "lost"),
        ("paused", "protected", "recovered"),
        ("disabled", "protected", "recovered"),
        ("disabled", "pending", "improved"),
        ("paused", "lagging", "improved"),
        ("unknown", "pending", "improved"),
        ("paused", "paused", None),
        ("protected", "protected", None),
    ],
)
def test_kinds(before: str, after: str, kind: str | None) -> None:
    assert kind_of(seen(before), seen(after)) == kind


def test_kinds_of_services_that_come_and_go() -> None:
    assert (kind_of(None, SIGHT), kind_of(SIGHT, None), kind_of(None, None)) == ("appeared", "gone", None)


def test_an_event() -> None:
    after = seen("paused", pause_reason="quota", since="2026-09-01T12:00:00Z")
    (change,) = changes_between("shop", {"orders": SIGHT}, {"orders": after}, NOW, {"orders": "paused: quota"})
    event = change.as_event()
    assert len(event.pop("id")) == 16
    assert event == {
        "kind": "paused",
        "direction": "worse",
        "project": "shop",
        "service_name": "orders",
        "service_type": "pg",
        "host": "orders.shop",
        "before": {
            "protection": "protected",
            "region": "aws-eu-central-1",
            "restore_point": "2026-09-01T00:00:00Z",
            "pause_reason": None,
            "since": "2026-08-01T00:00:00Z",
        },
        "after": {
            "protection": "paused",
            "region": "aws-eu-central-1",
            "restore_point": "2026-09-01T00:00:00Z",
            "pause_reason": "quota",
            "since": "2026-09-01T12:00:00Z",
        },
        "explanation": "paused: quota",
        "time": "2026-09-01T12:00:00Z",
    }


def test_one_that_is_gone_has_nothing_after() -> None:
    (change,) = changes_between("shop", {"orders": SIGHT}, {}, NOW)
    event = change.as_event()
    assert (event["kind"], event["direction"], event["after"], event["service_type"]) == ("gone", "worse", None, "pg")


def test_one_that_appeared_is_neither_worse_nor_better() -> None:
    (change,) = changes_between("shop", {}, {"orders": SIGHT}, NOW)
    assert (change.kind, change.direction, change.as_event()["before"]) == ("appeared", None, None)


@pytest.mark.parametrize("name", ["{{ x }}", "a,b", "", "a b", "*", "-x"])
def test_a_name_that_ansible_might_misread_is_no_host(name: str) -> None:
    (change,) = changes_between("shop", {}, {name: SIGHT}, NOW)
    assert "host" not in change.as_event()


def test_since_is_when_the_protection_was_first_seen() -> None:
    protection = Protection("paused", "", pause_reason="quota")
    first = sight_of(ORDERS, protection, NOW, SIGHT)
    later = sight_of(ORDERS, protection, NOW + timedelta(hours=1), first)
    moved = sight_of(replace(ORDERS, secondary_region="aws-eu-north-1"), protection, NOW + timedelta(hours=2), later)
    assert [first.since, later.since, moved.since] == [
        "2026-09-01T12:00:00Z",
        "2026-09-01T12:00:00Z",
        "2026-09-01T14:00:00Z",
    ]


def test_the_id_tells_events_apart_and_repetitions_not() -> None:
    paused = {"orders": seen("paused", since="2026-09-01T12:00:00Z")}
    (told,) = changes_between("shop", {"orders": SIGHT}, paused, NOW)
    (again,) = changes_between("shop", {"orders": SIGHT}, paused, NOW + timedelta(minutes=5))
    (other,) = changes_between("shop", {"orders": SIGHT}, {"orders": seen("paused", since="2026-09-02T12:00:00Z")}, NOW)
    assert told.as_event()["id"] == again.as_event()["id"] != other.as_event()["id"]


@given(looks, looks)
def test_what_was_told_is_not_told_again(before: dict[str, Sight], after: dict[str, Sight]) -> None:
    """To apply each change to what was known leaves nothing that would be told of the same look."""
    known = dict(before)
    for change in changes_between("shop", before, after, NOW):
        if change.after is None:
            del known[change.service_name]
        else:
            known[change.service_name] = change.after
    assert changes_between("shop", known, after, NOW) == []


@given(looks, looks)
def test_worse_one_way_is_better_the_other(before: dict[str, Sight], after: dict[str, Sight]) -> None:
    there = {change.service_name: change.direction for change in changes_between("shop", before, after, NOW)}
    back = {change.service_name: change.direction for change in changes_between("shop", after, before, NOW)}
    both = [name for name in there if name in before and name in after]
    assert {(there[name], back[name]) for name in both} <= {("worse", "better"), ("better", "worse")}
    assert {there[name] for name in there if name not in after} <= {"worse"}


@pytest.mark.parametrize(("failures", "seconds"), [(0, 300), (1, 300), (2, 600), (3, 900), (4, 900), (10**6, 900)])
def test_the_wait_after_failures(failures: int, seconds: float) -> None:
    assert seconds_to_next_look(failures, 300, 900) == seconds


def test_the_wait_is_never_shorter_than_the_interval() -> None:
    assert seconds_to_next_look(5, 3600, 900) == 3600


def test_counts() -> None:
    assert count_by_protection([SIGHT, seen("paused"), SIGHT]) == {"paused": 1, "protected": 2}


def written(state: WatchState) -> Any:
    return json.loads(json.dumps(state.as_dict()))


@given(st.dictionaries(st.text(max_size=4), looks, max_size=3))
def test_a_state_is_read_as_it_was_written(projects: dict[str, dict[str, Sight]]) -> None:
    state = WatchState(SCOPE, projects, {"shop": "2026-09-01T12:00:00Z"})
    assert parse_state(written(state), SCOPE) == state


def test_a_state_of_another_watch_is_of_no_use() -> None:
    with pytest.raises(InvalidState, match="another api_url"):
        parse_state(written(WatchState(SCOPE)), {**SCOPE, "service_types": None})


@given(JSON)
def test_anything_else_is_no_state(body: Any) -> None:
    with pytest.raises(InvalidState):
        parse_state(body, SCOPE)


@given(st.sampled_from(["projects", "blind"]), JSON)
def test_a_state_with_anything_in_it_is_read_or_refused(key: str, value: Any) -> None:
    body = {**written(WatchState(SCOPE)), key: value}
    try:
        state = parse_state(body, SCOPE)
    except InvalidState:
        return
    assert parse_state(written(state), SCOPE) == state
    assert {sight.protection for sights in state.projects.values() for sight in sights.values()} <= set(STATUSES)


@given(st.lists(JSON, min_size=6, max_size=6))
def test_a_service_with_anything_in_it_is_read_or_refused(row: list[Any]) -> None:
    body = {"schema": SCHEMA, "scope": SCOPE, "projects": {"shop": {"orders": row}}, "blind": {}}
    with pytest.raises(InvalidState, match="shop/orders"):
        parse_state(body, SCOPE)
