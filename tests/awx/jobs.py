# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Jobs as AWX runs them: a checkout of a project, an inventory that was imported and is handed over by a script, the
environment that a credential injects, answers as extra variables, and ansible-runner transmit | worker | process.
"""

from __future__ import annotations

import configparser
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.awx import checks
from tests.awx.data import configuration, playbook_of, questions, templates
from tests.simulator.client import ROOT, Simulator
from tools.source_tree import LEFT_OUT, LEFT_OUT_AT_THE_TOP

SMALL_PROJECT = ROOT / "extensions/awx/project"
BIN = ROOT / ".venv/bin"


class _Unsafe(str):
    """A text that Ansible must not template: so AWX marks all that is not of the job template itself."""


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text)))


def _unsafe(value: Any) -> Any:
    if isinstance(value, str):
        return _Unsafe(value)
    if isinstance(value, Mapping):
        return {_Unsafe(key): _unsafe(item) for key, item in value.items()}
    return [_unsafe(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Job:
    """One finished job. ``told`` is all that AWX keeps of it, and what it showed, as text."""

    status: str
    events: tuple[dict[str, Any], ...]
    told: str

    @property
    def artifacts(self) -> dict[str, Any]:
        """What set_stats has published, as AWX keeps it of a job."""
        (stats,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        found: dict[str, Any] = stats["event_data"].get("artifact_data", {})
        return found

    @property
    def output(self) -> str:
        return "".join(event["stdout"] + "\n" for event in self.events)

    def hosts(self, kind: str) -> set[str]:
        """The hosts that are ``changed`` or ``failures`` at the end."""
        (stats,) = [event for event in self.events if event["event"] == "playbook_on_stats"]
        return set(stats["event_data"][kind])


@dataclass(frozen=True)
class Awx:
    """A controller with one project. ``prefix`` is where its playbooks are; ``requirements`` what it has installed of the
    project's collections/requirements.yml.
    """

    folder: Path
    simulator: Simulator
    prefix: str
    requirements: Path
    inventory: str
    counter: list[int] = field(default_factory=list)

    @property
    def project(self) -> Path:
        return self.folder / "project"

    def environment(self) -> dict[str, str]:
        """What a job's container has: nothing of ours but what the credential injects and AWX sets."""
        (kind,) = configuration()["controller_credential_types"]
        inputs = {"token": self.simulator.token, "url": self.simulator.url}
        injected = checks.rendered(kind["injectors"], inputs, str(self.folder / "ca.pem"))
        del injected["file"]
        return {
            **injected,
            "ANSIBLE_FORCE_COLOR": "True",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_INVENTORY_UNPARSED_FAILED": "True",
            "ANSIBLE_RETRY_FILES_ENABLED": "False",
            "ANSIBLE_COLLECTIONS_PATH": self._collections_path(),
            "HOME": str(self.folder / "home"),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "PATH": f"{BIN}{os.pathsep}/usr/bin:/bin",
        }

    def _collections_path(self) -> str:
        """AWX's own folders, and what the project's ansible.cfg says, as it says it."""
        settings = configparser.ConfigParser()
        settings.read(self.project / "ansible.cfg")
        own = settings.get("defaults", "collections_path", fallback="")
        return os.pathsep.join(filter(None, [str(self.requirements), own, "/usr/share/ansible/collections"]))

    def imported(self) -> dict[str, Any]:
        """The inventory as the inventory source gives it."""
        done = subprocess.run(
            [
                str(BIN / "ansible-inventory"),
                "-i",
                self.inventory,
                "--playbook-dir",
                str(self.project),
                "--list",
                "--export",
            ],
            cwd=self.project,
            env=self.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def job(
        self,
        name: str,
        answers: Mapping[str, Any] | None = None,
        *,
        inventory: Mapping[str, Any] | None = None,
        piece: tuple[int, int] = (0, 1),
        limit: str = "",
        artifacts: Mapping[str, Any] | None = None,
    ) -> Job:
        """Run a job template. ``answers`` are those of its survey, all texts; ``artifacts`` come from the nodes before;
        ``piece`` is the number of a slice, from 0, and how many there are.
        """
        template = templates()[name]
        given = {key: str(question.get("default", "")) for key, question in questions(template).items()}
        given.update(answers or {})
        own = {"btar_artifact": True} if "btar_artifact" in str(template["extra_vars"]) else {}
        self.counter.append(1)
        folder = self.folder / f"job{len(self.counter)}"
        own["btar_report_dir"] = str(folder / "reports")
        private = folder / "private"
        shutil.copytree(self.project, private / "project", symlinks=True)
        _script(private / "inventory/hosts", sliced(inventory or self.imported(), *piece))
        (private / "env").mkdir()
        (private / "env/envvars").write_text(json.dumps(self.environment()))
        extra = {**own, **_unsafe({**given, **(artifacts or {}), "awx_job_id": len(self.counter)})}
        (private / "env/extravars").write_text(yaml.dump(extra, Dumper=_Dumper))
        check = ["--check"] if template["job_type"] == "check" else []
        diff = ["--diff"] if template.get("diff_mode") else []
        limited = [f"--limit={limit}"] if limit else []
        return self._run(folder, f"{self.prefix}{playbook_of(template)}.yml", [*check, *diff, *limited])

    def _run(self, folder: Path, playbook: str, options: Sequence[str]) -> Job:
        runner = str(BIN / "ansible-runner")
        extra = [f"--cmdline={' '.join(options)}"] if options else []
        steps = (
            [runner, "transmit", str(folder / "private"), "--playbook", playbook, "--ident", "1", *extra],
            [runner, "worker", "--private-data-dir", str(folder / "worker")],
            [runner, "process", str(folder / "process"), "--ident", "1"],
        )
        for name in ("worker", "process"):
            (folder / name).mkdir()
        stream = b""
        shown = []
        for step in steps:
            done = subprocess.run(
                step, input=stream, env=_runner_environment(self.folder), capture_output=True, check=False
            )
            assert done.returncode == 0 or step is not steps[0], (
                f"{step}\n{done.stdout[-3000:].decode()}{done.stderr.decode()}"
            )
            stream = done.stdout
            shown.append(done.stderr.decode())
        kept = folder / "process/artifacts/1"
        paths = sorted((kept / "job_events").glob("*.json"), key=lambda path: int(path.name.split("-")[0]))
        events = tuple(json.loads(path.read_text()) for path in paths)
        # The command with its environment is the controller's own, which hides in it what a credential has injected.
        files = [path for path in kept.rglob("*") if path.is_file() and path.name != "command"]
        told = "".join(path.read_text(errors="replace") for path in files)
        reports = "".join(
            path.read_text(errors="replace") for path in (folder / "reports").rglob("*") if path.is_file()
        )
        return Job((kept / "status").read_text(), events, told + reports + "".join(shown))


def _runner_environment(folder: Path) -> dict[str, str]:
    (folder / "home").mkdir(exist_ok=True)
    return {"PATH": f"{BIN}{os.pathsep}/usr/bin:/bin", "HOME": str(folder / "home"), "LC_ALL": "C.UTF-8"}


def sliced(inventory: Mapping[str, Any], number: int, count: int) -> dict[str, Any]:
    """What AWX hands over of an inventory: the hosts of a slice, and the groups that have some of them."""
    facts = inventory["_meta"]["hostvars"]
    hosts = sorted(facts)[number::count]
    groups: dict[str, Any] = {}

    def take(name: str) -> bool:
        """Take a group that has hosts of the slice, itself or in a child; the others, and their variables, are missing."""
        group = inventory.get(name, {})
        members = [host for host in group.get("hosts", []) if host in hosts]
        children = [child for child in group.get("children", []) if take(child)]
        if members or children:
            groups[name] = {"hosts": members, "children": children, "vars": group.get("vars", {})}
        return name in groups

    take("all")
    own = {"remote_tower_enabled": "true", "remote_tower_id": 1}
    return {**groups, "all": {"hosts": hosts}, "_meta": {"hostvars": {host: {**facts[host], **own} for host in hosts}}}


def _script(path: Path, data: Mapping[str, Any]) -> None:
    path.parent.mkdir(parents=True)
    path.write_text(f"#! /usr/bin/env python3\n# -*- coding: utf-8 -*-\nprint({json.dumps(data)!r})\n")
    path.chmod(0o700)


def repository(folder: Path, simulator: Simulator) -> Awx:
    """The repository itself as a project: what Git has of it."""
    ignored = LEFT_OUT_AT_THE_TOP - {"collections"}

    def left_out(path: str, names: list[str]) -> set[str]:
        return (ignored.intersection(names) if Path(path) == ROOT else set()) | LEFT_OUT(path, names)

    shutil.copytree(ROOT, folder / "project", symlinks=True, ignore=left_out)
    return Awx(folder, simulator, "playbooks/", folder / "nothing", "inventories/demo/demo.aiven_services.yml")


def small_project(folder: Path, simulator: Simulator) -> Awx:
    """The smaller layout, with the collection installed by AWX."""
    shutil.copytree(SMALL_PROJECT, folder / "project")
    return Awx(folder, simulator, "", ROOT / ".venv/collections", "inventory/aiven_services.yml")
