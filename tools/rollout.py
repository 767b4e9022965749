# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolls backups to another region out over a fleet: `make rollout`.

Without a token in AIVEN_TOKEN or AIVEN_AUTH_TOKEN the fleet is a simulated one, and all steps run. With a token it is the
real one: then this plans only, unless APPLY=1 is set. INVENTORY names another inventory than inventories/demo.

Usage: python -m tools.rollout
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from tests.simulator.client import Simulator

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOKENS = ("AIVEN_TOKEN", "AIVEN_AUTH_TOKEN")
PLAYBOOK = "offsite.aiven.rollout"
LOG = VENV / "rollout.log"
DEMO = VENV / "demo"
# Lines shown of one task or recap: the diffs of a hundred services are for the log.
SHOWN = 10
# How ansible-playbook ends when some hosts failed and all others were done.
SOME_FAILED = 2
PROTECTION = ("protected", "lagging", "paused", "pending", "unknown", "disabled", "unsupported")


def say(title: str, *lines: str) -> None:
    print(f"\n--- {title} ---", *lines, sep="\n", flush=True)


def show_shortened(lines: Iterable[str]) -> None:
    """Print what Ansible prints, but only the beginning of each task; keep all of it in the log."""
    count = 0
    with LOG.open("a") as log:
        for line in lines:
            log.write(line)
            if line.startswith(("PLAY ", "TASK ")):
                tell_rest(count)
                count = 0
            count += 1
            if count <= SHOWN:
                print(line, end="", flush=True)
    tell_rest(count)


def tell_rest(count: int) -> None:
    if count > SHOWN:
        print(f"... {count - SHOWN} more in {LOG.relative_to(ROOT)}\n", flush=True)


class Fleet:
    """The services of one inventory, seen and changed by Ansible's own commands."""

    def __init__(self, inventory: str, environment: dict[str, str], *options: str) -> None:
        self.inventory = inventory
        self.options = options
        self.code = 0
        self.environment = {
            **os.environ,
            **environment,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(VENV / "ansible-home"),
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, *command: str) -> None:
        """Run a command in view of the user; end if it could not do its work."""
        print(f"$ {' '.join(command)}\n", flush=True)
        process = subprocess.Popen(
            command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, errors="replace"
        )
        assert process.stdout
        try:
            show_shortened(process.stdout)
            code = process.wait()
        except KeyboardInterrupt:
            # It got the Ctrl-C as well, and finishes what is in flight.
            process.wait()
            raise
        except SystemExit:
            process.terminate()
            process.wait()
            raise
        if code not in (0, SOME_FAILED):
            raise SystemExit(code)
        self.code = max(self.code, code)

    def rollout(self, *options: str) -> None:
        self.run("ansible-playbook", "-i", self.inventory, PLAYBOOK, *self.options, *options)

    def show(self, title: str) -> None:
        """Print how many services there are in each state of protection."""
        command = ["ansible-inventory", "-i", self.inventory, "--list"]
        answer = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=False)
        if answer.returncode:
            raise SystemExit(answer.returncode)
        hosts = json.loads(answer.stdout)["_meta"]["hostvars"].values()
        projects = {host["aiven_project"] for host in hosts}
        counts = Counter(host["aiven_protection"] for host in hosts)
        say(title, f"Services: {len(hosts)}, in projects: {len(projects)}. Their backups in a secondary region are")
        print("\n".join(f"{counts[status]:7}  {status}" for status in PROTECTION if counts[status]), flush=True)


def plan(fleet: Fleet) -> None:
    fleet.show("Before")
    say("The plan: check mode, nothing is changed")
    fleet.rollout("--check", "--diff")


def apply(fleet: Fleet) -> None:
    say("Applying it")
    fleet.rollout()
    fleet.show("After")


def real(token: str, inventory: str) -> int:
    print(f"{token} is set: this is the real fleet that the token sees.")
    fleet = Fleet(inventory, {})
    plan(fleet)
    if os.environ.get("APPLY") != "1":
        print("\nThis was the plan only. Apply it with: make rollout APPLY=1")
        return fleet.code
    apply(fleet)
    say("Once more: nothing is left to change")
    fleet.rollout()
    return fleet.code


def simulated(inventory: str) -> int:
    print(f"Neither {' nor '.join(TOKENS)} is set: starting a simulator of the Aiven API with a fleet of 240 services.")
    # A proxy cannot reach the simulator.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
    with Simulator(fleet=240, seed=7) as simulator:
        # The records and reports of real services lie in btar/: simulated ones do not belong there.
        fleet = Fleet(inventory, simulator.environment, "-e", f"btar_report_dir={DEMO.relative_to(ROOT)}")
        plan(fleet)
        apply(fleet)
        simulator.clock(advance="26h")
        fleet.show("A day later on the simulator's clock")
        simulator.clear_requests()
        say("Once more: nothing is left to change")
        fleet.rollout()
        writes = [request for request in simulator.requests() if request["method"] != "GET"]
        print(f"Requests of this last run that the simulator saw: {simulator.calls()}, of them writes: {len(writes)}.")
    print("The simulator is stopped. To do this with your own services, see the README.")
    if writes:
        raise SystemExit("The last run changed something: it must not.")
    return fleet.code


def main() -> int:
    LOG.unlink(missing_ok=True)
    inventory = os.environ.get("INVENTORY") or "inventories/demo"
    token = next((name for name in TOKENS if os.environ.get(name)), None)
    code = real(token, inventory) if token else simulated(inventory)
    if code:
        print("Some services failed or were refused; Ansible names them above.", file=sys.stderr)
    return code


def stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
