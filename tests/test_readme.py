# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the README tells to do with your own services is done here, word for word, with the simulator as Aiven."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulator.client import Simulator
from tools.source_tree import ROOT, source_tree

# What is done with AWX is tried in tests/awx.
README = re.sub(r"^## AWX.*?(?=^## )", "", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)
PROJECT = "shop-production"

# The one is shown by setting the variable, the other by the tests running at all.
LEFT_OUT = ("export AIVEN_TOKEN=", "python3 -m pip install", "make ")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def aiven() -> Iterator[Simulator]:
    with Simulator(build_seconds=0) as simulator:
        simulator.add_project(PROJECT)
        simulator.add_service(PROJECT, "orders", service_type="pg", cloud="aws-eu-west-1")
        simulator.add_service(PROJECT, "search", service_type="opensearch", cloud="google-europe-west1")
        yield simulator


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The sources, with the files of the README written beside them."""
    with source_tree() as collection:
        for block in blocks("yaml"):
            first, _newline, text = block.partition("\n")
            if first.startswith("# "):
                path = collection / first.removeprefix("# ")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        yield collection


def run(command: str, folder: Path, aiven: Simulator) -> str:
    """Run a command as a user would, in a home of its own; return what it printed."""
    environment = {
        "HOME": str(folder.parents[2] / "home"),
        "LC_ALL": "C.UTF-8",
        "NO_PROXY": "127.0.0.1",
        "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        **aiven.environment,
    }
    # The repository's own ansible.cfg is not there where a user works.
    (folder / "ansible.cfg").unlink(missing_ok=True)
    done = subprocess.run(command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def test_the_commands_roll_out(folder: Path, aiven: Simulator) -> None:
    commands = [line for block in blocks("sh") for line in block.splitlines() if not line.startswith(LEFT_OUT)]
    assert [command.split()[0] for command in commands] == ["ansible-galaxy"] * 2 + ["ansible-playbook"] * 2
    for command in commands[:-1]:
        run(command, folder, aiven)
    assert writes(aiven) == 0, "the plan wrote"
    run(commands[-1], folder, aiven)
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"
    assert aiven.service(PROJECT, "search")["region"] == "google-europe-north1"
    assert writes(aiven) == 2
    run(commands[-1], folder, aiven)
    assert writes(aiven) == 2, "the second run wrote"


def test_the_task_gives_one_service_its_backup(folder: Path, aiven: Simulator) -> None:
    (task,) = [block for block in blocks("yaml") if block.startswith("- name")]
    text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n" + re.sub("^", "    ", task, flags=re.MULTILINE)
    (folder / "one.yml").write_text(text)
    run("ansible-playbook one.yml", folder, aiven)
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"


def writes(aiven: Simulator) -> int:
    return sum(request["method"] != "GET" for request in aiven.requests())
