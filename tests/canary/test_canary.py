# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One canary over everything: tokens and passwords that must be found in no output, file, command line or environment, whatever
succeeds or fails, in every module, action, lookup and inventory and in every playbook, at -vvvv.
"""

from __future__ import annotations

import base64
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import ansible_runner
import pytest
import yaml

from tests.canary import tasks
from tests.canary.scenes import SECRETS, Scene, watched
from tests.canary.search import Search
from tests.canary.tasks import FAILING, FLEET_ECHO, MARKER, PROJECT, SERVICE_PASSWORD, TOKEN, echo
from tests.canary.watcher import Watcher
from tests.cores import OTHER_CORES
from tests.drill.support import SECONDARY, evidence, forks, variables
from tests.events.rulebooks import Rulebooks, need_rulebook
from tests.fleet.support import HOME, PARTNER, add_services, rows_of
from tests.playbooks.support import Run, play
from tests.simulator.client import Simulator
from tests.simulator.fixtures import need_postgres

Told = Callable[[str, object], None]
# What is left of an echo.
MARKED = "Bad token ********"
FORMATS = "html,json,csv,junit,prometheus,oscal"
READY = {"plan": "business-4", "region": PARTNER, "region_age_hours": 300}


@pytest.fixture
def folder() -> Iterator[Path]:
    """Not in pytest's: the newest core makes a socket below, whose path must be short."""
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture(scope="module")
def plain() -> Iterator[Simulator]:
    """Shows the password of its services, and takes the canary as its token."""
    with Simulator(build_seconds=0, leak_secrets=SERVICE_PASSWORD) as running:
        yield running


def begin(simulator: Simulator) -> None:
    simulator.reset()
    simulator.add_token(TOKEN, user="canary@example.org")
    simulator.token = TOKEN


def scene_in(folder: Path, simulator: Simulator, how: str = "variable", **more: Any) -> Scene:
    top = folder / "scene"
    top.mkdir()
    return Scene(top, simulator, how=how, hidden=folder / "hidden", **more)


def judge(scene: Scene, record_property: Told, name: str) -> None:
    record_property("told", f"{name}: {scene.search}")
    assert scene.search.hits == []
    assert scene.search.processes > 0 and scene.search.files > 0
    for run in scene.runs:
        assert "Traceback" not in run.output
    # No callback gets one either; where something is registered only tasks see it.
    rows = json.dumps([row for run in scene.runs for row in run.rows])
    assert [secret for secret, text in scene.search.secrets.items() if text in rows] == []


def everything(scene: Scene) -> Run:
    """Every module and action, in success and in every failure, and the audit of all services of the inventory."""
    defaults = {"retry_timeout": 0.3, **({} if scene.how == "environment" else {"api_token": "{{ canary_token }}"})}
    keys = {"module_defaults": {"group/offsite.aiven.aiven": defaults}, "vars": {"folder": str(scene.folder)}}
    audit = {
        "name": "audit",
        "offsite.aiven.aiven_btar_audit": {"directory": "{{ folder }}/home/reports", "exact": True},
    }
    own = [] if scene.core != "usual" else [*tasks.tasks()]
    plays = [
        {**play([*own, *tasks.restore_tasks()]), **keys},
        {**play([{**audit, "run_once": True}]), "hosts": "aiven_services", **keys},
    ]
    site = scene.write("site.yml", yaml.safe_dump(plays, sort_keys=False))
    command = ["ansible-playbook", "-i", scene.inventory(), "-i", "localhost,", str(site)]
    return scene.keep(scene.playbooks.command(command))


