# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What is done: the rows of the matrix, each driven in this process against the simulator's HTTP server."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection, Transport
from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import CreateSpec
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Target
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import parse_region_inventory
from ansible_collections.offsite.aiven.plugins.module_utils._core.restores import Planned
from ansible_collections.offsite.aiven.plugins.module_utils._runners import restore, service
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import describe_services, list_clouds
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.watch import Watch, Watched
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.waves import parse_waves
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory import services as inventory
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.survey import survey as region_survey
from ansible_collections.offsite.aiven.plugins.plugin_utils._report import subjects
from ansible_collections.offsite.aiven.plugins.plugin_utils._restores.running import Restores
from tests.fleet.support import HOME, OTHER, PARTNER, TODAY, Notes, account_of, policy
from tests.simulator.client import Simulator
from tests.unit.api.fake_api import FakeClock
from tests.unit.runners.restores import options

PROJECT = "shop"
# Secondary region (None: none) of each service by its name; a service that is not there has no entry.
World = Mapping[str, str | None]


@dataclass
class Ended:
    """How one operation ended: the error codes that it told, and the services that it said it changed."""

    codes: set[str] = field(default_factory=set)
    changed: set[str] | None = None


@dataclass(frozen=True)
class Operation:
    """One row. It makes ``wanted`` of ``before``; ``cleans`` up what it makes, so that what is wanted is what was."""

    name: str
    run: Callable[[AivenClient], Ended]
    before: World
    wanted: World
    cleans: bool = False

    @property
    def writes(self) -> bool:
        return self.cleans or self.before != self.wanted


def client_of(simulator: Simulator, request_timeout: float = 2) -> AivenClient:
    """A client whose waits cost no time; the deadline of an answer is ten times ``request_timeout``, in real seconds."""
    clock = FakeClock()
    connection = Connection(simulator.token, simulator.url, request_timeout=request_timeout, retry_timeout=20)
    return AivenClient(connection, partial(Transport, sleep=clock.sleep, clock=clock))


def _told(result: Mapping[str, Any], name: str | None = None) -> Ended:
    """A module's result; ``name`` is the service that it may have changed."""
    codes = {result["error"]["code"]} if result.get("error") else set()
    return Ended(codes, None if name is None else {name} if result["changed"] else set())


def _raised(work: Callable[[AivenClient], object], client: AivenClient) -> Ended:
    try:
        work(client)
    except AivenError as error:
        return Ended({error.code})
    except inventory.ProjectError as error:
        return Ended({error.__context__.code if isinstance(error.__context__, AivenError) else str(error)})
    return Ended()


def _module(region: str | None, client: AivenClient, *, create: bool = False) -> Ended:
    target = Target(PROJECT, "db-000", "enabled" if region else "disabled", region)
    spec = CreateSpec(service_type="pg", plan="startup-4", cloud=HOME, options={}) if create else None
    found = service.run(client, target, spec, service.Waiting(False, "running", 0), check_mode=False)
    return _told(found, "db-000")


def _fleet(region: str | None, client: AivenClient, **rules: Any) -> Ended:
    expect = rules.pop("expect", None)
    rule, notes = policy(concurrency=2, **rules), Notes()
    target = partial(FleetTarget, PROJECT, state="enabled" if region else "disabled", region=region, expect=expect)
    account = account_of(client)
    fleet = Fleet(rule, notes, Deciding(rule, TODAY), Reading(observe=False))
    fleet.run([replace(target(name), account=account) for name in FLEET])
    codes = {row.error["code"] for row in notes.outcomes if row.error}
    assert len(notes.outcomes) == len(FLEET), "every target has one outcome"
    return Ended(codes, None if rule.check_mode else {row.service_name for row in notes.outcomes if row.changed})


def _audit(client: AivenClient) -> Ended:
    account = account_of(client)
    targets = [FleetTarget(PROJECT, name, "enabled", inventory=_INVENTORY, account=account) for name in FLEET]
    found = subjects.survey(targets, subjects.Proofs(), subjects.Scope(exact=True), datetime.now(UTC))
    return Ended({error.code for error in found.unreadable.values()})


def _region_down(client: AivenClient) -> Ended:
    found = region_survey(
        {PROJECT: account_of(client)}, {PROJECT: FLEET}, HOME, exact=True, local_now=datetime.now(UTC)
    )
    return Ended({error.code for error in found.unreadable.values()})


