# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Unit tests and the first steps on each supported ansible-core, with each Python that it runs on and that is here.

Usage: python tools/matrix.py [CORE/PYTHON...]    such as 2.18/3.12
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from environments import environment
from sanity import CORES, find_pythons
from source_tree import ROOT

# Pages and metrics, which no version of Ansible changes, are looked at with programs that need not be here.
UNIT = [
    "tests/unit",
    "--ignore=tests/unit/report/test_browser.py",
    "--ignore=tests/unit/report/test_prometheus.py",
    "--ignore=tests/unit/region_down/test_region_down_browser.py",
]
STEPS = ["tests/test_first_steps.py"]
NAMES = [f"{core}/3.{minor}" for core, minors in CORES.items() for minor in minors]


def tested(core: str, python: Path) -> bool:
    name = f"matrix-{core}-{python.name.removeprefix('python')}"
    binaries = environment("matrix", python, f"ansible-core~={core}.0", folder=name)
    environ = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
        "OFFSITE_USER": str(binaries),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
    }
    pytest = [binaries / "pytest", "-q", "-p", "no:cacheprovider"]
    runs = [[*pytest, "-n", "2", *UNIT], [*pytest, *STEPS]]
    return all(subprocess.run(run, cwd=ROOT, env=environ, check=False).returncode == 0 for run in runs)


def main(names: list[str]) -> int:
    unknown = set(names) - set(NAMES)
    if unknown:
        print(f"Unknown: {', '.join(sorted(unknown))}. Choose of {', '.join(NAMES)}.")
        return 2
    pythons = find_pythons()
    lines = []
    for name in names or NAMES:
        core, _slash, python = name.partition("/")
        minor = int(python.removeprefix("3."))
        if minor not in pythons:
            lines.append(f"skipped {name}: no Python {python} is here")
            continue
        print(f"=== ansible-core {core} on Python {python}", flush=True)
        started = time.monotonic()
        verdict = "ok     " if tested(core, pythons[minor]) else "FAILED "
        lines.append(f"{verdict} {name} {time.monotonic() - started:6.1f} s")
    print("=== summary", *lines, sep="\n")
    failed = any(line.startswith("FAILED") for line in lines)
    missing = any(line.startswith("skipped") for line in lines) and bool(names)
    return 1 if failed or missing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
