# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A rollout in waves: the canary first, no wave after one that failed too much, and the truth on every host."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.support import (
    HOME,
    OTHER,
    PARTNER,
    Site,
    add_services,
    fleet_of,
    host,
    read_lines,
    recap_of,
    regions,
    results_of,
    rows_of,
    said_at_the_end,
    shown,
    waves_of,
)
from tests.playbooks.support import Run
from tests.simulator.client import Simulator

MAP = {HOME: PARTNER}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, simulator_process: Simulator) -> Site:
    simulator_process.reset()
    site = Site(Path(tmp_path_factory.mktemp("waves")), simulator_process)
    site.group_vars(btar_region_map=MAP)
    return site


class TestFailingWave:
    """Nine changes in waves of 1, 3 and the rest, the second with a failure where none is allowed."""

    @pytest.fixture(scope="class")
    @classmethod
    def run(cls, shared: Site) -> Run:
        shared.simulator.reset()
        rows = rows_of("shop", 10)
        rows[0].update(region=PARTNER, region_age_hours=100)
        add_services(shared.simulator, rows)
        shared.simulator.fault(kind="400", method="PUT", service="db-003", count=None, message="No such luck")
        return shared.run("rollout", "--diff", report=True, btar_waves="1,3,100%", btar_wave_max_failures=0)

    def test_no_wave_follows(self, run: Run, shared: Site) -> None:
        assert run.returncode != 0
        assert waves_of(run) == [1, 3]
        changed = {name for name, region in regions(shared.simulator).items() if region}
        assert changed == {"shop/db-000", "shop/db-001", "shop/db-002", "shop/db-004"}

    def test_the_report_is_made_all_the_same(self, run: Run, shared: Site) -> None:
        assert said_at_the_end(run) == f"3 changed, 1 unchanged, 1 failed, 5 not tried; record: {shared.record}"
        assert (
            "5 not tried: mend what failed, or leave it out (--limit '!HOST'), then run the same again, and it goes on with them"
        ) in run.output
        assert list((shared.folder / "btar").glob("*.html"))

    def test_recap_and_events_have_it_on_the_right_hosts(self, run: Run) -> None:
        assert shown(run) == {host(number): (number != 3, number == 3) for number in (1, 2, 3, 4)}
        seen = recap_of(run.output)
        assert {name: counts for name, counts in seen.items() if counts != (0, 0)} == {
            host(1): (1, 0),
            host(2): (1, 0),
            host(3): (0, 1),
            host(4): (1, 0),
        }
        failed = [row for row in run.rows if row["status"] == "failed"]
        assert [row["host"] for row in failed] == [host(3)]
        assert "No such luck" in failed[0]["result"]["msg"]
        assert failed[0]["result"]["error"]["code"] == "rejected"

    def test_the_diff_is_on_the_host(self, run: Run) -> None:
        (row,) = [row for row in results_of(run, "Show the outcome") if row["host"] == host(1)]
        assert row["result"]["diff"]["after"] == {"additional_backup_regions": [PARTNER]}

    def test_the_record_has_every_service_and_what_was_not_tried(self, run: Run, shared: Site) -> None:
        lines = read_lines(shared.record)
        assert len({line["run_id"] for line in lines}) == 1
        assert [line["type"] for line in lines] == ["run", *["outcome"] * 10, "end"]
        assert lines[-1]["status"] == "stopped"
        assert lines[-1]["summary"] == {"changed": 3, "unchanged": 1, "failed": 1, "skipped": 5, "total": 10}
        codes = [line["error"]["code"] for line in lines if line["type"] == "outcome" and line["error"]]
        assert sorted(codes) == ["rejected", *["skipped_after_failures"] * 5]

    def test_run_again_without_what_failed_it_changes_what_was_not_tried(self, run: Run, shared: Site) -> None:
        settings = {"btar_waves": "1,3,100%", "btar_wave_max_failures": 0}
        again = shared.run("rollout", "--limit", f"!{host(3)}", **settings)
        assert again.returncode == 0, again.output
        assert len(shown(again)) == 5
        shared.simulator.clear_faults()
        again = shared.run("rollout", **settings)
        assert again.returncode == 0
        assert set(regions(shared.simulator).values()) == {PARTNER}
        assert len(shown(again)) == 1
        assert len({line["run_id"] for line in read_lines(shared.record)}) == 3


