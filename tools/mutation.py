# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mutation testing of what must not be wrong: the tests have to fail for each mutant of these modules.

A mutant that lives is named with its place. Those that tests/mutation.yml explains change nothing that anybody could see.

Usage: python tools/mutation.py [MODULE...]
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import types
from collections import Counter
from pathlib import Path

import pytest
import yaml
from mutants import Mutant, mutants

# Each test process has it then, at no cost.
importlib.import_module("hypothesis.strategies")

ROOT = Path(__file__).resolve().parent.parent
CORE = "ansible_collections.offsite.aiven.plugins.module_utils._core"
EXPLAINED = ROOT / "tests" / "mutation.yml"
TESTS = {
    "decision": ["test_decision", "test_eligibility", "test_decision_properties"],
    "region_choice": [
        "test_region_choice",
        "test_nearest",
        "test_no_region_inventory",
        "test_region_inventory",
        "test_region_properties",
    ],
    "protection": [
        "test_protection",
        "test_protection_circumstances",
        "test_lag",
        "test_eligibility",
        "test_controls",
        "test_protection_properties",
    ],
    "restore_range": [
        "test_restore_range",
        "test_restore",
        "test_restore_facts",
        "test_restores",
        "test_restore_properties",
    ],
}
# A mutant that never ends is one that the tests have noticed.
SECONDS = 300


def use(module: str, mutant: Mutant) -> None:
    """Put the mutant in the place of the module, before anything imports it."""
    name = f"{CORE}.{module}"
    instead = types.ModuleType(name)
    instead.__file__ = str(ROOT / f"plugins/module_utils/_core/{module}.py")
    sys.modules[name] = instead
    exec(compile(mutant.tree, instead.__file__, "exec"), instead.__dict__)
    setattr(importlib.import_module(CORE), module, instead)


def start(module: str, mutant: Mutant) -> int:
    """Start a process that ends with 0 if the mutant lives; its id."""
    process = os.fork()
    if process:
        return process
    try:
        silence = os.open(os.devnull, os.O_RDWR)
        for descriptor in range(3):
            os.dup2(silence, descriptor)
        signal.alarm(SECONDS)
        use(module, mutant)
        files = [f"tests/unit/core/{name}.py" for name in TESTS[module]]
        os._exit(pytest.main(["-x", "-q", "--noconftest", "-p", "no:cacheprovider", "-p", "no:xdist", *files]))
    finally:
        # It could not even be imported.
        os._exit(1)


def survivors(module: str) -> tuple[Counter[str], int]:
    """The names of a module's mutants that the tests do not notice, and how many mutants there were in all.

    Two mutants of a function may have the same name.
    """
    source = (ROOT / f"plugins/module_utils/_core/{module}.py").read_text()
    running: dict[int, tuple[str, int]] = {}
    found: Counter[str] = Counter()
    count = 0

    def end_one() -> None:
        process, status = os.wait()
        name, line = running.pop(process)
        if status == 0:
            found[name] += 1
            print(f"  {module}.py:{line}: {name}", flush=True)

    for mutant in mutants(source):
        count += 1
        running[start(module, mutant)] = mutant.name, mutant.line
        if len(running) >= (os.cpu_count() or 1):
            end_one()
    while running:
        end_one()
    return found, count


def main(modules: list[str]) -> int:
    explained = {
        module: Counter(entry["mutant"] for entry in rows)
        for module, rows in yaml.safe_load(EXPLAINED.read_text()).items()
    }
    unexplained = 0
    for module in modules or TESTS:
        print(f"{module}: mutants that live:", flush=True)
        found, count = survivors(module)
        known = explained.get(module, Counter())
        unexplained += (found - known).total()
        print(f"{module}: {count} mutants, {found.total()} live, of them explained {(found & known).total()}")
        for name in sorted(known - found):
            print(f"NOTE: tests/mutation.yml explains a mutant of {module} that does not live: {name}")
    if unexplained:
        print(
            f"FAILED: {unexplained} mutants live. Write a test that fails for them, or explain them in tests/mutation.yml."
        )
    return 1 if unexplained else 0


if __name__ == "__main__":
    os.chdir(ROOT)
    sys.path[:0] = [str(ROOT / ".venv" / "tree"), str(ROOT)]
    sys.exit(main(sys.argv[1:]))
