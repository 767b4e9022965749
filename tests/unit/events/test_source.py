# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source as ansible-rulebook runs it: a lone file, in a Python that knows nothing of the collection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.simulator.client import ROOT, Simulator

SOURCE = ROOT / ".venv/tree/ansible_collections/offsite/aiven/extensions/eda/plugins/event_source/aiven_btar.py"
# Takes one event, then cancels the source as ansible-rulebook does at its end.
RUN = """
import asyncio, json, runpy, sys

async def run():
    queue = asyncio.Queue(1)
    source = asyncio.create_task(runpy.run_path(sys.argv[1])["main"](queue, json.loads(sys.argv[2])))
    first = asyncio.create_task(queue.get())
    await asyncio.wait({source, first}, return_when=asyncio.FIRST_COMPLETED)
    if source.done():
        await source
    await asyncio.sleep(0.5)
    source.cancel()
    try:
        await source
    except asyncio.CancelledError:
        print(json.dumps(first.result()))

sys.path[:0] = sys.argv[3:]
asyncio.run(run())
"""


def run(simulator: Simulator, folders: list[Path], **arguments: Any) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-c", RUN, str(SOURCE), json.dumps(arguments), *map(str, folders)]
    environment = {**os.environ, **simulator.environment}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("other", [False, True], ids=["alone", "beside PyPI's ansible"])
def test_it_finds_its_collection_and_ends_when_cancelled(simulator: Simulator, tmp_path: Path, other: bool) -> None:
    simulator.add_service("shop", "orders", cloud="aws-eu-west-1")
    folders = []
    if other:
        # What is there is a package of the usual kind, which hides all others of its name.
        (tmp_path / "site" / "ansible_collections").mkdir(parents=True)
        (tmp_path / "site" / "ansible_collections" / "__init__.py").touch()
        folders = [tmp_path / "site"]
    state = tmp_path / "state.json"
    done = run(simulator, folders, state_file=str(state), projects=["shop"], interval=60)
    assert done.returncode == 0, done.stderr
    event = json.loads(done.stdout)["aiven_btar"]
    assert (event["kind"], event["services"]) == ("began", {"disabled": 1})
    assert json.loads(state.read_text())["projects"]["shop"]["orders"][1] == "disabled"


def test_a_mistake_is_told_in_words(simulator: Simulator, tmp_path: Path) -> None:
    done = run(simulator, [], state_file=str(tmp_path / "state.json"), interval=-1)
    assert "interval is -1: give seconds, a number above 0" in done.stderr