def test_waves_are_of_changes(shared: Site) -> None:
    """15 of 20 are as wanted: the first wave is a change all the same, and if it is refused, no other is sent."""
    shared.simulator.reset()
    rows = rows_of("shop", 20)
    for row in rows[:15]:
        row.update(region=PARTNER, region_age_hours=100)
    add_services(shared.simulator, rows)
    shared.simulator.fault(kind="400", method="PUT", count=1)
    run = shared.run("rollout", btar_waves="1,100%")
    assert run.returncode != 0
    assert shared.simulator.calls("PUT") == 1
    assert shown(run) == {host(15): (False, True)}


def test_a_report_that_cannot_be_written_hides_no_change(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    blocked = shared.write("blocked", "no folder")
    record = str(shared.folder / "elsewhere.jsonl")
    run = shared.run("rollout", report=True, btar_report_dir=f"{blocked}/btar", btar_record=record)
    assert run.returncode != 0
    assert shown(run) == {host(number): (True, False) for number in range(3)}
    assert said_at_the_end(run) == f"3 changed, 0 unchanged, 0 failed; record: {record}"
    told = error_of_run(run)
    assert "blocked/btar/btar-audit.html cannot be written" in told
    assert "btar_report_dir" in told


def error_of_run(run: Run) -> str:
    (ended,) = [row for row in results_of(run, "Fail for what belongs to no service") if row["status"] == "failed"]
    return ended["result"]["msg"]


def test_a_host_that_cannot_be_templated_fails_by_itself(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    shared.write("inventory/host_vars/db-002.shop.yml", {"btar_secondary_region": "{{ nope }}"})
    run = shared.run("rollout", btar_waves="2,100%")
    shared.write("inventory/host_vars/db-002.shop.yml", {})
    assert run.returncode != 0
    assert shown(run) == {host(0): (True, False), host(1): (True, False), host(2): (False, True)}
    (row,) = [row for row in results_of(run, "Show the outcome") if row["host"] == host(2)]
    assert "btar_secondary_region of host db-002.shop cannot be templated" in row["result"]["msg"]
    assert "nope" in row["result"]["msg"]


@pytest.mark.parametrize(
    "variables", [{}, {"aiven_project": ""}, {"aiven_project": "shop", "aiven_service_name": "db-000"}]
)
def test_a_host_that_is_no_service_fails_by_itself(shared: Site, variables: dict[str, str]) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 2))
    extra = shared.write("inventory/zz.yml", {"aiven_services": {"hosts": {"stray": variables or None}}})
    run = shared.run("rollout", report=True)
    extra.unlink()
    assert run.returncode != 0
    twice = "aiven_service_name" in variables
    assert {name: failed for name, (_changed, failed) in recap_of(run.output).items() if name.startswith("db-")} == {
        host(0): int(twice),
        host(1): 0,
    }, "no other host fails for it, nor for the report"
    assert shown(run) == {host(0): (not twice, twice), host(1): (True, False), "stray": (False, True)}
    assert not [row for row in run.rows if row["task"].startswith("Fail for") and row["status"] == "failed"]
    assert list((shared.folder / "btar").glob("*.html"))


def test_a_project_that_cannot_be_read_fails_its_hosts_alone(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, [*rows_of("shop", 2), *rows_of("zoo", 2)])
    shared.simulator.fault(kind="403", path="/project/zoo/service", count=None, after=1)
    run = shared.run("rollout", report=True)
    assert run.returncode != 0
    assert {name: failed for name, (_changed, failed) in recap_of(run.output).items()} == {
        host(0): 0,
        host(1): 0,
        host(0, "zoo"): 1,
        host(1, "zoo"): 1,
    }


ROLE = {"ansible.builtin.include_role": {"name": "offsite.aiven.btar"}, "run_once": True, "name": "Roll out"}


