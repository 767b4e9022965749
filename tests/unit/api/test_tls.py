# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""TLS: which certificates are trusted, and what is said of those that are not."""

from __future__ import annotations

import ssl
import subprocess
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection, Transport
from tests.unit.api.fake_api import NAME, TOKEN, FakeApi, FakeClock, Reply, serving
from tests.unit.api.test_transport import OBJECTS, failure_of, get


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key, in one PEM file."""
    key, pem = folder / f"{name}.key", folder / f"{name}.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", pem], check=True, capture_output=True)
    pem.write_bytes(pem.read_bytes() + key.read_bytes())
    return pem


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("certificates")
    return certificate(folder, "right"), certificate(folder, "other")


@pytest.fixture
def tls_api(clock: FakeClock, certificates: tuple[Path, Path], no_environment: None) -> Iterator[FakeApi]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates[0])
    with serving(FakeApi(clock), lambda plain: context.wrap_socket(plain, server_side=True)) as running:
        yield running


def tls_client(api: FakeApi, clock: FakeClock, **options: Any) -> AivenClient:
    transport = partial(Transport, sleep=clock.sleep, clock=clock)
    return AivenClient(Connection(TOKEN, api.url, request_timeout=5, **options), transport)


def test_a_certificate_that_is_not_trusted_is_not_tried_again(tls_api: FakeApi, clock: FakeClock) -> None:
    client = tls_client(tls_api, clock)
    failure = failure_of(client)
    assert failure.code == "api_unreachable"
    assert "certificate is not trusted" in failure.message
    assert "ca_path" in failure.message
    assert not OBJECTS.search(failure.message)
    assert (client.api_calls["total"], clock.naps, tls_api.seen) == (1, [], [])


@pytest.mark.parametrize("head", [b"Content-Length: 100000\r\n\r\n", b"\r\n", b"X"])
def test_an_answer_that_drips_over_tls_ends(
    tls_api: FakeApi,
    clock: FakeClock,
    certificates: tuple[Path, Path],
    head: bytes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys.modules[Transport.__module__], "DEADLINE_FACTOR", 0.1)
    tls_api.always = Reply(raw=b"HTTP/1.1 200 OK\r\n" + head, endless=b" ", pause=0.02)
    failure = failure_of(tls_client(tls_api, clock, ca_path=str(certificates[0]), retry_timeout=0))
    assert (failure.code, "not whole after 0.5 s" in failure.message) == ("invalid_response", True)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_ca_path_and_validate_certs_beat_the_variables_of_requests(
    tls_api: FakeApi,
    clock: FakeClock,
    certificates: tuple[Path, Path],
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    right, other = certificates
    monkeypatch.setenv(variable, str(other))
    assert get(tls_client(tls_api, clock, ca_path=str(right))).name == NAME
    with pytest.warns(match="Unverified HTTPS request"):
        assert get(tls_client(tls_api, clock, validate_certs=False)).name == NAME
    monkeypatch.setenv(variable, str(right))
    assert "not trusted" in failure_of(tls_client(tls_api, clock, ca_path=str(other))).message


@pytest.mark.parametrize("content", [b"", b"no certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_a_ca_path_that_is_no_pem_file_is_said_at_once(
    tls_api: FakeApi, clock: FakeClock, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "ca.pem"
    path.write_bytes(content)
    failure = failure_of(tls_client(tls_api, clock, ca_path=str(path)))
    assert "ca_path" in failure.message
    assert clock.naps == []


def test_a_ca_path_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(AivenError, match=r"ca_path '.*/nowhere.pem' does not exist"):
        Transport(Connection(TOKEN, ca_path=str(tmp_path / "nowhere.pem")))


def test_https_to_a_plain_server_is_not_tried_again(api: FakeApi, clock: FakeClock) -> None:
    api.url = api.url.replace("http:", "https:")
    failure = failure_of(tls_client(api, clock))
    assert "api_url" in failure.message
    assert clock.naps == []
