# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of test_errors.py: what is asked for, what the simulator does, the error that comes of it."""

from __future__ import annotations

from typing import Any

from tests.playbooks.cases import PROJECT, Case
from tests.playbooks.mistake_cases import CREATE, ENABLE, FRANKFURT, MISTAKES, STOCKHOLM, case

BRIEF = {"retry_timeout": 0.5}
NO_SUCH_PROJECT = {
    "errors": [{"message": "Gone", "status": 404, "error_code": "project_does_not_exist"}],
    "message": "Gone",
}


def always(kind: str, method: str = "*", **more: Any) -> list[dict[str, Any]]:
    return [{"kind": kind, "method": method, "count": None, **more}]


REFUSALS = [
    case(
        "service_not_found",
        "enable",
        ENABLE,
        None,
        says=["does not exist", "Give `create`", PROJECT],
        calls=1,
        status=404,
    ),
    case("service_not_found", "disable", {"state": "disabled"}, None, says=["does not exist"], calls=1),
    case(
        "service_exists_differently",
        "type",
        {**ENABLE, "create": {**CREATE, "service_type": "mysql"}},
        says=["exists as a pg service, create says mysql", "choose another service_name"],
        calls=1,
    ),
    case(
        "unsupported_service_type",
        "kafka",
        ENABLE,
        {"service_type": "kafka"},
        says=["kafka", "It has for grafana, mysql"],
        calls=3,
    ),
    case("unsupported_service_type", "gone", ENABLE, {"service_type": "cassandra"}, says=["cassandra"], calls=3),
    case(
        "unsupported_service_type",
        "create",
        {**ENABLE, "create": {**CREATE, "service_type": "thanos"}},
        None,
        says=["thanos"],
        calls=3,
    ),
    case(
        "no_own_backups",
        "replica",
        ENABLE,
        {
            "service_integrations": [
                {
                    "integration_type": "read_replica",
                    "source_service": "orders",
                    "dest_service": "no-own-backups-replica",
                }
            ]
        },
        says=["is a read replica of", "/orders and has no backups of its own: give"],
        calls=1,
    ),
    case(
        "no_own_backups",
        "create",
        {
            **ENABLE,
            "create": {
                **CREATE,
                "service_integrations": [{"integration_type": "disaster_recovery", "source_service": "orders"}],
            },
        },
        None,
        says=["is the recovery service of", "/orders and has no backups of its own: give"],
        calls=1,
    ),
    case(
        "unknown_region",
        "region",
        {"region": "aws-eu-central-9"},
        says=["'aws-eu-central-9'", "Choose for example aws-"],
        calls=4,
    ),
    case(
        "unknown_region",
        "own-cloud",
        {"region": "custom-aws-eu-west-2"},
        token={"roles": {"*": ["developer"]}},
        says=["the token may not list them: that needs project:services:write"],
        calls=4,
    ),
    case(
        "unknown_region",
        "create",
        {**ENABLE, "create": {**CREATE, "cloud": "aws-nowhere"}},
        None,
        says=["create.cloud 'aws-nowhere'"],
        calls=4,
    ),
    case(
        "same_region",
        "cloud",
        {"region": "aws-eu-west-1"},
        says=["the cloud that the service runs in", "Choose for example aws-"],
        calls=3,
    ),
    case(
        "same_region",
        "primary",
        {"region": STOCKHOLM},
        {"primary_region": STOCKHOLM},
        says=["the primary region, where the backups already are", "Choose for example"],
        calls=3,
    ),
    case("same_region", "create", {"region": "aws-eu-west-1", "create": CREATE}, None, says=["aws-eu-west-1"], calls=3),
    case(
        "provider_mismatch",
        "cloud",
        {"region": "google-europe-west1"},
        says=["its provider is google, aws-eu-west-1 is on aws", "Choose for example aws-"],
        calls=3,
    ),
    case(
        "provider_mismatch",
        "primary",
        {"region": FRANKFURT},
        {"primary_region": "google-europe-west1"},
        says=["google-europe-west1 is on google"],
        calls=3,
    ),
    case("provider_mismatch", "move", {"region": "azure-westeurope"}, {"region": FRANKFURT}, says=["azure"], calls=3),
]
READING = [
    case(
        "project_not_found",
        "said",
        ENABLE,
        faults=always("404", body=NO_SUCH_PROJECT),
        says=["Gone", "Check the name of the project"],
        calls=1,
        status=404,
    ),
    case(
        "permission_denied",
        "project",
        {**ENABLE, "project": "no-such-project"},
        says=["Not a project member", "does not exist is refused in the same way"],
        calls=1,
    ),
    case(
        "authentication_failed", "wrong", ENABLE, token=None, says=["Invalid token", "Check api_token (or AIVEN_TOKEN"]
    ),
    case("authentication_failed", "expired", ENABLE, token={"expired": True}, says=["expired"]),
    case(
        "authentication_failed",
        "none",
        {**ENABLE, "api_token": ""},
        says=["no token is given: set api_token, or AIVEN_TOKEN"],
        calls=0,
    ),
    case(
        "authentication_failed", "form", {**ENABLE, "api_token": "two words"}, says=["api_token holds spaces"], calls=0
    ),
    case("authentication_failed", "midway", ENABLE, faults=always("401", path="/clouds"), calls=2),
    case(
        "rate_limited",
        "text",
        ENABLE,
        faults=always("429", wait=900),
        says=["Rate limit 120", "asks to wait 900 s", "retry_timeout"],
        calls=1,
    ),
    case(
        "rate_limited",
        "header",
        ENABLE,
        faults=always("429", wait=1, retry_after="900"),
        says=["asks to wait 900 s"],
        calls=1,
    ),
    case("api_error", "500", {**ENABLE, **BRIEF}, faults=always("500"), says=["answered 500", "tries"]),
    case("api_error", "502", {**ENABLE, **BRIEF}, faults=always("502"), says=["answered 502: 502 Bad Gateway"]),
    case("api_error", "408", {**ENABLE, **BRIEF}, faults=always("408"), says=["answered 408"]),
    case("api_unreachable", "reset", {**ENABLE, **BRIEF}, faults=always("reset"), says=["no answer to GET"]),
    case(
        "api_unreachable",
        "slow",
        {**ENABLE, **BRIEF, "request_timeout": 0.2},
        faults=always("slow", seconds=0.5),
        says=["timed out"],
    ),
    case(
        "api_unreachable",
        "url",
        {**ENABLE, "api_url": "api.aiven.io"},
        says=["api_url 'api.aiven.io'", "such as https://api.aiven.io"],
        calls=0,
    ),
    case(
        "api_unreachable",
        "ca",
        {**ENABLE, "ca_path": "/no/such.pem"},
        says=["ca_path '/no/such.pem' does not exist"],
        calls=0,
    ),
    case(
        "api_unreachable",
        "ca-bundle",
        {**ENABLE, "api_url": "https://127.0.0.1:9"},
        says=["/no/such/bundle.pem", "Check ca_path, or what REQUESTS_CA_BUNDLE"],
        keywords={"environment": {"REQUESTS_CA_BUNDLE": "/no/such/bundle.pem"}},
    ),
]
GARBAGE = {
    "cut": {"kind": "cut"},
    "empty": {"kind": "empty"},
    "html": {"kind": "body", "body": "<html>Sign in</html>", "headers": {"content-type": "text/html"}},
    "list": {"kind": "body", "body": []},
    "no-service": {"kind": "body", "body": {"service": None, "clouds": 3, "user_config_schema": "x"}},
    "nothing-in-it": {"kind": "body", "body": {"service": {}, "clouds": [{}], "user_config_schema": []}},
    "odd-regions": {
        "kind": "body",
        "body": {
            "service": {
                "service_name": "s",
                "service_type": "pg",
                "cloud_name": "c",
                "user_config": {"additional_backup_regions": "x"},
            }
        },
    },
}
UNREADABLE = [
    case(
        "api_unreachable" if name == "cut" else "invalid_response",
        name,
        {**ENABLE, **BRIEF},
        faults=[{**fault, "count": None}],
    )
    for name, fault in GARBAGE.items()
] + [
    case(
        "invalid_response",
        "clouds",
        {**ENABLE, **BRIEF},
        faults=always("truncated", path="/clouds"),
        says=["GET /clouds"],
    ),
    *(
        case(
            "invalid_response",
            kind,
            {**ENABLE, **BRIEF, "request_timeout": timeout},
            faults=always(kind, path="/clouds", seconds=0.01),
            says=["GET /clouds", words],
        )
        for kind, timeout, words in (
            ("drip", 0.3, "it was not whole after 3 s"),
            # A busy machine needs seconds for so much.
            ("bomb", 5, "it is larger than 256 MB"),
        )
    ),
    case(
        "invalid_response",
        "type",
        {**ENABLE, **BRIEF},
        faults=always("body", path="*/service-types/*", body={}),
        says=["service-types/pg"],
    ),
]
WRITING = [
    case(
        "permission_denied",
        "role",
        ENABLE,
        token={"roles": {"*": ["read_only"]}},
        says=["needs service:configuration:write"],
    ),
    case(
        "permission_denied",
        "create",
        {**ENABLE, "create": CREATE},
        None,
        token={"roles": {"*": ["developer"]}},
        says=["needs project:services:write"],
    ),
    case(
        "feature_not_enabled",
        "service",
        ENABLE,
        {"btar_enabled": False},
        says=["ask your Aiven account team to enable it"],
    ),
    case(
        "feature_not_enabled",
        "without-code",
        ENABLE,
        faults=always("403", "PUT", message="Backup to another region is not enabled for your organization"),
        says=["ask your Aiven account team to enable it"],
    ),
    case("authentication_failed", "write", ENABLE, faults=always("401", "PUT")),
    case(
        "rejected",
        "day",
        {"region": STOCKHOLM},
        {"region": FRANKFURT, "region_age_hours": 2},
        says=["409", "once in 24 hours"],
    ),
    case("rejected", "plan", {**ENABLE, "create": {**CREATE, "plan": "huge-1"}}, None, says=["Plan 'huge-1'"]),
    case("rejected", "config", {**ENABLE, "create": {**CREATE, "user_config": {"no_such": 1}}}, None, says=["no_such"]),
    case(
        "rejected",
        "vpc",
        {**ENABLE, "create": {**CREATE, "project_vpc_id": "8c4f0000-0000-4000-8000-000000000000"}},
        None,
        says=["VPC 8c4f0000-0000-4000-8000-000000000000 does not exist"],
    ),
    case("rate_limited", "write", ENABLE, faults=always("429", "PUT", wait=900), says=["asks to wait 900 s"]),
]
AFTER_WRITE = [
    case(
        "not_applied",
        "put",
        ENABLE,
        {"overlay": {"user_config": {"additional_backup_regions": []}}},
        says=["its answer shows secondary region None"],
    ),
    case(
        "timeout",
        "enable",
        {**ENABLE, "wait": True, "wait_timeout": 0},
        {"state": "REBUILDING"},
        change="enable",
        says=["is not running after wait_timeout 0 s, its state is REBUILDING", "The change itself was made"],
    ),
    case(
        "timeout",
        "same",
        {**ENABLE, "wait": True, "wait_timeout": 0},
        {"state": "REBALANCING", "region": FRANKFURT},
        says=["its state is REBALANCING."],
    ),
]
BOTH, REAL = ("check", "real"), ("real",)


