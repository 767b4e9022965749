# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What tests of drills run and look at."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from tests.fleet.support import Site, results_of
from tests.playbooks.support import Run
from tests.simulator.client import ROOT

PRIMARY, SECONDARY = "aws-eu-west-1", "aws-eu-central-1"
READY = {"plan": "business-4", "cloud": PRIMARY, "region": SECONDARY, "region_age_hours": 300}
SCHEMA = json.loads((ROOT / "docs/schemas/drill-evidence.schema.json").read_text())
CHOOSE, SHOW = "Choose what to drill", "Show the result of the drill"


def folder(site: Site) -> Path:
    return site.folder / "btar" / "drills"


def variables(site: Site, **given: Any) -> dict[str, Any]:
    return {"btar_drill_dir": str(folder(site)), **given}


def drill(site: Site, *arguments: str, **given: Any) -> Run:
    return site.run("drill", *arguments, **variables(site, **given))


def evidence(site: Site) -> dict[str, dict[str, Any]]:
    """The evidence by service name, the newest of each; all of it keeps to the schema."""
    found = {}
    for path in sorted(folder(site).glob("*.json")):
        body = json.loads(path.read_text())
        jsonschema.Draft202012Validator(SCHEMA).validate(body)
        found[body["service_name"]] = body
    return found


def forks(site: Site) -> list[str]:
    """The forks that are there."""
    return [row["service_name"] for row in site.simulator.state()["services"] if "-drill-" in row["service_name"]]


def chosen(run: Run) -> dict[str, Any]:
    (row,) = results_of(run, CHOOSE)
    found: dict[str, Any] = row["result"]
    return found


def shown(run: Run) -> dict[str, str]:
    """How each host with a drill ended."""
    return {row["host"]: row["status"] for row in results_of(run, SHOW)}
