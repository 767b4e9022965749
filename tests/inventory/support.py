# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reads inventories with the real ansible-inventory, of any core that is installed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.playbooks.support import Playbooks, Run
from tests.simulator.client import ROOT, Simulator


@dataclass(frozen=True)
class Listing:
    """What ``ansible-inventory --list`` made of a source."""

    run: Run
    data: Mapping[str, Any]

    @property
    def output(self) -> str:
        """What was said on the way, warnings above all, in one line: the oldest core breaks them."""
        return " ".join(self.run.output.split())

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        return self.data["_meta"]["hostvars"]

    @property
    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group, sorted, those of its children not among them."""
        return {name: sorted(group.get("hosts", ())) for name, group in self.data.items() if name != "_meta"}


@dataclass(frozen=True)
class Inventories:
    """Reads inventories of the simulator's fleet with the core of ``binaries``, in ``folder``."""

    folder: Path
    simulator: Simulator
    binaries: Path = ROOT / ".venv" / "bin"

    def list(self, config: Mapping[str, Any] | None = None, *arguments: str, **environment: str) -> Listing:
        """The inventory of a configuration without ``plugin``; upper-case keywords are environment variables."""
        return self.list_source(self.write(config or {}), *arguments, **environment)

    def write(self, config: Mapping[str, Any] | str, name: str = "test.aiven_services.yml") -> Path:
        path = self.folder / name
        if not isinstance(config, str):
            config = yaml.safe_dump({"plugin": "offsite.aiven.aiven_services", **config})
        path.write_text(config)
        return path

    def list_source(self, source: Path, *arguments: str, **environment: str) -> Listing:
        answer = self.folder / "answer.json"
        answer.unlink(missing_ok=True)
        run = self.command(
            "ansible-inventory", "-i", str(source), "--list", "--output", str(answer), *arguments, **environment
        )
        text = answer.read_text() if answer.exists() else "{}"
        return Listing(run, json.loads(text) if "--yaml" not in arguments else {})

    def command(self, program: str, *arguments: str, **environment: str) -> Run:
        settings = {**self.simulator.environment, "ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true", **environment}
        settings = {name: value for name, value in settings.items() if value != "unset"}
        # The newest core makes a socket there, whose path must be short.
        with tempfile.TemporaryDirectory() as short:
            playbooks = Playbooks(self.folder, {"TMPDIR": short, **settings})
            return playbooks.command([str(self.binaries / program), *arguments])
