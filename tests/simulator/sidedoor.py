# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The side door ``/_simulator``: what tests use to arrange the world and to look behind the API. No token is needed."""

from __future__ import annotations

import fnmatch
import inspect
import os
import re
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from . import backups, builder, destruction, restores, validation
from .clock import iso, parse_time
from .engine.engine import Engine
from .errors import ApiError
from .simulation import Simulation
from .state import RestoreRule, Service, Token
from .validation import Schema
from .views import dump

Handler = Callable[[Simulation, Request, Any], Any]
_SPANS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": "number", "minimum": 0}
_POSITIVE: Schema = {**_SECONDS, "exclusiveMinimum": True}
CLOCK = validation.record(set=_TEXT, advance={"type": ["string", "number"]}, speed={**_SECONDS, "maximum": 1_000_000})
CONFIG = validation.record(
    build_seconds=_SECONDS,
    listing_padding=_COUNT,
    leak_secrets=_TEXT,
    rate_limit=_COUNT,
    rate_window=_POSITIVE,
    rate_scale=_POSITIVE,
    retry_after=_FLAG,
    refuse_equal_within_day=_FLAG,
    change_rebuilds=_FLAG,
    list_unreplicated=_FLAG,
    replicate_every=_SECONDS,
    poweroff_503=_TEXTS,
)
CHOICE = validation.record(project=_TEXT, service=_TEXT)
REGION = validation.record("cloud", cloud=_TEXT)
RESTORE = validation.record(
    project=_TEXT, service=_TEXT, seconds=_SECONDS, hang={"type": "string", "enum": ["", *restores.HANGS]}
)
TOKEN = {
    **validation.record(
        user=_TEXT,
        roles={"type": "object", "additionalProperties": _TEXTS},
        scopes={**_TEXTS, "type": ["array", "null"]},
        expired=_FLAG,
    ),
    "type": ["object", "null"],
}
TOKENS: Schema = {"type": "object", "additionalProperties": TOKEN}


def seconds(span: float | str) -> float:
    """Seconds of a number or of a text such as ``90``, ``30m``, ``25h``, ``2d``."""
    text = span if isinstance(span, str) else f"{span:f}"  # str() writes the smallest as 6e-05
    found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text)
    if not found:
        raise ApiError(400, f"not a span of time: {span!r}")
    return float(found[1]) * _SPANS[found[2] or "s"]


def _checked(body: Any, schema: Schema) -> dict[str, Any]:
    """The body, {} if there is none. Raises 400 before it could make the simulator unfit to answer."""
    told: dict[str, Any] = {} if body is None else body
    validation.check(told, schema)
    return told


# --- the world as a whole ----------------------------------------------------------------------------------------------------


def overview(simulation: Simulation, request: Request, body: Any) -> Any:
    world = simulation.world
    return {
        "pid": os.getpid(),
        "clock": world.clock.as_json(),
        "projects": {name: len(project.services) for name, project in world.projects.items()},
        "service_count": sum(len(project.services) for project in world.projects.values()),
        "requests": simulation.requests_seen,
        "rate": simulation.limiter.as_json(),
    }


def reset(simulation: Simulation, request: Request, body: Any) -> Any:
    """``{fleet, projects, seed, clock, clock_speed}``, all optional: begin anew; faults, tokens, log and settings too."""
    simulation.reset(body or {})
    return overview(simulation, request, None)


def seed(simulation: Simulation, request: Request, body: Any) -> Any:
    """``{fleet, projects, seed}``: add a fleet to what is there."""
    simulation.seed(body["fleet"], body.get("projects"), body.get("seed", 7))
    return overview(simulation, request, None)


def clock(simulation: Simulation, request: Request, body: Any) -> Any:
    """``{set: ISO}``, ``{advance: seconds or "25h"}``, ``{speed: factor}``."""
    own = simulation.world.clock
    change = _checked(body, CLOCK)
    if "set" in change:
        own.set(parse_time(change["set"]))
    if "advance" in change:
        own.advance(seconds(change["advance"]))
    if "speed" in change:
        own.set_speed(change["speed"])
    return own.as_json()


def config(simulation: Simulation, request: Request, body: Any) -> Any:
    """The settings of the command line; a body changes the given ones."""
    settings = simulation.world.settings
    for key, value in _checked(body, CONFIG).items():
        setattr(settings, key, value)
    if body:
        simulation.renderer.forget()
    return asdict(settings)


# --- faults, log, tokens -----------------------------------------------------------------------------------------------------


