# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads: what is repeated, what is not, and how often the API is called."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.retries import UNREADABLE_RETRIES
from tests.unit.api.fake_api import (
    CLOSED,
    HANG,
    HTML_408,
    LIMITED,
    NAME,
    PROJECT,
    RESET,
    SERVICE_PATH,
    FakeApi,
    Reply,
    error,
    service_row,
)
from tests.unit.conftest import MakeClient

TRANSIENT = {
    "reset": RESET,
    "closed": CLOSED,
    "408 as HTML": HTML_408,
    "429": LIMITED,
    "500": error(500, "Internal server error"),
    "501": error(501, "Failed to fetch Kafka topic: retry later"),
    "502 as HTML": Reply(502, b"<html><h1>Bad Gateway</h1></html>"),
    "503": error(503, "Service Unavailable"),
    "504 empty": Reply(504),
    "truncated JSON": Reply(200, b'{"service": {"service_name": "ord'),
    "cut off": Reply(raw=b'HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"service": '),
    "wrong types": Reply(200, {"service": ["orders-db"]}),
    "not HTTP": Reply(raw=b"SSH-2.0-OpenSSH_9.9\r\n"),
    "bad gzip": Reply(200, b"no gzip", {"Content-Encoding": "gzip"}),
    "redirect to nowhere": Reply(
        raw=b"HTTP/1.1 302 Found\r\nLocation: http://[\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    ),
}


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT.keys())
def test_two_reads_that_meet_a_passing_fault_end_well(client: AivenClient, api: FakeApi, fault: Reply) -> None:
    for _turn in range(2):
        api.faults["GET"] = [fault, fault]
        assert client.get_service(PROJECT, NAME).value.name == NAME
    calls = client.api_calls
    assert (calls["total"], calls["reads"], calls["writes"], calls["retries"]) == (6, 6, 0, 4)
    assert len(api.seen) == 6


def test_a_read_that_hangs_is_given_up_and_repeated(make_client: MakeClient, api: FakeApi) -> None:
    api.faults["GET"] = [HANG]
    assert make_client(request_timeout=0.2).get_service(PROJECT, NAME).value.name == NAME


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 417, 302, 304])
def test_other_answers_are_not_repeated(client: AivenClient, api: FakeApi, status: int) -> None:
    api.always = error(status, "no")
    with pytest.raises(AivenError) as caught:
        client.get_service(PROJECT, NAME)
    assert (caught.value.status, len(api.seen), client.api_calls["retries"]) == (status, 1, 0)


GARBAGE: dict[str, Any] = {
    "empty": b"",
    "text": b"OK",
    "HTML": b"<html>Welcome to the hotel's network</html>",
    "binary": bytes(range(256)),
    "null": None,
    "a number": 7,
    "a list": [],
    "an empty object": {},
    "deep": b"[" * 100_000,
    "a huge number": b'{"service": ' + b"9" * 5000 + b"}",
    "utf-16": '{"service": {}}'.encode("utf-16"),
    "nameless": {"service": {}, "services": [{}], "clouds": [{}], "user": {}, "projects": ["x"], "backups": ["x"]},
    "numbers for names": {"service": {"service_name": 1}, "services": [{"service_name": 1}], "clouds": [1], "user": 1},
    "regions that are none": {
        "service": service_row(user_config={"additional_backup_regions": "aws-eu-west-1"}),
        "services": [service_row(user_config={"additional_backup_regions": [None]})],
    },
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE.keys())
def test_garbage_ends_in_invalid_response(client: AivenClient, api: FakeApi, garbage: Any) -> None:
    api.always = Reply(200, garbage)
    reads = [
        lambda: client.get_service(PROJECT, NAME),
        lambda: client.list_services(PROJECT),
        client.list_clouds,
        lambda: client.list_project_clouds(PROJECT),
        lambda: client.get_backups(PROJECT, NAME),
        lambda: client.type_supports_btar(PROJECT, "pg"),
        client.list_my_projects,
        lambda: client.list_organization_projects("o"),
    ]
    for read in reads:
        before = len(api.seen)
        with pytest.raises(AivenError) as caught:
            read()
        assert (caught.value.code, caught.value.status) == ("invalid_response", 200)
        assert len(api.seen) - before == 1 + UNREADABLE_RETRIES


