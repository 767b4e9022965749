# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Looks at the protection of services again and again, and tells what became worse or better, each thing once.

An event is remembered when it has been told, not before: who is killed in between tells it again, with the same id, and never
keeps it back. What cannot be seen is an event too, as silence must not look like health.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient, Answered
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET, protection_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection_changes import (
    ServiceChange,
    Sight,
    changes_between,
    count_by_protection,
    event_id,
    seconds_to_next_look,
    sight_of,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.watch_state import InvalidState, WatchState
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import in_parallel
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.state_file import StateFile
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import few

LOG = logging.getLogger("offsite.aiven.aiven_btar")

# Stands for the list of projects among the names of projects, none of which it can be.
ALL_PROJECTS = "*"
# In seconds: where looking takes longer than the interval, others get a turn nevertheless.
_SHORTEST_PAUSE = 0.05


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched, how often and where that is kept. Times are in seconds; None lets all pass."""

    state_file: str
    projects: Sequence[str] | None = None
    services: Sequence[str] | None = None
    service_types: Sequence[str] | None = None
    rpo_target: int = DEFAULT_RPO_TARGET
    interval: float = 300
    backoff_max: float = 900


@dataclass(frozen=True, slots=True)
class Event:
    """``data`` is to be told; :attr:`told` is to be called when it has been."""

    data: Mapping[str, Any]
    told: Callable[[], object] = lambda: None


class _Seen(NamedTuple):
    """A project as it was seen: its services by name, and the changes since it was seen before."""

    sights: dict[str, Sight]
    changes: list[ServiceChange]


@dataclass(slots=True)
class _Look:
    """What one look has found, by project. ``listed`` says whether it was read which projects there are, ``missing`` has those
    that have failed because they are none of them.
    """

    started: float
    breaker: CircuitBreaker = field(default_factory=CircuitBreaker)
    listed: bool = False
    missing: frozenset[str] = frozenset()
    seen: dict[str, _Seen] = field(default_factory=dict)
    failures: dict[str, AivenError] = field(default_factory=dict)

    @property
    def visible(self) -> set[str]:
        return {*self.seen, ALL_PROJECTS} if self.listed else set(self.seen)


class Watch:
    """Reads the state file when it is made. Its methods block, and must not run at the same time."""

    def __init__(self, client: AivenClient, watched: Watched) -> None:
        self._client = client
        self._watched = watched
        self._clock = client.transport.clock
        self._over = threading.Event()
        client.transport.guard = self._give_up
        scope = {
            "api_url": client.transport.base,
            "services": _listed(watched.services),
            "service_types": _listed(watched.service_types),
        }
        self._file = StateFile(watched.state_file, scope)
        self._state, self._beginning = self._restored(scope)
        self._found: list[str] = list(self._state.projects)
        self._failed: dict[str, int] = {}
        self._due: dict[str, float] = {}
        self._last: _Look | None = None
        self._not_kept = False

    def look(self) -> list[Event]:
        """The events since the last look, to be told in this order; :meth:`keep` is to be called after that.

        One call for each project that is due, and one for which projects there are unless they are given. Raises AivenError
        ``interrupted`` once the watch is over.
        """
        look = self._last = _Look(self._clock())
        names = self._projects(look)
        in_parallel(lambda name: self._read(name, look), [name for name in names if self._is_due(name, look)])
        asked = names if self._watched.projects is not None else [ALL_PROJECTS, *names]
        self._due = {name: self._next(name, look) for name in asked}
        for warning in self._client.retirements.take():
            LOG.warning(warning)
        return [*self._began(look), *self._seeing(look), *self._changes(look), *self._blind(look)]

    def keep(self) -> list[Event]:
        """Remembers the rest of the last look, which was no event, and writes the state file.

        Where that fails there is one event to tell, until it works again.
        """
        for name, seen in (self._last.seen if self._last else {}).items():
            self._state.projects[name] = seen.sights
        self._last = None
        return self._write()

    def seconds_to_next_look(self) -> float:
        """How long until the next project is due."""
        now = self._clock()
        return max(_SHORTEST_PAUSE, min(self._due.values(), default=now + self._watched.interval) - now)

    def close(self) -> None:
        """Ends the waits of a look that nobody wants any more, and writes down what has been told."""
        self._over.set()
        self._write()

    # State

    def _restored(self, scope: Mapping[str, Any]) -> tuple[WatchState, Mapping[str, Any] | None]:
        """The state, and if it is a new one what the event says about that."""
        damaged, message = False, f"there is no state_file {self._file.path} yet"
        try:
            state = self._file.read()
        except InvalidState as error:
            damaged, state = True, None
            message = (
                f"state_file {self._file.path} cannot be used, {error}: what changed since it was written is not known"
            )
            LOG.warning(message)
        if state is None:
            return WatchState(scope), {"damaged": damaged, "message": message}
        if self._watched.projects is not None:
            state.projects = {name: rows for name, rows in state.projects.items() if name in self._watched.projects}
            state.blind = {name: since for name, since in state.blind.items() if name in self._watched.projects}
        return state, None

    def _write(self) -> list[Event]:
        try:
            self._file.write(self._state)
        except OSError as error:
            if self._not_kept:
                return []
            self._not_kept = True
            message = (
                f"state_file {self._file.path} cannot be written: {error.strerror}. "
                "What changes while the watch is not running will not be told: give a file that can be written."
            )
            LOG.warning(message)
            return [Event(_of_the_watch("state_not_kept", message=message))]
        self._not_kept = False
        return []

    # Reading

    def _give_up(self) -> None:
        if self._over.is_set():
            raise Interrupted("the watch is over")

    def _is_due(self, name: str, look: _Look) -> bool:
        return name not in look.failures and self._due.get(name, look.started) <= look.started

    def _next(self, name: str, look: _Look) -> float:
        """When the project is looked at again, on the clock."""
        if name in look.failures and name not in look.missing:
            self._failed[name] = self._failed.get(name, 0) + 1
        elif name in look.visible | look.missing:
            self._failed.pop(name, None)
        else:
            return self._due[name]
        failed = self._failed.get(name, 0)
        return look.started + seconds_to_next_look(failed, self._watched.interval, self._watched.backoff_max)

    def _projects(self, look: _Look) -> list[str]:
        """All projects that are watched. Those that the token does not see any more have failed, without a call."""
        if self._watched.projects is not None:
            return list(dict.fromkeys(self._watched.projects))
        if self._is_due(ALL_PROJECTS, look):
            try:
                with look.breaker.call():
                    self._found = self._client.list_my_projects(until=look.started + self._watched.interval)
                look.listed = True
            except AivenError as error:
                self._fail(ALL_PROJECTS, error, look)
        if look.listed:
            look.missing = frozenset(self._state.projects) - set(self._found)
            for name in look.missing:
                message = f"the token does not see project {name} any more"
                self._fail(name, AivenError("project_not_found", message), look)
        return list(dict.fromkeys([*self._found, *self._state.projects]))

    def _read(self, name: str, look: _Look) -> None:
        until = look.started + self._watched.interval
        try:
            with look.breaker.call():
                listing = self._client.list_services(name, until=until)
        except AivenError as error:
            self._fail(name, error, look)
        else:
            look.seen[name] = self._seen(name, listing)

    def _fail(self, name: str, error: AivenError, look: _Look) -> None:
        if isinstance(error, Interrupted):
            raise error
        look.failures[name] = error

    def _seen(self, project: str, listing: Answered[list[Service]]) -> _Seen:
        """What matters of a listing, which is many times as large."""
        former = self._state.projects.get(project)
        sights, explanations = {}, {}
        for service in listing.value:
            if self._passes(service):
                protection = protection_of(service, now=listing.now, rpo_target=self._watched.rpo_target)
                sights[service.name] = sight_of(service, protection, listing.now, (former or {}).get(service.name))
                explanations[service.name] = protection.explanation
        if former is None:
            return _Seen(sights, [])
        return _Seen(sights, changes_between(project, former, sights, listing.now, explanations))

    def _passes(self, service: Service) -> bool:
        types, globs = self._watched.service_types, self._watched.services
        return (types is None or service.service_type in types) and (
            globs is None or any(glob_matches(glob, service.name) for glob in globs)
        )

    # Events

    def _began(self, look: _Look) -> list[Event]:
        if self._beginning is None:
            return []
        sights = [sight for seen in look.seen.values() for sight in seen.sights.values()]
        data = _of_the_watch("began", **self._beginning, services=count_by_protection(sights))
        return [Event(data, self._has_begun)]

    def _has_begun(self) -> None:
        self._beginning = None

    def _changes(self, look: _Look) -> list[Event]:
        changes = [change for _name, seen in sorted(look.seen.items()) for change in seen.changes]
        return [Event(change.as_event(), partial(self._note, change)) for change in changes]

    def _note(self, change: ServiceChange) -> None:
        services = self._state.projects[change.project]
        if change.after is None:
            services.pop(change.service_name, None)
        else:
            services[change.service_name] = change.after

    def _blind(self, look: _Look) -> list[Event]:
        """One event for each kind of error, however many projects it keeps from being seen."""
        by_code: dict[str, list[str]] = {}
        for name, error in sorted(look.failures.items()):
            if name not in self._state.blind:
                by_code.setdefault(error.code, []).append(name)
        events, since = [], _now()
        for code, names in by_code.items():
            error = look.failures[names[0]]
            LOG.warning("no sight of %s (%s): %s", few(names), code, error.message)
            data = _of_the_watch("blind", projects=names, error=error.as_dict(), since=since)
            events.append(Event(data, partial(self._state.blind.update, dict.fromkeys(names, since))))
        return events

    def _seeing(self, look: _Look) -> list[Event]:
        names = sorted(set(self._state.blind) & look.visible)
        if not names:
            return []
        LOG.warning("sight of %s again", few(names))
        since = min(self._state.blind[name] for name in names)
        return [Event(_of_the_watch("seeing", projects=names, since=since), partial(self._sees, names))]

    def _sees(self, names: Sequence[str]) -> None:
        for name in names:
            self._state.blind.pop(name, None)


def _listed(values: Sequence[str] | None) -> list[str] | None:
    return None if values is None else sorted(values)


def _now() -> str:
    return format_time(datetime.now(UTC)) or ""


def _of_the_watch(kind: str, **facts: Any) -> dict[str, Any]:
    """An event about the watch itself."""
    return {"kind": kind, "direction": None, **facts, "time": _now(), "id": event_id(kind, facts)}
