# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/audit.md, docs/protection.md and the sample alert rules say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from ansible_collections.offsite.aiven.plugins.module_utils._core.clauses import CLAUSES, NOTES
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import as_prometheus
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import write_reports
from tests.unit.core.audits import audit, service, subject

DOCS = Path(__file__).resolve().parents[3] / "docs"
AUDIT, PROTECTION = ((DOCS / name).read_text() for name in ("audit.md", "protection.md"))
METRICS = set(re.findall(r"^# TYPE (\w+)", "".join(as_prometheus(audit([]))), re.MULTILINE))


def cells(page: str, heading: str) -> list[list[str]]:
    """The rows of the first table below a heading."""
    below = page.split(f"{heading}\n", 1)[1]
    table = re.search(r"(?:^\|.*\n)+", below, re.MULTILINE)
    assert table is not None
    return [[cell.strip() for cell in row.strip("|").split(" |")] for row in table.group().splitlines()[2:]]


def test_controls() -> None:
    told = [f"| `{control.id}` | {control.severity} | {control.checks} |" for control in CONTROLS]
    assert re.findall(r"^\| `\w+` \| (?:error|warning) \|.*$", AUDIT, re.MULTILINE) == told


def test_statuses_in_their_order() -> None:
    assert [row[0] for row in cells(PROTECTION, "## Statuses")] == [f"`{status}`" for status in STATUSES]


def test_what_comes_with_the_status() -> None:
    told = set(re.findall(r"`(\w+)`", " ".join(row[0] for row in cells(PROTECTION, "## What comes with it"))))
    assert told | {"protection"} == set(subject(service()).protection.as_dict())


def test_reports(tmp_path: Path) -> None:
    written = {name: Path(path).name for name, path in write_reports(audit([]), [], tmp_path).items()}
    assert {row[0].strip("`"): row[1].strip("`") for row in cells(AUDIT, "## Reports")} == written


def test_clauses() -> None:
    told = [
        [
            f"{clause.source}, {clause.clause}",
            ("all" if clause.controls is None else ", ".join(f"`{control}`" for control in clause.controls))
            + (f" with at most {clause.drill_days} days" if clause.drill_days else ""),
        ]
        for clause in CLAUSES
    ]
    assert cells(AUDIT, "### Evidence for clauses") == told


def test_what_is_said_beside_the_clauses() -> None:
    below = " ".join(AUDIT.split("### Evidence for clauses", 1)[1].split("###", 1)[0].split())
    assert all(sentence in below for note in NOTES[1:] for sentence in note.split(": ")[:1])
    assert "whether the clause is met, an auditor says and no report" in below


def test_controls_that_are_off_until_asked_for() -> None:
    block = AUDIT.split("### Off until asked for", 1)[1].split("```yaml\n", 1)[1].split("```", 1)[0]
    assert yaml.safe_load(block).keys() <= set(re.findall(r"`(btar_\w+)`", (DOCS / "playbooks.md").read_text()))
    asked = re.findall(r"^(btar_\w+):.*# (\w+)", block, re.MULTILINE)
    named = [(name, control.id) for control in CONTROLS for name in re.findall(r"btar_audit_\w+", control.checks)]
    assert asked == [*named, ("btar_audit_plans", "restorable")]


def test_metrics() -> None:
    assert set(re.findall(r"`(aiven_\w+)`", " ".join(row[0] for row in cells(AUDIT, "### Prometheus")))) == METRICS


def test_alert_rules_use_metrics_that_exist() -> None:
    (group,) = yaml.safe_load((DOCS / "aiven-btar.rules.yml").read_text())["groups"]
    used = {metric for rule in group["rules"] for metric in re.findall(r"aiven_\w+", rule["expr"])}
    assert used and used <= METRICS
