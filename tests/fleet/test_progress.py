# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person sees of a run: on a terminal, in a pipe and under ansible-runner; stdout stays clean."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import ansible_runner
import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import Decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet import progress as _progress
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.progress import MOST_ROWS, Progress
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordWriter
from tests.fleet.support import HOME, OTHER, PARTNER, Site, add_services, rows_of
from tests.simulator.client import Simulator

CALLBACKS = Path(__file__).parent / "callback_plugins"
TICK = re.compile(r"changing services: (\d+) of (\d+)")


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Screen:
    """A progress display and what it has said."""

    def __init__(
        self, *, on_terminal: bool = True, check_mode: bool = False, record: RecordWriter | None = None
    ) -> None:
        self.lines: list[str] = []
        self.clock = Clock()
        self.progress = Progress(
            self.lines.append, record, check_mode=check_mode, on_terminal=on_terminal, clock=self.clock
        )


def case(
    name: str, change: str | None = None, before: str | None = None, after: str | None = PARTNER, project: str = "shop"
) -> Case:
    made = Case(FleetTarget(project, name, "enabled"), target=None)  # type: ignore[arg-type]
    made.decision = Decision(change, before, after, "")  # type: ignore[arg-type]
    if change is None:
        made.outcome = Outcome(project, name, "unchanged")
    return made


