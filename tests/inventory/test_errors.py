# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be read ends with a reason, never with a traceback or a silently smaller inventory."""

from __future__ import annotations

from typing import Any

import pytest

from tests.inventory.support import Inventories, Listing
from tests.simulator.client import ROOT, Simulator

CANARY = "canary-4f1d7e0a9b"


@pytest.fixture
def fleet(simulator: Simulator) -> Simulator:
    for project in ("shop", "lab"):
        simulator.add_project(project, organization="org-a")
        simulator.add_service(project, "orders", service_type="pg", cloud="aws-eu-west-1", plan="business-4")
    return simulator


def fails(listing: Listing, *words: str) -> None:
    assert listing.run.returncode != 0, listing.output
    assert "Traceback" not in listing.output
    for word in words:
        assert word in listing.output


def test_a_project_that_cannot_be_read_fails_the_inventory(
    inventories_of_any_core: Inventories, fleet: Simulator
) -> None:
    fleet.fault(kind="403", path="/project/lab/service", count=None)
    listing = inventories_of_any_core.list()
    fails(listing, "project lab cannot be read (permission_denied): GET /project/lab/service answered 403")
    fails(listing, "project:services:read", "on_project_error: warn")


def test_a_project_that_cannot_be_read_is_left_out_on_request(inventories: Inventories, fleet: Simulator) -> None:
    fleet.fault(kind="403", path="/project/lab/service", count=None)
    listing = inventories.list({"on_project_error": "warn"})
    assert listing.run.returncode == 0
    assert sorted(listing.hosts) == ["orders.shop"]
    assert "project lab cannot be read (permission_denied)" in listing.output
    assert "Its services are missing." in listing.output


def test_nothing_is_waited_for_once_a_project_failed(inventories: Inventories, fleet: Simulator) -> None:
    fleet.fault(kind="503", path="/project/shop/service", count=None, headers={"Retry-After": "60"})
    fleet.fault(kind="403", path="/project/lab/service", count=None)
    listing = inventories.list({"retry_timeout": 3600})
    fails(listing, "project lab cannot be read (permission_denied)")
    assert fleet.calls("GET", "/project/shop/service") == 1


def test_a_passing_fault_is_tried_again(inventories: Inventories, fleet: Simulator) -> None:
    fleet.fault(kind="502", path="/project/shop/service")
    fleet.fault(kind="429", path="/project/lab/service", wait=1)
    assert sorted(inventories.list().hosts) == ["orders.lab", "orders.shop"]
    assert fleet.calls("GET", "/project/*/service") == 4


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "500", "path": "/clouds"}, "(api_error): GET /clouds answered 500"),
        ({"kind": "401", "path": "/me"}, "(authentication_failed): GET /me answered 401"),
        ({"kind": "truncated", "path": "/project/lab/service"}, "project lab cannot be read (invalid_response)"),
        ({"kind": "reset_before", "path": "/clouds"}, "(api_unreachable): no answer to GET /clouds"),
        ({"kind": "body", "body": {"services": 1}, "path": "/project/lab/service"}, "(invalid_response)"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_faults_that_stay(inventories: Inventories, fleet: Simulator, fault: dict[str, Any], code: str) -> None:
    fleet.fault(count=None, **fault)
    fails(inventories.list({"retry_timeout": 0}), code)


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"organizations": ["org-none"]}, "GET /organization/org-none/projects answered 404"),
        ({"projects": ["none"]}, "project none cannot be read ("),
        ({"project": ["shop"]}, "there is no option 'project'; did you mean projects?"),
        ({"xyzzy": 1}, "there is no option 'xyzzy'; see ansible-doc -t inventory offsite.aiven.aiven_services"),
        ({"hostname": "host-SERVICE"}, "hostname is 'host-SERVICE': give SERVICE.PROJECT, PROJECT.SERVICE or SERVICE"),
        ({"hostname": "PROJECT"}, "hostname is 'PROJECT'"),
        ({"projects": "{{ undefined_variable }}"}, "projects cannot be templated or used"),
        ({"tags": ["env"]}, "tags"),
        ({"tags": {"gdpr": True}}, "tags.gdpr is True: give a glob, in quotes"),
        ({"api_url": "ftp://x"}, "api_url 'ftp://x' is not an http(s) URL"),
        ({"api_url": "http://192.0.2.1"}, "would send the token in the clear: use https, or set allow_plain_http"),
        (
            {"api_url": "http://192.0.2.1:1", "allow_plain_http": True, "request_timeout": 0.1, "retry_timeout": 0},
            "no answer",
        ),
        ({"ca_path": "/none.pem"}, "ca_path '/none.pem' does not exist"),
        ({"api_token": "two words"}, "api_token holds spaces"),
        ({"on_project_error": "ignore"}, "on_project_error"),
        ({"request_timeout": "soon"}, "request_timeout"),
    ],
    ids=str,
)
def test_options_that_cannot_be_used(
    inventories: Inventories, fleet: Simulator, config: dict[str, Any], words: str
) -> None:
    fails(inventories.list(config), words)


NAMED = "plugin: offsite.aiven.aiven_services\n"
FITTING = "its name must end in aiven_services.yml or aiven_services.yaml"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("production.yml", NAMED),
        ("aiven.yaml", f"---\n# all services\n{NAMED}projects: [shop]\n"),
        (
            "aiven_services.yml.yml",
            NAMED.replace("offsite.aiven.aiven_services", "'offsite.aiven.aiven_services'  # ours"),
        ),
        ("aiven-services.yml", 'projects: [shop]\n"plugin" : "offsite.aiven.aiven_services"\n'),
        ("flow.yml", "{plugin: offsite.aiven.aiven_services, projects: [shop]}\n"),
    ],
)
def test_a_name_that_does_not_fit_is_said(
    inventories_of_any_core: Inventories, fleet: Simulator, name: str, content: str
) -> None:
    listing = inventories_of_any_core.list_source(inventories_of_any_core.write(content, name))
    fails(listing, f"{name}: {FITTING}")
    assert fleet.calls() == 0


