# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan makes exactly its changes or none; a rollback restores exactly what a run changed; disable wants to be confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

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
    rows_of,
    shown,
    waves_of,
)
from tests.simulator.client import Simulator

FAR = "aws-eu-north-1"
CAREFUL = "1,2,100%"


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator) -> Site:
    site = Site(tmp_path, simulator)
    site.group_vars(btar_region_map={HOME: PARTNER})
    return site


@pytest.fixture
def planned(site: Site) -> Iterator[Site]:
    """Six services, of which two are done, and a plan for the others; then the region inventory is changed."""
    rows = rows_of("shop", 6)
    for number in (0, 3):
        rows[number].update(region=PARTNER, region_age_hours=100)
    add_services(site.simulator, rows)
    assert site.run("rollout", "--check").returncode == 0
    site.group_vars(btar_region_map={HOME: FAR})
    site.simulator.clear_requests()
    yield site


def writes(site: Site) -> list[str]:
    return sorted(entry["service"] for entry in site.simulator.requests(method="PUT"))


def test_a_plan_makes_exactly_its_changes(planned: Site) -> None:
    add_services(planned.simulator, [{"project": "shop", "service_name": "new"}])
    run = planned.run("rollout", btar_plan=str(planned.plan), btar_waves=CAREFUL)
    assert run.returncode == 0, run.output
    assert writes(planned) == ["db-001", "db-002", "db-004", "db-005"]
    assert regions(planned.simulator) == {**{f"shop/db-00{number}": PARTNER for number in range(6)}, "shop/new": None}
    assert set(shown(run)) == {host(number) for number in (1, 2, 4, 5)}


def test_a_stale_plan_writes_nothing_in_any_wave(planned: Site) -> None:
    """The last of all services was changed by somebody else: the canary must not be written either."""
    planned.simulator.patch("shop", "db-005", region=OTHER, region_age_hours=1)
    run = planned.run("rollout", btar_plan=str(planned.plan), btar_waves=CAREFUL)
    assert run.returncode != 0
    assert not writes(planned)
    assert f"region is '{OTHER}', the plan expects None" in " ".join(run.output.split())


def test_the_report_after_a_plan_that_was_not_applied_has_all_services(planned: Site) -> None:
    """Those that the plan does not change were not read for it: they are there nevertheless."""
    planned.simulator.patch("shop", "db-005", region=OTHER, region_age_hours=1)
    run = planned.run("rollout", report=True, btar_plan=str(planned.plan))
    assert "services of the inventory are not there any more" not in run.output
    audited = json.loads((planned.plan.parent / "btar-audit.json").read_text())
    assert sorted(service["service_name"] for service in audited["services"]) == [
        f"db-00{number}" for number in range(6)
    ]


@pytest.mark.parametrize(("playbook", "variable"), [("rollout", "btar_plan"), ("rollback", "btar_undo")])
def test_a_record_that_is_not_there_is_told_with_its_variable(site: Site, playbook: str, variable: str) -> None:
    add_services(site.simulator, rows_of("shop", 1))
    told = " ".join(site.run(playbook, **{variable: "gone.jsonl"}).output.split())
    assert "record gone.jsonl cannot be read: No such file or directory. Give a file that `record` has written." in told
    assert f"(In the playbooks and the role: {variable}.)" in told


def test_what_a_plan_says_of_no_host_is_left_alone(planned: Site) -> None:
    planned.plan.write_text(planned.plan.read_text().replace('"db-005"', '"db-999"'))
    run = planned.run("rollout", btar_plan=str(planned.plan), btar_waves=CAREFUL)
    assert run.returncode == 0
    assert writes(planned) == ["db-001", "db-002", "db-004"]


def test_a_half_applied_plan_can_be_applied_again(planned: Site) -> None:
    planned.simulator.fault(kind="400", method="PUT", service="db-002", count=1)
    run = planned.run("rollout", btar_plan=str(planned.plan), btar_waves="2,100%", btar_wave_max_failures="100%")
    assert run.returncode != 0
    assert regions(planned.simulator)["shop/db-002"] is None
    planned.simulator.clear_requests()
    again = planned.run("rollout", btar_plan=str(planned.plan), btar_waves=CAREFUL)
    assert again.returncode == 0, again.output
    assert writes(planned) == ["db-002"]
    assert set(regions(planned.simulator).values()) == {PARTNER}


