# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report in a real browser: it draws, sorts and filters, fits, asks nobody for anything, and reports no error."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.clauses import CLAUSES, NOTES
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from tests.unit.core.test_report_formats import HOSTILE
from tests.unit.report.browser import (
    MARKUP,
    WIDEST_DETAILS,
    WIDTH_OF_TABLE,
    click,
    click_if_there,
    driver,
    enter,
    is_dark,
    page,
    pytestmark,
    texts,
)
from tests.unit.report.pages import folder, names

__all__ = ["driver", "folder", "page", "pytestmark"]

wait = pytest.importorskip("selenium.webdriver.support.wait")

NONE = "\u2013"


def test_it_draws_every_part(page: Any) -> None:
    assert texts(page, "#overview .statement")[0] == "55 of 61 services are protected in another region."
    hidden = page.execute_script("return [...document.querySelectorAll('section[hidden]')].map((each) => each.id)")
    assert hidden == []
    assert "1 project could not be read" in texts(page, "#overview .alarm")[0]
    assert len(page.find_elements("css selector", "#map .arc")) == 1
    assert "aws-eu-west-1 → aws-eu-central-1" in texts(page, "#map tbody button")
    assert "custom-nowhere" not in texts(page, "#map figcaption")
    assert texts(page, "#since h3") == ["Worse: 1 service", "Better: 1 service"]
    assert len(texts(page, "#controls tbody tr")) == len(CONTROLS)
    assert texts(page, "#run .outcome") == ["failed", "changed"]
    assert "no secondary region" in page.execute_script("return document.querySelector('#map table').textContent")


@pytest.mark.parametrize("page", ["empty.html"], indirect=True)
def test_a_report_of_nothing_draws_too(page: Any) -> None:
    assert texts(page, "#overview .statement") == ["0 of 0 services are protected in another region."]
    assert texts(page, "#services tbody") == ["No service matches."]
    assert page.execute_script("return document.querySelector('#map').hidden")
    assert texts(page, "#todo .card") == ["Nothing: there is no service."]
    # An audit of nothing is no good one.
    assert texts(page, ".nothing, .value.good") == []
    assert texts(page, "#clauses .caveats li").count("no service that can have a copy was looked at") == len(CLAUSES)
    assert texts(page, "#drills tbody") == ["No drill in a current secondary region is on record."]


def test_coverage_has_a_course_where_there_is_a_history(page: Any) -> None:
    assert texts(page, "#coverage h3") == ["By project", "By type", "By owner"]
    assert texts(page, "#coverage .courses .name") == ["Score", "Protected"]
    assert "since 2026-08-29 12:00 UTC" in texts(page, "#coverage .heading")[0]
    assert texts(page, "#coverage .courses small")[1].startswith("+4")
    drawn = page.execute_script("return document.querySelector('#coverage td .line').getAttribute('d')")
    # Nothing is drawn across what was not measured.
    assert (drawn.count("M"), drawn.count("L")) == (2, 0)
    click(page, "#coverage .pair .link")
    assert set(names(page)) == {"disabled"}


def test_no_course_is_cut_off(page: Any) -> None:
    def hidden() -> list[int]:
        script = (
            "return [...document.querySelectorAll('#coverage .scroll')].map((box) => box.scrollWidth - box.clientWidth)"
        )
        return list(page.execute_script(script))

    assert hidden() == [0, 0, 0]
    with telephone(page):
        assert hidden() == [0, 0, 0]


@pytest.mark.parametrize("page", ["whole.html"], indirect=True)
def test_what_can_never_be_protected_need_not_be_so_for_its_type(page: Any) -> None:
    """A read replica can never be, nor a service whose plan keeps no backups."""
    assert "can never be" in texts(page, "#figures .note")[0]
    assert "type without" not in texts(page, "#figures .note")[0]


@pytest.mark.parametrize("page", ["good.html"], indirect=True)
def test_coverage_without_a_history_is_a_table(page: Any) -> None:
    assert texts(page, "#coverage h3") == ["By project", "By type"]
    assert texts(page, "#coverage .courses, #coverage .line") == []
    assert texts(page, "#coverage tbody .number") == ["100 %1 of 1", "100 %1 of 1"]


def test_clauses_have_their_controls_and_what_is_said_beside_them(page: Any) -> None:
    assert len(texts(page, "#clauses .clauses > li")) == len(CLAUSES)
    assert texts(page, "#clauses .reasons:not(.caveats) li") == list(NOTES)
    caveats = texts(page, "#clauses .caveats li")
    assert "btar_drill_max_age_days is 91: drill_recent supports this with at most 90" in caveats
    assert "frequency is off: btar_audit_max_interval is not set" in caveats
    assert "complian" not in "".join(texts(page, "#clauses")).lower()
    click(page, "#clauses .supports .fail .link")
    assert names(page) == ["disabled"]


