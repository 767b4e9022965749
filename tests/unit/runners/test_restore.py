# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A restore is carried out with the promised calls, once, and check mode says the same."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._runners.restore import PATIENCE_WITHOUT_POWER
from tests.unit.runners.restores import HOME, OTHER, PARTNER, Bench, calls, code

BACKUPS = "/project/*/service/*/backups"
TAGS = {"offsite_fork_source": "shop/orders", "offsite_fork_purpose": "restore"}


def secondary_range(bench: Bench) -> tuple[str, str]:
    answer = bench.simulator.api("GET", "/project/shop/service/orders/backups")[1]
    (found,) = answer["pitr"]["additional_regions"]
    return found["pitr_range_start"], found["pitr_range_end"]


def test_the_latest_point_of_the_secondary_region(bench: Bench) -> None:
    _start, end = secondary_range(bench)
    result = bench.restore()
    assert code(result) is None
    assert (calls(result), result["api_calls"]["writes"]) == (4, 1)
    assert bench.bodies() == [
        {
            "service_name": "orders-restored",
            "service_type": "pg",
            "plan": "startup-4",
            "cloud": PARTNER,
            "tags": TAGS,
            "user_config": {"service_to_fork_from": "orders", "recovery_target_time": end},
        }
    ]
    made = bench.simulator.service("shop", "orders-restored")["fork_of"]
    assert (made["backup_location"], made["restored_to"]) == (PARTNER, end)
    restored = result["restored"]
    assert restored == {
        "source": "secondary",
        "region": PARTNER,
        "backup_name": made["backup_name"],
        "recover_to": "latest",
        "point": end,
        "rpo_seconds": restored["rpo_seconds"],
    }
    assert 0 < restored["rpo_seconds"] < 900
    assert result["recovered_to"] == end
    assert result["fork"]["state"] == "REBUILDING"
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["restored_to"] == end


# What Aiven then took, as the simulator tells it: the region, and the point by "end", "base" or a time.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any], str, int]] = {
    "latest": ({}, {}, PARTNER, 4),
    "mysql": ({"service_type": "mysql"}, {}, PARTNER, 4),
    "backup": ({}, {"recover_to": "backup"}, PARTNER, 4),
    "time": ({}, {"recover_to": "2026-08-31T22:15:00Z"}, PARTNER, 4),
    "opensearch": ({"service_type": "opensearch"}, {}, PARTNER, 4),
    "valkey": ({"service_type": "valkey"}, {"recover_to": "backup"}, PARTNER, 4),
    "grafana": ({"service_type": "grafana"}, {}, PARTNER, 4),
    "primary": ({}, {"source": "primary"}, HOME, 4),
    "primary elsewhere": ({}, {"source": "primary", "cloud": OTHER}, HOME, 4),
    "primary of a type without copies": (
        {"service_type": "clickhouse", "plan": "startup-16", "region": None},
        {"source": "primary"},
        HOME,
        4,
    ),
    "other project": ({}, {"fork_project": "lab"}, PARTNER, 5),
    "the same project": ({}, {"fork_project": "shop"}, PARTNER, 4),
    "powered off": ({"powered": False, "off_hours": 5}, {}, PARTNER, 4),
    "migrated": ({"cloud": OTHER, "primary_region": HOME}, {}, PARTNER, 4),
    "migrated into its copy": ({"cloud": PARTNER, "primary_region": HOME}, {}, PARTNER, 4),
    "paused": ({"pause": {"reason": "maintenance", "hours_ago": 6}}, {}, PARTNER, 4),
    "another plan": ({}, {"plan": "business-4"}, PARTNER, 4),
    "drill": ({}, {"purpose": "drill"}, PARTNER, 4),
    "full": (
        {},
        {
            "user_config": {"pg_version": "16", "ip_filter": ["10.0.0.0/8"]},
            "tags": {"team": "data", "cost": 4711},
            "termination_protection": True,
            "disk_space_mb": 102400,
            "maintenance": {"dow": "monday", "time": "02:00:00"},
            "project_vpc_id": "none",
        },
        PARTNER,
        4,
    ),
}


