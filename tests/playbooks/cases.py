# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Cases of aiven_btar: a service as it is, options, and what must come of them; many run in one playbook.

A module task costs a third of a second and a playbook a second, so one playbook runs all cases of a test file. They do not
meet: each has a service of its own, and each run of it a token of its own, by whose user faults and the request log tell
them apart. A case runs up to three times: as a check, for real, and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.playbooks.support import Playbooks, Run, play
from tests.simulator.client import Simulator

PROJECT = "shop-production"
ALL_RUNS = ("check", "real", "again")


@dataclass(frozen=True)
class Case:
    """``options`` of the module; ``service`` as the side door takes it, None: there is none. ``fault`` and ``faults`` strike each run."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    service: Mapping[str, Any] | None = field(default_factory=dict)
    change: str | None = None
    code: str | None = None
    status: int | None = None
    says: Sequence[str] = ()
    calls: int | None = None
    check_calls: int | None = None
    faults: Sequence[Mapping[str, Any]] = ()
    token: Mapping[str, Any] | None = field(default_factory=dict)
    runs: Sequence[str] = ALL_RUNS
    project: str = PROJECT
    module: str = "aiven_btar"
    keywords: Mapping[str, Any] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class Results:
    """What came of each run of each case."""

    simulator: Simulator
    run: Run
    log: Sequence[Mapping[str, Any]]

    def __getitem__(self, key: tuple[Case, str]) -> dict[str, Any]:
        case, run = key
        return self.run.result(f"{case.name} {run}")

    def requests(self, case: Case, run: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self.log if entry["user"] == user_of(case, run)]

    def writes(self, case: Case, run: str) -> list[Mapping[str, Any]]:
        return [entry for entry in self.requests(case, run) if entry["method"] != "GET"]

    def service(self, case: Case) -> dict[str, Any]:
        return self.simulator.service(case.project, case.name)


def user_of(case: Case, run: str) -> str:
    return f"{case.name}.{run}@example.org"


def token_of(case: Case, run: str) -> str:
    return f"tkn-{case.name}-{run}-0b5e"


def arrange(simulator: Simulator, cases: Iterable[Case]) -> None:
    """Services, tokens and faults of all cases."""
    for case in cases:
        if case.service is not None:
            simulator.add_service(case.project, case.name, **{"cloud": "aws-eu-west-1", **case.service})
        for run in case.runs:
            if case.token is not None:
                simulator.add_token(token_of(case, run), user=user_of(case, run), **case.token)
            for fault in case.faults:
                simulator.fault(**{"user": user_of(case, run), **fault})


def tasks(simulator: Simulator, cases: Iterable[Case]) -> Iterator[dict[str, Any]]:
    for case in cases:
        named = {"project": case.project, "service_name": case.name} if case.module == "aiven_btar" else {}
        for run in case.runs:
            options = {**named, "api_token": token_of(case, run), **case.options}
            yield {
                "name": f"{case.name} {run}",
                f"offsite.aiven.{case.module}": {key: value for key, value in options.items() if value is not None},
                "check_mode": run == "check",
                "diff": True,
                "ignore_errors": True,
                **case.keywords,
            }


def perform(
    simulator: Simulator, playbooks: Playbooks, cases: Sequence[Case], *arguments: str, **defaults: Any
) -> Results:
    """Arrange and run all cases. ``defaults`` are options of all tasks, given to the action group."""
    arrange(simulator, cases)
    group = {"api_url": simulator.url, "request_timeout": 5, "retry_timeout": 20, **defaults}
    done = playbooks.run(
        [play(list(tasks(simulator, cases)), module_defaults={"group/offsite.aiven.aiven": group})], *arguments
    )
    assert len(done.rows) == sum(len(case.runs) for case in cases), done.output
    assert done.returncode == 0, done.output
    return Results(simulator, done, simulator.requests())


def check_result(result: Mapping[str, Any], case: Case) -> None:
    """What every result has: call counts, and on failure an error whose message is the result's."""
    calls = result["api_calls"]
    assert set(calls) == {"total", "reads", "writes", "retries", "waited_seconds"}
    assert calls["total"] == calls["reads"] + calls["writes"]
    if case.code is None:
        assert not result.get("failed"), result
        assert "error" not in result
        return
    assert result["failed"] is True
    assert set(result["error"]) == {"code", "message", "status"}
    assert result["error"]["code"] == case.code, result["error"]
    assert case.status in (None, result["error"]["status"])
    assert result["msg"] == result["error"]["message"]
    for words in case.says:
        assert words in result["msg"]
