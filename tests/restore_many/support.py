# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of a restore of many share."""

from __future__ import annotations

import json
from typing import Any

from tests.fleet.support import HOME, Site
from tests.playbooks.support import Run
from tests.region_down.region import READY
from tests.simulator.client import Simulator


def priority(number: int) -> dict[str, str]:
    return {"btar_restore_priority": str(number)}


def services(simulator: Simulator, *names: str) -> None:
    """Services with a copy, whose region is not destroyed: as far as the playbook can see it makes no difference."""
    for name in names:
        simulator.add_service("shop", name, **READY)


def restore(site: Site, *arguments: str, region: Any = HOME, **variables: Any) -> Run:
    return site.run("restore", *arguments, btar_region=region, **variables)


def mapping(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.folder / "btar/btar-restored.json").read_text())
    return found


def made(simulator: Simulator) -> list[str]:
    """The names of the forks that were asked for, in their order."""
    return [entry["body"]["service_name"] for entry in simulator.requests(operation="ServiceCreate")]


def forks(simulator: Simulator) -> set[str]:
    """The services that carry the tags of a restore."""
    rows = simulator.state()["services"]
    return {row["service_name"] for row in rows if row["tags"].get("offsite_fork_purpose") == "restore"}
