# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The task as playbooks see it: explicit targets, arguments, results and what is registered. One playbook runs all of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.fleet.support import HOME, OTHER, OUTCOME_KEYS, PARTNER, add_services, read_lines, rows_of
from tests.playbooks.support import Playbooks, Run, play
from tests.simulator.client import Simulator

CANARY = "cAnArY-token-0b5e77"
ACTION = "offsite.aiven.aiven_btar_fleet"


def target(project: str, number: int, region: str | None = PARTNER, **more: Any) -> dict[str, Any]:
    row = {"project": project, "service_name": f"db-{number:03}", **more}
    return {**row, "region": region} if region else row


def targets(project: str, count: int, region: str | None = PARTNER) -> list[dict[str, Any]]:
    return [target(project, number, region) for number in range(count)]


MALFORMED = [
    {"project": "bad", "service_name": "db-000", "region": "Not A Region"},
    {"project": "bad", "service_name": "db-001", "state": "on", "region": PARTNER},
    {"project": "../me", "service_name": "db-002", "region": PARTNER},
    {"service_name": "db-003", "region": PARTNER},
    {"project": "bad", "service_name": "db-004"},
    {"project": "bad", "service_name": "db-005", "region": PARTNER, "regoin": PARTNER},
    {"project": "bad", "service_name": "db-006", "region": PARTNER, "expect": "nothing"},
    "bad/db-007",
    target("bad", 8),
    target("bad", 8),
]

# Tasks by name: arguments, and keywords beside them. Each has a project of its own name, with six services.
TASKS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "registered": ({"targets": targets("registered", 3)}, {"register": "kept"}),
    "forgotten": ({"targets": targets("forgotten", 3)}, {"run_once": False}),
    "order": (
        {
            "targets": [
                target("order", 4),
                target("order", 0, HOME),
                target("order", 5, state="disabled"),
                target("order", 2),
            ],
            "concurrency": 4,
        },
        {},
    ),
    "nothing": ({"targets": []}, {}),
    "malformed": ({"targets": MALFORMED}, {}),
    "not-a-list": ({"targets": {"project": "not-a-list"}}, {}),
    "states": ({"targets": targets("states", 2, None), "state": "disabled", "changes": ["disable"]}, {}),
    "unknown-option": ({"targets": [], "max_change": 3}, {}),
    "unknown-change": ({"targets": [], "changes": ["enable", "explode"]}, {}),
    "bad-limit": ({"targets": targets("bad-limit", 1), "max_changes": "a few"}, {}),
    "bad-concurrency": ({"targets": targets("bad-concurrency", 1), "concurrency": 0}, {}),
    "bad-timeout": ({"targets": targets("bad-timeout", 1), "wait": True, "wait_timeout": "nan"}, {}),
    "bad-url": ({"targets": targets("bad-url", 1), "api_url": "ftp://nowhere"}, {}),
    "plan-and-undo": ({"targets": targets("plan-and-undo", 1), "plan": "a", "undo": "b"}, {}),
    "no-plan": ({"targets": targets("no-plan", 1), "plan": "no/such/file"}, {}),
    "no-hosts": ({}, {}),
    "stop": ({"targets": [target("stop", 0), target("stop", 1, HOME)], "on_error": "stop"}, {}),
    "check": ({"targets": targets("check", 3)}, {"check_mode": True, "diff": True}),
    "diff": ({"targets": [target("diff", 0), target("diff", 1, OTHER)]}, {"diff": True}),
    "unwritable": ({"targets": targets("unwritable", 1), "record": "/proc/none/record.jsonl"}, {}),
    "full": ({"targets": targets("full", 1), "record": "/dev/full"}, {}),
    "recorded": ({"targets": targets("recorded", 2), "record": "{{ playbook_dir }}/deep/er/record.jsonl"}, {}),
    "recorded-again": ({"targets": targets("recorded", 3), "record": "{{ playbook_dir }}/deep/er/record.jsonl"}, {}),
    "environment": (
        {"targets": targets("environment", 1), "api_token": None},
        {"environment": {"AIVEN_TOKEN": "{{ token_of_play }}"}, "vars": {"token_of_play": "{{ tokens.environment }}"}},
    ),
    "play": ({"targets": targets("play", 1), "api_token": None}, {}),
    "no-token": ({"targets": targets("no-token", 1), "api_token": None}, {"environment": {"AIVEN_TOKEN": ""}}),
    "wrong-token": ({"targets": targets("wrong-token", 1), "api_token": "{{ tokens.nobody }}"}, {}),
    "leaky": ({"targets": targets("leaky", 1)}, {}),
}


