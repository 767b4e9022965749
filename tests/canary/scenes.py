# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the canaries go through: each scene is a folder, all that is run in it, and the search of all that it leaves.

Everything that could keep something is on: -vvvv, a log, a fact cache, an inventory cache, diffs; home and temporary files are in
the folder. What users keep their secrets in lies elsewhere.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.canary.search import Search
from tests.canary.tasks import ADMIN_PASSWORD, MARKER, PIN, SERVICE_PASSWORD, TOKEN
from tests.canary.watcher import Watcher, no_core_dumps
from tests.cores import USUAL, binaries_of
from tests.fleet.support import Site
from tests.playbooks.support import Playbooks, Run

SECRETS = {
    "token": TOKEN,
    "password of a service": SERVICE_PASSWORD,
    "admin password": ADMIN_PASSWORD,
    "number": str(PIN),
}


@dataclass(frozen=True)
class _Playbooks(Playbooks):
    """Loud, and with the secrets in a file."""

    extra: Sequence[str] = ()

    def command(self, command: Sequence[str], name: str = "site") -> Run:
        return super().command([*command, "-vvvv", "--diff", *self.extra], name)


@dataclass(frozen=True)
class Scene(Site):
    """``how``: whether the token comes from the environment or from a variable. ``search`` has what was found so far."""

    how: str = "variable"
    hidden: Path = Path()
    search: Search = field(default_factory=lambda: Search(SECRETS))
    runs: list[Run] = field(default_factory=list)
    more: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, Any] = field(default_factory=dict)
    core: str = USUAL

    @property
    def playbooks(self) -> Playbooks:
        home = self.folder / "home"
        environment = {
            "AIVEN_WEB_URL": self.simulator.url,
            "ANSIBLE_LOG_PATH": str(home / "ansible.log"),
            "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
            "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(home / "facts"),
            "ANSIBLE_RETRY_FILES_ENABLED": "true",
            "TOKEN_FILE": str(self.hidden / "token"),
            **({"AIVEN_TOKEN": self.simulator.token} if self.how == "environment" else {}),
            **({} if self.core == USUAL else {"PATH": f"{binaries_of(self.core)}{os.pathsep}{os.environ['PATH']}"}),
            **self.environment,
        }
        return _Playbooks(self.folder, environment, ["-e", f"@{self.hidden / 'vars.json'}"])

    def hide(self) -> None:
        """What users keep their secrets in, and an inventory that is cached."""
        self.hidden.mkdir(exist_ok=True)
        token = {} if self.how == "environment" else {"aiven_api_token": self.simulator.token}
        canaries = {"admin_password": ADMIN_PASSWORD, "canary_token": TOKEN, "control": MARKER, "pin": PIN}
        (self.hidden / "vars.json").write_text(json.dumps({**canaries, **token, **self.secrets}))
        (self.hidden / "token").write_text(self.simulator.token)

    def inventory(self) -> str:
        read = "{{ lookup('ansible.builtin.file', lookup('env', 'TOKEN_FILE')) }}"
        token = {} if self.how == "environment" else {"api_token": read}
        cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "home/inventory-cache"}
        own = {"plugin": "offsite.aiven.aiven_services", "api_url": self.simulator.url, "strict": False}
        self.write("inventory/canary.aiven_services.yml", {**own, **token, **cache})
        return str(self.folder / "inventory")

    def arguments(self, playbook: str, *arguments: str, report: bool = True, **variables: Any) -> list[str]:
        extra = {"btar_report": report, "btar_report_dir": str(self.folder / "btar"), **variables}
        return [
            "ansible-playbook",
            "-i",
            self.inventory(),
            f"offsite.aiven.{playbook}",
            "-e",
            json.dumps(extra),
            *arguments,
        ]

    def keep(self, run: Run) -> Run:
        self.runs.append(run)
        self.search.text(f"the output of run {len(self.runs)}", run.output)
        return run

    def play(self, playbook: str, *arguments: str, **variables: Any) -> Run:
        return self.keep(self.run(playbook, *arguments, **variables))

    def look(self) -> None:
        """Searches all that is left in the folder."""
        self.search.folder(self.folder)


@contextmanager
def watched(scene: Scene, *, of_clients: Sequence[str] = ()) -> Iterator[Watcher]:
    """What runs meanwhile is watched, and so are the files that are there for a while; then what is left is searched."""
    scene.hide()
    exported = ["token"] if scene.how == "environment" else []
    for name in ("tmp", "home"):
        (scene.folder / name).mkdir(exist_ok=True)
    watcher = Watcher(scene.search, [scene.folder / "tmp"], exported, of_clients)
    with no_core_dumps(), watcher.watching():
        yield watcher
    scene.look()