@pytest.mark.parametrize(
    ("how", "core"), [("environment", "usual"), ("variable", "usual"), *(("variable", core) for core in OTHER_CORES)]
)
def test_modules_and_actions(how: str, core: str, plain: Simulator, folder: Path, record_property: Told) -> None:
    begin(plain)
    tasks.arrange(plain)
    scene = scene_in(folder, plain, how, core=core, secrets={"fork_password": SERVICE_PASSWORD})
    with watched(scene, of_clients=["password of a service"]):
        run = everything(scene)
    assert run.returncode == 0, run.output[-4000:]
    codes = {row["task"]: row["result"].get("error", {}).get("code") for row in run.rows if row["status"] == "failed"}
    known = {**{failing.name: failing.code for failing in FAILING}, "fleet": "rejected"} if core == "usual" else {}
    assert codes == {
        **known,
        **tasks.RESTORE_CODES,
        # Hidden as a whole, as the connection would be in it.
        "echoed-connected": None,
        "mysql": "drill_failed",
        "postgres": "drill_failed",
    }
    status = {row["task"]: row["status"] for row in run.rows}
    assert status["connected"] == status["the registered result has it"] == status["made-and-connected"] == "ok"
    assert "********" in run.result("echoed")["msg"]
    if core == "usual":
        everything_happened(run)
        the_search_would_find(scene)
    judge(scene, record_property, f"modules and actions, token in the {how}, {core} core")


def everything_happened(run: Run) -> None:
    assert run.result("audit")["api_calls"]["total"] > 0
    changed = [row["task"] for row in run.rows if row["result"].get("change") and row["status"] == "ok"]
    assert changed == ["created", "created", "orders-db", "orders-db"]
    # user_config holds pg_version 16: masked as a value, it would be cut out of every 16 in the result.
    created = [row["result"] for row in run.rows if row["task"] == "created"][-1]
    assert created["invocation"]["module_args"]["create"]["cloud"] == "aws-eu-west-1"
    assert created["service"]["plan"] == "startup-4"


def the_search_would_find(scene: Scene) -> None:
    """It finds what is shown, logged and cached."""
    search = Search({"marker": MARKER, "project": PROJECT})
    for run in scene.runs:
        search.text("output", run.output)
    search.folder(scene.folder)
    assert "marker in output" in search.hits
    for part in ("ansible.log", "/facts/", "/inventory-cache/", "/reports/", "record.jsonl"):
        assert any(part in hit for hit in search.hits), part


def fleet(scene: Scene) -> None:
    """Four services of one project, one of which echoes secrets when it is changed, and a project that echoes them when it is read."""
    simulator = scene.simulator
    add_services(simulator, [*rows_of("shop", 4), *rows_of("bank", 2)])
    add_services(simulator, [{"project": "shop", "service_name": f"old-{number}", **READY} for number in range(3)])
    simulator.fault(**echo(409, FLEET_ECHO, method="PUT", service="db-003", count=None))
    simulator.fault(**echo(400, FLEET_ECHO, method="POST", service="old-2*", count=None))
    scene.group_vars(btar_region_map={HOME: PARTNER}, retry_timeout=1, aiven_retry_timeout=1)


def test_every_playbook(plain: Simulator, folder: Path, record_property: Told) -> None:
    begin(plain)
    scene = scene_in(folder, plain)
    fleet(scene)
    btar = scene.folder / "btar"
    with watched(scene):
        plan, former = str(btar / "plan.jsonl"), str(btar / "record.jsonl")
        scene.play("rollout", "--check", btar_record=plan, btar_artifact=True)
        scene.play("rollout", "--limit", "db-000.shop", btar_waves="1,100%")
        scene.play("apply", btar_plan=plan, btar_artifact=True)
        plain.clock(advance="25h")
        scene.play("rollback", btar_undo=former, btar_accept_loss=True)
        scene.play("disable", "--limit", "db-000.shop:db-003.shop", btar_confirm_disable=True)
        plain.fault(**echo(403, FLEET_ECHO, project="bank", count=None))
        scene.play("rollout", report=False)
        scene.play("audit", btar_audit_exact=True, btar_audit_lag_period="day", btar_report_formats=FORMATS)
        reports = {"btar_merge_reports": str(btar / "btar-audit.json"), "btar_report_dir": str(scene.folder / "merged")}
        scene.play("merge", **reports)
        scene.play("region_down", btar_region=HOME, btar_region_exact=True)
        drills = variables(scene, btar_drill_select="all", btar_drill_max_price=1000)
        scene.play("drill", "--limit", "*.shop", **drills)
        scene.play("restore", btar_region=HOME)
    # What echoes is told; each goes on with the others.
    assert [run.returncode for run in scene.runs] == [0, 0, 2, 0, 2, 2, 2, 2, 2, 2, 2]
    echoing = [run for run in scene.runs if MARKED in " ".join(run.output.split())]
    # All but the four that go well, and the one that merges reports.
    assert len(echoing) >= 6
    for name in ("plan.jsonl", "record.jsonl", "btar-audit.html", "btar-region-down.html", "btar-restored.json"):
        assert (btar / name).exists(), name
    assert set(evidence(scene)) >= {"old-0", "old-2"}
    judge(scene, record_property, "every playbook")


