# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""user_config schemas in the form of Aiven's API, and their validation with Aiven's wording.

The keys, types, patterns and limits of the properties that matter to backups are those of Aiven's published schemas
(aiven/go-api-schemas, 2026-08); the rest of each schema is a plausible handful, enough for ``avn -c`` to parse values.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from . import validation
from .validation import Schema


def _nullable(kind: str, title: str, **extra: Any) -> Schema:
    return {"title": title, "type": [kind, "null"], **extra}


def _flag(title: str, default: bool = False) -> Schema:
    return {"title": title, "type": "boolean", "default": default}


ADDITIONAL_BACKUP_REGIONS: Schema = {
    "title": "Additional Cloud Regions for Backup Replication",
    "type": "array",
    "items": {
        "title": "Target cloud",
        "type": "string",
        "maxLength": 256,
        "pattern": "^[a-z0-9-]+$",
        "example": "aws-eu-central-1",
        "user_error": "Must consist of lower-case alpha-numeric characters or dashes",
    },
    "maxItems": 1,
}

IP_FILTER: Schema = {
    "title": "IP filter",
    "description": "Allow incoming connections from CIDR address block, e.g. '10.20.0.0/16'",
    "type": "array",
    "items": {
        "title": "CIDR address block, either as a string, or in a dict with an optional description field",
        "type": ["string", "object"],
        "maxLength": 43,
    },
    "maxItems": 8000,
    "default": ["0.0.0.0/0", "::/0"],
}

COMMON: dict[str, Schema] = {
    "ip_filter": IP_FILTER,
    "static_ips": _flag("Static IP addresses"),
    "service_log": _nullable("boolean", "Service logging"),
    "private_access": {
        "title": "Allow access to selected service ports from private networks",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "prometheus": _flag("Allow clients to connect to prometheus with a DNS name of the private network")
        },
    },
    "public_access": {
        "title": "Allow access to selected service ports from the public Internet",
        "type": "object",
        "additionalProperties": False,
        "properties": {"prometheus": _flag("Allow clients to connect to prometheus from the public internet")},
    },
}

_NAME = "^[a-z][-a-z0-9]{0,63}$|^$"
FORK: dict[str, Schema] = {
    "service_to_fork_from": _nullable(
        "string", "Name of another service to fork from", maxLength=64, pattern=_NAME, createOnly=True
    ),
    "project_to_fork_from": _nullable(
        "string",
        "Name of another project to fork a service from",
        maxLength=63,
        pattern="^[a-z][-a-z0-9]{0,63}$|^$",
        createOnly=True,
    ),
}
TARGET_TIME: dict[str, Schema] = {
    "recovery_target_time": {
        "title": "Recovery target time when forking a service",
        "type": "string",
        "maxLength": 32,
        "example": "2019-01-01 23:34:45",
        "createOnly": True,
    }
}
BASEBACKUP: dict[str, Schema] = {
    "recovery_basebackup_name": {
        "title": "Name of the basebackup to restore in forked service",
        "type": "string",
        "maxLength": 128,
        "pattern": "^[a-zA-Z0-9-_:.]+$",
    }
}
SCHEDULE: dict[str, Schema] = {
    "backup_hour": _nullable(
        "integer", "The hour of day (in UTC) when backup for the service is started", minimum=0, maximum=23
    ),
    "backup_minute": _nullable(
        "integer", "The minute of an hour when backup for the service is started", minimum=0, maximum=59
    ),
}
# Applicable to plans with a choice of the size ("ACU plans") only: the simulator has none.
RETENTION: dict[str, Schema] = {
    "backup_interval_hours": _nullable("integer", "Interval in hours between automatic backups", minimum=3, maximum=24),
    "backup_retention_days": _nullable("integer", "Number of days to retain automatic backups", minimum=2, maximum=30),
}
BTAR: dict[str, Schema] = {"additional_backup_regions": ADDITIONAL_BACKUP_REGIONS}


def _version(title: str, versions: list[str]) -> Schema:
    return _nullable("string", title, enum=[*versions, None])


def _section(title: str, **properties: Schema) -> Schema:
    return {"title": title, "type": "object", "additionalProperties": False, "properties": properties}


def _integer(title: str, low: int, high: int) -> Schema:
    return {"title": title, "type": "integer", "minimum": low, "maximum": high}


