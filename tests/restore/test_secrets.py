# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries: the fork's password, which only a registered result may have, and what users and Aiven say of other secrets.

On the oldest and the newest core too, as each hides results in its own way.
"""

from __future__ import annotations

import base64
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.cores import OTHER_CORES, USUAL, binaries_of
from tests.playbooks.support import Playbooks, Run, play
from tests.simulator.client import Simulator

TOKEN = "cnryToken4Vb8nQx1"
FORK_PASSWORD = "cnryFork6Wm2zLk9"
ADMIN_PASSWORD = "cnryAdmin3Ht7yRe5"
SECRETS = {"token": TOKEN, "fork's password": FORK_PASSWORD, "admin password": ADMIN_PASSWORD}
PROJECT = "shop"
RESTORE = "offsite.aiven.aiven_btar_restore"
ECHO = {"message": f"aivenv1 {TOKEN}: bad admin_password '{ADMIN_PASSWORD}'"}


def restore(name: str, **options: Any) -> dict[str, Any]:
    given = {"project": PROJECT, "service_name": "orders", "fork_name": name, "wait": False, **options}
    return {"name": name, RESTORE: given, "register": "last", "ignore_errors": True}


def tasks() -> Iterator[dict[str, Any]]:
    config = {"admin_password": "{{ admin_password }}"}
    yield restore("plain", user_config=config)
    yield {**restore("plain", connection=True), "name": "connected"}
    that = ["last.connection.password == fork_password", "fork_password in last.connection.uri", "last is not changed"]
    yield {"name": "the registered result has it", "ansible.builtin.assert": {"that": that}, "no_log": True}
    yield restore("made-and-connected", connection=True)
    yield restore("echoed", user_config=config)
    yield restore("echoed-connected", user_config=config, connection=True)
    yield restore("no-config", user_config="{{ admin_password }}")
    yield restore("config-as-text", user_config="{{ {'admin_password': admin_password} | to_json }}")
    yield restore("mistyped", userconfig=config)
    yield restore("reserved", user_config={**config, "service_to_fork_from": "x"})


@dataclass(frozen=True)
class Canaries:
    run: Run
    folder: Path

    def places(self, text: str) -> list[str]:
        """Where a text is found, as it is or in base64: in the output, in names and in contents of files."""
        forms = [text, base64.b64encode(text.encode()).decode()[:-4]]
        found = ["output"] if any(form in self.run.output for form in forms) else []
        for path in self.folder.rglob("*"):
            content = path.read_bytes() if path.is_file() and path.name != "site.results" else b""
            if any(form in str(path) or form.encode() in content for form in forms):
                found.append(str(path))
        return found


@pytest.fixture(scope="module", params=[USUAL, *OTHER_CORES])
def canaries(request: pytest.FixtureRequest) -> Iterator[Canaries]:
    binaries = binaries_of(request.param)
    # Not in tmp_path: the newest core makes a socket below, whose path must be short.
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryDirectory() as hidden,
        Simulator(build_seconds=0, leak_secrets=FORK_PASSWORD) as simulator,
    ):
        simulator.add_token(TOKEN, user="canary@example.org")
        simulator.add_service(PROJECT, "orders", region="aws-eu-central-1", region_age_hours=100)
        simulator.fault(kind="body", status=400, body=ECHO, method="POST", service="echoed*", count=None)
        secrets = Path(hidden) / "vars.json"
        secrets.write_text(json.dumps({"admin_password": ADMIN_PASSWORD, "fork_password": FORK_PASSWORD}))
        home = Path(folder) / "home"
        environment = {
            "AIVEN_WEB_URL": simulator.url,
            "AIVEN_TOKEN": TOKEN,
            "ANSIBLE_LOG_PATH": str(home / "ansible.log"),
        }
        playbooks = Playbooks(Path(folder), environment)
        site = Path(folder) / "site.yml"
        site.write_text(json.dumps([play(list(tasks()))]))
        command = [
            str(binaries / "ansible-playbook"),
            "-i",
            "localhost,",
            "-vvvv",
            "--diff",
            "-e",
            f"@{secrets}",
            str(site),
        ]
        yield Canaries(playbooks.command(command), Path(folder))


@pytest.mark.parametrize("secret", SECRETS)
def test_no_canary_is_found(canaries: Canaries, secret: str) -> None:
    assert canaries.places(SECRETS[secret]) == []


def test_callbacks_get_no_secret(canaries: Canaries) -> None:
    rows = json.dumps([row for row in canaries.run.rows if "registered" not in row["task"]])
    assert [name for name, secret in SECRETS.items() if secret in rows] == []


def test_everything_happened(canaries: Canaries) -> None:
    run = canaries.run
    assert run.returncode == 0, run.output[-4000:]
    status = {row["task"]: row["status"] for row in run.rows}
    assert status["connected"] == status["the registered result has it"] == status["made-and-connected"] == "ok"
    codes = {row["task"]: row["result"].get("error", {}).get("code") for row in run.rows if row["status"] == "failed"}
    hidden = codes.pop("echoed-connected")
    assert hidden is None
    assert codes == {
        "echoed": "rejected",
        "no-config": "invalid_target",
        "mistyped": "invalid_target",
        "reserved": "invalid_target",
    }
    assert "bad admin_password '********'" in run.result("echoed")["msg"]
    assert "Traceback" not in run.output
    assert list(canaries.folder.rglob("ansible.log"))
