# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service types and plans: versions, sizes, prices and how backups are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .clouds import Cloud
from .schemas import user_config_schema

DISK_SPACE_STEP_MB = 10240


@dataclass(frozen=True)
class Plan:
    """One plan of one type. ``max_count`` backups are kept, one every ``interval`` hours; zero: no backups at all."""

    service_type: str
    name: str
    node_count: int
    memory_gb: int
    disk_gb: int
    price_usd: str
    interval: int
    max_count: int
    recovery_mode: str
    vendors: tuple[str, ...] = ()

    @property
    def runs_everywhere(self) -> bool:
        return not self.vendors

    def runs_in(self, cloud: Cloud) -> bool:
        return self.runs_everywhere or cloud.provider in self.vendors

    @property
    def disk_space_mb(self) -> int:
        return self.disk_gb * 1024

    @property
    def disk_space_cap_mb(self) -> int:
        return self.disk_space_mb * 3

    def backup_config(self) -> dict[str, Any]:
        return {"interval": self.interval, "max_count": self.max_count, "recovery_mode": self.recovery_mode}

    def as_json(self, clouds: Iterable[Cloud]) -> dict[str, Any]:
        offer = {
            "price_usd": self.price_usd,
            "node_memory_mb": self.memory_gb * 1024,
            "node_cpu_count": max(1, self.memory_gb // 4),
            "disk_space_mb": self.disk_space_mb,
        }
        return {
            "service_plan": self.name,
            "service_type": self.service_type,
            "node_count": self.node_count,
            "backup_config": self.backup_config(),
            "regions": {cloud.name: offer for cloud in clouds if self.runs_in(cloud)},
        }

    def specs(self) -> dict[str, Any]:
        return {
            "service_plan": self.name,
            "service_type": self.service_type,
            "node_count": self.node_count,
            "backup_config": self.backup_config(),
            "disk_space_mb": self.disk_space_mb,
            "disk_space_cap_mb": self.disk_space_cap_mb,
            "disk_space_step_mb": DISK_SPACE_STEP_MB,
        }


@dataclass(frozen=True)
class ServiceType:
    """A service type. ``retention``: backups kept on (free, hobbyist, startup, business, premium) plans; None: no such plan."""

    name: str
    description: str
    version: str
    retention: tuple[int | None, int | None, int | None, int | None, int | None]
    interval: int = 24
    pitr: bool = False
    port: int = 443
    scheme: str = "https"

    def as_json(self) -> dict[str, Any]:
        versions = {"default_version": self.version, "latest_available_version": self.version} if self.version else {}
        return {"description": self.description, "user_config_schema": user_config_schema(self.name), **versions}


# Retention in backups follows DOC pg-backups.md: Hobbyist none, Startup 2 days, Business 14, Premium 30; the others their own pages.
SERVICE_TYPES: dict[str, ServiceType] = {
    kind.name: kind
    for kind in (
        ServiceType(
            "pg",
            "PostgreSQL - Object-Relational Database Management System",
            "17",
            (1, 0, 2, 14, 30),
            pitr=True,
            port=13579,
            scheme="postgres",
        ),
        ServiceType(
            "mysql",
            "MySQL - Relational Database Management System",
            "8",
            (1, 0, 2, 14, 30),
            pitr=True,
            port=13580,
            scheme="mysql",
        ),
        ServiceType(
            "opensearch", "OpenSearch - Search & Analyze Data in Real Time", "2", (1, 1, 3, 14, 30), port=13581
        ),
        ServiceType(
            "valkey",
            "Valkey - In-Memory Data Structure Store",
            "8.1",
            (1, 1, 2, 6, 26),
            interval=12,
            port=13582,
            scheme="valkeys",
        ),
        ServiceType("grafana", "Grafana - Metrics Dashboard", "", (None, None, 3, None, None)),
        ServiceType(
            "kafka",
            "Kafka - High-Throughput Distributed Messaging System",
            "4.1",
            (None, None, 0, 0, 0),
            port=13583,
            scheme="kafka",
        ),
        ServiceType(
            "clickhouse", "ClickHouse - Fast resource-effective OLAP", "25.8", (None, 1, 2, 14, 30), port=13584
        ),
        ServiceType(
            "dragonfly",
            "Dragonfly - High-Performance Caching",
            "1",
            (None, None, 2, 6, 26),
            port=13585,
            scheme="rediss",
        ),
        ServiceType("flink", "Flink - Batch and Stream Processing", "1.20", (None, None, None, 0, None)),
        ServiceType("kafka_connect", "Kafka Connect - Integration Service", "4.1", (None, None, 0, 0, 0)),
        ServiceType("kafka_mirrormaker", "Kafka MirrorMaker - Kafka Replication", "4.1", (None, None, 0, 0, 0)),
        ServiceType("thanos", "Thanos - Highly Available Metric Storage", "0.37", (None, None, 0, 0, None)),
    )
}

# (name, tier, nodes, memory GB, disk GB, price USD per hour, providers it is limited to)
_SIZES: tuple[tuple[str, int, int, int, int, str, tuple[str, ...]], ...] = (
    ("free-1-1gb", 0, 1, 1, 1, "0.0000", ("do",)),
    ("hobbyist", 1, 1, 2, 8, "0.0260", ("aws", "google", "do", "azure", "upcloud")),
    ("startup-1", 2, 1, 1, 5, "0.0400", ()),
    ("startup-4", 2, 1, 4, 80, "0.1370", ()),
    ("startup-8", 2, 1, 8, 175, "0.2740", ()),
    ("startup-16", 2, 1, 15, 350, "0.5480", ()),
    ("business-4", 3, 2, 4, 80, "0.2740", ()),
    ("business-8", 3, 2, 8, 175, "0.5480", ()),
    ("business-16", 3, 2, 15, 350, "1.0960", ()),
    ("premium-4", 4, 3, 4, 80, "0.4110", ()),
    ("premium-8", 4, 3, 8, 175, "0.8220", ()),
    ("premium-16", 4, 3, 15, 350, "1.6440", ()),
)


@lru_cache(maxsize=1)
def plans() -> dict[str, dict[str, Plan]]:
    """Plans by type and name."""
    found: dict[str, dict[str, Plan]] = {name: {} for name in SERVICE_TYPES}
    for kind in SERVICE_TYPES.values():
        for name, tier, nodes, memory, disk, price, vendors in _SIZES:
            kept = kind.retention[tier]
            if kept is not None:
                mode = "pitr" if kind.pitr else "basic"
                found[kind.name][name] = Plan(
                    kind.name, name, nodes, memory, disk, price, kind.interval, kept, mode, vendors
                )
    return found


def service_versions() -> list[dict[str, Any]]:
    """Items of ``/service_versions``: each version a schema offers, available until 2030."""
    items = []
    for kind in SERVICE_TYPES:
        versions = user_config_schema(kind)["properties"].get(f"{kind}_version", {}).get("enum", [])
        items += [
            {
                "service_type": kind,
                "major_version": version,
                "state": "available",
                "aiven_end_of_life_time": "2030-01-01T00:00:00Z",
                "availability_start_time": "2024-01-01T00:00:00Z",
                "upstream_end_of_life_time": "2030-01-01T00:00:00Z",
            }
            for version in versions
            if version
        ]
    return items
