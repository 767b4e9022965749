# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drills of real databases: what is wrong with each is in its evidence and in the audit, and no fork is left."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.drill.support import SECONDARY, drill, evidence, folder, forks, shown, variables
from tests.fleet.support import Site
from tests.fleet.test_kill import children_of, wait_until
from tests.playbooks.support import Run

CHECK = {
    "name": "Look at the sales",
    "offsite.aiven.aiven_btar_drill_postgres": {
        "connection": "{{ btar_drill_connection }}",
        "databases": ["defaultdb"],
        "checks": [
            {"name": "three sales", "sql": "SELECT count(*) FROM sales;", "equals": 3},
            {"name": "newest sale", "sql": "SELECT max(at) FROM sales", "not_older_than": "1h"},
        ],
    },
}
# Longer than the verification of this one may take; never reached by the others.
SLOW = {
    "name": "Wait for ever",
    "ansible.builtin.command": {"cmd": "sleep 600"},
    "changed_when": False,
    "when": "aiven_service_name == 'slow'",
}
NAMES = ("good", "other", "short", "stuck", "slow")


def audit(site: Site) -> dict[str, dict[str, Any]]:
    """The controls of each service."""
    run = site.run("audit", **variables(site, btar_drill_max_age_days=1, btar_audit_fail_on="none"))
    assert run.returncode == 0, run.output
    whole = json.loads((site.folder / "btar/btar-audit.json").read_text())
    return {row["service_name"]: row["controls"] for row in whole["services"]}


def verdicts(site: Site, control: str) -> dict[str, str]:
    return {name: controls[control]["result"] for name, controls in audit(site).items()}


@pytest.fixture
def databases(real: Site) -> Site:
    simulator = real.simulator
    for name in NAMES:
        simulator.add_service("shop", name, plan="business-4", region=SECONDARY)
        simulator.sql("shop", name, "CREATE TABLE sales (id int PRIMARY KEY, at timestamptz DEFAULT now())")
        rows = 2 if name == "short" else 3
        simulator.sql("shop", name, "INSERT INTO sales SELECT generate_series(1, %s)", [rows])
        simulator.replicate("shop", name)
    real.group_vars(btar_region_map={"aws-eu-west-1": SECONDARY})
    real.write("verify.yml", [CHECK, SLOW])
    return real


def run_all(site: Site, *arguments: str, verify_timeout: int = 300) -> Run:
    return drill(
        site,
        *arguments,
        btar_drill_select="all",
        btar_drill_max_forks=5,
        btar_drill_verify=str(site.folder / "verify.yml"),
        btar_drill_verify_timeout=verify_timeout,
        btar_drill_restore_timeout=25,
    )


def test_five_databases_each_with_a_fate_of_its_own(databases: Site) -> None:
    databases.simulator.restores(service="stuck-drill-*", hang="stream")
    run = run_all(databases, verify_timeout=10)
    found = evidence(databases)
    results = {name: found[name]["result"] for name in NAMES}
    assert results == {
        "good": "passed",
        "other": "passed",
        "short": "failed",
        "stuck": "timed_out",
        "slow": "timed_out",
    }, run.output
    assert forks(databases) == []
    assert all(body["fork_deleted"] for body in found.values())
    assert run.returncode == 2
    assert {host.partition(".")[0]: status for host, status in shown(run).items()} == {
        "good": "ok",
        "other": "ok",
        "short": "failed",
        "stuck": "failed",
        "slow": "failed",
    }

    good = found["good"]
    assert [check["name"] for check in good["checks"] if check["passed"]][:4] == [
        "connects over TLS",
        "its databases are there",
        "three sales",
        "newest sale",
    ]
    assert good["rpo"]["api_seconds"] is not None
    assert good["rpo"]["sql_seconds"] > 0
    assert good["rto_seconds"] >= good["phases"]["create"] + good["phases"]["verify"]
    assert good["point"].startswith(good["recovered_to"].removesuffix("Z"))
    assert good["source"]["data_bytes"] > 0
    (wrong,) = [check for check in found["short"]["checks"] if check["name"] == "three sales"]
    assert (wrong["passed"], wrong["message"]) == (False, "it is '2', expected is '3'")
    assert "btar_drill_verify_timeout, 10 s" in found["slow"]["error"]["message"]
    assert found["stuck"]["error"]["code"] == "timeout"
    assert found["stuck"]["rto_seconds"] is None

    failing = dict.fromkeys(("short", "stuck", "slow"), "fail")
    assert verdicts(databases, "drill_recent") == {"good": "pass", "other": "pass", **failing}
    assert set(verdicts(databases, "drill_evidence").values()) == {"pass"}

    (edited,) = folder(databases).glob("shop--good-*.json")
    edited.write_text(edited.read_text().replace('"rto_seconds": ', '"rto_seconds": 0'))
    (removed,) = folder(databases).glob("shop--short-*.json")
    removed.unlink()
    controls = audit(databases)
    assert f"{edited.name} was edited" in controls["good"]["drill_evidence"]["message"]
    assert f"{removed.name} is missing" in controls["short"]["drill_evidence"]["message"]
    assert controls["other"]["drill_evidence"]["result"] == "pass"


