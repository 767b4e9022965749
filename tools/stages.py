# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the stages of `make test` and says what each found and how long it took.

Two run at a time. All run, also after one has failed. The last line names those that failed.

Usage: python tools/stages.py STAGE...
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

IN_TREE = "python tools/source_tree.py"
SCENARIOS = "pytest tests --ignore=tests/unit --ignore=tests/test_repository.py"
FREE_PORT = "python -c 'import socket; print(socket.create_server((\"127.0.0.1\", 0)).getsockname()[1])'"

STAGES = {
    "format": "ruff format --check .",
    "lint": "ruff check .",
    "yaml": "yamllint --strict .",
    "shell": "shellcheck .ci/run tools/install tools/setup",
    "types": "mypy -p ansible_collections.offsite.aiven.plugins && mypy tests tools",
    "unit": "pytest tests/unit tests/test_repository.py -n 2 -q",
    "sanity-oldest": "python tools/sanity.py oldest",
    "sanity-newest": "python tools/sanity.py newest",
    "sanity-bare": "python tools/sanity.py bare",
    "ansible-lint": f"ANSIBLE_INVENTORY=tests/lint/hosts.yml {IN_TREE} ansible-lint --nocolor",
    "docs": f"{IN_TREE} antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs=all .",
    "changelog": f"{IN_TREE} antsibull-changelog lint",
    "scenarios": f"{SCENARIOS} -m 'not slow and not long' -n 2 --dist loadfile -q",
    "long": f"{SCENARIOS} -m 'long and not slow' -n 2 --dist loadfile -q",
    "molecule": f"BTAR_SIMULATOR_PORT=$({FREE_PORT}) BTAR_ENGINE_PORT=$({FREE_PORT}) {IN_TREE} molecule test --all",
    "site": "python tools/docs_site.py",
    "reuse": "python tools/reuse.py",
    "coverage": "coverage run -m pytest tests/unit/core tests/unit/runners -q && coverage report",
    "release": "python tools/release.py --check",
    # 5: there is no such test
    "slow": "pytest tests -m slow -q || [ $? -eq 5 ]",
}


LANES = 2  # stages at a time; a stage's output is shown when it has ended


def run(stage: str) -> tuple[bool, str]:
    """Run one stage, then show what it printed; return whether it passed, and its line of the summary."""
    path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    print(f"... {stage}", flush=True)
    started = time.monotonic()
    process = subprocess.run(
        STAGES[stage],
        shell=True,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "PATH": path},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    seconds = time.monotonic() - started
    print(f"\n=== {stage}: {STAGES[stage]}\n{process.stdout}", end="", flush=True)
    last = next((line.strip("= ") for line in reversed(process.stdout.splitlines()) if line.strip()), "")
    passed = process.returncode == 0
    return passed, f"{'ok    ' if passed else 'FAILED'} {stage:14} {seconds:6.1f} s   {last[:100]}"


def main(stages: list[str]) -> int:
    with ThreadPoolExecutor(LANES) as lanes:
        outcomes = dict(zip(stages, lanes.map(run, stages), strict=True))
    print("\n=== summary")
    print("\n".join(line for _passed, line in outcomes.values()))
    failed = [stage for stage, (passed, _line) in outcomes.items() if not passed]
    if failed:
        print(f"FAILED: {', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
