# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The HTML report as text: what is in it, and that nothing in it can become markup or a request."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import with_run
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.html import as_html
from tests.unit.core.audits import audit
from tests.unit.core.test_audit import OUTCOMES, fleet
from tests.unit.core.test_report_formats import HOSTILE, hostile_audit

MARKUP = ["</script><script>alert(1)</script>", "<!--<script>", "@@DATA@@", "\\u003c/script>", "\u2028'\"\\"]


class Page(HTMLParser):
    """The elements of a page, and the texts of its scripts and styles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] in ("script", "style") and data.strip():
            self.texts.append((self.elements[-1][0], data))


def data_of(page: Page) -> dict[str, Any]:
    return dict(json.loads(next(text for tag, text in page.texts if tag == "script")))


def told(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The services of an audit, but for what is asked of each: what controls say repeats it."""
    return [{key: value for key, value in row.items() if key != "asked"} for row in result["services"]]


def restored(data: dict[str, Any]) -> list[dict[str, Any]]:
    """The services of an audit, made again from its compact form."""
    rows = []
    for values in data["services"]:
        shared = dict(zip(data["shared"], values, strict=False))
        own = dict(zip(data["own"], values[len(shared) :], strict=False))
        findings = [data["findings"][number] for number in values[-1]]
        rows.append(
            {
                **{
                    key: None if number is None else data["texts"][number]
                    for key, number in shared.items()
                    if key != "owner"
                },
                **own,
                "controls": {
                    control["id"]: {"result": result, "message": message}
                    for control, (result, message) in zip(data["controls"], findings, strict=True)
                },
            }
        )
    return rows


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP])
def test_no_text_becomes_markup(text: str) -> None:
    result = hostile_audit(text)
    outcomes = [{**OUTCOMES[0], "reason": text, "service_name": text}]
    page, plain = Page(as_html(with_run(result, outcomes))), Page(as_html(audit([])))
    assert page.elements == plain.elements
    assert len(page.texts) == 3
    data = data_of(page)
    assert restored(data) == told(result)
    assert data["run"]["outcomes"][0]["reason"] == text


def test_a_service_without_anything_is_restored_too() -> None:
    result = audit(fleet())
    assert restored(data_of(Page(as_html(result)))) == told(result)


def test_everything_can_be_encoded() -> None:
    assert as_html(hostile_audit("lone \ud800 surrogate")).encode("utf-8")


def test_nothing_is_loaded_and_only_its_own_script_and_style_may_run() -> None:
    text = as_html(audit(fleet()))
    page = Page(text)
    policy = next(attrs["content"] or "" for tag, attrs in page.elements if tag == "meta" and "http-equiv" in attrs)
    hashes = {
        tag: "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        for tag, content in page.texts
    }
    assert f"script-src '{hashes['script']}'" in policy
    assert f"style-src '{hashes['style']}'" in policy
    assert policy.startswith("default-src 'none';")
    assert not any(attrs.get("src") for _tag, attrs in page.elements)
    assert [attrs["href"] for tag, attrs in page.elements if tag == "link"] == ["data:,"]
    # The one address in it is the name of SVG, which nobody asks for.
    assert set(re.findall(r"https?://[^\s\"'<)]+", text)) == {"http://www.w3.org/2000/svg"}


def test_texts_of_many_services_are_written_once() -> None:
    result = audit([*fleet(), *fleet()])
    data = data_of(Page(as_html(result)))
    assert len(data["texts"]) == len(set(data["texts"]))
    assert "no secondary region is set" in {message for _result, message in data["findings"]}
