# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""aiven_btar_info and aiven_cloud_info, and where the options of all modules may come from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.playbooks.cases import PROJECT, Case, Results, check_result, perform
from tests.playbooks.support import Playbooks, Run, play
from tests.simulator.client import Simulator

FRANKFURT = "aws-eu-central-1"
OTHER, EMPTY = "shop-staging", "shop-empty"


def info(name: str, options: dict[str, Any] | None = None, calls: int = 1, **more: Any) -> Case:
    return Case(name, options or {}, None, module="aiven_btar_info", calls=calls, runs=("real",), **more)


def clouds(name: str, options: dict[str, Any] | None = None, **more: Any) -> Case:
    return Case(name, options or {}, None, module="aiven_cloud_info", calls=1, runs=("real",), **more)


CASES = [
    info("all", calls=4),
    info("one-project", {"projects": [PROJECT]}),
    info("same-project-twice", {"projects": [PROJECT, PROJECT]}),
    info("no-project", {"projects": []}, calls=0),
    info(
        "filtered",
        {"projects": [PROJECT, OTHER], "services": ["orders-*", "kaf*"], "service_types": ["pg", "kafka"]},
        calls=2,
    ),
    info("empty", {"projects": [PROJECT], "services": "", "service_types": ""}),
    info("mistyped", {"projects": [PROJECT], "services": ["order-db"], "service_types": ["pg"]}),
    info("details", {"projects": [PROJECT], "details": True, "lag_period": "day"}, calls=1 + 3 + 1),
    info(
        "details-denied",
        {"projects": [PROJECT], "services": ["orders-db"], "details": True, "lag_period": "day"},
        calls=3,
        token={"roles": {"*": ["read_only"]}},
    ),
    info(
        "some-denied",
        {},
        calls=4,
        token={"roles": {PROJECT: ["read_only"], EMPTY: ["nothing"], OTHER: ["read_only"]}},
    ),
    info(
        "asked-denied",
        {"projects": [PROJECT, EMPTY]},
        calls=2,
        token={"roles": {PROJECT: ["read_only"], EMPTY: ["nothing"]}},
        code="permission_denied",
    ),
    info("lagging", {"projects": [PROJECT], "services": ["orders-db"], "rpo_target": 1}),
    clouds("clouds"),
    clouds("clouds-without-token", {"api_token": ""}),
    clouds("near", {"near": "aws-eu-west-1"}),
    clouds("same-provider", {"same_provider_as": "aws-eu-west-1"}),
    clouds("no-provider", {"same_provider_as": "avn-ovh-gra"}),
    clouds("own", {"project": PROJECT, "near": "custom-aws-eu-west-2"}),
]


@pytest.fixture(scope="module")
def results(simulator_process: Simulator, playbooks: Playbooks) -> Iterator[Results]:
    simulator_process.reset()
    simulator_process.add_project(PROJECT, custom_clouds=["aws-eu-west-2"])
    simulator_process.add_project(EMPTY)
    simulator_process.add_service(PROJECT, "orders-db", cloud="aws-eu-west-1", region=FRANKFURT, region_age_hours=72)
    simulator_process.add_service(PROJECT, "orders-search", service_type="opensearch", cloud="aws-eu-west-1")
    simulator_process.add_service(PROJECT, "kafka", service_type="kafka", cloud="aws-eu-west-1")
    simulator_process.add_service(PROJECT, "old-db", cloud="aws-eu-west-1", powered=False)
    simulator_process.add_service(OTHER, "orders-db", cloud="google-europe-west1", tags={"team": "a"})
    yield perform(simulator_process, playbooks, CASES)


