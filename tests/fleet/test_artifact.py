# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan, and the changes of a run, as values that travel from job to job without a shared disk."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.artifact import MOST_BYTES, as_artifact
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import planned_targets, undoing_targets
from tests.fleet.support import HOME, OTHER, PARTNER, Site, add_services, fleet_of, regions, rows_of, shown
from tests.playbooks.support import Run
from tests.simulator.client import ROOT, Simulator


def change(name: str, what: str | None = "enable", before: str | None = None, after: str | None = "b") -> Outcome:
    return Outcome("shop", name, "changed" if what else "unchanged", what, "", before, after, changed=what is not None)  # type: ignore[arg-type]


def artifact(*outcomes: Outcome, check_mode: bool = True) -> dict[str, Any]:
    return {**as_artifact(outcomes, check_mode=check_mode, undoes=None), "run_id": "one"}


def as_given(value: dict[str, Any], *, text: bool) -> object:
    return json.dumps(value) if text else value


@pytest.mark.parametrize("text", [False, True])
def test_a_plan_is_the_same_as_a_value_as_text_and_as_a_record(tmp_path: Path, text: bool) -> None:
    made = artifact(change("a"), change("b", "move", "x", "y"), change("c", "disable", "x", None), change("d", None))
    targets = planned_targets(as_given(made, text=text))
    assert [(target.service_name, target.state, target.region, target.expect) for target in targets.values()] == [
        ("a", "enabled", "b", {"region": None}),
        ("b", "enabled", "y", {"region": "x"}),
        ("c", "disabled", None, {"region": "x"}),
    ]
    line = {"type": "run", "run_id": "one", "schema": "offsite.aiven/record/1", "check_mode": True, "time": ""}
    rows = [
        {"type": "outcome", "run_id": "one", "changed": True, "status": "changed", **row} for row in made["changes"]
    ]
    record = tmp_path / "plan.jsonl"
    end = {"type": "end", "run_id": "one", "status": "finished"}
    record.write_text("\n".join(json.dumps(row) for row in [line, *rows, end]))
    assert planned_targets(str(record)) == targets


@pytest.mark.parametrize("text", [False, True])
def test_the_changes_of_a_run_can_be_undone(text: bool) -> None:
    run_id, undone = undoing_targets(as_given(artifact(change("a"), check_mode=False), text=text), None)
    assert run_id == "one"
    assert [(target.state, target.expect) for target in undone.values()] == [("disabled", {"region": "b"})]


def test_a_plan_is_not_undone_and_a_run_not_applied() -> None:
    with pytest.raises(AivenError, match="plan the artifact of run one holds no plan"):
        planned_targets(artifact(change("a"), check_mode=False))
    with pytest.raises(AivenError, match="no run has changed anything in the artifact of run one: there is nothing"):
        undoing_targets(artifact(change("a")), None)


def without(key: str) -> dict[str, Any]:
    made = artifact(change("a"))
    del made["changes"][0][key]
    return made


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"schema": "offsite.aiven/changes/9"}, "'offsite.aiven/changes/9' and not"),
        ([], "it is 'list' and not"),
        ("{nonsense", "the text is not JSON"),
        ({**artifact(), "changes": None}, "no list of changes"),
        *[
            (without(key), "change 1 of the artifact is not whole")
            for key in ("project", "service_name", "before", "after")
        ],
    ],
)
def test_what_is_no_artifact_says_so(value: object, words: str) -> None:
    with pytest.raises(AivenError, match=words) as refused:
        planned_targets(value)
    assert refused.value.code == "invalid_target"


def test_an_artifact_has_a_size_that_a_controller_takes() -> None:
    many = [change(f"orders-db-{number:05}", after="google-europe-north1") for number in range(3000)]
    assert len(json.dumps(as_artifact(many, check_mode=True, undoes=None))) < MOST_BYTES
    with pytest.raises(RecordError, match=r"6000 changes are \d+ bytes.*btar_artifact=false"):
        as_artifact(many * 2, check_mode=True, undoes=None)


# With the playbooks


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator) -> Site:
    site = Site(tmp_path, simulator)
    site.group_vars(btar_region_map={HOME: PARTNER})
    add_services(simulator, rows_of("shop", 4))
    return site


def published(run: Run) -> dict[str, Any]:
    found: dict[str, Any] = fleet_of(run)["ansible_stats"]["data"]
    return found


def writes(site: Site) -> list[str]:
    return sorted(entry["service"] for entry in site.simulator.requests(method="PUT"))


@pytest.mark.parametrize("text", [False, True], ids=["value", "text"])
def test_exactly_the_published_plan_is_applied_and_taken_back(site: Site, text: bool) -> None:
    planned = site.run("rollout", "--check", btar_artifact="true")
    assert "offsite_aiven_plan" not in published(site.run("rollout", "--check"))
    add_services(site.simulator, [{"project": "shop", "service_name": "new"}])
    plan = published(planned)["offsite_aiven_plan"]
    site.simulator.clear_requests()
    applied = site.run("rollout", btar_plan=as_given(plan, text=text), btar_artifact=True)
    assert applied.returncode == 0, applied.output
    assert writes(site) == ["db-000", "db-001", "db-002", "db-003"]
    assert set(published(applied)) == {"offsite_aiven_run", "offsite_aiven_changes"}
    done = published(applied)["offsite_aiven_changes"]
    back = site.run("rollback", btar_undo=as_given(done, text=text), btar_accept_loss=True)
    assert back.returncode == 0, back.output
    assert set(regions(site.simulator).values()) == {None}


def test_only_apply_reads_what_a_job_has_published() -> None:
    """In a workflow it is an extra variable of every later job."""
    paths = [*(ROOT / "playbooks").rglob("*.yml"), *(ROOT / "roles/btar/tasks").glob("*.yml")]
    read = {path.name: set(re.findall(r"offsite_aiven_\w+", path.read_text())) for path in paths}
    assert {name: names for name, names in read.items() if names} == {"apply.yml": {"offsite_aiven_plan"}}


def test_a_published_plan_that_is_stale_writes_nothing(site: Site) -> None:
    plan = published(site.run("rollout", "--check", btar_artifact=True))["offsite_aiven_plan"]
    site.simulator.patch("shop", "db-003", region=OTHER, region_age_hours=1)
    site.simulator.clear_requests()
    run = site.run("rollout", btar_plan=plan, btar_waves="1,100%")
    assert run.returncode != 0
    assert not writes(site)
    assert shown(run)["db-003.shop"] == (False, True)


def test_a_plan_of_no_change_changes_nothing(site: Site) -> None:
    site.group_vars(
        btar_region_map={HOME: PARTNER},
        btar_region_exceptions=[{"match": {"project": "shop"}, "reason": "x", "until": "2099-01-01"}],
    )
    plan = published(site.run("rollout", "--check", btar_artifact=True))["offsite_aiven_plan"]
    assert plan["changes"] == []
    site.group_vars(btar_region_map={HOME: PARTNER}, btar_region_exceptions=[])
    run = site.run("rollout", btar_plan=plan)
    assert run.returncode == 0, run.output
    assert not writes(site)
