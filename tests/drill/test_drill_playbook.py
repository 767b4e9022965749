# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills of simulated services through the real ansible-playbook: which, to what point, at what price, and what is left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.drill.support import PRIMARY, READY, SECONDARY, chosen, drill, evidence, folder, forks, shown, variables
from tests.fleet.support import Site, results_of
from tests.playbooks.role_options import SPECS
from tests.simulator.client import Simulator

NAMES = ("carts", "orders", "stock")
DRILL_TAGS = {"offsite_fork_source": "shop/orders", "offsite_fork_purpose": "drill"}


@pytest.fixture
def fleet(site: Site) -> Site:
    """Three services with copies, and one of each kind that cannot be drilled."""
    site.simulator.add_project("shop")
    for name in NAMES:
        site.simulator.add_service("shop", name, **READY)
    site.simulator.add_service("shop", "bare", plan="business-4")
    site.simulator.add_service("shop", "new", **{**READY, "region_age_hours": 0})
    site.simulator.add_service("shop", "events", service_type="kafka", plan="business-4")
    site.simulator.clear_requests()
    return site


def names(run: Any) -> list[str]:
    return [row["service_name"] for row in chosen(run)["drills"]]


def creates(simulator: Simulator) -> list[dict[str, Any]]:
    return [entry["body"] for entry in simulator.requests(operation="ServiceCreate")]


def test_check_mode_says_what_would_be_drilled_and_leaves_nothing(fleet: Site) -> None:
    run = drill(fleet, "--check", btar_drill_select="all")
    assert run.returncode == 0, run.output
    assert names(run) == list(NAMES)
    assert {row["service_name"]: row["reason"] for row in chosen(run)["left_out"]}.keys() == {"bare", "new", "events"}
    assert {entry["method"] for entry in fleet.simulator.requests()} == {"GET"}
    assert not folder(fleet).exists()


def test_one_listing_a_project_is_all_that_choosing_costs(fleet: Site) -> None:
    fleet.simulator.add_service("bank", "ledger", **READY)
    run = drill(fleet, "--check")
    assert chosen(run)["api_calls"]["total"] == 2


def test_the_service_whose_drill_is_the_longest_ago_is_next(fleet: Site) -> None:
    """What was never drilled goes first; a drill that was interrupted counts for nothing."""
    order = []
    for _turn in range(2):
        run = drill(fleet)
        assert run.returncode == 0, run.output
        order += names(run)
    assert order == ["carts", "orders"]
    for body in evidence(fleet).values():
        assert (body["result"], body["rpo"]["sql_seconds"], body["fork_deleted"]) == ("passed", None, True)
    assert forks(fleet) == []


@pytest.mark.parametrize(("point", "pattern"), [("backup", "backup"), ("latest", "latest"), ("random", "20")])
def test_points(fleet: Site, point: str, pattern: str) -> None:
    run = drill(fleet, "--check", btar_drill_point=point, btar_drill_window_days=2)
    assert run.returncode == 0, run.output
    assert chosen(run)["drills"][0]["recover_to"].startswith(pattern)


def test_a_random_point_is_one_that_aiven_can_restore(fleet: Site) -> None:
    run = drill(fleet, "--limit", "orders.shop", btar_drill_point="random")
    assert run.returncode == 0, run.output
    (body,) = creates(fleet.simulator)
    assert body["user_config"]["recovery_target_time"] == chosen(run)["drills"][0]["recover_to"]


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"btar_drill_max_price": "0.0001"}, "change_not_allowed", "btar_confirm_drill_price=true"),
        ({"btar_drill_max_price": "a lot"}, "invalid_target", "US dollars an hour"),
        ({"btar_drill_count": -1}, "invalid_target", "btar_drill_count"),
        ({"btar_drill_max_forks": 0}, "invalid_target", "btar_drill_max_forks"),
        ({"btar_drill_select": "newest"}, "invalid_target", "btar_drill_select"),
        ({"btar_drill_verify": "nowhere.yml"}, "invalid_target", "nowhere.yml"),
    ],
)
def test_refusals(fleet: Site, given: dict[str, Any], code: str, words: str) -> None:
    run = drill(fleet, **given)
    assert run.returncode == 2
    assert chosen(run)["error"]["code"] == code
    assert words in chosen(run)["msg"]
    assert creates(fleet.simulator) == []


def test_nothing_that_could_be_drilled_is_an_error_with_reasons(fleet: Site) -> None:
    run = drill(fleet, "--limit", "bare.shop:events.shop")
    assert chosen(run)["error"]["code"] == "nothing_to_restore"
    assert "shop/bare: no secondary region is set" in chosen(run)["msg"]


def test_the_price_is_asked_for_and_a_yes_lets_it_pass(fleet: Site) -> None:
    run = drill(fleet, btar_drill_max_price="0.0001", btar_confirm_drill_price=True)
    assert run.returncode == 0, run.output
    assert float(evidence(fleet)["carts"]["price_usd_per_hour"]) > 0.0001


