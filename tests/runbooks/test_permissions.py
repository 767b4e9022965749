# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of docs/permissions.md: with exactly these permissions each playbook works, with one less it says which it lacks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.support import HOME, PARTNER, Site
from tests.playbooks.support import Run
from tests.region_down.region import READY
from tests.simulator.client import ROOT, Simulator
from tests.simulator.permissions import IMPLIED

# The variables with which each playbook is run.
PLAYBOOKS: dict[str, dict[str, Any]] = {
    "rollout": {},
    "disable": {"btar_confirm_disable": True},
    "rollback": {"btar_undo": "btar/record.jsonl", "btar_accept_loss": True},
    "audit": {"btar_audit_fail_on": "none"},
    "region_down": {"btar_region": HOME},
    "restore": {"btar_region": HOME},
}
# Without any permission a token would be no member of the project.
MEMBER = "service:metrics:read"
WRITES = ("ServiceUpdate", "ServiceCreate", "ServiceDelete")


def cells() -> dict[str, dict[str, str]]:
    """For each playbook what the table says of each permission."""
    lines = (ROOT / "docs/permissions.md").read_text().splitlines()
    head = next(line for line in lines if line.startswith("| playbook |"))
    names = re.findall(r"`(.*?)`", head)
    rows = [line.strip("| ").split(" | ") for line in lines if re.match(r"\| `\w+` \| yes", line)]
    return {row[0].strip("`"): dict(zip(names, row[1:], strict=True)) for row in rows}


def needed(playbook: str, where: str = "yes") -> tuple[str, ...]:
    return tuple(name for name, cell in cells()[playbook].items() if cell == where)


# The permissions that a playbook cannot do without.
TABLE = {playbook: needed(playbook) for playbook in cells()}
IN_THE_LAB = needed("drill", "in the project of the forks")
# A permission that another one of the same playbook holds anyway, as Aiven's roles do, cannot be taken away alone.
LESS = [
    (playbook, lacking)
    for playbook in PLAYBOOKS
    for lacking in TABLE[playbook]
    if not any(lacking in IMPLIED.get(other, set()) for other in TABLE[playbook])
]


@pytest.fixture
def fleet(site: Site, simulator: Simulator) -> Site:
    """A service without a region, and one that can be restored; a record of a run in which the former got its region."""
    simulator.add_service("shop", "orders", plan="business-4", cloud="aws-eu-north-1")
    simulator.add_service("shop", "customers", **READY)
    site.group_vars("aiven_services", btar_region_map={HOME: PARTNER, "aws-eu-north-1": HOME})
    return site


def run_with(site: Site, playbook: str, permissions: tuple[str, ...]) -> Run:
    if playbook == "rollback":
        assert site.run("rollout").returncode == 0
    site.simulator.add_token("exact", user="exact", roles={"*": list(permissions)})
    site.simulator.clear_requests()
    # The inventory is read with this token as well.
    return Site(site.folder, site.simulator, {"AIVEN_TOKEN": "exact"}).run(playbook, **PLAYBOOKS[playbook])


def written(simulator: Simulator) -> list[int]:
    return [entry["status"] for operation in WRITES for entry in simulator.requests(operation=operation)]


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_exactly_these_are_enough(fleet: Site, playbook: str) -> None:
    run = run_with(fleet, playbook, TABLE[playbook])
    assert run.returncode == 0, run.output
    assert set(written(fleet.simulator)) <= {200}
    assert bool(written(fleet.simulator)) == (playbook not in ("audit", "region_down"))


@pytest.mark.parametrize(("playbook", "lacking"), LESS)
def test_with_one_less_it_says_so_before_anything_is_changed(fleet: Site, playbook: str, lacking: str) -> None:
    left = (*(name for name in TABLE[playbook] if name != lacking), MEMBER)
    run = run_with(fleet, playbook, left)
    assert run.returncode != 0
    assert lacking in run.output, run.output
    assert "Traceback" not in run.output
    assert 200 not in written(fleet.simulator)
    # It does not go on trying for every service.
    assert len(written(fleet.simulator)) <= 2


def drill_with(site: Site, shop: tuple[str, ...], lab: tuple[str, ...]) -> Run:
    """A drill whose forks are in a project of their own."""
    site.simulator.add_project("lab")
    verify = [{"name": "Look", "ansible.builtin.assert": {"that": "btar_drill_connection.password != ''"}}]
    site.write("verify.yml", verify)
    site.simulator.add_token("exact", user="exact", roles={"shop": list(shop), "lab": list(lab)})
    return Site(site.folder, site.simulator, {"AIVEN_TOKEN": "exact"}).run(
        "drill", btar_drill_project="lab", btar_drill_verify=str(site.folder / "verify.yml")
    )


def forks(simulator: Simulator) -> list[str]:
    return [row["service_name"] for row in simulator.state()["services"] if row["project"] == "lab"]


def test_exactly_these_are_enough_for_a_drill(fleet: Site) -> None:
    run = drill_with(fleet, TABLE["drill"], IN_THE_LAB)
    assert run.returncode == 0, run.output
    assert written(fleet.simulator) == [200, 200]
    assert forks(fleet.simulator) == []


@pytest.mark.parametrize("lacking", [*TABLE["drill"], *IN_THE_LAB])
def test_a_drill_with_one_less_says_so_and_leaves_nothing(fleet: Site, lacking: str) -> None:
    def without(names: tuple[str, ...]) -> tuple[str, ...]:
        # What is left must not hold it either.
        return (*(name for name in names if name != lacking and lacking not in IMPLIED.get(name, set())), MEMBER)

    # The inventory reads the lab too.
    lab = (*without(IN_THE_LAB), "project:services:read") if lacking in IN_THE_LAB else IN_THE_LAB
    run = drill_with(fleet, without(TABLE["drill"]), lab)
    assert run.returncode != 0, run.output
    assert lacking in run.output, run.output
    assert "Traceback" not in run.output
    assert forks(fleet.simulator) == []


def test_the_table_has_every_playbook() -> None:
    # A rollout under another name, what makes no call to Aiven, and what is not meant to be run by itself.
    others = {"apply", "awx", "merge", "run_in_waves"}
    shipped = {path.stem for path in (ROOT / "playbooks").glob("*.yml")} - others
    assert shipped <= TABLE.keys()
    assert Path(ROOT / "docs/permissions.md").read_text().count("| `drill` |") == 1