@pytest.mark.parametrize(("source", "options", "location", "expected"), CASES.values(), ids=CASES.keys())
def test_check_mode_predicts_and_a_second_run_changes_nothing(
    bench: Bench, source: dict[str, Any], options: dict[str, Any], location: str, expected: int
) -> None:
    bench.source(**source)
    check = bench.restore(check_mode=True, **options)
    assert bench.bodies() == []
    real = bench.restore(**options)
    assert code(real) is None, real["error"]
    assert real["changed"] is True
    assert (calls(check), calls(real)) == (expected - 1, expected)
    home = options.get("fork_project", "shop")
    service = bench.simulator.service(home, "orders-restored")
    assert service["fork_of"]["backup_location"] == location
    assert service["fork_of"]["backup_name"] == real["restored"]["backup_name"]
    for key in ("changed", "restored", "recovered_to", "diff", "warnings", "msg"):
        assert check[key] == real[key], key
    assert {**check["fork"], "create_time": None} == {**real["fork"], "create_time": None}
    assert service["plan"] == real["fork"]["plan"]
    assert {**service["tags"], **(real["diff"]["after"]["tags"])} == service["tags"]

    again = bench.restore(**options)
    assert (again["changed"], code(again)) == (False, None)
    assert calls(again) == (2 if home == "lab" else 1)
    assert again["diff"]["before"] == again["diff"]["after"]
    assert bench.creates(project=home) == 1

    gone = bench.restore(state="absent", check_mode=True, **options)
    protected = options.get("termination_protection", False)
    assert (gone["changed"], code(gone)) == ((False, "rejected") if protected else (True, None))
    real_gone = bench.restore(state="absent", **options)
    assert (real_gone["changed"], real_gone["diff"], code(real_gone)) == (gone["changed"], gone["diff"], code(gone))
    if not protected:
        assert calls(real_gone) == 2
        assert calls(bench.restore(state="absent", **options)) == 1


def test_options_of_the_fork(bench: Bench) -> None:
    _source, options, _location, _expected = CASES["full"]
    bench.restore(**options)
    (body,) = bench.bodies()
    config = body.pop("user_config")
    assert config.pop("recovery_target_time")
    assert config == {"pg_version": "16", "ip_filter": ["10.0.0.0/8"], "service_to_fork_from": "orders"}
    assert body == {
        "service_name": "orders-restored",
        "service_type": "pg",
        "plan": "startup-4",
        "cloud": PARTNER,
        "tags": {"team": "data", "cost": "4711", **TAGS},
        "termination_protection": True,
        "disk_space_mb": 102400,
        "maintenance": {"dow": "monday", "time": "02:00:00"},
        "project_vpc_id": None,
    }


def test_a_named_backup(bench: Bench) -> None:
    for service_type, key in (("pg", "recovery_target_time"), ("opensearch", "recovery_basebackup_name")):
        bench.source(service_type, service_type=service_type)
        listed = bench.simulator.api("GET", f"/project/shop/service/{service_type}")[1]["service"]["backups"]
        oldest = next(row for row in listed if row["additional_regions"])
        result = bench.restore(
            service_name=service_type, fork_name=f"{service_type}-old", recover_to=oldest["backup_name"]
        )
        assert code(result) is None, result["error"]
        asked = bench.bodies()[0]["user_config"]
        assert (
            asked[key]
            == result["restored"]["point"]
            == oldest["backup_time" if service_type == "pg" else "backup_name"]
        )
        made = bench.simulator.service("shop", f"{service_type}-old")["fork_of"]
        assert made["backup_name"] == result["restored"]["backup_name"] == oldest["backup_name"]


