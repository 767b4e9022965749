# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cases of test_errors.py in which what is asked for is a mistake by itself: no call is made."""

from __future__ import annotations

from typing import Any

from tests.playbooks.cases import Case

FRANKFURT, STOCKHOLM = "aws-eu-central-1", "aws-eu-north-1"
CREATE = {"service_type": "pg", "plan": "startup-4", "cloud": "aws-eu-west-1"}
ENABLE = {"region": FRANKFURT}


def case(code: str, name: str, options: dict[str, Any], service: Any = (), **more: Any) -> Case:
    return Case(f"{code.replace('_', '-')}-{name}", options, {} if service == () else service, code=code, **more)


def mistake(name: str, options: dict[str, Any], *says: str) -> Case:
    return case("invalid_target", name, {**ENABLE, **options}, says=says, calls=0)


MISTAKES = [
    mistake("no-region", {"region": None}, "region"),
    mistake("empty-region", {"region": ""}, "region is missing: give the secondary region, or state: disabled"),
    mistake("region-form", {"region": "eu_central 1"}, "region is 'eu_central 1'", "give a cloud name such as"),
    mistake("name-form", {"service_name": "a/../b"}, "service_name is 'a/../b'", "as Aiven shows it"),
    mistake("project-form", {"project": ".."}, "project is '..'"),
    mistake("state", {"state": "present"}, "state", "enabled, disabled", "present"),
    mistake("unknown-option", {"regions": [FRANKFURT]}, "regions"),
    mistake("create-disabled", {"state": "disabled", "create": CREATE}, "state=disabled", "leave it out"),
    mistake("create-lacks", {"create": {"plan": "startup-4"}}, "service_type", "create"),
    mistake("create-text", {"create": "pg"}, "create is no dictionary with service_type"),
    # ansible-core itself breaks off with a TypeError for a number in the place of a dictionary.
    mistake("create-number", {"create": 5}, "create is no dictionary with service_type, plan and cloud."),
    mistake("create-list", {"create": [CREATE]}, "create is no dictionary with service_type"),
    mistake(
        "create-maintenance-list",
        {"create": {**CREATE, "maintenance": [1]}},
        "create.maintenance is no dictionary with dow and time.",
    ),
    mistake(
        "create-maintenance-text",
        {"create": {**CREATE, "maintenance": "monday"}},
        "create.maintenance is no dictionary with dow and time: ",
    ),
    mistake(
        "create-region",
        {"create": {**CREATE, "user_config": {"additional_backup_regions": [STOCKHOLM]}}},
        STOCKHOLM,
        FRANKFURT,
    ),
    mistake("wait-timeout", {"wait_timeout": -1}, "wait_timeout is -1: give seconds"),
    mistake("wait-timeout-nan", {"wait_timeout": "nan"}, "wait_timeout is nan"),
    mistake("request-timeout", {"request_timeout": 0}, "request_timeout is 0: give seconds, a number above 0"),
    case(
        "api_unreachable",
        "plain-http",
        {**ENABLE, "api_url": "http://192.0.2.1"},
        says=["api_url 'http://192.0.2.1' would send the token in the clear: use https", "allow_plain_http"],
        calls=0,
    ),
    mistake("create-plan-empty", {"create": {**CREATE, "plan": ""}}, "create.plan is empty: give it"),
    mistake(
        "create-email",
        {"create": {**CREATE, "tech_emails": ["dba@example.org", {"mail": "x"}]}},
        "create.tech_emails[1] is {'mail': 'x'}: give an address",
    ),
    # Values of user_config are no reason to mask the result, and so are short ones of a mistyped option.
    mistake(
        "create-lacks-config",
        {"create": {"plan": "startup-4", "user_config": {"backup_hour": 0, "backup_minute": 1, "x": "target"}}},
        "service_type",
    ),
]
