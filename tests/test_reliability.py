# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The figures of docs/reliability.md are those of the code that makes them."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from tests.canary.scenes import SECRETS
from tests.chaos.faults import FAULTS
from tests.chaos.matrix import Promise
from tests.chaos.operations import OPERATIONS
from tests.fuzz import __main__ as fuzz
from tests.fuzz import campaign
from tests.simulator.client import ROOT
from tests.soak import model, playbooks, test_soak

TEXT = (ROOT / "docs/reliability.md").read_text()
FLAT = " ".join(TEXT.split())


def numbers(pattern: str) -> tuple[int, ...]:
    """The numbers of a sentence, which must be there."""
    found = re.search(pattern.replace("N", r"([\d,]+)"), FLAT)
    assert found, f"docs/reliability.md does not say: {pattern}"
    return tuple(int(number.replace(",", "")) for number in found.groups())


def test_the_matrix_is_as_large_as_it_says() -> None:
    cells, operations, faults, *ends = numbers(
        "Of N cells, N operations and N faults, N were healed, N ended with one code and N were told for some of the services; "
        "N sent no request that the fault could meet, and N was surprising"
    )
    assert (operations, faults, cells) == (len(OPERATIONS), len(FAULTS), len(OPERATIONS) * len(FAULTS))
    assert sum(ends) == cells
    assert len(ends) == len(get_args(Promise)) + 1
    assert ends[-1] == 0


def test_the_soak_is_as_it_says() -> None:
    assert numbers("random operations over N services") == (500,)
    assert (model.FAULTY, model.KILLED, model.PLAYBOOKS) == (1 / 5, 1 / 4, 1 / 200)
    assert "One request in five meets a fault" in FLAT
    assert "one operation in four loses" in FLAT
    assert "one in 200 is a real `ansible-playbook`" in FLAT
    for kind in playbooks.KINDS:
        assert kind in FLAT
    assert numbers("The short form has N operations") == (test_soak.OPERATIONS,)
    operations, faults, kills, *wrongs = numbers(
        r"N operations, N faults, N kills: N lost, N doubled, N wrong, N untrue"
    )
    assert len(wrongs) == len(model.WRONGS) and not any(wrongs)
    assert operations > kills > 0 and faults > operations


def test_the_fuzz_table_has_every_target_with_all_its_cases() -> None:
    rows = re.findall(r"^\| ([a-z ]+) \| ([\d,]+) \| ([\d,]+) \| (\d+) \|$", TEXT, re.MULTILINE)
    assert [row[0] for row in rows] == list(campaign.NAMES)
    assert {row[1].replace(",", "") for row in rows} == {str(fuzz.CASES)}
    assert {row[3] for row in rows} == {"0"}
    assert len(rows) * fuzz.CASES >= 20_000
    assert numbers(r"N cases of N targets") == (len(rows) * fuzz.CASES, len(rows))


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`(tests/[\w/]+(?:\.py)?)`", TEXT))))
def test_what_it_names_is_there(path: str) -> None:
    assert (ROOT / path).exists()


def test_the_canaries_are_as_many_as_it_says() -> None:
    assert numbers("N canaries at least") == (len(SECRETS),)