PG = {
    **BTAR,
    **FORK,
    **TARGET_TIME,
    **SCHEDULE,
    **RETENTION,
    "pg_service_to_fork_from": _nullable(
        "string",
        "Name of the PG Service from which to fork (deprecated, use service_to_fork_from)",
        maxLength=64,
        pattern=_NAME,
        createOnly=True,
    ),
    "pg_version": _version("PostgreSQL major version", ["13", "14", "15", "16", "17"]),
    "pg": _section(
        "postgresql.conf configuration values",
        log_min_duration_statement=_integer("Log statements that run longer (ms)", -1, 86400000),
        max_connections=_integer("Maximum number of concurrent connections", 10, 5000),
        timezone={"title": "Time zone", "type": "string", "maxLength": 64, "pattern": "^[\\w/]*$"},
    ),
    "synchronous_replication": {"title": "Synchronous replication type", "type": "string", "enum": ["quorum", "off"]},
    "work_mem": _integer("work_mem (MB)", 1, 1024),
    "admin_username": _nullable(
        "string",
        "Custom username for admin user",
        maxLength=64,
        pattern="^[_A-Za-z0-9][-._A-Za-z0-9]{0,63}$",
        createOnly=True,
    ),
    "admin_password": _nullable(
        "string",
        "Custom password for admin user",
        minLength=8,
        maxLength=256,
        pattern="^[a-zA-Z0-9-_]+$",
        createOnly=True,
    ),
}
MYSQL = {
    **BTAR,
    **FORK,
    **TARGET_TIME,
    **SCHEDULE,
    "mysql_version": _version("MySQL major version", ["8"]),
    "mysql_incremental_backup": {
        **_section(
            "MySQL incremental backup configuration",
            enabled={"title": "Enable incremental backups", "type": "boolean"},
            full_backup_week_schedule={
                "title": "Comma-separated list of days of the week when full backups should be created",
                "type": "string",
                "maxLength": 27,
                "pattern": "^(mon|tue|wed|thu|fri|sat|sun)(,(mon|tue|wed|thu|fri|sat|sun))*$",
            },
        ),
        "required": ["enabled"],
    },
    "binlog_retention_period": _integer("Minimum time in seconds to keep binlog entries", 600, 604800),
    "mysql": _section(
        "mysql.conf configuration values",
        wait_timeout=_integer("Idle seconds", 1, 2147483),
        sql_require_primary_key=_flag("Require a primary key"),
    ),
}
OPENSEARCH = {
    **BTAR,
    **FORK,
    **BASEBACKUP,
    "opensearch_version": _version("OpenSearch version", ["2", "3"]),
    "max_index_count": _integer("Maximum index count", 0, 10000),
    "opensearch": _section(
        "OpenSearch settings", action_auto_create_index_enabled=_flag("Allow automatic creation of indices", True)
    ),
}
VALKEY = {
    **BTAR,
    **FORK,
    **BASEBACKUP,
    **SCHEDULE,
    "valkey_version": _version("Valkey version", ["8.1", "9.0"]),
    "valkey_maxmemory_policy": _nullable(
        "string", "Maximum memory policy", enum=["noeviction", "allkeys-lru", "volatile-lru", "volatile-ttl", None]
    ),
    "valkey_number_of_databases": _integer("Number of Valkey databases", 1, 128),
    "valkey_persistence": {"title": "Persistence", "type": "string", "enum": ["off", "rdb"]},
}
GRAFANA = {
    **BTAR,
    **FORK,
    **BASEBACKUP,
    "alerting_enabled": {"title": "Alerting", "type": "boolean"},
    "metrics_enabled": {"title": "Metrics", "type": "boolean"},
}
KAFKA = {
    **RETENTION,
    "kafka_version": _version("Kafka major version", ["3.9", "4.0", "4.1"]),
    "kafka_connect": _flag("Enable Kafka Connect service"),
    "schema_registry": _flag("Enable Schema-Registry service"),
    "kafka": _section(
        "Kafka broker configuration values",
        auto_create_topics_enable={"title": "Auto create topics", "type": "boolean"},
    ),
}
CLICKHOUSE = {**FORK, **BASEBACKUP, **SCHEDULE, "clickhouse_version": _version("ClickHouse version", ["25.3", "25.8"])}
DRAGONFLY = {
    **FORK,
    **BASEBACKUP,
    "dragonfly_persistence": {"title": "Persistence", "type": "string", "enum": ["off", "rdb", "dfs"]},
}
FLINK = {
    "flink_version": _version("Flink major version", ["1.19", "1.20"]),
    "number_of_task_slots": _integer("Task slots per node", 1, 1024),
}

PROPERTIES: dict[str, dict[str, Schema]] = {
    "pg": PG,
    "mysql": MYSQL,
    "opensearch": OPENSEARCH,
    "valkey": VALKEY,
    "grafana": GRAFANA,
    "kafka": KAFKA,
    "clickhouse": CLICKHOUSE,
    "dragonfly": DRAGONFLY,
    "flink": FLINK,
    "kafka_connect": {
        "kafka_connect": _section(
            "Kafka Connect configuration values", consumer_max_poll_records=_integer("Records a poll", 1, 10000)
        )
    },
    "kafka_mirrormaker": {
        "kafka_mirrormaker": _section(
            "MirrorMaker configuration values", tasks_max_per_cpu=_integer("Tasks per CPU", 1, 8)
        )
    },
    "thanos": {
        "compactor": _section("Compactor", retention_days=_integer("Days to keep", 0, 3650)),
        "env": {"title": "Environment", "type": "object", "properties": {}},
    },
}


@cache
def user_config_schema(service_type: str) -> Schema:
    return {
        "title": f"{service_type} user configuration options",
        "type": "object",
        "additionalProperties": False,
        "properties": {**COMMON, **PROPERTIES[service_type]},
    }


def supports(service_type: str, option: str) -> bool:
    return option in PROPERTIES[service_type]


def create_only_keys(service_type: str) -> set[str]:
    return {key for key, schema in PROPERTIES[service_type].items() if schema.get("createOnly")}


def check_user_config(service_type: str, user_config: Any) -> None:
    """Raise 400 "Invalid 'user_config': ..." for the first error."""
    validation.check(user_config, user_config_schema(service_type), "Invalid 'user_config': ")
