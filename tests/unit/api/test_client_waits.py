# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the client waits before it tries again, when it gives up, and that one limit holds all threads."""

from __future__ import annotations

import contextlib
import itertools
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from tests.unit.api.fake_api import (
    LIMITED,
    NAME,
    PROJECT,
    RESET,
    RESET_AFTER,
    FakeApi,
    FakeClock,
    Reply,
    create_body,
    error,
    service_row,
    update_body,
)
from tests.unit.conftest import MakeClient

DATE = {"Date": "Tue, 01 Sep 2026 12:00:00 GMT"}


def get(client: AivenClient) -> Any:
    return client.get_service(PROJECT, NAME).value


@pytest.mark.parametrize("status", [429, 503, 500, 408])
@pytest.mark.parametrize(
    ("reply", "seconds"),
    [
        (Reply(0, b"", {"Retry-After": "7"}), 7),
        (Reply(0, b"", {"Retry-After": " 7.5 "}), 7.5),
        (Reply(0, b"", {**DATE, "Retry-After": "Tue, 01 Sep 2026 12:01:30 GMT"}), 90),
        (Reply(0, b"", {**DATE, "Retry-After": "Tue Sep  1 12:00:40 2026"}), 40),
        (Reply(0, {"message": "Rate limit 120 exceeded - try again in 28s"}), 28),
        (Reply(0, {"message": "Try Again In 3 s"}, {"Retry-After": "11"}), 11),
        (Reply(0, {"message": "try again in 3 seconds"}, {"Retry-After": "soon"}), 3),
        (Reply(0, b"<p>try again in 5s</p>"), 5),
    ],
    ids=["seconds", "fraction", "date", "old date", "text", "header first", "text when the header is none", "HTML"],
)
def test_it_waits_as_long_as_the_api_asks(
    client: AivenClient, api: FakeApi, clock: FakeClock, status: int, reply: Reply, seconds: float
) -> None:
    api.faults["GET"] = [Reply(status, reply.body, reply.headers)]
    get(client)
    assert api.seen[1].time - api.seen[0].time == pytest.approx(seconds, abs=0.01)
    assert client.api_calls["waited_seconds"] == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("asked", ["0", "Tue, 01 Sep 2020 12:00:00 GMT"])
def test_being_asked_for_no_wait_makes_no_busy_loop(make_client: MakeClient, api: FakeApi, asked: str) -> None:
    api.faults["GET"] = [Reply(429, b"", {"Retry-After": asked})] * 200
    with pytest.raises(AivenError, match="gave up after") as caught:
        get(make_client(retry_timeout=100))
    assert caught.value.code == "rate_limited"
    assert len(api.seen) < 60


