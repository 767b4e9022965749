# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of audits and reports share: a service with a copy, and how to have it audited."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import AuditSettings, Subject, evaluate
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import UNASKED, Limits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import NOTHING_WANTED, Asked, Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Backup, Clouds, Copy, Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET, protection_of
from tests.unit.core import regions

NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
PRIMARY, SECONDARY = "aws-eu-west-1", "aws-eu-central-1"


def hours_ago(hours: float) -> datetime:
    return NOW - timedelta(hours=hours)


def copied(hours: float, cloud: str = SECONDARY, *, paused: bool = False) -> Backup:
    return Backup("b", hours_ago(hours), 1000, PRIMARY, (Copy(cloud, paused, "disk full" if paused else None),))


def service(secondary: str | None = SECONDARY, **fields: Any) -> Service:
    backups = (copied(35, secondary), copied(11, secondary)) if secondary else ()
    facts: dict[str, Any] = {"service_type": "opensearch", "backups": backups}
    return regions.service(PRIMARY, secondary, **{**facts, **fields})


def subject(
    service: Service,
    *,
    rpo_target: int = DEFAULT_RPO_TARGET,
    region: dict[str, Any] | None = None,
    limits: Limits = UNASKED,
    **fields: Any,
) -> Subject:
    """``region`` holds the variables of the region inventory without their ``btar_region_``."""
    protection = protection_of(service, now=NOW, rpo_target=rpo_target, limits=limits)
    return Subject(
        service, protection, regions.inventory(**(region or {})), rpo_target=rpo_target, limits=limits, **fields
    )


def drill(days_ago: float = 1, *, verified: bool = True, rto: float = 600, region: str = SECONDARY) -> Drill:
    finished = hours_ago(24 * days_ago)
    started = finished - timedelta(hours=1)
    return Drill("shop-prod", "orders-db", region, "orders-drill", started, finished, verified, rto)


def audit(
    subjects: Iterable[Subject],
    clouds: Clouds | None = regions.CLOUDS,
    scope: dict[str, Any] | None = None,
    name: str | None = None,
    wanted: Wanted = NOTHING_WANTED,
    **asked: Any,
) -> dict[str, Any]:
    """``asked`` are the fields of :class:`Asked`."""
    settings = AuditSettings(NOW, Asked(**asked), wanted)
    return evaluate(subjects, clouds=clouds, settings=settings, scope=scope, name=name)