@pytest.mark.parametrize("end", ["interrupted", None])
def test_a_plan_that_was_interrupted_is_refused(planned: Site, end: str | None) -> None:
    text = planned.plan.read_text()
    last = text.splitlines()[-1]
    planned.plan.write_text(text.replace(last, last.replace('"finished"', '"interrupted"') if end else ""))
    run = planned.run("rollout", btar_plan=str(planned.plan))
    assert run.returncode != 0
    assert "failed or was interrupted. Make a new plan" in " ".join(run.output.split())
    assert not writes(planned)


@pytest.mark.parametrize("mistake", [{HOME: PARTNER, "google-europe-west1": "google-nowhere"}, "nonsense"])
def test_a_plan_that_could_not_be_made_is_refused(planned: Site, mistake: object) -> None:
    """It holds no change because it decided about nothing; nor is the plan before it what was asked for."""
    planned.group_vars(btar_region_map=mistake)
    assert planned.run("rollout", "--check").returncode != 0
    planned.group_vars(btar_region_map={HOME: PARTNER})
    run = planned.run("rollout", btar_plan=str(planned.plan))
    assert run.returncode != 0
    assert "failed or was interrupted. Make a new plan" in " ".join(run.output.split())
    assert not writes(planned)


@pytest.mark.parametrize("content", [None, "nonsense\n"], ids=["missing", "nonsense"])
def test_what_is_no_plan_is_refused(planned: Site, content: str | None) -> None:
    path = planned.folder / "other.jsonl"
    if content:
        path.write_text(content)
    run = planned.run("rollout", btar_plan=str(path))
    assert run.returncode != 0
    assert "other.jsonl" in run.output
    assert not writes(planned)


def test_the_plan_itself_can_be_looked_at(planned: Site) -> None:
    run = planned.run("rollout", "--check", "--diff", btar_plan=str(planned.plan))
    assert run.returncode == 0, run.output
    assert len(shown(run)) == 4
    assert not writes(planned)


def test_a_plan_needs_no_hosts(planned: Site) -> None:
    """Where no services are hosts, the plan says which."""
    apply = {"name": "apply", "offsite.aiven.aiven_btar_fleet": {"plan": str(planned.plan)}}
    run = planned.tasks([apply], hosts="localhost")
    assert run.returncode == 0, run.output
    assert run.result("apply")["summary"] == {"changed": 4, "unchanged": 0, "failed": 0, "skipped": 0, "total": 4}
    assert writes(planned) == ["db-001", "db-002", "db-004", "db-005"]


# Rollback


@pytest.fixture
def rolled_out(site: Site) -> Site:
    """A rollout that enabled 0 to 3, moved 4, found 5 as wanted, and failed at 6."""
    rows = rows_of("shop", 7)
    rows[4].update(region=OTHER, region_age_hours=100)
    rows[5].update(region=PARTNER, region_age_hours=100)
    add_services(site.simulator, rows)
    site.simulator.fault(kind="400", method="PUT", service="db-006", count=None)
    site.run("rollout", btar_waves=CAREFUL, btar_changes="enable,move")
    site.simulator.clear_faults()
    assert sorted(entry["service"] for entry in site.simulator.requests(method="PUT")) == [
        f"db-00{number}" for number in (0, 1, 2, 3, 4, 6)
    ]
    site.simulator.clear_requests()
    return site


def test_a_rollback_needs_the_loss_to_be_accepted(rolled_out: Site) -> None:
    before = regions(rolled_out.simulator)
    run = rolled_out.run("rollback", btar_undo=str(rolled_out.record), btar_wave_max_failures="100%")
    assert run.returncode != 0
    assert regions(rolled_out.simulator) == before
    assert not writes(rolled_out)
    assert "Copies that the run deleted, by a move or a disable, stay deleted" in run.output
    codes = {row["error"]["code"] for row in fleet_of(run)["results"] if row["failed"]}
    assert codes == {"change_not_allowed"}
    assert "btar_accept_loss=true" in run.output
    # As it says: the same once more, with the loss accepted. What was refused is no run to take back.
    rolled_out.simulator.clock(advance="25h")
    again = rolled_out.run("rollback", btar_undo=str(rolled_out.record), btar_accept_loss=True)
    assert again.returncode == 0, again.output
    assert writes(rolled_out) == ["db-000", "db-001", "db-002", "db-003", "db-004"]
    # And once more: nothing is left to take back, nothing is taken back twice.
    rolled_out.simulator.clear_requests()
    once_more = rolled_out.run("rollback", btar_undo=str(rolled_out.record), btar_accept_loss=True)
    assert once_more.returncode == 0, once_more.output
    assert not writes(rolled_out)


def test_a_record_without_changes_cannot_be_taken_back(site: Site) -> None:
    add_services(site.simulator, rows_of("shop", 1, region=PARTNER, region_age_hours=100))
    site.run("rollout")
    run = site.run("rollback", btar_undo=str(site.record))
    assert run.returncode != 0
    assert "there is nothing to take back" in " ".join(run.output.split())