def faults(simulation: Simulation, request: Request, body: Any) -> Any:
    """POST one fault or a list of them, GET what is armed, DELETE all."""
    if request.method == "DELETE":
        simulation.faults.armed.clear()
    elif request.method == "POST":
        for spec in body if isinstance(body, list) else [body]:
            simulation.faults.add(spec)
    return {"faults": [fault.as_json() for fault in simulation.faults.armed]}


def requests(simulation: Simulation, request: Request, body: Any) -> Any:
    """The log, filtered by ``since`` (a number), ``method``, ``path`` (glob), ``operation``; DELETE forgets it."""
    if request.method == "DELETE":
        simulation.requests.clear()
    wanted = request.query_params
    since = int(wanted.get("since", 0))
    found = [
        entry
        for entry in simulation.requests
        if entry["n"] > since
        and wanted.get("method") in (None, entry["method"])
        and wanted.get("operation") in (None, entry["operation"])
        and fnmatch.fnmatchcase(entry["path"], wanted.get("path", "*"))
    ]
    return {"requests": found, "last": simulation.requests_seen}


def tokens(simulation: Simulation, request: Request, body: Any) -> Any:
    """PUT ``{TOKEN: {user, roles: {project or *: [role]}, scopes, expired}}`` adds or replaces, null takes away."""
    known = simulation.world.tokens
    for value, spec in _checked(body, TOKENS).items():
        if spec is None:
            known.pop(value, None)
        else:
            known[value] = Token(**spec)
    return {"users": [token.user for token in known.values()]}


# --- projects and services ---------------------------------------------------------------------------------------------------


def projects(simulation: Simulation, request: Request, body: Any) -> Any:
    """PUT ``{name, organization, default_cloud, tags, custom_clouds, vpcs, btar_enabled, not_offered}``: make or change a project."""
    builder.build_project(simulation.world, body)
    simulation.renderer.forget()
    return overview(simulation, request, None)


async def create_services(simulation: Simulation, request: Request, body: Any) -> Any:
    """POST one service or a list: made as told, without any rule. Real ones run and have a base backup by then."""
    made = [builder.build_service(simulation.world, spec) for spec in (body if isinstance(body, list) else [body])]
    for service in made:
        simulation.renderer.touch(service)
    if simulation.engine:
        await simulation.engine.built(made)
        simulation.settle()
    return {"services": [snapshot(simulation, service) for service in made]}


async def take_backups(simulation: Simulation, request: Request, body: Any) -> Any:
    """POST ``{project, service}``: take a base backup of a real service now; of all without them."""
    services = await _engine(simulation).back_up(**_checked(body, CHOICE))
    return _settled(simulation, services)


async def replicate(simulation: Simulation, request: Request, body: Any) -> Any:
    """POST ``{project, service}``: bring what a real service has by now to its secondary region; of all without them."""
    services = await _engine(simulation).replicate(**_checked(body, CHOICE))
    return _settled(simulation, services)


def _engine(simulation: Simulation) -> Engine:
    if simulation.engine is None:
        raise ApiError(400, "this needs --engine: without one backups follow the clock")
    return simulation.engine


def _settled(simulation: Simulation, services: list[Service]) -> Any:
    simulation.settle()
    return {"services": [snapshot(simulation, service) for service in services]}


def change_service(simulation: Simulation, request: Request, body: Any) -> Any:
    """PATCH ``?project=&service=`` changes, DELETE removes a service behind everyone's back."""
    project = simulation.world.projects.get(request.query_params.get("project", ""))
    service = project.services.get(request.query_params.get("service", "")) if project else None
    if project is None or service is None:
        raise ApiError(404, "no such service")
    if request.method == "DELETE":
        del project.services[service.name]
    else:
        builder.change_service(simulation.world, service, body)
    simulation.renderer.touch(service)
    return snapshot(simulation, service)


def destroy_region(simulation: Simulation, request: Request, body: Any) -> Any:
    """POST ``{cloud}``: the services and all copies there are gone; the compact truth about those that lost anything."""
    cloud = _checked(body, REGION)["cloud"]
    hit = destruction.destroy(simulation.world, cloud)
    if simulation.engine:
        simulation.engine.destroy(cloud)
    simulation.renderer.forget()
    for service in hit:
        simulation.renderer.touch(service)
    return {"services": [snapshot(simulation, service) for service in hit]}


