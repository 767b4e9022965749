# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every command of the runbooks runs, in their order, and does what the page says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fleet.support import CONFIG, HOME, OTHER, PARTNER, Site
from tests.playbooks.support import Run
from tests.region_down.region import NORTH, READY
from tests.simulator.client import ROOT, Simulator

RUNBOOKS = ROOT / "docs/runbooks"
HEADINGS = ["When", "Before", "Commands", "Check after", "The way back"]
MOST_LINES = 70


def commands(name: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", (RUNBOOKS / f"{name}.md").read_text(), re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def run_all(site: Site, name: str, expected: Callable[[int], int] = lambda number: 0) -> list[Run]:
    """Every command in a shell; ``expected`` is the exit code of each, by its number."""
    runs = []
    for number, line in enumerate(commands(name)):
        run = site.playbooks.command(["bash", "-c", line], f"{number}")
        assert run.returncode == expected(number), f"{line}\n{run.output}"
        runs.append(run)
    return runs


def region_of(simulator: Simulator, name: str) -> str | None:
    region: str | None = simulator.service("shop", name)["region"]
    return region


@pytest.fixture
def orders(site: Site) -> Site:
    """A protected service, and a region inventory that holds for it and for what is restored of it."""
    site.simulator.add_service("shop", "orders", **READY)
    site.write("inventory/test.aiven_services.yml", CONFIG)
    site.group_vars("aiven_services", btar_region_map={HOME: PARTNER, PARTNER: OTHER})
    return site


@pytest.mark.parametrize("path", sorted(RUNBOOKS.glob("*.md")), ids=lambda path: path.stem)
def test_each_has_the_same_parts_and_is_short(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^## (.*)$", text, re.MULTILINE) == HEADINGS
    assert len(text.splitlines()) <= MOST_LINES
    assert commands(path.stem)


def test_a_test_runs_each() -> None:
    tested = {"region-down", "restore-one-service", "drill", "disable", "move", "token-leaked", "aiven-unreachable"}
    assert {path.stem for path in RUNBOOKS.glob("*.md")} == tested


def test_region_down(orders: Site) -> None:
    orders.simulator.add_service("shop", "customers", **READY)
    runs = run_all(orders, "region-down")
    restored = json.loads(runs[3].output)
    assert {row["new"]["service_name"] for row in restored["services"]} == {"orders-restored", "customers-restored"}
    assert region_of(orders.simulator, "customers-restored") == OTHER
    names = {row["service_name"] for row in orders.simulator.state()["services"]}
    assert names == {"orders", "customers", "customers-restored"}


def test_restore_one_service(orders: Site) -> None:
    orders.simulator.add_service("shop", "other", **READY)
    run_all(orders, "restore-one-service")
    history = {row["service_name"]: (row["creates"], row["deletes"]) for row in orders.simulator.state()["history"]}
    assert {name: history[name] for name in ("orders-restored", "orders-before")} == {
        "orders-restored": (1, 1),
        "orders-before": (1, 1),
    }
    assert {row["service_name"] for row in orders.simulator.state()["services"]} == {"orders", "other"}


def test_drill(orders: Site) -> None:
    run_all(orders, "drill")
    evidence = [json.loads(path.read_text()) for path in (orders.folder / "btar/drills").glob("*.json")]
    assert [row["result"] for row in evidence] == ["passed", "passed"]
    assert {row["service_name"] for row in orders.simulator.state()["services"]} == {"orders"}


def test_disable(orders: Site) -> None:
    runs = run_all(orders, "disable")
    assert "would change" in runs[0].output
    assert [entry["body"]["user_config"]["additional_backup_regions"] for entry in writes(orders.simulator)] == [
        [],
        [PARTNER],
    ]


def writes(simulator: Simulator) -> list[dict[str, dict[str, dict[str, list[str]]]]]:
    return simulator.requests(operation="ServiceUpdate")


def test_move(orders: Site) -> None:
    orders.write("inventory/host_vars/orders.shop.yml", {"btar_secondary_region": NORTH})
    run_all(orders, "move")
    assert region_of(orders.simulator, "orders") == NORTH
    assert len(writes(orders.simulator)) == 1


def test_token_leaked(orders: Site) -> None:
    orders.simulator.add_token("new-token", roles={"*": ["admin"]})
    site = Site(orders.folder, orders.simulator, {"AIVEN_TOKEN": "new-token", "OLD_TOKEN": "leaked"})
    typed, *rest = commands("token-leaked")
    told = site.playbooks.command(["bash", "-c", f"{{ {typed}; }} <<< secret; echo ${{#AIVEN_TOKEN}}"])
    assert told.output.strip() == str(len("secret"))
    runs = [site.playbooks.command(["bash", "-c", line]) for line in rest]
    assert [run.returncode for run in runs] == [0, 0, 0], runs
    assert runs[-1].output.strip() == "401"


def test_aiven_unreachable(orders: Site) -> None:
    orders.run("audit", report=True, btar_audit_fail_on="none")
    orders.simulator.fault(kind="502", path="/project/shop/service", after=1, count=2)
    runs = run_all(orders, "aiven-unreachable")
    assert runs[0].output.strip() == "200"
    assert json.loads(runs[1].output)["services"]
    assert "0 would change" in runs[-1].output
