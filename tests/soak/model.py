# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The soak: a model of what is wanted, kept by hand here and by nothing of the product, and the world held against it."""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_chain import breaks
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import DrillFolder, read_evidence
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import Run, read_record
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import planned_targets
from tests.fleet.support import HOME, OTHER, PARTNER
from tests.simulator.client import Simulator
from tests.soak import work
from tests.soak.playbooks import Playbook
from tests.soak.processes import Victim, in_processes
from tests.soak.work import CONCURRENCY, Label

KINDS = (
    "503",
    "429",
    "reset_before",
    "reset_after",
    "503_after",
    "truncated",
    "cut",
    "empty_after",
    "500",
    "502",
    "504",
)
# The share of requests that meet a fault, of operations that lose a process, and of those that are a real ansible-playbook.
FAULTY, KILLED, PLAYBOOKS = 0.2, 0.25, 0.005
WRONGS = ("lost", "doubled", "wrong", "untrue")
World = Mapping[Label, str | None]


@dataclass
class Counts:
    """What was wrong, by kind, each with the words of the first ones; all must be 0."""

    operations: int = 0
    killed: int = 0
    requests: int = 0
    faults: int = 0
    by_operation: Counter[str] = field(default_factory=Counter)
    wrongs: Counter[str] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)

    def wrong(self, kind: str, words: str) -> None:
        self.wrongs[kind] += 1
        self.words.append(f"{kind}: operation {self.operations}, {words}")

    def __str__(self) -> str:
        told = ", ".join(f"{self.wrongs[kind]} {kind}" for kind in WRONGS)
        return f"{self.operations} operations, {self.requests} requests, {self.faults} faults struck, {self.killed} killed: {told}"


