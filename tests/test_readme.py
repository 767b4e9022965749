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
from tests.walkthrough import PROJECT, Walkthrough, a_shop, writes
from tools.source_tree import ROOT, source_tree

# What is done with AWX is tried in tests/awx.
README = re.sub(r"^## AWX.*?(?=^## )", "", (ROOT / "README.md").read_text(), flags=re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def aiven() -> Iterator[Simulator]:
    with a_shop() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def readme(aiven: Simulator) -> Iterator[Walkthrough]:
    """The sources, with the files of the README written beside them."""
    with source_tree() as collection:
        # The repository's own ansible.cfg is not there where a user works.
        (collection / "ansible.cfg").unlink()
        readme = Walkthrough(README, collection, aiven)
        readme.write_files()
        yield readme


def test_the_commands_roll_out(readme: Walkthrough, aiven: Simulator) -> None:
    commands = readme.commands()
    assert [command.split()[0] for command in commands] == ["ansible-galaxy"] * 2 + ["ansible-playbook"] * 2
    for command in commands[:-1]:
        readme.run(command)
    assert writes(aiven) == 0, "the plan wrote"
    readme.run(commands[-1])
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"
    assert aiven.service(PROJECT, "search")["region"] == "google-europe-north1"
    assert writes(aiven) == 2
    readme.run(commands[-1])
    assert writes(aiven) == 2, "the second run wrote"


def test_the_task_gives_one_service_its_backup(readme: Walkthrough, aiven: Simulator) -> None:
    (task,) = [block for block in readme.blocks("yaml") if block.startswith("- name")]
    text = "- hosts: localhost\n  gather_facts: false\n  tasks:\n" + re.sub("^", "    ", task, flags=re.MULTILINE)
    (readme.folder / "one.yml").write_text(text)
    readme.run("ansible-playbook one.yml")
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"


def test_the_rollout_prints_what_is_shown(tmp_path: Path) -> None:
    """But for the folder, as the demonstration has one of its own."""
    (block,) = re.findall(r"^```text\n(.*?)^```", README, flags=re.MULTILINE | re.DOTALL)
    command = [
        "ansible-playbook",
        "-i",
        "inventories/demo",
        "offsite.aiven.rollout",
        "-e",
        f"btar_report_dir={tmp_path}",
    ]
    with Simulator(fleet=240, seed=7) as simulator:
        environment = {**os.environ, **simulator.environment, "NO_PROXY": "127.0.0.1", "ANSIBLE_NOCOLOR": "1"}
        command[0] = str(ROOT / ".venv/bin/ansible-playbook")
        run = subprocess.run(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
    printed = {re.sub(r"(record|report): \S+", r"\1:", line.rstrip()) for line in run.stdout.splitlines()}
    shown = [re.sub(r"(record|report): \S+", r"\1:", line.rstrip()) for line in block.splitlines()]
    beginnings = [line.removesuffix("...") for line in shown]
    missing = [line for line in beginnings if not any(row.startswith(line) for row in printed)]
    assert not missing, run.stdout
