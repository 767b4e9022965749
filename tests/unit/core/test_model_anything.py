# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the API answers parses, or is an InvalidResponse: never anything else."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.fork_sources import parse_fork_sources
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    InvalidResponse,
    parse_backup_details,
    parse_clouds,
    parse_service_answer,
    parse_service_list,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.projects import (
    parse_organization_projects,
    parse_project_names,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import parse_service_plans
from ansible_collections.offsite.aiven.plugins.module_utils._core.type_schema import schema_supports_btar
from ansible_collections.offsite.aiven.plugins.module_utils._core.vpcs import parse_vpcs

BACKUP: dict[str, Any] = {
    "backup_name": "b-1",
    "backup_time": "2026-08-20T00:11:22Z",
    "data_size": 36259840,
    "storage_location": "aws-eu-west-1",
    "additional_regions": [{"cloud": "a", "paused": True, "pause_reason": None}],
}
ROW: dict[str, Any] = {
    "service_name": "orders-db",
    "service_type": "pg",
    "plan": "business-4",
    "cloud_name": "aws-eu-west-1",
    "state": "RUNNING",
    "user_config": {"additional_backup_regions": ["aws-eu-central-1"]},
    "termination_protection": True,
    "tags": {"team": "shop"},
    "create_time": "2026-01-02T03:04:05Z",
    "update_time": "2026-01-02T03:04:05.678901Z",
    "backups": [BACKUP, {**BACKUP, "storage_location": "b"}],
    "project_vpc_id": "0b8dc2c6-96f4-4b8f-8f4e-4a0a1d5a1f11",
    "cmk_id": "k-1",
    "service_integrations": [
        {
            "integration_type": "read_replica",
            "source_service": "main",
            "dest_service": "orders-db",
            "dest_project": "shop",
        }
    ],
}

PARSERS: list[Callable[[Any], object]] = [
    lambda body: parse_service_list("shop", body),
    lambda body: parse_service_list("shop", body, with_backups=False, only={"orders-db"}),
    lambda body: parse_service_answer("shop", body),
    parse_clouds,
    parse_backup_details,
    schema_supports_btar,
    parse_project_names,
    parse_organization_projects,
    lambda body: parse_fork_sources("shop", body),
    parse_service_plans,
    parse_vpcs,
]
WORDS = [
    *ROW,
    *BACKUP,
    "services",
    "service",
    "clouds",
    "cloud",
    "cloud_name",
    "user",
    "projects",
    "pitr",
    "paused",
]
WORDS += ["primary_region", "additional_regions", "pitr_range_end", "user_config_schema", "properties", "maxItems"]
WORDS += [
    "service_plans",
    "service_plan",
    "backup_config",
    "max_count",
    "regions",
    "price_usd",
    "vpcs",
    "source_service",
]
WORDS += ["additional_backup_regions", "geo_latitude", "project_memberships", "project_id"]
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just("2026-08-20T00:11:22Z")
JSON = st.recursive(
    SCALARS | st.just(10**400),
    lambda children: (
        st.lists(children, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(), children, max_size=6)
    ),
    max_leaves=25,
)
REAL_BODY: dict[str, Any] = {
    "service": ROW,
    "services": [ROW],
    "clouds": [{"cloud_name": "a", "provider": "b", "geo_latitude": 1.5}],
    "backups": [BACKUP],
    "pitr": {"primary_region": {}, "additional_regions": [{"cloud": "a", "pitr_range_end": "x"}]},
    "user_config_schema": {"properties": {"additional_backup_regions": {"maxItems": 1}}},
    "user": {"projects": ["a"], "project_memberships": {"b": []}},
    "projects": [{"project_id": "a"}],
    "service_plans": [
        {
            "service_plan": "startup-4",
            "backup_config": {"max_count": 2},
            "regions": {"a": {"price_usd": "0.137", "disk_space_mb": 81920, "node_memory_mb": 4096}},
        }
    ],
    "vpcs": [{"project_vpc_id": "v-1", "cloud_name": "a", "state": "ACTIVE"}],
}


def parses_or_is_invalid(body: object) -> None:
    for parse in PARSERS:
        try:
            parse(body)
        except InvalidResponse as error:
            assert str(error)


@given(JSON)
@example(None)
def test_anything_parses_or_is_an_invalid_response(body: object) -> None:
    parses_or_is_invalid(body)


@given(st.randoms(use_true_random=False), JSON)
def test_a_real_answer_with_one_wrong_value_parses_or_is_an_invalid_response(
    luck: random.Random, wrong: object
) -> None:
    body = json.loads(json.dumps(REAL_BODY))
    place, key = luck.choice(list(_places(body)))
    place[key] = wrong
    parses_or_is_invalid(body)


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place in ``value`` where something else could be."""
    keys: Any = value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from _places(value[key])