def restore_rules(simulation: Simulation, request: Request, body: Any) -> Any:
    """POST ``{project, service, seconds, hang}``: how forks to come restore; DELETE forgets it, and what hangs goes on."""
    world = simulation.world
    if request.method == "DELETE":
        world.restore_rules.clear()
        for project in world.projects.values():
            for service in project.services.values():
                restores.release(service)
        simulation.renderer.forget()
    elif request.method == "POST":
        world.restore_rules.append(RestoreRule(**_checked(body, RESTORE)))
    return {"restores": [asdict(rule) for rule in world.restore_rules]}


def snapshot(simulation: Simulation, service: Service) -> dict[str, Any]:
    """What tests assert on: the compact truth about one service and its history."""
    world = simulation.world
    now = world.clock.now()
    return {
        "project": service.project,
        "service_name": service.name,
        "service_type": service.service_type,
        "plan": service.plan,
        "cloud": service.cloud,
        "primary_region": service.primary_region,
        "region": service.secondary_region(),
        "state": service.lifecycle_state(now),
        "tags": service.tags,
        "termination_protection": service.termination_protection,
        "scenario": service.scenario,
        "fork_of": service.fork_of,
        "backups": len(backups.backup_times(service, now)),
        "replicated_backups": sum(
            1 for item in backups.backups(service, now) if item.replicated is not None and item.replicated <= now
        ),
        **(_real(simulation, service, now) if service.real else {}),
        **asdict(world.history_of(service.project, service.name)),
    }


def _real(simulation: Simulation, service: Service, now: float) -> dict[str, Any]:
    point = backups.restore_point(service, now)
    return {
        "port": service.port,
        "restore_point": None if point is None else iso(point),
        "error": _engine(simulation).error_of(service),
    }


def state(simulation: Simulation, request: Request, body: Any) -> Any:
    """``?project=&service=`` limit it. ``history`` also knows the names of deleted services."""
    world = simulation.world
    project, name = request.query_params.get("project"), request.query_params.get("service")
    services = [
        snapshot(simulation, service)
        for key, one in world.projects.items()
        for service in one.services.values()
        if project in (None, key) and name in (None, service.name)
    ]
    history = [
        {"project": key[0], "service_name": key[1], **asdict(past)}
        for key, past in world.history.items()
        if project in (None, key[0])
        and name in (None, key[1])
        and (past.creates or past.deletes or past.region_changes)
    ]
    return {"services": services, "history": history, **overview(simulation, request, None)}


def regions(simulation: Simulation, request: Request, body: Any) -> Any:
    """The secondary region of every service, and how often it was changed and the service created: cheap for large fleets."""
    rows = [
        {
            "project": service.project,
            "service_name": service.name,
            "region": service.secondary_region(),
            "region_changes": len(past.region_changes),
            "creates": past.creates,
        }
        for project in simulation.world.projects.values()
        for service in project.services.values()
        for past in [simulation.world.history_of(service.project, service.name)]
    ]
    return {"services": rows}


def routes(simulation: Simulation) -> list[Route]:
    table: list[tuple[str, Handler, list[str]]] = [
        ("/", overview, ["GET"]),
        ("/reset", reset, ["POST"]),
        ("/seed", seed, ["POST"]),
        ("/clock", clock, ["GET", "POST"]),
        ("/config", config, ["GET", "PUT"]),
        ("/faults", faults, ["GET", "POST", "DELETE"]),
        ("/requests", requests, ["GET", "DELETE"]),
        ("/tokens", tokens, ["GET", "PUT"]),
        ("/projects", projects, ["PUT"]),
        ("/services", create_services, ["POST"]),
        ("/backup", take_backups, ["POST"]),
        ("/replicate", replicate, ["POST"]),
        ("/service", change_service, ["PATCH", "DELETE"]),
        ("/destroy", destroy_region, ["POST"]),
        ("/restores", restore_rules, ["GET", "POST", "DELETE"]),
        ("/state", state, ["GET"]),
        ("/regions", regions, ["GET"]),
    ]
    return [Route(path, _endpoint(simulation, handler), methods=methods) for path, handler, methods in table]


def _endpoint(simulation: Simulation, handler: Handler) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            body = await request.json() if await request.body() else None
            simulation.settle()
            answer, status = handler(simulation, request, body), 200
            if inspect.isawaitable(answer):
                answer = await answer
        except ApiError as error:
            answer, status = error.body(), error.status
        except (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError) as error:
            answer, status = {"message": f"bad side door request: {type(error).__name__}: {error}"}, 400
        return Response(dump(answer), status_code=status, media_type="application/json")

    return endpoint
