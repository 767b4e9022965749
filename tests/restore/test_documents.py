# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of docs/restore.md do what it says, in its order."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from tests.playbooks.support import Playbooks, play
from tests.simulator.client import ROOT, Simulator


def documented() -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "docs/restore.md").read_text(), re.DOTALL)
    return [task for block in blocks for task in yaml.safe_load(block)]


def test_the_tasks_of_the_guide(simulator: Simulator, tmp_path: Path) -> None:
    simulator.add_service("shop-production", "orders", region="aws-eu-central-1", region_age_hours=100)
    make, delete, connect, use = documented()
    # There is no database behind a simulated service: what its client would get is shown to a program that is always there.
    use["ansible.builtin.command"]["cmd"] = "printenv PGHOST PGPORT PGUSER PGPASSWORD PGDATABASE"
    del use["no_log"]
    run = Playbooks(tmp_path, simulator.environment).run([play([make, connect, use, delete])])
    assert run.returncode == 0, run.output
    restored = run.result(make["name"])["restored"]
    assert restored["region"] == "aws-eu-central-1"
    assert restored["point"] is not None
    host, port, user, password, database = run.result(use["name"])["stdout_lines"]
    assert (user, database, port.isdigit()) == ("avnadmin", "defaultdb", True)
    assert host.startswith("orders-restored-shop-production.")
    assert password.startswith("AVNS_")
    assert "censored" in run.result(connect["name"])
    history = {row["service_name"]: (row["creates"], row["deletes"]) for row in simulator.state()["history"]}
    assert history == {"orders-restored": (1, 1)}
