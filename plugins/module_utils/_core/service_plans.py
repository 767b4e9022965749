# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plans of a service type: where each is offered, at which price and how large, and how its backups are kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse
from ansible_collections.offsite.aiven.plugins.module_utils._core.schedules import Schedule, plan_schedule

# How the names of free plans begin (Aiven's pages on the free tiers): none of them takes a fork, and nothing is forked from one
# of these types.
FREE = "free"
TYPES_WITHOUT_FREE_FORKS = frozenset({"mysql", "valkey"})


@dataclass(frozen=True, slots=True)
class Offer:
    """A plan in one cloud. ``price_usd`` is for an hour, sizes are in MB and for a node; None where the API does not say."""

    price_usd: Decimal | None
    disk_space_mb: int | None
    node_memory_mb: int | None


@dataclass(frozen=True, slots=True)
class ServicePlan:
    """A plan of a service type. ``offers`` by cloud, None where the API does not say where it is offered.

    ``node_count`` and ``max_backups``, how many backups are kept, are None where the API does not say. ``backup_config`` is as
    the API has it.
    """

    name: str
    offers: Mapping[str, Offer] | None
    node_count: int | None = None
    max_backups: int | None = None
    backup_config: Mapping[str, Any] = field(default_factory=dict)

    def price_in(self, cloud: str) -> Decimal | None:
        """US dollars an hour; None where it is not offered or the price is not known."""
        offer = (self.offers or {}).get(cloud)
        return offer.price_usd if offer else None

    def schedule_for(self, own: Schedule) -> Schedule:
        """When a service with this plan is backed up, if its options say ``own``."""
        return plan_schedule(self.backup_config, own)


ServicePlans = Mapping[str, ServicePlan]


def parse_service_plans(body: object) -> dict[str, ServicePlan]:
    """The answer of ProjectServicePlanList: plans by name, in the API's order. Raises :class:`InvalidResponse`."""
    rows = body.get("service_plans") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        raise InvalidResponse("expected the plans of a service type under 'service_plans', got something else")
    plans = (_plan(row) for row in rows if isinstance(row, Mapping))
    return {plan.name: plan for plan in plans if plan.name}


def larger_plans(plans: ServicePlans, name: str, cloud: str) -> list[str]:
    """The plans offered in ``cloud`` whose nodes are at least as large as those of ``name`` are anywhere.

    Those that lack no nodes come first, then the cheapest. Of a plan whose size is not known any other may be large enough.
    """
    need = _size(plans[name]) if name in plans else (0, 0)
    nodes = (plans[name].node_count if name in plans else None) or 0
    fitting = []
    for plan in plans.values():
        offer = (plan.offers or {}).get(cloud)
        if offer is None or plan.name == name or plan.name.startswith(FREE):
            continue
        if (offer.disk_space_mb or 0) >= need[0] and (offer.node_memory_mb or 0) >= need[1]:
            lacking = max(0, nodes - (plan.node_count or 0))
            fitting.append((lacking, offer.price_usd is None, offer.price_usd or Decimal(0), plan.name))
    return [plan_name for *_rank, plan_name in sorted(fitting)]


def _size(plan: ServicePlan) -> tuple[int, int]:
    offers = (plan.offers or {}).values()
    disks = [offer.disk_space_mb for offer in offers if offer.disk_space_mb is not None]
    memories = [offer.node_memory_mb for offer in offers if offer.node_memory_mb is not None]
    return min(disks, default=0), min(memories, default=0)


def _plan(row: Mapping[str, Any]) -> ServicePlan:
    name, regions, backups = row.get("service_plan"), row.get("regions"), row.get("backup_config")
    return ServicePlan(
        name=name if isinstance(name, str) else "",
        offers={
            str(cloud): _offer(offer if isinstance(offer, Mapping) else {})
            for cloud, offer in regions.items()
            if offer is not None
        }
        if isinstance(regions, Mapping)
        else None,
        node_count=_count(row.get("node_count")),
        max_backups=_count(backups.get("max_count")) if isinstance(backups, Mapping) else None,
        backup_config=backups if isinstance(backups, Mapping) else {},
    )


def _offer(row: Mapping[str, Any]) -> Offer:
    return Offer(_price(row.get("price_usd")), _count(row.get("disk_space_mb")), _count(row.get("node_memory_mb")))


def _price(value: object) -> Decimal | None:
    """The API gives prices as texts; a number is as good."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        price = Decimal(str(value))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price >= 0 else None


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