@pytest.mark.parametrize("check_mode", [True, False])
@pytest.mark.parametrize(
    ("source", "options", "expected", "count"),
    [
        ({}, {"service_name": "nobody"}, "service_not_found", 1),
        ({}, {"service_name": "nobody", "fork_project": "lab"}, "service_not_found", 2),
        ({}, {"fork_project": "nowhere"}, "permission_denied", 1),
        ({"plan": "free-1-1gb", "cloud": "do-ams"}, {}, "fork_forbidden", 1),
        ({"service_type": "kafka"}, {}, "unsupported_service_type", 2),
        ({"region": None}, {}, "nothing_to_restore", 2),
        ({"region_age_hours": 0}, {}, "nothing_to_restore", 3),
        ({}, {"source": "primary", "cloud": PARTNER}, "same_region", 2),
        ({}, {"recover_to": "2026-01-01T00:00:00Z"}, "outside_restore_range", 3),
        ({"service_type": "valkey"}, {"recover_to": "2026-08-31T22:15:00Z"}, "invalid_target", 2),
        ({}, {"recover_to": "no-such-backup"}, "nothing_to_restore", 3),
        ({}, {"fork_name": "orders"}, "service_exists_differently", 1),
        ({}, {"fork_name": "orders", "state": "absent"}, "not_owned", 1),
        ({"service_integrations": [{"integration_type": "read_replica", "source_service": "x", "dest_service": "orders"}]}, {}, "no_own_backups", 1),
    ],
)  # fmt: skip
def test_refusals_cost_no_write(
    bench: Bench, source: dict[str, Any], options: dict[str, Any], expected: str, count: int, check_mode: bool
) -> None:
    bench.source(**source)
    result = bench.restore(check_mode=check_mode, **options)
    assert (code(result), result["changed"]) == (expected, False)
    assert calls(result) == count
    assert result["msg"] == result["error"]["message"]
    assert bench.simulator.requests(method="POST") == bench.simulator.requests(method="DELETE") == []


@pytest.mark.parametrize("model", ["hipaa", "pci_dss", "standard"])
def test_a_cloud_of_one_s_own_that_forbids_forks(bench: Bench, model: str) -> None:
    """Aiven alone knows it within the calls of a restore; check mode says that it could not look."""
    bench.simulator.add_project("shop", custom_clouds=[HOME], deployment_model=model)
    bench.source(cloud=f"custom-{HOME}")
    checked = bench.restore(check_mode=True)
    assert (code(checked), calls(checked)) == (None, 3)
    assert [warning for warning in checked["warnings"] if "whether it allows forks" in warning]
    result = bench.restore()
    assert calls(result) == 4
    assert (code(result), result["changed"]) == ((None, True) if model == "standard" else ("fork_forbidden", False))
    if model != "standard":
        assert f"{model} forbids it" in result["msg"]
        assert result["error"]["status"] == 400


def test_what_is_refused_there_for_another_reason_is_rejected(bench: Bench) -> None:
    bench.simulator.add_project("shop", custom_clouds=[HOME])
    bench.source(cloud=f"custom-{HOME}")
    bench.simulator.fault(kind="400", method="POST")
    assert code(bench.restore()) == "rejected"


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"recover_to": "2026-08-31T22:15:00"}, "a time with an offset or Z"),
        ({"recover_to": "an hour ago"}, "recover_to is 'an hour ago'"),
        ({"recover_to": "2026-08-32T22:15:00Z"}, "recover_to is '2026-08-32T22:15:00Z'"),
        ({"recover_to": "0001-01-01T00:00:00+14:00"}, "recover_to is '0001-01-01T00:00:00+14:00'"),
        ({"cloud": OTHER}, "leave cloud out"),
        ({"source": "primary", "cloud": "x y"}, "give a cloud name"),
        ({"fork_name": "a/b"}, "fork_name is 'a/b'"),
        ({"fork_name": "Orders"}, "fork_name is 'Orders'"),
        ({"fork_name": "orders_restored"}, "lower-case letters, digits and hyphens"),
        ({"fork_name": "1st"}, "of which the first is a letter"),
        ({"fork_name": "x" * 65}, "at most 64"),
        ({"fork_project": ".."}, "fork_project is '..'"),
        ({"wait_timeout": -1}, "wait_timeout is -1"),
        ({"stall_timeout": "nan"}, "stall_timeout is nan"),
        ({"tags": {"offsite_fork_purpose": "drill"}}, "tags must not hold offsite_fork_purpose"),
        ({"user_config": {"recovery_target_time": "x"}}, "user_config must not hold recovery_target_time"),
        ({"user_config": {"service_to_fork_from": "x"}}, "user_config must not hold service_to_fork_from"),
    ],
)
def test_mistakes_cost_no_call(bench: Bench, options: dict[str, Any], says: str) -> None:
    with pytest.raises(AivenError) as caught:
        bench.restore(**options)
    assert caught.value.code == "invalid_target"
    assert says in caught.value.message
    assert bench.simulator.requests() == []


