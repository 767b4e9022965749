# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook restore through the real ansible-playbook: order, hooks, obstacles, files, check mode, other cores."""

from __future__ import annotations

import json
import stat
from typing import Any

import jsonschema
import pytest

from tests.cores import OTHER_CORES, binaries_of
from tests.fleet.support import HOME, PARTNER, Site, results_of, shown
from tests.playbooks.support import Run
from tests.region_down.region import NORTH, READY, VPC_HERE, vpc
from tests.restore_many.support import forks, made, mapping, priority, restore, services
from tests.simulator.client import ROOT, Simulator

SCHEMA = json.loads((ROOT / "docs/schemas/restored.schema.json").read_text())
HOOKS = ("before", "after")


def hook(site: Site, name: str, *more: dict[str, Any]) -> str:
    """A hook that notes what it was told, once for each group."""
    note = {
        "name": "Note",
        "ansible.builtin.shell": f"echo '{name} {{{{ ansible_play_batch | sort | join(' ') }}}}' >> notes",
        "args": {"chdir": str(site.folder)},
        "run_once": True,
    }
    return str(site.write(f"{name}.yml", [note, *more]).relative_to(site.folder))


def notes(site: Site) -> list[str]:
    return (site.folder / "notes").read_text().splitlines()


def outcome(run: Run, host: str) -> dict[str, Any]:
    (row,) = [row for row in results_of(run, "Show the outcome") if row["host"] == host]
    found: dict[str, Any] = row["result"]
    return found


@pytest.fixture
def three(site: Site) -> Simulator:
    """Three services of as many priorities, and one without a copy."""
    for name, tags in (("late", {}), ("first", priority(1)), ("second", priority(2))):
        site.simulator.add_service("shop", name, tags=tags, **READY)
    site.simulator.add_service("shop", "bare", plan="business-4", cloud=HOME)
    return site.simulator


def test_it_restores_in_order_with_hooks_around_each_group_and_goes_on_where_it_was(
    site: Site, three: Simulator
) -> None:
    hooks = {f"btar_restore_{name}": hook(site, name) for name in HOOKS}
    run = restore(site, **hooks)
    assert run.returncode == 2, run.output
    assert made(three) == ["first-restored", "second-restored", "late-restored"]
    groups = ("first.shop", "second.shop", "late.shop")
    assert notes(site) == [f"{name} {host}" for host in groups for name in HOOKS]
    assert shown(run) == {**dict.fromkeys(groups, (True, False)), "bare.shop": (False, True)}
    assert outcome(run, "bare.shop")["error"]["code"] == "nothing_to_restore"
    assert outcome(run, "first.shop")["fork"]["service_name"] == "first-restored"

    document = mapping(site)
    jsonschema.Draft202012Validator(SCHEMA).validate(document)
    assert [(row["old"]["service_name"], row["group"], row["status"]) for row in document["services"]] == [
        ("first", 1, "changed"),
        ("second", 2, "changed"),
        ("late", 3, "changed"),
        ("bare", None, "failed"),
    ]
    new = document["services"][0]["new"]
    assert (new["cloud"], new["state"], new["host"]) == (PARTNER, "RUNNING", "first-restored-shop.a.aivencloud.com")
    assert document["services"][0]["old"]["host"] == "first-shop.a.aivencloud.com"
    assert "4 services: 3 restored, 1 failed" in run.output

    three.clear_requests()
    again = restore(site)
    assert made(three) == []
    assert [row["status"] for row in mapping(site)["services"]] == ["unchanged"] * 3 + ["failed"]
    # Only what has failed is news.
    assert shown(again) == {"bare.shop": (False, True)}


def test_check_mode_tells_what_would_be_and_makes_nothing(site: Site, three: Simulator) -> None:
    run = restore(site, "--check", "--diff")
    assert forks(three) == set()
    assert three.calls("POST") == 0
    assert shown(run) == {
        **{f"{name}.shop": (True, False) for name in ("first", "second", "late")},
        "bare.shop": (False, True),
    }
    assert "3 would be restored, 1 failed" in run.output
    assert not (site.folder / "btar/btar-restored.json").exists()
    plan = json.loads((site.folder / "btar/btar-restored.plan.json").read_text())
    jsonschema.Draft202012Validator(SCHEMA).validate(plan)
    assert [row["new"] and row["new"]["service_name"] for row in plan["services"]] == [*made_names(), None]
    assert f"+++ after: shop/{made_names()[0]}" in run.output