def outcome(name: str, status: str = "changed", **facts: object) -> Outcome:
    return Outcome(
        "shop",
        name,
        **{"status": status, "change": "enable", "after": PARTNER, "changed": status == "changed", **facts},
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(("on_terminal", "interval"), [(True, 1), (False, 15)])
def test_a_line_at_intervals(on_terminal: bool, interval: int) -> None:
    screen = Screen(on_terminal=on_terminal)
    for tenth in range(1, 10 * 60 + 1):
        screen.clock.now = tenth / 10
        screen.progress.tick("changing services", tenth, 600)
    assert len(screen.lines) == 60 // interval
    assert screen.lines[0] == f"changing services: {interval * 10} of 600"


def test_failures_are_counted() -> None:
    screen = Screen()
    for number in range(3):
        screen.progress.outcome(outcome(str(number), "failed" if number else "changed"))
    screen.clock.now = 1
    screen.progress.tick("changing services", 3, 9)
    assert screen.lines == ["changing services: 3 of 9, 2 failed"]


def test_what_will_be_copied_and_lost_is_said_before() -> None:
    screen = Screen()
    screen.progress.decided(
        [
            case("a", "enable"),
            case("b", "enable"),
            case("c", "move", OTHER, project="bank"),
            case("d", "disable", OTHER, None),
            case("e"),
        ],
        3,
    )
    assert screen.lines == [
        "5 services in 2 projects: 4 to change in 3 waves, 1 unchanged",
        f"  enable 2: 2 to be copied to {PARTNER}",
        f"  move 1: 1 whose copies in {OTHER} are lost and which are copied anew to {PARTNER}",
        f"  disable 1: 1 whose copies in {OTHER} are lost",
    ]


@pytest.mark.parametrize(
    ("cases", "check_mode", "line"),
    [
        ([case("a", "enable")], False, "1 service in 1 project: 1 to change"),
        ([case("a", "enable")], True, "1 service in 1 project: 1 would change"),
        ([case("a"), case("b")], False, "2 services in 1 project: 0 to change, 2 unchanged"),
        ([], False, "0 services in 0 projects: 0 to change"),
    ],
)
def test_one_is_one(cases: Sequence[Case], check_mode: bool, line: str) -> None:
    screen = Screen(check_mode=check_mode)
    screen.progress.decided(cases, 1)
    assert screen.lines[0] == line


def test_many_routes_are_cut_short() -> None:
    screen = Screen()
    screen.progress.decided([case(str(number), "enable", None, f"region-{number}") for number in range(9)], 1)
    assert screen.lines[1].endswith("; and 3 more routes")


def test_why_services_are_skipped_is_said() -> None:
    screen, cases = Screen(), [case(str(number)) for number in range(7)]
    for number, item in enumerate(cases):
        reason = ("kafka", "kafka", "kafka", "an exception", "an exception", "thanos", "flink")[number]
        item.outcome = Outcome("shop", str(number), "skipped", reason=reason)
    screen.progress.decided(cases, 1)
    assert screen.lines[1:] == ["  skip 7: 3 (kafka); 2 (an exception); 1 (thanos); and 1 more"]


def test_the_table_has_failures_first_and_says_where_the_rest_is(tmp_path: Path) -> None:
    record = RecordWriter(str(tmp_path / "record.jsonl"), check_mode=False)
    screen = Screen(record=record)
    rows = [outcome(f"db-{number:02}") for number in range(MOST_ROWS + 5)]
    rows += [outcome("broken", "failed", reason="No such luck"), outcome("same", "unchanged", changed=False)]
    screen.progress.table(rows)
    record.end("finished")
    assert len(screen.lines) == MOST_ROWS + 1
    assert screen.lines[0] == "  shop/broken  FAILED  No such luck"
    assert screen.lines[1] == f"  shop/db-00   enable  - -> {PARTNER}"
    assert screen.lines[-1] == f"  ... and 6 more; all are in {tmp_path}/record.jsonl"
    assert not any("same" in line for line in screen.lines)


def test_nothing_changed_is_no_table() -> None:
    screen = Screen()
    screen.progress.table([outcome("same", "unchanged", changed=False)])
    assert screen.lines == []


def test_the_terminal_of_ansible_runner_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives the job one, but nobody sits there: AWX would keep a line a second for ever."""
    code = f"import {_progress.__name__} as m, sys; sys.stdout.write(str(m.ON_TERMINAL))"
    for variable, expected in ((None, "True"), ("/artifacts", "False")):
        main, terminal = pty.openpty()
        environment = {key: value for key, value in os.environ.items() if key != "AWX_ISOLATED_DATA_DIR"}
        environment["PYTHONPATH"] = str(Path(__file__).parents[2] / ".venv" / "tree")
        if variable:
            environment["AWX_ISOLATED_DATA_DIR"] = variable
        done = subprocess.run(
            [Path(__file__).parents[2] / ".venv" / "bin" / "python", "-c", code],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=terminal,
            text=True,
            check=True,
        )
        assert done.stdout == expected
        os.close(main)
        os.close(terminal)


# Real runs


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, simulator_process: Simulator) -> Site:
    site = Site(Path(tmp_path_factory.mktemp("progress")), simulator_process)
    site.group_vars(btar_region_map={HOME: PARTNER})
    return site


def slow_fleet(simulator: Simulator) -> None:
    """About four seconds of writing, and one failure."""
    simulator.reset()
    add_services(simulator, rows_of("shop", 40))
    simulator.fault(kind="400", method="PUT", service="db-003", count=None, message="No such luck")
    simulator.fault(kind="slow", method="PUT", seconds=0.2, count=None)


ARGUMENTS = {"btar_waves": "100%", "btar_concurrency": 2}


def test_in_a_pipe_there_is_a_summary_and_stdout_is_clean(shared: Site) -> None:
    slow_fleet(shared.simulator)
    playbooks = shared.playbooks
    environment = {
        **playbooks._environment(),
        "COLLECT_RESULTS_PATH": os.devnull,
        "ANSIBLE_STDOUT_CALLBACK": "json_document",
        "ANSIBLE_CALLBACK_PLUGINS": f"{CALLBACKS}{os.pathsep}{playbooks._environment()['ANSIBLE_CALLBACK_PLUGINS']}",
    }
    done = subprocess.run(
        shared.arguments("rollout", **ARGUMENTS),
        cwd=shared.folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    document = json.loads(done.stdout)
    assert document["stats"]["db-003.shop"]["failures"] == 1
    assert document["stats"]["db-004.shop"]["changed"] == 1
    said = done.stderr.splitlines()
    assert "40 services in 1 project: 40 to change" in said
    assert f"  enable 40: 40 to be copied to {PARTNER}" in said
    assert any(re.match(r"39 changed, 0 unchanged, 1 failed; record: .*record.jsonl", line) for line in said)
    assert not TICK.search(done.stderr), "less than 15 seconds have passed"


def read_terminal(main: int) -> Iterator[str]:
    while True:
        try:
            data = os.read(main, 65536)
        except OSError:
            return
        if not data:
            return
        yield data.decode(errors="replace")


def test_on_a_terminal_there_is_a_line_a_second(shared: Site) -> None:
    slow_fleet(shared.simulator)
    main, terminal = pty.openpty()
    environment = {**shared.playbooks._environment(), "COLLECT_RESULTS_PATH": os.devnull, "ANSIBLE_NOCOLOR": "1"}
    process = subprocess.Popen(
        shared.arguments("rollout", **ARGUMENTS),
        cwd=shared.folder,
        env=environment,
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        start_new_session=True,
    )
    os.close(terminal)
    shown = "".join(read_terminal(main))
    assert process.wait() == 2
    os.close(main)
    counts = [int(count) for count, total in TICK.findall(shown)]
    assert len(counts) >= 2
    assert counts == sorted(set(counts))
    assert max(counts) <= 40


def test_under_ansible_runner_events_are_on_the_right_hosts(shared: Site, tmp_path: Path) -> None:
    slow_fleet(shared.simulator)
    source = Path(shared.arguments("rollout")[2])
    environment = shared.playbooks._environment()
    for name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED", "PATH"):
        environment.pop(name)
    binaries = str(Path(__file__).parents[2] / ".venv" / "bin")
    done = ansible_runner.run(
        private_data_dir=str(tmp_path),
        playbook="offsite.aiven.rollout",
        inventory=str(source),
        envvars={**environment, "PATH": f"{binaries}:{os.environ['PATH']}"},
        extravars={**ARGUMENTS, "btar_report": False, "btar_report_dir": str(tmp_path / "btar")},
        quiet=True,
    )
    assert (done.status, done.rc) == ("failed", 2)
    news = [event for event in done.events if event["event_data"].get("task") == "Show the outcome"]
    failed = [event["event_data"]["host"] for event in news if event["event"] == "runner_on_failed"]
    changed = [
        event["event_data"]["host"]
        for event in news
        if event["event"] == "runner_on_ok" and event["event_data"]["res"]["changed"]
    ]
    assert failed == ["db-003.shop"]
    assert sorted(changed) == sorted(f"db-{number:03}.shop" for number in range(40) if number != 3)
    others = [
        event for event in done.events if event["event"] in ("runner_on_ok", "runner_on_failed") and event not in news
    ]
    assert not [
        event for event in others if event["event_data"]["res"].get("changed") or event["event"] == "runner_on_failed"
    ]
    printed = done.stdout.read()
    assert "40 services in 1 project: 40 to change" in printed
    assert "FAILED" in printed
    assert not TICK.search(printed), "a line a second is for people"
