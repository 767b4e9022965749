# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option table: argument specs of modules and actions, their environment variables, and the client they make."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleFallbackNotFound

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import DEFAULT_URL, Connection
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import did_you_mean

TOKEN_VARIABLES = ("AIVEN_TOKEN", "AIVEN_AUTH_TOKEN")
URL_VARIABLE = "AIVEN_WEB_URL"
CA_VARIABLE = "AIVEN_CA_CERT"
PLAIN_HTTP_VARIABLE = "AIVEN_ALLOW_PLAIN_HTTP"

# What ansible-core makes of an empty text where a list is wanted: a variable that is not set, and no list of one.
EMPTY_TEXT = [""]


def first_in_environment(*names: str) -> str:
    """The first of the variables that is set and not empty: an argument spec's fallback."""
    found = _in_environment(*names)
    if found is None:
        raise AnsibleFallbackNotFound
    return found


def _in_environment(*names: str) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


def connection_options() -> dict[str, dict[str, Any]]:
    """How to reach the API: options of every module and action."""
    return {
        "api_token": {"type": "str", "no_log": True, "fallback": (first_in_environment, [*TOKEN_VARIABLES])},
        "api_url": {"type": "str", "default": DEFAULT_URL, "fallback": (first_in_environment, [URL_VARIABLE])},
        "ca_path": {"type": "path", "fallback": (first_in_environment, [CA_VARIABLE])},
        "validate_certs": {"type": "bool", "default": True},
        "request_timeout": {"type": "float", "default": 30},
        "retry_timeout": {"type": "float", "default": 300},
        "allow_plain_http": {
            "type": "bool",
            "default": False,
            "fallback": (first_in_environment, [PLAIN_HTTP_VARIABLE]),
        },
    }


# The variable from which role and playbooks take each connection option; hosts may differ in it.
CONNECTION_VARIABLES = {option: f"aiven_{option}" for option in connection_options()}


def wait_options() -> dict[str, dict[str, Any]]:
    """Whether and for what to wait after a change. Times are in seconds."""
    return {
        "wait": {"type": "bool", "default": False},
        "wait_for": {"type": "str", "choices": ["running", "protected"], "default": "running"},
        "wait_timeout": {"type": "float", "default": 1200},
    }


def fleet_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_fleet besides the connection."""
    return {
        "targets": {"type": "list", "elements": "raw"},
        "state": {"type": "str", "choices": ["enabled", "disabled"], "default": "enabled"},
        "changes": {"type": "list", "elements": "str", "choices": ["enable", "move", "disable"], "default": ["enable"]},
        "max_changes": {"type": "str"},
        "max_failures": {"type": "str"},
        "on_error": {"type": "str", "choices": ["continue", "stop"], "default": "continue"},
        "waves": {"type": "list", "elements": "str"},
        "wave_max_failures": {"type": "str"},
        "snapshot_max_age": {"type": "float", "default": 60},
        "concurrency": {"type": "int", "default": 8},
        "plan": {"type": "raw"},
        "undo": {"type": "raw"},
        "undo_run": {"type": "str"},
        "refusal": {"type": "str"},
        "record": {"type": "path"},
        "artifact": {"type": "bool", "default": False},
        "results": {"type": "str", "choices": ["all", "news"], "default": "all"},
        "defer": {"type": "bool", "default": False},
        "show_hosts": {"type": "int", "default": 1000},
        "snapshot": {"type": "bool", "default": False},
        **wait_options(),
    }


def audit_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_audit besides the connection."""
    return {
        "services": {"type": "list", "elements": "str"},
        "service_types": {"type": "list", "elements": "str"},
        "tags": {"type": "dict"},
        "exact": {"type": "bool", "default": False},
        "lag_period": {"type": "str", "choices": ["hour", "day", "week", "month", "year"]},
        "rpo_target": {"type": "str", "default": "26h"},
        "drills": {"type": "path"},
        "drill_max_age_days": {"type": "int"},
        "drill_rto_target": {"type": "str"},
        "plans": {"type": "bool", "default": False},
        "max_interval": {"type": "str"},
        "min_retention": {"type": "str"},
        "deletion_protection": {"type": "bool", "default": False},
        "key_tag": {"type": "str"},
        "owner_tag": {"type": "str"},
        "name": {"type": "str"},
        "record": {"type": "path"},
        "defer": {"type": "bool", "default": False},
        "snapshot": {"type": "bool", "default": False},
        **audit_report_options(),
    }


