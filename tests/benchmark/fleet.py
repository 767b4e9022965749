# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated fleet of a given size, always the same, and the inventory and files that all ways to change it work from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.client import ROOT, Simulator

PROJECTS = 50
SERVICE_BYTES = 10_240
REGIONS = {
    "aws-eu-west-1": "aws-eu-central-1",
    "aws-us-east-1": "aws-us-west-2",
    "google-europe-west1": "google-europe-north1",
    "azure-westeurope": "azure-northeurope",
}
TYPES = ("pg", "pg", "mysql", "opensearch", "valkey")
# Of every ten services, this one has no secondary region where a tenth is to be changed.
OFF = 3


@dataclass(frozen=True)
class Target:
    """What is wanted of one service; ``service_type`` and ``cloud`` are what it is."""

    project: str
    name: str
    region: str
    service_type: str
    cloud: str


def targets(size: int) -> list[Target]:
    clouds = list(REGIONS)
    found = []
    for number in range(size):
        cloud = clouds[number // PROJECTS % len(clouds)]
        project, name = f"project-{number % PROJECTS:02}", f"service-{number:05}"
        found.append(Target(project, name, REGIONS[cloud], TYPES[number % len(TYPES)], cloud))
    return found


class Fleet:
    """The fleet in the simulator, and a folder with what is needed to work on it."""

    def __init__(self, simulator: Simulator, folder: Path, size: int) -> None:
        self.simulator = simulator
        self.folder = folder
        self.size = size
        self.targets = targets(size)
        self.projects = sorted({target.project for target in self.targets})
        self._write_files()

    def prepare(self, *, change: bool) -> None:
        """Every service has the secondary region that is wanted, but with ``change`` a tenth has none."""
        self.simulator.reset(fleet=0)
        rows = [
            {
                "project": target.project,
                "service_name": target.name,
                "service_type": target.service_type,
                "plan": "business-4",
                "cloud": target.cloud,
                **({} if change and number % 10 == OFF else {"region": target.region, "region_age_hours": 240}),
            }
            for number, target in enumerate(self.targets)
        ]
        for begin in range(0, len(rows), 1000):
            self.simulator.door("POST", "/services", rows[begin : begin + 1000])
        answer = self.simulator.api("GET", f"/project/{self.projects[0]}/service")[1]
        natural = len(json.dumps(answer)) / len(answer["services"])
        self.simulator.config(listing_padding=max(0, int(SERVICE_BYTES - natural)), build_seconds=0)
        # A first reader would pay for what the simulator keeps.
        for _services in self.listings():
            pass

    def listings(self) -> Iterator[list[dict[str, Any]]]:
        for project in self.projects:
            yield self.simulator.api("GET", f"/project/{project}/service")[1]["services"]

    def unchanged_wrongly(self) -> int:
        """How many services have no secondary region, although all should."""
        return sum(
            not service["user_config"].get("additional_backup_regions")
            for services in self.listings()
            for service in services
        )

    @property
    def calls(self) -> int:
        """Requests that the simulator has seen since its reset."""
        return int(self.simulator.door("GET", "/")["requests"])

    @property
    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("AIVEN", "ANSIBLE", "PYTHON"))}
        return {
            **kept,
            **self.simulator.environment,
            "AIVEN_AUTH_TOKEN": self.simulator.token,
            "AIVEN_CONFIG_DIR": str(self.folder / "avn"),
            "ANSIBLE_COLLECTIONS_PATH": os.environ.get("ANSIBLE_COLLECTIONS_PATH", str(ROOT / ".venv" / "collections")),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "NO_PROXY": "127.0.0.1",
            "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def _write_files(self) -> None:
        inventory = self.folder / "inventory"
        (inventory / "group_vars").mkdir(parents=True)
        source = {"plugin": "offsite.aiven.aiven_services"}
        cache = {"cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(self.folder / "cache")}
        (inventory / "bench.aiven_services.yml").write_text(
            yaml.safe_dump({**source, "cache": True, "cache_timeout": 0, **cache})
        )
        (self.folder / "uncached.aiven_services.yml").write_text(yaml.safe_dump(source))
        (inventory / "group_vars" / "aiven_services.yml").write_text(yaml.safe_dump({"btar_region_map": REGIONS}))
        rows = [f"{target.project} {target.name} {target.region}\n" for target in self.targets]
        (self.folder / "targets.txt").write_text("".join(rows))
        data = [{"project": target.project, "name": target.name, "region": target.region} for target in self.targets]
        (self.folder / "targets.json").write_text(json.dumps({"targets": data}))
