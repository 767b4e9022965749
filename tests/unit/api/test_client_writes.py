# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes whose answer is lost: nothing is made twice, and nothing that was made is reported as refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api import client as _client
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from tests.unit.api.fake_api import (
    CLOSED,
    CLOSED_AFTER,
    HANG,
    HANG_AFTER,
    HTML_408,
    LIMITED,
    NAME,
    PROJECT,
    RESET,
    RESET_AFTER,
    SERVICE_PATH,
    FakeApi,
    FakeClock,
    Reply,
    create_body,
    error,
    service_row,
    update_body,
)
from tests.unit.conftest import MakeClient

OLD, NEW = "aws-eu-west-2", "aws-eu-central-1"

LOST = {
    "reset before": RESET,
    "reset after": RESET_AFTER,
    "closed before": CLOSED,
    "closed after": CLOSED_AFTER,
    "408": HTML_408,
    "500 before": error(500),
    "500 after": error(500, made=True),
    "502 HTML after": Reply(502, b"<h1>Bad Gateway</h1>", made=True),
    "503 before": error(503),
    "empty after": Reply(200, made=True),
    "truncated after": Reply(200, b'{"service": {"ser', made=True),
    "wrong types after": Reply(200, {"service": 1}, made=True),
    "wrong types before": Reply(200, {"service": 1}),
}
lost = pytest.mark.parametrize("fault", LOST.values(), ids=LOST.keys())


def move(client: AivenClient) -> Service:
    return client.update_service(PROJECT, NAME, update_body(NEW), lambda service: service.secondary_region == NEW)


def create(client: AivenClient) -> Service:
    def ours(service: Service) -> bool:
        found = (service.service_type, service.plan, service.cloud_name, service.secondary_region)
        return found == ("pg", "business-4", "aws-eu-west-1", NEW)

    return client.create_service(PROJECT, create_body(NEW), ours)


@pytest.fixture(autouse=True)
def a_secondary_region(api: FakeApi) -> None:
    api.service = service_row(OLD)
    api._shown = api.service


def test_a_write_that_is_answered_is_one_call(client: AivenClient, api: FakeApi) -> None:
    assert move(client).secondary_region == NEW
    assert client.api_calls == {"total": 1, "reads": 0, "writes": 1, "retries": 0, "waited_seconds": 0}
    assert (api.seen[0].method, api.seen[0].path, api.seen[0].query) == ("PUT", SERVICE_PATH, "")
    assert api.seen[0].body == update_body(NEW)
    assert api.seen[0].headers["content-type"] == "application/json"


@lost
def test_two_moves_that_meet_a_passing_fault_end_well(client: AivenClient, api: FakeApi, fault: Reply) -> None:
    for _turn in range(2):
        api.service = service_row(OLD)
        api.faults["PUT"] = [fault, fault]
        assert move(client).secondary_region == NEW
        assert api.service["user_config"]["additional_backup_regions"] == [NEW]
    calls = client.api_calls
    # What a run without faults would have sent is one PUT for each move; all else is counted as retries.
    assert calls["total"] - calls["retries"] == 2
    assert calls["total"] == len(api.seen) == calls["reads"] + calls["writes"]


@lost
def test_an_applied_move_is_read_and_not_sent_again(client: AivenClient, api: FakeApi, fault: Reply) -> None:
    api.faults["PUT"] = [fault]
    assert move(client).secondary_region == NEW
    assert api.methods() == (["PUT", "GET"] if fault.made else ["PUT", "GET", "PUT"])


@pytest.mark.parametrize("fault", [HANG, HANG_AFTER], ids=["before", "after"])
def test_a_move_that_hangs(make_client: MakeClient, api: FakeApi, fault: Reply) -> None:
    api.faults["PUT"] = [fault]
    assert move(make_client(request_timeout=0.2)).secondary_region == NEW


@lost
def test_a_lost_answer_and_stale_reads_do_not_end_in_the_refusal_of_a_second_change(
    client: AivenClient, api: FakeApi, fault: Reply
) -> None:
    api.one_change_a_day = True
    api.faults["PUT"] = [fault]
    api.stale_reads = 4
    assert move(client).secondary_region == NEW
    assert api.methods().count("PUT") == 2