def test_no_password_is_shown_or_written(databases: Site) -> None:
    """Users' own tasks are hidden, and what failed is written down without it."""
    show = {"name": "Show it", "ansible.builtin.debug": {"msg": "{{ btar_drill_connection }}"}}
    command = {
        "name": "Print it",
        "ansible.builtin.shell": {"cmd": "printenv PGPASSWORD; exit 3"},
        "environment": {"PGPASSWORD": "{{ btar_drill_connection.password }}"},
    }
    databases.write("verify.yml", [CHECK, show, command])
    run = run_all(databases, "-vv", "--limit", "good.shop")
    assert "Show it" in run.output
    (path,) = folder(databases).glob("*.json")
    assert evidence(databases)["good"]["result"] == "failed"
    assert "AVNS_" not in run.output + path.read_text()

    say = {"name": "Say it", "ansible.builtin.fail": {"msg": "it is {{ btar_drill_connection.password }}!"}}
    databases.write("verify.yml", [say])
    run_all(databases, "--limit", "good.shop")
    (second,) = set(folder(databases).glob("*.json")) - {path}
    assert "AVNS_" not in second.read_text()
    assert "Say it: it is ********!" in json.loads(second.read_text())["error"]["message"]


def test_a_killed_run_is_ended_by_the_next(databases: Site) -> None:
    databases.simulator.restores(service="good-drill-*", hang="stream")
    given = variables(databases, btar_drill_select="all", btar_drill_max_forks=5)
    with databases.process("drill", "--limit", "good.shop:other.shop", **given) as process:
        wait_until(lambda: len(forks(databases)) == 2, "both forks are there")
        workers = children_of(process.pid)
        process.send_signal(signal.SIGKILL)
        wait_until(lambda: process.poll() is not None, "ansible-playbook ends")
        wait_until(lambda: not [pid for pid in workers if Path(f"/proc/{pid}").exists()], "its workers end")
    assert len(forks(databases)) == 2
    assert evidence(databases) == {}

    databases.simulator.clear_restores()
    run = drill(databases, "--limit", "good.shop:other.shop", btar_drill_count=0)
    assert run.returncode == 0, run.output
    assert forks(databases) == []
    found = evidence(databases)
    assert {name: body["result"] for name, body in found.items()} == {"good": "interrupted", "other": "interrupted"}
    assert all(body["fork_deleted"] for body in found.values())
    assert list(folder(databases).glob("*.begun")) == []

    run = run_all(databases, "--limit", "good.shop")
    assert run.returncode == 0, run.output
    assert evidence(databases)["good"]["result"] == "passed"
    assert evidence(databases)["good"]["former"] is not None
    assert forks(databases) == []
    assert verdicts(databases, "drill_evidence")["good"] == "pass"