def test_the_role_by_itself_fails_and_shows_what_it_changed(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    shared.simulator.fault(kind="400", method="PUT", service="db-001", count=None, message="No such luck")
    run = shared.tasks([ROLE], "--diff")
    assert run.returncode != 0
    (wave,) = [row for row in run.rows if row["task"].endswith("Read, decide and change what differs")]
    assert (wave["status"], wave["result"]["changed"]) == ("failed", True)
    assert "No such luck" in wave["result"]["msg"]
    assert len(wave["result"]["diff"]) == 2


def test_what_a_fleet_is_unsure_of_is_a_warning(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 2, cloud="avn-ovh-de1"))
    shared.group_vars(btar_region_map={"avn-ovh-de1": "avn-ovh-gra"})
    run = shared.run("rollout", btar_waves="100%")
    shared.group_vars(btar_region_map=MAP)
    assert run.returncode == 0, run.output
    warned = " ".join(run.output.replace("[WARNING]:", "").split())
    for number in range(2):
        assert (
            f"shop/db-00{number}: the provider of avn-ovh-gra is not known, so neither is whether Aiven allows it"
            in warned
        )


ROLLOUT = {"ansible.builtin.import_playbook": "offsite.aiven.rollout"}


def test_two_runs_of_one_play_are_told_apart(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    site = shared.write("twice.yml", [{"name": "First", **ROLLOUT}, {"name": "Second", **ROLLOUT}])
    run = shared.run(str(site), btar_waves="100%")
    assert run.returncode == 0, run.output
    assert len(results_of(run, "Show the outcome")) == 3
    assert re.findall(r"^(\d+ changed, \d+ unchanged, \d+ failed)", run.output, re.MULTILINE) == [
        "3 changed, 0 unchanged, 0 failed",
        "0 changed, 3 unchanged, 0 failed",
    ]


def test_a_second_run_is_over_the_hosts_that_have_not_failed(shared: Site) -> None:
    """As Ansible has it: hosts that have failed take part in no further play."""
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    shared.simulator.fault(kind="400", method="PUT", service="db-000", count=1)
    site = shared.write("twice.yml", [{"name": "First", **ROLLOUT}, {"name": "Second", **ROLLOUT}])
    run = shared.run(str(site), btar_waves="100%")
    assert run.returncode != 0
    assert regions(shared.simulator)["shop/db-000"] is None
    assert "2 services in 1 project: 0 to change, 2 unchanged" in run.output


def test_a_failing_canary_stops_all(shared: Site) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 20))
    shared.simulator.fault(kind="400", method="PUT", service="db-000", count=None)
    run = shared.run("rollout")
    assert run.returncode != 0
    assert shared.simulator.calls("PUT") == 1
    assert shown(run) == {host(0): (False, True)}


@pytest.mark.parametrize(("allowed", "waves"), [("25%", 2), ("24%", 1), (1, 2), ("0", 1)])
def test_as_many_failures_as_allowed(shared: Site, allowed: Any, waves: int) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 6))
    shared.simulator.fault(kind="400", method="PUT", service="db-001", count=None)
    run = shared.run("rollout", btar_waves=[4, 2], btar_wave_max_failures=allowed)
    assert run.returncode != 0
    assert len(waves_of(run)) == waves
    assert shared.simulator.calls("PUT") == (6 if waves == 2 else 4)


def calls_of(run: Run) -> list[int]:
    """The calls of the run and of its report, without retries."""
    results = [row["result"] for row in run.rows if "api_calls" in row["result"]]
    return [result["api_calls"]["total"] - result["api_calls"]["retries"] for result in results]


