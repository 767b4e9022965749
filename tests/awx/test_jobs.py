# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each job template, run as AWX runs it: from a checkout, by ansible-runner, in slices, in a workflow."""

from __future__ import annotations

import json

import pytest

from tests.awx.data import playbook_of, templates
from tests.awx.jobs import Awx, Job
from tests.fleet.support import HOME, PARTNER, add_services, host, regions, rows_of
from tests.simulator.client import ROOT

# Neither where the services run nor where the demonstration's region inventory wants the copies.
FAR = "aws-eu-north-1"
READY = {"region": PARTNER, "region_age_hours": 100}


@pytest.fixture
def fleet(awx: Awx) -> Awx:
    """Two projects with five services each, of which one is done."""
    for project in ("shop", "bank"):
        rows = rows_of(project, 5)
        rows[0].update(READY)
        add_services(awx.simulator, rows)
    return awx


def writes(awx: Awx) -> list[str]:
    return sorted(f"{entry['project']}/{entry['service']}" for entry in awx.simulator.requests(method="PUT"))


def ended(job: Job, awx: Awx, status: str = "successful") -> Job:
    """The job, which has ended as it should and given no secret away."""
    assert job.status == status, job.output
    assert awx.simulator.token not in job.told
    return job


def test_plan_and_rollout_from_each_layout(awx_of_each_layout: Awx) -> None:
    awx = awx_of_each_layout
    add_services(awx.simulator, rows_of("shop", 3))
    plan = ended(awx.job("plan"), awx)
    assert not writes(awx)
    assert [row["service_name"] for row in plan.artifacts["offsite_aiven_plan"]["changes"]] == [
        "db-000",
        "db-001",
        "db-002",
    ]
    assert plan.hosts("changed") == {host(number) for number in range(3)}
    done = ended(awx.job("rollout", {"btar_waves": "1,100%", "btar_concurrency": "2"}), awx)
    assert writes(awx) == ["shop/db-000", "shop/db-001", "shop/db-002"]
    assert done.artifacts["offsite_aiven_run"]["changed"] == 3
    assert done.artifacts["offsite_aiven_audit"]["services"] == 3


def test_events_show_changed_and_failed_on_their_hosts(fleet: Awx) -> None:
    fleet.simulator.fault(kind="400", method="PUT", service="db-003", count=None)
    job = ended(fleet.job("rollout", {"btar_wave_max_failures": "100%"}), fleet, "failed")
    assert job.hosts("failures") == {host(3), host(3, "bank")}
    assert job.hosts("changed") == {host(n, project) for project in ("shop", "bank") for n in (1, 2, 4)}
    failed = [event for event in job.events if event["event"] == "runner_on_failed"]
    assert {event["event_data"]["host"] for event in failed} == job.hosts("failures")
    assert all(event["event_data"]["res"]["error"]["code"] == "rejected" for event in failed)


ANSWERS = {
    "audit": {
        "btar_audit_fail_on": "none",
        "btar_audit_services": "db-*, other",
        "btar_audit_plans": "true",
        "btar_audit_max_interval": "24h",
        "btar_audit_min_retention": "2d",
        "btar_audit_deletion_protection": "true",
        "btar_audit_owner_tag": "owner",
        "btar_drill_max_age_days": "90",
        "btar_drill_rto_target": "2h",
    },
    "disable": {"btar_confirm_disable": "true"},
    "region down": {"btar_region": HOME, "btar_region_exact": "true"},
    "restore": {"btar_region": HOME, "btar_restore_max_forks": "2"},
    "drill": {"btar_drill_count": "1"},
}


@pytest.mark.parametrize("name", ANSWERS)
def test_the_other_templates(fleet: Awx, name: str) -> None:
    # Only these two have a copy that can be restored.
    ended(fleet.job(name, ANSWERS[name], limit="db-000.*" if name == "restore" else ""), fleet)
    forks = len(fleet.simulator.requests(method="POST", path="/project/*/service"))
    assert forks == {"restore": 2, "drill": 1}.get(name, 0)
    assert writes(fleet) == (["bank/db-000", "shop/db-000"] if name == "disable" else [])


def test_disable_wants_its_question_answered(fleet: Awx) -> None:
    job = ended(fleet.job("disable"), fleet, "failed")
    assert not writes(fleet)
    assert "btar_confirm_disable" in job.output


def test_a_job_is_taken_back_by_its_artifact(fleet: Awx) -> None:
    before = regions(fleet.simulator)
    done = ended(fleet.job("rollout", limit="bank-*:*.bank"), fleet)
    answers = {"btar_undo": json.dumps(done.artifacts["offsite_aiven_changes"]), "btar_accept_loss": "true"}
    ended(fleet.job("rollback", answers), fleet)
    assert regions(fleet.simulator) == before


@pytest.mark.parametrize("count", [1, 2, 4])
def test_slices_do_the_work_of_the_whole_once(fleet: Awx, count: int) -> None:
    inventory = fleet.imported()
    jobs = [ended(fleet.job("rollout", inventory=inventory, piece=(number, count)), fleet) for number in range(count)]
    assert writes(fleet) == sorted(f"{project}/db-00{n}" for project in ("shop", "bank") for n in (1, 2, 3, 4))
    assert sum(job.artifacts["offsite_aiven_run"]["total"] for job in jobs) == 10
    assert sum(job.artifacts["offsite_aiven_run"]["changed"] for job in jobs) == 8
    assert set.union(*[job.hosts("changed") for job in jobs]) == {
        host(n, project) for project in ("shop", "bank") for n in (1, 2, 3, 4)
    }


# The workflow


def test_the_workflow_applies_exactly_what_was_approved(fleet: Awx) -> None:
    plan = ended(fleet.job("plan"), fleet)
    add_services(fleet.simulator, [{"project": "shop", "service_name": "new"}])
    applied = ended(fleet.job("apply", artifacts=plan.artifacts), fleet)
    assert "shop/new" not in writes(fleet)
    assert len(writes(fleet)) == 8
    audit = ended(
        fleet.job("audit", {"btar_audit_fail_on": "none"}, artifacts={**plan.artifacts, **applied.artifacts}), fleet
    )
    assert audit.artifacts["offsite_aiven_audit"]["services"] == 11


def test_the_workflow_refuses_what_was_changed_in_between(fleet: Awx) -> None:
    plan = ended(fleet.job("plan"), fleet)
    fleet.simulator.patch("bank", "db-004", region=FAR, region_age_hours=1)
    job = ended(fleet.job("apply", artifacts=plan.artifacts), fleet, "failed")
    assert not writes(fleet)
    assert job.hosts("failures") == {host(4, "bank")}


@pytest.mark.parametrize("given", [{}, {"btar_plan": ""}])
def test_apply_without_a_plan_decides_nothing_itself(fleet: Awx, given: dict[str, str]) -> None:
    job = ended(fleet.job("apply", given), fleet, "failed")
    assert not writes(fleet)
    assert "There is no plan to apply" in " ".join(job.output.split())


def test_every_template_names_a_playbook_of_the_small_project() -> None:
    names = {playbook_of(template) for template in templates().values()}
    assert names <= {path.stem for path in (ROOT / "extensions/awx/project").glob("*.yml")}