def test_else_it_waits_exponentially_with_full_jitter(
    client: AivenClient, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    monkeypatch.setattr(random, "uniform", uniform)
    api.faults["GET"] = [error(500), RESET, error(429), Reply(200, b"?"), error(502), error(503), error(500)]
    get(client)
    assert asked == [(0, high) for high in (0.5, 1, 2, 4, 8, 15, 15)]
    times = [seen.time for seen in api.seen]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == pytest.approx(
        [0.5, 1, 2, 4, 8, 15, 15], abs=0.01
    )


def test_it_gives_up_before_a_wait_that_would_last_too_long(make_client: MakeClient, api: FakeApi) -> None:
    api.always = LIMITED
    with pytest.raises(AivenError, match=r"try again in 28s.*1 try, retry_timeout 20 s; the API asks to wait 28 s"):
        get(make_client(retry_timeout=20))
    assert len(api.seen) == 1


def test_retry_timeout_0_means_one_try(make_client: MakeClient, api: FakeApi) -> None:
    api.always = error(503)
    with pytest.raises(AivenError):
        get(make_client(retry_timeout=0))
    assert len(api.seen) == 1


def faults_of_a_read(api: FakeApi) -> None:
    api.always = error(503)


def faults_of_an_ambiguous_write(api: FakeApi) -> None:
    api.always = RESET_AFTER


def faults_of_reads_after_a_write(api: FakeApi) -> None:
    api.faults["PUT"] = [RESET] * 999
    api.faults["GET"] = [error(503), Reply(200, {"service": service_row()})] * 999


def faults_of_settling(api: FakeApi) -> None:
    api.faults["PUT"] = [RESET, error(400, "once in 24 hours")]
    api.faults["GET"] = [Reply(200, {"service": service_row()})] + [error(503)] * 999


def faults_of_a_mixed_kind(api: FakeApi) -> None:
    kinds = [RESET_AFTER, LIMITED, error(500), Reply(200, b"?"), error(429)] * 200
    api.faults["GET"], api.faults["PUT"], api.faults["POST"] = list(kinds), list(kinds), list(kinds)
    api.service = None


@pytest.mark.parametrize("retry_timeout", [1, 10, 60, 300])
@pytest.mark.parametrize(
    "faults",
    [
        faults_of_a_read,
        faults_of_an_ambiguous_write,
        faults_of_reads_after_a_write,
        faults_of_settling,
        faults_of_a_mixed_kind,
    ],
)
@pytest.mark.parametrize(
    "call",
    [
        get,
        lambda client: client.update_service(PROJECT, NAME, update_body("aws-eu-west-2"), lambda service: False),
        lambda client: client.create_service(PROJECT, create_body(), lambda service: True),
        lambda client: client.delete_service(PROJECT, NAME),
    ],
    ids=["get", "update", "create", "delete"],
)
def test_all_retries_of_one_call_share_retry_timeout(
    make_client: MakeClient, api: FakeApi, clock: FakeClock, call: Any, faults: Any, retry_timeout: float
) -> None:
    faults(api)
    client = make_client(retry_timeout=retry_timeout)
    with contextlib.suppress(AivenError):
        call(client)
    assert clock.slept <= retry_timeout
    assert client.api_calls["waited_seconds"] == pytest.approx(clock.slept, abs=0.01)


def test_a_limit_met_by_one_thread_holds_all(client: AivenClient, api: FakeApi, clock: FakeClock) -> None:
    limited = threading.Event()
    api.faults["GET"] = [LIMITED]
    close = client.transport.gate.close

    def closing(seconds: float) -> None:
        close(seconds)
        limited.set()

    client.transport.gate.close = closing  # type: ignore[method-assign]

    def other(_turn: int) -> None:
        assert limited.wait(10)
        get(client)

    with ThreadPoolExecutor(9) as pool:
        others = [pool.submit(other, number) for number in range(8)]
        get(client)
        for done in others:
            done.result()
    first, *rest = [seen.time for seen in api.seen]
    assert len(rest) == 9
    assert min(rest) >= first + 28
    assert client.api_calls["retries"] == 1


def test_a_wait_that_is_too_long_for_one_call_still_warns_the_others(make_client: MakeClient, api: FakeApi) -> None:
    client = make_client(retry_timeout=30)
    api.faults["GET"] = [LIMITED, LIMITED]
    with pytest.raises(AivenError) as caught:
        get(client)
    assert caught.value.code == "rate_limited"
    assert client.transport.gate.remaining() > 25


def test_a_gate_that_others_close_anew_does_not_hold_a_call_beyond_its_time(
    make_client: MakeClient, api: FakeApi, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = make_client(retry_timeout=100)
    api.faults["GET"] = [LIMITED]

    def somebody_else_is_limited(seconds: float) -> None:
        clock.sleep(seconds)
        if client.transport.gate.remaining() < 5 and clock.slept < 1000:
            client.transport.gate.close(28)

    monkeypatch.setattr(client.transport, "_sleep", somebody_else_is_limited)
    with pytest.raises(AivenError, match="Rate limit 120 exceeded") as caught:
        get(client)
    assert (caught.value.code, len(api.seen)) == ("rate_limited", 1)
    assert clock.slept <= 100


def test_a_wait_can_be_ended(client: AivenClient, api: FakeApi, clock: FakeClock) -> None:
    api.faults["GET"] = [LIMITED]

    def guard() -> None:
        if clock.slept > 3:
            raise Interrupted("the run was ended")

    client.transport.guard = guard
    with pytest.raises(AivenError, match="the run was ended"):
        get(client)
    assert clock.slept < 5


def test_counts_of_many_threads_add_up(client: AivenClient, api: FakeApi) -> None:
    api.faults["GET"] = [error(500), RESET, None, error(503), Reply(200, b"?")]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _turn: get(client), range(40)))
    calls = client.api_calls
    assert calls["total"] == calls["reads"] == len(api.seen) == 44
    assert calls["total"] - calls["retries"] == 40
