# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks that the canaries go through: every module, in success and in every failure.

The simulator shows its services' password unasked, and echoes the token in its errors.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulator.client import Simulator

TOKEN = "cnryToken7Zq5vXw2"
SERVICE_PASSWORD = "cnryService3Kd8rTy6"
ADMIN_PASSWORD = "cnryAdmin9Bm4nLp1"
# What YAML makes a number of, and Aiven's refusal names.
PIN = 73019284655
SECRETS = {"token": TOKEN, "service password": SERVICE_PASSWORD, "admin password": ADMIN_PASSWORD, "number": str(PIN)}
MARKER = "marker5Hs2jGf7"

PROJECT, FRANKFURT = "shop-production", "aws-eu-central-1"
CREATE = {"service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
WITH_PASSWORD = {
    **CREATE,
    "user_config": {"admin_username": "avnadmin", "admin_password": "{{ admin_password }}", "pg_version": "16"},
}
BTAR, INFO, CLOUDS, FLEET, RESTORE, MYSQL, POSTGRES = (
    f"offsite.aiven.{name}"
    for name in (
        *("aiven_btar", "aiven_btar_info", "aiven_cloud_info", "aiven_btar_fleet"),
        *("aiven_btar_restore", "aiven_btar_drill_mysql", "aiven_btar_drill_postgres"),
    )
)
CONNECTION = f"postgres://avnadmin:{SERVICE_PASSWORD}@db.example.org:13579/defaultdb"
FLEET_ECHO = {"message": f"Bad token {TOKEN} for {CONNECTION}"}
JSON_ECHO = {
    "errors": [{"message": f"Bad token {TOKEN} or password '{ADMIN_PASSWORD}'", "status": 400}],
    "message": f"aivenv1 {TOKEN}, {ADMIN_PASSWORD}, {CONNECTION}",
}
HTML_ECHO = f"<html><pre>Authorization: aivenv1 {TOKEN}\nadmin_password: {ADMIN_PASSWORD} {CONNECTION}</pre></html>"


@dataclass(frozen=True)
class Failing:
    """A task that must fail: with an error of this code, because of this fault."""

    name: str
    code: str
    fault: Mapping[str, Any] | None = None
    options: Mapping[str, Any] | None = None


def echo(status: int, body: Any = None, **more: Any) -> dict[str, Any]:
    html = {"body": HTML_ECHO, "headers": {"content-type": "text/html"}}
    return {"kind": "body", "status": status, **({"body": body} if body is not None else html), **more}


FAILING = [
    Failing("echo-401", "authentication_failed", echo(401, JSON_ECHO)),
    Failing("echo-403", "permission_denied", echo(403, JSON_ECHO)),
    Failing("echo-400", "rejected", echo(400, JSON_ECHO)),
    Failing("echo-400-html", "rejected", echo(400)),
    Failing("echo-404", "project_not_found", echo(404, {"message": f"Project {TOKEN} not found {ADMIN_PASSWORD}"})),
    Failing("echo-409-write", "rejected", echo(409, JSON_ECHO, method="POST")),
    Failing("echo-429", "rate_limited", echo(429, {"message": f"{TOKEN}: try again in 999s"})),
    Failing("echo-500", "api_error", echo(500, JSON_ECHO)),
    Failing("echo-502", "api_error", echo(502)),
    Failing("echo-redirect", "rejected", echo(302, JSON_ECHO, headers={"location": f"http://127.0.0.1:1/{TOKEN}"})),
    Failing("echo-garbage", "invalid_response", echo(200)),
    Failing("echo-list", "invalid_response", echo(200, [JSON_ECHO])),
    Failing(
        "echo-odd",
        "invalid_response",
        echo(200, {"service": {"service_name": TOKEN, "service_type": 3, "user_config": JSON_ECHO}}),
    ),
    Failing("truncated", "invalid_response", {"kind": "truncated"}),
    Failing("reset", "api_unreachable", {"kind": "reset"}),
    Failing("slow", "api_unreachable", {"kind": "slow", "seconds": 1.5}, {"request_timeout": 0.3}),
    Failing("refused-port", "api_unreachable", None, {"api_url": "http://127.0.0.1:9"}),
    Failing("url-password", "api_unreachable", None, {"api_url": "http://me:{{ admin_password }}@127.0.0.1:9"}),
    Failing("no-such-plan", "rejected", None, {"create": {**WITH_PASSWORD, "plan": "huge"}}),
    Failing("refused", "provider_mismatch", None, {"region": "google-europe-west1"}),
    Failing("token-form", "authentication_failed", None, {"api_token": "{{ canary_token }} x"}),
    Failing(
        "create-lacks",
        "invalid_target",
        None,
        {"create": {key: value for key, value in WITH_PASSWORD.items() if key != "plan"}},
    ),
    Failing("create-text", "invalid_target", None, {"create": "admin_password: {{ admin_password }}"}),
    Failing(
        "create-json",
        "invalid_target",
        None,
        {"create": "{{ {'user_config': {'admin_password': admin_password}} | to_json }}"},
    ),
    Failing("config-text", "invalid_target", None, {"create": {**CREATE, "user_config": "{{ admin_password }}"}}),
    Failing(
        "config-mistyped",
        "invalid_target",
        None,
        {"create": {**CREATE, "userconfig": {"admin_password": "{{ admin_password }}"}}},
    ),
    Failing(
        "config-number", "rejected", None, {"create": {**CREATE, "user_config": {"admin_password": "{{ pin | int }}"}}}
    ),
    Failing("option-mistyped", "invalid_target", None, {"api_tokn": "{{ admin_password }}"}),
]


def btar(name: str, **options: Any) -> dict[str, Any]:
    return {
        "name": name,
        BTAR: {"project": PROJECT, "service_name": name, "region": FRANKFURT, **options},
        "register": "last",
    }


def remembering(name: str) -> dict[str, Any]:
    return {"name": "remember", "ansible.builtin.set_fact": {name: "{{ last }}", "cacheable": True}}


def tasks() -> Iterator[dict[str, Any]]:
    """Every module and action, in success and in every failure, each result kept as a fact that is cached."""
    yield {"name": "control", "ansible.builtin.debug": {"msg": "{{ control }}"}}
    good = [
        {**btar("created", create=WITH_PASSWORD), "check_mode": True},
        btar("created", create=WITH_PASSWORD, wait=True),
        btar("created", create=WITH_PASSWORD),
        btar("orders-db"),
        btar("orders-db", state="disabled"),
        {"name": "info", INFO: {"details": True, "lag_period": "hour"}, "register": "last"},
        {"name": "clouds", CLOUDS: {"project": PROJECT, "near": FRANKFURT}, "register": "last"},
    ]
    targets = [
        {"project": PROJECT, "service_name": name, "region": FRANKFURT} for name in ("fleet-db", "fleet-broken", "none")
    ]
    good.append(
        {
            "name": "fleet",
            FLEET: {"targets": targets, "record": "{{ folder }}/home/record.jsonl"},
            "ignore_errors": True,
            "register": "last",
        }
    )
    for number, task in enumerate(good):
        yield from (task, remembering(f"good_{number}"))
    for failing in FAILING:
        options = {"create": WITH_PASSWORD, **(failing.options or {})}
        yield {**btar(failing.name, **options), "ignore_errors": True}
        yield remembering(failing.name.replace("-", "_"))


def restore(name: str, fork_name: str = "", **options: Any) -> dict[str, Any]:
    given = {"project": PROJECT, "service_name": "orders", "fork_name": fork_name or name, "wait": False, **options}
    return {"name": name, RESTORE: given, "register": "last", "ignore_errors": True}


def restore_tasks() -> Iterator[dict[str, Any]]:
    """Restores, whose registered result alone has the password of the fork; and databases that nobody can reach with it."""
    config = {"admin_password": "{{ admin_password }}"}
    yield restore("plain", user_config=config)
    yield restore("connected", "plain", connection=True)
    that = ["last.connection.password == fork_password", "fork_password in last.connection.uri", "last is not changed"]
    yield {"name": "the registered result has it", "ansible.builtin.assert": {"that": that}, "no_log": True}
    nowhere = {"host": "127.0.0.1", "port": "9", "user": "u", "password": "{{ fork_password }}", "dbname": "d"}
    for name, action in (("mysql", MYSQL), ("postgres", POSTGRES)):
        given = {"connection": nowhere, "timeout": 2}
        yield {"name": name, action: given, "ignore_errors": True, "register": "last"}
    yield restore("made-and-connected", connection=True)
    yield restore("echoed", user_config=config)
    yield restore("echoed-connected", user_config=config, connection=True)
    yield restore("no-config", user_config="{{ admin_password }}")
    yield restore("config-as-text", user_config="{{ {'admin_password': admin_password} | to_json }}")
    yield restore("mistyped", userconfig=config)
    yield restore("reserved", user_config={**config, "service_to_fork_from": "x"})


RESTORE_CODES = {
    "echoed": "rejected",
    "no-config": "invalid_target",
    "mistyped": "invalid_target",
    "reserved": "invalid_target",
}


def arrange(simulator: Simulator) -> None:
    """A world in which each of the tasks ends as it must."""
    simulator.add_project(PROJECT)
    for name in ("orders-db", "fleet-db", "fleet-broken"):
        simulator.add_service(PROJECT, name, cloud="aws-eu-west-1", region_age_hours=48)
    simulator.add_service(PROJECT, "orders", region=FRANKFURT, region_age_hours=100)
    simulator.fault(**echo(409, FLEET_ECHO, method="PUT", service="fleet-broken", count=None))
    simulator.fault(**echo(400, JSON_ECHO, method="POST", service="echoed*", count=None))
    for failing in FAILING:
        if failing.fault:
            simulator.fault(**{"service": failing.name, "count": None, **failing.fault})
