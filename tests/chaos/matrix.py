# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The cells: what each was promised, what it came to, and the table that a person reads."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Literal

from tests.chaos.faults import FAULTS, READS, Fault
from tests.chaos.operations import HOME, OPERATIONS, PARTNER, PROJECT, Ended, Operation, World, client_of
from tests.simulator.client import Simulator

# healed: the world is as wanted and nothing was told; code: refused with the code of the fault, and nothing was written;
# told: what was done is wanted, each part that was not has the code of the fault; unmet: the operation sends no such request.
Promise = Literal["healed", "code", "told", "unmet"]

# The first rule whose fault and operation (globs, | between them) fit is the promise.
RULES: tuple[tuple[str, str, Promise], ...] = (
    # Headers of the clock: nothing decides by it but how old a copy is.
    ("clock *", "*", "healed"),
    ("* once", "*", "healed"),
    # Nothing goes on with a token that is refused.
    ("read 401 midway", "restore present", "code"),
    # Two reads are all that a restore needs; what is only looked at more closely is done without.
    ("read * midway", "audit|region_down|restore present", "healed"),
    # By the third read a fork is made.
    ("read * midway", "restore_many|drill's fork", "told"),
    ("read * midway", "*", "code"),
    ("read * ever", "*", "code"),
    # An answer that is lost after the change is found again by reading.
    ("write * after|write * before|write stale *", "*", "healed"),
    ("write * after ever", "*", "healed"),
    ("write * midway", "module *|restore present|restore absent", "healed"),
    ("write * midway", "*", "told"),
    ("write * ever", "*", "told"),
)


_WAITING = ("restore_many", "drill's fork")


@dataclass(frozen=True)
class Cell:
    """What came of one operation under one fault. ``surprises`` says in words what was not as promised."""

    operation: str
    fault: str
    promise: Promise
    word: str
    surprises: tuple[str, ...]


def promise_of(operation: Operation, fault: Fault, *, met: bool) -> Promise:
    if not met and (fault.lasts == "midway" or (fault.on not in (READS, "*") and not operation.writes)):
        return "unmet"
    for faults, operations, promise in RULES:
        if _fits(fault.name, faults) and _fits(operation.name, operations):
            return promise
    raise LookupError(f"nothing is promised for {operation.name} under {fault.name}")


def _fits(name: str, globs: str) -> bool:
    return any(fnmatchcase(name, glob) for glob in globs.split("|"))


def arrange(simulator: Simulator, operation: Operation) -> None:
    simulator.reset()
    simulator.add_project(PROJECT)
    simulator.door("POST", "/services", [_service(name, region) for name, region in operation.before.items()])


def _service(name: str, region: str | None) -> dict[str, Any]:
    fork = {"tags": {"offsite_fork_source": f"{PROJECT}/db-000", "offsite_fork_purpose": "restore"}}
    return {
        "project": PROJECT,
        "service_name": name,
        "plan": "startup-4",
        "cloud": PARTNER if name == "fork" else HOME,
        **({"region": region, "region_age_hours": 240} if region else {}),
        **(fork if name == "fork" else {}),
    }


def world_of(simulator: Simulator) -> World:
    return {row["service_name"]: row["region"] for row in simulator.state()["services"]}


def try_cell(simulator: Simulator, operation: Operation, fault: Fault) -> Cell:
    """Runs the operation in a new world with the fault armed, and judges what it came to."""
    arrange(simulator, operation)
    simulator.fault(**fault.spec)
    simulator.clear_requests()
    ended = operation.run(client_of(simulator, 0.2 if fault.slow else 2))
    log = simulator.requests()
    met = any(entry["fault"] for entry in log)
    promise = promise_of(operation, fault, met=met)
    state = simulator.state()
    judge = _Judge(operation, fault, ended, {row["service_name"]: row["region"] for row in state["services"]})
    judge.judge(promise, met=met, wrote=any(entry["method"] != "GET" for entry in log))
    judge.judge_history(state["history"])
    word = "-" if promise == "unmet" else " ".join(sorted(ended.codes)) or "healed"
    return Cell(operation.name, fault.name, promise, word, tuple(judge.surprises))