@pytest.mark.parametrize(
    "content",
    [
        "plugin: ansible.builtin.generator\nhosts:\n  name: web-1\nlayers: {}\n",
        "all:\n  vars:\n    note: see offsite.aiven.aiven_services\n",
        "all:\n  vars:\n    plugin: offsite.aiven.aiven_services_of_another\n",
    ],
)
@pytest.mark.parametrize(
    "enabled", ["offsite.aiven.aiven_services, auto, yaml, ansible.builtin.generator", "auto, yaml"]
)
def test_other_inventories_are_left_alone(
    inventories: Inventories, fleet: Simulator, content: str, enabled: str
) -> None:
    listing = inventories.list_source(inventories.write(content, "other.yml"), ANSIBLE_INVENTORY_ENABLED=enabled)
    assert FITTING not in listing.output


def test_a_missing_token(inventories: Inventories, fleet: Simulator) -> None:
    listing = inventories.list(AIVEN_TOKEN="unset")
    fails(listing, "api_token is missing; set the environment variable AIVEN_TOKEN, or give api_token here")
    assert fleet.calls() == 0


def test_a_missing_library(inventories: Inventories, fleet: Simulator) -> None:
    package = inventories.folder / "without" / "requests"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('No module named requests')\n")
    listing = inventories.list(PYTHONPATH=str(package.parent))
    fails(listing, "the Python library requests is missing", f"Install it: {ROOT}/.venv/bin/python", "pip install")


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"projects": []}, "no hosts, because there is no project to read"),
        ({"projects": ["empty"]}, "no hosts, because no service is seen in 1 project"),
        ({"services": ["x*"], "tags": {"a": "b"}}, "none of 2 services in 3 projects passes services, tags"),
    ],
    ids=["no-project", "no-service", "filters"],
)
def test_an_empty_inventory_says_why(
    inventories: Inventories, fleet: Simulator, config: dict[str, Any], words: str
) -> None:
    fleet.add_project("empty")
    listing = inventories.list(config)
    assert listing.hosts == {}
    assert words in listing.output


def test_other_files_are_left_to_other_plugins(inventories: Inventories, fleet: Simulator) -> None:
    path = inventories.write("plugin: offsite.aiven.aiven_services\n", "services.yml")
    assert inventories.list_source(path).run.returncode != 0
    assert fleet.calls() == 0


# The token: where it may come from, and where it never goes


@pytest.mark.parametrize(
    ("config", "environment"),
    [
        ({}, {"AIVEN_TOKEN": CANARY}),
        ({}, {"AIVEN_TOKEN": CANARY, "AIVEN_AUTH_TOKEN": "wrong"}),
        ({}, {"AIVEN_TOKEN": "unset", "AIVEN_AUTH_TOKEN": CANARY}),
        ({}, {"AIVEN_TOKEN": "", "AIVEN_AUTH_TOKEN": CANARY}),
        ({"api_token": CANARY}, {"AIVEN_TOKEN": "wrong"}),
        ({"api_token": "{{ lookup('ansible.builtin.env', 'SHOP_TOKEN') }}"}, {"SHOP_TOKEN": CANARY}),
        ({"api_token": "{{ shop_token }}"}, {}),
    ],
    ids=["AIVEN_TOKEN", "both", "AIVEN_AUTH_TOKEN", "empty", "file", "lookup", "extra-variable"],
)
def test_where_the_token_comes_from(
    inventories: Inventories, fleet: Simulator, config: dict[str, Any], environment: dict[str, str]
) -> None:
    fleet.add_token(CANARY, user="robot@example.org", roles={"*": ["read_only"]})
    arguments = []
    if "shop_token" in config.get("api_token", ""):
        (inventories.folder / "vars.yml").write_text(f"shop_token: {CANARY}\n")
        arguments = ["--extra-vars", "@vars.yml"]
    listing = inventories.list(config, "-vvvv", *arguments, **environment)
    assert len(listing.hosts) == 2, listing.output
    assert CANARY not in listing.run.output
    assert arguments or CANARY not in str(listing.data), "extra variables are variables of every host"


def test_a_token_of_the_vault(inventories_of_any_core: Inventories, fleet: Simulator) -> None:
    inventories = inventories_of_any_core
    (inventories.folder / "password").write_text("secret\n")
    arguments = ("--vault-password-file", "password")
    encrypted = inventories.command("ansible-vault", "encrypt_string", *arguments, "--name", "api_token", fleet.token)
    vaulted = encrypted.output[encrypted.output.index("api_token:") :].partition("\nEncryption")[0]
    path = inventories.write(f"plugin: offsite.aiven.aiven_services\n{vaulted}\n")
    listing = inventories.list_source(path, *arguments, AIVEN_TOKEN="unset")
    assert len(listing.hosts) == 2, listing.output


@pytest.mark.parametrize("kind", ["401", "403", "500", "truncated", "reset_before"])
def test_the_token_is_in_no_message(inventories: Inventories, fleet: Simulator, kind: str) -> None:
    fleet.add_token(CANARY, user="robot@example.org", roles={"*": ["read_only"]})
    fleet.fault(kind=kind, count=None, **({"message": f"no, {CANARY}"} if kind.isdigit() else {}))
    listing = inventories.list({"retry_timeout": 0}, "-vvvv", AIVEN_TOKEN=CANARY)
    assert listing.run.returncode != 0
    assert CANARY not in listing.run.output
