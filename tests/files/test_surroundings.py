# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs where little is as usual: no HOME, a TMPDIR that is gone, LANG=C, folders that nobody may write to.

Permissions do not stop root: as root the runs of the second half belong to a user without rights, by setpriv.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.drill.support import READY, variables
from tests.fleet.conftest import simulator, simulator_process
from tests.fleet.support import HOME, PARTNER, Site
from tests.missing import missing
from tests.playbooks.support import PYTHON, Run, finished
from tests.simulator.client import Simulator

__all__ = ["simulator", "simulator_process"]

NOBODY = 65534


@dataclass(frozen=True)
class OddSite(Site):
    """A site whose runs have exactly ``environment`` beside what finds the simulator and the collection."""

    without: Sequence[str] = ()
    user: int | None = None

    def started(self, command: Sequence[str]) -> Run:
        known = self.playbooks._environment()
        environment = {key: value for key, value in known.items() if key not in self.without}
        before = (
            [] if self.user is None else ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
        )
        done = finished([*before, *command], self.folder, {**environment, "COLLECT_RESULTS_PATH": os.devnull})
        return Run(done.returncode, done.stdout, (), self.folder / "home")

    def odd(self, playbook: str, *arguments: str, **given: Any) -> Run:
        return self.started(self.arguments(playbook, *arguments, **given))


def fill(simulator: Simulator) -> None:
    for name in ("orders", "stock"):
        simulator.add_service("shop", name, **READY)
    simulator.add_service("shop", "bare", plan="business-4", cloud=HOME)


# HOME unset, TMPDIR gone, LANG=C


@pytest.fixture
def odd(tmp_path: Path, simulator: Simulator) -> OddSite:
    fill(simulator)
    environment = {
        "TMPDIR": str(tmp_path / "gone"),
        "LANG": "C",
        "ANSIBLE_HOME": str(tmp_path / "ansible"),
    }
    site = OddSite(tmp_path, simulator, environment, without=("HOME", "LC_ALL", "LC_CTYPE", "ANSIBLE_LOCAL_TEMP"))
    site.group_vars(btar_region_map={HOME: PARTNER}, owner="Zoë Ünïcode")
    return site


def test_without_home_and_temporary_folder_in_the_locale_c(odd: OddSite) -> None:
    """A rollout, an audit, a drill, a restore, each with its files."""
    btar = odd.folder / "btar"
    rollout = odd.odd("rollout", report=True, btar_audit_name="Zoë")
    assert rollout.returncode == 0, rollout.output
    assert (btar / "record.jsonl").exists() and (btar / "btar-audit.html").exists()
    drill = odd.odd("drill", **variables(odd))
    assert drill.returncode == 0, drill.output
    assert len(list((btar / "drills").glob("*.json"))) == 1
    audit = odd.odd("audit", btar_audit_name="Zoë", btar_audit_fail_on="none", **variables(odd))
    assert audit.returncode == 0, audit.output
    assert json.loads((btar / "btar-audit.json").read_text())["name"] == "Zoë"
    restore = odd.odd("restore", "--limit", "orders.shop", btar_region=HOME)
    assert restore.returncode == 0, restore.output
    assert (btar / "btar-restored.json").exists()
    for run in (rollout, drill, audit, restore):
        assert "Traceback" not in run.output
    assert not (odd.folder / "~").exists()


def inventory(site: OddSite, cache: Path) -> Run:
    settings = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(cache)}
    source = site.write("inventory/cached.aiven_services.yml", {"plugin": "offsite.aiven.aiven_services", **settings})
    return site.started(["ansible-inventory", "-i", str(source), "--list"])


def hosts(run: Run) -> set[str]:
    found: dict[str, Any] = json.loads(run.output[run.output.index("{\n") :])
    return set(found["_meta"]["hostvars"])


