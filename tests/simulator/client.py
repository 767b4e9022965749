# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator from a test: a context manager around the process, and the side door as methods.

with Simulator(fleet=240, build_seconds=0) as simulator:
    simulator.fault(kind="503", method="PUT", count=2)
    ...
    assert simulator.calls("PUT") == 3
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from .engine import sql

ROOT = Path(__file__).resolve().parents[2]


class Simulator:
    """Starts ``python -m tests.simulator`` with the options given (``build_seconds=0`` is ``--build-seconds 0``)."""

    def __init__(self, **options: Any) -> None:
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.url = ""
        self.token = ""

    def __enter__(self) -> Simulator:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Simulator:
        command = [
            sys.executable,
            "-m",
            "tests.simulator",
            "--exit-with-parent",
            str(os.getpid()),
            *_flags(self._options),
        ]
        # In a session of its own: on Ctrl-C its clients may finish what is in flight before we stop it.
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the simulator did not start (exit code {self._process.wait()}): {' '.join(command)}")
        ready = json.loads(line)
        self.url, self.token = ready["url"], ready["token"]
        return self

    def stop(self) -> int | None:
        """Stop it and wait; the exit code."""
        if self._process is None:
            return None
        self._process.terminate()
        try:
            code = self._process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        self._process = None
        return code

    @property
    def environment(self) -> dict[str, str]:
        """What a client finds its way by."""
        return {"AIVEN_WEB_URL": self.url, "AIVEN_TOKEN": self.token}

    # --- the API ---------------------------------------------------------------------------------------------------------

    def api(self, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
        """Status and parsed answer of one API call (``path`` below /v1)."""
        return _call(
            method, f"{self.url}/v1{path}", body, {"authorization": f"aivenv1 {self.token if token is None else token}"}
        )

    # --- the side door ---------------------------------------------------------------------------------------------------

    def door(self, method: str, path: str, body: Any = None) -> Any:
        """One side door call. Raises RuntimeError with the answer if it is refused."""
        status, answer = _call(method, f"{self.url}/_simulator{path}", body, {})
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {answer}")
        return answer

    def reset(self, **changes: Any) -> Any:
        """Begin anew: ``fleet``, ``projects``, ``seed``, ``clock``, ``clock_speed`` may differ from the start's."""
        return self.door("POST", "/reset", changes)

    def seed(self, fleet: int, projects: int | None = None, seed: int = 7) -> Any:
        return self.door("POST", "/seed", {"fleet": fleet, "projects": projects, "seed": seed})

    def clock(self, **change: Any) -> Any:
        """``advance="25h"``, ``set="2026-09-02T00:00:00Z"``, ``speed=0``; nothing: read it."""
        return self.door("POST", "/clock", change) if change else self.door("GET", "/clock")

    def config(self, **changes: Any) -> Any:
        return self.door("PUT", "/config", changes)

    def fault(self, **spec: Any) -> Any:
        """Arm a fault; see :class:`tests.simulator.faults.Fault` for its keys."""
        return self.door("POST", "/faults", spec)

    def clear_faults(self) -> Any:
        return self.door("DELETE", "/faults")

    def requests(self, **filters: Any) -> list[dict[str, Any]]:
        """The request log: ``since``, ``method``, ``path`` (glob below /v1), ``operation``."""
        log: list[dict[str, Any]] = self.door("GET", f"/requests?{urllib.parse.urlencode(filters)}")["requests"]
        return log

    def calls(self, method: str | None = None, path: str = "*") -> int:
        """How many requests of a method and path there were."""
        return len(self.requests(path=path, **({"method": method} if method else {})))

    def clear_requests(self) -> None:
        self.door("DELETE", "/requests")

    def add_token(self, value: str, **spec: Any) -> Any:
        """``user``, ``roles={project or "*": [role]}``, ``scopes``, ``expired``."""
        return self.door("PUT", "/tokens", {value: spec})

    def add_project(self, name: str, **spec: Any) -> Any:
        return self.door("PUT", "/projects", {"name": name, **spec})

    def add_service(self, project: str, service_name: str, **spec: Any) -> dict[str, Any]:
        """A service with a past, made without any rule; see :mod:`tests.simulator.builder`."""
        made: dict[str, Any] = self.door(
            "POST", "/services", {"project": project, "service_name": service_name, **spec}
        )["services"][0]
        return made

    def patch(self, project: str, service: str, **spec: Any) -> dict[str, Any]:
        """Change a service behind everyone's back."""
        changed: dict[str, Any] = self.door("PATCH", f"/service?{_query(project, service)}", spec)
        return changed

    def remove(self, project: str, service: str) -> Any:
        return self.door("DELETE", f"/service?{_query(project, service)}")

    def back_up(self, project: str, service: str) -> dict[str, Any]:
        """Take a base backup of a real service (``--engine``) now; the truth about it then."""
        return self._one("/backup", project, service)

    def replicate(self, project: str, service: str) -> dict[str, Any]:
        """Bring what a real service has committed by now to its secondary region; the truth about it then."""
        return self._one("/replicate", project, service)

    def _one(self, path: str, project: str, service: str) -> dict[str, Any]:
        done: dict[str, Any] = self.door("POST", path, {"project": project, "service": service})["services"][0]
        return done

    def sql(self, project: str, service: str, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement on a real service returns; committed. ``parameters`` fill its ``%s``."""
        return sql.run(self, project, service, query, parameters)

    def until_running(self, project: str, service: str, seconds: float = 120) -> dict[str, Any]:
        """Wait for a service, in real time; the truth about it then. Raises RuntimeError if it cannot or does not run."""
        deadline = time.monotonic() + seconds
        while True:
            found = self.service(project, service)
            if found["state"] == "RUNNING":
                return found
            if found.get("error") or time.monotonic() > deadline:
                raise RuntimeError(f"{project}/{service} is {found['state']}: {found.get('error') or 'still'}")
            time.sleep(0.1)

    def destroy_region(self, cloud: str) -> list[dict[str, Any]]:
        """The region, its services and all copies in it are gone; the services that lost anything by it."""
        hit: list[dict[str, Any]] = self.door("POST", "/destroy", {"cloud": cloud})["services"]
        return hit

    def restores(self, **rule: Any) -> Any:
        """How forks to come restore: ``project``, ``service`` (globs), ``seconds``, ``hang`` (a phase to stay in)."""
        return self.door("POST", "/restores", rule)

    def clear_restores(self) -> Any:
        """Forget the rules of restores, and let go on what hangs."""
        return self.door("DELETE", "/restores")

    def state(self, **filters: str) -> dict[str, Any]:
        """``services``, ``history``, ``clock``, ``rate``...; ``project`` and ``service`` limit it."""
        state: dict[str, Any] = self.door("GET", f"/state?{urllib.parse.urlencode(filters)}")
        return state

    def regions(self) -> list[dict[str, Any]]:
        """``region``, the number of ``region_changes`` and of ``creates`` of every service: cheap for large fleets."""
        found: list[dict[str, Any]] = self.door("GET", "/regions")["services"]
        return found

    def service(self, project: str, service: str) -> dict[str, Any]:
        """The compact truth about one service. Raises KeyError if there is none."""
        found: list[dict[str, Any]] = self.state(project=project, service=service)["services"]
        if not found:
            raise KeyError(f"{project}/{service}")
        return found[0]


def _query(project: str, service: str) -> str:
    return urllib.parse.urlencode({"project": project, "service": service})


def _flags(options: dict[str, Any]) -> list[str]:
    flags: list[str] = []
    for name, value in options.items():
        flag = f"--{name.replace('_', '-')}"
        if value is True:
            flags.append(flag)
        elif isinstance(value, list):
            flags += [flag, ",".join(value)]
        elif value is not None and value is not False:
            flags += [flag, str(value)]
    return flags


def _call(method: str, url: str, body: Any, headers: dict[str, str]) -> tuple[int, Any]:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(
        url, data=data, method=method, headers={**headers, "content-type": "application/json"}
    )
    try:
        with urllib.request.urlopen(request, timeout=180) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        with error:
            text = error.read()
        try:
            return error.code, json.loads(text)
        except ValueError:
            return error.code, text.decode("utf-8", "replace")
