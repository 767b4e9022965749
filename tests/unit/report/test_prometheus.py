# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Prometheus' own tool reads the metrics and the sample alert rules, and says what the rules make of the metrics."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import as_prometheus
from tests.missing import needs
from tests.unit.core.audits import audit
from tests.unit.core.test_audit import fleet
from tests.unit.core.test_report_formats import HOSTILE, hostile_audit

ROOT = Path(__file__).resolve().parents[3]
RULES = ROOT / "docs" / "aiven-btar.rules.yml"
CASES = ROOT / "tests" / "unit" / "documents" / "alerts.yml"

pytestmark = needs(
    shutil.which("promtool"),
    "no promtool: metrics and alert rules were not tried (on Debian: apt-get install prometheus)",
)


def promtool(*arguments: str, text: str = "") -> str:
    """What it printed; it must have found nothing wrong."""
    done = subprocess.run(
        ["promtool", *arguments],
        input=text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@pytest.mark.parametrize(
    "result", [audit([]), audit(fleet()), *map(hostile_audit, HOSTILE)], ids=["empty", "fleet", *map(ascii, HOSTILE)]
)
def test_the_metrics_are_as_they_should_be(result: dict[str, Any]) -> None:
    assert promtool("check", "metrics", text="".join(as_prometheus(result))) == ""


def test_two_audits_in_one_folder_are_as_they_should_be() -> None:
    """As the textfile collector puts files together: a family is one, with all samples and one help text."""
    families: dict[str, dict[str, None]] = {}
    for name in ("nightly", "hourly"):
        for line in "".join(as_prometheus(audit(fleet(), name=name))).splitlines():
            if line.startswith("# HELP"):
                family = families.setdefault(line.split()[2], {})
            assert line.startswith("#") or line.rpartition(" ")[0] not in family
            family[line if line.startswith("#") else line.rpartition(" ")[0]] = None
    comments = [line for family in families.values() for line in family if line.startswith("#")]
    assert len(comments) == 2 * len(families)
    text = "".join(f"{line}\n" if line[0] == "#" else f"{line} 1\n" for family in families.values() for line in family)
    assert promtool("check", "metrics", text=text) == ""


def test_the_alert_rules_are_rules() -> None:
    assert "SUCCESS: 6 rules found" in promtool("check", "rules", str(RULES))


def test_the_alert_rules_do_what_they_say(tmp_path: Path) -> None:
    for path in (RULES, CASES):
        shutil.copy(path, tmp_path)
    assert "SUCCESS" in promtool("test", "rules", str(tmp_path / CASES.name))