def made_names() -> list[str]:
    return ["first-restored", "second-restored", "late-restored"]


def test_the_file_is_for_its_owner_and_holds_no_secret(site: Site, simulator: Simulator) -> None:
    simulator.config(leak_secrets="CANARY-1234")
    simulator.add_service("shop", "orders", **READY)
    run = restore(site, region=HOME)
    assert run.returncode == 0, run.output
    path = site.folder / "btar/btar-restored.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "CANARY-1234" not in path.read_text() + run.output
    assert mapping(site)["services"][0]["new"]["port"] > 0


@pytest.mark.parametrize("name", HOOKS)
def test_a_hook_that_fails_on_one_host_fails_that_one(site: Site, simulator: Simulator, name: str) -> None:
    services(simulator, "good", "bad")
    path = hook(
        site, name, {"name": "Refuse", "ansible.builtin.fail": {}, "when": "btar_restore_service.service_name == 'bad'"}
    )
    run = restore(site, region=HOME, **{f"btar_restore_{name}": path})
    assert run.returncode == 2
    failed = outcome(run, "bad.shop")
    assert failed["error"]["code"] == "hook_failed"
    assert f"task 'Refuse' of btar_restore_{name}" in failed["msg"]
    assert shown(run) == {"good.shop": (True, False), "bad.shop": (name == "after", True)}
    assert forks(simulator) == ({"good-restored"} if name == "before" else {"good-restored", "bad-restored"})


def test_a_hook_that_fails_for_a_whole_group_lets_the_next_one_go_on(site: Site, three: Simulator) -> None:
    path = hook(
        site,
        "before",
        {
            "name": "Ask",
            "ansible.builtin.assert": {"that": "btar_restore_service.group != 1"},
            "run_once": True,
        },
    )
    run = restore(site, btar_restore_before=path)
    assert made(three) == ["second-restored", "late-restored"]
    assert outcome(run, "first.shop")["error"]["code"] == "hook_failed"
    assert [row["status"] for row in mapping(site)["services"]] == ["failed", "changed", "changed", "failed"]


def test_a_hook_that_is_not_there_is_told_before_anything(site: Site, three: Simulator) -> None:
    run = restore(site, btar_restore_after="nowhere.yml")
    assert run.returncode == 2
    assert "there is no such file of tasks" in run.output
    assert "btar_restore_after" in run.output
    assert three.requests(method="POST") == []


