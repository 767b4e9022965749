# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: one instance for each real service of the world, and the calls of the side door that only it understands."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from concurrent.futures import Future
from itertools import count
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event
from typing import Any

from ..clock import RealClock, parse_time
from ..errors import ApiError
from ..state import Service, World
from ..views import Renderer
from . import guard, programs
from .instance import Instance, Means
from .programs import Programs
from .recovery import Origin, Recoverer
from .server import Server, free_port, make_template
from .storage import Regions

TYPES = frozenset({"pg"})
IDLE = 1.0


class Engine:
    """PostgreSQL servers, below one folder that a guard removes in the end."""

    def __init__(self) -> None:
        """Raises RuntimeError where PostgreSQL is not installed."""
        folder = programs.find()
        if folder is None:
            raise RuntimeError(programs.MISSING)
        self._programs = Programs(folder)
        self._folder = Path(tempfile.mkdtemp(prefix="simulator-"))
        self._programs.own(self._folder)
        self._guard = subprocess.Popen(
            [sys.executable, guard.__file__, str(self._folder)], stdin=subprocess.PIPE, start_new_session=True
        )
        self._servers = self._folder / "servers"
        self._servers.mkdir()
        self._programs.own(self._servers)
        template = Server(self._programs, self._servers / "template", self._folder, Event())
        make_template(self._programs, template)
        self._template = template.data
        self._ports: set[int] = set()
        self._instances: dict[int, Instance] = {}
        self._runs = count()
        self._keys = count()

    def attach(self, world: World) -> None:
        """Serve this world from now on: what ran for a former one is gone. Time is that of the servers."""
        for instance in self._instances.values():
            instance.discard()
        self._instances.clear()
        world.clock = RealClock()
        world.real_types = TYPES
        self._world = world
        regions = Regions(self._programs, self._folder / f"regions-{next(self._runs)}")
        news: SimpleQueue[Any] = SimpleQueue()
        self._means = Means(self._programs, regions, self._servers, self._template, world.authorities, news)

    def close(self) -> None:
        """End all servers and remove all folders."""
        for instance in self._instances.values():
            instance.ended.set()
        assert self._guard.stdin
        self._guard.stdin.close()
        self._guard.wait()

    # --- after each change -----------------------------------------------------------------------------------------------

    def settle(self, renderer: Renderer) -> None:
        """Make the changes of which the instances have told."""
        while True:
            try:
                service, change = self._means.news.get_nowait()
            except Empty:
                return
            change()
            renderer.touch(service)

    def follow(self, service: Service) -> None:
        """A service was made, changed or deleted: let its instance go after it."""
        if not service.real:
            return
        project = self._world.projects.get(service.project)
        instance = self._instances.get(id(service))
        if project is None or project.services.get(service.name) is not service:
            if instance:
                del self._instances[id(service)]
                instance.discard()
        elif instance:
            instance.follow()
        else:
            self._adopt(service)

    def _adopt(self, service: Service) -> None:
        instance = Instance(self._means, service, f"s{next(self._keys)}", self._free_port())
        self._instances[id(service)] = instance
        if service.restore and service.fork_of:
            instance.submit(Recoverer(instance, service.restore, self._origin(service, service.fork_of)))
        else:
            instance.submit(instance.build)
        instance.follow()

    def _free_port(self) -> int:
        """A port that no server of ours has or had."""
        port = free_port()
        while port in self._ports:
            port = free_port()
        self._ports.add(port)
        return port

    def _origin(self, service: Service, fork_of: dict[str, Any]) -> Origin:
        source = self._world.projects[fork_of["project"]].services[fork_of["service_name"]]
        instance = self._instances[id(source)]
        cloud = fork_of["backup_location"]
        target = service.user_config.get("recovery_target_time")
        backup = next(item for item in source.stored.backups if item.name == fork_of["backup_name"])
        moment = parse_time(target) if target else backup.taken
        from_primary = not (source.replica and source.replica.cloud == cloud)
        return Origin(instance, instance.copies(cloud), from_primary, backup.name, moment)

    # --- side door -------------------------------------------------------------------------------------------------------

    def destroy(self, cloud: str) -> None:
        """The servers and the copies in a region are gone."""
        for instance in self._instances.values():
            if instance.service.cloud == cloud:
                instance.die()
        self._means.regions.destroy(cloud)

    async def built(self, services: list[Service]) -> None:
        """Wait until all that was asked of the services is done. Raises RuntimeError with what went wrong."""
        await _all([self._instances[id(service)].last for service in services if id(service) in self._instances])

    async def back_up(self, project: str | None = None, service: str | None = None) -> list[Service]:
        """Take a base backup of one service, or of all that can have one. Raises 409 for one that cannot."""
        chosen = self._chosen(project, service, _no_backup)
        await _all([instance.submit(instance.back_up) for instance in chosen])
        return [instance.service for instance in chosen]

    async def replicate(self, project: str | None = None, service: str | None = None) -> list[Service]:
        """Bring what is committed by now to the secondary region, of one service or of all. Raises 409 if that cannot be."""
        chosen = self._chosen(project, service, _no_replication)
        await _all([instance.submit(instance.replicate) for instance in chosen])
        return [instance.service for instance in chosen]

    async def replicate_regularly(self) -> None:
        """Replicate all services every ``replicate_every`` seconds, for ever; 0: not."""
        while True:
            every = self._world.settings.replicate_every
            await asyncio.sleep(every or IDLE)
            if every:
                for instance in self._chosen(None, None, _no_replication):
                    if instance.last is None or instance.last.done():
                        instance.submit(instance.replicate)

    def error_of(self, service: Service) -> str:
        """What went wrong with a real service; "" if nothing did."""
        instance = self._instances.get(id(service))
        return instance.error if instance else ""

    def _chosen(self, project: str | None, name: str | None, obstacle: Any) -> list[Instance]:
        found = [
            instance
            for instance in self._instances.values()
            if project in (None, instance.service.project) and name in (None, instance.service.name)
        ]
        if name is not None and not found:
            raise ApiError(404, f"no real service {project}/{name}")
        for instance in found:
            if name is not None and obstacle(instance):
                raise ApiError(409, f"{instance.service.project}/{instance.service.name} {obstacle(instance)}")
        return [instance for instance in found if not obstacle(instance)]


def _no_backup(instance: Instance) -> str:
    service = instance.service
    if instance.ended.is_set() or not service.powered:
        return "is not running"
    if service.primary_lost_at is not None:
        return "has no region for its primary backups any more"
    return "" if instance.keeps() else "has a plan without backups"


def _no_replication(instance: Instance) -> str:
    replica = instance.service.replica
    if replica is None:
        return "has no secondary region"
    if instance.ended.is_set() or instance.service.primary_lost_at is not None:
        return "has lost its server or its primary backups"
    return "does not replicate now: paused or stopped" if replica.open_gap() else ""


async def _all(futures: list[Future[Any] | None]) -> None:
    await asyncio.gather(*(asyncio.wrap_future(future) for future in futures if future))
