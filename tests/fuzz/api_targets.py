# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What mutated answers of the API go into: the client, decisions and their writes, restores, drills, and the watch.

A target takes the world and the seed of a case. It raises what must not be: anything but the collection's own errors, which it
takes, or a broken promise. Each returns whether the answers were understood.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import restore_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Target
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import parse_region_inventory
from ansible_collections.offsite.aiven.plugins.module_utils._runners import restore
from ansible_collections.offsite.aiven.plugins.module_utils._runners import service as one_service
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import describe_services, list_clouds
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.choosing import Choosing, Settings
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.watch import Watch, Watched
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget, Policy
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import (
    Filters,
    ProjectError,
    Scope,
    from_cache,
    name_hosts,
    read_fleet,
    to_cache,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.untrusted import Untrusted
from tests.fuzz.mutations import TRACE
from tests.fuzz.world import PROJECT, REGION, SERVICES, MutatedTransport, World, Write, account_of, client_of

REGIONS = "additional_backup_regions"
OTHER_REGION = "aws-eu-south-1"
LISTING = f"/project/{PROJECT}/service"
INVENTORY = {"btar_region_otherwise": "nearest", "btar_region_rules": {"same_geo_region": True}}

ApiTarget = Callable[[World, str], bool]


class BrokenPromise(AssertionError):
    """What the collection did and must never do."""


def _reads(client: AivenClient) -> Iterator[Callable[[], Any]]:
    name = "orders"
    yield lambda: client.list_services(PROJECT)
    yield lambda: client.list_fork_sources(PROJECT)
    yield lambda: client.get_service(PROJECT, name)
    yield lambda: client.get_backups(PROJECT, name)
    yield lambda: client.get_lag_report(PROJECT, name, "day")
    yield client.list_clouds
    yield lambda: client.list_project_clouds(PROJECT)
    yield lambda: client.type_supports_btar(PROJECT, "pg")
    yield lambda: client.get_type_options(PROJECT, "pg")
    yield lambda: client.list_service_plans(PROJECT, "pg")
    yield lambda: client.list_vpcs(PROJECT)
    yield client.list_my_projects
    yield lambda: client.plan_keeps_backups(PROJECT, "pg", "startup-4")
    yield lambda: client.list_deployment_models(client.organization_of(PROJECT))


def client(world: World, seed: str) -> bool:
    """One of the reads; all of them in the case that is not mutated."""
    made, _transport = client_of(world, seed)
    reads = list(_reads(made))
    number = int(seed.rpartition(" ")[2])
    try:
        for read in [reads[number % len(reads)]] if number else reads:
            read()
    except AivenError:
        return False
    return True


def info(world: World, seed: str) -> bool:
    made, _transport = client_of(world, seed)
    params = {
        "projects": None,
        "services": None,
        "service_types": None,
        "details": True,
        "lag_period": "day",
        "rpo_target": 86400,
    }
    understood = True
    for work in (
        lambda: describe_services(made, params),
        lambda: list_clouds(made, None, near="aws-eu-west-1", same_provider_as=None),
    ):
        try:
            json.dumps(work())
        except AivenError:
            understood = False
    return understood


def service(world: World, seed: str) -> bool:
    """A single service: enabled, moved, disabled."""
    understood = True
    for name, state, region in (
        ("billing", "enabled", REGION),
        ("orders", "enabled", OTHER_REGION),
        ("search", "disabled", None),
    ):
        made, transport = client_of(world, f"{name} {seed}")
        target = Target(PROJECT, name, state, region)  # type: ignore[arg-type]
        waiting = one_service.Waiting(False, "running", 0)
        result = one_service.run(made, target, None, waiting, check_mode=False)
        json.dumps(result)
        understood = understood and "error" not in result
        _check_writes(transport, {name: region})
    return understood


class _Deaf:
    """Nobody is told."""

    def decided(self, plans: Any, waves: int) -> None:
        pass

    def outcome(self, outcome: Any) -> None:
        pass

    def tick(self, phase: str, done: int, total: int) -> None:
        pass

    def wave_ended(self, plans: Any) -> None:
        pass


def fleet(world: World, seed: str) -> bool:
    """Many services: regions chosen, waves, and every outcome whole."""
    made, transport = client_of(world, seed)
    account, inventory = account_of(made), parse_region_inventory(INVENTORY)
    policy = Policy(changes=frozenset(("enable",)), concurrency=1)
    run = Fleet(policy, _Deaf(), Deciding(policy, date(2026, 9, 1)), Reading(observe=True, clock=made.transport.clock))
    plans: list[Case] = []
    try:
        plans = run.run(
            [FleetTarget(PROJECT, name, "enabled", inventory=inventory, account=account) for name in SERVICES]
        )
    except AivenError as error:
        if transport.written:
            raise BrokenPromise(f"a run that broke off with {error.code} wrote {transport.written}") from error
    _check_writes(transport, dict.fromkeys(SERVICES, None), any_region=True)
    outcomes = [plan.outcome.as_dict() for plan in plans if plan.outcome is not None]
    json.dumps(outcomes)
    if len(outcomes) != len(plans):
        raise BrokenPromise("a service without an outcome")
    return bool(outcomes) and not any(outcome["failed"] for outcome in outcomes)


def _check_writes(transport: MutatedTransport, wanted: Mapping[str, str | None], *, any_region: bool = False) -> None:
    """A write is of a service that was meant, to what was meant, and only where what was read of it is beyond doubt."""
    for write in transport.written:
        name, body = write.path.rpartition("/")[2], write.body
        if (
            write.method != "PUT"
            or name not in wanted
            or list(body) != ["user_config"]
            or list(body["user_config"]) != [REGIONS]
        ):
            raise BrokenPromise(f"an unwanted write: {write.method} {write.path} {body}")
        regions = body["user_config"][REGIONS]
        if not any_region and regions != ([wanted[name]] if wanted[name] else []):
            raise BrokenPromise(f"another region than wanted: {body}")
        rows = list(_rows_of(write, name))
        configs = [row.get("user_config") for row in rows]
        if not rows or not all(config is None or isinstance(config, dict) for config in configs):
            raise BrokenPromise(f"a write of what was not read: {write.path}")
        shown = [(config or {}).get(REGIONS) or [] for config in configs]
        if any(found == regions or not isinstance(found, list) for found in shown):
            raise BrokenPromise(f"a write of what is so already, or is not known: {write.path} {shown}")
        if any_region and any(shown):
            raise BrokenPromise(f"a move that nobody has allowed: {write.path} {shown}")


def _rows_of(write: Write, name: str) -> Iterator[Mapping[str, Any]]:
    """What had been told of a service, read by other means than those of the collection."""
    for path in (LISTING, f"{LISTING}/{name}"):
        if path in write.told:
            body = json.loads(write.told[path])
            rows = body["services"] if path == LISTING else [body["service"]]
            yield from (row for row in rows if path != LISTING or row.get("service_name") == name)


def restores(world: World, seed: str) -> bool:
    """A fork made of mutated facts is of the source that was meant, in the region where its copies are."""
    made, transport = client_of(world, seed)
    options = {name: option.get("default") for name, option in restore_options().items()}
    recover_to = ("latest", "backup", "2026-09-01T00:00:00Z")[len(seed) % 3]
    given = {"project": PROJECT, "service_name": "orders", "fork_name": "orders-restored", "recover_to": recover_to}
    order = restore.order_of({**options, **given, "wait": False})
    result = restore.run(made, order, check_mode=False, tell=lambda _text: None)
    json.dumps(result)
    for write in transport.written:
        body, config = write.body, write.body["user_config"]
        source = (config.get("service_to_fork_from"), config.get("project_to_fork_from", PROJECT))
        if (write.method, write.path, body["service_name"], *source) != (
            "POST",
            LISTING,
            "orders-restored",
            "orders",
            PROJECT,
        ):
            raise BrokenPromise(f"an unwanted write: {write.method} {write.path} {body}")
        copies = [row["user_config"][REGIONS] for row in _rows_of(write, "orders")]
        if not any(body["cloud"] in found for found in copies):
            raise BrokenPromise(f"a fork in {body['cloud']}, copies are in {copies}")
    return "error" not in result


def drill_choice(world: World, seed: str) -> bool:
    made, transport = client_of(world, seed)
    account = account_of(made)
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            "all", 1, 20, "random", 30, folder, 7200, 1800, max_price=Decimal("0.5"), price_confirmed=False
        )
        targets = {name: FleetTarget(PROJECT, name, "enabled", account=account) for name in SERVICES}
        found = Choosing(targets, settings).choose()
    json.dumps([found.orders, found.left_out, found.expensive, list(found.warnings)])
    leftovers = [left["name"] for order in found.orders.values() for left in order["leftovers"]]
    if leftovers and b"offsite_fork_purpose" not in transport.told[LISTING]:
        raise BrokenPromise(f"services that are no forks would be deleted: {leftovers}")
    return not found.unreadable


