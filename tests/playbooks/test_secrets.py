# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Canaries: a token and passwords that must be found in no output and in no file, whatever succeeds or fails.

The simulator shows its services' password unasked, and echoes the token in its errors. Everything that could keep something is on:
-vvvv, a log, a fact cache, an inventory cache, diffs; home and temporary files are in folders that are searched afterwards.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.playbooks.support import Playbooks, Run, play
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
BTAR, INFO, CLOUDS, FLEET, AUDIT = (
    f"offsite.aiven.{name}"
    for name in ("aiven_btar", "aiven_btar_info", "aiven_cloud_info", "aiven_btar_fleet", "aiven_btar_audit")
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


def play_over_services() -> dict[str, Any]:
    """The audit of all services of the inventory, with every report."""
    audit = {"name": "audit", AUDIT: {"directory": "{{ folder }}/home/reports", "exact": True}, "run_once": True}
    return {**play([audit]), "hosts": "aiven_services"}


def arrange(simulator: Simulator) -> None:
    simulator.add_project(PROJECT)
    simulator.add_token(TOKEN, user="canary@example.org")
    for name in ("orders-db", "fleet-db", "fleet-broken"):
        simulator.add_service(PROJECT, name, cloud="aws-eu-west-1", region_age_hours=48)
    simulator.fault(**echo(409, FLEET_ECHO, method="PUT", service="fleet-broken", count=None))
    for failing in FAILING:
        if failing.fault:
            simulator.fault(**{"service": failing.name, "count": None, **failing.fault})


@dataclass(frozen=True)
class Canaries:
    runs: Mapping[str, Run]
    folder: Path


def inventory_of(name: str, url: str, folder: Path) -> str:
    how = (
        ""
        if name == "environment"
        else "api_token: \"{{ lookup('ansible.builtin.file', lookup('env', 'TOKEN_FILE')) }}\"\n"
    )
    cache = f"cache: true\ncache_plugin: ansible.builtin.jsonfile\ncache_connection: {folder}/home/inventory-cache\n"
    return f"plugin: offsite.aiven.aiven_services\napi_url: {url}\n{how}{cache}"


def secret_files(folder: Path) -> Path:
    """What users keep their secrets in; the one folder that is not searched."""
    folder.mkdir()
    (folder / "vars.json").write_text(
        json.dumps({"admin_password": ADMIN_PASSWORD, "canary_token": TOKEN, "control": MARKER, "pin": PIN})
    )
    (folder / "token").write_text(TOKEN)
    return folder


@pytest.fixture(scope="module")
def canaries(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canaries]:
    top = tmp_path_factory.mktemp("canaries")
    runs = {}
    for name in ("environment", "variable"):
        folder = top / name
        folder.mkdir()
        with Simulator(build_seconds=0, leak_secrets=SERVICE_PASSWORD) as simulator:
            arrange(simulator)
            hidden = secret_files(top / f"hidden-{name}")
            environment = {
                "AIVEN_WEB_URL": simulator.url,
                "ANSIBLE_LOG_PATH": str(folder / "home" / "ansible.log"),
                "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
                "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(folder / "home" / "facts"),
                "ANSIBLE_RETRY_FILES_ENABLED": "true",
                "TOKEN_FILE": str(hidden / "token"),
                **({"AIVEN_TOKEN": TOKEN} if name == "environment" else {}),
            }
            playbooks = Playbooks(folder, environment)
            defaults = {"retry_timeout": 0.3, **({} if name == "environment" else {"api_token": "{{ canary_token }}"})}
            keys = {"module_defaults": {"group/offsite.aiven.aiven": defaults}, "vars": {"folder": str(folder)}}
            plays = [{**play(list(tasks())), **keys}, {**play_over_services(), **keys}]
            (folder / "my.aiven_services.yml").write_text(inventory_of(name, simulator.url, folder))
            site = folder / "site.yml"
            site.write_text(yaml.safe_dump(plays, sort_keys=False))
            command = ["ansible-playbook", "-i", "my.aiven_services.yml", "-i", "localhost,", "-vvvv", "--diff"]
            runs[name] = playbooks.command([*command, "-e", f"@{hidden / 'vars.json'}", str(site)], name)
    yield Canaries(runs, top)


def places(canaries: Canaries, text: str) -> list[str]:
    """Where a text is found, as it is or in base64: in outputs, in names and in contents of files."""
    forms = [text, base64.b64encode(text.encode()).decode()[:-4]]
    found = [f"output of {name}" for name, run in canaries.runs.items() if any(form in run.output for form in forms)]
    for path in canaries.folder.rglob("*"):
        if path.relative_to(canaries.folder).parts[0].startswith("hidden-"):
            continue
        content = path.read_bytes() if path.is_file() else b""
        if any(form in str(path) or form.encode() in content for form in forms):
            found.append(str(path.relative_to(canaries.folder)))
    return found


@pytest.mark.parametrize("secret", SECRETS)
def test_no_canary_is_found(canaries: Canaries, secret: str) -> None:
    assert places(canaries, SECRETS[secret]) == []


def test_what_is_no_secret_is_found(canaries: Canaries) -> None:
    """The search would find a canary: it finds what is shown, logged and cached."""
    found = places(canaries, MARKER)
    assert {"output of environment", "output of variable"} <= set(found)
    assert any(place.endswith("ansible.log") for place in found)
    cached = places(canaries, PROJECT)
    for folder in ("facts", "inventory-cache", "reports"):
        assert any(f"/{folder}/" in place for place in cached), folder
    assert any(place.endswith("record.jsonl") for place in cached)


@pytest.mark.parametrize("name", ["environment", "variable"])
def test_everything_happened(canaries: Canaries, name: str) -> None:
    """Every success and every failure that the canaries were to pass through."""
    run = canaries.runs[name]
    assert run.returncode == 0, run.output[-4000:]
    codes = {row["task"]: row["result"]["error"]["code"] for row in run.rows if row["status"] == "failed"}
    assert codes == {failing.name: failing.code for failing in FAILING} | {"fleet": codes["fleet"]}
    assert run.result("audit")["api_calls"]["total"] > 0
    changed = [row["task"] for row in run.rows if row["result"].get("change") and row["status"] == "ok"]
    assert changed == ["created", "created", "orders-db", "orders-db"]
    assert "Traceback" not in run.output


def test_values_that_are_no_secrets_stay_readable(canaries: Canaries) -> None:
    """user_config holds pg_version 16: masked as a value, it would be cut out of every 16 in the result."""
    created = [row["result"] for row in canaries.runs["variable"].rows if row["task"] == "created"][-1]
    assert created["invocation"]["module_args"]["create"]["cloud"] == "aws-eu-west-1"
    assert created["service"]["plan"] == "startup-4"