def merge_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_merge."""
    return {
        "reports": {"type": "list", "elements": "path", "required": True},
        "name": {"type": "str"},
        **audit_report_options(),
    }


def audit_report_options() -> dict[str, dict[str, Any]]:
    """Options of what writes the reports of an audit."""
    return {
        "directory": {"type": "path"},
        "formats": {
            "type": "list",
            "elements": "str",
            "choices": ["html", "json", "csv", "junit", "prometheus", "oscal"],
            "default": ["html", "json", "csv", "junit", "prometheus"],
        },
        "csv_bom": {"type": "bool", "default": True},
        "former": {"type": "path"},
        "history": {"type": "path"},
        "fail_on": {"type": "str", "choices": ["none", "warning", "error"], "default": "none"},
    }


def restore_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_restore besides the connection. Times are in seconds."""
    create = create_options()
    of_the_service = ("user_config", "tags", "project_vpc_id", "disk_space_mb", "maintenance")
    return {
        "project": {"type": "str", "required": True},
        "service_name": {"type": "str", "required": True},
        "fork_name": {"type": "str", "required": True},
        "fork_project": {"type": "str"},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "source": {"type": "str", "choices": ["secondary", "primary"], "default": "secondary"},
        "cloud": {"type": "str"},
        "recover_to": {"type": "str", "default": "latest"},
        "purpose": {"type": "str", "choices": ["restore", "drill"]},
        "plan": {"type": "str"},
        **{name: create[name] for name in of_the_service},
        "termination_protection": {"type": "bool", "default": False},
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 7200},
        "stall_timeout": {"type": "float", "default": 1800},
        "connection": {"type": "bool", "default": False},
    }


def region_down_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_region_down besides the connection."""
    return {
        "region": {"type": "str", "required": True},
        "exact": {"type": "bool", "default": False},
        "directory": {"type": "path"},
        "formats": {"type": "list", "elements": "str", "choices": ["html", "json"], "default": ["html", "json"]},
    }


def restore_many_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_restore_many besides the connection."""
    return {
        "step": {"type": "str", "choices": ["plan", "restore", "report"], "required": True},
        "region": {"type": "str"},
        "suffix": {"type": "str", "default": "-restored"},
        "recover_to": {"type": "str", "default": "latest"},
        "max_forks": {"type": "int", "default": 8},
        "before": {"type": "path"},
        "after": {"type": "path"},
        "directory": {"type": "path", "default": "btar"},
    }


def drill_plan_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_drill_plan besides the connection. Times are in seconds, the price is in US dollars an hour."""
    return {
        "select": {"type": "str", "choices": ["oldest_tested", "random", "all"], "default": "oldest_tested"},
        "count": {"type": "int", "default": 1},
        "point": {"type": "str", "choices": ["latest", "backup", "random"], "default": "latest"},
        "window_days": {"type": "float", "default": 30},
        "max_forks": {"type": "int", "default": 3},
        "max_total": {"type": "int", "default": 20},
        "max_price": {"type": "str"},
        "price_confirmed": {"type": "bool", "default": False},
        "project": {"type": "str"},
        "plan": {"type": "str"},
        "restore_timeout": {"type": "float", "default": 7200},
        "verify": {"type": "path"},
        "verify_timeout": {"type": "float", "default": 1800},
        "directory": {"type": "path", "default": "btar/drills"},
        "keep": {"type": "bool", "default": False},
    }


def drill_evidence_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_drill_evidence."""
    return {
        "step": {
            "type": "str",
            "choices": ["cleared", "begun", "running", "verified", "failed", "ended"],
            "required": True,
        },
        "drill": {"type": "dict", "required": True},
        "restore": {"type": "dict", "no_log": True},
        "task": {"type": "str"},
        "failure": {"type": "dict", "no_log": True},
        "deletions": {"type": "list", "elements": "dict"},
    }


def database_check_options() -> dict[str, dict[str, Any]]:
    """Options of the actions that check a restored database. Times are in seconds unless they have a unit."""
    return {
        "connection": {"type": "dict", "required": True, "no_log": True},
        "source": {"type": "dict", "no_log": True},
        "databases": {"type": "list", "elements": "str", "default": []},
        "checks": {
            "type": "list",
            "elements": "dict",
            "default": [],
            "options": {
                "name": {"type": "str", "required": True},
                "sql": {"type": "str", "required": True},
                "database": {"type": "str"},
                "equals": {"type": "raw"},
                "at_least": {"type": "float"},
                "at_most": {"type": "float"},
                "not_older_than": {"type": "str"},
                "same_as_source": {"type": "bool", "default": False},
            },
        },
        "timeout": {"type": "float", "default": 60},
    }