def test_a_hook_knows_which_service_is_which(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    show = {"name": "Show", "ansible.builtin.debug": {"var": "btar_restore_service"}}
    run = restore(site, region=HOME, btar_restore_after=hook(site, "after", show))
    (told,) = [row["result"]["btar_restore_service"] for row in results_of(run, "Show")]
    assert (told["service_name"], told["fork_name"], told["status"], told["groups"]) == (
        "orders",
        "orders-restored",
        "changed",
        1,
    )
    assert told["new"] == {key: mapping(site)["services"][0]["new"][key] for key in ("host", "port")}


def test_limit_names_services_wherever_they_are(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders", "other")
    run = restore(site, "--limit", "orders.shop", region=None)
    assert run.returncode == 0, run.output
    assert forks(simulator) == {"orders-restored"}
    # The fork is a host by now, and no source.
    again = restore(site, "--limit", "aiven_project_shop,!other.shop", region=None)
    assert again.returncode == 0, again.output
    assert forks(simulator) == {"orders-restored"}


def test_without_region_and_limit_it_says_what_to_give(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    run = restore(site, region="")
    assert run.returncode == 2
    assert "-e btar_region=aws-eu-west-1, or services with --limit" in run.output
    assert forks(simulator) == set()


def test_a_region_that_does_not_exist_restores_nothing(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    run = restore(site, region="aws-eu-wset-1")
    assert run.returncode == 2
    assert "did you mean aws-eu-west-1" in run.output
    assert forks(simulator) == set()


def test_what_stands_in_the_way_fails_first_and_variables_see_to_it(site: Site, simulator: Simulator) -> None:
    simulator.add_project("shop", not_offered={PARTNER: ["premium-*"]}, vpcs=[vpc(VPC_HERE, HOME)])
    simulator.add_service("shop", "big", **{**READY, "plan": "premium-4"})
    simulator.add_service("shop", "inside", **{**READY, "project_vpc_id": VPC_HERE})
    run = restore(site, region=HOME)
    assert forks(simulator) == set()
    for host, variable in (("big.shop", "btar_restore_plan"), ("inside.shop", "btar_restore_project_vpc_id")):
        assert outcome(run, host)["error"]["code"] == "invalid_target"
        assert variable in outcome(run, host)["msg"]
    site.write("inventory/host_vars/big.shop.yml", {"btar_restore_plan": "business-8"})
    site.write("inventory/host_vars/inside.shop.yml", {"btar_restore_project_vpc_id": "none"})
    again = restore(site, region=HOME)
    assert again.returncode == 0, again.output
    assert simulator.service("shop", "big-restored")["plan"] == "business-8"
    inside = simulator.api("GET", "/project/shop/service/inside-restored")[1]["service"]
    assert inside["project_vpc_id"] is None


def test_a_foreign_service_of_that_name_fails_its_host_and_the_rest_goes_on(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders", "other")
    simulator.add_service("shop", "orders-restored", plan="business-4", cloud=NORTH)
    run = restore(site, region=HOME)
    assert outcome(run, "orders.shop")["error"]["code"] == "service_exists_differently"
    assert forks(simulator) == {"other-restored"}
    renamed = restore(site, region=HOME, btar_restore_suffix="-2")
    assert renamed.returncode == 0, renamed.output
    assert forks(simulator) == {"other-restored", "orders-2", "other-2"}


def test_a_name_that_would_be_too_long_is_told_before(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    run = restore(site, region=HOME, btar_restore_suffix="-" + "x" * 60)
    assert outcome(run, "orders.shop")["error"]["code"] == "invalid_target"
    assert "btar_restore_suffix" in outcome(run, "orders.shop")["msg"]
    assert simulator.calls("POST") == 0


def test_a_point_that_is_none_is_told_once(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders", "other")
    run = restore(site, region=HOME, btar_restore_recover_to="2026-09-01 12:00")
    assert run.returncode == 2
    assert run.output.count("btar_restore_recover_to is '2026-09-01 12:00'") >= 1
    assert shown(run) == {}


def test_one_at_a_time_is_one_after_the_other(site: Site, simulator: Simulator) -> None:
    services(simulator, "a", "b")
    restore(site, region=HOME, btar_restore_max_forks=1)
    steps = [
        (entry["method"], entry["service"])
        for entry in simulator.requests()
        if entry["method"] == "POST" or (entry["service"] or "").endswith("-restored")
    ]
    first, second = made(simulator)
    assert steps == [("POST", first), ("GET", first), ("POST", second), ("GET", second)]


def test_hosts_that_cannot_be_looked_at_fail_and_the_rest_is_restored(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    simulator.add_service("bank", "ledger", **READY)
    site.write("inventory/more.yml", {"aiven_services": {"hosts": {"odd": {}}}})
    # The inventory is read before.
    simulator.fault(kind="403", path="/project/bank/service", after=1, count=None)
    run = restore(site, region=HOME)
    assert shown(run) == {"orders.shop": (True, False), "odd": (False, True), "ledger.bank": (False, True)}
    assert outcome(run, "ledger.bank")["error"]["code"] == "permission_denied"


def test_a_fork_made_for_a_drill_is_not_restored(site: Site, simulator: Simulator) -> None:
    services(simulator, "orders")
    simulator.add_service("shop", "trial", tags={"offsite_fork_purpose": "drill"}, **READY)
    run = restore(site, "--check", region=HOME)
    assert shown(run) == {"orders.shop": (True, False)}


@pytest.mark.parametrize("name", ["--syntax-check", "--list-hosts", "--list-tasks"])
def test_it_can_be_read_without_an_inventory(site: Site, name: str) -> None:
    run = site.playbooks.command(["ansible-playbook", "offsite.aiven.restore", name])
    assert run.returncode == 0, run.output


@pytest.mark.parametrize("core", OTHER_CORES)
def test_on_other_cores(site: Site, three: Simulator, core: str) -> None:
    program = binaries_of(core) / "ansible-playbook"
    hooks = {f"btar_restore_{name}": hook(site, name) for name in HOOKS}
    arguments = site.arguments("restore", "--check", btar_region=HOME, **hooks)
    run = site.playbooks.command([str(program), *arguments[1:]])
    assert run.returncode == 2, run.output
    assert shown(run)["first.shop"] == (True, False)
    plan = json.loads((site.folder / "btar/btar-restored.plan.json").read_text())
    assert [row["status"] for row in plan["services"]] == ["changed"] * 3 + ["failed"]