@pytest.mark.parametrize("status", [400, 403, 409])
def test_a_refusal_that_nothing_explains_stands(client: AivenClient, api: FakeApi, status: int) -> None:
    """The first PUT was lost before it did anything, and the second is refused for a reason of its own."""
    api.faults["PUT"] = [RESET, error(status, "no such luck")]
    with pytest.raises(AivenError, match="no such luck") as caught:
        move(client)
    assert caught.value.status == status
    assert api.methods() == ["PUT", "GET", "PUT"] + ["GET"] * _client.SETTLING_READS


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409])
def test_a_refusal_of_the_first_try_is_not_questioned(client: AivenClient, api: FakeApi, status: int) -> None:
    api.faults["PUT"] = [error(status, "no")]
    with pytest.raises(AivenError):
        move(client)
    assert api.methods() == ["PUT"]


def test_a_limit_is_no_refusal_of_a_repetition(client: AivenClient, api: FakeApi, clock: FakeClock) -> None:
    api.faults["PUT"] = [RESET, LIMITED]
    assert move(client).secondary_region == NEW
    assert api.methods() == ["PUT", "GET", "PUT", "PUT"]
    assert clock.slept >= 28


def test_a_write_that_was_surely_not_made_is_sent_again_unread(client: AivenClient, api: FakeApi) -> None:
    api.faults["PUT"] = [LIMITED, LIMITED]
    assert move(client).secondary_region == NEW
    assert api.methods() == ["PUT"] * 3


@lost
def test_a_create_whose_answer_is_lost_leaves_one_service(client: AivenClient, api: FakeApi, fault: Reply) -> None:
    api.service = None
    api.faults["POST"] = [fault]
    service = create(client)
    assert (service.name, service.secondary_region, service.plan) == (NAME, NEW, "business-4")
    assert api.methods() == (["POST", "GET"] if fault.made else ["POST", "GET", "POST"])
    assert client.api_calls["total"] - client.api_calls["retries"] == 1


def test_a_conflict_with_the_own_create_is_read_until_it_is_seen(client: AivenClient, api: FakeApi) -> None:
    api.service = api._shown = None
    api.faults["POST"] = [RESET_AFTER]
    api.stale_reads = 3
    assert create(client).secondary_region == NEW
    assert api.methods() == ["POST", "GET", "POST", "GET", "GET", "GET"]


def test_a_taken_name_is_read_until_retry_timeout(client: AivenClient, api: FakeApi, clock: FakeClock) -> None:
    """It must be there, however long reads lag behind."""
    api.service = api._shown = None
    api.faults["POST"] = [RESET_AFTER]
    api.stale_reads = 15
    assert create(client).secondary_region == NEW
    assert api.methods().count("POST") == 2
    assert 60 < clock.slept < 300


def test_a_refusal_after_a_lost_answer_leaves_it_unknown(client: AivenClient, api: FakeApi) -> None:
    api.service = api._shown = None
    api.faults["POST"] = [RESET, error(409, "Service name is already in use in this project")]
    api.faults["GET"] = [error(404, "Service orders-db does not exist")] * 99
    with pytest.raises(AivenError, match=r"already in use.*whether the change was made is not known") as caught:
        create(client)
    assert (caught.value.code, api.methods().count("POST")) == ("rejected", 2)


@pytest.mark.parametrize("stale", [0, 3])
@pytest.mark.parametrize(
    "differs",
    [
        {"service_type": "mysql"},
        {"plan": "startup-4"},
        {"cloud_name": "aws-eu-west-3"},
        {"user_config": {"additional_backup_regions": [OLD]}},
        {"user_config": {}},
    ],
    ids=lambda differs: next(iter(differs)),
)
def test_a_service_that_somebody_else_created_is_not_ours(
    client: AivenClient, api: FakeApi, differs: dict[str, Any], stale: int
) -> None:
    api._shown = None
    api.service = {**service_row(NEW), **differs}
    api.faults["POST"] = [RESET]
    api.stale_reads = stale
    with pytest.raises(AivenError) as caught:
        create(client)
    assert caught.value.code == "service_exists_differently"
    assert "not known" not in caught.value.message


def test_a_conflict_of_the_first_create_stands(client: AivenClient, api: FakeApi) -> None:
    with pytest.raises(AivenError, match="already in use") as caught:
        create(client)
    assert (caught.value.code, caught.value.status, api.methods()) == ("rejected", 409, ["POST"])


def test_a_conflict_that_has_nothing_to_do_with_the_name_stands(client: AivenClient, api: FakeApi) -> None:
    api.service = None
    api.faults["POST"] = [RESET, error(409, "Project VPC 12 is in state APPROVED, not ACTIVE")]
    with pytest.raises(AivenError, match="APPROVED"):
        create(client)
    assert api.service is None


