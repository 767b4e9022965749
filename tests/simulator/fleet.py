# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A fleet like one that an operator would meet: varied, with all the trouble that is to be found, and always the same for a seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from .builder import build_project, build_service
from .schemas import supports
from .state import Service, World

ORGANIZATIONS = (("org-acme-retail", "Acme Retail"), ("org-acme-labs", "Acme Labs"))

# Project, organization (index), home clouds (the first is the default), environment.
PROJECTS: tuple[tuple[str, int, tuple[str, ...], str], ...] = (
    ("shop-production", 0, ("aws-eu-west-1", "aws-eu-central-1"), "production"),
    ("payments-production", 0, ("aws-eu-central-1", "aws-eu-west-1"), "production"),
    ("shop-staging", 0, ("aws-eu-west-1",), "staging"),
    ("analytics", 0, ("google-europe-west1", "google-europe-west4"), "production"),
    ("logistics-us", 0, ("google-us-east4", "google-us-central1"), "production"),
    ("research", 1, ("azure-westeurope", "azure-northeurope"), "production"),
    ("iot-platform", 1, ("azure-eastus", "azure-westus2"), "production"),
    ("sandbox", 1, ("do-ams", "aws-us-east-1"), "development"),
)

# A usual secondary region of each home cloud: the same provider and continent, hundreds of kilometres away.
PARTNER = {
    "aws-eu-west-1": "aws-eu-central-1",
    "aws-eu-central-1": "aws-eu-west-1",
    "aws-us-east-1": "aws-us-west-2",
    "google-europe-west1": "google-europe-north1",
    "google-europe-west4": "google-europe-north1",
    "google-us-east4": "google-us-central1",
    "google-us-central1": "google-us-east4",
    "azure-westeurope": "azure-northeurope",
    "azure-northeurope": "azure-westeurope",
    "azure-eastus": "azure-westus2",
    "azure-westus2": "azure-eastus",
    "do-ams": "do-fra",
}

# A region that Aiven accepts but that a careful operator's rules would not: another continent.
FAR = {"aws": "aws-us-east-1", "google": "google-asia-east1", "azure": "azure-japaneast", "do": "do-nyc"}

# Regions of providers for which Aiven publishes no code.
NO_CODE = ("avn-ovh-gra", "eu-frankfurt-1", "avn-ovh-bhs")

# fmt: off
WORDS = (
    "orders", "catalog", "customers", "carts", "prices", "stock", "invoices", "ledger", "payouts", "sessions", "search",
    "suggest", "reviews", "returns", "tracking", "routes", "drivers", "sensors", "telemetry", "alerts", "profiles", "consent",
    "mailing", "campaigns", "reports", "forecasts", "features", "models", "events", "audit", "identity", "billing",
)
# fmt: on
TEAMS = ("checkout", "platform", "data", "logistics", "identity")

TYPES = (
    ("pg", 34),
    ("mysql", 12),
    ("opensearch", 13),
    ("valkey", 11),
    ("grafana", 6),
    ("kafka", 9),
    ("clickhouse", 4),
    ("dragonfly", 3),
    ("kafka_connect", 3),
    ("flink", 2),
    ("kafka_mirrormaker", 2),
    ("thanos", 1),
)
BTAR_TYPES = tuple(kind for kind, _share in TYPES if supports(kind, "additional_backup_regions"))
SUFFIX = {
    "pg": "pg",
    "mysql": "mysql",
    "opensearch": "search",
    "valkey": "cache",
    "grafana": "dashboards",
    "kafka": "kafka",
}
PLANS = {
    "grafana": ("startup-1", "startup-4"),
    "flink": ("business-4", "business-8"),
    "kafka": ("startup-4", "business-4", "business-8", "premium-8"),
    "thanos": ("startup-4", "business-4"),
}
USUAL_PLANS = ("startup-4", "startup-8", "business-4", "business-8", "business-16", "premium-4", "premium-8")