def test_the_lag_report_is_a_post_that_reads(client: AivenClient, api: FakeApi) -> None:
    api.answers[SERVICE_PATH + "/backup_to_another_region/report"] = {"metrics": {}}
    api.faults["POST"] = [RESET, error(500)]
    assert client.get_lag_report(PROJECT, NAME, "hour").value == ()
    assert [seen.body for seen in api.seen] == [{"period": "hour"}] * 3
    assert client.api_calls["reads"] == 3


def test_find_service_tells_a_missing_service_from_a_missing_project(client: AivenClient, api: FakeApi) -> None:
    api.service = None
    assert client.find_service(PROJECT, NAME) is None
    api.always = error(404, "Project does not exist", "project_not_found")
    with pytest.raises(AivenError, match="Project does not exist") as caught:
        client.find_service(PROJECT, NAME)
    assert caught.value.code == "project_not_found"


@pytest.mark.parametrize("name", ["project-db", "my-project", "no-project-not-here"])
def test_a_service_may_be_called_project(client: AivenClient, api: FakeApi, name: str) -> None:
    api.always = error(404, f"Service {name} does not exist")
    assert client.find_service(PROJECT, name) is None


def test_names_cannot_leave_their_place_in_the_path(client: AivenClient, api: FakeApi) -> None:
    api.always = Reply(200, {"service": service_row()})
    client.get_service("a/../b?limit=1", "c#d/e")
    assert api.seen[0].path == "/v1/project/a/../b?limit=1/service/c#d/e"
    assert api.seen[0].query == ""


def test_what_is_sent_with_every_read(client: AivenClient, api: FakeApi) -> None:
    client.get_service(PROJECT, NAME)
    client.list_services(PROJECT)
    for seen in api.seen:
        assert seen.query == ""  # neither limit nor include_secrets
        assert seen.body is None
        assert seen.headers["user-agent"].startswith("offsite.aiven/")
        assert seen.headers["authorization"].startswith("aivenv1 ")


@pytest.mark.parametrize("status", [400, 404])
def test_a_type_that_nobody_has_heard_of_has_no_btar(client: AivenClient, api: FakeApi, status: int) -> None:
    api.always = error(status, "Invalid service type")
    assert client.type_supports_btar(PROJECT, "cassandra") is False


def test_a_missing_project_is_not_a_type_without_btar(client: AivenClient, api: FakeApi) -> None:
    api.always = error(404, "no such project", "project_not_found")
    with pytest.raises(AivenError, match="no such project"):
        client.type_supports_btar(PROJECT, "pg")


def test_now_is_the_date_of_the_answer(client: AivenClient, api: FakeApi) -> None:
    api.always = Reply(200, {"service": service_row()}, {"Date": "Tue, 01 Sep 2026 12:00:00 GMT"})
    assert client.get_service(PROJECT, NAME).now.isoformat() == "2026-09-01T12:00:00+00:00"


@pytest.mark.parametrize("date", ["", "yesterday", "Fri, 31 Dec 9999 23:59:59 -1200", "Wed, 99 Foo 2026 99:99:99 GMT"])
def test_a_date_that_is_none_does_not_matter(client: AivenClient, api: FakeApi, date: str) -> None:
    api.always = Reply(200, {"service": service_row()}, {"Date": date})
    assert client.get_service(PROJECT, NAME).now.tzinfo is not None


def test_a_listing_with_one_unreadable_service_is_no_listing(client: AivenClient, api: FakeApi) -> None:
    rows = [service_row(), {**service_row(), "user_config": {"additional_backup_regions": {"a": 1}}}]
    api.always = Reply(200, json.loads(json.dumps({"services": rows})))
    with pytest.raises(AivenError, match=f"additional_backup_regions of {PROJECT}/{NAME}"):
        client.list_services(PROJECT)