def postgres_check_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_drill_postgres."""
    return {
        **database_check_options(),
        "sslmode": {"type": "str", "choices": ["require", "verify-ca", "verify-full"], "default": "verify-full"},
        "psql": {"type": "path", "default": "psql"},
        "amcheck": {"type": "bool", "default": False},
    }


def mysql_check_options() -> dict[str, dict[str, Any]]:
    """Options of aiven_btar_drill_mysql."""
    return {
        **database_check_options(),
        "ssl_mode": {
            "type": "str",
            "choices": ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"],
            "default": "VERIFY_IDENTITY",
        },
        "mysql": {"type": "path"},
    }


def watch_options() -> dict[str, dict[str, Any]]:
    """Arguments of the event source besides the connection. Times are in seconds."""
    return {
        "state_file": {"type": "path", "required": True},
        "projects": {"type": "list", "elements": "str"},
        "services": {"type": "list", "elements": "str"},
        "service_types": {"type": "list", "elements": "str"},
        "rpo_target": {"type": "int", "default": DEFAULT_RPO_TARGET},
        "interval": {"type": "float", "default": 300},
        "backoff_max": {"type": "float", "default": 900},
    }


def create_options() -> dict[str, dict[str, Any]]:
    """The permission to create a service, with the keys of Aiven's ServiceCreate. Unset keys are never sent."""
    return {
        "service_type": {"type": "str", "required": True},
        "plan": {"type": "str", "required": True},
        "cloud": {"type": "str", "required": True},
        # May hold passwords, so it is no_log for the log of the host; _module takes what is no secret out again.
        "user_config": {"type": "dict", "no_log": True},
        "tags": {"type": "dict"},
        "disk_space_mb": {"type": "int"},
        "project_vpc_id": {"type": "str"},
        "termination_protection": {"type": "bool"},
        "maintenance": {
            "type": "dict",
            "options": {
                "dow": {
                    "type": "str",
                    "choices": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"],
                },
                "time": {"type": "str"},
            },
        },
        "static_ips": {"type": "list", "elements": "str"},
        "service_integrations": {"type": "list", "elements": "dict"},
        "tech_emails": {"type": "list", "elements": "raw"},
        "cmk_id": {"type": "str"},
        "copy_tags": {"type": "bool"},
    }


def not_a_dictionary(spec: Mapping[str, Any], params: Mapping[str, Any], inside: str = "") -> str | None:
    """Which option with options of its own is no dictionary, in words without its value, which may be secret. ansible-core
    does not name it, or breaks off with a TypeError.
    """
    for option, rules in spec.items():
        value, options = params.get(option), rules.get("options")
        if options is None or value is None:
            continue
        place = f"{inside}{option}"
        rows = {place: value}
        if rules["type"] == "list":
            rows = {f"{place}[{index}]": row for index, row in enumerate(value)} if isinstance(value, list) else {}
        for name, row in rows.items():
            if isinstance(row, str) and ("=" in row or row.lstrip().startswith("{")):
                continue  # ansible-core reads these two forms
            if not isinstance(row, Mapping):
                required = [key for key in options if options[key].get("required")] or list(options)
                return f"{name} is no dictionary with {', '.join(required[:-1])} and {required[-1]}"
            if (mistake := not_a_dictionary(options, row, f"{name}.")) is not None:
                return mistake
    return None


_NUMBERS: Mapping[str, tuple[type, str]] = {"int": (int, "a whole number"), "float": (float, "a number")}


def misread_option(spec: Mapping[str, Any], params: Mapping[str, Any]) -> str | None:
    """Which option is misspelt, or is no number, in words with its value. ansible-core tells of a misspelt option only that
    another one is missing, and of a value that is no number, often, only its class.
    """
    names = {alias for option, rules in spec.items() for alias in (option, *rules.get("aliases", ()))}
    meant = {name: did_you_mean(name, names) for name in params if name not in names}
    if misspelt := [f"there is no option {name}; {words}" for name, words in meant.items() if words]:
        return " ".join(misspelt)
    for option, rules in spec.items():
        value = params.get(option)
        kind, words = _NUMBERS.get(str(rules.get("type")), (None, ""))
        if kind is None or value is None or rules.get("no_log"):
            continue
        try:
            kind(str(value) if isinstance(value, str) else value)
        except (TypeError, ValueError, OverflowError):
            return f"{option} is {value!r}: give {words}."
    return None


def connection_of(params: Mapping[str, Any]) -> Connection:
    """An empty option, which a variable that is not set easily makes, is as good as none: the environment counts."""
    return Connection(
        api_token=params["api_token"] or _in_environment(*TOKEN_VARIABLES),
        api_url=params["api_url"] or _in_environment(URL_VARIABLE) or DEFAULT_URL,
        ca_path=params["ca_path"] or _in_environment(CA_VARIABLE),
        validate_certs=params["validate_certs"],
        request_timeout=params["request_timeout"],
        retry_timeout=params["retry_timeout"],
        allow_plain_http=params["allow_plain_http"],
    )


def client_of(params: Mapping[str, Any]) -> AivenClient:
    """Raises AivenError when the options cannot be used."""
    return AivenClient(connection_of(params))