def inventory(world: World, seed: str) -> bool:
    """No text of an answer is evaluated as a template, fresh or from a cache."""
    made, _transport = client_of(world, seed)
    try:
        reading = read_fleet(made, Scope(None, None, 86400), fail=False)
    except (AivenError, ProjectError):
        return False
    cached = from_cache(json.loads(json.dumps(to_cache(reading))))
    for found in (reading, cached):
        if found is None:
            raise BrokenPromise("a cache that cannot be read again")
        filters = Filters(tags={"owner": "*"})
        hosts, _warnings = name_hosts((facts for facts in found.facts if not filters.pass_(facts)), "SERVICE.PROJECT")
        untrusted = Untrusted()
        for name, facts in hosts.items():
            if not name.replace("-", "").replace("_", "").replace(".", "").isalnum():
                raise BrokenPromise(f"a host {name!r}")
            variables = {f"aiven_{key}": untrusted.value(value) for key, value in facts._asdict().items()}
            Templar(loader=DataLoader()).template(variables)
    if TRACE.exists():
        raise BrokenPromise("a template of an answer was evaluated")
    return True


def watch(world: World, seed: str) -> bool:
    """Two looks of the event source, the second at the API as it is."""
    made, transport = client_of(world, seed)
    with tempfile.TemporaryDirectory() as folder:
        watched = Watch(made, Watched(f"{folder}/state.json"))
        understood = True
        for look in range(2):
            for event in watched.look():
                understood = understood and "blind" not in str(event.data.get("kind", ""))
                json.dumps(event.data)
                event.told()
            watched.keep()
            if look == 0:
                transport.told.clear()
                transport.dose = 0
                made.transport.sleep(1000)
        watched.close()
    return understood


TARGETS: dict[str, ApiTarget] = {
    "client": client,
    "info": info,
    "service": service,
    "fleet": fleet,
    "restore": restores,
    "drill choice": drill_choice,
    "inventory": inventory,
    "watch": watch,
}
