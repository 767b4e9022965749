# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is refused is never sent, and how many calls each decision costs."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import CreateSpec
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Target
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import Waiting, run
from tests.unit.api.fake_api import NAME, PROJECT, FakeApi, error, service_row

HOME, OTHER, THIRD, FOREIGN = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-west-3", "google-europe-west1"
CREATE = CreateSpec("pg", "business-4", HOME, {"user_config": {"admin_password": "canary"}})
NO_WAIT = Waiting(False, "running", 0)
WRITES = {"PUT", "POST", "DELETE"}


@pytest.fixture(autouse=True)
def facts(api: FakeApi) -> None:
    clouds = [
        {"cloud_name": name, "provider": name.partition("-")[0], "geo_region": "europe"}
        for name in (HOME, OTHER, THIRD, FOREIGN)
    ]
    api.answers["/v1/clouds"] = api.answers[f"/v1/project/{PROJECT}/clouds"] = {"clouds": clouds}
    for service_type, properties in (("pg", {"additional_backup_regions": {"maxItems": 1}}), ("kafka", {})):
        path = f"/v1/project/{PROJECT}/service-types/{service_type}"
        api.answers[path] = {"user_config_schema": {"properties": properties}}


def enabled(region: str) -> Target:
    return Target(PROJECT, NAME, "enabled", region)


DISABLED = Target(PROJECT, NAME, "disabled")


@pytest.mark.parametrize("check_mode", [False, True])
@pytest.mark.parametrize(
    ("target", "row", "create", "code"),
    [
        (enabled(OTHER), None, None, "service_not_found"),
        (DISABLED, None, None, "service_not_found"),
        (enabled(OTHER), service_row(service_type="kafka"), None, "unsupported_service_type"),
        (enabled("nowhere"), service_row(), None, "unknown_region"),
        (enabled(HOME), service_row(), None, "same_region"),
        (enabled(HOME), None, CREATE, "same_region"),
        (enabled(FOREIGN), service_row(THIRD), None, "provider_mismatch"),
        (enabled(FOREIGN), None, CREATE, "provider_mismatch"),
        (enabled(OTHER), service_row(service_type="kafka"), CREATE, "service_exists_differently"),
    ],
)
def test_a_refused_change_is_not_sent(
    client: AivenClient,
    api: FakeApi,
    target: Target,
    row: dict[str, Any] | None,
    create: CreateSpec | None,
    code: str,
    check_mode: bool,
) -> None:
    api.service = row
    result = run(client, target, create, NO_WAIT, check_mode=check_mode)
    assert (result["error"]["code"], result["changed"]) == (code, False)
    assert not WRITES & set(api.methods())
    assert api.service is row
    assert result["diff"]["before"] == result["diff"]["after"]


@pytest.mark.parametrize(
    ("target", "row", "create", "change", "calls"),
    [
        (enabled(OTHER), service_row(OTHER), None, None, 1),
        (DISABLED, service_row(), None, None, 1),
        (DISABLED, service_row(OTHER), None, "disable", 2),
        (enabled(OTHER), service_row(), None, "enable", 4),
        (enabled(OTHER), service_row(THIRD), None, "move", 4),
        (enabled(OTHER), None, CREATE, "create", 4),
    ],
)
def test_check_mode_says_what_comes_and_sends_nothing(
    client: AivenClient,
    api: FakeApi,
    target: Target,
    row: dict[str, Any] | None,
    create: CreateSpec | None,
    change: str | None,
    calls: int,
) -> None:
    api.service = row
    predicted = run(client, target, create, NO_WAIT, check_mode=True)
    assert not WRITES & set(api.methods())
    api.seen.clear()
    real = run(client, target, create, NO_WAIT, check_mode=False)
    assert len(api.seen) == calls
    assert (predicted["changed"], predicted["change"], predicted["diff"]) == (
        real["changed"],
        real["change"],
        real["diff"],
    )
    assert (real["change"], real["changed"]) == (change, change is not None)
    assert "canary" not in repr(predicted) + repr(real)
    again = run(client, target, None, NO_WAIT, check_mode=False)
    assert (again["changed"], again["change"]) == (False, None)


def test_a_feature_that_is_not_enabled_is_explained(client: AivenClient, api: FakeApi) -> None:
    api.faults["PUT"] = [error(403, "Not enabled", "feature_not_enabled")]
    result = run(client, enabled(OTHER), None, NO_WAIT, check_mode=False)
    assert result["error"]["code"] == "feature_not_enabled"
    assert "ask your Aiven account team" in result["error"]["message"]
    assert result["changed"] is False