def test_the_inventory_and_its_cache_without_home_in_the_locale_c(odd: OddSite) -> None:
    cache = odd.folder / "cache"
    first = inventory(odd, cache)
    odd.simulator.clear_requests()
    second = inventory(odd, cache)
    assert hosts(first) == hosts(second) == {"orders.shop", "stock.shop", "bare.shop"}
    assert odd.simulator.calls() == 0


def test_the_whole_locale_c_is_refused_by_ansible_in_words_or_does(odd: OddSite) -> None:
    """Ansible itself wants UTF-8; Python makes it of LANG=C, and not of LC_ALL=C."""
    odd.environment["LC_ALL"] = "C"  # type: ignore[index]
    run = OddSite(odd.folder, odd.simulator, odd.environment, without=("HOME",)).odd("audit")
    assert "Traceback" not in run.output
    assert run.returncode == 0 or "locale" in run.output


# Folders that cannot be written to


@pytest.fixture
def shut(simulator: Simulator) -> Iterator[OddSite]:
    """The runs can write to their home, and to no folder beside it."""
    fill(simulator)
    # Below pytest's own folders, which are for root alone, another user sees nothing.
    with tempfile.TemporaryDirectory(prefix="shut-") as name:
        folder = Path(name)
        user = NOBODY if os.geteuid() == 0 else None
        if user is not None and shutil.which("setpriv") is None:
            missing("as root this needs setpriv (on Debian: apt-get install util-linux)")
        for place in (folder, folder / "btar", folder / "cache"):
            place.mkdir(exist_ok=True)
        environment = {"ANSIBLE_LOCAL_TEMP": str(folder / "home" / "local")}
        site = OddSite(folder, simulator, environment, without=("ANSIBLE_CALLBACKS_ENABLED",), user=user)
        site.group_vars(btar_region_map={HOME: PARTNER})
        site.playbooks._environment()
        for place in (folder / "home", folder / "tmp"):
            if user is not None:
                os.chown(place, user, user)
        site.arguments("rollout")
        for place in (folder / "btar", folder / "cache", folder):
            place.chmod(0o555)
        yield site
        for place in (folder, folder / "btar", folder / "cache"):
            place.chmod(0o755)


# What is said, and whether anything may have been changed by then.
SHUT: Mapping[str, tuple[dict[str, Any], str, set[str]]] = {
    "rollout": ({}, "record.jsonl cannot be written: Permission denied", set()),
    "audit": ({"btar_audit_fail_on": "none"}, "Permission denied", set()),
    "drill": ({}, "Permission denied", set()),
    "region_down": ({"btar_region": HOME}, "Permission denied", set()),
    "restore": ({"btar_region": HOME}, "Permission denied", {"POST"}),
}


@pytest.mark.parametrize("playbook", SHUT)
def test_a_folder_that_is_shut_is_said(shut: OddSite, playbook: str) -> None:
    given, words, writes = SHUT[playbook]
    if playbook == "drill":
        given = {**given, "btar_drill_dir": str(shut.folder / "btar" / "drills")}
    run = shut.odd(playbook, **given)
    assert run.returncode == 2, run.output
    assert words in " ".join(run.output.split())
    assert "Traceback" not in run.output
    assert {entry["method"] for entry in shut.simulator.requests()} - {"GET"} <= writes
    assert list((shut.folder / "btar").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_said(shut: OddSite) -> None:
    """By Ansible, which makes no inventory then."""
    shut.folder.chmod(0o755)
    run = inventory(shut, shut.folder / "cache")
    assert f"configured path ({shut.folder / 'cache'}) does not have necessary permissions" in run.output
    assert "Traceback" not in run.output


def test_root_is_no_user_without_rights() -> None:
    """Or the tests above would try nothing."""
    if os.geteuid() == 0:
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o555)
            write = [str(PYTHON), "-c", f"open({folder + '/x'!r}, 'w')"]
            done = subprocess.run(
                ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *write], check=False
            )
        assert done.returncode != 0
