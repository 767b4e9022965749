# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Request bodies: how they are read, and one schema for each operation that takes one.

Types and limits are those of the request bodies in Aiven's OpenAPI document (2025-04); the keys that it lacks are from Aiven's
own clients of 2026-08 (cmk_id, static_ips, disaster_recovery_role, kafka_topic_name, severity, log_type).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from . import validation
from .errors import ApiError
from .validation import Schema, record

MAX_DEPTH = 64
DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
PERIODS = ["hour", "day", "week", "month", "year"]
TASKS = ["upgrade_check", "migration_check", "create_user_backup", "dataset_import", "create_searchable_snapshot"]
# fmt: off
INTEGRATIONS = [
    "alertmanager", "application_service_credential", "autoscaler", "caching", "cassandra_cross_service_cluster",
    "clickhouse_credentials", "clickhouse_kafka", "clickhouse_postgresql", "dashboard", "datadog", "datasource",
    "disaster_recovery", "external_aws_cloudwatch_logs", "external_aws_cloudwatch_metrics", "external_elasticsearch_logs",
    "external_google_cloud_logging", "external_opensearch_logs", "flink", "flink_external_bigquery", "flink_external_kafka",
    "flink_external_postgresql", "internal_connectivity", "jolokia", "kafka_connect", "kafka_connect_postgresql", "kafka_logs",
    "kafka_mirrormaker", "logs", "m3aggregator", "m3coordinator", "metrics", "opensearch_cross_cluster_replication",
    "opensearch_cross_cluster_search", "prometheus", "read_replica", "rsyslog", "schema_registry_proxy", "stresstester",
    "thanos_distributed_query", "thanos_migrate", "thanoscompactor", "thanosquery", "thanosruler", "thanosstore", "vector",
    "vmalert",
]
# fmt: on

FLAG: Schema = {"type": "boolean"}
OBJECT: Schema = {"type": "object"}


def text(longest: int, shortest: int = 0, *, nullable: bool = False) -> Schema:
    return {"type": ["string", "null"] if nullable else "string", "minLength": shortest, "maxLength": longest}


def one_of(values: list[str]) -> Schema:
    return {"type": "string", "enum": values}


def tags(*types: str) -> Schema:
    return {"type": "object", "additionalProperties": {"type": list(types)}}


_SERVICE: dict[str, Schema] = {
    "cloud": text(256),
    "cmk_id": text(36, nullable=True),
    "disk_space_mb": {"type": "integer", "minimum": 0},
    "group_name": text(256),
    "maintenance": record(
        dow=one_of(DAYS), time={**text(8, 8), "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$"}
    ),
    "plan": text(128),
    "project_vpc_id": text(36, 36, nullable=True),
    "tech_emails": {"type": "array", "maxItems": 10, "items": record("email", email=text(319))},
    "termination_protection": FLAG,
    "user_config": OBJECT,
}
_INTEGRATION = record(
    "integration_type",
    dest_endpoint_id=text(36),
    dest_project=text(63),
    dest_service=text(64),
    integration_type=one_of(INTEGRATIONS),
    source_endpoint_id=text(36),
    source_project=text(63),
    source_service=text(64),
    user_config=OBJECT,
)
_METRICS = record(period=one_of(PERIODS), kafka_topic_name=text(249))

SCHEMAS: dict[str, Schema] = {
    "ServiceCreate": record(
        "plan",
        "service_name",
        "service_type",
        **_SERVICE,
        copy_tags=FLAG,
        service_integrations={"type": "array", "maxItems": 64, "items": _INTEGRATION},
        service_name=text(64, 1),
        service_type=text(64),
        static_ips={"type": "array", "maxItems": 128, "items": text(256)},
        tags=tags("string"),
    ),
    "ServiceUpdate": record(
        **_SERVICE,
        disaster_recovery_role=text(64, nullable=True),
        karapace=FLAG,
        powered=FLAG,
        schema_registry_authz=FLAG,
    ),
    "ServiceBackupToAnotherRegionReport": _METRICS,
    "ServiceMetricsFetch": _METRICS,
    "ProjectServiceTagsReplace": record("tags", tags=tags("string")),
    "ProjectServiceTagsUpdate": record("tags", tags=tags("string", "null")),
    "ProjectGetServiceLogs": record(
        limit={"type": "integer", "minimum": 1, "maximum": 500},
        offset=text(128, nullable=True),
        sort_order=one_of(["desc", "asc"]),
        severity=text(64),
        log_type=text(64),
    ),
    "ServiceTaskCreate": record(
        "task_type",
        task_type=one_of(TASKS),
        target_version=text(64),
        create_user_backup=record("backup_name", backup_name=text(256)),
        dataset_import=record("dataset_name", dataset_name=one_of(["pagila"])),
        migration_check=OBJECT,
    ),
}


@dataclass(frozen=True)
class Body:
    """What was sent: its JSON, or why it is none. ``size`` in bytes."""

    size: int = 0
    value: Any = None
    fault: str = ""

    def logged(self) -> Any:
        return {"unparsed_bytes": self.size} if self.fault else self.value

    def parsed(self) -> Any:
        """The JSON; None without a body. Raises 400 for what is no JSON."""
        if self.fault:
            raise ApiError(400, self.fault, "bad_request")
        return self.value


def read(raw: bytes) -> Body:
    """Strict: no NaN, no half of a surrogate pair, nothing that is nested deeper than any schema of Aiven's."""
    if not raw:
        return Body()
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        if _too_deep(value):
            raise RecursionError
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8")
    except RecursionError:
        return Body(len(raw), fault="Invalid JSON in the request body: nested too deeply")
    except ValueError:
        return Body(len(raw), fault="Invalid JSON in the request body")
    return Body(len(raw), value)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _too_deep(value: Any) -> bool:
    level = [value]
    for _depth in range(MAX_DEPTH):
        inner = [item.values() if isinstance(item, dict) else item for item in level if isinstance(item, (dict, list))]
        level = [child for children in inner for child in children]
    return bool(level)


def check(operation: str, body: Any) -> dict[str, Any]:
    """The body if it is what the operation takes; anything else is 400, as the API validates against its schema."""
    if not isinstance(body, dict):
        raise ApiError(400, "Invalid input: the request body must be a JSON object", "bad_request")
    validation.check(body, SCHEMAS[operation])
    return body
