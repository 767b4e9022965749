# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who runs a playbook must not matter: settings of Ansible, unanswered questions of a survey, an inventory without services, a
larger playbook around ours.
"""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet.support import HOME, PARTNER, Site, add_services, fleet_of, recap_of, regions, results_of, rows_of
from tests.playbooks.support import Run, play
from tests.simulator.client import ROOT, Simulator

PLAYBOOKS = sorted(path.stem for path in (ROOT / "playbooks").glob("*.yml"))
SPECS: dict[str, Any] = yaml.safe_load((ROOT / "roles/btar/meta/argument_specs.yml").read_text())["argument_specs"]
# Every variable of every playbook, so that a new one cannot be forgotten.
VARIABLES = sorted(
    {
        *re.findall(r"^\| `(btar_\w+)` \|", (ROOT / "docs/playbooks.md").read_text(), re.MULTILINE),
        *(name for spec in SPECS.values() for name in spec["options"]),
    }
)

# What `ansible-config list` has that can change how a play runs, or what its tasks get.
SETTINGS: dict[str, dict[str, str]] = {
    "strategy free": {"ANSIBLE_STRATEGY": "free"},
    "strategy host_pinned": {"ANSIBLE_STRATEGY": "host_pinned"},
    "become": {"ANSIBLE_BECOME": "true", "ANSIBLE_BECOME_USER": "nobody"},
    "gathering": {"ANSIBLE_GATHERING": "implicit"},
    "any errors fatal": {"ANSIBLE_ANY_ERRORS_FATAL": "true"},
    "one fork": {"ANSIBLE_FORKS": "1"},
    "merging hashes": {"ANSIBLE_HASH_BEHAVIOUR": "merge"},
    "native jinja": {"ANSIBLE_JINJA2_NATIVE": "true"},
    "no injected facts": {"ANSIBLE_INJECT_FACT_VARS": "false"},
    "no log": {"ANSIBLE_NO_LOG": "true"},
    "diff always": {"ANSIBLE_DIFF_ALWAYS": "true"},
    "a fact cache": {"ANSIBLE_CACHE_PLUGIN": "jsonfile", "ANSIBLE_CACHE_PLUGIN_CONNECTION": "facts"},
    "vars of the top": {"ANSIBLE_PLAYBOOK_VARS_ROOT": "top"},
    "vars plugins at the start": {"ANSIBLE_RUN_VARS_PLUGINS": "start"},
    "another precedence": {
        "ANSIBLE_PRECEDENCE": "all_inventory, groups_inventory, all_plugins_inventory, groups_plugins_inventory"
    },
    "another transport": {"ANSIBLE_TRANSPORT": "ssh"},
    "pipelining": {"ANSIBLE_PIPELINING": "true"},
    "tags": {"ANSIBLE_RUN_TAGS": "web,databases"},
    "skipped tags": {"ANSIBLE_SKIP_TAGS": "web"},
    "a generous task timeout": {"ANSIBLE_TASK_TIMEOUT": "120"},
    "hidden hosts": {"ANSIBLE_DISPLAY_OK_HOSTS": "false", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false"},
    "another output": {"ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.minimal"},
    "no retry of hosts": {"ANSIBLE_RETRY_FILES_ENABLED": "true"},
}


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, simulator_process: Simulator) -> Site:
    return Site(Path(tmp_path_factory.mktemp("settings")), simulator_process)


@pytest.fixture
def site(shared: Site) -> Site:
    shared.simulator.reset()
    add_services(shared.simulator, rows_of("shop", 3))
    shared.group_vars(btar_region_map={HOME: PARTNER})
    return shared


@pytest.mark.parametrize("name", SETTINGS)
def test_a_rollout_is_the_same_under_every_setting(site: Site, name: str) -> None:
    site.simulator.fault(kind="400", method="PUT", service="db-001", count=None, message="No such luck")
    run = Site(site.folder, site.simulator, SETTINGS[name]).run("rollout", report=True, btar_waves="1,100%")
    assert "Traceback" not in run.output
    assert run.returncode == 2, run.output
    assert {label for label, region in regions(site.simulator).items() if region} == {"shop/db-000", "shop/db-002"}
    assert {host: counts for host, counts in recap_of(run.output).items() if counts != (0, 0)} == (
        {}
        if name == "another output"
        else {f"db-00{number}.shop": (int(number != 1), int(number == 1)) for number in range(3)}
    )


@pytest.mark.parametrize("empty", ["", None])
def test_unanswered_questions_of_a_survey_are_not_given(site: Site, empty: str | None) -> None:
    site.write("empty.json", json.dumps(dict.fromkeys(VARIABLES, empty)))
    source = site.arguments("rollout")[2]
    for playbook, code in (("rollout", 0), ("audit", 2), ("disable", 2), ("rollback", 2)):
        command = ["ansible-playbook", "-i", source, f"offsite.aiven.{playbook}", "-e", "@empty.json"]
        run = site.playbooks.command(command)
        assert run.returncode == code, run.output
        assert "Traceback" not in run.output
        if playbook == "disable":
            assert "btar_confirm_disable=true" in run.output
        if playbook == "rollback":
            assert "btar_undo=FILE" in run.output
    assert set(regions(site.simulator).values()) == {PARTNER}
    assert (site.folder / "btar" / "record.jsonl").exists()
    assert list((site.folder / "btar").glob("*.html"))


def unanswered(site: Site, playbook: str, *arguments: str, empty: str | None, **answers: Any) -> Run:
    """A playbook with one or two answers, and nothing but empty ones beside them."""
    site.write("answers.json", json.dumps({**dict.fromkeys(VARIABLES, empty), **answers}))
    source = site.arguments(playbook)[2]
    site.simulator.clear_requests()
    run = site.playbooks.command(
        ["ansible-playbook", "-i", source, f"offsite.aiven.{playbook}", "-e", "@answers.json", *arguments]
    )
    assert "Traceback" not in run.output
    assert not (Path("/") / "btar").exists()
    return run


@pytest.fixture
def copied(site: Site) -> Site:
    """All have a copy but the last; nothing is left of an earlier run."""
    shutil.rmtree(site.folder / "btar", ignore_errors=True)
    for number in range(2):
        site.simulator.patch("shop", f"db-00{number}", plan="business-4", region=PARTNER, region_age_hours=300)
    return site


UNANSWERED = pytest.mark.parametrize("empty", ["", None], ids=["empty", "null"])


@UNANSWERED
def test_an_unanswered_drill_and_restore_do_as_without_questions(copied: Site, empty: str | None) -> None:
    run = unanswered(copied, "drill", "--check", empty=empty)
    assert run.returncode == 0, run.output
    assert len(results_of(run, "Show the result of the drill")) == 1
    run = unanswered(copied, "restore", "--check", "--limit", "db-000*,db-001*", empty=empty)
    assert run.returncode == 0, run.output
    assert "2 would be restored" in run.output
    assert {entry["method"] for entry in copied.simulator.requests()} <= {"GET"}


@UNANSWERED
def test_an_unanswered_region_down_and_merge_do_as_without_questions(copied: Site, empty: str | None) -> None:
    run = unanswered(copied, "region_down", empty=empty, btar_region=HOME)
    assert run.returncode == 0, run.output
    assert (copied.folder / "btar/btar-region-down.json").exists()
    run = unanswered(copied, "audit", empty=empty)
    assert run.returncode == 2, run.output
    run = unanswered(copied, "merge", empty=empty, btar_merge_reports="btar/btar-audit.json")
    assert run.returncode == 2, run.output
    assert (copied.folder / "btar/btar-audit.prom").exists()


@pytest.mark.parametrize(
    ("playbook", "needed"),
    [
        ("restore", "btar_region"),
        ("region_down", "btar_region"),
        ("merge", "btar_merge_reports"),
        ("apply", "btar_plan=FILE"),
    ],
)
def test_what_has_to_be_answered_is_named(copied: Site, playbook: str, needed: str) -> None:
    run = unanswered(copied, playbook, empty=None)
    assert run.returncode == 2, run.output
    assert needed in run.output
    assert {entry["method"] for entry in copied.simulator.requests()} <= {"GET"}


@UNANSWERED
def test_unanswered_questions_do_not_take_from_a_playbook_what_it_is_for(copied: Site, empty: str | None) -> None:
    """An extra variable that is empty goes before what the playbook itself says."""
    plan = unanswered(copied, "rollout", "--check", empty=empty, btar_artifact=True, btar_report=False)
    published = fleet_of(plan)["ansible_stats"]["data"]
    run = unanswered(copied, "apply", empty=empty, btar_report=False, **published)
    assert run.returncode == 0, run.output
    assert regions(copied.simulator)["shop/db-002"] == PARTNER
    run = unanswered(
        copied, "rollback", empty=empty, btar_report=False, btar_undo="btar/record.jsonl", btar_accept_loss=True
    )
    assert run.returncode == 0, run.output
    assert regions(copied.simulator)["shop/db-002"] is None
    run = unanswered(copied, "disable", empty=empty, btar_report=False, btar_confirm_disable=True)
    assert run.returncode == 0, run.output
    assert set(regions(copied.simulator).values()) == {None}


def test_no_variable_leads_around_what_a_playbook_is_for(copied: Site) -> None:
    """Neither to another change than the one that was confirmed, nor to one that was not."""
    assert copied.run("rollout", report=False).returncode == 0
    run = copied.run("rollback", report=False, btar_undo="btar/record.jsonl", btar_changes="enable,move,disable")
    assert run.returncode == 2, run.output
    assert "btar_accept_loss=true" in run.output
    assert set(regions(copied.simulator).values()) == {PARTNER}
    given = {"btar_state": "enabled", "btar_changes": "enable", "btar_confirm_disable": True}
    run = copied.run("disable", report=False, **given)
    assert run.returncode == 0, run.output
    assert set(regions(copied.simulator).values()) == {None}


@pytest.mark.parametrize(
    ("variable", "value"), [("btar_waves", "all"), ("btar_wave_max_failures", "few"), ("btar_wait_timeout", "nan")]
)
def test_a_wrong_variable_is_found_in_check_mode_too(site: Site, variable: str, value: str) -> None:
    run = site.run("rollout", "--check", **{variable: value})
    assert run.returncode != 0
    assert value in run.output


# A part of a larger playbook.


def larger(site: Site, *, when: Any = None, **variables: Any) -> Path:
    ours = {"ansible.builtin.import_playbook": "offsite.aiven.rollout", "vars": {"btar_report": False, **variables}}
    if when is not None:
        ours["when"] = when
    after = play([{"name": "after", "ansible.builtin.debug": {"msg": "reached"}}], hosts="web1", connection="local")
    return site.write("site.yml", [ours, after])


@pytest.mark.parametrize(
    ("services", "when", "arguments"),
    [
        (False, None, []),
        (True, None, ["--limit", "web1"]),
        (True, False, []),
        (True, None, ["--tags", "web"]),
    ],
    ids=["no services", "a limit", "a condition", "tags"],
)
def test_what_follows_runs_where_there_is_nothing_to_do(
    site: Site, services: bool, when: Any, arguments: list[str]
) -> None:
    site.write("hosts/web.yml", {"all": {"hosts": {"web1": {"ansible_connection": "local"}}}})
    if services:
        site.write("hosts/test.aiven_services.yml", {"plugin": "offsite.aiven.aiven_services"})
    else:
        (site.folder / "hosts/test.aiven_services.yml").unlink(missing_ok=True)
    site.write("hosts/group_vars/all.yml", {"btar_region_map": {HOME: PARTNER}})
    path = larger(site, when=when, btar_when_empty="skip")
    run = site.playbooks.command(["ansible-playbook", "-i", "hosts", str(path), *arguments])
    assert run.returncode == 0, run.output
    if "--tags" not in arguments:
        assert run.result("after")["msg"] == "reached"
    if not services or when is False or "--limit" in arguments:
        assert set(regions(site.simulator).values()) == {None}


def test_an_unknown_word_for_an_empty_fleet_is_refused(site: Site) -> None:
    run = site.run("rollout", "--limit", "nobody*,db-000*", btar_when_empty="maybe")
    assert run.returncode != 0
    assert "btar_when_empty is 'maybe'" in " ".join(run.output.split())


def test_a_report_that_is_neither_wanted_nor_not_is_refused(site: Site) -> None:
    run = site.run("rollout", btar_report="ture")
    assert run.returncode != 0
    assert "btar_report is 'ture': give true or false." in " ".join(run.output.split())
    assert set(regions(site.simulator).values()) == {None}


@pytest.mark.parametrize("mode", ["--syntax-check", "--list-tasks", "--list-tags"])
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_playbook_can_be_read_without_an_inventory(site: Site, playbook: str, mode: str) -> None:
    run = site.playbooks.command(["ansible-playbook", f"offsite.aiven.{playbook}", mode])
    assert run.returncode == 0, run.output


def test_a_mistyped_variable_is_told_once(site: Site) -> None:
    run = site.run("rollout", "--check", btar_max_change=2, btar_team="storage")
    assert run.returncode == 0, run.output
    assert run.output.count("btar_max_change has no effect: did you mean btar_max_changes?") == 1
    assert "btar_team" not in run.output
