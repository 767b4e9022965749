# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How answers of the API become errors that a playbook can branch on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._api import errors as _errors
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import (
    AivenError,
    cut,
    error_of,
    from_answer,
    parse_date,
    wait_hint,
)

LISTING = "/project/shop/service"
SERVICE = "/project/shop/service/orders-db"
NOW = datetime(2026, 9, 1, 12, tzinfo=UTC).timestamp()

PROTECTED = "Service is protected against termination and shutdown. Remove termination protection first."
IN_USE = "Service name is already in use in this project"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(), children, max_size=4),
    max_leaves=12,
)
ERROR_BODIES = st.fixed_dictionaries(
    {},
    optional={
        "message": JSON,
        "error_code": JSON,
        "errors": JSON
        | st.lists(st.fixed_dictionaries({}, optional={"message": JSON, "error_code": JSON, "status": JSON})),
    },
)


def aiven(message: str, error_code: str | None = None) -> bytes:
    row = {"message": message, "status": 400} | ({"error_code": error_code} if error_code else {})
    return json.dumps({"errors": [row], "message": message}).encode()


@pytest.mark.parametrize(
    ("method", "path", "status", "content", "code"),
    [
        ("GET", SERVICE, 401, aiven("Invalid token"), "authentication_failed"),
        ("GET", SERVICE, 401, b"", "authentication_failed"),
        ("GET", SERVICE, 401, aiven("Missing (expired) db token"), "authentication_failed"),
        ("GET", SERVICE, 403, aiven("Authentication failed", "authentication_failed"), "authentication_failed"),
        ("GET", SERVICE, 403, aiven("Not a project member"), "permission_denied"),
        ("GET", SERVICE, 403, aiven("No", "permission_denied"), "permission_denied"),
        ("GET", SERVICE, 403, b"<h1>Forbidden</h1>", "permission_denied"),
        ("PUT", SERVICE, 403, aiven("No", "user_role_not_allowed_to_perform_operation"), "permission_denied"),
        ("GET", SERVICE, 403, aiven("Not from here", "api_client_ip_allowlist_blocks_caller"), "permission_denied"),
        ("DELETE", SERVICE, 403, aiven(PROTECTED), "rejected"),
        ("PUT", SERVICE, 403, aiven("Not for you", "feature_not_enabled"), "feature_not_enabled"),
        ("PUT", SERVICE, 400, aiven("Not for you", "feature_not_enabled"), "feature_not_enabled"),
        ("PUT", SERVICE, 400, aiven("Invalid 'user_config'"), "rejected"),
        ("PUT", SERVICE, 409, aiven("Database not powered on", "not_powered"), "rejected"),
        ("POST", LISTING, 409, aiven(IN_USE), "rejected"),
        ("PUT", SERVICE, 405, b"", "rejected"),
        ("GET", SERVICE, 302, b"", "rejected"),
        ("GET", SERVICE, 404, aiven("Service orders-db does not exist"), "service_not_found"),
        ("GET", SERVICE, 404, aiven("Service 'orders-db' does not exist"), "service_not_found"),
        ("GET", SERVICE, 404, aiven("Gone", "service_not_found"), "service_not_found"),
        ("GET", SERVICE, 404, aiven("Gone", "service_does_not_exist"), "service_not_found"),
        ("GET", SERVICE, 404, aiven("Gone", "project_not_found"), "project_not_found"),
        ("GET", SERVICE, 404, aiven("Gone", "project_does_not_exist"), "project_not_found"),
        ("GET", SERVICE, 404, aiven("Project shop does not exist"), "project_not_found"),
        ("GET", SERVICE, 404, aiven("The project was not found"), "project_not_found"),
        ("GET", SERVICE, 404, aiven("Service my-project does not exist"), "service_not_found"),
        ("GET", SERVICE, 404, aiven("Service project-a not found", "service_not_found"), "service_not_found"),
        ("GET", SERVICE, 404, b"", "service_not_found"),
        ("GET", SERVICE + "/backups", 404, b"", "service_not_found"),
        ("GET", LISTING, 404, b"", "project_not_found"),
        ("GET", "/project/shop/service-types/x", 404, aiven("No such type"), "rejected"),
        ("GET", "/project/shop/service-types/x", 404, aiven("Project not found"), "project_not_found"),
        ("POST", LISTING, 404, aiven("Project VPC 12 does not exist"), "rejected"),
        ("POST", LISTING, 404, aiven("Project shop does not exist"), "project_not_found"),
        ("POST", LISTING, 404, b"", "rejected"),
        ("GET", "/clouds", 404, b"", "rejected"),
        ("GET", SERVICE, 429, aiven("Rate limit 120 exceeded - try again in 28s"), "rate_limited"),
        ("GET", SERVICE, 408, b"<html><h1>408 Request Time-out</h1>", "api_error"),
        ("GET", SERVICE, 500, aiven("Oops", "internal_server_error"), "api_error"),
        ("GET", SERVICE, 501, aiven("retry later"), "api_error"),
        ("GET", SERVICE, 503, b"Service Unavailable", "api_error"),
        ("GET", SERVICE, 599, b"", "api_error"),
    ],
)
def test_codes(method: str, path: str, status: int, content: bytes, code: str) -> None:
    error = from_answer(method, path, status, content)
    assert (error.code, error.status) == (code, status)
    assert error.message.startswith(f"{method} {path} answered {status}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (aiven("Invalid 'user_config'"), "Invalid 'user_config'"),
        (b'{"errors": ["first", "second"]}', "first"),
        (b'{"errors": [{"message": "", "status": 400}, {"message": "second"}]}', "second"),
        (b'{"message": "top", "errors": [{"message": "row"}]}', "top"),
        (b'{"errors": "text", "message": "top"}', "top"),
        (b'{"errors": null, "message": null}', None),
        (b'{"message": {"a": ["b"]}}', "{'a': ['b']}"),
        (b'["a", "b"]', "['a', 'b']"),
        (b'"just text"', "just text"),
        (b"null", "None"),
        (b"{}", None),
        (b"", None),
        (b"   \n ", None),
        (b"<html><head><title>408</title></head><body><h1>Time-out</h1>\n</body></html>", "408 Time-out"),
        (b"\xff\xfe\x00\x01 binary \x1b[31mred", "binary [31mred"),
        (b'{"message": "two\\nlines\\u001b[2J and \\ud800 half a letter"}', "two lines [2J and half a letter"),
    ],
)
def test_what_an_error_says(content: bytes, said: str | None) -> None:
    message = from_answer("PUT", SERVICE, 400, content).message
    expected = f"PUT {SERVICE} answered 400" + (f": {said}" if said else "")
    assert message.replace("\ufffd", "").replace("  ", " ") == expected


