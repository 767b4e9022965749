# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs ansible-playbook as a user would, in a home of its own, and gives the results of its tasks as data."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.client import ROOT

PLUGINS = Path(__file__).parent / "callback_plugins"
PYTHON = ROOT / ".venv" / "bin" / "python"
SKIPPED_KEYS = ("AIVEN", "ANSIBLE", "REQUESTS", "CURL", "SSL", "HTTP", "http", "ALL_PROXY", "all_proxy", "PYTHON")


@dataclass(frozen=True)
class Run:
    """One finished command. ``rows`` are its tasks' results in order: task, action, host, status, result."""

    returncode: int
    output: str
    rows: tuple[dict[str, Any], ...]
    home: Path

    def result(self, task: str) -> dict[str, Any]:
        (row,) = [row for row in self.rows if row["task"] == task]
        return row["result"]


def finished(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """A command that has run in a folder, without a terminal; what it said on both channels is its stdout."""
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


@dataclass(frozen=True)
class Playbooks:
    """Runs playbooks in ``folder``, whose ``home`` is the home and ``tmp`` all that is temporary."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)

    def run(self, plays: Sequence[Mapping[str, Any]] | str, *arguments: str, name: str = "site") -> Run:
        """Run plays, given as data or as YAML text; the collection is the one that make installed from its tarball."""
        path = self.folder / f"{name}.yml"
        path.write_text(plays if isinstance(plays, str) else yaml.safe_dump(list(plays), sort_keys=False))
        return self.command(["ansible-playbook", "-i", "localhost,", str(path), *arguments], name)

    def command(self, command: Sequence[str], name: str = "site") -> Run:
        results = self.folder / f"{name}.results"
        results.write_text("")
        done = finished(command, self.folder, {**self._environment(), "COLLECT_RESULTS_PATH": str(results)})
        rows = tuple(json.loads(line) for line in results.read_text().splitlines())
        return Run(done.returncode, done.stdout, rows, self.folder / "home")

    def _environment(self) -> dict[str, str]:
        home, tmp = self.folder / "home", self.folder / "tmp"
        for path in (home, tmp):
            path.mkdir(exist_ok=True)
        collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections"))
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(SKIPPED_KEYS)},
            "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(home),
            "TMPDIR": str(tmp),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "ANSIBLE_COLLECTIONS_PATH": collections,
            "ANSIBLE_HOME": str(home / ".ansible"),
            "ANSIBLE_LOCAL_TEMP": str(tmp / "local"),
            "ANSIBLE_REMOTE_TEMP": str(tmp / "remote"),
            "ANSIBLE_CALLBACK_PLUGINS": str(PLUGINS),
            "ANSIBLE_CALLBACKS_ENABLED": "collect_results",
            "ANSIBLE_PYTHON_INTERPRETER": str(PYTHON),
            **self.environment,
        }


def play(tasks: Sequence[Mapping[str, Any]], **keys: Any) -> dict[str, Any]:
    return {"hosts": "localhost", "connection": "local", "gather_facts": False, **keys, "tasks": list(tasks)}
