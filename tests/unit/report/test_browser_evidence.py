# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an auditor asks of the HTML report, in a real browser: what was looked at, how it went, and what the evidence is."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.unit.report.browser import click, driver, page, pytestmark, texts
from tests.unit.report.pages import folder, names

__all__ = ["driver", "folder", "page", "pytestmark"]


def test_a_course_is_as_long_as_its_time_and_as_steep_as_its_figures(page: Any) -> None:
    """Two days and one, of three; and a hundred percent is the whole height."""
    line = page.execute_script("return document.querySelector('#coverage .courses .line').getAttribute('d')")
    at = [tuple(map(float, each.split())) for each in re.findall(r"[ML]([\d. ]+)h0", line)]
    (first, top), (second, _middle), (third, _last) = at
    assert (second - first) / (third - first) == pytest.approx(2 / 3, abs=0.01)
    rim = page.execute_script("return document.querySelector('#coverage .courses .rim').getAttribute('d')")
    upper, lower = (float(at) for at in re.findall(r" ([\d.]+)H", rim))
    assert (lower - top) / (lower - upper) == pytest.approx(0.5, abs=0.01)


def test_what_was_not_measured_alike_is_told(page: Any) -> None:
    assert texts(page, "#coverage .names li") == [
        "2026-08-29 12:00 UTC 1 project could not be read",
        "2026-08-31 12:00 UTC 1 project could not be read",
        "2026-09-01 12:00 UTC 1 project could not be read; made by another version",
    ]


@pytest.mark.parametrize("page", ["owners.html"], indirect=True)
def test_what_was_measured_alike_has_nothing_to_be_told(page: Any) -> None:
    assert texts(page, "#coverage .names, #coverage .left, #coverage .break, #since .late") == []
    assert texts(page, "#since .names p") == ["The same services as then."]


@pytest.mark.parametrize("page", ["owners.html"], indirect=True)
def test_an_owner_leads_to_exactly_the_services_that_were_counted(page: Any) -> None:
    figures = texts(page, "#coverage .pair > .card:nth-child(3) tbody td.number")
    assert figures == ["100 %2 of 2", "100 %1 of 1", "100 %1 of 1", "100 %1 of 1", "100 %2 of 2"]
    for index, expected in enumerate((["a", "b"], ["c"], ["d"], ["e"], ["f", "g"])):
        click(page, "#coverage .pair > .card:nth-child(3) tbody .link", index)
        assert sorted(names(page)) == expected
    assert "without the tag team" in texts(page, "#services .note")[0]


def test_it_says_what_it_is(page: Any) -> None:
    about = " ".join(texts(page, "#about")[0].split())
    for words in (
        "2026-09-01 12:00:00 UTC by the API's clock, by ann on runner, with offsite.aiven",
        "Limitpg:!old",
        "62 looked at, of 99 in the inventory",
        "91 days",
        "not asked for",
        "1 project that could not be read: lost",
        "29 services of the inventory, by the limit pg:!old",
        "3 services that the filters left out: 2 kafka, 1 pg",
        "1 service of the inventory, not there any more: shop/old",
        "host x is none",
    ):
        assert words in about, words
    assert "A part: 70 of 99 services of the inventory, by the limit pg:!old." in texts(page, "#overview .partial")


@pytest.mark.parametrize("page", ["owners.html"], indirect=True)
def test_drills_name_their_evidence(page: Any) -> None:
    rows = [" ".join(row.split()) for row in texts(page, "#drills tbody tr")]
    assert len(rows) == 2
    assert "project drills" in rows[1] and "2 of 2" in rows[1] and "ann@runner" in rows[1] and "ab" * 32 in rows[1]
    assert "failed" in rows[0] and "not told" in rows[0]
    click(page, "#drills tbody .link")
    assert names(page) == ["a"]


def test_what_only_one_audit_has_looked_at_is_neither_new_nor_gone(page: Any) -> None:
    told = texts(page, "#since .names p")
    assert [text.partition(" (")[0] for text in told] == ["New services", "Not looked at now, so not known to be gone"]
    assert texts(page, "#since .late")[0].startswith("Not alike: asked otherwise: Age of the last verified drill")


@pytest.mark.parametrize("page", ["fleet.html"], indirect=True)
def test_what_is_an_upper_bound_is_one_everywhere(page: Any) -> None:
    (worst,) = [text for text in texts(page, "#figures .value") if " d" in text or " h" in text]
    assert worst.startswith("\u2264 ")
    click(page, "#map thead button", 4)
    assert texts(page, "#map tbody td:last-child")[0] == worst
