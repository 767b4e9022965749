# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report of a lost region in a real browser: it draws, filters, fits, and asks nobody for anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.html import as_html
from tests.unit.core.losses import affected, report
from tests.unit.core.test_region_down import fleet
from tests.unit.core.test_report_formats import HOSTILE
from tests.unit.report.browser import (
    MARKUP,
    WIDEST_DETAILS,
    WIDTH_OF_TABLE,
    click,
    driver,
    enter,
    is_dark,
    page,
    pytestmark,
    texts,
)

__all__ = ["driver", "page", "pytestmark"]

SCOPE: dict[str, Any] = {"projects": ["shop-prod"], "exact": False, "unreadable_projects": {"lost": MARKUP}}


def whole() -> dict[str, Any]:
    """All that a report can show, hostile names, and enough for two pages."""
    services = [*fleet(), *(affected(name=text, tags={text: text}) for text in (*HOSTILE, MARKUP))]
    services += [affected(name=f"many-{number:02}") for number in range(60)]
    return report(*services, scope=SCOPE, copies_there=2, unchecked=["the plans of pg could not be read", MARKUP])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("report")
    (path / "whole.html").write_text(as_html(whole()), encoding="utf-8")
    empty = report(scope={**SCOPE, "unreadable_projects": {}})
    (path / "empty.html").write_text(as_html(empty), encoding="utf-8")
    return path


def names(page: Any) -> list[str]:
    return texts(page, "#services tbody tr:not(.details) td:nth-child(3) b")


def test_it_draws_every_part(page: Any) -> None:
    assert texts(page, "#overview .statement")[0].startswith("76 of 82 services that ran there can be restored")
    assert "1 project could not be read" in texts(page, "#overview .alarm")[0]
    assert "the plans of pg could not be read" in texts(page, "#overview li")
    assert page.execute_script("return [...document.querySelectorAll('section[hidden]')].length") == 0
    assert texts(page, "#running tbody b") == ["still-running"]
    assert texts(page, "#obstacles tbody tr td:first-child b")[0] == "Its type has no backup in another region"
    assert texts(page, "#services .order")[:3] == ["1", "2", "3"]


@pytest.mark.parametrize("page", ["empty.html"], indirect=True)
def test_a_report_of_nothing_draws_too(page: Any) -> None:
    assert texts(page, "#overview .statement") == ["No service of this inventory runs in aws-eu-west-1."]
    assert texts(page, "#services tbody") == ["No service."]
    assert texts(page, "#obstacles tbody") == ["Nothing."]


def test_figures_and_obstacles_lead_to_their_services(page: Any) -> None:
    click(page, "#overview .legend button", 1)
    assert set(names(page)) == {"in-vpc", "no-plan"}
    click(page, "#obstacles tbody .link", 1)
    assert names(page) == ["off"]
    click(page, "#services .filters > button")
    assert texts(page, "#services .note") == ["82 services"]


def test_filters_and_search_narrow(page: Any) -> None:
    enter(page, "#services input[type=search]", "many-1", "input")
    assert len(names(page)) == 10
    enter(page, "#services input[type=search]", "no active one", "input")
    assert names(page) == ["in-vpc"]


def test_a_row_opens_with_what_to_do(page: Any) -> None:
    enter(page, "#services input[type=search]", "in-vpc", "input")
    click(page, "#services .opener button")
    assert "Make a VPC there and peer it" in texts(page, "#services .todo li")[0]
    assert "business-4" not in texts(page, "#services .facts")[0]


def test_hostile_names_are_shown_as_they_are(page: Any) -> None:
    seen = names(page)
    click(page, "#services .pager button", 1)
    seen += names(page)
    assert {text.replace("\ud800", "\ufffd") for text in (*HOSTILE, MARKUP)} <= set(seen)


@pytest.mark.parametrize("wanted", ["light", "dark"])
def test_it_follows_the_system(page: Any, wanted: str) -> None:
    page.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": wanted}]}
    )
    page.refresh()
    assert is_dark(page) is (wanted == "dark")
    click(page, "#theme")
    assert is_dark(page) is (wanted == "light")


def test_it_fits_on_a_telephone(page: Any) -> None:
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
        click(page, "#services .opener button")
        assert page.execute_script(WIDEST_DETAILS) <= page.execute_script(WIDTH_OF_TABLE)
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
