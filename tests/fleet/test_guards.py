# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Shipped playbooks end with a reason where there is nothing to work on, and where a record cannot be written."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.support import HOME, PARTNER, Site, add_services, recap_of, regions, rows_of
from tests.playbooks.support import Run
from tests.simulator.client import ROOT, Simulator

# All that work on the hosts of the group.
PLAYBOOKS = sorted(
    path.stem for path in (ROOT / "playbooks").glob("*.yml") if path.stem not in ("awx", "merge", "run_in_waves")
)
ASKED: dict[str, dict[str, Any]] = {
    "disable": {"btar_confirm_disable": True},
    "rollback": {"btar_undo": "record.jsonl", "btar_accept_loss": True},
}
NO_HOST = "no host in the group aiven_services"


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator) -> Site:
    # As for a user who has none of this repository's ansible.cfg.
    return Site(tmp_path, simulator)


def said(run: Run) -> str:
    return " ".join(run.output.split())


def start(site: Site, playbook: str, *arguments: str) -> Run:
    run = site.run(playbook, *arguments, **ASKED.get(playbook, {}))
    assert run.returncode != 0, run.output
    assert "Traceback" not in run.output
    assert not [entry for entry in site.simulator.requests() if entry["method"] != "GET"]
    return run


def test_all_playbooks_are_looked_at() -> None:
    assert {"rollout", "disable", "rollback", "audit"} <= set(PLAYBOOKS)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_empty_inventory(site: Site, playbook: str) -> None:
    site.simulator.add_project("shop")
    assert NO_HOST in said(start(site, playbook))


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_failed_inventory(site: Site, playbook: str) -> None:
    add_services(site.simulator, rows_of("shop", 2))
    site.simulator.fault(kind="403", path="*/service", count=None)
    run = start(site, playbook)
    assert NO_HOST in said(run)
    assert "shop" in said(run)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_an_empty_inventory_with_a_limit(site: Site, playbook: str) -> None:
    """With a host of somebody else's, so that ansible itself finds something to run on."""
    site.simulator.add_project("shop")
    site.write("inventory/other.yml", {"all": {"hosts": {"db-001.shop": {}}}})
    assert NO_HOST in said(start(site, playbook, "--limit", "db-001.shop"))
    if playbook == "rollout":
        assert "no hosts to target" in said(start(site, playbook, "--limit", "nobody"))


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_a_limit_that_leaves_no_service(site: Site, playbook: str) -> None:
    add_services(site.simulator, rows_of("shop", 2))
    site.write("inventory/other.yml", {"all": {"hosts": {"bastion": {}}}})
    assert "no host of the group aiven_services is within --limit bastion" in said(
        start(site, playbook, "--limit", "bastion")
    )


@pytest.mark.parametrize("record", ["/proc/none/record.jsonl", "/dev/full"])
def test_a_record_that_cannot_be_written_ends_the_run_before_any_call(site: Site, record: str) -> None:
    add_services(site.simulator, rows_of("shop", 3))
    site.group_vars(btar_region_map={HOME: PARTNER})
    run = site.run("rollout", btar_record=record)
    assert run.returncode != 0
    assert f"record {record} cannot be written" in said(run)
    assert set(regions(site.simulator).values()) == {None}


def run_with_small_files(site: Site, kibibytes: int) -> tuple[int, str]:
    """A rollout in which no file may grow beyond that: as Python ignores SIGXFSZ, a write fails as on a full disk."""
    site.group_vars(btar_region_map={HOME: PARTNER})
    command = site.arguments("rollout", btar_waves="100%", btar_concurrency=1)
    done = subprocess.run(
        ["bash", "-c", f'ulimit -f {kibibytes} && exec "$@"', "bash", *command],
        cwd=site.folder,
        env={**site.playbooks._environment(), "COLLECT_RESULTS_PATH": os.devnull},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout
    assert "cannot be written any more" in " ".join(done.stdout.split())
    return done.returncode, done.stdout


def changed_hosts(site: Site) -> set[str]:
    """The hosts of the services that have a secondary region now."""
    names = [name.split("/") for name, region in regions(site.simulator).items() if region]
    return {f"{service}.{project}" for project, service in names}


def test_a_disk_that_fills_up_ends_the_writing(site: Site) -> None:
    """What cannot be recorded any more is not done; what was done is shown."""
    add_services(site.simulator, rows_of("shop", 40))
    code, output = run_with_small_files(site, 4)
    assert code == 2
    changed = changed_hosts(site)
    assert 0 < len(changed) < 20
    counts = recap_of(output)
    assert {name for name, (is_changed, _failed) in counts.items() if is_changed} == changed
    assert sum(failed for _changed, failed in counts.values()) == 40 - len(changed)


def test_a_record_that_breaks_where_no_target_is_left_to_fail_fails_the_run(site: Site) -> None:
    add_services(site.simulator, rows_of("shop", 1))
    site.write("btar/record.jsonl", "\n" * (4096 - 300))
    code, output = run_with_small_files(site, 4)
    assert code == 2
    assert changed_hosts(site) == {name for name, (is_changed, _failed) in recap_of(output).items() if is_changed}