def test_a_rollback_restores_exactly_what_the_rollout_changed(rolled_out: Site) -> None:
    """But not 3, which somebody has changed since; and all waves take back the rollout, none the rollback."""
    rolled_out.simulator.clock(advance="25h")
    rolled_out.simulator.patch("shop", "db-003", region=FAR)
    settings = {"btar_undo": str(rolled_out.record), "btar_accept_loss": True, "btar_wave_max_failures": "100%"}
    check = rolled_out.run("rollback", "--check", **settings)
    run = rolled_out.run("rollback", btar_waves=CAREFUL, **settings)
    assert regions(rolled_out.simulator) == {
        "shop/db-000": None,
        "shop/db-001": None,
        "shop/db-002": None,
        "shop/db-003": FAR,
        "shop/db-004": OTHER,
        "shop/db-005": PARTNER,
        "shop/db-006": None,
    }
    assert writes(rolled_out) == ["db-000", "db-001", "db-002", "db-004"]
    assert shown(check) == shown(run)
    assert shown(run)[host(3)] == (False, True)
    stale = [row for row in fleet_of(run)["results"] if row["failed"]]
    assert [row["error"]["code"] for row in stale] == ["stale_plan"]
    assert waves_of(run) == [1, 2, 1], "each wave takes something back"
    assert recap_of(run.output)[host(0)] == (1, 0)


def test_a_rollback_can_take_back_an_earlier_run(rolled_out: Site) -> None:
    first = read_lines(rolled_out.record)[0]["run_id"]
    rolled_out.simulator.clock(advance="25h")
    rolled_out.run("rollout", btar_waves="100%")
    assert regions(rolled_out.simulator)["shop/db-006"] == PARTNER
    settings = {"btar_undo": str(rolled_out.record), "btar_accept_loss": True, "btar_waves": CAREFUL}
    assert rolled_out.run("rollback", btar_undo_run=first, **settings).returncode == 0
    now = regions(rolled_out.simulator)
    assert (now["shop/db-000"], now["shop/db-004"], now["shop/db-006"]) == (None, OTHER, PARTNER)
    unknown = rolled_out.run("rollback", btar_undo_run="nobody", **settings)
    assert unknown.returncode != 0
    assert f"undo_run nobody is not in {rolled_out.record}" in " ".join(unknown.output.split())


def test_aivens_refusal_of_a_young_move_is_shown(rolled_out: Site) -> None:
    settings = {"btar_accept_loss": True, "btar_wave_max_failures": "100%"}
    run = rolled_out.run("rollback", btar_undo=str(rolled_out.record), **settings)
    assert run.returncode != 0
    assert shown(run)[host(4)] == (False, True)
    assert "only once in 24 hours" in run.output
    assert regions(rolled_out.simulator)["shop/db-004"] == PARTNER


def test_a_disable_is_taken_back_by_an_enable(site: Site) -> None:
    add_services(site.simulator, rows_of("shop", 3, region=PARTNER, region_age_hours=100))
    assert site.run("disable", btar_confirm_disable=True, btar_waves="1,100%").returncode == 0
    assert set(regions(site.simulator).values()) == {None}
    assert site.run("rollback", btar_undo=str(site.record)).returncode == 0
    assert set(regions(site.simulator).values()) == {PARTNER}


def test_a_rollback_asks_for_a_record(site: Site) -> None:
    add_services(site.simulator, rows_of("shop", 1))
    run = site.run("rollback")
    assert run.returncode != 0
    assert "btar_undo=FILE" in run.output


# Disable


def test_disable_asks_to_be_confirmed(site: Site) -> None:
    add_services(site.simulator, rows_of("shop", 3, region=PARTNER, region_age_hours=100))
    for unsure in ({}, {"btar_confirm_disable": False}):
        run = site.run("disable", **unsure)
        assert run.returncode != 0
        assert "takes the secondary region of the services away" in " ".join(run.output.split())
        assert "btar_confirm_disable=true" in run.output
    around = site.run("disable", "--start-at-task", "Read, decide and change what differs")
    assert around.returncode != 0
    assert "btar_confirm_disable=true" in around.output
    assert site.run("disable", "--check").returncode == 0
    assert not writes(site)
    assert site.run("disable", "--limit", "db-001.shop", btar_confirm_disable=True).returncode == 0
    assert writes(site) == ["db-001"]
    assert regions(site.simulator) == {"shop/db-000": PARTNER, "shop/db-001": None, "shop/db-002": PARTNER}