@pytest.mark.parametrize(("max_age", "again"), [(60, 0), (0, 1 + 2 + 2)])
def test_calls_are_the_formula(shared: Site, max_age: int, again: int) -> None:
    """Ten changes in waves of 1, 5 and 4, in the projects a, b and c of four services each, of which some are done. A wave
    reads its projects again only if they were read too long ago.
    """
    shared.simulator.reset()
    rows = [row for project in "abcd" for row in rows_of(f"p-{project}", 4)]
    for number, row in enumerate(rows):
        row["service_type"] = ("pg", "mysql")[number % 2]
        if number in (2, 9) or number >= 12:
            row.update(region=PARTNER, region_age_hours=100)
    add_services(shared.simulator, rows)
    shared.simulator.fault(kind="503", method="PUT", count=2)
    run = shared.run("rollout", report=True, btar_waves=["1", "5", "100%"], btar_snapshot_max_age=max_age)
    assert run.returncode == 0, run.output
    assert waves_of(run) == [1, 5, 4]
    # Projects, the cloud list, types, writes, projects of waves; and of the report the projects that were written to.
    assert calls_of(run) == [4 + 1 + 2 + 10 + again, 3]
    assert fleet_of(run)["api_calls"]["retries"] >= 2
    assert shared.simulator.calls("PUT") == fleet_of(run)["api_calls"]["writes"]


@pytest.mark.parametrize("arguments", [[], ["--check"]])
def test_nothing_to_change_is_a_call_a_project_report_included(shared: Site, arguments: list[str]) -> None:
    shared.simulator.reset()
    for project in ("a", "b", "c"):
        add_services(shared.simulator, rows_of(project, 4, region=PARTNER, region_age_hours=100))
    run = shared.run("rollout", *arguments, report=True)
    assert run.returncode == 0
    assert calls_of(run) == [3, 0]
    assert shown(run) == {}
    assert set(recap_of(run.output).values()) == {(0, 0)}


def test_a_service_that_was_changed_meanwhile_is_not_overwritten(shared: Site) -> None:
    """The second wave reads anew and finds what somebody else has done since."""
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 4))
    shared.simulator.fault(kind="slow", method="PUT", service="db-000", seconds=3)
    settings = {"btar_waves": "1,100%", "btar_snapshot_max_age": 0, "btar_wave_max_failures": "100%"}
    with shared.process("rollout", report=False, **settings) as process:
        while not shared.simulator.calls("GET", "/project/shop/service/db-000"):
            time.sleep(0.02)
            assert process.poll() is None
        shared.simulator.patch("shop", "db-001", region=OTHER, region_age_hours=1)
        shared.simulator.patch("shop", "db-002", region=PARTNER, region_age_hours=1)
        shared.simulator.remove("shop", "db-003")
        assert process.wait() == 2
    lines = read_lines(shared.record)
    own = [line for line in lines if line["type"] == "outcome" and line["run_id"] == lines[-1]["run_id"]]
    outcomes = {line["service_name"]: line for line in own}
    assert {name: (line["status"], (line["error"] or {}).get("code")) for name, line in outcomes.items()} == {
        "db-000": ("changed", None),
        "db-001": ("failed", "stale_plan"),
        "db-002": ("unchanged", None),
        "db-003": ("failed", "service_not_found"),
    }
    assert shared.simulator.calls("PUT") == 1


def test_check_mode_is_one_wave_and_says_what_the_run_does(shared: Site) -> None:
    shared.simulator.reset()
    rows = rows_of("shop", 8)
    rows[1].update(region=OTHER, region_age_hours=100)
    rows[2].update(service_type="kafka")
    rows[3].update(cloud="aws-us-east-1")
    add_services(shared.simulator, rows)
    shared.plan.unlink(missing_ok=True)
    settings = {"btar_waves": "1,100%", "btar_wave_max_failures": "50%"}
    check = shared.run("rollout", "--check", "--diff", **settings)
    assert waves_of(check) == []
    assert shared.simulator.calls("PUT") == 0
    shared.record.unlink(missing_ok=True)
    real = shared.run("rollout", **settings)
    assert check.returncode == real.returncode
    assert shown(check) == shown(real)
    plan, record = (
        [{key: value for key, value in line.items() if key not in ("time", "run_id")} for line in read_lines(path)]
        for path in (shared.plan, shared.record)
    )
    outcomes = [
        sorted((line for line in lines if line["type"] == "outcome"), key=lambda line: line["service_name"])
        for lines in (plan, record)
    ]
    assert outcomes[0] == outcomes[1]
    again = shared.run("rollout", **settings)
    assert not [name for name, (changed, _failed) in shown(again).items() if changed]


