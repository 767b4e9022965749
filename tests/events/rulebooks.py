# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the real ansible-rulebook, in an environment of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.missing import missing
from tests.playbooks.support import SKIPPED_KEYS
from tests.simulator.client import ROOT, Simulator

VENV = ROOT / ".venv" / "rulebook"
REQUIREMENTS = ROOT / "tests" / "requirements" / "rulebook.txt"
# How long anything may take that is waited for: far more than it does on any machine.
PATIENCE = 120.0
PRINTED = "offsite-aiven-event "
PRINT_ALL: Mapping[str, Any] = {
    "name": "print all",
    "condition": "event.aiven_btar is defined",
    "action": {"debug": {"msg": PRINTED + "{{ event.aiven_btar | tojson }}"}},
}


def find_java() -> Path | None:
    """A Java runtime that ansible-rulebook can load: 17 or newer."""
    named = [Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []
    homes = [*named, *sorted(Path("/usr/lib/jvm").glob("*17*")), *sorted(Path("/usr/lib/jvm").glob("*2[0-9]*"))]
    return next((home for home in homes if (home / "lib" / "server" / "libjvm.so").exists()), None)


def need_rulebook() -> Path:
    """The Java home to run ansible-rulebook with; makes its environment. Without Java the test is skipped, in CI it fails."""
    java = find_java()
    if java is None:
        missing("ansible-rulebook needs Java 17 (on Debian: apt-get install openjdk-17-jre-headless), or set JAVA_HOME")
    stamp = VENV / ".requirements"
    if not stamp.exists() or stamp.read_text() != REQUIREMENTS.read_text():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        pip = [
            str(VENV / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*pip, "--requirement", str(REQUIREMENTS)], check=True)
        stamp.write_text(REQUIREMENTS.read_text())
    return java


def descendants(pid: int) -> Iterator[int]:
    """The processes that a process has started, and theirs."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            yield int(child)
            yield from descendants(int(child))


class Rulebooks:
    """One ansible-rulebook at a time over the simulator's fleet, in ``folder``."""

    def __init__(self, folder: Path, simulator: Simulator, java: Path) -> None:
        self.folder = folder
        self.simulator = simulator
        self.state = folder / "state.json"
        self.log = folder / "rulebook.log"
        self._java = java
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "inventory").mkdir()
        (folder / "inventory" / "all.aiven_services.yml").write_text("plugin: offsite.aiven.aiven_services\n")

    def start(self, **arguments: Any) -> None:
        """A rulebook that prints every event of the source with these arguments."""
        source = {"offsite.aiven.aiven_btar": {"interval": 1, "state_file": str(self.state), **arguments}}
        book = self.folder / "print.yml"
        book.write_text(json.dumps([{"name": "all", "hosts": "all", "sources": [source], "rules": [PRINT_ALL]}]))
        self.run(str(book))

    def run(self, rulebook: str, **variables: Any) -> None:
        variables_file = self.folder / "variables.yml"
        variables_file.write_text(json.dumps(variables))
        command = ["ansible-rulebook", "-r", rulebook, "-i", str(self.folder / "inventory"), "-e", str(variables_file)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            # A playbook whose ansible-rulebook and terminal are gone would wait for its own output for ever.
            playbooks = list(descendants(self._process.pid))
            (self._process.kill if kill else self._process.terminate)()
            self._process.wait(timeout=PATIENCE)
            for pid in playbooks:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        self._process = None

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    @property
    def events(self) -> list[dict[str, Any]]:
        """What the source has told, in its order, over all starts."""
        return list(self._events())

    def told(self, count: int) -> list[dict[str, Any]]:
        """The events, once there are as many."""
        self.until(lambda: len(self.events) >= count, f"{count} events")
        return self.events

    def looks(self, count: int, path: str = "/project/shop/service") -> None:
        """Waits until the project was read so many more times."""
        begin = self.simulator.calls(path=path)
        self.until(lambda: self.simulator.calls(path=path) >= begin + count, f"{count} looks")

    def until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert self._process is not None
            code = self._process.poll()
            if code is not None or time.monotonic() > end:
                pytest.fail(
                    f"no {what}; ansible-rulebook {'runs' if code is None else f'ended with {code}'}:\n{self.output}"
                )
            time.sleep(0.1)

    def _events(self) -> Iterator[dict[str, Any]]:
        for line in self.output.splitlines():
            if PRINTED in line:
                yield json.loads(line.partition(PRINTED)[2])

    def _environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(SKIPPED_KEYS)}
        collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections"))
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        return {
            **kept,
            **self.simulator.environment,
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "JAVA_HOME": str(self._java),
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_COLLECTIONS_PATH": collections,
        }