def arrange(simulator: Simulator) -> None:
    simulator.reset()
    for name in TASKS:
        add_services(simulator, rows_of(name, 6))
        simulator.add_token(f"{CANARY}-{name}", user=name)
    simulator.patch("registered", "db-002", region=PARTNER, region_age_hours=100)
    simulator.patch("states", "db-001", region=PARTNER, region_age_hours=100)
    simulator.patch("diff", "db-001", region=PARTNER, region_age_hours=100)
    simulator.fault(kind="400", method="PUT", project="leaky", message=f"no {CANARY}-leaky here")


def tasks() -> Iterator[dict[str, Any]]:
    for name, (arguments, keywords) in TASKS.items():
        options = {"api_token": f"{{{{ tokens['{name}'] }}}}", **arguments}
        yield {
            "name": name,
            ACTION: {key: value for key, value in options.items() if value is not None},
            "ignore_errors": True,
            "run_once": True,
            **keywords,
        }
    yield {"name": "each host", "ansible.builtin.debug": {"msg": "{{ kept.results | map(attribute='status') | list }}"}}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory, simulator_process: Simulator) -> Run:
    arrange(simulator_process)
    playbooks = Playbooks(Path(tmp_path_factory.mktemp("task")))
    defaults = {"group/offsite.aiven.aiven": {"api_url": simulator_process.url, "retry_timeout": 3}}
    environment = {"AIVEN_TOKEN": "{{ tokens.play }}"}
    path = playbooks.folder / "site.yml"
    path.write_text(
        yaml.safe_dump([play(list(tasks()), hosts="all", module_defaults=defaults, environment=environment)])
    )
    # From a file of its own: what stands in a playbook is shown by ansible-core itself beside an error.
    tokens = playbooks.folder / "tokens.json"
    tokens.write_text(json.dumps({"tokens": {name: f"{CANARY}-{name}" for name in (*TASKS, "nobody")}}))
    return playbooks.command(["ansible-playbook", "-vvvv", "-i", "a,b,c,", "-e", f"@{tokens}", str(path)])


def rows(ran: Run, name: str) -> list[dict[str, Any]]:
    return [row for row in ran.rows if row["task"] == name]


def requests(simulator: Simulator, name: str) -> list[Mapping[str, Any]]:
    return [entry for entry in simulator.requests() if entry["user"] == name]


def test_all_tasks_ran(ran: Run) -> None:
    assert ran.returncode == 0, ran.output
    assert {row["task"] for row in ran.rows} == {*TASKS, "each host"}


@pytest.mark.parametrize("name", TASKS)
def test_every_result_says_what_it_cost(ran: Run, name: str, simulator_process: Simulator) -> None:
    (row,) = rows(ran, name)
    result = row["result"]
    calls = result["api_calls"]
    assert set(calls) == {"total", "reads", "writes", "retries", "waited_seconds"}
    if name not in ("wrong-token", "no-token"):  # their requests are nobody's
        assert calls["total"] == len(requests(simulator_process, name))
    if result["failed"]:
        assert set(result["error"]) == {"code", "message", "status"}
        assert result["error"]["message"] == result["msg"]
    else:
        assert "error" not in result
    for outcome in result.get("results", []):
        assert set(outcome) == OUTCOME_KEYS
    if "results" in result:
        assert result["summary"]["total"] == len(result["results"]) == len(TASKS[name][0].get("targets", "abc"))
        assert sum(result["summary"].values()) == 2 * result["summary"]["total"]


def test_register_reaches_every_host_with_every_outcome(ran: Run) -> None:
    shown = {row["host"]: row["result"]["msg"] for row in rows(ran, "each host")}
    assert shown == {host: ["changed", "changed", "unchanged"] for host in "abc"}


def test_a_forgotten_run_once_runs_once(ran: Run, simulator_process: Simulator) -> None:
    assert len(rows(ran, "forgotten")) == 1
    assert [entry["method"] for entry in requests(simulator_process, "forgotten")].count("PUT") == 3
    assert rows(ran, "forgotten")[0]["result"]["summary"]["changed"] == 3


def test_outcomes_are_in_the_order_of_the_targets(ran: Run) -> None:
    (row,) = rows(ran, "order")
    assert [item["service_name"] for item in row["result"]["results"]] == ["db-004", "db-000", "db-005", "db-002"]
    assert [item["status"] for item in row["result"]["results"]] == ["changed", "failed", "unchanged", "changed"]
    assert row["status"] == "failed"
    assert row["result"]["changed"] is True
    assert row["result"]["msg"].startswith("1 of 4 targets failed (order/db-000); the first: ")
    assert row["result"]["error"]["code"] == "same_region"


