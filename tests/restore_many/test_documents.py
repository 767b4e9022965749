# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/restore-many.md: its commands run, its hook does what it says, and its table of a hook's facts is whole."""

from __future__ import annotations

import re
import shlex

import yaml

from tests.fleet.support import CONFIG, Site, results_of
from tests.restore_many.support import mapping, services
from tests.simulator.client import ROOT, Simulator

PAGE = (ROOT / "docs/restore-many.md").read_text()


def test_its_commands_with_its_hook(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    site.write("inventory/test.aiven_services.yml", CONFIG)
    (hook,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    shown = {"name": "Show", "ansible.builtin.debug": {"var": "btar_restore_service"}}
    site.write("after.yml", hook + yaml.safe_dump([shown]))
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    check, carry_out = block.splitlines()
    assert site.playbooks.command(shlex.split(check)).returncode == 0
    # The argument is in the page as well.
    assert "-e btar_restore_after=after.yml" in PAGE
    run = site.playbooks.command(shlex.split(f"{carry_out} -e btar_restore_after=after.yml"))
    assert run.returncode == 0, run.output
    new = mapping(site)["services"][0]["new"]
    (told,) = [row["result"]["btar_restore_service"] for row in results_of(run, "Show")]
    facts = PAGE.partition("`btar_restore_service` has")[2].partition("A service for which")[0]
    assert told.keys() <= set(re.findall(r"`(\w+)`", facts))
    hooks = results_of(run, yaml.safe_load(hook)[0]["name"])
    assert [row["result"]["msg"] for row in hooks] == [f"orders is at {new['host']}:{new['port']}"]