@pytest.mark.parametrize("service_type", ["pg", "opensearch"])
def test_the_time_of_a_base_backup_is_told(bench: Bench, service_type: str) -> None:
    bench.source("stock", service_type=service_type)
    made = bench.restore(service_name="stock", recover_to="backup")
    backups = bench.simulator.api("GET", "/project/shop/service/stock/backups")[1]["backups"]
    (newest,) = [row for row in backups if row["backup_name"] == made["restored"]["backup_name"]]
    assert (made["restored"]["point"], made["recovered_to"]) == (None, newest["backup_time"])


def test_what_cannot_be_there_is_absent(bench: Bench) -> None:
    result = bench.restore(fork_name="Orders_Restored", state="absent")
    assert (result["changed"], code(result)) == (False, None)


def test_primary_copies_are_where_the_source_has_them(bench: Bench) -> None:
    """Also for a fork that was there already; in another project its source is not read for it."""
    bench.source()
    given = {"source": "primary", "cloud": OTHER}
    assert [bench.restore(**given)["restored"]["region"] for _run in range(2)] == [HOME, HOME]
    regions = [bench.restore(fork_project="lab", **given)["restored"]["region"] for _run in range(2)]
    assert regions == [HOME, None]


# --- the region is gone ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hidden", [False, True], ids=["listed", "listing without backups"])
@pytest.mark.parametrize("fork_project", ["shop", "lab"])
def test_a_dead_region_is_restored_from_the_listing(bench: Bench, fork_project: str, hidden: bool) -> None:
    bench.source(powered=False, off_hours=5, hide_in_listing=["backups"] if hidden else [])
    bench.simulator.fault(kind="503", path=BACKUPS, count=None)
    check = bench.restore(check_mode=True, fork_project=fork_project)
    before = bench.waited
    result = bench.restore(fork_project=fork_project)
    assert bench.waited - before <= PATIENCE_WITHOUT_POWER
    assert code(result) is None, result["error"]
    assert calls(result) <= 5
    (body,) = bench.bodies()
    assert "recovery_target_time" not in body["user_config"]
    unread, unsure = result["warnings"]
    assert "the backups of shop/orders are known from its listing only" in unread
    assert "503" in unread
    assert "up to which time shop/orders can be restored could not be checked" in unsure
    restored = result["restored"]
    assert restored["point"] is None
    assert restored["backup_name"] == bench.simulator.service(fork_project, "orders-restored")["fork_of"]["backup_name"]
    assert restored["rpo_seconds"] > 5 * 3600
    assert (check["changed"], check["diff"]) == (True, result["diff"])
    assert check["restored"]["backup_name"] == restored["backup_name"]


def test_an_answer_of_a_running_source_is_waited_for(bench: Bench) -> None:
    """Without it less would be restored."""
    bench.simulator.fault(kind="503", path=BACKUPS, count=12)
    result = bench.restore()
    assert result["warnings"] == []
    assert result["restored"]["point"] is not None


def test_the_rate_limit_is_no_reason_to_restore_less(bench: Bench) -> None:
    bench.source(powered=False, off_hours=5)
    bench.simulator.fault(kind="429", path=BACKUPS, count=1, wait=50)
    result = bench.restore()
    assert bench.waited > 50
    assert result["warnings"] == []


def test_a_token_that_may_only_recover(bench: Bench) -> None:
    """It may neither read backups nor schemas."""
    bench.simulator.add_token("recover-only", roles={"*": ["role:services:recover"]})
    result = bench.restore(client=bench.client(api_token="recover-only"))
    assert code(result) is None, result["error"]
    assert "403" in result["warnings"][0]
    assert "recovery_target_time" not in bench.bodies()[0]["user_config"]


