# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Restores against the simulator, whose clock and ours go on only when somebody waits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import restore_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection, Transport
from ansible_collections.offsite.aiven.plugins.module_utils._runners.restore import order_of, run
from tests.simulator.client import Simulator

HOME, PARTNER, OTHER = "aws-eu-west-1", "aws-eu-central-1", "aws-eu-north-1"
SOURCE: dict[str, Any] = {
    "plan": "startup-4",
    "cloud": HOME,
    "region": PARTNER,
    "region_age_hours": 100,
}


class Bench:
    """A simulated Aiven with the source shop/orders, and a client whose waits cost no time.

    ``at`` are things to be done once that many seconds were waited; ``told`` is what a person would have seen.
    """

    def __init__(self, simulator: Simulator) -> None:
        simulator.clock(speed=0)
        simulator.config(build_seconds=25)
        self.simulator = simulator
        self.waited = 0.0
        self.at: list[tuple[float, Callable[[], object]]] = []
        self.told: list[str] = []

    def sleep(self, seconds: float) -> None:
        # A hair more than asked: a sum of floats must not end a hair before its end.
        self.waited += seconds + 1e-6
        self.simulator.clock(advance=seconds)
        due = [action for moment, action in self.at if moment <= self.waited]
        self.at = [(moment, action) for moment, action in self.at if moment > self.waited]
        for action in due:
            action()

    def client(self, **options: Any) -> AivenClient:
        settings = {"api_token": self.simulator.token, "api_url": self.simulator.url, "request_timeout": 5, **options}
        return AivenClient(Connection(**settings), partial(Transport, sleep=self.sleep, clock=lambda: self.waited))

    def source(self, name: str = "orders", project: str = "shop", **facts: Any) -> None:
        self.simulator.add_service(project, name, **{**SOURCE, **facts})

    def restore(
        self,
        *,
        check_mode: bool = False,
        client: AivenClient | None = None,
        guard: Callable[[], None] | None = None,
        **given: Any,
    ) -> dict[str, Any]:
        """The result of the action with the given options, with its ``api_calls``; the request log begins anew."""
        self.simulator.clear_requests()
        given = {"project": "shop", "service_name": "orders", "fork_name": "orders-restored", "wait": False, **given}
        client = client or self.client()
        client.transport.guard = guard
        result = run(client, order_of(options(**given)), check_mode=check_mode, tell=self.told.append)
        return {**result, "api_calls": client.api_calls}

    def bodies(self) -> list[dict[str, Any]]:
        return [entry["body"] for entry in self.simulator.requests(method="POST")]

    def creates(self, name: str = "orders-restored", project: str = "shop") -> int:
        history = self.simulator.state(project=project, service=name)["history"]
        return sum(row["creates"] for row in history)

    def fork(self, name: str = "orders-restored", **overlay: Any) -> Callable[[], object]:
        """Shows the fork with these keys from now on."""
        return lambda: self.simulator.patch("shop", name, overlay=overlay)


def options(**given: Any) -> dict[str, Any]:
    """Options of the action with their defaults, as Ansible hands them over."""
    validated = ArgumentSpecValidator(restore_options()).validate(given)
    assert not validated.error_messages, validated.error_messages
    return dict(validated.validated_parameters)


def code(result: dict[str, Any]) -> str | None:
    return (result.get("error") or {}).get("code")


def calls(result: dict[str, Any]) -> int:
    return int(result["api_calls"]["total"] - result["api_calls"]["retries"])
