# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Aiven announces about calls that it retires is told once for each, and a retired call has words that say what to do."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, from_answer
from ansible_collections.offsite.aiven.plugins.module_utils._api.retirements import Retirements
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION
from tests.unit.api.fake_api import NAME, PROJECT, FakeApi, Reply, service_row, update_body

DEPRECATED = {"Deprecation": "@1788220800", "Sunset": "Wed, 31 Mar 2027 00:00:00 GMT"}
UPDATE = f"Update the collection offsite.aiven, this is version {VERSION}."


def noted(path: str = "/clouds", **headers: str) -> list[str]:
    retirements = Retirements()
    retirements.note("GET", path, headers)
    return retirements.take()


def test_nothing_announced() -> None:
    assert noted(Date="Tue, 01 Sep 2026 12:00:00 GMT") == []


@pytest.mark.parametrize(
    ("headers", "dates"),
    [
        (DEPRECATED, "deprecated since 2026-09-01, gone after 2027-03-31"),
        ({"Deprecation": "@1788220800"}, "deprecated since 2026-09-01"),
        ({"Deprecation": "true"}, "deprecated"),
        ({"Deprecation": "Tue, 01 Sep 2026 12:00:00 GMT"}, "deprecated since 2026-09-01"),
        ({"Sunset": "Wed, 31 Mar 2027 00:00:00 GMT"}, "deprecated, gone after 2027-03-31"),
        ({"Deprecation": "@999999999999", "Sunset": "soon"}, "deprecated"),
    ],
)
def test_dates(headers: dict[str, str], dates: str) -> None:
    assert noted(**headers) == [f"Aiven retires GET /clouds ({dates}). {UPDATE}"]


@given(st.text(max_size=30), st.text(max_size=30))
def test_anything_in_the_headers(deprecation: str, sunset: str) -> None:
    (text,) = noted(Deprecation=deprecation, Sunset=sunset)
    assert text.isprintable()


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/project/shop/service", "/project/{project}/service"),
        ("/project/shop/service/orders/backups", "/project/{project}/service/{service}/backups"),
        ("/project/shop/service/orders?include_secrets=true", "/project/{project}/service/{service}"),
        ("/project/shop/service-types/pg/plans", "/project/{project}/service-types/{service-types}/plans"),
        ("/organization/o1/projects", "/organization/{organization}/projects"),
        ("/me", "/me"),
    ],
)
def test_a_call_is_the_same_whatever_it_is_about(path: str, shown: str) -> None:
    assert noted(path, **DEPRECATED)[0].startswith(f"Aiven retires GET {shown} (")


def test_each_call_is_told_of_once() -> None:
    retirements = Retirements()
    for project in ("shop", "bank"):
        retirements.note("GET", f"/project/{project}/service", DEPRECATED)
    assert len(retirements.take()) == 1
    retirements.note("GET", "/project/lab/service", DEPRECATED)
    retirements.note("GET", "/me", DEPRECATED)
    assert [text.split(" (")[0] for text in retirements.take()] == ["Aiven retires GET /me"]


def test_the_client_notes_reads_and_writes(client: AivenClient, api: FakeApi) -> None:
    api.faults["GET"] = [Reply(200, {"service": service_row()}, DEPRECATED)]
    api.faults["PUT"] = [Reply(200, {"service": service_row("aws-eu-central-1")}, DEPRECATED)]
    client.get_service(PROJECT, NAME)
    client.update_service(PROJECT, NAME, update_body("aws-eu-central-1"), lambda service: True)
    assert [text.split()[2] for text in client.retirements.take()] == ["GET", "PUT"]


@pytest.mark.parametrize("content", [json.dumps({"errors": [{"error_code": "retired_api_endpoint"}]}).encode(), b""])
def test_a_retired_call_says_to_update(content: bytes) -> None:
    error = from_answer("GET", "/me", 410, content)
    assert (error.code, error.status) == ("rejected", 410)
    assert UPDATE in error.message


def test_a_retired_call_is_not_tried_again(client: AivenClient, api: FakeApi) -> None:
    api.faults["GET"] = [Reply(410, {"errors": [{"message": "gone", "error_code": "retired_api_endpoint"}]})]
    with pytest.raises(AivenError, match="Update the collection"):
        client.get_service(PROJECT, NAME)
    assert len(api.seen) == 1