@pytest.fixture(scope="module")
def postgres() -> Iterator[Simulator]:
    need_postgres()
    with Simulator(engine="postgres", build_seconds=0, leak_secrets=SERVICE_PASSWORD) as running:
        yield running


CHECK = {
    "name": "Look at the sales",
    "offsite.aiven.aiven_btar_drill_postgres": {
        "connection": "{{ btar_drill_connection }}",
        "databases": ["defaultdb"],
        "checks": [{"name": "three sales", "sql": "SELECT count(*), pg_sleep(0.2) FROM sales", "equals": 3}],
    },
}
OWN = [
    {
        "name": "Have everything read",
        "offsite.aiven.aiven_btar_drill_postgres": {"connection": "{{ btar_drill_connection }}", "amcheck": True},
        "ignore_errors": True,
    },
    {"name": "Show it", "ansible.builtin.debug": {"msg": "{{ btar_drill_connection }}"}},
    {
        "name": "Ask for another",
        "ansible.builtin.assert": {"that": "btar_drill_connection.password == 'another'"},
        "when": "aiven_service_name == 'said'",
    },
]


def test_drills_of_real_databases(postgres: Simulator, folder: Path, record_property: Told) -> None:
    """With the token in the environment, of which a database's client must get nothing."""
    begin(postgres)
    found = {}
    for name in ("good", "said"):
        postgres.add_service("shop", name, plan="business-4", region=SECONDARY)
        postgres.sql("shop", name, "CREATE TABLE sales AS SELECT generate_series(1, 3) AS id")
        postgres.replicate("shop", name)
        _status, body = postgres.api("GET", f"/project/shop/service/{name}", token=TOKEN)
        found[f"real password of {name}"] = body["service"]["service_uri_params"]["password"]
    # What forks get has the same beginning.
    found["any password"] = "AVNS_"
    scene = scene_in(folder, postgres, "environment", search=Search({**SECRETS, **found}))
    verify = scene.write("verify.yml", [CHECK, *OWN])
    given = variables(scene, btar_drill_select="all", btar_drill_verify=str(verify), btar_drill_verify_timeout=60)
    with watched(scene, of_clients=list(found)) as watcher:
        run = scene.play("drill", **given)
    assert {name: body["result"] for name, body in evidence(scene).items()} == {"good": "passed", "said": "failed"}, (
        run.output[-4000:]
    )
    assert forks(scene) == []
    assert watcher.programs >= {"psql", "pg_amcheck"}
    judge(scene, record_property, "drills of real databases")