class _Judge:
    def __init__(self, operation: Operation, fault: Fault, ended: Ended, world: World) -> None:
        self._operation = operation
        self._fault = fault
        self._ended = ended
        self._world = world
        self.surprises: list[str] = []

    def expect(self, true: bool, words: str) -> None:
        if not true:
            self.surprises.append(words)

    def judge(self, promise: Promise, *, met: bool, wrote: bool) -> None:
        ended, before, wanted = self._ended, self._operation.before, self._operation.wanted
        self.expect(met or promise == "unmet", "the fault never struck")
        self.expect(self._operation.writes or not wrote, "an operation that only reads wrote")
        if promise in ("healed", "unmet"):
            self.expect(not ended.codes, f"told {sorted(ended.codes)} instead of healing")
        if promise == "code":
            self.expect(ended.codes == {self._fault.code}, f"told {sorted(ended.codes)}, promised {self._fault.code}")
            self.expect(not wrote, "wrote without having read")
            self.expect(self._world == before, f"the world is {self._world}")
        if promise == "told":
            # A restore that is made but cannot be seen to run ends with its wait.
            allowed = {self._fault.code, *(["timeout"] if self._operation.name in _WAITING else [])}
            self.expect(ended.codes <= allowed, f"told {sorted(ended.codes)}, promised {self._fault.code}")
            self.expect(bool(ended.codes), "nothing was told of what failed")
        if not ended.codes:
            self.expect(self._world == wanted, f"said to be done, but the world is {self._world}")
        for name in {*before, *wanted, *self._world}:
            ways = (before.get(name, "gone"), wanted.get(name, "gone"), *(["made"] if self._operation.cleans else []))
            found = self._world.get(name, "gone")
            self.expect(found in ways or "made" in ways, f"{name} is {found}, which nobody wanted")
        if ended.changed is not None and self._operation.writes:
            changed = {n for n in {*before, *wanted} if self._world.get(n, "gone") != before.get(n, "gone")}
            self.expect(ended.changed == changed, f"said to have changed {ended.changed}, changed {changed}")

    def judge_history(self, history: Iterable[dict[str, Any]]) -> None:
        for row in history:
            creates, moves, name = row["creates"], len(row["region_changes"]), row["service_name"]
            self.expect(creates <= 1 and moves <= 1, f"{name}: created {creates} times, changed {moves} times")


def table(cells: Sequence[Cell]) -> str:
    """Operations down, faults across, in blocks as wide as a terminal; then what was not as promised, and the counts."""
    rows = {(cell.operation, cell.fault): cell for cell in cells}
    operations = list(dict.fromkeys(cell.operation for cell in cells))
    faults = list(dict.fromkeys(cell.fault for cell in cells))
    lines = []
    for begin in range(0, len(faults), 6):
        block = faults[begin : begin + 6]
        lines.append(f"{'':18}" + "".join(f"{fault:>24}" for fault in block))
        for operation in operations:
            words = [_word(rows[operation, fault]) for fault in block]
            lines.append(f"{operation:18}" + "".join(f"{word:>24}" for word in words))
        lines.append("")
    lines += [f"SURPRISE {cell.operation} x {cell.fault}: {text}" for cell in cells for text in cell.surprises]
    counts = Counter("surprising" if cell.surprises else cell.promise for cell in cells)
    told = ", ".join(f"{counts[key]} {key}" for key in ("healed", "code", "told", "unmet", "surprising"))
    return "\n".join([*lines, f"{len(cells)} cells: {told}"])


def _word(cell: Cell) -> str:
    return f"{'! ' if cell.surprises else ''}{cell.word}"[:23]


def try_all(
    simulator: Simulator, operations: Sequence[Operation] = OPERATIONS, faults: Sequence[Fault] = FAULTS
) -> list[Cell]:
    return [try_cell(simulator, operation, fault) for operation in operations for fault in faults]
