# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How often a service is backed up, and how long backups are kept: what its options and its plan say."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_service_list
from ansible_collections.offsite.aiven.plugins.module_utils._core.schedules import (
    UNSAID,
    Schedule,
    own_schedule,
    plan_schedule,
)

HOUR, DAY = 3600, 86400
DAILY = {"interval": 24, "max_count": 14, "recovery_mode": "pitr"}


@pytest.mark.parametrize(
    ("service_type", "user_config", "expected"),
    [
        ("pg", {}, UNSAID),
        ("pg", None, UNSAID),
        ("pg", {"backup_hour": 3}, UNSAID),
        ("pg", {"backup_interval_hours": 6}, Schedule(6 * HOUR, None)),
        ("pg", {"backup_retention_days": 30}, Schedule(None, 30 * DAY)),
        ("pg", {"backup_interval_hours": None, "backup_retention_days": None}, UNSAID),
        ("pg", {"backup_interval_hours": True, "backup_retention_days": "30"}, Schedule(None, None)),
        ("valkey", {"backup_hour": 0}, Schedule(DAY, None)),
        ("valkey", {"backup_hour": None}, UNSAID),
    ],
)
def test_options_of_a_service(service_type: str, user_config: Any, expected: Schedule) -> None:
    assert own_schedule(service_type, user_config) == expected


@pytest.mark.parametrize(
    ("config", "own", "expected"),
    [
        (DAILY, UNSAID, Schedule(DAY, 14 * DAY)),
        (DAILY, Schedule(6 * HOUR, None), Schedule(6 * HOUR, 14 * 6 * HOUR)),
        (DAILY, Schedule(None, 30 * DAY), Schedule(DAY, 30 * DAY)),
        ({**DAILY, "interval": 0}, UNSAID, Schedule(None, None)),
        ({**DAILY, "max_count": 0}, UNSAID, UNSAID),
        ({**DAILY, "max_count": 0}, Schedule(6 * HOUR, 30 * DAY), Schedule(6 * HOUR, 30 * DAY)),
        ({**DAILY, "frequent_interval_minutes": 60}, UNSAID, Schedule(HOUR, 14 * HOUR)),
        ({**DAILY, "infrequent_oldest_age_minutes": 60 * 24 * 30}, UNSAID, Schedule(DAY, 30 * DAY)),
        (None, UNSAID, UNSAID),
        ({"interval": "24", "max_count": True}, UNSAID, UNSAID),
    ],
)
def test_plans(config: Any, own: Schedule, expected: Schedule) -> None:
    assert plan_schedule(config, own) == expected


def test_a_listing_says_what_its_options_say() -> None:
    row = {"service_name": "a", "service_type": "pg", "cloud_name": "aws-eu-west-1"}
    rows = [{**row, "user_config": {"backup_interval_hours": 12}}, {**row, "cmk_id": "k", "user_config": {}}]
    timed, encrypted = parse_service_list("p", {"services": rows})
    assert (timed.schedule, timed.customer_key) == (Schedule(12 * HOUR, None), False)
    assert (encrypted.schedule, encrypted.customer_key) == (UNSAID, True)
