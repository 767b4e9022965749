# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection, Transport
from tests.unit.api.fake_api import TOKEN, FakeApi, FakeClock, serving

MakeClient = Callable[..., AivenClient]


@pytest.fixture
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the machine's environment may decide how requests connects."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NETRC"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def api(clock: FakeClock, no_environment: None) -> Iterator[FakeApi]:
    with serving(FakeApi(clock)) as running:
        yield running


@pytest.fixture
def make_client(api: FakeApi, clock: FakeClock) -> MakeClient:
    """A client of ``api`` whose waits cost no time. Options are those of Connection."""

    def make(**options: Any) -> AivenClient:
        settings = {"api_token": TOKEN, "api_url": api.url, "request_timeout": 5, **options}
        return AivenClient(Connection(**settings), partial(Transport, sleep=clock.sleep, clock=clock))

    return make


@pytest.fixture
def client(make_client: MakeClient) -> AivenClient:
    return make_client()
