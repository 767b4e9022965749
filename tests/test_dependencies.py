# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests and the release are made of: locked with hashes, and told."""

from __future__ import annotations

import re

import pytest
from packaging.requirements import Requirement

from tests.simulator.client import ROOT
from tools import sbom

FOLDER = ROOT / "tests" / "requirements"
PIN = re.compile(r"([A-Za-z0-9._-]+)(?:\[\S+\])?==(\S+)(?: ; .*)? \\")


def pins(name: str) -> dict[str, list[str]]:
    """The versions of each library in a lock; several where they differ by Python."""
    found: dict[str, list[str]] = {}
    for line in (FOLDER / f"{name}.lock.txt").read_text().splitlines():
        if match := PIN.fullmatch(line):
            found.setdefault(match[1].lower(), []).append(match[2])
        else:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line) or line.startswith("#"), line
    return found


def named(name: str) -> list[Requirement]:
    """What a list of requirements asks for, and the lists that it takes in."""
    path = FOLDER / f"{name}.txt"
    wanted = []
    for line in path.read_text().splitlines():
        if line.startswith("-r "):
            included = (path.parent / line[3:]).resolve()
            lines = included.read_text().splitlines() if included.parent == ROOT else []
            wanted += [Requirement(each) for each in lines if not each.startswith("#")]
            wanted += named(included.stem) if included.parent == FOLDER else []
        elif line and not line.startswith("#"):
            wanted.append(Requirement(line))
    return wanted


@pytest.mark.parametrize("name", ["rollout", "test"])
def test_a_lock_has_every_requirement_in_a_version_that_it_allows(name: str) -> None:
    locked = pins(name)
    for requirement in named(name):
        versions = locked[requirement.name.lower()]
        assert all(requirement.specifier.contains(version) for version in versions), (requirement, versions)


def test_both_locks_agree() -> None:
    test = pins("test")
    assert {name: versions for name, versions in pins("rollout").items() if test[name] != versions} == {}


def test_the_bill_has_the_collection_and_what_it_needs() -> None:
    bill = sbom.bill()
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    assert bill["metadata"]["component"]["name"] == "offsite.aiven"
    names = [part["name"] for part in bill["components"]]
    assert names == ["certifi", "charset-normalizer", "idna", "requests", "urllib3"]
    assert all(part["purl"] == f"pkg:pypi/{part['name']}@{part['version']}" for part in bill["components"])
    assert [part["bom-ref"] for part in bill["components"]] == bill["dependencies"][0]["dependsOn"]
