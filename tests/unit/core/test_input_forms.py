# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""JSON that may be anything, and the form of a report that others are made of."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import parse_draft
from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_form import mistake_of
from tests.fuzz.file_targets import DRAFT
from tests.unit.core.audits import audit, service, subject
from tests.unit.core.test_audit import fleet


@pytest.mark.parametrize(
    "text", ["", "{", "NaN", "[Infinity]", "1e999", "[" * 100_000, b"\xff", '{"a":' * 100_000, "9" * 5000]
)
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError):
        parse_json(text)


def test_json_is_read() -> None:
    assert parse_json(b'{"a": [1, 1.5, null, "\\ud800"]}') == {"a": [1, 1.5, None, "\ud800"]}


def test_an_audit_is_whole() -> None:
    whole = audit([subject(service(name="a")), *fleet()], scope={"projects": ["shop-prod"], "tags": {"a": "b"}})
    assert mistake_of(json.loads(json.dumps(whole))) is None


MISTAKES: dict[str, Callable[[dict[str, Any]], Any]] = {
    ".generated_at is no time": lambda body: body.update(generated_at="today"),
    ".scope.projects is no list": lambda body: body["scope"].update(projects="x"),
    ".services[0] has no 'plan'": lambda body: body["services"][0].pop("plan"),
    ".services[0].rpo_seconds is no count": lambda body: body["services"][0].update(rpo_seconds="{{ 1 }}"),
    ".services[0].protection is no protection": lambda body: body["services"][0].update(protection="good"),
    ".services[0].controls has no 'rpo'": lambda body: body["services"][0]["controls"].pop("rpo"),
    ".services[0].controls.rpo.result is no result": lambda body: body["services"][0]["controls"]["rpo"].update(
        result=1
    ),
    ".run.summary is no object": lambda body: body.update(run={"summary": 1, "outcomes": []}),
    " is no object": lambda body: body.clear(),
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_named_with_its_place(words: str) -> None:
    body = copy.deepcopy(audit([subject(service(name="a"))], scope={"projects": ["shop-prod"]}))
    MISTAKES[words](body)
    assert mistake_of(body or []) == words


SPOILT: list[Callable[[dict[str, Any]], Any]] = [
    lambda draft: draft.pop("started"),
    lambda draft: draft.update(running="now"),
    lambda draft: draft.update(restore="x"),
    lambda draft: draft.update(checks=[[]]),
    lambda draft: draft["checks"][0].update(age_seconds="x"),
    lambda draft: draft["restore"].update(fork=[1]),
    lambda draft: draft["order"].pop("service_type"),
    lambda draft: draft["order"].update(fork_name=""),
    lambda draft: draft["order"].update(source=None),
    lambda draft: draft["order"].update(verify_timeout="x"),
]


@pytest.mark.parametrize("spoil", SPOILT, ids=range(len(SPOILT)))
def test_a_draft_that_is_not_whole_is_none(spoil: Callable[[dict[str, Any]], Any]) -> None:
    draft = copy.deepcopy(dict(DRAFT))
    assert parse_draft(draft) == DRAFT
    spoil(draft)
    assert parse_draft(draft) is None