class Soak:
    """``model`` is the wanted secondary region of every service. What is done depends on the seed alone; when a process is
    killed within an operation does not.
    """

    def __init__(self, simulator: Simulator, seed: int, services: int = 500, projects: int = 10) -> None:
        self._simulator = simulator
        self._seed = seed
        simulator.reset(seed=seed)
        labels = [(f"p-{number % projects}", f"db-{number:04}") for number in range(services)]
        simulator.door("POST", "/services", [_row(label) for label in labels])
        self.model: dict[Label, str | None] = dict.fromkeys(labels)
        # How often each was changed, as the model has it.
        self._changes: Counter[Label] = Counter()
        self.counts = Counts()

    def run(
        self,
        operations: int,
        playbooks: float = PLAYBOOKS,
        until: float | None = None,
        tell: Callable[[Counts], None] = lambda _counts: None,
    ) -> Counts:
        """``until`` is when to stop, by ``time.monotonic()``; ``tell`` is called after each operation."""
        names = list(self._operations)
        for number in range(operations):
            if until is not None and time.monotonic() > until:
                break
            self._chance = random.Random(f"{self._seed} {number}")
            name = "playbook" if self._chance.random() < playbooks else self._chance.choice(names)
            with tempfile.TemporaryDirectory() as folder:
                self.counts.operations += 1
                self._one(name, Path(folder))
            tell(self.counts)
        return self.counts

    @property
    def _operations(self) -> Mapping[str, Callable[[Path, Victim], None]]:
        return {
            "rollout": self._roll_out,
            "move": partial(self._roll_out, name="move"),
            "disable": partial(self._roll_out, name="disable"),
            "plan": self._plan,
            "apply": self._apply,
            "rollback": self._roll_back,
            "restore": self._restore,
            "drill": self._drill,
            "audit": self._audit,
        }

    def _one(self, name: str, folder: Path) -> None:
        self.counts.by_operation[name] += 1
        chance = self._chance
        victim: Victim = chance.choice(("main", "worker")) if chance.random() < KILLED else "none"  # type: ignore[assignment]
        self._simulator.clear_requests()
        # Aiven lets a region be changed once in 24 hours.
        self._simulator.clock(advance="25h")
        if name == "playbook":
            Playbook(self, self._simulator, folder, chance).run(victim)
        else:
            self._operations[name](folder, victim)
        log = self._simulator.requests()
        self.counts.requests += len(log)
        self.counts.faults += sum(bool(entry["fault"]) for entry in log)
        self.judge_world(name)

    # What is done

    @contextmanager
    def faults(self) -> Any:
        self._simulator.fault(kind=self._chance.choice(KINDS), probability=FAULTY, count=None, wait=0.1)
        yield
        self._simulator.clear_faults()

    def _faulty(self, act: Callable[[], object], victim: Victim = "none") -> bool:
        """Does it under faults; returns whether a process was killed."""
        with self.faults():
            killed = in_processes(act, victim, self._chance)
        self.counts.killed += killed
        return killed

    def _plain(self, act: Callable[[], object]) -> None:
        in_processes(act, "none", self._chance)

    def chosen(self, most: int = 30, among: Iterable[Label] | None = None) -> list[Label]:
        labels = sorted(self.model if among is None else among)
        return self._chance.sample(labels, min(len(labels), self._chance.randint(1, most)))

    def _wanted(self, name: str) -> dict[Label, str | None]:
        region = {"disable": None, "move": OTHER}.get(name, self._chance.choice((PARTNER, OTHER)))
        return dict.fromkeys(self.chosen(), region)

    def _roll_out(self, folder: Path, victim: Victim, name: str = "rollout") -> None:
        wanted, record = self._wanted(name), folder / "record.jsonl"
        before = dict(self.model)
        killed = self._faulty(partial(work.roll_out, self._simulator, wanted, record), victim)
        self.judge_record(record, before, worker=killed and victim == "worker")
        # What was left is done by one more run without faults.
        self._plain(partial(work.roll_out, self._simulator, wanted, record))
        self.become(wanted)

    def _plan(self, folder: Path, victim: Victim) -> None:
        """A check-mode run changes nothing, and what it says of services is so."""
        record = folder / "plan.jsonl"
        act = partial(work.roll_out, self._simulator, wanted := self._wanted("plan"), record, check_mode=True)
        self._faulty(act, victim)
        self.judge_plan(record, wanted, whole=False)

    def _apply(self, folder: Path, victim: Victim) -> None:
        """A plan is made and applied; in one of four somebody changes a service between the two, and then nothing is."""
        wanted, plan, record = self._wanted("apply"), folder / "plan.jsonl", folder / "record.jsonl"
        planning = partial(work.roll_out, self._simulator, wanted, plan, check_mode=True)
        self._faulty(planning, self._chance.choice((victim, "none")))
        self.judge_plan(plan, wanted, whole=False)
        self._plain(planning)
        self.judge_plan(plan, wanted, whole=True)
        differing = [label for label, region in wanted.items() if self.model[label] != region]
        act = partial(work.apply, self._simulator, plan, record)
        if differing and self._chance.random() < 0.25:
            stranger = self._chance.choice(differing)
            other = next(r for r in (None, PARTNER, OTHER) if r not in (wanted[stranger], self.model[stranger]))
            self._simulator.patch(*stranger, region=other, region_age_hours=30)
            self.model[stranger] = other
            self._faulty(act)
            return
        before = dict(self.model)
        killed = self._faulty(act, victim)
        self.judge_record(record, before, worker=killed and victim == "worker")
        # A plan may be applied again: what it wants is so, or still to be done.
        self._plain(act)
        self.become(wanted)

    def _roll_back(self, folder: Path, victim: Victim) -> None:
        """A run, and exactly what its record tells of is taken back."""
        wanted, record = self._wanted("rollout"), folder / "record.jsonl"
        before = dict(self.model)
        killed = self._faulty(partial(work.roll_out, self._simulator, wanted, record), victim)
        told = self.judge_record(record, before, worker=killed and victim == "worker")
        self.become({label: region for label, region in self.regions().items() if region != before[label]})
        self._simulator.clock(advance="25h")
        act = partial(work.roll_back, self._simulator, record, record)
        if record.exists():
            self._faulty(act, victim)
            self._plain(act)
        self.become({label: before[label] for label in told})

    def _restore(self, folder: Path, victim: Victim) -> None:
        """A fork of one service that has a copy: asked for, asked for again, deleted, and deleted again."""
        label = self._one_protected()
        if label is None:
            return
        act = partial(work.fork, self._simulator, label)
        self._faulty(act, victim)
        self._plain(act)
        self._judge_fork(label)
        delete = partial(act, state="absent")
        self._faulty(delete, self._chance.choice((victim, "none")))
        self._plain(delete)

    def _one_protected(self) -> Label | None:
        protected = sorted(label for label, region in self.model.items() if region)
        return self._chance.choice(protected) if protected else None

    def _judge_fork(self, label: Label) -> None:
        project, name = label
        past = self._simulator.state(project=project, service=f"{name}-fork")
        if len(past["services"]) != 1:
            self.counts.wrong("lost", f"the fork of {project}/{name} is not there")
        for row in past["history"]:
            if row["creates"] - row["deletes"] != 1:
                self.counts.wrong("doubled", f"{name}-fork: created {row['creates']}, deleted {row['deletes']} times")

    def _drill(self, folder: Path, victim: Victim) -> None:
        """Drills that are killed are cleared away by the next run; each that began has evidence, in an unbroken chain."""
        among = [label for label, region in self.model.items() if region]
        if not among:
            return
        labels = self.chosen(3, among)
        self._faulty(partial(work.drill, self._simulator, labels, folder, 2), victim)
        begun = {path.stem for path in folder.iterdir() if path.suffix in (".begun", ".json")}
        # More than any drill takes.
        self._simulator.clock(advance="4h")
        self._plain(partial(work.drill, self._simulator, labels, folder, 0))
        self.judge_evidence(folder, begun)

    def _audit(self, folder: Path, victim: Victim) -> None:
        """What an audit says of services is so."""
        told, labels = folder / "audit.json", self.chosen()
        self._faulty(partial(work.audit, self._simulator, labels, told), victim)
        if not told.exists():
            return
        found = json.loads(told.read_text())
        for project, name, region in found["services"]:
            if self.model[project, name] != region:
                self.counts.wrong("untrue", f"audit: {project}/{name} is told to have {region}")
        readable = {label for label in labels if label[0] not in found["unreadable"]}
        missing = readable - {(project, name) for project, name, _region in found["services"]}
        if missing or found["gone"]:
            self.counts.wrong("lost", f"audit: nothing is told of {sorted(missing)[:3]}, {found['gone']} are gone")

    # How it is judged

    def become(self, wanted: World) -> None:
        """The world is to be so from now on; each that is not yet is changed once."""
        self._changes.update(label for label, region in wanted.items() if self.model[label] != region)
        self.model.update(wanted)

    def judge_plan(self, path: Path, wanted: World, *, whole: bool) -> None:
        differing = {label: region for label, region in wanted.items() if self.model[label] != region}
        try:
            planned = {label: target.region for label, target in planned_targets(str(path)).items()}
        except AivenError as error:
            # Killed in the middle, or before the first line: a plan that is not whole is refused.
            if whole or error.code != "invalid_target":
                self.counts.wrong("untrue", f"the plan cannot be read: {error.message}")
            return
        if not planned.items() <= differing.items() or (whole and planned != differing):
            self.counts.wrong("untrue", f"the plan says {planned} and not {differing}")

    def judge_record(self, path: Path, before: World, *, worker: bool) -> set[Label]:
        """A record says of every service what is so; returns those that it tells to be changed. Only where the worker was
        killed may it lack the last ones.
        """
        now, run = self.regions(), last_run(path)
        told = {} if run is None else {_label(row): row for row in run.outcomes if row["changed"]}
        changed = {label for label in before if now.get(label) != before[label]}
        for label, row in told.items():
            if label not in changed or row["after"]["region"] != now.get(label):
                self.counts.wrong("untrue", f"{label} is told to be changed to {row['after']}, it is {now.get(label)}")
        silent = changed - set(told)
        unsure = {_label(row) for row in run.outcomes if "not known" in row["reason"]} if run else set()
        if len(silent - unsure) > (CONCURRENCY if worker else 0):
            self.counts.wrong("untrue", f"nothing is told of {sorted(silent - unsure)[:3]}")
        return set(told)

    def judge_evidence(self, folder: Path, begun: set[str]) -> None:
        found = read_evidence(folder)
        ended = {path.stem for path in folder.glob("*.json")}
        broken = [words for told in breaks(found.links, found.files).values() for words in told]
        if DrillFolder(folder).unfinished() or not begun <= ended or broken or found.warnings:
            words = f"{sorted(begun - ended)} have none, {broken + list(found.warnings)}"
            self.counts.wrong("untrue", f"the evidence of drills is not whole: {words}")

    def judge_world(self, name: str) -> None:
        services = {_label(row): row for row in self._simulator.regions()}
        for label in sorted(self.model.keys() ^ services.keys()):
            self.counts.wrong("lost", f"{name}: {label} is there only in one of model and world")
        for label in self.model.keys() & services.keys():
            row, region, changes = services[label], self.model[label], self._changes[label]
            if row["region"] != region:
                self.counts.wrong("wrong", f"{name}: {label} is {row['region']}, wanted {region}")
                # Told once: the next operation begins with the world as it is.
                self.model[label] = row["region"]
            if row["creates"] or row["region_changes"] != changes:
                words = f"{row['region_changes']} times and not {changes}, created {row['creates']} times"
                self.counts.wrong("doubled", f"{name}: {label} was changed {words}")
                self._changes[label] = row["region_changes"]

    def regions(self) -> dict[Label, str | None]:
        return {_label(row): row["region"] for row in self._simulator.regions()}


def last_run(path: Path) -> Run | None:
    """The last run of a record; None where it was killed before the first line."""
    return read_record(str(path))[-1] if path.exists() and path.stat().st_size else None


def _row(label: Label) -> dict[str, Any]:
    return {"project": label[0], "service_name": label[1], "plan": "startup-4", "cloud": HOME}


def _label(row: Mapping[str, Any]) -> Label:
    return row["project"], row["service_name"]