def test_a_token_that_may_not_fork_is_told_what_it_needs(bench: Bench) -> None:
    bench.simulator.add_token("read-only", roles={"*": ["developer"]})
    result = bench.restore(client=bench.client(api_token="read-only"))
    assert (code(result), result["changed"]) == ("permission_denied", False)
    assert "project:services:write" in result["msg"]
    assert "role:services:recover is enough" in result["msg"]


def test_a_type_that_can_be_forked_no_more_is_refused_by_the_live_schema(bench: Bench) -> None:
    bench.simulator.fault(
        kind="body", path="*/service-types/pg", body={"user_config_schema": {"properties": {"pg": {}}}}
    )
    assert code(bench.restore()) == "unsupported_service_type"


# --- never two forks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind",
    [
        "reset_after",
        "502_after",
        "500_after",
        "truncated_after",
        "cut_after",
        "empty_after",
        "reset_before",
        "502",
        "429",
    ],
)
@pytest.mark.parametrize("times", [1, 2])
def test_a_lost_answer_makes_one_fork(bench: Bench, kind: str, times: int) -> None:
    bench.simulator.fault(kind=kind, method="POST", path="/project/*/service", count=times)
    result = bench.restore()
    assert code(result) is None, result["error"]
    assert result["changed"] is True
    assert bench.creates() == 1
    assert calls(result) == 4


def test_a_lost_answer_that_reads_do_not_show_yet_makes_one_fork(bench: Bench) -> None:
    bench.simulator.fault(kind="reset_after", method="POST", path="/project/*/service")
    bench.simulator.fault(kind="404", method="GET", path="*/service/orders-restored", count=3)
    result = bench.restore()
    assert (code(result), bench.creates()) == (None, 1)


def test_a_service_of_somebody_else_that_comes_first_is_not_taken(bench: Bench) -> None:
    bench.simulator.fault(kind="502", method="POST", path="/project/*/service")
    row = {"service_name": "orders-restored", "service_type": "pg", "cloud_name": PARTNER, "plan": "startup-4"}
    bench.simulator.fault(
        kind="body", method="GET", path="*/service/orders-restored", body={"service": row}, count=None
    )
    result = bench.restore()
    assert (code(result), result["changed"], bench.creates()) == ("service_exists_differently", False, 0)


def test_an_answer_that_is_not_what_was_asked_for(bench: Bench) -> None:
    row = {"service_name": "orders-restored", "service_type": "pg", "cloud_name": OTHER, "plan": "startup-4"}
    bench.simulator.fault(kind="body", method="POST", path="/project/*/service", body={"service": row})
    result = bench.restore()
    assert (code(result), result["changed"]) == ("not_applied", True)
    assert OTHER in result["msg"]


def test_what_was_deleted_though_the_answer_was_lost_is_deleted_once(bench: Bench) -> None:
    bench.restore()
    bench.simulator.fault(kind="reset_after", method="DELETE", path="*")
    assert bench.restore(state="absent")["changed"] is True


# --- an end that somebody wants -----------------------------------------------------------------------------------------------


def interrupted_after(requests: int, bench: Bench) -> Any:
    def guard() -> None:
        if len(bench.simulator.requests()) >= requests:
            raise Interrupted("not tried: the run was ended by SIGINT")

    return guard


def test_an_interruption_before_the_write_sends_none(bench: Bench) -> None:
    result = bench.restore(guard=interrupted_after(3, bench))
    assert (code(result), result["changed"]) == ("interrupted", False)
    assert bench.creates() == 0


def test_an_interruption_of_the_wait_leaves_a_fork_that_the_next_run_waits_for(bench: Bench) -> None:
    result = bench.restore(guard=interrupted_after(4, bench), wait=True)
    assert (code(result), result["changed"]) == ("interrupted", True)
    assert "The fork itself was made: run again" in result["msg"]
    again = bench.restore(wait=True)
    assert (code(again), again["changed"], again["fork"]["state"]) == (None, False, "RUNNING")
    assert bench.creates() == 1
