# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An API whose answers are mutated: each is that of the simulator, and stays the same within a case."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Answer, Connection, Transport
from ansible_collections.offsite.aiven.plugins.module_utils._runners.write_check import Facts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from tests.fuzz.mutations import mutated_text
from tests.simulator.client import Simulator
from tests.unit.api.fake_api import FakeClock

TOKEN = "fuzzToken8Jw3"
REGION = "aws-eu-central-1"
PROJECT = "shop"
# Name -> type and secondary region. Each has backups.
SERVICES = {
    "orders": ("pg", "aws-eu-central-1"),
    "billing": ("mysql", None),
    "search": ("opensearch", "aws-eu-south-1"),
    "cache": ("valkey", None),
    "events": ("kafka", None),
}


class World:
    """The simulator's answers, each asked for once, and how often they were mutated."""

    def __init__(self, simulator: Simulator) -> None:
        simulator.add_token(TOKEN, user="fuzz@example.org")
        for name, (service_type, region) in SERVICES.items():
            past = {"region": region, "region_age_hours": 300} if region else {}
            simulator.add_service(PROJECT, name, service_type=service_type, plan="business-4", **past)
        self.now = datetime.fromisoformat(simulator.clock()["now"])
        self._simulator = simulator
        self._answers: dict[str, tuple[int, Any]] = {}
        self._lock = threading.Lock()

    def answer(self, path: str, asked: Any = None) -> tuple[int, Any]:
        """Status and body of a read; with ``asked``, of one that is sent as POST."""
        with self._lock:
            if path not in self._answers:
                method = "GET" if asked is None else "POST"
                self._answers[path] = self._simulator.api(method, path, asked, token=TOKEN)
            return self._answers[path]


@dataclass(frozen=True, slots=True)
class Write:
    """A write, and what had been told by then, by path."""

    method: str
    path: str
    body: Any
    told: Mapping[str, bytes]


class MutatedTransport(Transport):
    """Answers reads from the world, mutated with the chance ``dose``; keeps the writes, and answers them likewise."""

    def __init__(self, connection: Connection, world: World, seed: str, dose: float, clock: FakeClock) -> None:
        super().__init__(connection, clock.sleep, clock)
        self._world, self._seed = world, seed
        self.dose = dose
        self.told: dict[str, bytes] = {}
        self.written: list[Write] = []
        self._made: dict[str, Mapping[str, Any]] = {}

    def _received(self, method: str, path: str, body: Any) -> Answer:
        if method == "POST" and "service_name" not in body:
            self._world.answer(path, body)
            method = "GET"
        if method != "GET":
            self.written.append(Write(method, path, body, dict(self.told)))
        if method == "DELETE":
            return self._answer(200, b"{}")
        if method == "POST":
            path = f"{path}/{body['service_name']}"
        if method != "GET":
            self._made[path] = body
            self.told.pop(path, None)
        if path not in self.told:
            status, said = self._said(path)
            chance = random.Random(f"{self._seed} {method} {path}")
            if status >= 400:
                return self._answer(status, json.dumps(said).encode())
            mutate = chance.random() < self.dose
            self.told[path] = mutated_text(said, chance) if mutate else json.dumps(said).encode()
        return self._answer(200, self.told[path])

    def _said(self, path: str) -> tuple[int, Any]:
        """The world's answer, with what was written."""
        made = self._made.get(path)
        if made is None:
            return self._world.answer(path)
        source = made.get("user_config", {}).get("service_to_fork_from", path.rpartition("/")[2])
        _status, said = self._world.answer(f"{path.rpartition('/')[0]}/{source}")
        service = said["service"]
        config = {**service["user_config"], **made["user_config"]}
        return 200, {
            "service": {
                **service,
                **made,
                "user_config": config,
                "cloud_name": made.get("cloud", service["cloud_name"]),
            }
        }

    def _answer(self, status: int, content: bytes) -> Answer:
        return Answer(status, {}, content, self._world.now)


def client_of(world: World, seed: str) -> tuple[AivenClient, MutatedTransport]:
    """A client of an API that answers so: a tenth, half, or all answers are mutated, by the case; none in case 0."""
    number = int(seed.rpartition(" ")[2])
    dose = (0.1, 0.5, 1.0)[number % 3] if number else 0.0
    clock = FakeClock()
    made = partial(MutatedTransport, world=world, seed=seed, dose=dose, clock=clock)
    client = AivenClient(Connection(TOKEN, "http://127.0.0.1:9"), made)
    transport = client.transport
    assert isinstance(transport, MutatedTransport)
    return client, transport


def account_of(client: AivenClient) -> Account:
    return Account(0, client, Facts(client), CircuitBreaker())
