# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source under the real ansible-rulebook: it reacts once to what happens, over restarts and outages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.events.rulebooks import Rulebooks
from tests.simulator.client import Simulator

HOME, PARTNER = "aws-eu-west-1", "aws-eu-central-1"


@pytest.fixture(autouse=True)
def fleet(simulator: Simulator) -> None:
    for name in ("orders", "stock"):
        simulator.add_service("shop", name, plan="business-4", cloud=HOME, region=PARTNER, region_age_hours=240)


def pause(simulator: Simulator, name: str = "orders") -> None:
    simulator.patch("shop", name, pause={"reason": "quota", "hours_ago": 1})


def resume(simulator: Simulator, name: str = "orders") -> None:
    simulator.patch("shop", name, resume=True)
    simulator.clock(advance="25h")


def kinds(rulebooks: Rulebooks) -> list[str]:
    return [event["kind"] for event in rulebooks.events]


def test_it_reacts_once_to_a_pause_and_once_to_the_recovery(rulebooks: Rulebooks, simulator: Simulator) -> None:
    rulebooks.start(projects=["shop"])
    rulebooks.told(1)
    rulebooks.looks(2)
    pause(simulator)
    simulator.clear_requests()
    paused = rulebooks.told(2)[-1]
    # It was told with the first look that could see it; the look after that may have begun meanwhile.
    assert simulator.calls() <= 2
    assert (paused["kind"], paused["host"], paused["after"]["pause_reason"]) == ("paused", "orders.shop", "quota")
    rulebooks.looks(3)
    resume(simulator)
    rulebooks.told(3)
    rulebooks.looks(3)
    assert kinds(rulebooks) == ["began", "paused", "recovered"]
    assert simulator.token not in rulebooks.output


@pytest.mark.parametrize("kill", [False, True], ids=["ended", "killed"])
def test_it_survives_a_restart(rulebooks: Rulebooks, simulator: Simulator, kill: bool) -> None:
    rulebooks.start(projects=["shop"])
    rulebooks.told(1)
    pause(simulator)
    rulebooks.told(2)
    rulebooks.looks(2)
    rulebooks.stop(kill=kill)
    simulator.remove("shop", "stock")
    rulebooks.start(projects=["shop"])
    rulebooks.told(3)
    rulebooks.looks(2)
    assert kinds(rulebooks) == ["began", "paused", "gone"]


def test_it_survives_an_outage_and_says_so(rulebooks: Rulebooks, simulator: Simulator) -> None:
    rulebooks.start(projects=["shop"], backoff_max=2)
    rulebooks.told(1)
    simulator.fault(kind="reset_before", count=None)
    pause(simulator)
    blind = rulebooks.told(2)[-1]
    assert (blind["projects"], blind["error"]["code"]) == (["shop"], "api_unreachable")
    rulebooks.looks(2)
    simulator.clear_faults()
    rulebooks.told(4)
    rulebooks.looks(2)
    assert kinds(rulebooks) == ["began", "blind", "seeing", "paused"]


def test_a_mistake_in_the_arguments_ends_it_with_words(rulebooks: Rulebooks) -> None:
    rulebooks.start(projects=["shop"], intervall=5)
    rulebooks.until(lambda: "intervall" in rulebooks.output, "words about the mistake")
    assert "did you mean interval?" in rulebooks.output
    assert "Traceback" not in rulebooks.output


def audits(folder: Path) -> list[str]:
    return [line for line in (folder / "rulebook.log").read_text().splitlines() if "PLAY [Audit" in line]


@pytest.mark.slow
def test_the_sample_rulebook_audits(rulebooks: Rulebooks, simulator: Simulator, tmp_path: Path) -> None:
    rulebooks.run(
        "offsite.aiven.audit_changes",
        btar_watch_projects=["shop"],
        btar_watch_interval=1,
        btar_watch_state=str(rulebooks.state),
        btar_watch_report_dir=str(tmp_path / "reports"),
    )
    rulebooks.looks(3)
    for name in ("orders", "stock"):
        pause(simulator, name)
    report = tmp_path / "reports" / "btar-audit.json"
    rulebooks.until(report.exists, "report")
    rulebooks.looks(15)
    services = json.loads(report.read_text())["services"]
    assert [service["protection"] for service in services] == ["paused", "paused"]
    assert len(audits(tmp_path)) == 1


@pytest.mark.slow
def test_the_sample_rulebook_rolls_out_to_what_is_new(
    rulebooks: Rulebooks, simulator: Simulator, tmp_path: Path
) -> None:
    simulator.add_service("shop", "former", cloud=HOME)
    (tmp_path / "inventory" / "group_vars").mkdir()
    (tmp_path / "inventory" / "group_vars" / "all.yml").write_text(json.dumps({"btar_region_map": {HOME: PARTNER}}))
    rulebooks.run(
        "offsite.aiven.roll_out_new",
        btar_watch_projects=["shop"],
        btar_watch_interval=1,
        btar_watch_state=str(rulebooks.state),
        btar_watch_report_dir=str(tmp_path / "reports"),
    )
    rulebooks.looks(3)
    simulator.add_service("shop", "users", plan="business-4", cloud=HOME)
    rulebooks.until(lambda: simulator.service("shop", "users")["region"] == PARTNER, "rollout")
    assert simulator.service("shop", "former")["region"] is None
