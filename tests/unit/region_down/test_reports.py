# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of a lost region as texts: whole files, nothing that becomes markup, a table that fits on a terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.files import FORMATS, write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.html import as_html
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.table import (
    MOST_LOST,
    MOST_TO_RESTORE,
    headline_words,
    table_of,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError
from tests.unit.core.audits import PRIMARY
from tests.unit.core.losses import affected, report
from tests.unit.core.test_region_down import fleet, validate
from tests.unit.core.test_report_formats import HOSTILE
from tests.unit.report.test_html import MARKUP, Page, data_of

SCOPE: dict[str, Any] = {"projects": ["shop-prod"], "exact": False, "unreadable_projects": {}}


def whole() -> dict[str, Any]:
    return report(*fleet(), scope=SCOPE)


def test_both_reports_are_written_into_a_new_folder(tmp_path: Path) -> None:
    paths = write_reports(whole(), tmp_path / "new")
    assert paths == {name: str(tmp_path / "new" / f"btar-region-down.{name}") for name in FORMATS}
    body = json.loads(Path(paths["json"]).read_text())
    validate(body)
    assert body == whole()


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    assert list(write_reports(whole(), tmp_path, ["json"])) == ["json"]
    assert [path.name for path in tmp_path.iterdir()] == ["btar-region-down.json"]


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match=r"btar-region-down\.html cannot be written"):
        write_reports(whole(), tmp_path / "file")


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
def test_no_text_becomes_markup(text: str) -> None:
    hostile = report(
        affected(name=text, plan=text, state=text, tags={text: text}),
        scope={**SCOPE, "projects": [text], "unreadable_projects": {text: text}},
        unchecked=[text],
        region=PRIMARY,
    )
    page = Page(as_html({**hostile, "region": text}))
    assert page.elements == Page(as_html(report(scope=SCOPE))).elements
    assert len(page.texts) == 3
    assert data_of(page) == {**hostile, "region": text}


def test_nothing_is_loaded() -> None:
    page = Page(as_html(whole()))
    assert not any(attrs.get("src") for _tag, attrs in page.elements)
    assert [attrs["href"] for tag, attrs in page.elements if tag == "link"] == ["data:,"]
    assert as_html(whole()).count("https://") == 0


def test_the_table_has_what_ran_in_the_region_in_its_order() -> None:
    lines = list(table_of(whole()))
    assert lines[0].split() == [
        "#",
        "service",
        "restorable",
        "where",
        "to",
        "which",
        "time",
        "lost",
        "in",
        "the",
        "way",
    ]
    assert [line.split()[0] for line in lines[1:]] == ["1", "2", "3", "4", "5", "6", "-", "-", "-"]
    assert any("<= 11 h" in line and line.endswith("vpc_missing") for line in lines)
    assert not any("still-running" in line for line in lines)
    assert all(line == line.rstrip() for line in lines)


def test_a_long_table_is_cut_and_says_so_and_what_cannot_be_restored_is_never_out_of_sight() -> None:
    services = [affected(name=f"n-{number}") for number in range(MOST_TO_RESTORE + 3)]
    services += [affected(name=f"lost-{number:02}", backups=()) for number in range(MOST_LOST + 1)]
    lines = list(table_of(report(*services, scope=SCOPE)))
    assert len(lines) == MOST_TO_RESTORE + MOST_LOST + 3
    assert lines[MOST_TO_RESTORE + 1] == "... and 3 more of these"
    assert "lost-00" in lines[MOST_TO_RESTORE + 2]
    assert lines[-1] == "... and 1 more of these"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_a_terminal_might_obey_is_shown(text: str) -> None:
    assert all(line.isprintable() for line in table_of(report(affected(name=text), scope=SCOPE)))


def test_the_headline_says_all_in_one_sentence() -> None:
    assert headline_words(whole()) == (
        "3 of 9 services in aws-eu-west-1 can be restored elsewhere, 2 after preparation, 1 perhaps, 3 not; "
        "1 runs elsewhere without primary backups now"
    )
    assert headline_words(report(scope=SCOPE)) == "no service of the inventory runs in aws-eu-west-1"
    assert list(table_of(report(scope=SCOPE))) == []
