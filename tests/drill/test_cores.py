# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills on the oldest and the newest core too: strategies, hidden tasks and the limit of their time are Ansible's."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest

from tests.cores import OTHER_CORES, binaries_of
from tests.drill.support import READY, evidence, forks, variables
from tests.fleet.support import Site
from tests.simulator.client import Simulator

VERIFY = [
    {
        "name": "Know the fork",
        "ansible.builtin.assert": {
            "that": [
                "btar_drill_fork.service_name.startswith(aiven_service_name)",
                "btar_drill_connection.password.startswith('AVNS_')",
            ]
        },
    },
    {"name": "Show it", "ansible.builtin.debug": {"msg": "{{ btar_drill_connection }}"}},
    {
        "name": "Take long",
        "ansible.builtin.command": {"cmd": "sleep 120"},
        "changed_when": False,
        "when": "aiven_service_name == 'slow'",
    },
    {
        "name": "Fail",
        "ansible.builtin.command": {"cmd": "false"},
        "changed_when": False,
        "when": "aiven_service_name == 'wrong'",
    },
]


@pytest.mark.parametrize("core", OTHER_CORES)
def test_drills_end_as_on_the_usual_core(core: str, simulator: Simulator) -> None:
    binaries = binaries_of(core)
    for name in ("good", "slow", "wrong"):
        simulator.add_service("shop", name, **READY)
    # Not in tmp_path: the newest core makes a socket below, whose path must be short.
    with tempfile.TemporaryDirectory() as folder:
        site = Site(Path(folder), simulator)
        site.write("verify.yml", VERIFY)
        given = variables(
            site,
            btar_drill_select="all",
            btar_drill_verify=str(site.folder / "verify.yml"),
            btar_drill_verify_timeout=15,
        )
        command = site.arguments("drill", **given)
        command[0] = str(binaries / "ansible-playbook")
        run = site.playbooks.command([*command, "-vv"])
        assert run.returncode == 2, run.output
        results = {name: body["result"] for name, body in evidence(site).items()}
        assert results == {"good": "passed", "slow": "timed_out", "wrong": "failed"}, run.output
        assert forks(site) == []
        assert "Show it" in run.output
        written = [path.read_text() for path in (site.folder / "btar" / "drills").iterdir() if path.is_file()]
        assert "AVNS_" not in run.output + json.dumps(written)
