# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ways to give all services of a fleet their secondary region, each a command, and how a command is measured."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.benchmark.fleet import Fleet

AVN = """
while read -r project service region; do
    avn service update --project "$project" -c "additional_backup_regions=['$region']" "$service" || exit 1
done <targets.txt
"""

URI = """
- hosts: localhost
  connection: local
  gather_facts: false
  vars_files: targets.json
  vars:
    url: "{{ lookup('env', 'AIVEN_WEB_URL') }}/v1/project/{{ item.project }}/service/{{ item.name }}"
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  module_defaults:
    ansible.builtin.uri:
      headers: {authorization: "aivenv1 {{ lookup('env', 'AIVEN_TOKEN') }}"}
      body_format: json
  tasks:
    - ansible.builtin.uri:
        url: "{{ url }}"
      loop: "{{ targets }}"
      loop_control: {label: "{{ item.name }}"}
      register: read
    - ansible.builtin.uri:
        url: "{{ url }}"
        method: PUT
        body: {user_config: {additional_backup_regions: ["{{ item.region }}"]}}
      loop: "{{ read.results | rejectattr('json.service.user_config.additional_backup_regions.0', 'defined') | map(attribute='item') }}"
      loop_control: {label: "{{ item.name }}"}
"""

MODULE = """
- hosts: aiven_services
  gather_facts: false
  tasks:
    - offsite.aiven.aiven_btar:
        project: "{{ aiven_project }}"
        service_name: "{{ aiven_service_name }}"
        region: "{{ btar_region_map[aiven_cloud] }}"
"""

EMPTY = """
- hosts: aiven_services
  gather_facts: false
"""

FLOOR = """
import json, os, sys
import requests
headers = {"authorization": "aivenv1 " + os.environ["AIVEN_TOKEN"]}
for project in sys.argv[1:]:
    answer = requests.get(f"{os.environ['AIVEN_WEB_URL']}/v1/project/{project}/service", headers=headers)
    json.loads(answer.content)
"""

PLAYBOOKS = {"uri.yml": URI, "module.yml": MODULE, "empty.yml": EMPTY}

ONE_WAVE = ("-e", "btar_waves=100%", "-e", "btar_report=false")


@dataclass(frozen=True)
class Way:
    """``peer``: what others would do, far too slow for the largest fleets. ``writes``: it makes the changes."""

    key: str
    title: str
    peer: bool = False
    writes: bool = True


WAYS = (
    Way("avn", "a shell loop over `avn service update`", peer=True),
    Way("uri", "`ansible.builtin.uri` in a loop", peer=True),
    Way("module", "`aiven_btar` for each host, 8 forks", peer=True),
    Way("fleet", "the fleet: rollout in one wave"),
    Way("shipped", "the fleet: rollout as shipped, 3 waves and report"),
    Way("floor", "the floor: the listings, read and parsed", writes=False),
)
# What is measured besides, to be subtracted.
EMPTY_PLAY = Way("empty", "an empty play on the same inventory", writes=False)
INVENTORY = Way("inventory", "reading the inventory without a cache", writes=False)
START = Way("start", "Ansible's own start", writes=False)


@dataclass(frozen=True)
class Figures:
    """Of one run: seconds of wall clock and of CPU (all processes), the largest process' memory in bytes, API calls."""

    wall: float
    cpu: float
    memory: int
    calls: int


def command(way: Way, fleet: Fleet) -> list[str]:
    playbook = ["ansible-playbook", "-i", "inventory"]
    host = f"{fleet.targets[0].name}.{fleet.targets[0].project}"
    return {
        "avn": ["bash", "-c", AVN],
        "uri": ["ansible-playbook", "-i", "localhost,", "uri.yml"],
        "module": [*playbook, "-f", "8", "module.yml"],
        "fleet": [*playbook, "offsite.aiven.rollout", *ONE_WAVE],
        "shipped": [*playbook, "offsite.aiven.rollout"],
        "floor": ["python", "-c", FLOOR, *fleet.projects],
        "empty": [*playbook, "empty.yml"],
        "inventory": ["ansible-inventory", "-i", "uncached.aiven_services.yml", "--host", host],
        "start": ["ansible-inventory", "-i", "localhost,", "--host", "localhost"],
    }[way.key]


def run(way: Way, fleet: Fleet) -> Figures:
    """Run it; raises RuntimeError when it failed. The fleet must be prepared, and its inventory's cache be filled."""
    for name, text in PLAYBOOKS.items():
        (fleet.folder / name).write_text(text)
    before = fleet.calls
    with open(fleet.folder / "output.txt", "wb") as output:
        begin = time.monotonic()
        process = subprocess.Popen(
            command(way, fleet),
            cwd=fleet.folder,
            env=fleet.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        said = (fleet.folder / "output.txt").read_text(errors="replace")[-2000:]
        raise RuntimeError(f"{way.title} ended with {process.returncode}:\n{said}")
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, fleet.calls - before)


def extrapolate(measured: Figures, start: Figures, factor: float) -> Figures:
    """What ``factor`` times as many services would take: all but the start grows with them. Memory is not guessed."""
    return Figures(
        start.wall + max(0.0, measured.wall - start.wall) * factor,
        start.cpu + max(0.0, measured.cpu - start.cpu) * factor,
        0,
        round(measured.calls * factor),
    )


def best(runs: Sequence[Figures]) -> Figures:
    """Of several runs: the least wall and CPU, as whatever else ran on the machine only adds; the most memory."""
    return Figures(
        min(item.wall for item in runs),
        min(item.cpu for item in runs),
        max(item.memory for item in runs),
        runs[0].calls,
    )