def names(results: Results, task: str) -> list[str]:
    services = results.run.result(f"{task} real")["services"]
    return [f"{service['project']}/{service['service_name']}" for service in services]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_calls(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    assert result["changed"] is False
    assert result["api_calls"]["total"] == case.calls
    assert (result["api_calls"]["writes"], result["api_calls"]["retries"]) == (0, 0)


def test_which_services(results: Results) -> None:
    shop = [f"{PROJECT}/{name}" for name in ("orders-db", "orders-search", "kafka", "old-db")]
    assert names(results, "all") == [*shop, f"{OTHER}/orders-db"]
    assert names(results, "one-project") == names(results, "same-project-twice") == names(results, "empty") == shop
    assert names(results, "no-project") == []
    assert names(results, "filtered") == [shop[0], shop[2], f"{OTHER}/orders-db"]


def test_a_project_that_may_not_be_seen_is_left_out_unless_asked_for(results: Results) -> None:
    assert names(results, "some-denied") == names(results, "all")
    (warning,) = results.run.result("some-denied real")["warnings"]
    assert f"project {EMPTY} is left out" in warning


def test_what_is_narrowed_down_to_nothing_is_told(results: Results) -> None:
    assert names(results, "mistyped") == []
    assert results.run.result("mistyped real")["warnings"] == [
        "services ['order-db'], service_types ['pg'] left out all of 4 services; their types are kafka, opensearch, pg"
    ]


def test_what_is_told(results: Results) -> None:
    services = {service["service_name"]: service for service in results.run.result("one-project real")["services"]}
    assert {name: service["protection"] for name, service in services.items()} == {
        "orders-db": "protected",
        "orders-search": "disabled",
        "kafka": "unsupported",
        "old-db": "disabled",
    }
    assert services["orders-db"]["region"] == FRANKFURT
    assert services["orders-db"]["replicated_backups"] > 0
    assert results.run.result("lagging real")["services"][0]["protection"] == "lagging"


def test_details(results: Results) -> None:
    services = {service["service_name"]: service for service in results.run.result("details real")["services"]}
    assert all(service["details_error"] is None for service in services.values())
    assert services["orders-db"]["rpo_exact"] is True
    assert services["orders-db"]["lag"]
    assert services["orders-search"]["lag"] is None
    (denied,) = results.run.result("details-denied real")["services"]
    assert denied["details_error"]["code"] == denied["lag_error"]["code"] == "permission_denied"
    assert denied["protection"] == "protected"


def test_clouds(results: Results) -> None:
    listed = {
        task: results.run.result(f"{task} real")["clouds"]
        for task in (case.name for case in CASES if case.module == "aiven_cloud_info")
    }
    first = {task: clouds[0]["cloud_name"] for task, clouds in listed.items() if clouds}
    assert first["near"] == "azure-northeurope"
    assert first["same-provider"] == "aws-eu-west-2"
    assert listed["own"][0]["distance_km"] == 0
    assert {cloud["provider"] for cloud in listed["same-provider"]} == {"aws"}
    assert listed["no-provider"] == []
    (warning,) = results.run.result("no-provider real")["warnings"]
    assert "Aiven names no provider for avn-ovh-gra" in warning
    assert listed["clouds"] == listed["clouds-without-token"]
    assert [cloud["cloud_name"] for cloud in listed["clouds"]] == sorted(
        cloud["cloud_name"] for cloud in listed["clouds"]
    )
    distances = [cloud["distance_km"] for cloud in listed["near"]]
    known = [distance for distance in distances if distance is not None]
    assert distances == sorted(known) + [None] * (len(distances) - len(known))


BTAR = {
    "name": "enable",
    "offsite.aiven.aiven_btar": {"project": PROJECT, "service_name": "orders-db", "region": FRANKFURT},
}
INFO = {"name": "info", "offsite.aiven.aiven_btar_info": {}}
CLOUDS = {"name": "clouds", "offsite.aiven.aiven_cloud_info": {"near": FRANKFURT}}


def by_environment(
    playbooks: Playbooks, name: str, *, defaults: dict[str, Any] | None = None, **environment: str
) -> Run:
    keys = {"module_defaults": {"group/offsite.aiven.aiven": defaults}} if defaults else {}
    own = Playbooks(playbooks.folder, environment)
    return own.run([play([BTAR, INFO, CLOUDS], **keys)], name=name)


def test_options_from_the_environment(results: Results, playbooks: Playbooks) -> None:
    simulator = results.simulator
    run = by_environment(
        playbooks, "environment", AIVEN_TOKEN="", AIVEN_AUTH_TOKEN=simulator.token, AIVEN_WEB_URL=simulator.url
    )
    assert run.returncode == 0, run.output
    first = by_environment(
        playbooks, "first", AIVEN_TOKEN="wrong", AIVEN_AUTH_TOKEN=simulator.token, AIVEN_WEB_URL=simulator.url
    )
    assert first.result("enable")["error"]["code"] == "authentication_failed"


def test_options_from_the_action_group(results: Results, playbooks: Playbooks) -> None:
    simulator = results.simulator
    defaults = {"api_token": simulator.token, "api_url": f"{simulator.url}/v1/"}
    run = by_environment(playbooks, "group", defaults=defaults, AIVEN_TOKEN="wrong", AIVEN_WEB_URL="http://127.0.0.1:1")
    assert run.returncode == 0, run.output