# What befalls a service that can have a secondary region. The first services of a fleet get one each, in this order: even a small
# fleet shows everything. The numbers are the weights of the rest.
SCENARIOS: tuple[tuple[str, int], ...] = (
    ("protected", 22),
    ("pending", 2),
    ("paused", 2),
    ("lagging", 2),
    ("off", 60),
    ("unknown", 1),
    ("far", 3),
    ("migrated", 2),
    ("migrated_into_copy", 1),
    ("powered_off", 2),
    ("no_backups", 1),
    ("moved_today", 2),
)


def seed_fleet(world: World, size: int, projects: int | None = None, seed: int = 7) -> list[Service]:
    """Add ``size`` services in ``projects`` projects (default 8; one for each 200 services in a large fleet)."""
    chance = random.Random(seed)
    homes = list(_projects(projects or max(len(PROJECTS), size // 200)))
    for name, organization, clouds, environment in homes:
        key, title = ORGANIZATIONS[organization]
        tags = {"env": environment}
        build_project(
            world,
            {"name": name, "organization": key, "organization_name": title, "default_cloud": clouds[0], "tags": tags},
        )
    return [build_service(world, {**spec, "real": False}) for spec in _specs(world, chance, size, homes)]


def _projects(count: int) -> Iterator[tuple[str, int, tuple[str, ...], str]]:
    for number in range(count):
        name, organization, clouds, environment = PROJECTS[number % len(PROJECTS)]
        yield (
            (name if number < len(PROJECTS) else f"{name}-{number // len(PROJECTS) + 1}"),
            organization,
            clouds,
            environment,
        )


def _specs(
    world: World, chance: random.Random, size: int, homes: list[tuple[str, int, tuple[str, ...], str]]
) -> Iterator[dict[str, Any]]:
    kinds, weights = zip(*TYPES, strict=True)
    shown = [name for name, _share in SCENARIOS]
    quiet: Counter[str] = Counter()
    for number in range(size):
        project, _organization, clouds, environment = homes[number % len(homes)]
        kind = kinds[number] if number < len(kinds) else chance.choices(kinds, weights)[0]
        spec = _plain(chance, number, project, kind, clouds, environment)
        while spec["service_name"] in world.projects[project].services:
            spec["service_name"] += f"-{number}"
        if kind in BTAR_TYPES:
            scenario = shown.pop(0) if shown else chance.choices(*zip(*SCENARIOS, strict=True))[0]
            SCENARIO_SPECS[scenario](spec, chance)
            spec["scenario"] = scenario
            if scenario == "off":
                quiet[environment] += 1
                _set_apart(spec, environment, quiet[environment])
        yield spec


def _plain(
    chance: random.Random, number: int, project: str, kind: str, clouds: tuple[str, ...], environment: str
) -> dict[str, Any]:
    """A service as its owners made it, without a thought of other regions."""
    tags = {"env": environment, "team": chance.choice(TEAMS)}
    if chance.random() < 0.3:
        tags["criticality"] = chance.choice(("high", "medium", "low"))
    return {
        "project": project,
        "service_name": f"{chance.choice(WORDS)}-{SUFFIX.get(kind, kind.replace('_', '-'))}",
        "service_type": kind,
        "plan": chance.choice(PLANS.get(kind, USUAL_PLANS)),
        "cloud": clouds[0] if chance.random() < 0.7 else chance.choice(clouds),
        "age_days": chance.randint(20, 900),
        "tags": tags if chance.random() < 0.75 else {},
        "termination_protection": environment == "production" and chance.random() < 0.35,
        "user_config": {"ip_filter": ["10.0.0.0/8"], "static_ips": False},
    }


# --- scenarios: each changes the spec of one service -------------------------------------------------------------------------


def _off(spec: dict[str, Any], chance: random.Random) -> None:
    if chance.random() < 0.2:
        spec["user_config"]["additional_backup_regions"] = []


def _enabled(spec: dict[str, Any], chance: random.Random, days: float | None = None) -> None:
    spec["region"] = PARTNER[spec["cloud"]]
    spec["region_age_hours"] = 24 * (days if days is not None else chance.randint(5, 19))


def _set_apart(spec: dict[str, Any], environment: str, turn: int) -> None:
    """What the weights draw too seldom, of every so many services without a region; by turn, so that the rest stays as it is.

    No rule finds a region where the provider has no code: such services are none that a rollout must be able to protect.
    """
    if environment == "production" and turn % 20 == 0:
        spec.update(powered=False, off_hours=24 + turn, termination_protection=False, scenario="powered_off")
    elif environment == "development" and turn % 4 == 0:
        spec["cloud"] = NO_CODE[turn // 4 % len(NO_CODE)]


def _pending(spec: dict[str, Any], chance: random.Random) -> None:
    _enabled(spec, chance, days=0)
    spec["region_age_hours"] = 0.05
    spec["lag_minutes"] = 45


def _paused(spec: dict[str, Any], chance: random.Random) -> None:
    _enabled(spec, chance)
    _keeps_long(spec)
    reason = chance.choice(("Replication target bucket is not reachable", "Paused by Aiven support for maintenance"))
    spec["pause"] = {"hours_ago": chance.randint(3, 20), "reason": reason}


def _lagging(spec: dict[str, Any], chance: random.Random) -> None:
    _enabled(spec, chance)
    _keeps_long(spec)
    spec["stop"] = {"hours_ago": chance.randint(34, 44)}


def _keeps_long(spec: dict[str, Any]) -> None:
    """A plan that keeps its backups for long: what was copied before replication stood still is still there."""
    spec["plan"] = {"grafana": "startup-1", "valkey": "premium-8"}.get(spec["service_type"], "business-8")


def _unknown(spec: dict[str, Any], chance: random.Random) -> None:
    """Listings need not hold ``backups``: the schema has it optional."""
    _enabled(spec, chance)
    spec["hide_in_listing"] = ["backups"]


def _far(spec: dict[str, Any], chance: random.Random) -> None:
    _enabled(spec, chance)
    spec["region"] = FAR[spec["cloud"].split("-")[0]]
    if spec["region"] == spec["cloud"]:
        spec["region"] = PARTNER[spec["cloud"]]


def _migrated(spec: dict[str, Any], chance: random.Random) -> None:
    """The service moved, its backups did not."""
    _enabled(spec, chance)
    spec["primary_region"] = spec["cloud"]
    provider = spec["cloud"].split("-")[0]
    spec["cloud"] = (
        next(cloud for cloud in PARTNER if cloud.startswith(provider) and cloud not in (spec["cloud"], spec["region"]))
        if provider != "do"
        else "do-lon"
    )


def _migrated_into_copy(spec: dict[str, Any], chance: random.Random) -> None:
    """Moved into its own secondary region: service and copy now share a place."""
    _enabled(spec, chance)
    spec["primary_region"], spec["cloud"] = spec["cloud"], spec["region"]


def _powered_off(spec: dict[str, Any], chance: random.Random) -> None:
    if chance.random() < 0.5:
        _enabled(spec, chance)
    spec.update(powered=False, off_hours=chance.randint(24, 500), termination_protection=False)


def _no_backups(spec: dict[str, Any], chance: random.Random) -> None:
    """A plan that takes no backups, where the type has one: nothing could ever be copied."""
    if spec["service_type"] in ("pg", "mysql"):
        spec["plan"] = "hobbyist"


def _moved_today(spec: dict[str, Any], chance: random.Random) -> None:
    """Set a few hours ago: Aiven refuses another change for the rest of the day."""
    _enabled(spec, chance, days=0)
    spec["region_age_hours"] = chance.randint(4, 12)


SCENARIO_SPECS = {
    "protected": _enabled,
    "pending": _pending,
    "paused": _paused,
    "lagging": _lagging,
    "off": _off,
    "unknown": _unknown,
    "far": _far,
    "migrated": _migrated,
    "migrated_into_copy": _migrated_into_copy,
    "powered_off": _powered_off,
    "no_backups": _no_backups,
    "moved_today": _moved_today,
}