@pytest.mark.parametrize("action", [move, create])
def test_when_it_cannot_be_known_whether_it_was_made_the_error_says_so(
    make_client: MakeClient, api: FakeApi, action: Any
) -> None:
    client = make_client(retry_timeout=20)
    api.always = RESET_AFTER
    with pytest.raises(AivenError, match="whether the change was made is not known") as caught:
        action(client)
    assert caught.value.code == "api_unreachable"


def test_reads_that_fail_after_a_refused_repetition_leave_it_unknown(make_client: MakeClient, api: FakeApi) -> None:
    client = make_client(retry_timeout=20)
    api.service = service_row(OLD)
    api.faults["PUT"] = [RESET, error(400, "once in 24 hours")]
    api.faults["GET"] = [Reply(200, {"service": service_row(OLD)})] + [error(500)] * 99
    with pytest.raises(AivenError, match="whether the change was made is not known"):
        move(client)


def test_an_answer_that_is_garbage_for_good_ends_in_invalid_response(client: AivenClient, api: FakeApi) -> None:
    api.always = Reply(200, b"<html>hello</html>")
    with pytest.raises(AivenError, match="not known") as caught:
        move(client)
    assert caught.value.code == "invalid_response"
    assert api.methods().count("PUT") == 1


@pytest.mark.parametrize("fault", [RESET_AFTER, error(500, made=True), CLOSED_AFTER, HTML_408, LIMITED])
def test_a_delete_that_is_repeated_takes_404_for_success(client: AivenClient, api: FakeApi, fault: Reply) -> None:
    api.faults["DELETE"] = [fault]
    client.delete_service(PROJECT, NAME)
    assert (api.service, api.methods()) == (None, ["DELETE", "DELETE"])


@pytest.mark.parametrize("fault", [RESET_AFTER, error(500, made=True), CLOSED_AFTER])
def test_a_delete_whose_answers_are_all_lost_is_looked_for_once(
    client: AivenClient, api: FakeApi, fault: Reply
) -> None:
    api.faults["DELETE"] = [fault] * 500
    client.delete_service(PROJECT, NAME)
    assert (api.service, api.methods().count("GET"), api.methods()[-1]) == (None, 1, "GET")


def test_a_delete_that_was_never_made_says_that_it_is_not_known(client: AivenClient, api: FakeApi) -> None:
    api.faults["DELETE"] = [error(500)] * 500
    with pytest.raises(AivenError, match="whether the change was made is not known") as caught:
        client.delete_service(PROJECT, NAME)
    assert (caught.value.code, api.methods()[-1]) == ("api_error", "GET")


@pytest.mark.parametrize("body", [b"", b"<html>hello</html>", b'{"mess', b"[]"])
def test_a_delete_is_not_made_because_something_answers_200(client: AivenClient, api: FakeApi, body: bytes) -> None:
    api.faults["DELETE"] = [Reply(200, body)]
    client.delete_service(PROJECT, NAME)
    assert (api.service, api.methods()) == (None, ["DELETE", "DELETE"])


def test_a_delete_of_nothing_fails(client: AivenClient, api: FakeApi) -> None:
    api.service = None
    with pytest.raises(AivenError) as caught:
        client.delete_service(PROJECT, NAME)
    assert (caught.value.code, api.methods()) == ("service_not_found", ["DELETE"])


def test_a_protected_service_is_not_deleted(client: AivenClient, api: FakeApi) -> None:
    words = "Service is protected against termination and shutdown. Remove termination protection first."
    api.faults["DELETE"] = [error(403, words)]
    with pytest.raises(AivenError, match="Remove termination protection first") as caught:
        client.delete_service(PROJECT, NAME)
    assert (caught.value.code, caught.value.status) == ("rejected", 403)


def test_no_write_is_sent_when_the_run_is_over(client: AivenClient, api: FakeApi) -> None:
    def guard() -> None:
        raise Interrupted("the run was ended")

    client.transport.guard = guard
    assert client.get_service(PROJECT, NAME).value.name == NAME
    for write in (move, create, lambda client: client.delete_service(PROJECT, NAME)):
        with pytest.raises(AivenError, match="the run was ended"):
            write(client)
    assert api.methods() == ["GET"]


def test_a_run_that_ends_during_a_wait_sends_no_further_write(client: AivenClient, api: FakeApi) -> None:
    def guard() -> None:
        if api.seen:
            raise Interrupted("the run was ended")

    client.transport.guard = guard
    api.faults["PUT"] = [error(500)]
    with pytest.raises(AivenError, match="the run was ended; whether the change was made is not known") as caught:
        move(client)
    assert (caught.value.code, api.methods()) == ("interrupted", ["PUT"])