@pytest.mark.parametrize(
    ("limit", "changed"),
    [
        ("aiven_project_two", {"two/db-000", "two/db-001", "two/db-002"}),
        ("db-001.one,db-002.two", {"one/db-001", "two/db-002"}),
        ("aiven_services:!aiven_project_two", {"one/db-000", "one/db-001", "one/db-002"}),
    ],
)
def test_limit(shared: Site, limit: str, changed: set[str]) -> None:
    shared.simulator.reset()
    for project in ("one", "two"):
        add_services(shared.simulator, rows_of(project, 3))
    run = shared.run("rollout", "--limit", limit)
    assert run.returncode == 0, run.output
    assert {name for name, region in regions(shared.simulator).items() if region} == changed


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"btar_wave_max_failures": "few"}, "wave_max_failures is 'few'"),
        ({"btar_waves": "1,all"}, "all"),
        ({"btar_waves": "0"}, "0"),
        ({"btar_changes": "enable,explode"}, "explode"),
        ({"btar_max_changes": "x"}, "max_changes is 'x'"),
        ({"btar_concurrency": "many"}, "btar_concurrency"),
        ({"btar_state": "on"}, "btar_state"),
        ({"btar_wait_for": "godot"}, "btar_wait_for"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_a_wrong_variable_changes_nothing(shared: Site, variables: dict[str, Any], words: str) -> None:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 2))
    run = shared.run("rollout", **variables)
    assert run.returncode != 0
    assert words in " ".join(run.output.split())
    assert "Traceback" not in run.output
    assert shared.simulator.calls("PUT") == 0


def test_a_region_inventory_with_mistakes_changes_nothing(shared: Site, tmp_path: Path) -> None:
    """All of them are named at once: those that a look at the variables shows, before any call of the run."""
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    site = Site(tmp_path, shared.simulator)
    site.group_vars(btar_region_map={HOME: "Not A Cloud"}, btar_region_otherwise="maybe")
    site.group_vars("aiven_project_shop", btar_region_rulez={})
    run = site.run("rollout", btar_waves="1,100%")
    assert run.returncode != 0
    for words in ("Not A Cloud", "btar_region_otherwise", "btar_region_rulez"):
        assert words in run.output
    assert fleet_of(run)["error"]["code"] == "invalid_region_inventory"
    assert fleet_of(run)["api_calls"]["total"] == 0
    site.group_vars(btar_region_map={HOME: PARTNER, OTHER: OTHER, "aws-eu-west-9": "aws-eu-west-8"})
    (site.folder / "inventory/group_vars/aiven_project_shop.yml").unlink()
    run = site.run("rollout", btar_waves="1,100%")
    assert fleet_of(run)["error"]["code"] == "invalid_region_inventory"
    for words in ("aws-eu-west-9", "aws-eu-west-8", OTHER):
        assert words in fleet_of(run)["error"]["message"]
    assert shared.simulator.calls("PUT") == 0


def test_a_host_variable_of_another_wave_is_no_surprise(shared: Site, tmp_path: Path) -> None:
    """One region inventory a host: some by project, one of its own, in whatever wave."""
    shared.simulator.reset()
    for project in ("one", "two"):
        add_services(shared.simulator, rows_of(project, 3))
    site = Site(tmp_path, shared.simulator)
    site.group_vars(btar_region_map=MAP)
    site.group_vars("aiven_project_two", btar_region_map={HOME: OTHER})
    site.write("inventory/host_vars/db-001.one.yml", {"btar_secondary_region": "aws-eu-north-1"})
    assert site.run("rollout", btar_waves=json.dumps([1, 2, 1])).returncode != 0, "JSON within text is no list"
    assert site.run("rollout", btar_waves=[1, 2, 1]).returncode == 0
    assert regions(shared.simulator) == {
        "one/db-000": PARTNER,
        "one/db-001": "aws-eu-north-1",
        "one/db-002": PARTNER,
        **{f"two/db-00{number}": OTHER for number in range(3)},
    }
