# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Operations of the soak that are a real ansible-playbook, whose main process or worker may be killed."""

from __future__ import annotations

import os
import random
import signal
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.drill.support import folder as drills_of
from tests.drill.support import variables
from tests.fleet.support import HOME, OTHER, PARTNER, Site
from tests.fleet.test_kill import children_of
from tests.simulator.client import Simulator
from tests.soak.processes import Victim

if TYPE_CHECKING:
    from tests.soak.model import Soak

KINDS = ("rollout", "apply", "rollback", "drill", "audit")
PATIENCE = 300.0


class Playbook:
    """One operation in a folder of its own, over a few hosts of the soak."""

    def __init__(self, soak: Soak, simulator: Simulator, folder: Path, chance: random.Random) -> None:
        self._soak = soak
        self._simulator = simulator
        self._chance = chance
        self._site = Site(folder, simulator)
        self._plan = folder / "btar" / "plan.jsonl"
        self._labels = soak.chosen(8)
        self._limit = ["--limit", ":".join(f"{name}.{project}" for project, name in self._labels)]
        self._region = chance.choice((PARTNER, OTHER))
        self._site.group_vars(btar_region_map={HOME: self._region}, btar_concurrency=4, btar_changes="enable,move")

    def run(self, victim: Victim) -> None:
        kind = self._chance.choice(KINDS)
        self._soak.counts.by_operation[f"playbook {kind}"] += 1
        kinds = {
            "rollout": self._roll_out,
            "apply": self._apply,
            "rollback": self._roll_back,
            "drill": self._drill,
            "audit": partial(self._play, "audit"),
        }
        kinds[kind](victim)

    def _play(self, playbook: str, victim: Victim = "none", *arguments: str, faulty: bool = True, **given: Any) -> bool:
        """Runs it, under faults unless told otherwise; returns whether the worker was killed, whose record may lack something."""
        if not faulty:
            ran = self._site.run(playbook, *self._limit, *arguments, **given)
            if ran.returncode:
                self._soak.counts.wrong("wrong", f"playbook {playbook}: {ran.output[-2000:]}")
            return False
        with self._soak.faults(), self._site.process(playbook, *self._limit, *arguments, **given) as process:
            killed = victim != "none" and self._kill(process.pid, victim, process.poll)
            process.wait(PATIENCE)
            self._wait_for_workers()
        self._soak.counts.killed += killed
        if b"Traceback" in (self._site.folder / "output.txt").read_bytes():
            self._soak.counts.wrong("wrong", f"playbook {playbook}: a traceback")
        return killed and victim == "worker"

    def _kill(self, pid: int, victim: Victim, ended: Any) -> bool:
        """At a random moment after its first worker has begun."""
        end = time.monotonic() + PATIENCE
        while ended() is None and time.monotonic() < end and not children_of(pid):
            time.sleep(0.02)
        time.sleep(self._chance.uniform(0, 4))
        workers = children_of(pid)
        if ended() is not None or (victim == "worker" and not workers):
            return False
        self._left = workers
        try:
            os.kill(pid if victim == "main" else min(workers), signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    _left: frozenset[int] | set[int] = frozenset()

    def _wait_for_workers(self) -> None:
        end = time.monotonic() + PATIENCE
        while any(Path(f"/proc/{pid}").exists() for pid in self._left):
            if time.monotonic() > end:
                raise RuntimeError("an orphan did not end")
            time.sleep(0.05)

    def _wanted(self) -> dict[tuple[str, str], str | None]:
        return dict.fromkeys(self._labels, self._region)

    def _roll_out(self, victim: Victim) -> None:
        before = dict(self._soak.model)
        worker = self._play("rollout", victim)
        self._soak.judge_record(self._site.record, before, worker=worker)
        self._play("rollout", faulty=False)
        self._soak.become(self._wanted())

    def _apply(self, victim: Victim) -> None:
        plan = str(self._plan)
        self._play("rollout", "none", "--check", faulty=False, btar_record=plan)
        self._soak.judge_plan(self._plan, self._wanted(), whole=True)
        before = dict(self._soak.model)
        worker = self._play("apply", victim, btar_plan=plan)
        self._soak.judge_record(self._site.record, before, worker=worker)
        self._play("apply", faulty=False, btar_plan=plan)
        self._soak.become(self._wanted())

    def _roll_back(self, victim: Victim) -> None:
        before = dict(self._soak.model)
        self._play("rollout", faulty=False)
        told = self._soak.judge_record(self._site.record, before, worker=False)
        self._soak.become(self._wanted())
        if not told:
            return
        self._simulator.clock(advance="25h")
        undo = {"btar_undo": str(self._site.record), "btar_accept_loss": True}
        self._play("rollback", victim, **undo)
        self._play("rollback", faulty=False, **undo)
        self._soak.become({label: before[label] for label in told})

    def _drill(self, victim: Victim) -> None:
        if not any(self._soak.model[label] for label in self._labels):
            return
        given = variables(self._site, btar_drill_max_total=20)
        self._play("drill", victim, **given)
        self._simulator.clock(advance="4h")
        self._play("drill", faulty=False, **{**given, "btar_drill_count": 0})
        folder = drills_of(self._site)
        if folder.exists():
            self._soak.judge_evidence(folder, {path.stem for path in folder.glob("*.begun")})
