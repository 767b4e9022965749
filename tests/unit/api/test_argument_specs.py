# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options become a connection. That they are documented as they are, test_docs says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    client_of,
    connection_of,
    connection_options,
    create_options,
    database_check_options,
    misread_option,
    not_a_dictionary,
    restore_options,
    wait_options,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection

VARIABLES = ("AIVEN_TOKEN", "AIVEN_AUTH_TOKEN", "AIVEN_WEB_URL", "AIVEN_CA_CERT", "AIVEN_ALLOW_PLAIN_HTTP")


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)


def params_of(spec: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    """What ansible-core makes of the options of a task."""
    result = ArgumentSpecValidator(spec or connection_options()).validate(given)
    assert result.error_messages == []
    return dict(result.validated_parameters)


def connection(**given: Any) -> Connection:
    return connection_of(params_of(**given))


def test_every_option_of_a_connection_reaches_it() -> None:
    given = {name: f"the {name}" for name in connection_options()}
    assert dataclasses.asdict(connection_of(given)) == given


def test_defaults() -> None:
    assert connection() == Connection(None, "https://api.aiven.io", None, True, 30, 300)


def test_everything_given(tmp_path: Path) -> None:
    given = {"api_token": "t", "api_url": "http://127.0.0.1:1", "ca_path": str(tmp_path), "validate_certs": "no"}
    found = connection(**given, request_timeout="5", retry_timeout=0)
    assert found == Connection("t", "http://127.0.0.1:1", str(tmp_path), False, 5, 0)


@pytest.mark.parametrize(
    ("variables", "given", "expected"),
    [
        ({"AIVEN_TOKEN": "one"}, {}, "one"),
        ({"AIVEN_AUTH_TOKEN": "two"}, {}, "two"),
        ({"AIVEN_TOKEN": "one", "AIVEN_AUTH_TOKEN": "two"}, {}, "one"),
        ({"AIVEN_TOKEN": "", "AIVEN_AUTH_TOKEN": "two"}, {}, "two"),
        ({"AIVEN_TOKEN": "", "AIVEN_AUTH_TOKEN": ""}, {}, None),
        ({"AIVEN_TOKEN": "one"}, {"api_token": "three"}, "three"),
        ({}, {"api_token": ""}, None),
    ],
)
def test_where_the_token_comes_from(
    variables: dict[str, str], given: dict[str, str], expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert connection(**given).api_token == expected


def test_url_and_ca_come_from_the_environment_unless_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIVEN_WEB_URL", "https://one.example")
    monkeypatch.setenv("AIVEN_CA_CERT", "/one.pem")
    assert connection() == Connection(None, "https://one.example", "/one.pem")
    given = connection(api_url="https://two.example", ca_path="/two.pem")
    assert (given.api_url, given.ca_path) == ("https://two.example", "/two.pem")


@pytest.mark.parametrize(
    ("variable", "given", "expected"),
    [("true", {}, True), ("yes", {}, True), ("false", {}, False), ("true", {"allow_plain_http": False}, False)],
)
def test_plain_http_is_allowed_by_who_says_so(
    variable: str, given: dict[str, bool], expected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIVEN_ALLOW_PLAIN_HTTP", variable)
    assert connection(**given).allow_plain_http is expected


def test_empty_is_as_good_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.setenv(name, "")
    assert connection() == Connection(None)
    assert connection(api_url="", ca_path="") == Connection(None)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"api_url": "api.aiven.io"}, "api_url 'api.aiven.io' is not an http"),
        ({"api_url": "http://api.aiven.io"}, "would send the token in the clear"),
        ({"ca_path": "/nowhere/ca.pem"}, "ca_path '/nowhere/ca.pem' does not exist"),
        ({"request_timeout": 0}, "request_timeout is 0: give seconds"),
        ({"retry_timeout": "nan"}, "retry_timeout is nan: give seconds"),
        ({"api_token": "two words"}, "api_token holds spaces"),
    ],
)
def test_options_that_cannot_be_used_are_named(given: dict[str, Any], words: str) -> None:
    with pytest.raises(AivenError, match=words):
        client_of(params_of(**given))


def test_every_table_is_made_anew() -> None:
    """ansible-core and callers add to what they get."""
    for table in (connection_options, create_options, wait_options):
        first = table()
        first["other"] = {}
        assert "other" not in table()


def test_the_token_and_a_create_s_configuration_are_not_logged() -> None:
    assert connection_options()["api_token"]["no_log"] is True
    assert create_options()["user_config"]["no_log"] is True


def test_keys_of_a_create_that_were_not_given_are_none() -> None:
    given = {"service_type": "pg", "plan": "business-4", "cloud": "aws-eu-west-1"}
    params = params_of(create_options(), **given)
    assert {key: value for key, value in params.items() if value is not None} == given


@pytest.mark.parametrize(
    ("spec", "given", "words"),
    [
        (restore_options(), {"maintenance": 5}, "maintenance is no dictionary with dow and time"),
        (restore_options(), {"maintenance": ["monday"]}, "maintenance is no dictionary with dow and time"),
        (restore_options(), {"maintenance": {"dow": "monday"}, "tags": 5}, None),
        (restore_options(), {"maintenance": "dow=monday time=10:00:00"}, None),
        (restore_options(), {"maintenance": None}, None),
        (database_check_options(), {"checks": [{"name": "a"}, 5]}, "checks[1] is no dictionary with name and sql"),
        (database_check_options(), {"checks": 5}, None),
        (
            {"create": {"type": "dict", "options": create_options()}},
            {"create": {"maintenance": "monday"}},
            "create.maintenance is no dictionary with dow and time",
        ),
    ],
)
def test_what_should_be_a_dictionary_is_named_with_its_place(
    spec: dict[str, Any], given: dict[str, Any], words: str | None
) -> None:
    assert not_a_dictionary(spec, given) == words


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"regoin": "aws-eu-central-1"}, "there is no option regoin; did you mean region?"),
        (
            {"projet": "shop", "wait_time": 5},
            "there is no option projet; did you mean project? there is no option wait_time; did you mean wait_timeout?",
        ),
        ({"colour": "blue"}, None),
        ({"wait_timeout": "20m"}, "wait_timeout is '20m': give a number."),
        ({"wait_timeout": ["20"]}, "wait_timeout is ['20']: give a number."),
        ({"wait_timeout": "1200"}, None),
        ({"count": "three"}, "count is 'three': give a whole number."),
        ({"pin": "secret"}, None),
    ],
)
def test_an_option_that_is_misspelt_or_no_number_is_named_with_its_value(
    given: dict[str, Any], words: str | None
) -> None:
    spec = {
        "project": {"type": "str", "required": True},
        "region": {"type": "str"},
        "wait_timeout": {"type": "float"},
        "count": {"type": "int"},
        "pin": {"type": "int", "no_log": True},
    }
    assert misread_option(spec, given) == words
