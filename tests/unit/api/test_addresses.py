# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The token goes nowhere in the clear, unless somebody says so."""

from __future__ import annotations

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.addresses import base_url, is_loopback
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection, Transport
from tests.unit.api.fake_api import NAME, PROJECT, TOKEN, FakeApi, FakeClock, serving
from tests.unit.conftest import MakeClient

LOOPBACK = ["localhost", "LOCALHOST.", "api.localhost", "127.0.0.1", "127.8.9.1", "[::1]", "[::ffff:127.0.0.1]"]
ELSEWHERE = [
    "api.aiven.io",
    "10.0.0.1",
    "0.0.0.0",
    "[::]",
    "[fe80::1]",
    "localhost.example.org",
    "notlocalhost",
    "127.0.0.1.example.org",
    "127.1",
]


@pytest.mark.parametrize("host", LOOPBACK)
def test_this_machine_itself_may_be_plain(host: str) -> None:
    assert base_url(f"http://{host}:8080/v1", allow_plain_http=False) == f"http://{host}:8080"
    assert is_loopback(host.strip("[]"))


@pytest.mark.parametrize("host", ELSEWHERE)
def test_no_other_may(host: str) -> None:
    with pytest.raises(AivenError, match="in the clear: use https, or set allow_plain_http") as caught:
        Transport(Connection(TOKEN, f"http://{host}:8080"))
    assert caught.value.code == "api_unreachable"
    assert f"'http://{host}:8080'" in caught.value.message
    assert TOKEN not in caught.value.message
    allowed = Transport(Connection(TOKEN, f"http://{host}:8080", allow_plain_http=True))
    assert allowed.base == f"http://{host}:8080"


def test_https_may_go_anywhere() -> None:
    assert base_url("https://api.aiven.io", allow_plain_http=False) == "https://api.aiven.io"


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_a_plain_token_for_this_machine_goes_to_no_proxy(
    make_client: MakeClient, api: FakeApi, clock: FakeClock, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with serving(FakeApi(clock)) as proxy:
        monkeypatch.setenv(variable, proxy.url)
        assert make_client().get_service(PROJECT, NAME).value.name == NAME
        assert (len(api.seen), proxy.seen) == (1, [])
        make_client(allow_plain_http=True).get_service(PROJECT, NAME)
        assert (len(api.seen), len(proxy.seen)) == (1, 1)