def test_no_targets_are_nothing_to_do(ran: Run, simulator_process: Simulator) -> None:
    result = rows(ran, "nothing")[0]["result"]
    assert (result["results"], result["changed"], result["summary"]["total"]) == ([], False, 0)
    assert not requests(simulator_process, "nothing")


def test_all_mistakes_of_targets_are_named_before_any_call(ran: Run, simulator_process: Simulator) -> None:
    result = rows(ran, "malformed")[0]["result"]
    assert result["error"]["code"] == "invalid_target"
    for number in range(8):
        assert f"targets[{number}]" in result["msg"]
    assert "targets[8] and targets[9] are the same service bad/db-008" in result["msg"]
    assert "regoin" in result["msg"]
    assert not requests(simulator_process, "malformed")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("not-a-list", "targets"),
        ("unknown-option", "max_change"),
        ("unknown-change", "explode"),
        ("bad-limit", "max_changes is 'a few'"),
        ("bad-concurrency", "concurrency is 0"),
        ("bad-timeout", "wait_timeout is nan"),
        ("plan-and-undo", "plan"),
        ("no-plan", "no/such/file"),
        ("no-hosts", "host a has no aiven_project"),
        ("unwritable", "/proc/none/record.jsonl cannot be written"),
        ("full", "/dev/full"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_call(
    ran: Run, simulator_process: Simulator, name: str, words: str
) -> None:
    result = rows(ran, name)[0]["result"]
    assert result["error"]["code"] == "invalid_target"
    assert words in result["msg"]
    assert not requests(simulator_process, name)


def test_a_wrong_url_and_wrong_tokens_say_so(ran: Run) -> None:
    assert "ftp://nowhere" in rows(ran, "bad-url")[0]["result"]["msg"]
    for name in ("no-token", "wrong-token"):
        assert rows(ran, name)[0]["result"]["error"]["code"] == "authentication_failed"


def test_the_state_of_the_task_is_that_of_targets_without(ran: Run) -> None:
    statuses = [item["status"] for item in rows(ran, "states")[0]["result"]["results"]]
    assert statuses == ["unchanged", "changed"]


def test_stop_with_one_refusal_writes_nothing(ran: Run, simulator_process: Simulator) -> None:
    result = rows(ran, "stop")[0]["result"]
    assert [item["error"]["code"] for item in result["results"]] == ["skipped_after_failures", "same_region"]
    assert {entry["method"] for entry in requests(simulator_process, "stop")} == {"GET"}


def test_check_mode_and_diff(ran: Run, simulator_process: Simulator) -> None:
    result = rows(ran, "check")[0]["result"]
    assert result["changed"] is True
    assert {entry["method"] for entry in requests(simulator_process, "check")} == {"GET"}
    assert [row["before_header"] for row in result["diff"]] == [f"check/db-00{number}" for number in range(3)]
    assert result["diff"][0]["after"] == {"additional_backup_regions": [PARTNER]}
    real = rows(ran, "diff")[0]["result"]
    assert [row["before_header"] for row in real["diff"]] == ["diff/db-000"], "the refused move shows no diff"
    assert real["results"][1]["error"]["code"] == "change_not_allowed"


def test_a_record_is_private_and_has_a_header_for_each_task(ran: Run) -> None:
    path = ran.home.parent / "deep" / "er" / "record.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    lines = read_lines(path)
    assert [line["type"] for line in lines] == ["run", *["outcome"] * 2, "end", "run", *["outcome"] * 3, "end"]
    assert len({line["run_id"] for line in lines}) == 1
    assert rows(ran, "recorded")[0]["result"]["run_id"] == lines[0]["run_id"]
    assert rows(ran, "recorded")[0]["result"]["record"] == str(path)
    assert lines[0].keys() >= {"schema", "version", "time", "check_mode"}


@pytest.mark.parametrize("name", ["play", "environment"])
def test_the_environment_of_play_and_task_counts(ran: Run, simulator_process: Simulator, name: str) -> None:
    assert rows(ran, name)[0]["result"]["summary"]["changed"] == 1
    assert len(requests(simulator_process, name)) == 4


def test_no_token_is_shown_anywhere(ran: Run) -> None:
    assert "leaky" in ran.output
    allowed = [line for line in ran.output.splitlines() if CANARY in line]
    assert not allowed, allowed[:3]
    for path in ran.home.parent.rglob("*"):
        if path.is_file() and path.name != "tokens.json":
            assert CANARY.encode() not in path.read_bytes(), path
