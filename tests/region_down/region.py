# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A region of fifty services, of every kind that its loss tells apart, in two projects, with what is elsewhere beside it."""

from __future__ import annotations

from typing import Any

from tests.fleet.support import HOME, PARTNER, add_services
from tests.simulator.client import Simulator

NORTH = "aws-eu-north-1"
VPC_HERE, VPC_THERE = "0b8dc2c6-96f4-4b8f-8f4e-4a0a1d5a1f11", "0b8dc2c6-96f4-4b8f-8f4e-4a0a1d5a1f22"
READY = {"plan": "business-4", "region": PARTNER, "region_age_hours": 300}


def vpc(vpc_id: str, cloud: str) -> dict[str, Any]:
    times = {"create_time": "2026-01-01T00:00:00Z", "update_time": "2026-01-01T00:00:00Z"}
    return {"project_vpc_id": vpc_id, "cloud_name": cloud, "state": "ACTIVE", "network_cidr": "10.1.0.0/24", **times}


def follows(project: str, name: str, source: str) -> dict[str, Any]:
    link = {"integration_type": "read_replica", "source_service": source, "dest_service": name}
    return {"service_integrations": [{**link, "source_project": project, "dest_project": project}]}


# What each kind of service is expected to be: restorable or not, and what stands in the way.
KINDS: dict[str, tuple[dict[str, Any], str, set[str]]] = {
    "pg": ({**READY}, "yes", set()),
    "mysql": ({**READY, "service_type": "mysql"}, "yes", set()),
    "search": ({**READY, "service_type": "opensearch"}, "yes", {"no_pitr"}),
    "cache": ({**READY, "service_type": "valkey"}, "yes", {"no_pitr"}),
    "paused": ({**READY, "pause": {"reason": "full", "hours_ago": 50}}, "yes", set()),
    "off": ({**READY, "powered": False, "off_hours": 48}, "yes", set()),
    "premium": ({**READY, "plan": "premium-4"}, "prepare", {"plan_not_offered"}),
    "network": ({**READY, "project_vpc_id": VPC_HERE}, "prepare", {"vpc_missing"}),
    "silent": ({**READY, "hide_in_listing": ["backups"]}, "unknown", {"backups_unknown"}),
    "bare": ({"plan": "business-4"}, "no", {"no_secondary_region"}),
    "new": ({"plan": "business-4", "region": PARTNER, "region_age_hours": 0}, "no", {"nothing_to_restore"}),
    "events": ({"service_type": "kafka", "plan": "business-4"}, "no", {"unsupported_service_type"}),
    "volatile": (
        {**READY, "service_type": "valkey", "user_config": {"valkey_persistence": "off"}},
        "no",
        {"fork_forbidden"},
    ),
    "replica": ({"plan": "business-4", "overlay": follows("shop", "replica-00", "pg-00")}, "no", {"no_own_backups"}),
    "migrated": ({"plan": "business-4", "primary_region": NORTH}, "yes", set()),
}
COUNTS = {"pg": 20, "mysql": 8, "search": 5, "cache": 2, "paused": 2, "off": 1, "premium": 2, "network": 2}
PROJECTS = ("shop", "bank")


def kind_of(row: dict[str, Any]) -> str:
    return str(row["service_name"]).rpartition("-")[0]


def fill(simulator: Simulator) -> None:
    """Fifty services in ``HOME``; beside them one that runs elsewhere with its backups there, one with its copy there, one with nothing there."""
    simulator.add_project("shop", not_offered={PARTNER: ["premium-*"]}, vpcs=[vpc(VPC_HERE, HOME)])
    simulator.add_project("bank", vpcs=[vpc(VPC_HERE, HOME), vpc(VPC_THERE, PARTNER)])
    rows = [
        # Databases alone are in the second project: two types, so two lists of plans.
        {
            "project": "bank" if kind in ("pg", "mysql") and number % 2 else "shop",
            "service_name": f"{kind}-{number:02}",
            **facts,
        }
        for kind, (facts, _answer, _codes) in KINDS.items()
        for number in range(COUNTS.get(kind, 1))
    ]
    add_services(
        simulator, [*rows, {"project": "bank", "service_name": "roomy-00", **READY, "project_vpc_id": VPC_HERE}]
    )
    elsewhere = {"project": "shop", "plan": "business-4", "cloud": NORTH}
    add_services(
        simulator,
        [
            {**elsewhere, **READY, "service_name": "moved-00", "primary_region": HOME},
            {**elsewhere, **READY, "service_name": "copied-00", "region": HOME},
            {**elsewhere, "service_name": "unconcerned-00"},
        ],
    )
