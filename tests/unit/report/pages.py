# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports that the browser tests open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import with_run
from ansible_collections.offsite.aiven.plugins.module_utils._core.comparison import compare_audits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import parse_region_inventory
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import BY, history_line, trend_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.html import as_html
from tests.benchmark.report import subjects
from tests.unit.core.audits import audit, copied, drill, service, subject
from tests.unit.core.test_audit import OUTCOMES, fleet
from tests.unit.core.test_report_formats import HOSTILE
from tests.unit.report.browser import MARKUP, texts

OWNERS = {"a": "pay", "b": " pay", "c": "pay roll", "d": "payments", "e": "xpay"}


def whole_audit() -> dict[str, Any]:
    """An audit with all that a report can show, a hostile name for each kind of hostility, and enough for two pages."""
    found = [*fleet(), *(subject(service(name=text, tags={text: text})) for text in (*HOSTILE, MARKUP))]
    found += [subject(service(name=f"many-{n:02}", backups=(copied(n / 2),))) for n in range(40)]
    lost = subject(service(name="lost", project="lost"))
    former = audit([subject(service(name="lagging")), subject(service(None, name="many-00")), lost])
    result = audit(
        found,
        scope={
            "projects": [MARKUP],
            "unreadable_projects": {"lost": MARKUP},
            "limit": "pg:!old",
            "hosts": 70,
            "hosts_in_inventory": 99,
            "left_out": {"kafka": 2, "pg": 1},
            "gone": ["shop/old"],
            "mistakes": ["host x is none"],
        },
        drill_max_age_days=91,
        drill_rto_target=3600,
        wanted=Wanted(owner_tag=MARKUP),
    )
    result["by"] = {"user": "ann", "host": "runner"}
    return with_run({**result, "comparison": compare_audits(former, result), "trend": course(result)}, OUTCOMES)


def owned_audit() -> dict[str, Any]:
    """Owners whose names hold each other, and drills of which the newest was not verified."""
    proven = replace(drill(9), checks=(2, 2), fork_project="drills", by="ann@runner", file="a.json", sha256="ab" * 32)
    found = [
        subject(
            service(name=name, tags={"team": team}), drills=(drill(1, verified=False), proven) if name == "a" else ()
        )
        for name, team in OWNERS.items()
    ]
    untagged = [subject(service(name=name, tags=tags)) for name, tags in (("f", {}), ("g", {"team": " "}))]
    result = audit([*found, *untagged], wanted=Wanted(owner_tag="team"))
    # Nothing has changed since, and nothing is to be told of it.
    return {**result, "comparison": compare_audits(result, result), "trend": trend_of([history_line(result)], result)}


def course(result: dict[str, Any]) -> dict[str, Any]:
    """Two former audits, of an older version: half was protected at the first, and the second knew of no groups."""
    now = history_line(result)
    now = {**now, "generator": "offsite.aiven 0.9.0"}
    first = {**now, "generated_at": "2026-08-29T12:00:00Z", "score": 50.0, "protected": 30, "protectable": 60}
    second = {**now, "generated_at": "2026-08-31T12:00:00Z", "coverage": {by: {} for by in BY}}
    return trend_of([first, second], result)


def simulated_audit() -> dict[str, Any]:
    """The fleet of the demonstration, with regions close together and all over the world."""
    inventory = parse_region_inventory({"btar_region_rules": {"min_distance_km": 1500}})
    outcomes = [{**OUTCOMES[0], "before": {"region": "google-europe-west1"}, "after": {"region": "aws-eu-central-1"}}]
    return with_run(audit(subjects(240, datetime(2026, 9, 1, 12, tzinfo=UTC), inventory)), outcomes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report")
    (path / "whole.html").write_text(as_html(whole_audit()), encoding="utf-8")
    (path / "empty.html").write_text(as_html(audit([])), encoding="utf-8")
    (path / "good.html").write_text(as_html(audit([subject(service())])), encoding="utf-8")
    (path / "owners.html").write_text(as_html(owned_audit()), encoding="utf-8")
    (path / "fleet.html").write_text(as_html(simulated_audit()), encoding="utf-8")
    return path


def names(page: Any) -> list[str]:
    return texts(page, "#services tbody tr:not(.details) td:nth-child(2) b")
