# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The outcome of a service on its host: changed and failed as it was, and what went wrong said once."""

from __future__ import annotations

from tests.playbooks.support import Playbooks, play

REFUSAL = "aws-eu-west-1 is its primary region; name another region"
OUTCOME = {
    "project": "shop",
    "service_name": "orders",
    "status": "failed",
    "changed": False,
    "failed": True,
    "change": None,
    "reason": REFUSAL,
    "before": {"region": None},
    "after": {"region": None},
    "error": {"code": "same_region", "message": REFUSAL, "status": None},
}


def test_a_refusal_is_said_once_in_the_result_of_its_host(playbooks: Playbooks) -> None:
    task = {"name": "show", "offsite.aiven.aiven_btar_outcome": {"outcome": OUTCOME}}
    run = playbooks.run([play([task])])
    (line,) = [line for line in run.output.splitlines() if line.startswith("fatal: ")]
    assert line.count(REFUSAL) == 1
    assert run.result("show")["msg"] == REFUSAL
    assert run.result("show")["error"] == {"code": "same_region", "status": None}
