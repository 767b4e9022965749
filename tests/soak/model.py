# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The soak: a model of what is wanted, kept by hand here and by nothing of the product, and the world held against it."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._runners import restore
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import Run
from tests.chaos.operations import client_of
from tests.fleet.support import HOME, OTHER, PARTNER
from tests.simulator.client import Simulator
from tests.soak.processes import CONCURRENCY, Victim, Wanted, in_processes, record_of, roll_out
from tests.unit.runners.restores import options

Label = tuple[str, str]
OPERATIONS = ("rollout", "move", "disable", "back", "restore", "plan")
KINDS = ("503", "429", "reset_before", "reset_after", "503_after", "truncated", "cut", "empty_after", "500")
FAULTY = 0.2
KILLED = 0.25


@dataclass
class Counts:
    """What was wrong, by kind, each with the words of the first ones; all must be 0."""

    operations: int = 0
    killed: int = 0
    faults: int = 0
    by_operation: Counter[str] = field(default_factory=Counter)
    wrongs: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    def wrong(self, kind: str, words: str) -> None:
        self.wrongs[kind] += 1
        self.words.append(f"{kind}: operation {self.operations}, {words}")

    def __str__(self) -> str:
        told = ", ".join(f"{self.wrongs[kind]} {kind}" for kind in ("lost", "doubled", "wrong", "untrue"))
        return f"{self.operations} operations, {self.killed} killed, {self.faults} faults struck: {told}"


class Soak:
    """``model`` is the wanted secondary region of every service."""

    def __init__(self, simulator: Simulator, seed: int, services: int = 500, projects: int = 10) -> None:
        self._simulator = simulator
        self._chance = random.Random(seed)
        simulator.reset(seed=seed)
        labels = [(f"p-{number % projects}", f"db-{number:04}") for number in range(services)]
        simulator.door("POST", "/services", [_row(label) for label in labels])
        self.model: dict[Label, str | None] = dict.fromkeys(labels)
        self.counts = Counts()
        self._creates: Counter[Label] = Counter()

    def run(self, operations: int) -> Counts:
        with tempfile.TemporaryDirectory() as folder:
            for number in range(operations):
                self.counts.operations += 1
                self._one(Path(folder) / f"{number}.jsonl")
        return self.counts

    def _one(self, record: Path) -> None:
        # Aiven lets a region be changed once in 24 hours.
        self._simulator.clock(advance="25h")
        name = self._chance.choice(OPERATIONS)
        self.counts.by_operation[name] += 1
        victim: Victim = (
            self._chance.choice(("main", "worker")) if self._chance.random() < KILLED else "none"  # type: ignore[assignment]
        )
        self._simulator.fault(kind=self._chance.choice(KINDS), probability=FAULTY, count=None, wait=0.1)
        self._simulator.clear_requests()
        if name == "restore":
            self._restore(victim)
        else:
            self._fleet(name, victim, record)
        self.counts.faults += sum(bool(entry["fault"]) for entry in self._simulator.requests())
        self._simulator.clear_faults()

    def _fleet(self, name: str, victim: Victim, record: Path) -> None:
        wanted = self._wanted(name)
        before = dict(self.model)
        check = name == "plan"
        work = partial(roll_out, self._simulator, wanted, record, check_mode=check)
        killed = in_processes(work, victim, self._chance)
        self.counts.killed += killed
        self._judge_record(record_of(record), before, check=check, worker=killed and victim == "worker")
        if check:
            self._judge_world(name)
            return
        self.model.update(wanted)
        self._simulator.clear_faults()
        # What was left is done by one more run without faults.
        in_processes(partial(roll_out, self._simulator, wanted, record.with_suffix(".again")), "none", self._chance)
        self._judge_world(name)
        if name == "back":
            self._simulator.clock(advance="25h")
            back = {label: before[label] for label in wanted}
            in_processes(partial(roll_out, self._simulator, back, record.with_suffix(".back")), "none", self._chance)
            self.model.update(back)
            self._judge_world(name)

    def _wanted(self, name: str) -> Wanted:
        chosen = self._chance.sample(sorted(self.model), self._chance.randint(1, 30))
        region = {"disable": None, "move": OTHER}.get(name, self._chance.choice((PARTNER, OTHER)))
        return dict.fromkeys(chosen, region)

    def _restore(self, victim: Victim) -> None:
        """A fork of one service that has a copy, made under faults and kills, asked for again, and deleted again."""
        protected = sorted(label for label, region in self.model.items() if region)
        if not protected:
            return
        project, name = self._chance.choice(protected)
        work = partial(_fork, self._simulator, project, name)
        self.counts.killed += in_processes(partial(work, "present"), victim, self._chance)
        self._simulator.clear_faults()
        in_processes(partial(work, "present"), "none", self._chance)
        made = self._simulator.state(project=project, service=f"{name}-fork")
        if len(made["services"]) != 1:
            self.counts.wrong("lost", f"the fork of {project}/{name} is not there")
        self._creates[project, f"{name}-fork"] += 1
        for row in made["history"]:
            if row["creates"] != self._creates[project, f"{name}-fork"]:
                self.counts.wrong("doubled", f"{project}/{name}-fork was created {row['creates']} times")
        in_processes(partial(work, "absent"), "none", self._chance)
        self._judge_world("restore")

    def _judge_record(self, run: Run | None, before: dict[Label, str | None], *, check: bool, worker: bool) -> None:
        """A record says of every service what is so. Only where the worker was killed may it lack the last ones."""
        now = self._regions()
        told = {} if check or run is None else {_label(row): row for row in run.outcomes if row["changed"]}
        changed = {label for label in before if now.get(label) != before[label]}
        for label, row in told.items():
            if label not in changed or row["after"]["region"] != now.get(label):
                self.counts.wrong("untrue", f"{label} is told to be changed to {row['after']}, it is {now.get(label)}")
        silent = changed - set(told)
        unsure = {_label(row) for row in run.outcomes if "not known" in row["reason"]} if run else set()
        if len(silent - unsure) > (CONCURRENCY if worker else 0):
            self.counts.wrong("untrue", f"nothing is told of {sorted(silent - unsure)[:3]}")

    def _judge_world(self, name: str) -> None:
        services = {_label(row): row for row in self._simulator.state()["services"]}
        for label in self.model.keys() ^ services.keys():
            self.counts.wrong("lost", f"{name}: {label} is there only in one of model and world")
        for label, region in self.model.items():
            row = services.get(label)
            if row is None:
                continue
            if row["region"] != region:
                self.counts.wrong("wrong", f"{name}: {label} is {row['region']}, wanted {region}")
            if row["creates"]:
                self.counts.wrong("doubled", f"{name}: {label} was created anew")
            changes = row["region_changes"]
            if any(one["before"] == one["after"] for one in changes):
                self.counts.wrong("doubled", f"{name}: {label} was changed to what it was")

    def _regions(self) -> dict[Label, str | None]:
        return {_label(row): row["region"] for row in self._simulator.state()["services"]}


def _row(label: Label) -> dict[str, Any]:
    return {"project": label[0], "service_name": label[1], "plan": "startup-4", "cloud": HOME}


def _label(row: dict[str, Any]) -> Label:
    return row["project"], row["service_name"]


def _fork(simulator: Simulator, project: str, name: str, state: str) -> None:
    given = {"project": project, "service_name": name, "fork_name": f"{name}-fork", "state": state, "wait": False}
    restore.run(client_of(simulator), restore.order_of(options(**given)), check_mode=False, tell=lambda _text: None)
