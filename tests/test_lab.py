# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab: what it prints works, and a Ctrl-C ends it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from tests.missing import missing
from tests.simulator.client import Simulator
from tests.simulator.engine import programs
from tools.lab import options
from tools.source_tree import ROOT


@pytest.fixture(params=["", "postgres"])
def lab(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[str]]:
    if request.param and programs.find() is None:
        missing(programs.MISSING)
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.lab"],
        cwd=ROOT,
        env=os.environ | {"ENGINE": request.param},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
        process.wait()


def printed(lab: subprocess.Popen[str]) -> str:
    """What it prints when it is ready."""
    lines: list[str] = []
    assert lab.stdout
    for line in lab.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    return "".join(lines)


def test_its_commands_work_and_ctrl_c_stops_it(lab: subprocess.Popen[str]) -> None:
    text = printed(lab)
    commands = [line.strip().partition("    #")[0] for line in text.splitlines() if line.startswith("  ")]
    assert len(commands) >= 8
    script = "\n".join(["set -e", *commands])
    done = subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    assert "orders" in done.stdout
    assert re.search(r"orders\.shop-production +: ok=\d+ +changed=1 ", done.stdout)
    os.kill(lab.pid, signal.SIGINT)
    assert lab.wait(timeout=30) == 0
    address = re.findall(r"http://127.0.0.1:\d+", text)[0]
    time.sleep(0.1)
    assert subprocess.run(["curl", "-s", address], check=False).returncode != 0


def test_its_clock_is_that_of_this_machine() -> None:
    with Simulator(**options()) as simulator:
        begun = datetime.fromisoformat(simulator.clock()["now"])
    assert abs(datetime.now(UTC) - begun) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [("ENGINE", "oracle", "there is only ENGINE=postgres"), ("FLEET", "many", "FLEET is 'many'; give a whole number.")],
)
def test_what_there_is_not_is_named(name: str, value: str, words: str) -> None:
    environ = os.environ | {name: value}
    done = subprocess.run(
        [sys.executable, "-m", "tools.lab"], cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert words in done.stderr
