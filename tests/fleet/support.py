# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fleets for tests: services made in one go, runs of the action's engine, and playbooks over a fleet of hosts."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Clouds, Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._runners.write_check import Facts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget, Policy
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from tests.playbooks.support import Playbooks, Run, play
from tests.simulator.client import Simulator

HOME, PARTNER, OTHER, FOREIGN = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-west-2", "google-europe-west1"
TODAY = date(2026, 9, 1)
CONFIG = {"plugin": "offsite.aiven.aiven_services"}
OUTCOME_KEYS = {
    "project",
    "service_name",
    "status",
    "changed",
    "failed",
    "change",
    "reason",
    "before",
    "after",
    "error",
}


def add_services(simulator: Simulator, rows: Sequence[Mapping[str, Any]]) -> None:
    """Services in one call; each row has ``project`` and ``service_name``."""
    simulator.door("POST", "/services", [{"cloud": HOME, **row} for row in rows])


def rows_of(project: str, count: int, **facts: Any) -> list[dict[str, Any]]:
    return [{"project": project, "service_name": f"db-{number:03}", **facts} for number in range(count)]


def regions(simulator: Simulator) -> dict[str, str | None]:
    """The secondary region of every service, by PROJECT/NAME."""
    return {f"{row['project']}/{row['service_name']}": row["region"] for row in simulator.state()["services"]}


def client_of(simulator: Simulator, **options: Any) -> AivenClient:
    return AivenClient(
        Connection(
            api_token=options.pop("token", simulator.token),
            api_url=simulator.url,
            **{"request_timeout": 5, "retry_timeout": 20, **options},
        )
    )


def account_of(client: AivenClient) -> Account:
    return Account(0, client, Facts(client), CircuitBreaker())


@dataclass
class Notes:
    """A watcher that remembers what it was told."""

    outcomes: list[Outcome] = field(default_factory=list)
    phases: list[tuple[str, int, int]] = field(default_factory=list)
    waves: list[list[str]] = field(default_factory=list)
    wanted: int = 0

    def decided(self, cases: Sequence[Case], waves: int) -> None:
        self.wanted = sum(case.outcome is None for case in cases)

    def outcome(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)

    def tick(self, phase: str, done: int, total: int) -> None:
        self.phases.append((phase, done, total))

    def wave_ended(self, cases: Sequence[Case]) -> None:
        self.waves.append([case.target.label for case in cases])


@dataclass
class Ran:
    """One run of the engine. ``requests`` are those of this run, from the simulator's log."""

    fleet: Fleet
    cases: list[Case]
    notes: Notes
    client: AivenClient
    requests: list[dict[str, Any]]

    @property
    def outcomes(self) -> list[dict[str, Any]]:
        return [case.outcome.as_dict() for case in self.cases if case.outcome is not None]

    @property
    def codes(self) -> list[str | None]:
        return [(row["error"] or {}).get("code") for row in self.outcomes]

    @property
    def statuses(self) -> list[str]:
        return [row["status"] for row in self.outcomes]

    @property
    def writes(self) -> list[dict[str, Any]]:
        return [entry for entry in self.requests if entry["method"] != "GET"]

    @property
    def calls_without_retries(self) -> int:
        calls = self.client.api_calls
        return calls["total"] - calls["retries"]


def policy(*changes: str, **limits: Any) -> Policy:
    return Policy(changes=frozenset(changes or ("enable", "move", "disable")), **limits)  # type: ignore[arg-type]


def run_fleet(
    simulator: Simulator,
    targets: Sequence[FleetTarget],
    rules: Policy | None = None,
    listed_clouds: Clouds | None = None,
    notes: Notes | None = None,
    **options: Any,
) -> Ran:
    """Run the engine against the simulator; its request log is cleared first."""
    simulator.clear_requests()
    client, notes, rules = client_of(simulator, **options), notes or Notes(), rules or policy()
    fleet = Fleet(rules, notes, Deciding(rules, TODAY, listed_clouds=listed_clouds), Reading(observe=rules.observe))
    account = account_of(client)
    cases = fleet.run([replace(target, account=account) for target in targets])
    return Ran(fleet, cases, notes, client, simulator.requests())


