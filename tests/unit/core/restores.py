# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of restores share: a source with copies, targets in short, and a decision as the runner makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import (
    ServiceWithNodes,
    fork_tags,
    parse_service_with_nodes,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    BackupDetails,
    Refusal,
    Service,
    parse_backup_details,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore import (
    TIME_OPTION,
    ForkTarget,
    choose_cloud,
    choose_point,
    compare,
    known_options,
    parse_recover_to,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore_range import Point, restore_range

HOME, PARTNER, OTHER = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-north-1"
NOW = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
# The newest of these has not reached the secondary region yet.
TIMES = ("2026-08-30T06:00:00Z", "2026-08-31T06:00:00Z", "2026-09-01T06:00:00Z")
NAMES = tuple(f"base-{number}" for number in range(len(TIMES)))
ROW: dict[str, Any] = {
    "service_name": "orders",
    "service_type": "pg",
    "plan": "business-4",
    "cloud_name": HOME,
    "state": "RUNNING",
    "user_config": {"additional_backup_regions": [PARTNER]},
    "tags": {"team": "shop"},
}


def backup_rows(copied: Sequence[int] = (0, 1), region: str = PARTNER) -> list[dict[str, Any]]:
    return [
        {
            "backup_name": NAMES[number],
            "backup_time": time,
            "data_size": 1,
            "storage_location": HOME,
            "additional_regions": [{"cloud": region}] if number in copied else [],
        }
        for number, time in enumerate(TIMES)
    ]


def subject(**changes: Any) -> ServiceWithNodes:
    """The source, shop/orders, with the changes to its row."""
    return parse_service_with_nodes("shop", {"service": {**ROW, "backups": backup_rows(), **changes}})


def fork(project: str = "shop", purpose: str = "restore", of: str = "orders", **changes: Any) -> ServiceWithNodes:
    """A fork of shop/orders in its secondary region."""
    tags = fork_tags("shop", of, purpose)  # type: ignore[arg-type]
    row = {**ROW, "service_name": "orders-restored", "cloud_name": PARTNER, "user_config": {}, "tags": tags, **changes}
    return parse_service_with_nodes(project, {"service": row})


def details(
    end: str | None = "2026-09-01T11:55:00Z", pitr: object = (), copied: Sequence[int] = (0, 1)
) -> BackupDetails:
    """The answer about the source's backups; ``pitr`` replaces what it says of the ranges."""
    ranges: object = {
        "primary_region": {"pitr_range_start": TIMES[0], "pitr_range_end": None},
        "additional_regions": [{"cloud": PARTNER, "region": "x", "pitr_range_start": TIMES[0], "pitr_range_end": end}],
    }
    return parse_backup_details({"backups": backup_rows(copied), "pitr": ranges if pitr == () else pitr})


def target(recover_to: str = "latest", **changes: Any) -> ForkTarget:
    asked = parse_recover_to(recover_to)
    assert asked is not None
    facts = {"project": "shop", "service_name": "orders", "fork_project": "shop", "fork_name": "orders-restored"}
    return ForkTarget(**{**facts, "recover_to": asked, **changes})


@dataclass(frozen=True)
class Decided:
    """What the runner would do: make a fork in a cloud from a point, or refuse."""

    refusal: Refusal | None = None
    cloud: str = ""
    point: Point = field(default_factory=Point)

    @property
    def code(self) -> str | None:
        return self.refusal.code if self.refusal else None

    @property
    def message(self) -> str:
        return self.refusal.message if self.refusal else ""


def decide(
    wanted: ForkTarget,
    source: ServiceWithNodes | None,
    found: BackupDetails | None = None,
    options: frozenset[str] | None = None,
    now: datetime = NOW,
) -> Decided:
    """The three steps in a row. ``found`` are the source's backups, None where they could not be read."""
    compared = compare(wanted, source, None)
    if compared.refusal is not None:
        return Decided(compared.refusal)
    assert source is not None
    service: Service = source.service
    known = known_options(service.service_type) if options is None else options
    cloud = choose_cloud(wanted, service, known)
    if isinstance(cloud, Refusal):
        return Decided(cloud)
    region = cloud if wanted.place == "secondary" else None
    reach = restore_range(service, region, found, now, with_pitr=TIME_OPTION in known)
    point = choose_point(wanted, service, known, reach, now)
    return Decided(point, cloud) if isinstance(point, Refusal) else Decided(None, cloud, point)
