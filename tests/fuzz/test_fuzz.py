# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The short form of ``make fuzz``: the first cases of each target."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz import campaign
from tests.fuzz.mutations import FORMULA, MARKUP, TRACE
from tests.fuzz.report_targets import check_formats, check_page
from tests.fuzz.world import World
from tests.simulator.client import Simulator
from tests.unit.core.audits import audit, service, subject

CASES = 120


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    TRACE.unlink(missing_ok=True)
    with Simulator(build_seconds=0) as simulator:
        yield World(simulator)


@pytest.mark.parametrize("target", campaign.NAMES)
def test_case_0_is_not_mutated_and_understood(world: World, target: str) -> None:
    """Or the mutations would never get further than the first look."""
    tally = campaign.run(world, target, [0])
    assert (tally.understood, tally.failures) == (1, {})


@pytest.mark.parametrize("target", campaign.NAMES)
def test_no_mutation_breaks_a_promise(world: World, target: str) -> None:
    tally = campaign.run(world, target, range(1, CASES + 1))
    assert tally.failures == {}
    assert tally.megabytes < campaign.MOST_MEMORY
    # Mutations that nothing takes, or everything, would try only one half of the code.
    assert 0 < tally.understood < CASES


def test_a_hang_and_a_crash_are_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(_seed: str) -> bool:
        while True:
            pass

    monkeypatch.setattr(campaign, "DEADLINE", 0.2)
    monkeypatch.setitem(campaign.file_targets.TARGETS, "record", hang)
    monkeypatch.setitem(campaign.file_targets.TARGETS, "artifact", lambda seed: bool(seed[99]))
    assert [kind.split()[0] for kind in campaign.run(world, "record", [1]).kinds] == ["TooLong"]
    assert [kind.split()[0] for kind in campaign.run(world, "artifact", [1]).kinds] == ["IndexError"]


def test_markup_and_formulas_would_be_found() -> None:
    whole = audit([subject(service(name=FORMULA, plan=MARKUP))])
    check_formats(whole)
    check_page("a page", "<p>x</p>")
    with pytest.raises(AssertionError, match="markup"):
        check_page("a page", f"<p>{MARKUP}</p>")
