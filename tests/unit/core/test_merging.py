# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slices of a run made one audit, and what are none."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import InvalidAudit
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Asked, Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.merging import merge_audits
from tests.unit.core.audits import audit, service, subject
from tests.unit.core.test_audit import validate

A, B = subject(service(name="a")), subject(service(None, name="b"))


def test_slices_are_what_one_audit_of_all_would_be() -> None:
    scope = {
        "projects": ["shop-prod"],
        "exact": False,
        "hosts_in_inventory": 2,
        "unreadable_projects": {},
        "mistakes": [],
    }
    slices = [
        audit([each], scope={**scope, "hosts": 1, "limit": name, "left_out": {"pg": 1}, "gone": [f"shop-prod/{name}"]})
        for name, each in (("x", A), ("y", B))
    ]
    merged = merge_audits(slices, by={"user": "ann", "host": "runner"})
    validate(merged)
    whole = audit([A, B], scope=scope)
    for key in ("name", "headline", "score", "coverage", "controls", "compliance", "settings", "services"):
        assert merged[key] == whole[key], key
    assert merged["by"] == {"user": "ann", "host": "runner"}
    assert merged["scope"] == {
        "projects": ["shop-prod"],
        "exact": False,
        "limits": ["x", "y"],
        "hosts": 2,
        "hosts_in_inventory": None,
        "unreadable_projects": {},
        "left_out": {"pg": 2},
        "gone": ["shop-prod/x", "shop-prod/y"],
        "mistakes": [],
    }
    assert merge_audits([merged, slices[0]])["scope"]["limits"] == ["x", "y"]


def test_slices_may_differ_in_what_is_asked_of_their_services() -> None:
    slices = [
        audit([subject(service(name=name), asked=Asked(drill_max_age_days=days))])
        for name, days in (("a", 1), ("b", 2))
    ]
    settings = merge_audits(slices)["settings"]
    assert (settings["drill_max_age_days"], settings["differing"]) == (None, ["drill_max_age_days"])


@pytest.mark.parametrize(
    ("narrow", "key"),
    [({"services": ["a*"]}, "services"), ({"service_types": ["pg"]}, "service_types"), ({"tags": {"a": "b"}}, "tags")],
)
def test_audits_that_were_narrowed_otherwise_are_no_slices(narrow: dict[str, Any], key: str) -> None:
    """What the one has left out, the merged audit would seem to have looked at."""
    with pytest.raises(InvalidAudit, match=f"they differ in 'scope.{key}'"):
        merge_audits([audit([A]), audit([B], scope=narrow)])


def test_audits_of_other_settings_are_no_slices() -> None:
    with pytest.raises(InvalidAudit, match=r"they differ in 'settings\.owner_tag'"):
        merge_audits([audit([A]), audit([B], wanted=Wanted(owner_tag="team"))])