def test_columns_sort_in_both_directions(page: Any) -> None:
    rpo = "#services thead button"
    click(page, rpo, 4)
    assert (
        page.execute_script("return document.querySelectorAll('#services th')[5].getAttribute('aria-sort')")
        == "descending"
    )
    assert names(page)[0] == "lagging"
    click(page, rpo, 4)
    assert names(page)[0] == "many-00"
    click(page, rpo, 0)
    ascending = names(page)
    click(page, rpo, 0)
    assert ascending[0] != names(page)[0] == "unsupported"


def test_what_has_no_value_is_last_in_both_directions(page: Any) -> None:
    enter(page, "#services select[aria-label='Every project']", "another", "change")
    assert names(page) == ["disabled"]
    click(page, "#services .filters > button")
    for _direction in range(2):
        click(page, "#services thead button", 4)
        assert texts(page, "#services tbody td:nth-child(6)")[0] != NONE


def test_filters_narrow_and_let_go(page: Any) -> None:
    enter(page, "#services input[type=search]", "many-1 SHOP", "input")
    assert len(names(page)) == 10 and all(name.startswith("many-1") for name in names(page))
    assert texts(page, "#services .note") == ["10 services of 62"]
    enter(page, "#services input[type=search]", "", "input")
    enter(page, "#services select[aria-label='Every protection']", "paused", "change")
    assert names(page) == ["paused"]
    click(page, "#services .filters > button")
    assert texts(page, "#services .note") == ["62 services"]


def test_figures_and_controls_lead_to_their_services(page: Any) -> None:
    click(page, "#overview .legend button:not(:disabled)", 1)
    assert names(page) == ["lagging"]
    click(page, "#controls tbody tr:first-child .tally.fail")
    assert names(page) == ["disabled"]
    page.execute_script("document.querySelector('#map .arc').dispatchEvent(new Event('click'))")
    assert "aws-eu-west-1 → aws-eu-central-1" in texts(page, "#services .note")[0]


def test_pages_turn(page: Any) -> None:
    first = names(page)
    click(page, "#services .pager button", 1)
    assert len(first) == 25 and not set(first) & set(names(page))
    assert texts(page, "#services .pager span") == ["26 to 50 of 62"]


def test_a_row_opens_with_its_controls_and_lag(page: Any) -> None:
    click(page, "#services thead button", 0)
    click(page, "#services thead button", 0)
    index = names(page).index("protected")
    click(page, "#services .opener button", index)
    assert len(texts(page, "#services .findings li")) == len(CONTROLS)
    assert "passed: the secondary region is aws-eu-central-1" in "".join(texts(page, "#services .findings"))
    assert texts(page, "#services .lag small")[0] == "last 3 · 95 % below 3 · highest 3"
    click(page, "#services .opener button", index)
    assert texts(page, "#services .findings li") == []


def test_hostile_names_are_shown_as_they_are(page: Any) -> None:
    seen: list[str] = []
    for _page in range(3):
        seen += names(page)
        for index in range(0, 50, 2):
            click_if_there(page, "#services .opener button", index)
        click_if_there(page, "#services .pager button", 1)
    # No test can read a lone surrogate out of a browser.
    assert {text.replace("\ud800", "\ufffd") for text in (*HOSTILE, MARKUP)} <= set(seen)


@pytest.mark.parametrize("wanted", ["light", "dark"])
def test_it_follows_the_system_and_the_button(page: Any, wanted: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": wanted}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    page.refresh()
    dark = {"light": False, "dark": True}
    assert is_dark(page) is dark[wanted]
    assert texts(page, "#theme") == ["Dark" if wanted == "light" else "Light"]
    click(page, "#theme")
    assert is_dark(page) is not dark[wanted]


def test_it_prints_all_rows_on_paper_colours(page: Any) -> None:
    page.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert len(names(page)) == 62
    page.execute_script("dispatchEvent(new Event('afterprint'))")
    assert len(names(page)) == 25
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    try:
        assert page.execute_script("return getComputedStyle(document.querySelector('.tools')).display") == "none"
    finally:
        page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})