def with_runs(cases: list[Case], runs: tuple[str, ...]) -> list[Case]:
    return [Case(**{**vars(one), "runs": runs}) for one in cases]


# Mistakes in options are found before check mode is looked at.
SAME_IN_CHECK_MODE = with_runs(REFUSALS + READING[:3], BOTH)
ONCE = with_runs(MISTAKES + READING[3:] + UNREADABLE + WRITING, REAL)
WRITTEN = with_runs(AFTER_WRITE, REAL)
NOTHING_WRITTEN = SAME_IN_CHECK_MODE + ONCE

OTHERS = [
    Case("info-token", {}, None, code="authentication_failed", token=None, module="aiven_btar_info", runs=REAL),
    Case(
        "info-project",
        {"projects": ["no-such-project"]},
        None,
        code="permission_denied",
        module="aiven_btar_info",
        runs=REAL,
    ),
    Case(
        "info-project-form",
        {"projects": ["a", "../x"]},
        None,
        code="invalid_target",
        says=["projects[1] is '../x'"],
        module="aiven_btar_info",
        runs=REAL,
    ),
    Case(
        "info-period",
        {"lag_period": "fortnight"},
        None,
        code="invalid_target",
        says=["lag_period"],
        module="aiven_btar_info",
        runs=REAL,
    ),
    Case(
        "info-garbage",
        BRIEF,
        None,
        code="invalid_response",
        module="aiven_btar_info",
        runs=REAL,
        faults=always("truncated"),
    ),
    Case(
        "cloud-near",
        {"near": "mars-1"},
        None,
        code="unknown_region",
        says=["near 'mars-1'"],
        module="aiven_cloud_info",
        runs=REAL,
    ),
    Case(
        "cloud-project-form",
        {"project": "a/b"},
        None,
        code="invalid_target",
        says=["project is 'a/b'"],
        module="aiven_cloud_info",
        runs=REAL,
    ),
    Case(
        "cloud-garbage",
        BRIEF,
        None,
        code="invalid_response",
        module="aiven_cloud_info",
        runs=REAL,
        faults=always("empty"),
    ),
]
