# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""The short form of the soak, and that it can fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulator.client import Simulator
from tests.soak.model import WRONGS, Soak
from tests.soak.work import Label

# With this seed every kind of operation is done.
SEED, OPERATIONS, PLAYBOOKS = 7, 60, 0.05
IN_PROCESSES = {"rollout", "move", "disable", "plan", "apply", "rollback", "restore", "drill", "audit"}


@pytest.mark.slow
def test_nothing_is_lost_doubled_wrong_or_untrue(simulator: Simulator) -> None:
    counts = Soak(simulator, SEED).run(OPERATIONS, PLAYBOOKS)
    assert not counts.wrongs, "\n".join(counts.words)
    assert counts.operations == OPERATIONS
    assert set(counts.by_operation) >= {*IN_PROCESSES, "playbook"}
    assert counts.killed > 0 and counts.faults > OPERATIONS, str(counts)


LABEL: Label = ("p-0", "db-0000")


def lose(simulator: Simulator, soak: Soak) -> None:
    simulator.remove(*LABEL)


def make_another(simulator: Simulator, soak: Soak) -> None:
    simulator.add_service("p-0", "db-new")


def change(simulator: Simulator, soak: Soak) -> None:
    simulator.patch(*LABEL, region="aws-eu-central-1")


def change_twice(simulator: Simulator, soak: Soak) -> None:
    for region in ("aws-eu-west-2", "aws-eu-central-1"):
        body = {"user_config": {"additional_backup_regions": [region]}}
        simulator.api("PUT", f"/project/{LABEL[0]}/service/{LABEL[1]}", body)
        simulator.clock(advance="25h")
    soak.become({LABEL: "aws-eu-central-1"})


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "kind"), [(lose, "lost"), (make_another, "lost"), (change, "wrong"), (change_twice, "doubled")]
)
def test_what_is_wrong_is_counted(simulator: Simulator, act: Callable[[Simulator, Soak], None], kind: str) -> None:
    soak = Soak(simulator, SEED, services=20)
    soak.judge_world("nothing")
    assert not soak.counts.wrongs
    act(simulator, soak)
    soak.judge_world("something")
    assert soak.counts.wrongs == {kind: 1}, soak.counts.words
    assert set(soak.counts.wrongs) <= set(WRONGS)
