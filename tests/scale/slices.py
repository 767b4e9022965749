# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fleet rolled out in slices: processes that share one token's rate limit, each with a part of the services.

The engine of the rollout runs here without ansible-core, whose own time by host docs/benchmark.md has.
"""

from __future__ import annotations

import hashlib
import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from tests.fleet.support import HOME, PARTNER, TODAY, Notes, account_of, client_of, policy
from tests.simulator.client import Simulator

# Project and name of a service.
Label = tuple[str, str]

# As without compression, in seconds.
RETRY_TIMEOUT = 300.0
WINDOW = 60.0


@dataclass(frozen=True)
class Size:
    """A fleet: so many services, evenly in so many projects. About one of ``change_each`` has no secondary region; 0: none."""

    services: int
    projects: int
    change_each: int = 0

    @property
    def labels(self) -> list[Label]:
        """The services, sorted as an inventory has its hosts (SERVICE.PROJECT); their names tell nothing of their project."""
        found = []
        for number in range(self.services):
            digest = hashlib.sha256(str(number).encode()).hexdigest()[:8]
            found.append((f"project-{number % self.projects:04}", f"db-{digest}"))
        return sorted(found, key=lambda label: (label[1], label[0]))

    def is_off(self, label: Label) -> bool:
        """Whether the service has no secondary region; which ones tells nothing of their project either."""
        return bool(self.change_each) and int(label[1].removeprefix("db-"), 16) % self.change_each == 0

    @property
    def changes(self) -> int:
        return sum(map(self.is_off, self.labels))


@dataclass(frozen=True)
class Limits:
    """``calls`` of a token in a minute; time is compressed by ``scale``. ``max_age`` is how old, in seconds as without that, the
    reading of a service may be when it is changed.
    """

    calls: int
    scale: float
    max_age: float = 60


@dataclass(frozen=True)
class SliceFigures:
    """What one slice did. ``memory`` is in bytes."""

    changed: int
    unchanged: int
    failed: int
    calls: int
    refused: int
    seconds: float
    memory: int


@dataclass(frozen=True)
class Figures:
    """What all slices did together. ``minutes`` are as without compression. ``limited`` is how many calls the limit counted: the
    list of clouds is free.
    """

    size: Size
    slices: tuple[SliceFigures, ...]
    minutes: float
    limited: int

    def total(self, name: str) -> int:
        return sum(getattr(row, name) for row in self.slices)

    @property
    def memory(self) -> int:
        return max(row.memory for row in self.slices)


def by_project(labels: Sequence[Label], slices: int) -> list[list[Label]]:
    """Whole projects: each is read by one slice."""
    projects = sorted({project for project, _name in labels})
    slice_of = {project: number % slices for number, project in enumerate(projects)}
    parts: list[list[Label]] = [[] for _slice in range(slices)]
    for label in labels:
        parts[slice_of[label[0]]].append(label)
    return parts


def by_host(labels: Sequence[Label], slices: int) -> list[list[Label]]:
    """Every so many-th host, as AWX slices an inventory."""
    return [list(labels[number::slices]) for number in range(slices)]


def fill(simulator: Simulator, size: Size) -> None:
    """The fleet in the simulator, each listing read once, as the first reader pays for what the simulator keeps."""
    simulator.reset()
    simulator.config(rate_limit=0, build_seconds=0)
    rows = [
        {
            "project": project,
            "service_name": name,
            "plan": "startup-4",
            "cloud": HOME,
            **({} if size.is_off((project, name)) else {"region": PARTNER, "region_age_hours": 240}),
        }
        for project, name in size.labels
    ]
    for begin in range(0, len(rows), 1000):
        simulator.door("POST", "/services", rows[begin : begin + 1000])
    for project in sorted({row["project"] for row in rows}):
        simulator.api("GET", f"/project/{project}/service")


def roll_out(
    simulator: Simulator,
    size: Size,
    slices: int,
    limits: Limits,
    divide: Callable[[Sequence[Label], int], list[list[Label]]] = by_project,
) -> Figures:
    """Rolls the fleet of :func:`fill` out in so many processes at once, under the limit of one token."""
    token = f"slices-{time.monotonic_ns()}"
    simulator.add_token(token, user=token, roles={"*": ["admin"]})
    simulator.config(rate_limit=limits.calls, rate_window=WINDOW, rate_scale=limits.scale)
    parts = divide(size.labels, slices)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(slices, mp_context=spawn) as pool:
        # The processes are there before the clock runs.
        list(pool.map(_nap, range(slices)))
        begin = time.monotonic()
        jobs = [pool.submit(_run_slice, simulator.url, token, part, limits) for part in parts]
        done = tuple(job.result() for job in jobs)
        minutes = (time.monotonic() - begin) * limits.scale / 60
    windows = simulator.door("GET", "/")["rate"]["windows"]
    simulator.config(rate_limit=0)
    return Figures(size, done, minutes, sum(row["used"] for row in windows if row["user"] == token))


def least_minutes(calls: int, limits: Limits) -> float:
    """The time that so many calls take at least: the first window's are made at once, each further window comes a minute later."""
    return float((calls - 1) // limits.calls)


def _nap(_number: int) -> None:
    time.sleep(0.2)


def _run_slice(url: str, token: str, labels: Sequence[Label], limits: Limits) -> SliceFigures:
    begin = time.monotonic()
    api = Simulator()
    api.url, api.token = url, token
    client = client_of(api, retry_timeout=RETRY_TIMEOUT / limits.scale, request_timeout=60)
    account, rules, notes = account_of(client), policy("enable", max_age=limits.max_age / limits.scale), Notes()
    targets = [FleetTarget(project, name, "enabled", PARTNER, account=account) for project, name in labels]
    fleet = Fleet(rules, notes, Deciding(rules, TODAY), Reading(observe=rules.observe))
    statuses = [case.outcome.status for case in fleet.run(targets) if case.outcome is not None]
    calls = client.api_calls
    return SliceFigures(
        changed=statuses.count("changed"),
        unchanged=statuses.count("unchanged"),
        failed=statuses.count("failed") + statuses.count("skipped"),
        calls=calls["total"] - calls["retries"],
        refused=calls["retries"],
        seconds=time.monotonic() - begin,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
    )
