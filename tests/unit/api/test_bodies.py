# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Answers that never end, come a byte at a time, or unpack to more than there is memory: each ends, in words."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api import bodies as _bodies
from ansible_collections.offsite.aiven.plugins.module_utils._api import transport as _transport
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from tests.unit.api.fake_api import NAME, PROJECT, FakeApi, Reply, service_row, update_body
from tests.unit.conftest import MakeClient

HEAD = b"HTTP/1.1 200 OK\r\n"
SLOW = 0.02
QUICK = {"request_timeout": 10, "retry_timeout": 0}
DRIPS = {
    "status line": Reply(raw=b"HTTP/1.1", endless=b" ", pause=SLOW),
    "headers": Reply(raw=HEAD, endless=b"x", pause=SLOW),
    "measured": Reply(raw=HEAD + b"Content-Length: 100000\r\n\r\n", endless=b" ", pause=SLOW),
    "chunk": Reply(raw=HEAD + b"Transfer-Encoding: chunked\r\n\r\nffff\r\n", endless=b" ", pause=SLOW),
    "chunks": Reply(raw=HEAD + b"Transfer-Encoding: chunked\r\n\r\n", endless=b"1\r\n \r\n", pause=SLOW),
    "until it closes": Reply(raw=HEAD + b"\r\n", endless=b" ", pause=SLOW),
    "packed": Reply(raw=HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"")[:10], endless=b"\0", pause=SLOW),
}
LONG_READS = {
    "until it closes": HEAD + b"\r\n",
    "chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n",
    "measured": HEAD + b"Content-Length: 10000000000\r\n\r\n",
}


def failure_of(client: AivenClient) -> AivenError:
    with pytest.raises(AivenError) as caught:
        client.get_service(PROJECT, NAME)
    return caught.value


@pytest.fixture(autouse=True)
def half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Far less than the timeout between two bytes, so that it is never that which strikes."""
    monkeypatch.setattr(_transport, "DEADLINE_FACTOR", 0.05)


@pytest.fixture
def a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (_bodies, _transport):
        monkeypatch.setattr(module, "LARGEST", 1 << 20)


@pytest.mark.parametrize("name", DRIPS)
def test_an_answer_that_drips_ends(make_client: MakeClient, api: FakeApi, name: str) -> None:
    api.always = DRIPS[name]
    failure = failure_of(make_client(**QUICK))
    assert failure.code == "invalid_response"
    assert "cannot be read: it was not whole after 0.5 s, 0.05 times request_timeout" in failure.message


@pytest.mark.parametrize("name", LONG_READS)
def test_an_answer_without_end_ends(make_client: MakeClient, api: FakeApi, a_megabyte: None, name: str) -> None:
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n" if name == "chunks" else b"x" * 65536
    api.always = Reply(raw=LONG_READS[name], endless=piece)
    failure = failure_of(make_client(retry_timeout=0))
    assert (failure.code, failure.status) == ("invalid_response", 200)
    assert "answered 200, but the body cannot be read: it is larger than 1 MB" in failure.message


def test_a_gzip_bomb_is_never_unpacked_whole(make_client: MakeClient, api: FakeApi, a_megabyte: None) -> None:
    bomb = gzip.compress(b" " * (100 << 20))
    assert len(bomb) < 1 << 20
    api.always = Reply(200, bomb, {"Content-Encoding": "gzip"})
    client = make_client(retry_timeout=0)
    tracemalloc.start()
    try:
        failure = failure_of(client)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "it is larger than 1 MB" in failure.message
    assert peak < 10 << 20


@pytest.mark.parametrize("packing", ["gzip", "x-gzip", "GZIP ", "several", "padded", "deflate"])
@pytest.mark.parametrize("size", [0, 100, 3 << 20])
def test_what_is_packed_is_unpacked(client: AivenClient, api: FakeApi, packing: str, size: int) -> None:
    content = json.dumps({"service": service_row(notes="x" * size)}).encode()
    packed = {
        "several": gzip.compress(content[:50]) + gzip.compress(content[50:]),
        "padded": gzip.compress(content) + b"\0" * 40,
        "deflate": zlib.compress(content),
    }.get(packing, gzip.compress(content))
    encoding = packing if packing not in ("several", "padded") else "gzip"
    api.always = Reply(200, packed, {"Content-Encoding": encoding})
    assert client.get_service(PROJECT, NAME).value.name == NAME


@pytest.mark.parametrize(
    ("content", "encoding", "words"),
    [
        (gzip.compress(b"{}" * 100)[:-9], "gzip", "it broke off"),
        (b"no gzip", "gzip", "it cannot be unpacked"),
        (b"{}", "br", "its Content-Encoding is 'br', which was not asked for"),
        (b"{}", "gzip, gzip", "which was not asked for"),
    ],
    ids=["short", "other", "unknown", "twice"],
)
def test_what_cannot_be_unpacked_is_said(
    make_client: MakeClient, api: FakeApi, content: bytes, encoding: str, words: str
) -> None:
    api.always = Reply(200, content, {"Content-Encoding": encoding})
    failure = failure_of(make_client(retry_timeout=0))
    assert failure.code == "api_unreachable"
    assert words in failure.message


def test_only_what_can_be_unpacked_is_asked_for(client: AivenClient, api: FakeApi) -> None:
    client.get_service(PROJECT, NAME)
    assert api.seen[0].headers["accept-encoding"] == "gzip"


ENABLE = update_body("aws-eu-west-2")
ENDLESS = [DRIPS["measured"], DRIPS["headers"], Reply(raw=LONG_READS["measured"], endless=b"x" * 65536)]


@pytest.mark.parametrize("reply", ENDLESS, ids=["body", "headers", "size"])
@pytest.mark.parametrize("made", [True, False])
def test_a_write_whose_answer_does_not_end_is_looked_at(
    make_client: MakeClient, api: FakeApi, a_megabyte: None, reply: Reply, made: bool
) -> None:
    fields: dict[str, Any] = {"raw": reply.raw, "endless": reply.endless, "pause": reply.pause}
    api.faults["PUT"] = [Reply(**fields, made=made)]
    client = make_client(request_timeout=10, retry_timeout=30)
    service = client.update_service(PROJECT, NAME, ENABLE, lambda found: found.secondary_region == "aws-eu-west-2")
    assert service.secondary_region == "aws-eu-west-2"
    assert api.methods() == (["PUT", "GET"] if made else ["PUT", "GET", "PUT"])


@pytest.mark.parametrize(("status", "code"), [(b"429 Slow", "rate_limited"), (b"404 Gone", "service_not_found")])
@pytest.mark.parametrize("reply", [DRIPS["measured"], Reply(raw=LONG_READS["measured"], endless=b"x" * 65536)])
def test_an_error_that_does_not_end_is_that_error(
    make_client: MakeClient, api: FakeApi, a_megabyte: None, status: bytes, code: str, reply: Reply
) -> None:
    raw = (reply.raw or b"").replace(b"200 OK", status)
    api.always = Reply(raw=raw, endless=reply.endless, pause=reply.pause)
    assert failure_of(make_client(**QUICK)).code == code


def test_the_next_answer_comes_over_a_new_connection(make_client: MakeClient, api: FakeApi) -> None:
    client = make_client(request_timeout=10, retry_timeout=30)
    api.faults["GET"] = [DRIPS["measured"]]
    assert client.get_service(PROJECT, NAME).value.name == NAME
    assert client.api_calls["retries"] == 1
