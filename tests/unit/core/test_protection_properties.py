# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must hold of the protection of every service that can be parsed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_BTAR,
    Backup,
    BackupDetails,
    Copy,
    Service,
    parse_backup_details,
    parse_service_answer,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES, protection_of

# How long a busy machine takes says nothing about the code.
any_speed = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

REGIONS = ("aws-eu-central-1", "aws-eu-west-1", "aws-eu-north-1")
JUNK: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just([])
TIMES = st.datetimes(min_value=datetime(2026, 8, 1), max_value=datetime(2026, 10, 1), timezones=st.just(UTC))
TIME_TEXT = TIMES.map(lambda time: time.isoformat()) | st.datetimes().map(str) | JUNK

COPY_ROWS = st.fixed_dictionaries(
    {"cloud": st.sampled_from(REGIONS) | JUNK},
    optional={"paused": st.booleans() | JUNK, "pause_reason": JUNK},
)
BACKUP_ROWS = st.fixed_dictionaries(
    {},
    optional={
        "backup_name": JUNK,
        "backup_time": TIME_TEXT,
        "data_size": st.integers() | JUNK,
        "storage_location": st.sampled_from(REGIONS) | JUNK,
        "additional_regions": st.lists(COPY_ROWS, max_size=3) | JUNK,
    },
)
SERVICES = st.fixed_dictionaries(
    {
        "service_name": st.just("orders-db"),
        "service_type": st.sampled_from(["pg", "opensearch", "kafka", "new-type"]),
        "cloud_name": st.sampled_from(REGIONS),
    },
    optional={
        "state": st.sampled_from(["RUNNING", "POWEROFF"]) | JUNK,
        "user_config": st.just({}) | st.builds(lambda r: {"additional_backup_regions": [r]}, st.sampled_from(REGIONS)),
        "backups": st.lists(BACKUP_ROWS, max_size=4) | JUNK,
    },
).map(lambda row: parse_service_answer("shop", {"service": row}))
RANGES = st.fixed_dictionaries(
    {},
    optional={"cloud": st.sampled_from(REGIONS), "pitr_range_start": TIME_TEXT, "pitr_range_end": TIME_TEXT},
)
DETAILS = st.none() | st.fixed_dictionaries(
    {"backups": st.lists(BACKUP_ROWS, max_size=4)},
    optional={
        "pitr": JUNK | st.fixed_dictionaries({}, optional={"additional_regions": JUNK | st.lists(RANGES, max_size=3)})
    },
).map(parse_backup_details)
TARGETS = st.integers(min_value=0, max_value=10**6)


def rank(service: Service, now: datetime, details: BackupDetails | None = None, rpo_target: int = 93600) -> int:
    return STATUSES.index(protection_of(service, now=now, details=details, rpo_target=rpo_target).status)


@any_speed
@given(SERVICES, TIMES, DETAILS, TARGETS)
def test_every_service_has_one_status_and_facts_that_agree_with_it(
    service: Service, now: datetime, details: BackupDetails | None, rpo_target: int
) -> None:
    found = protection_of(service, now=now, details=details, rpo_target=rpo_target)
    json.dumps(found.as_dict())
    assert found.status in STATUSES
    supported = service.service_type in TYPES_WITH_BTAR
    assert (found.status == "unsupported") == (not supported)
    assert (found.status == "disabled") == (supported and service.secondary_region is None)
    assert (found.rpo_seconds is None) == (found.restore_point is None)
    assert (found.status in ("paused", "lagging", "protected")) == (found.restore_point is not None)
    if found.status == "protected":
        assert found.rpo_seconds is not None
        assert 0 <= found.rpo_seconds <= rpo_target
    if found.status in ("disabled", "pending"):
        assert found.replicated_backups == 0
    if found.restore_point is None:
        assert not found.rpo_exact


@any_speed
@given(SERVICES, TIMES, st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)), DETAILS)
def test_time_alone_never_improves_the_protection(
    service: Service, now: datetime, later: timedelta, details: BackupDetails | None
) -> None:
    assert rank(service, now + later, details) <= rank(service, now, details)


@any_speed
@given(SERVICES, TIMES, TARGETS, TARGETS)
def test_a_stricter_target_never_improves_the_protection(service: Service, now: datetime, one: int, other: int) -> None:
    assert rank(service, now, rpo_target=min(one, other)) <= rank(service, now, rpo_target=max(one, other))


@any_speed
@given(SERVICES, TIMES, TIMES)
def test_one_more_backup_copied_there_never_worsens_the_protection(
    service: Service, now: datetime, made: datetime
) -> None:
    if service.backups is None or service.secondary_region is None:
        return
    more = Backup("new", made, 1, service.primary_region, (Copy(service.secondary_region, False, None),))
    assert rank(replace(service, backups=(*service.backups, more)), now) >= rank(service, now)


@any_speed
@given(SERVICES, TIMES)
def test_copies_elsewhere_change_nothing(service: Service, now: datetime) -> None:
    if service.backups is None or service.secondary_region is None:
        return
    elsewhere = Backup("new", now, 1, service.primary_region, (Copy("aws-us-east-1", True, "full"),))
    with_it = protection_of(replace(service, backups=(*service.backups, elsewhere)), now=now).as_dict()
    without = protection_of(service, now=now).as_dict()
    del with_it["explanation"], without["explanation"]
    assert with_it == without
