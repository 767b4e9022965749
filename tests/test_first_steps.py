# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The first steps, done word for word with the collection as installed, and the simulator as Aiven."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.simulator.client import Simulator
from tests.walkthrough import PROJECT, Walkthrough, a_shop, writes
from tools.source_tree import ROOT

Follow = Callable[[str], Walkthrough]


@pytest.fixture
def aiven() -> Iterator[Simulator]:
    with a_shop() as simulator:
        yield simulator


@pytest.fixture
def follow(aiven: Simulator, tmp_path: Path) -> Follow:
    def follow(page: str) -> Walkthrough:
        folder = tmp_path / "work"
        folder.mkdir()
        steps = Walkthrough((ROOT / "docs" / page).read_text(), folder, aiven)
        # A release is tried where it was installed, with the Ansible of its user.
        collections = os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections"))
        steps.environment["ANSIBLE_COLLECTIONS_PATH"] = collections
        if "OFFSITE_USER" in os.environ:
            steps.environment["PATH"] = f"{os.environ['OFFSITE_USER']}{os.pathsep}{os.environ['PATH']}"
        steps.write_files()
        return steps

    return follow


def test_one_service(follow: Follow, aiven: Simulator) -> None:
    steps = follow("first-service.md")
    regions, plan, change, protection = steps.commands()
    assert "aws-eu-central-1" in steps.run(regions), "the page recommends a region that is not among the nearest"
    assert "aws-eu-central-1" in steps.run(plan)
    assert writes(aiven) == 0
    steps.run(change)
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"
    assert "pending" in steps.run(protection)
    aiven.clock(advance="26h")
    assert "protected" in steps.run(protection)
    aiven.clear_requests()
    assert "changed=0" in steps.run(change)
    assert aiven.calls() == 1


def test_the_role(follow: Follow, aiven: Simulator) -> None:
    """The example of the role's own page, with the inventory and the variables of the first fleet."""
    steps = follow("first-fleet.md")
    page = (ROOT / "roles/btar/README.md").read_text()
    (play,) = Walkthrough(page, steps.folder, aiven).blocks("yaml")
    (steps.folder / "site.yml").write_text(play)
    steps.run("ansible-playbook -i inventory site.yml")
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"


def test_a_fleet(follow: Follow, aiven: Simulator) -> None:
    steps = follow("first-fleet.md")
    graph, plan, change, audit, part = steps.commands()
    assert {"@aiven_type_pg:", "@aiven_project_shop_production:"} <= {
        line.strip("|- ") for line in steps.run(graph).splitlines()
    }
    steps.run(plan)
    assert writes(aiven) == 0
    steps.run(change)
    assert aiven.service(PROJECT, "orders")["region"] == "aws-eu-central-1"
    assert aiven.service(PROJECT, "search")["region"].startswith("google-europe-")
    assert writes(aiven) == 2
    with pytest.raises(AssertionError, match="0 of 2 services that can have a copy are protected"):
        steps.run(audit)
    aiven.clock(advance="26h")
    steps.run(audit)
    report = json.loads((steps.folder / "btar/btar-audit.json").read_text())
    assert report["headline"]["protected"] == 2
    assert (steps.folder / "btar/btar-audit.html").is_file()
    aiven.clear_requests()
    steps.run(part)
    assert writes(aiven) == 0
