# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The reports of slices, merged into one with the figures that one run gives."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from tests.fleet.support import HOME, PARTNER, Site, add_services, rows_of
from tests.playbooks.support import play
from tests.playbooks.test_examples import example_of
from tests.simulator.client import ROOT, Simulator

SCHEMA = json.loads((ROOT / "docs/schemas/audit.schema.json").read_text())
# What depends on when, and on the inventory of the run that merges.
OF_ITS_OWN = {"generated_at", "remedies", "run", "services"}


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator) -> Site:
    site = Site(tmp_path, simulator)
    simulator.clock(speed=0)
    site.group_vars(btar_region_map={HOME: PARTNER})
    for project in ("bank", "shop"):
        rows = rows_of(project, 4)
        rows[0].update(region=PARTNER, region_age_hours=100)
        add_services(simulator, rows)
    return site


def report(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "btar-audit.json").read_text())
    return found


def merge(site: Site, *reports: str, **variables: Any) -> Any:
    return site.run(
        "merge", btar_merge_reports=",".join(reports), btar_report_dir=str(site.folder / "merged"), **variables
    )


def test_slices_merge_into_the_figures_of_one_run(site: Site) -> None:
    """Hosts in turn, as a controller deals them out."""
    hosts = sorted(f"db-00{number}.{project}" for project in ("bank", "shop") for number in range(4))
    settings = {"btar_audit_fail_on": "none"}
    assert site.run("audit", btar_report_dir=str(site.folder / "whole"), **settings).returncode == 0
    for number in range(3):
        limit = ",".join(hosts[number::3])
        site.run("audit", "--limit", limit, btar_report_dir=str(site.folder / f"slices/{number}"), **settings)
    run = merge(site, str(site.folder / "slices/*/btar-audit.json"), **settings)
    assert run.returncode == 0, run.output
    merged, whole = report(site.folder / "merged"), report(site.folder / "whole")
    jsonschema.validate(merged, SCHEMA)
    same = merged.keys() - OF_ITS_OWN
    # Slices know what each was limited to, and not whether they are all.
    assert len(merged["scope"].pop("limits")) == 3
    assert (merged["scope"].pop("hosts_in_inventory"), whole["scope"].pop("hosts_in_inventory")) == (None, 8)
    assert {key: merged[key] for key in same} == {key: whole[key] for key in same}
    assert [(row["service_name"], row["controls"]) for row in merged["services"]] == [
        (row["service_name"], row["controls"]) for row in whole["services"]
    ]
    assert [remedy["id"] for remedy in merged["remedies"]] == [remedy["id"] for remedy in whole["remedies"]]
    assert {path.suffix for path in (site.folder / "merged").iterdir()} == {".html", ".json", ".csv", ".xml", ".prom"}


def test_the_example_merges_what_lies_there(site: Site) -> None:
    for number, project in enumerate(("bank", "shop")):
        folder = str(site.folder / f"reports/4711/{number}")
        site.run("audit", "--limit", f"aiven_project_{project}", btar_report_dir=folder, btar_audit_fail_on="none")
    text = example_of("aiven_btar_merge").replace("/reports/", f"{site.folder}/reports/")
    run = site.playbooks.run([play(yaml.safe_load(text))])
    assert run.returncode == 0, run.output
    assert {row["project"] for row in report(site.folder / "reports/4711")["services"]} == {"bank", "shop"}


def test_the_changes_of_the_slices_are_told_together(site: Site) -> None:
    for number, project in enumerate(("bank", "shop")):
        folder = str(site.folder / f"slices/{number}")
        site.run("rollout", "--limit", f"aiven_project_{project}", report=True, btar_report_dir=folder)
    assert merge(site, str(site.folder / "slices/*/btar-audit.json"), btar_audit_fail_on="none").returncode == 0
    merged = report(site.folder / "merged")
    assert merged["run"]["summary"] == {"changed": 6, "unchanged": 2, "failed": 0, "skipped": 0, "total": 8}
    assert len(merged["run"]["outcomes"]) == 6


def test_what_cannot_be_merged_is_said(site: Site) -> None:
    assert "reports" in merge(site).output
    missing = merge(site, str(site.folder / "nowhere/*.json"))
    assert missing.returncode != 0
    assert "there is no file" in missing.output
    site.write("audit.json", "{}")
    assert "report " + str(site.folder / "audit.json") in " ".join(
        merge(site, str(site.folder / "audit.json")).output.split()
    )
    for number, days in enumerate((1, 2)):
        site.run("audit", btar_report_dir=str(site.folder / f"other/{number}"), btar_audit_owner_tag=f"team{days}")
    differing = merge(site, str(site.folder / "other/*/btar-audit.json"))
    assert differing.returncode != 0
    assert "they differ in 'settings.owner_tag'" in " ".join(differing.output.split())


def test_a_merged_audit_that_fails_fails(site: Site) -> None:
    site.run("audit", btar_report_dir=str(site.folder / "one"))
    run = merge(site, str(site.folder / "one/btar-audit.json"))
    assert run.returncode != 0
    assert "the audit fails" in run.output