def _events(client: AivenClient) -> Ended:
    with tempfile.TemporaryDirectory() as folder:
        watch = Watch(client, Watched(str(Path(folder) / "state.json"), projects=[PROJECT]))
        events = [*watch.look(), *watch.keep()]
        return Ended({event.data["error"]["code"] for event in events if event.data["kind"] == "blind"})


def _restore(client: AivenClient, **given: Any) -> Ended:
    order = restore.order_of(
        options(**{"project": PROJECT, "service_name": "db-000", "fork_name": "fork", "wait": False, **given})
    )
    return _told(restore.run(client, order, check_mode=False, tell=lambda _text: None), "fork")


def _drill(client: AivenClient) -> Ended:
    """The writes of a drill: its fork is made and deleted, whatever the first ended with."""
    made, deleted = _restore(client, purpose="drill", wait=True), _restore(client, state="absent")
    return Ended(made.codes | deleted.codes)


def _restore_many(client: AivenClient) -> Ended:
    jobs = [
        Planned(name, PROJECT, name, "pg", HOME, f"{name}-fork", "secondary", PARTNER, "startup-4") for name in FLEET
    ]
    restores = Restores(lambda _line: None, {}, max_forks=2, check_mode=False)
    restores.run("restore", [(job, account_of(client)) for job in jobs])
    codes = {row["error"]["code"] for row in restores.done.values() if row["error"]}
    return Ended(codes, {f"{host}-fork" for host, row in restores.done.items() if row["changed"]})


FLEET: Sequence[str] = ("db-000", "db-001", "db-002", "db-003")
_OFF: World = dict.fromkeys(FLEET)
_ON: World = dict.fromkeys(FLEET, PARTNER)
_MOVED: World = dict.fromkeys(FLEET, OTHER)
_ONE_OFF: World = {"db-000": None}
_ONE_ON: World = {"db-000": PARTNER}
_INVENTORY = parse_region_inventory({"btar_region_map": {HOME: PARTNER}})
_INFO = {
    "projects": [PROJECT],
    "services": None,
    "service_types": None,
    "details": False,
    "lag_period": None,
    "rpo_target": 3600,
}

OPERATIONS = (
    Operation("module create", partial(_module, PARTNER, create=True), {}, _ONE_ON),
    Operation("module enable", partial(_module, PARTNER), _ONE_OFF, _ONE_ON),
    Operation("module move", partial(_module, OTHER), _ONE_ON, {"db-000": OTHER}),
    Operation("module disable", partial(_module, None), _ONE_ON, _ONE_OFF),
    Operation("module unchanged", partial(_module, PARTNER), _ONE_ON, _ONE_ON),
    Operation("info", partial(_raised, partial(describe_services, params=_INFO)), _ON, _ON),
    Operation(
        "cloud_info",
        partial(_raised, lambda client: list_clouds(client, None, None, None)),
        {},
        {},
    ),
    Operation("fleet enable", partial(_fleet, PARTNER), _OFF, _ON),
    Operation("fleet plan", partial(_fleet, PARTNER, check_mode=True), _OFF, _OFF),
    Operation(
        "fleet apply",
        partial(_fleet, PARTNER, expect={"region": None}, stale_stops=True, waves=parse_waves(["1", "100%"])),
        _OFF,
        _ON,
    ),
    Operation("fleet move", partial(_fleet, OTHER), _ON, _MOVED),
    Operation("fleet disable", partial(_fleet, None), _ON, _OFF),
    Operation("fleet rollback", partial(_fleet, None, expect={"region": PARTNER}, undoes=True), _ON, _OFF),
    Operation("audit", _audit, _ON, _ON),
    Operation(
        "inventory",
        partial(
            _raised,
            lambda client: inventory.read_fleet(client, inventory.Scope([PROJECT], None, 3600), fail=True),
        ),
        _ON,
        _ON,
    ),
    Operation("restore present", _restore, _ONE_ON, {**_ONE_ON, "fork": None}),
    Operation("restore absent", partial(_restore, state="absent"), {**_ONE_ON, "fork": None}, _ONE_ON),
    Operation("restore_many", _restore_many, _ON, {**_ON, **{f"{name}-fork": None for name in FLEET}}),
    Operation("region_down", _region_down, _ON, _ON),
    Operation("drill's fork", _drill, _ONE_ON, _ONE_ON, cleans=True),
    Operation("event source", _events, _ON, _ON),
)