@contextmanager
def telephone(page: Any) -> Iterator[None]:
    metrics = {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    page.refresh()
    try:
        yield
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def boxes(page: Any, selector: str) -> list[dict[str, Any]]:
    script = """return [...document.querySelectorAll(arguments[0])].map((element) => {
      const { left, top, right, bottom } = element.getBoundingClientRect();
      return { text: element.textContent, left, top, right, bottom };
    })"""
    return list(page.execute_script(script, selector))


def overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    # Letters do not fill their lines: a quarter of one may be shared.
    tolerance = 3
    return (
        one["left"] < other["right"]
        and other["left"] < one["right"]
        and one["top"] + tolerance < other["bottom"]
        and other["top"] + tolerance < one["bottom"]
    )


BROKEN_NAMES = """
const names = new Set(Object.keys(JSON.parse(document.getElementById("data").textContent).clouds));
const broken = [];
for (const root of document.querySelectorAll(arguments[0])) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const match of walker.currentNode.data.matchAll(/[a-z]+-[a-z0-9-]+/g)) {
      if (!names.has(match[0])) continue;
      const range = document.createRange();
      range.setStart(walker.currentNode, match.index);
      range.setEnd(walker.currentNode, match.index + match[0].length);
      if (new Set([...range.getClientRects()].map((rect) => Math.round(rect.top))).size > 1) broken.push(match[0]);
    }
  }
}
return broken;
"""
REGIONS = "#todo .reasons, #map tbody td, #map figcaption, #services tbody td, #run tbody td"


@pytest.mark.parametrize("page", ["whole.html", "fleet.html"], indirect=True)
def test_it_fits_on_a_telephone(page: Any) -> None:
    with telephone(page):
        assert page.execute_script("return document.documentElement.scrollWidth") <= 390
        for index in range(0, 20, 2):
            click_if_there(page, "#services .opener button", index)
        assert texts(page, "#services .findings")
        assert page.execute_script(BROKEN_NAMES, REGIONS) == []
        # What a row opens is read without moving the table sideways.
        assert page.execute_script(WIDEST_DETAILS) <= page.execute_script(WIDTH_OF_TABLE)


@pytest.mark.parametrize("page", ["fleet.html"], indirect=True)
@pytest.mark.parametrize("narrow", [False, True])
def test_names_and_buttons_of_the_map_do_not_overlap(page: Any, narrow: bool) -> None:
    def check() -> None:
        labels, buttons = boxes(page, "#map .label"), boxes(page, "#map .zoom button")
        assert len(labels) >= 3 and len(buttons) == 4
        found = [(a["text"], b["text"]) for a, b in combinations([*labels, *buttons], 2) if overlap(a, b)]
        assert found == []

    if narrow:
        with telephone(page):
            check()
    else:
        check()


@pytest.mark.parametrize("page", ["fleet.html"], indirect=True)
def test_it_opens_with_what_to_do(page: Any) -> None:
    order = page.execute_script("return [...document.querySelectorAll('main > section')].map((each) => each.id)")
    assert order.index("todo") < order.index("map")
    with telephone(page):
        assert boxes(page, "#todo")[0]["top"] < 800


def test_what_to_do_leads_to_its_services(page: Any) -> None:
    heads = texts(page, "#todo h3")
    assert heads[0] == "Turn on the backup to another region"
    index = heads.index("Remove what pauses copying")
    assert texts(page, "#todo .todo > li")[index].count("disk full") == 1
    click(page, "#todo .link", index)
    assert names(page) == ["paused"]
    assert texts(page, "#services .note")[0].endswith(": Remove what pauses copying")
    click(page, "#services .filters > button")
    assert texts(page, "#services .note") == ["62 services"]


@pytest.mark.parametrize("page", ["good.html"], indirect=True)
def test_nothing_to_do_is_said_too(page: Any) -> None:
    assert texts(page, "#todo .nothing") == ["Nothing: no control fails for 1 service."]
    assert texts(page, "#overview .statement") == ["1 of 1 service is protected in another region."]


@pytest.mark.parametrize("clipboard", ["its own", "the old way"])
def test_a_command_is_copied_from_a_file(page: Any, clipboard: str) -> None:
    page.execute_cdp_cmd("Browser.grantPermissions", {"permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    # Newer browsers let only a page in focus write, and without a screen none is.
    page.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
    page.execute_async_script("navigator.clipboard.writeText('former').then(arguments[0])")
    if clipboard == "the old way":
        page.execute_script("navigator.clipboard.writeText = undefined")
    # A real click: without one, no page may copy.
    button = page.find_element("css selector", "#todo .copy")
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    wait.WebDriverWait(page, 5).until(lambda _page: button.text == "Copied")
    copied = page.execute_async_script("navigator.clipboard.readText().then(arguments[0])")
    assert copied == texts(page, "#todo .step code")[0]
    assert shlex.split(copied)[:2] == ["ansible-playbook", "offsite.aiven.rollout"]
