# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the way of a restore. A new obstacle gets its rows in ``CASES``."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import ForkSource
from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows
from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import (
    LEVELS,
    OBSTACLES,
    RESTORABLE,
    ForkCase,
    RestoreFrom,
    obstacles_of,
    restorable,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import Vpc
from tests.unit.core.audits import PRIMARY, SECONDARY, hours_ago, service
from tests.unit.core.losses import EVERYWHERE, REPLICA, VPC_HERE, VPC_THERE, plans

IN_VPC = {"project_vpc_id": "vpc-here"}
GONE: dict[str, Any] = {"restore_from": None, "restore_point": None, "lost": frozenset({PRIMARY})}
KEPT = frozenset(kind.code for kind in OBSTACLES)


def case(*, of: dict[str, Any] | None = None, source: dict[str, Any] | None = None, **facts: Any) -> ForkCase:
    """A pg service that could be restored at once, but for what is given."""
    secondary = SECONDARY if facts.get("restore_from", True) or "lost" in facts else None
    one = service(**{"secondary": secondary, "service_type": "pg", **(of or {})})
    known: dict[str, Any] = {
        "restore_from": RestoreFrom("secondary", SECONDARY),
        "restore_point": hours_ago(1),
        "plans": EVERYWHERE,
        "vpcs": (),
    }
    return ForkCase(ForkSource(one, **(source or {})), **{**known, **facts})


# code, its message, whether it can be restored then, and the case
CASES: list[tuple[str, str, str, ForkCase]] = [
    (
        "no_own_backups",
        "it is a read replica of shop-prod/main and has no backups of its own",
        "no",
        case(of={"follows": Follows("read_replica", "shop-prod/main")}),
    ),
    (
        "no_own_backups",
        "it is the recovery service of shop-prod/main",
        "no",
        case(of={"follows": Follows("disaster_recovery", "shop-prod/main")}, **GONE),
    ),
    (
        "fork_forbidden",
        "valkey_persistence is off",
        "no",
        case(of={"service_type": "valkey", "persistent": False}),
    ),
    (
        "fork_forbidden",
        "Aiven forbids forks of mysql on the plan free-1-1gb",
        "no",
        case(of={"service_type": "mysql", "plan": "free-1-1gb"}),
    ),
    (
        "unsupported_service_type",
        "Aiven offers no backup to another region for the type kafka",
        "no",
        case(of={"service_type": "kafka", "secondary": None}, **GONE),
    ),
    (
        "secondary_region_lost",
        "its secondary region aws-eu-central-1 is gone as well",
        "no",
        case(**{**GONE, "lost": frozenset({PRIMARY, SECONDARY})}),
    ),
    ("no_secondary_region", "no secondary region is set", "no", case(of={"secondary": None}, **GONE)),
    ("nothing_to_restore", "no backup is in aws-eu-central-1", "no", case(restore_point=None)),
    (
        "backups_unknown",
        "whether a backup is in aws-eu-central-1 is not known",
        "unknown",
        case(restore_point=None, backups_known=False),
    ),
    (
        "plan_not_offered",
        "business-4 is not offered in aws-eu-central-1; offered there and as large: a, b, c and others",
        "prepare",
        case(plans=plans(business_4=(PRIMARY,), **dict.fromkeys("abcd", (SECONDARY,)))),
    ),
    (
        "plan_not_offered",
        "business-4 is not offered in aws-eu-central-1; offered there and as large: none",
        "prepare",
        case(plans={}),
    ),
    (
        "plan_not_offered",
        "no service can be forked to a free plan; offered there and as large: business-4",
        "prepare",
        case(of={"plan": "free-1-1gb"}),
    ),
    (
        "plan_not_offered",
        "no service can be forked to a free plan",
        "prepare",
        case(of={"plan": "free-1-1gb"}, plans=None),
    ),
    (
        "vpc_missing",
        "it is in a VPC, and project shop-prod has no active one in aws-eu-central-1",
        "prepare",
        case(source=IN_VPC, vpcs=(VPC_HERE,)),
    ),
    (
        "vpc_missing",
        "no active one",
        "prepare",
        case(source=IN_VPC, vpcs=(VPC_HERE, Vpc("vpc-there", SECONDARY, "APPROVED"))),
    ),
    ("plan_unchecked", "whether business-4 is offered in aws-eu-central-1 is not known", "yes", case(plans=None)),
    (
        "vpc_unchecked",
        "it is in a VPC; whether there is one in aws-eu-central-1 is not known",
        "yes",
        case(source=IN_VPC, vpcs=None),
    ),
    (
        "vpc_unchecked",
        "its VPC is none of project shop-prod",
        "yes",
        case(source={"project_vpc_id": "of-the-organization"}, vpcs=(VPC_THERE,)),
    ),
    ("no_pitr", "opensearch can be restored to a backup", "yes", case(of={"service_type": "opensearch"})),
    ("customer_key", "encrypted with your own key", "yes", case(of={"customer_key": True})),
    ("follower", "its read replica orders-replica runs elsewhere", "yes", case(followers=(REPLICA,))),
]


@pytest.mark.parametrize(
    ("code", "words", "answer", "given"), CASES, ids=lambda value: value if isinstance(value, str) else ""
)
def test_an_obstacle_is_named(code: str, words: str, answer: str, given: ForkCase) -> None:
    found = obstacles_of(given)
    assert words in {obstacle.code: obstacle.message for obstacle in found}[code]
    assert restorable(found) == answer


def test_every_obstacle_has_a_case() -> None:
    assert {code for code, _words, _answer, _case in CASES} == KEPT


def test_nothing_is_in_the_way_of_a_usual_service() -> None:
    assert obstacles_of(case()) == ()
    assert obstacles_of(case(source=IN_VPC, vpcs=(VPC_HERE, VPC_THERE))) == ()
    assert restorable(()) == "yes"


def test_what_blocks_stands_alone() -> None:
    found = obstacles_of(case(restore_point=None, plans={}, of={"customer_key": True}, source=IN_VPC, vpcs=(VPC_HERE,)))
    assert [obstacle.code for obstacle in found] == ["nothing_to_restore"]


def test_several_things_to_prepare_are_all_told() -> None:
    found = obstacles_of(case(plans={}, source=IN_VPC, vpcs=(VPC_HERE,), of={"service_type": "grafana"}))
    assert [obstacle.code for obstacle in found] == ["plan_not_offered", "vpc_missing", "no_pitr"]


def test_a_plan_of_which_the_api_does_not_say_where_it_is_offered_is_not_known() -> None:
    offered = plans(business_4=())
    anywhere = {name: type(plan)(plan.name, None) for name, plan in offered.items()}
    assert [obstacle.code for obstacle in obstacles_of(case(plans=anywhere))] == ["plan_unchecked"]


def test_the_table_is_whole() -> None:
    assert len(KEPT) == len(OBSTACLES)
    for kind in OBSTACLES:
        assert kind.level in LEVELS
        assert kind.remedy.endswith(".") and not kind.title.endswith(".")
    # What blocks is looked at first: it stands alone.
    levels = [kind.level for kind in OBSTACLES]
    assert levels.index("unknown") == levels.count("blocks")
    assert set(RESTORABLE) == {answer for _code, _words, answer, _case in CASES}
