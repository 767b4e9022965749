# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rolls backups to another region out over a fleet: `make rollout`.

Without a token in AIVEN_TOKEN or AIVEN_AUTH_TOKEN the fleet is a simulated one, and all steps run. With a token it is the
real one: then this plans only, unless APPLY=1 is set. INVENTORY names another inventory than inventories/demo.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOKENS = ("AIVEN_TOKEN", "AIVEN_AUTH_TOKEN")
PLAYBOOK = "offsite.aiven.rollout"
PROTECTION = ("protected", "lagging", "paused", "pending", "unknown", "disabled", "unsupported")


def say(title: str, *lines: str) -> None:
    print(f"\n--- {title} ---", *lines, sep="\n", flush=True)


@contextlib.contextmanager
def simulator() -> Iterator[dict[str, str]]:
    """Run the simulator with a fleet of 240 services; yield the variables that point the collection at it."""
    log = VENV / "simulator.log"
    command = [sys.executable, "-m", "tests.simulator", "--fleet", "240", "--seed", "7", "--port", "0"]
    with log.open("w") as errors:
        # In a session of its own: Ctrl-C ends the playbook first, and then we end the simulator.
        process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
    try:
        assert process.stdout
        ready = process.stdout.readline()
        if not ready:
            raise SystemExit(f"The simulator did not start:\n{log.read_text()}")
        where = json.loads(ready)
        yield {"AIVEN_WEB_URL": where["url"], "AIVEN_TOKEN": where["token"]}
    finally:
        process.terminate()
        process.wait()


class Fleet:
    """The services of one inventory, seen and changed by Ansible's own commands."""

    def __init__(self, inventory: str, environment: dict[str, str]) -> None:
        self.inventory = inventory
        self.environment = {
            **os.environ,
            **environment,
            "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
            "ANSIBLE_HOME": str(VENV / "ansible-home"),
            "PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }

    def run(self, *command: str) -> None:
        """Run a command in view of the user; end with its code if it fails."""
        print(f"$ {' '.join(command)}\n", flush=True)
        process = subprocess.Popen(command, cwd=ROOT, env=self.environment)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            # It got the Ctrl-C as well, and finishes what is in flight.
            process.wait()
            raise
        except SystemExit:
            process.terminate()
            process.wait()
            raise
        if code:
            raise SystemExit(code)

    def rollout(self, *options: str) -> None:
        self.run("ansible-playbook", "-i", self.inventory, PLAYBOOK, *options)

    def show(self, title: str) -> None:
        """Print how many services there are in each state of protection."""
        command = ["ansible-inventory", "-i", self.inventory, "--list"]
        answer = subprocess.run(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True, check=False)
        if answer.returncode:
            raise SystemExit(answer.returncode)
        hosts = json.loads(answer.stdout)["_meta"]["hostvars"].values()
        projects = {host["aiven_project"] for host in hosts}
        counts = Counter(host["aiven_protection"] for host in hosts)
        say(title, f"{len(hosts)} services in {len(projects)} projects; their backups in a secondary region are")
        print("\n".join(f"{counts[status]:7}  {status}" for status in PROTECTION if counts[status]), flush=True)


def roll_out(fleet: Fleet, apply: bool) -> None:
    fleet.show("Before")
    say("The plan: check mode, nothing is changed")
    fleet.rollout("--check", "--diff")
    if not apply:
        print("\nThis was the plan only. Apply it with: make rollout APPLY=1")
        return
    say("Applying it")
    fleet.rollout()
    fleet.show("After")
    say("Once more: nothing is left to change")
    fleet.rollout()


def main() -> None:
    inventory = os.environ.get("INVENTORY") or "inventories/demo"
    token = next((name for name in TOKENS if os.environ.get(name)), None)
    if token:
        print(f"{token} is set: this is the real fleet that the token sees.")
        roll_out(Fleet(inventory, {}), apply=os.environ.get("APPLY") == "1")
        return
    print(f"Neither {' nor '.join(TOKENS)} is set: starting a simulator of the Aiven API with a fleet of 240 services.")
    with simulator() as environment:
        roll_out(Fleet(inventory, environment), apply=True)
    print("\nThe simulator is stopped. To do this for real, see the README.")


def stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(128 + signum)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, stop)
    try:
        main()
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        sys.exit(128 + signal.SIGINT)