@dataclass(frozen=True)
class Site:
    """A folder with an inventory of the simulator's fleet, its group_vars, and the playbooks that run on it."""

    folder: Path
    simulator: Simulator
    environment: Mapping[str, str] = field(default_factory=dict)

    @property
    def playbooks(self) -> Playbooks:
        return Playbooks(self.folder, {**self.simulator.environment, **self.environment})

    @property
    def record(self) -> Path:
        return self.folder / "btar" / "record.jsonl"

    @property
    def plan(self) -> Path:
        return self.folder / "btar" / "plan.jsonl"

    def write(self, path: str, content: Any) -> Path:
        """A file below the folder; anything but text becomes YAML."""
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False))
        return target

    def group_vars(self, group: str = "all", **variables: Any) -> None:
        self.write(f"inventory/group_vars/{group}.yml", variables)

    def arguments(self, playbook: str, *arguments: str, report: bool = False, **variables: Any) -> list[str]:
        extra = {"btar_report": report, "btar_report_dir": str(self.folder / "btar"), **variables}
        source = self.write("inventory/test.aiven_services.yml", CONFIG)
        return [
            "ansible-playbook",
            "-i",
            str(source.parent),
            playbook if "/" in playbook else f"offsite.aiven.{playbook}",
            "-e",
            json.dumps(extra),
            *arguments,
        ]

    def run(self, playbook: str, *arguments: str, report: bool = False, **variables: Any) -> Run:
        """A shipped playbook over all services of the simulator; variables are extra variables."""
        return self.playbooks.command(self.arguments(playbook, *arguments, report=report, **variables), playbook)

    def tasks(self, tasks: Sequence[Mapping[str, Any]], *arguments: str, name: str = "tasks", **keys: Any) -> Run:
        """Tasks of our own over all services of the simulator."""
        path = self.write(f"{name}.yml", [play(tasks, **{"hosts": "aiven_services", **keys})])
        source = self.write("inventory/test.aiven_services.yml", CONFIG)
        return self.playbooks.command(["ansible-playbook", "-i", str(source.parent), str(path), *arguments], name)

    @contextmanager
    def process(self, playbook: str, *arguments: str, **variables: Any) -> Iterator[subprocess.Popen[bytes]]:
        """A shipped playbook in the background, leader of a process group of its own; it prints to ``output.txt``."""
        with (self.folder / "output.txt").open("wb") as output:
            process = subprocess.Popen(
                self.arguments(playbook, *arguments, **variables),
                cwd=self.folder,
                env={**self.playbooks._environment(), "COLLECT_RESULTS_PATH": os.devnull},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()
                process.wait()


def results_of(run: Run, task: str) -> list[dict[str, Any]]:
    return [row for row in run.rows if row["task"].endswith(task)]


def recap_of(output: str) -> dict[str, tuple[int, int]]:
    """Changed and failed of each host in the recap."""
    lines = re.findall(r"^(\S+) +: ok=\d+ +changed=(\d+) .* failed=(\d+) ", output, re.MULTILINE)
    return {host: (int(changed), int(failed)) for host, changed, failed in lines}


def shown(run: Run) -> dict[str, tuple[bool, bool]]:
    """Whether each host with news is changed and failed, as event streams have it."""
    rows = results_of(run, "Show the outcome")
    return {row["host"]: (row["result"]["changed"], row["status"] == "failed") for row in rows}


def fleet_of(run: Run) -> dict[str, Any]:
    """The result of the fleet task."""
    (row,) = results_of(run, "Read, decide and change what differs")
    return row["result"]


def waves_of(run: Run) -> list[int]:
    """How many changes each wave had, as a person reads it."""
    return [int(count) for count in re.findall(r"^  wave +\d+ of \d+: +(\d+) change", run.output, re.MULTILINE)]


def said_at_the_end(run: Run) -> str:
    """The line with the figures of the run."""
    (line,) = re.findall(r"^\d+ (?:changed|would change), .*$", run.output, re.MULTILINE)
    return line


def host(number: int, project: str = "shop") -> str:
    return f"db-{number:03}.{project}"


def read_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]