def test_a_price_that_may_not_be_read_needs_a_yes(fleet: Site) -> None:
    fleet.simulator.fault(kind="403", path="*/plans", count=None)
    run = drill(fleet, btar_drill_max_price=100)
    assert "the price of business-4 in aws-eu-central-1 is not known" in chosen(run)["msg"]


def test_forks_may_be_made_in_a_project_of_their_own_on_another_plan(fleet: Site) -> None:
    fleet.simulator.add_project("lab")
    fleet.simulator.add_token(
        "drills",
        roles={
            "shop": ["project:services:read", "service:configuration:write"],
            "lab": ["project:services:read", "project:services:write", "service:secrets:read"],
        },
    )
    fleet.write(
        "verify.yml", [{"name": "Nothing", "ansible.builtin.assert": {"that": "btar_drill_connection.host != ''"}}]
    )
    run = drill(
        fleet,
        btar_drill_project="lab",
        btar_drill_plan="startup-4",
        btar_drill_verify=str(fleet.folder / "verify.yml"),
        aiven_api_token="drills",
    )
    assert run.returncode == 0, run.output
    (body,) = creates(fleet.simulator)
    assert (body["plan"], body["user_config"]["project_to_fork_from"]) == ("startup-4", "shop")
    found = evidence(fleet)["carts"]
    assert (found["fork_project"], found["fork_plan"], found["result"]) == ("lab", "startup-4", "passed")
    assert forks(fleet) == []


def test_no_more_than_max_total_and_max_forks(fleet: Site) -> None:
    run = drill(fleet, btar_drill_select="all", btar_drill_max_total=2, btar_drill_max_forks=1)
    assert run.returncode == 0, run.output
    assert "1 service left for later runs" in " ".join(run.output.split())
    log = [entry["operation"] for entry in fleet.simulator.requests() if entry["method"] in ("POST", "DELETE")]
    assert log == ["ServiceCreate", "ServiceDelete"] * 2


def test_a_fork_that_fails_to_be_made_is_a_failed_drill(fleet: Site) -> None:
    fleet.simulator.fault(kind="400", method="POST", service="carts-drill-*", count=None)
    run = drill(fleet, btar_drill_count=2)
    assert run.returncode == 2
    assert shown(run) == {"carts.shop": "failed", "orders.shop": "ok"}
    found = evidence(fleet)["carts"]
    assert (found["result"], found["error"]["code"]) == ("failed", "rejected")
    assert found["error"]["message"].startswith("Restore from the secondary region")


def test_a_fork_that_cannot_be_deleted_is_told_and_deleted_by_the_next_run(fleet: Site) -> None:
    fleet.simulator.fault(kind="400", method="DELETE", count=1)
    run = drill(fleet, btar_drill_keep="")
    assert run.returncode == 2
    assert shown(run) == {"carts.shop": "failed"}
    assert evidence(fleet)["carts"]["fork_deleted"] is False
    assert len(forks(fleet)) == 1
    run = drill(fleet, btar_drill_count=0)
    assert run.returncode == 0, run.output
    assert forks(fleet) == []


def test_a_kept_fork_stays_until_the_next_run(fleet: Site) -> None:
    run = drill(fleet, btar_drill_keep=True)
    assert run.returncode == 0, run.output
    assert len(forks(fleet)) == 1
    assert evidence(fleet)["carts"]["fork_deleted"] is False
    drill(fleet, "--limit", "carts.shop", btar_drill_count=0)
    assert forks(fleet) == []


def test_only_forks_of_drills_of_these_services_are_leftovers(fleet: Site) -> None:
    simulator = fleet.simulator
    for name, facts in {
        "orders-drill-old": {"tags": DRILL_TAGS},
        "orders-drill-young": {"tags": DRILL_TAGS, "age_days": 0},
        "orders-restored": {"tags": {**DRILL_TAGS, "offsite_fork_purpose": "restore"}},
        "orders-drill-foreign": {},
        "gone-drill-old": {"tags": {**DRILL_TAGS, "offsite_fork_source": "shop/gone"}},
    }.items():
        simulator.add_service("shop", name, cloud=SECONDARY, plan="business-4", **facts)
    run = drill(fleet, btar_drill_count=0)
    assert run.returncode == 0, run.output
    deleted = [entry["service"] for entry in simulator.requests(method="DELETE")]
    assert deleted == ["orders-drill-old"]
    told = " ".join(run.output.split())
    assert "orders-drill-young is left alone" in told
    assert "shop/gone-drill-old was made for a drill of shop/gone, which is not there any more" in told