def test_ansible_runner(plain: Simulator, folder: Path, record_property: Told) -> None:
    """What it keeps as artifacts, but for the environment that it was told itself."""
    begin(plain)
    scene = scene_in(folder, plain)
    fleet(scene)
    source = scene.inventory()
    environment = scene.playbooks._environment()
    for name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED"):
        environment.pop(name)
    extra = {"btar_report_dir": str(scene.folder / "btar")}
    (scene.folder / "runner").mkdir()
    with watched(scene):
        done = ansible_runner.run(
            private_data_dir=str(scene.folder / "runner"),
            playbook="offsite.aiven.rollout",
            inventory=source,
            envvars=environment,
            cmdline=f"-vvvv --diff -e @{scene.hidden / 'vars.json'} -e '{json.dumps(extra)}'",
            quiet=True,
        )
        scene.search.text("the output of ansible-runner", done.stdout.read())
    assert (done.status, done.rc) == ("failed", 2)
    events = list((scene.folder / "runner/artifacts").rglob("*.json"))
    assert len(events) > 20
    judge(scene, record_property, f"ansible-runner, {len(events)} events")


def test_event_source(plain: Simulator, folder: Path, record_property: Told) -> None:
    """It sees, is blind as a project echoes secrets, and keeps its state."""
    java = need_rulebook()
    begin(plain)
    scene = scene_in(folder, plain, "environment")
    for project in ("shop", "bank"):
        plain.add_service(project, "orders", **READY)
    plain.fault(**echo(403, FLEET_ECHO, project="bank", count=None))
    rulebooks = Rulebooks(scene.folder, plain, java)
    with watched(scene):
        rulebooks.start(projects=["shop", "bank"])
        try:
            rulebooks.told(2)
            plain.patch("shop", "orders", pause={"reason": "quota", "hours_ago": 1})
            rulebooks.told(3)
        finally:
            rulebooks.stop()
        scene.search.text("the output of ansible-rulebook", rulebooks.output)
    assert {"blind", "paused"} <= {event["kind"] for event in rulebooks.events}
    assert rulebooks.state.exists()
    judge(scene, record_property, "event source")


# That the search can fail


@pytest.mark.parametrize(
    "planted",
    [
        f"x{TOKEN}y",
        *(base64.b64encode(b"-" * place + TOKEN.encode() + b"--").decode() for place in range(3)),
        TOKEN.encode().hex(),
        f'{{"a": "{TOKEN}"}}',
    ],
)
def test_a_planted_canary_is_found_in_each_form(planted: str, tmp_path: Path) -> None:
    (tmp_path / "a").write_text(planted)
    (tmp_path / "b").write_bytes(gzip.compress(planted.encode()))
    search = Search(SECRETS)
    search.folder(tmp_path)
    search.text("output", planted)
    assert search.hits == [f"token in {tmp_path / 'a'}", f"token in {tmp_path / 'b'}", "token in output"]
    assert (search.files, search.texts) == (2, 1)


def test_a_planted_canary_is_found_in_processes_and_in_files_that_are_gone(tmp_path: Path) -> None:
    search = Search(SECRETS)
    (tmp_path / "tmp").mkdir()
    path = tmp_path / "tmp" / "file"
    write = f"import time, os; open({str(path)!r}, 'w').write('cnry' + {TOKEN[4:]!r}); time.sleep(1); os.unlink({str(path)!r})"
    watcher = Watcher(search, [tmp_path / "tmp"], exported=["token"])
    with watcher.watching():
        exported = {**os.environ, "AIVEN_TOKEN": TOKEN}
        # A client of a database, and something else.
        (tmp_path / "psql").symlink_to("/bin/sleep")
        waiting = [
            subprocess.Popen([program, "1"], env={**exported, "A": SERVICE_PASSWORD})
            for program in ("sleep", str(tmp_path / "psql"))
        ]
        subprocess.run([sys.executable, "-c", write], env=exported, check=True)
        subprocess.run(["sh", "-c", "sleep 0.5; : $0", TOKEN], check=True)
        for process in waiting:
            process.wait()
    assert not path.exists()
    hits = set(search.hits)
    assert f"token in {path} while it was there" in hits
    assert "token in the command line of sh" in hits
    assert {hit for hit in hits if "environment" in hit} == {
        "password of a service in the environment of sleep",
        "password of a service in the environment of psql",
        "token in the environment of psql",
    }
