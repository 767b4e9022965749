# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/region-down.md says what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import OBSTACLES, RESTORABLE
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.files import write_reports
from tests.unit.core.losses import report

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "region-down.md").read_text()


def test_obstacles() -> None:
    told = [f"| `{kind.code}` | {kind.level} | {kind.remedy} |" for kind in OBSTACLES]
    assert re.findall(r"^\| `\w+` \| \w+ \|.*$", PAGE, re.MULTILINE) == told


def test_answers() -> None:
    (line,) = re.findall(r"^- `restorable`: .*$", PAGE, re.MULTILINE)
    assert [word for word in re.findall(r"`(\w+)`", line) if word != "restorable"] == list(RESTORABLE)


def test_files(tmp_path: Path) -> None:
    written = write_reports(report(scope={}), tmp_path).values()
    assert all(f"`btar/{Path(path).name}`" in PAGE for path in written)
