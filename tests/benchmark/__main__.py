# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a rollout costs, beside what people use today: `make bench`.

A simulated fleet of each size, in 50 projects, about 10 KB a service in a listing. Twice for each: nothing to change, and
every tenth service switched off behind Ansible's back. The loops over single services are measured with the smallest
fleet; for the larger ones they are extrapolated, and marked so. Times hold for this machine and its load, calls for every one.

Usage: python -m tests.benchmark [--sizes 100,1000,10000] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.simulator.client import ROOT, Simulator

BIN = ROOT / ".venv" / "bin"
PROJECTS = 50
CALLS_A_MINUTE = 120
FLEET = "aiven_btar_fleet (rollout)"
FLOOR = "floor: requests.get + json.loads"
EMPTY = "an empty play, inventory cached"
REPEATED = (FLOOR, EMPTY, FLEET)
READ_LISTINGS = """
import json, os, requests, sys
session = requests.Session()
session.headers["Authorization"] = "aivenv1 " + os.environ["AIVEN_TOKEN"]
for project in sys.argv[1:]:
    json.loads(session.get(f"{os.environ['AIVEN_WEB_URL']}/v1/project/{project}/service").content)
"""


@dataclass(frozen=True)
class Cost:
    """Wall and CPU in seconds, CPU with all child processes; ``peak_mb`` is that of the largest process."""

    size: int
    case: str
    way: str
    wall: float
    cpu: float
    peak_mb: float
    calls: int
    extrapolated: bool = False

    @property
    def minutes_at_the_limit(self) -> float:
        return self.calls / CALLS_A_MINUTE


