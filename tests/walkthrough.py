# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A page that tells what to do is followed, word for word: its files are written, its commands run, the simulator is Aiven."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.simulator.client import Simulator
from tools.source_tree import ROOT

# The one is shown by setting the variable, the other by the tests running at all.
LEFT_OUT = ("export AIVEN_TOKEN=", "python3 -m pip install", "make ")


PROJECT = "shop-production"


@contextlib.contextmanager
def a_shop() -> Iterator[Simulator]:
    """An Aiven with the two services that the pages speak of."""
    with Simulator(build_seconds=0) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_service(PROJECT, "orders", service_type="pg", cloud="aws-eu-west-1")
        simulator.add_service(PROJECT, "search", service_type="opensearch", cloud="google-europe-west1")
        yield simulator


class Walkthrough:
    """The text of a page, and the folder of a user who follows it."""

    def __init__(self, text: str, folder: Path, aiven: Simulator) -> None:
        self.text = text
        self.folder = folder
        self.environment = {
            "HOME": str(folder.resolve().parent / "home"),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
            **aiven.environment,
        }

    def blocks(self, language: str) -> list[str]:
        return re.findall(rf"^```{language}\n(.*?)^```", self.text, re.MULTILINE | re.DOTALL)

    def commands(self) -> list[str]:
        lines = [line for block in self.blocks("sh") for line in block.splitlines()]
        return [line for line in lines if not line.startswith(LEFT_OUT)]

    def write_files(self) -> None:
        """Write each YAML block whose first line is a comment with a path."""
        for block in self.blocks("yaml"):
            first, _newline, text = block.partition("\n")
            if first.startswith("# "):
                path = self.folder / first.removeprefix("# ")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)

    def run(self, command: str) -> str:
        """Run a command as the user would; what it printed. An AssertionError if it fails."""
        done = subprocess.run(
            command, shell=True, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def writes(aiven: Simulator) -> int:
    """How many of the requests that the simulator saw could change something."""
    return sum(request["method"] != "GET" for request in aiven.requests())