def test_a_drill_that_still_runs_is_left_alone(fleet: Site) -> None:
    """Its draft names a process of this machine that is there."""
    fleet.simulator.restores(service="orders-drill-*", hang="stream")
    given = variables(fleet)
    with fleet.process("drill", "--limit", "orders.shop", **given):
        while not forks(fleet):
            pass
        run = drill(fleet, "--limit", "orders.shop", btar_drill_count=0)
        assert run.returncode == 0, run.output
        assert len(forks(fleet)) == 1
        assert evidence(fleet) == {}
    assert len(list(folder(fleet).glob("*.begun"))) == 1


def test_the_role_drills_the_hosts_of_a_play(fleet: Site) -> None:
    include = {"name": "offsite.aiven.btar", "tasks_from": "drill"}
    task = {"name": "Drill", "ansible.builtin.include_role": include}
    run = fleet.tasks([task], "-e", json.dumps(variables(fleet, btar_drill_select="all")))
    assert run.returncode == 0, run.output
    assert sorted(evidence(fleet)) == list(NAMES)


@pytest.mark.parametrize("value", ["", None])
def test_the_role_takes_an_empty_variable_for_none(fleet: Site, value: Any) -> None:
    """All entry points, each with all of its variables empty, as AWX sends questions that nobody answered."""
    fleet.group_vars(btar_region_map={PRIMARY: SECONDARY})
    empty = {name: value for spec in SPECS.values() for name in spec["options"]}
    role = {"name": "offsite.aiven.btar"}
    tasks = [
        {"name": entry, "ansible.builtin.include_role": {**role, "tasks_from": entry}}
        for entry in ("main", "drill", "audit")
    ]
    run = fleet.tasks(tasks, "--check", "-e", json.dumps(empty))
    assert names(run) == ["carts"], run.output
    # With its defaults the audit fails where services are not protected; that it has looked is what matters.
    assert results_of(run, "Audit the services and write the reports"), run.output


def test_verification_reads_the_fork_and_its_own_variables(fleet: Site) -> None:
    """Variables of the host, facts of the fork and of what was restored; tasks after the time is over are not run."""
    fleet.write(
        "verify.yml",
        [
            {
                "name": "Look",
                "ansible.builtin.assert": {
                    "that": [
                        "btar_drill_fork.service_name.startswith(aiven_service_name)",
                        f"btar_drill_restored.region == '{SECONDARY}'",
                    ]
                },
            },
            {"name": "Take long", "ansible.builtin.wait_for": {"timeout": 30}},
            {"name": "Never", "ansible.builtin.file": {"path": "{{ evidence_of_more }}", "state": "touch"}},
        ],
    )
    never = fleet.folder / "never"
    run = drill(
        fleet,
        btar_drill_verify=str(fleet.folder / "verify.yml"),
        btar_drill_verify_timeout=3,
        evidence_of_more=str(never),
    )
    found = evidence(fleet)["carts"]
    assert (found["result"], found["error"]["code"]) == ("timed_out", "timeout"), run.output
    assert not never.exists()
    assert found["phases"]["verify"] < 30
    assert [row["status"] for row in results_of(run, "Look")] == ["ok"]


@pytest.mark.parametrize(
    ("tasks", "words"),
    [
        ([{"block": [{"name": "Wait", "ansible.builtin.pause": {"seconds": 1}}]}], "ansible.builtin.wait_for"),
        ([{"name": "Change", "offsite.aiven.aiven_btar_fleet": None}], "once for all hosts"),
        ({"tasks": []}, "no list of tasks"),
        ("{", "cannot be read"),
    ],
)
def test_a_file_of_tasks_that_would_end_the_run_is_refused_before_it(fleet: Site, tasks: Any, words: str) -> None:
    path = fleet.write("verify.yml", tasks)
    run = drill(fleet, btar_drill_verify=str(path))
    assert chosen(run)["error"]["code"] == "invalid_target"
    assert words in chosen(run)["msg"]
    assert creates(fleet.simulator) == []


def test_empty_answers_are_not_given(fleet: Site) -> None:
    empty = dict.fromkeys(
        [
            *("select", "count", "point", "window_days", "max_forks", "max_total", "max_price", "project", "plan"),
            *("verify", "verify_timeout", "restore_timeout", "keep"),
        ],
        "",
    )
    given = {f"btar_drill_{name}": value for name, value in empty.items()}
    run = drill(fleet, "--check", **given, btar_confirm_drill_price="")
    assert run.returncode == 0, run.output
    assert names(run) == ["carts"]


def test_a_folder_that_cannot_be_written_ends_it_before_a_fork_is_made(fleet: Site) -> None:
    (fleet.folder / "file").write_text("")
    run = drill(fleet, btar_drill_dir=str(Path(fleet.folder) / "file" / "drills"))
    assert run.returncode == 2
    assert creates(fleet.simulator) == []
    said = " ".join(run.output.split())
    assert "Give btar_drill_dir a folder" in said
    assert "it could not be written when the drill began" in said