@dataclass(frozen=True)
class Bench:
    """One simulated fleet, and a folder with an inventory of it."""

    folder: Path
    simulator: Simulator
    size: int

    def measure(self, case: str, way: str, command: Sequence[str], repeat: int = 1) -> Cost:
        """The run of a command that was the fastest; its calls are those that the simulator saw."""
        return min((self._once(case, way, command) for _run in range(repeat)), key=lambda cost: cost.wall)

    def _once(self, case: str, way: str, command: Sequence[str]) -> Cost:
        self.simulator.clear_requests()
        log = self.folder / "output.log"
        begin = time.monotonic()
        pid = os.posix_spawn(
            command[0],
            list(command),
            self.environment(),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(log), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
        )
        _pid, status, usage = os.wait4(pid, 0)
        wall = time.monotonic() - begin
        if status:
            raise SystemExit(
                f"{way}, {self.size} services, {case}: {shlex.join(command[:3])} failed\n{log.read_text()[-2000:]}"
            )
        cpu = usage.ru_utime + usage.ru_stime
        return Cost(self.size, case, way, wall, cpu, usage.ru_maxrss / 1024, self.simulator.calls())

    def environment(self) -> dict[str, str]:
        return {
            **{key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE", "AIVEN"))},
            **self.simulator.environment,
            "AIVEN_AUTH_TOKEN": self.simulator.token,
            "ANSIBLE_COLLECTIONS_PATH": str(ROOT / ".venv" / "collections"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "HOME": str(self.folder),
            "NO_PROXY": "127.0.0.1",
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        }

    def playbook(self, name: str, *arguments: str) -> list[str]:
        return [str(BIN / "ansible-playbook"), "-i", str(self.folder / "inventory"), name, *arguments]

    def rollout(self) -> list[str]:
        variables = {"btar_report": False, "btar_report_dir": str(self.folder / "btar"), "btar_waves": "100%"}
        return self.playbook("offsite.aiven.rollout", "-e", json.dumps({**variables, "btar_changes": "enable,move"}))

    def prepare(self) -> None:
        """The inventory, in its cache; and the fleet as the region inventory wants it."""
        cache = {"cache": True, "cache_plugin": "jsonfile", "cache_connection": str(self.folder / "cache")}
        source = {"plugin": "offsite.aiven.aiven_services", **cache, "cache_timeout": 0}
        self.write("inventory/bench.aiven_services.yml", source)
        # Only map entries, so that nothing to change is one call a project.
        regions = {row["primary_region"]: row["region"] for row in self.services() if row["region"]}
        self.write("inventory/group_vars/all.yml", {"btar_region_map": regions, "btar_region_otherwise": "refuse"})
        self.write("empty.yml", [{"hosts": "aiven_services", "gather_facts": False, "tasks": []}])

    def write(self, path: str, content: Any) -> Path:
        target = self.folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(yaml.safe_dump(content, sort_keys=False))
        return target

    def services(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.simulator.state()["services"]
        return found

    def projects(self) -> list[str]:
        return sorted({row["project"] for row in self.services()})


def fleet_of(size: int) -> list[dict[str, Any]]:
    """Services of the types that can have a secondary region, all of which have one."""
    types = ("pg", "mysql", "opensearch", "valkey", "grafana")
    routes = (("aws-eu-west-1", "aws-eu-central-1"), ("google-europe-west1", "google-europe-west3"))
    return [
        {
            "project": f"project-{number % PROJECTS:02}",
            "service_name": f"{types[number % 5]}-{number:05}",
            "service_type": types[number % 5],
            "plan": "startup-4",
            "cloud": routes[number % 2][0],
            "region": routes[number % 2][1],
            "region_age_hours": 100,
        }
        for number in range(size)
    ]


def switch_off(bench: Bench) -> None:
    """Every tenth service loses its secondary region, as on the console."""
    for row in bench.services()[::10]:
        body = {"user_config": {"additional_backup_regions": []}}
        status, _answer = bench.simulator.api("PUT", f"/project/{row['project']}/service/{row['service_name']}", body)
        if status != 200:
            raise SystemExit(f"the simulator refused to switch {row['service_name']} off: {status}")


def loops(bench: Bench, wanted: Sequence[dict[str, Any]]) -> dict[str, list[str]]:
    """What people do today, service by service."""
    lines = [
        shlex.join([
            "avn", "service", "update", "--project", row["project"], row["service_name"],
            "-c", f"additional_backup_regions={json.dumps([row['region']])}",
        ])
        for row in wanted
    ]  # fmt: skip
    script = bench.folder / "loop.sh"
    script.write_text("\n".join(["set -e", *lines, ""]))
    items = [{key: row[key] for key in ("project", "service_name", "region")} for row in wanted]
    url = f"{bench.simulator.url}/v1/project/{{{{ item.project }}}}/service/{{{{ item.service_name }}}}"
    headers = {"Authorization": f"aivenv1 {bench.simulator.token}"}
    read = {"url": url, "headers": headers, "return_content": True}
    body = {"user_config": {"additional_backup_regions": ["{{ item.item.region }}"]}}
    write = {
        "url": url.replace("item.", "item.item."),
        "headers": headers,
        "method": "PUT",
        "body_format": "json",
        "body": body,
    }
    differs = "item.json.service.user_config.additional_backup_regions | default([]) != [item.item.region]"
    tasks = [
        {"ansible.builtin.uri": read, "loop": items, "register": "found", "no_log": True},
        {"ansible.builtin.uri": write, "loop": "{{ found.results }}", "when": differs, "no_log": True},
    ]
    uri = bench.write("uri.yml", [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}])
    module = {
        "project": "{{ aiven_project }}",
        "service_name": "{{ aiven_service_name }}",
        "region": "{{ btar_region_map[aiven_primary_region] }}",
    }
    task = {"offsite.aiven.aiven_btar": module}
    hosts = bench.write("hosts.yml", [{"hosts": "aiven_services", "gather_facts": False, "tasks": [task]}])
    return {
        "a shell loop over avn service update": ["/bin/sh", str(script)],
        "ansible.builtin.uri in a loop": bench.playbook(str(uri)),
        "aiven_btar on each host, 5 forks": bench.playbook(str(hosts)),
    }


def run_size(size: int, *, with_loops: bool, say: Callable[[str], None]) -> list[Cost]:
    costs = []
    with (
        tempfile.TemporaryDirectory() as folder,
        Simulator(build_seconds=0, listing_padding=5000) as simulator,
    ):
        for start in range(0, size, 1000):
            simulator.door("POST", "/services", fleet_of(size)[start : start + 1000])
        bench = Bench(Path(folder), simulator, size)
        wanted = bench.services()
        bench.prepare()
        floor = [str(BIN / "python"), "-c", READ_LISTINGS, *bench.projects()]
        # The first reading renders the listings, and fills the inventory's cache.
        bench.measure("warm up", FLOOR, floor)
        empty = bench.playbook(str(bench.folder / "empty.yml"))
        bench.measure("warm up", EMPTY, empty)
        for case in ("nothing to change", "10 % to change"):
            ways = {FLEET: bench.rollout()}
            if case == "nothing to change":
                ways = {FLOOR: floor, EMPTY: empty, **ways}
            if with_loops:
                ways.update(loops(bench, wanted))
            for way, command in ways.items():
                if case == "10 % to change":
                    switch_off(bench)
                say(f"{size} services, {case}: {way}")
                costs.append(
                    bench.measure(case, way, command, 3 if case == "nothing to change" and way in REPEATED else 1)
                )
    return costs


def extrapolated(costs: Sequence[Cost], size: int) -> list[Cost]:
    """The loops, whose cost grows with the number of services."""
    smallest = min(cost.size for cost in costs)
    factor = size / smallest
    return [
        replace(
            cost,
            size=size,
            wall=cost.wall * factor,
            cpu=cost.cpu * factor,
            calls=round(cost.calls * factor),
            extrapolated=True,
        )
        for cost in costs
        if cost.size == smallest and cost.way not in REPEATED
    ]


def table(costs: Sequence[Cost]) -> str:
    head = f"{'services':>8}  {'case':17}  {'way':38}  {'wall s':>9}  {'CPU s':>9}  {'peak MB':>7}  {'calls':>7}  {'min at 120/min':>14}"
    rows = [head, "-" * len(head)]
    for cost in costs:
        mark = "~" if cost.extrapolated else " "
        peak = "" if cost.extrapolated else f"{cost.peak_mb:.0f}"
        rows.append(
            f"{cost.size:>8}  {cost.case:17}  {cost.way:38}  {mark}{cost.wall:>8.2f}  {mark}{cost.cpu:>8.2f}  {peak:>7}  "
            f"{mark}{cost.calls:>6}  {cost.minutes_at_the_limit:>14.1f}"
        )
    return "\n".join([*rows, f"~ extrapolated from {min(cost.size for cost in costs)} services"])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description="What a rollout costs.")
    parser.add_argument("--sizes", default="100,1000,10000")
    parser.add_argument("--json", type=Path, default=ROOT / ".venv" / "benchmark.json")
    options = parser.parse_args()
    sizes = sorted(int(size) for size in options.sizes.split(","))
    costs: list[Cost] = []
    for size in sizes:
        costs += run_size(size, with_loops=size == sizes[0], say=lambda text: print(text, file=sys.stderr, flush=True))
    for size in sizes[1:]:
        costs += extrapolated(costs, size)
    costs.sort(key=lambda cost: (cost.size, cost.case == "10 % to change", cost.wall))
    rows = [{**asdict(cost), "minutes_at_120_a_minute": cost.minutes_at_the_limit} for cost in costs]
    options.json.write_text(json.dumps(rows, indent=2) + "\n")
    print(table(costs))
    print(f"As data: {options.json}")


if __name__ == "__main__":
    main()