@pytest.mark.parametrize("content", [b"x" * 10_000, aiven("x" * 10_000), b"<b>" * 10_000, b"[" * 100_000])
def test_long_bodies_are_cut(content: bytes) -> None:
    assert len(from_answer("GET", SERVICE, 500, content).message) < _errors.MAX_TEXT + 100


@pytest.mark.parametrize("depth", [50, 400, 700, 900, 990, 5_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [(b"[", b"]"), (b'{"message": ', b"}"), (b'{"errors": [', b"]}"), (b'{"a": ', b"}")]
)
def test_deep_bodies_are_survived(opening: bytes, closing: bytes, depth: int) -> None:
    content = opening * depth + b"1" + closing * depth
    assert from_answer("GET", SERVICE, 500, content).code == "api_error"


@given(st.binary() | JSON.map(lambda body: json.dumps(body).encode()), st.integers(300, 599))
def test_any_body_makes_an_error(content: bytes, status: int) -> None:
    error = from_answer("GET", SERVICE, status, content)
    assert error.message.isprintable()


@given(ERROR_BODIES, st.integers(300, 599))
def test_any_json_in_the_place_of_an_error_makes_an_error(body: Any, status: int) -> None:
    error = from_answer("GET", SERVICE, status, json.dumps(body).encode())
    assert error.message.isprintable()
    json.dumps(error.as_dict())


def test_feature_not_enabled_says_whom_to_ask() -> None:
    message = from_answer("PUT", SERVICE, 403, aiven("Feature is not enabled", "feature_not_enabled")).message
    assert message == (
        f"PUT {SERVICE} answered 403: Feature is not enabled. Backup to another region has limited availability: "
        "ask your Aiven account team to enable it for your organization."
    )


@pytest.mark.parametrize(
    ("method", "path", "permission"),
    [
        ("GET", LISTING, "project:services:read"),
        ("GET", SERVICE, "project:services:read"),
        ("PUT", SERVICE, "service:configuration:write"),
        ("GET", SERVICE + "/backups", "service:configuration:write"),
        ("POST", SERVICE + "/backup_to_another_region/report", "service:configuration:write"),
        ("POST", LISTING, "project:services:write"),
        ("DELETE", SERVICE, "project:services:write"),
        ("GET", "/project/shop/clouds", "project:services:write"),
        ("GET", "/project/shop/service-types/pg/plans", "project:services:write"),
    ],
)
def test_a_denied_call_names_the_permission_it_needs(method: str, path: str, permission: str) -> None:
    message = from_answer(method, path, 403, aiven("Not a project member")).message
    assert f"needs {permission} in this project" in message


def test_a_failed_authentication_names_the_places_of_the_token() -> None:
    message = from_answer("GET", LISTING, 401, aiven("Invalid token")).message
    assert "Invalid token" in message
    assert all(name in message for name in ("api_token", "AIVEN_TOKEN", "AIVEN_AUTH_TOKEN"))


def test_what_is_taken_back_from_a_message_is_gone_everywhere() -> None:
    error = AivenError("rejected", "the token is canary", 400)
    error.message = error.message.replace("canary", "***")
    assert str(error) == error.message == "the token is ***"
    assert "canary" not in repr(error) + str(error.args) + str(error.as_dict()) + str(vars(error))


def test_the_public_shape() -> None:
    assert error_of("timeout", "too long") == {"code": "timeout", "message": "too long", "status": None}
    assert AivenError("rejected", "no", 400).as_dict() == {"code": "rejected", "message": "no", "status": 400}


def test_redaction_comes_before_the_cut() -> None:
    def redact(text: str) -> str:
        return text.replace("canary-canary", "***")

    for content in (
        b"x" * 390 + b" canary-canary",
        aiven("x" * 390 + " canary-canary"),
        b" " * 4090 + b"canary-canary",
    ):
        assert "canary" not in from_answer("GET", SERVICE, 500, content, redact).message


@pytest.mark.parametrize(
    ("header", "content", "seconds"),
    [
        ("5", b"", 5),
        ("0", b"", 0),
        ("2.5", b"", 2.5),
        ("Tue, 01 Sep 2026 12:00:30 GMT", b"", 30),
        ("Tuesday, 01-Sep-26 12:00:30 GMT", b"", 30),
        ("Tue Sep  1 12:00:30 2026", b"", 30),
        ("Tue, 01 Sep 2026 14:00:30 +0200", b"", 30),
        ("Tue, 01 Sep 2026 11:00:00 GMT", b"", 0),
        ("-5", b"", None),
        ("", b"", None),
        ("soon", b"", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", b"", None),
        ("soon", b"try again in 4s", 4),
        (None, b"try again in 28s", 28),
        (None, b"Try again in 1.5 seconds", 1.5),
        (None, b"try again in a while", None),
        (None, b"\xff\xfe", None),
        (None, b"", None),
    ],
)
def test_how_long_the_api_asks_to_wait(header: str | None, content: bytes, seconds: float | None) -> None:
    headers = {} if header is None else {"Retry-After": header}
    assert wait_hint(headers, content, NOW) == seconds


@given(st.text(), st.binary())
def test_any_header_is_a_time_or_nothing(header: str, content: bytes) -> None:
    hint = wait_hint({"Retry-After": header}, content, NOW)
    assert hint is None or hint >= 0


@given(st.text() | st.datetimes().map(str) | st.from_regex(r"\w{3}, \d{1,2} \w{3} \d{1,4} \d\d:\d\d:\d\d [+-]\d{4}"))
def test_any_text_is_a_date_or_nothing(text: str) -> None:
    date = parse_date(text)
    assert date is None or date.tzinfo is UTC


def test_cut() -> None:
    assert cut(" a \n\t b\x00c ") == "a b c"
    assert cut("abcdefgh", 8) == "abcdefgh"
    assert cut("abcdefghi", 8) == "abcde..."
