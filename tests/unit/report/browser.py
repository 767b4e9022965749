# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real browser for the tests of reports, and what they ask of a page."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.missing import needs

webdriver = pytest.importorskip("selenium.webdriver", reason="the browser tests need selenium: make setup")

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
DRIVER = shutil.which("chromedriver")
pytestmark = needs(
    BROWSER and DRIVER,
    "no browser: the HTML report was not opened (on Debian: apt-get install chromium chromium-driver)",
)

MARKUP = '<img src="https://example.org/x" onerror="window.caught = 1"></script><script>window.caught = 1</script>'
WIDEST_DETAILS = (
    "return Math.max(...[...document.querySelectorAll('#services .details > td > *')].map((each) => each.scrollWidth))"
)
WIDTH_OF_TABLE = "return document.querySelector('#services .scroll').clientWidth"
_DRAWN_NOTHINGS = """
const walker = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT), found = [];
while (walker.nextNode()) {
  const { data, parentNode } = walker.currentNode;
  if (/^(null|undefined|false|true|NaN|\\[object.*)$/.test(data.trim())) found.push(parentNode.outerHTML.slice(0, 200));
}
return found;
"""


@pytest.fixture(scope="module")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER or ""
    profile = tmp_path_factory.mktemp("profile")
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "window-size=1400,1000", f"user-data-dir={profile}"):
        options.add_argument(f"--{argument}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture
def page(request: pytest.FixtureRequest, driver: Any, folder: Path) -> Iterator[Any]:
    """A report in the module's ``folder``, just opened. After each test: no error, no script of others, no request but for the
    file itself.
    """
    address = (folder / getattr(request, "param", "whole.html")).as_uri()
    driver.get_log("performance")
    driver.get(address)
    assert driver.execute_script("return document.documentElement.dataset.ready") == "true"
    yield driver
    assert driver.get_log("browser") == []
    assert driver.execute_script("return window.caught") is None
    assert drawn_nothings(driver) == []
    assert set(requests_of(driver)) == {address}


def requests_of(driver: Any) -> list[str]:
    messages = (json.loads(entry["message"])["message"] for entry in driver.get_log("performance"))
    urls = [
        message["params"]["request"]["url"] for message in messages if message["method"] == "Network.requestWillBeSent"
    ]
    # The browser's own new tab is no business of the report, and a data address goes nowhere.
    return [url.split("#")[0] for url in urls if not url.startswith(("chrome", "data:"))]


def texts(page: Any, selector: str) -> list[str]:
    script = "return [...document.querySelectorAll(arguments[0])].map((element) => element.textContent.toWellFormed())"
    return list(page.execute_script(script, selector))


def drawn_nothings(page: Any) -> list[str]:
    """What is not there, a null say, and was drawn as a text."""
    return list(page.execute_script(_DRAWN_NOTHINGS))


def click(page: Any, selector: str, index: int = 0) -> None:
    page.execute_script("document.querySelectorAll(arguments[0])[arguments[1]].click()", selector, index)


def click_if_there(page: Any, selector: str, index: int) -> None:
    page.execute_script("document.querySelectorAll(arguments[0])[arguments[1]]?.click()", selector, index)


def enter(page: Any, selector: str, value: str, event: str) -> None:
    script = "const e = document.querySelector(arguments[0]); e.value = arguments[1]; e.dispatchEvent(new Event(arguments[2]))"
    page.execute_script(script, selector, value, event)


def is_dark(page: Any) -> bool:
    colour = page.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
    return sum(int(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")) < 3 * 128
