# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A simulated Aiven to play with, until Ctrl-C: a fleet, and what to export so that avn, curl and Ansible use it.

ENGINE=postgres makes its PostgreSQL services real servers; FLEET is how many services there are (24), PORT where it listens.

Usage: python -m tools.lab
"""

from __future__ import annotations

import os
import signal
import sys
from datetime import UTC, datetime
from types import FrameType

from tests.simulator.client import Simulator

PROJECT, SERVICE = "shop-production", "orders"

TEXT = """A simulated Aiven listens at {url}, with {services} services in {projects} projects.
In another terminal, in this folder:

  export AIVEN_WEB_URL={url} AIVEN_TOKEN={token} AIVEN_AUTH_TOKEN={token} NO_PROXY=127.0.0.1
  export PATH="$PWD/.venv/bin:$PATH"

  avn service list --project {project}
  curl -H "Authorization: Bearer $AIVEN_TOKEN" $AIVEN_WEB_URL/v1/project/{project}/service/{service}
  ansible-inventory -i inventories/demo --graph aiven_services
  ansible-playbook -i inventories/demo offsite.aiven.rollout --check
  ansible-playbook -i inventories/demo offsite.aiven.rollout --limit {service}.{project}

  {later}

docs/simulator.md tells what else it can do.
Ctrl-C stops it."""

LATER = """curl -fsS -X POST $AIVEN_WEB_URL/_simulator/clock -d '{"advance": "25h"}'    # a day later: the copies have arrived"""
# The clock of real databases cannot be moved.
COPIED = f"""curl -fsS -X POST $AIVEN_WEB_URL/_simulator/replicate \\
    -d '{{"project": "{PROJECT}", "service": "{SERVICE}"}}'    # its copy has arrived"""


def options() -> dict[str, object]:
    """The options of the simulator that the environment asks for. Exits if it asks for what there is not."""
    found: dict[str, object] = {"fleet": _number("FLEET", 24), "port": _number("PORT", 0)}
    engine = os.environ.get("ENGINE", "")
    if engine not in ("", "postgres"):
        sys.exit(f"lab: ENGINE is {engine!r}; there is only ENGINE=postgres.")
    # Drills are dated by the clock of this machine: to an audit by an earlier one they would be of the future.
    return found | ({"engine": engine} if engine else {"clock": datetime.now(UTC).isoformat(timespec="seconds")})


def _number(name: str, default: int) -> int:
    value = os.environ.get(name) or str(default)
    return int(value) if value.isdecimal() else sys.exit(f"lab: {name} is {value!r}; give a whole number.")


def add_orders(simulator: Simulator) -> None:
    """A service with a name to write down, beside the drawn ones."""
    simulator.add_project(PROJECT)
    simulator.add_service(PROJECT, SERVICE, service_type="pg", plan="business-4", cloud="aws-eu-west-1")


def text(simulator: Simulator) -> str:
    services = simulator.state()["services"]
    projects = {service["project"] for service in services}
    return TEXT.format(
        url=simulator.url,
        token=simulator.token,
        services=len(services),
        projects=len(projects),
        project=PROJECT,
        service=SERVICE,
        later=COPIED if os.environ.get("ENGINE") else LATER,
    )


def main() -> int:
    with Simulator(**options()) as simulator:
        add_orders(simulator)
        print(text(simulator), flush=True)
        signal.pause()
    return 0


def stop(signum: int, frame: FrameType | None) -> None:
    print("\nStopped.", flush=True)
    raise SystemExit(0)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    sys.exit(main())
