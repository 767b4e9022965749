# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m tests.simulator``: start the simulator, say where it listens, stop on SIGTERM or SIGINT."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import sys
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .app import build_app
from .clock import DEFAULT_START
from .engine.engine import Engine
from .simulation import Simulation, Start
from .state import DEFAULT_TOKEN, Settings


class Protocol(H11Protocol):
    """Lets the application reach the connection, so that it can break it, and sends answers at once.

    asyncio does not do the latter for connections of a socket made elsewhere, and head and body are two writes: with Nagle's
    algorithm and the client's delayed acknowledgement each request would take 40 ms.
    """

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.app_state = {**self.app_state, "transport": transport}


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    add = parser.add_argument
    add("--host", default="127.0.0.1")
    add("--port", type=int, default=0, help="0: a free one")
    add("--port-file", type=Path, help="write the line with url, token and pid here too")
    add("--exit-with-parent", type=int, metavar="PID", help="stop when that process is gone")
    add("--fleet", type=int, default=0, help="services to begin with")
    add("--projects", type=int, help="projects of the fleet (default: grows with it, at least 6)")
    add("--seed", type=int, default=7)
    add("--token", default=DEFAULT_TOKEN)
    add("--clock", default=DEFAULT_START, help="where the virtual clock starts, ISO 8601")
    add("--clock-speed", type=float, default=1.0)
    add("--build-seconds", type=float, default=120.0, help="virtual seconds from REBUILDING to RUNNING")
    add("--rate-limit", type=int, default=0, help="requests a window; 0: no limit")
    add("--rate-window", type=float, default=60.0, metavar="SECONDS")
    add("--rate-scale", type=float, default=1.0, help="10: the window lasts a tenth of that")
    add("--retry-after", action="store_true", help="send the Retry-After header with the rate limit's 429")
    add("--listing-padding", type=int, default=0, metavar="BYTES", help="extra bytes a service, in metadata")
    add(
        "--list-unreplicated",
        action="store_true",
        help="list the secondary region of a backup before its copy is there",
    )
    add(
        "--poweroff-503",
        type=lambda patterns: [pattern for pattern in patterns.split(",") if pattern],
        default=Settings().poweroff_503,
        metavar="PATTERN,...",
        help="paths below a service that answer 503 while it is powered off (default: */metrics,*/logs)",
    )
    add("--engine", choices=["postgres"], help="services of type pg are real servers, and the clock is the real one")
    add(
        "--replicate-every",
        type=float,
        default=Settings().replicate_every,
        metavar="SECONDS",
        help="real services replicate so often (default: only by the side door)",
    )
    add(
        "--leak-secrets",
        default="",
        metavar="CANARY",
        help="the password shown even to clients that did not ask for secrets",
    )
    return parser.parse_args(arguments)


def simulation_of(options: argparse.Namespace, engine: Engine | None) -> Simulation:
    told = vars(options)
    settings = Settings(**{item.name: told[item.name] for item in fields(Settings) if item.name in told})
    return Simulation(
        Start(
            settings,
            options.token,
            options.clock,
            options.clock_speed,
            options.fleet,
            options.projects,
            options.seed,
            engine,
        )
    )


def announce(url: str, token: str, port_file: Path | None) -> None:
    """One line on stdout, and the same in the port file: written aside first, so a reader never sees half of it."""
    line = json.dumps({"url": url, "token": token, "pid": os.getpid()})
    if port_file:
        aside = port_file.with_name(f"{port_file.name}.{os.getpid()}")
        aside.write_text(line + "\n", encoding="utf-8")
        aside.replace(port_file)
    print(line, flush=True)


class Server(uvicorn.Server):
    """Ends with exit code 0 on SIGTERM and SIGINT: uvicorn's own handlers come late and raise the signal again."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def listen_to_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self.handle_exit, number, None)


async def watch_parent(server: Server, pid: int) -> None:
    while not server.should_exit:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            server.should_exit = True
        except PermissionError:
            pass
        await asyncio.sleep(0.5)


async def serve(options: argparse.Namespace, engine: Engine | None) -> None:
    listener = socket.create_server((options.host, options.port), backlog=512)
    host, port = listener.getsockname()[:2]
    app = build_app(simulation_of(options, engine))
    config = uvicorn.Config(
        app,
        http=Protocol,
        log_level="critical",
        access_log=False,
        date_header=False,
        server_header=False,
        lifespan="off",
        timeout_keep_alive=60,
        timeout_graceful_shutdown=1,
    )
    server = Server(config)
    server.listen_to_signals()
    watcher = asyncio.create_task(watch_parent(server, options.exit_with_parent)) if options.exit_with_parent else None
    regular = asyncio.create_task(engine.replicate_regularly()) if engine else None
    announce(f"http://{host}:{port}", options.token, options.port_file)
    await server.serve(sockets=[listener])
    for task in (watcher, regular):
        if task:
            task.cancel()


def main() -> None:
    options = parse_arguments()
    try:
        engine = Engine() if options.engine else None
    except RuntimeError as error:
        sys.exit(f"simulator: {error}")
    try:
        asyncio.run(serve(options, engine))
    finally:
        if engine:
            engine.close()


if __name__ == "__main__":
    main()
