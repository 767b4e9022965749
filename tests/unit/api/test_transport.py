# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The connection: where the token goes and where it does not, and what failures look like."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import (
    CallCounter,
    Connection,
    Gate,
    Transport,
)
from tests.unit.api.fake_api import (
    NAME,
    PROJECT,
    TOKEN,
    FakeApi,
    FakeClock,
    Reply,
    Seen,
    error,
    serving,
    update_body,
)
from tests.unit.conftest import MakeClient

OBJECTS = re.compile(r"object at 0x|at 0x[0-9a-f]+|HTTPS?Connection|Pool\(|urllib3|MaxRetry|<class|Error\(")


def get(client: AivenClient) -> Any:
    return client.get_service(PROJECT, NAME).value


def failure_of(client: AivenClient) -> AivenError:
    with pytest.raises(AivenError) as caught:
        get(client)
    return caught.value


# The token


def test_netrc_does_not_replace_the_token(
    client: AivenClient, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    get(client)
    assert api.seen[0].headers["authorization"] == f"aivenv1 {TOKEN}"


def test_netrc_is_not_used_in_place_of_a_token(
    make_client: MakeClient, api: FakeApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    api.always = Reply(200, {"clouds": []})
    assert make_client(api_token=None).list_clouds() == {}
    assert "authorization" not in api.seen[0].headers


def test_without_a_token_only_what_is_public_is_asked(make_client: MakeClient, api: FakeApi) -> None:
    client = make_client(api_token=None)
    with pytest.raises(AivenError, match="no token is given: set api_token, or AIVEN_TOKEN") as caught:
        client.get_service(PROJECT, NAME)
    assert caught.value.code == "authentication_failed"
    assert (api.seen, client.api_calls["total"]) == ([], 0)


def test_certificates_that_are_not_where_the_environment_says(
    make_client: MakeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """requests raises a plain OSError for them."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/ca.pem")
    with pytest.raises(AivenError, match=r"/nowhere/ca\.pem.*Check ca_path, or what REQUESTS_CA_BUNDLE") as caught:
        make_client(api_url="https://127.0.0.1:9").list_clouds()
    assert caught.value.code == "api_unreachable"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(client: AivenClient, api: FakeApi, clock: FakeClock, status: int) -> None:
    with serving(FakeApi(clock)) as elsewhere:
        api.always = Reply(status, b"", {"Location": f"{elsewhere.url}/v1/project/{PROJECT}/service/{NAME}"})
        assert "check api_url" in failure_of(client).message
        with pytest.raises(AivenError, match="Redirects are not followed"):
            client.update_service(PROJECT, NAME, update_body("aws-eu-west-2"), lambda service: True)
        assert (len(api.seen), elsewhere.seen) == (2, [])


def echoes(how: str) -> Callable[[Seen], Reply]:
    def reply(seen: Seen) -> Reply:
        header = seen.headers["authorization"]
        padding = "x" * 370  # so that a cut would go through the middle of the token
        replies = {
            "json message": error(500, f"bad header {header}"),
            "json at the cut": error(400, f"{padding} {header}"),
            "json list of strings": Reply(400, {"errors": [f"bad header {header}"]}),
            "json, escaped": Reply(403, error(403, header).content().replace(b"/", b"\\/")),
            "json object as message": Reply(400, {"message": {"header": header}}),
            "json list": Reply(400, [header]),
            "html": Reply(502, f"<html><body>You sent <b>{header}</b></body></html>".encode()),
            "html at the cut": Reply(401, f"<p>{padding} {header}</p>".encode()),
            "html far away": Reply(401, (" " * 4080 + header).encode()),
            "name of a service": Reply(200, {"service": {"service_name": header, "user_config": 1}}),
            "region": Reply(200, {"service": {"service_name": NAME, "service_type": header}}),
            "status line": Reply(raw=f"HTTP/1.1 {header}\r\n\r\n".encode()),
            "garbage": Reply(raw=f"{header}\r\n\r\n".encode()),
            "content length": Reply(raw=f"HTTP/1.1 200 OK\r\nContent-Length: 1,{header}\r\n\r\n".encode()),
            "location": Reply(302, b"", {"Location": f"http://[{header}"}),
        }
        return replies[how]

    return reply


ECHOES = [
    "json message",
    "json at the cut",
    "json list of strings",
    "json, escaped",
    "json object as message",
    "json list",
    "html",
    "html at the cut",
    "html far away",
    "name of a service",
    "region",
    "status line",
    "garbage",
    "content length",
    "location",
]


@pytest.mark.parametrize("how", ECHOES)
def test_a_server_that_echoes_the_token_does_not_get_it_into_an_error(
    make_client: MakeClient, api: FakeApi, how: str
) -> None:
    reply = echoes(how)

    def echo(seen: Seen) -> None:
        api.always = reply(seen)

    api.on_request = echo
    client = make_client(retry_timeout=3)
    errors = [failure_of(client)]
    with pytest.raises(AivenError) as caught:
        client.update_service(PROJECT, NAME, update_body("aws-eu-west-2"), lambda service: False)
    errors.append(caught.value)
    for failure in errors:
        shown = [failure.message, str(failure), repr(failure), str(failure.args), str(failure.as_dict())]
        for part in (TOKEN, TOKEN[:8], TOKEN[-8:]):
            assert not any(part in text for text in shown), shown


def test_the_token_is_in_no_repr(client: AivenClient) -> None:
    get(client)
    for thing in (client, client.transport, client.transport.connection, client.transport._auth):
        assert TOKEN not in repr(thing)
        assert TOKEN not in str(thing)


@pytest.mark.parametrize("token", ["two words", "line\n", "tab\t", "töken", "\x00"])
def test_a_token_that_cannot_be_one_is_refused_before_it_is_sent(make_client: MakeClient, token: str) -> None:
    with pytest.raises(AivenError, match="api_token holds spaces") as caught:
        make_client(api_token=token)
    assert caught.value.code == "authentication_failed"
    assert token not in caught.value.message


# Failures in words


def closed_port() -> int:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return int(unused.getsockname()[1])


def test_a_refused_connection_ends_in_words(make_client: MakeClient) -> None:
    client = make_client(api_url=f"http://127.0.0.1:{closed_port()}", retry_timeout=3)
    failure = failure_of(client)
    assert failure.code == "api_unreachable"
    assert "Connection refused" in failure.message
    assert "retry_timeout 3 s" in failure.message
    assert not OBJECTS.search(failure.message)


def test_a_write_that_was_surely_not_sent_is_not_called_unknown(make_client: MakeClient) -> None:
    client = make_client(api_url=f"http://127.0.0.1:{closed_port()}", retry_timeout=3)
    with pytest.raises(AivenError) as caught:
        client.update_service(PROJECT, NAME, update_body("aws-eu-west-2"), lambda service: True)
    assert "not known" not in caught.value.message
    assert client.api_calls["reads"] == 0


@pytest.mark.parametrize(
    "reply",
    [
        Reply(reset=True),
        Reply(hang=True),
        Reply(raw=b""),
        Reply(raw=b"\x00\x01\x02"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 9, 8\r\n\r\n{"),
        Reply(raw=b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"),
        Reply(200, b"no gzip", {"Content-Encoding": "gzip"}),
        Reply(302, b"", {"Location": "http://["}),
        Reply(302, b"", {"Location": "\xff"}),
    ],
    ids=lambda reply: str(reply.raw or reply.headers or "connection")[:30],
)
def test_a_lost_answer_is_said_in_words(make_client: MakeClient, api: FakeApi, reply: Reply) -> None:
    api.always = reply
    failure = failure_of(make_client(retry_timeout=0.4, request_timeout=0.2))
    assert failure.code == "api_unreachable"
    assert failure.message.startswith(f"no answer to GET /project/{PROJECT}/service/{NAME}: ")
    assert not OBJECTS.search(failure.message)


def test_a_connection_that_the_server_closed_while_idle_is_no_failure(client: AivenClient, api: FakeApi) -> None:
    """A keep-alive connection may be closed in the moment that the next request is under way on it."""
    get(client)
    api.faults["PUT"] = [Reply(raw=b"")]
    service = client.update_service(
        PROJECT, NAME, update_body("aws-eu-west-2"), lambda service: service.secondary_region == "aws-eu-west-2"
    )
    assert service.secondary_region == "aws-eu-west-2"
    assert api.methods() == ["GET", "PUT", "GET", "PUT"]


def test_connections_are_kept(client: AivenClient, api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Any] = []
    connect = socket.socket.connect

    def counting(self: socket.socket, address: Any) -> None:
        made.append(address)
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", counting)
    for _turn in range(5):
        get(client)
    assert len(made) == 1


# Options


@pytest.mark.parametrize(
    "url",
    [
        "",
        " ",
        "api.aiven.io",
        "ftp://api.aiven.io",
        "http://",
        "http://a b",
        "http://a\nb",
        "http://api.aiven.io:port",
        "http://api.aiven.io:99999",
        "http://api.aiven.io:0",
        "http://[::1",
        "http://.io",
        "http://" + "a" * 70 + ".io",
        "https://api.aiven.io?x=1",
        "https://api.aiven.io#x",
        "https://somebody:canary@api.aiven.io",
        "https//somebody:canary@api.aiven.io",
        "somebody:canary@api.aiven.io",
    ],
)
def test_an_api_url_that_is_none(no_environment: None, url: str) -> None:
    with pytest.raises(AivenError, match="api_url") as caught:
        Transport(Connection(TOKEN, url))
    assert caught.value.code == "api_unreachable"
    assert "canary" not in caught.value.message


@pytest.mark.parametrize("ending", ["", "/", "/v1", "/v1/", "//"])
def test_endings_of_an_api_url_do_not_matter(make_client: MakeClient, api: FakeApi, ending: str) -> None:
    assert get(make_client(api_url=f" {api.url}{ending} ")).name == NAME


@pytest.mark.parametrize("name", ["request_timeout", "retry_timeout"])
@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), 1e300])
def test_times_that_nobody_can_wait(name: str, value: float) -> None:
    with pytest.raises(AivenError, match=f"{name} is .*: give seconds") as caught:
        Transport(Connection(TOKEN, **{name: value}))
    assert caught.value.code == "invalid_target"


def test_a_request_needs_some_time() -> None:
    with pytest.raises(AivenError, match="request_timeout"):
        Transport(Connection(TOKEN, request_timeout=0))


def test_the_gate_keeps_the_latest_time() -> None:
    clock = FakeClock()
    gate = Gate(clock)
    assert gate.remaining() == 0
    gate.close(10)
    gate.close(5)
    clock.now += 4
    assert gate.remaining() == 6
    clock.now += 7
    assert gate.remaining() == 0


def test_the_shape_of_the_counts() -> None:
    counter = CallCounter()
    counter.sent(read=True, retry=False)
    counter.sent(read=False, retry=True)
    counter.slept(1.23456)
    assert counter.as_dict() == {"total": 2, "reads": 1, "writes": 1, "retries": 1, "waited_seconds": 1.235}


# Without requests


def test_without_requests_the_error_names_the_interpreter_and_the_remedy() -> None:
    script = """
import json, sys
sys.modules["requests"] = None
from ansible_collections.offsite.aiven.plugins.module_utils._api import client as _client
from ansible_collections.offsite.aiven.plugins.module_utils._api import errors as _errors
from ansible_collections.offsite.aiven.plugins.module_utils._api import transport as _transport
try:
    _client.AivenClient(_transport.Connection("token"))
except _errors.AivenError as error:
    print(json.dumps(error.as_dict()))
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert '"code": "missing_library"' in done.stdout
    assert f"for the interpreter {sys.executable}" in done.stdout
    assert f"{sys.executable} -m pip install requests" in done.stdout
