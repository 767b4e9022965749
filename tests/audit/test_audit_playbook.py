# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit through the real ansible-playbook: what it costs, what it sees, what it writes, how it ends."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.fleet.support import OTHER, PARTNER, Site, add_services, results_of, rows_of
from tests.playbooks.support import Run
from tests.simulator.client import Simulator

AUDIT = "Audit the services and write the reports"
MAP = {"aws-eu-west-1": PARTNER}
FILES = {
    "html": "btar-audit.html",
    "json": "btar-audit.json",
    "csv": "btar-audit.csv",
    "junit": "btar-audit.junit.xml",
    "prometheus": "btar-audit.prom",
}
PROBE = [
    {
        "name": "info",
        "offsite.aiven.aiven_btar_info": {"projects": ["shop"], "services": ["orders"]},
        "run_once": True,
    },
    {"name": "groups", "ansible.builtin.debug": {"msg": "{{ group_names }}"}, "run_once": True},
]


def audit(site: Site, *arguments: str, **variables: Any) -> Run:
    return site.run("audit", *arguments, **{"btar_audit_fail_on": "none", **variables})


def result(run: Run) -> dict[str, Any]:
    (row,) = results_of(run, AUDIT)
    found: dict[str, Any] = row["result"]
    return found


def report(site: Site) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((site.folder / "btar" / FILES["json"]).read_text())
    return found


@pytest.fixture
def orders(site: Site) -> Simulator:
    """One PostgreSQL service whose second copy is an hour old."""
    site.group_vars(btar_region_map=MAP)
    site.simulator.add_service("shop", "orders", plan="business-4", cloud="aws-eu-west-1")
    site.simulator.patch("shop", "orders", region=PARTNER, region_age_hours=0)
    return site.simulator


def test_an_audit_of_a_thousand_services_in_twenty_projects_costs_twenty_calls(site: Site) -> None:
    site.group_vars(btar_region_map=MAP)
    for number in range(20):
        add_services(site.simulator, rows_of(f"project-{number:02}", 50, region=PARTNER))
    site.simulator.clear_requests()
    run = audit(site)
    assert run.returncode == 0, run.output
    assert result(run)["api_calls"]["total"] == 20
    assert result(run)["headline"]["services"] == 1000
    assert {path.name for path in (site.folder / "btar").iterdir()} == set(FILES.values())
    # The inventory reads them once as well: its cloud list is not fetched again.
    assert len(site.simulator.requests(operation="ServiceList")) == 40
    assert site.simulator.calls(path="/clouds") == 1


def test_the_same_status_is_seen_everywhere(site: Site, orders: Simulator) -> None:
    def seen(expected: str) -> None:
        probe = site.tasks(PROBE)
        (service,) = probe.result("info")["services"]
        assert service["protection"] == expected
        assert f"aiven_protection_{expected}" in probe.result("groups")["msg"]
        run = audit(site)
        assert result(run)["headline"]["by_protection"][expected] == 1
        (row,) = report(site)["services"]
        assert row["protection"] == expected
        assert f'"{expected}"' in (site.folder / "btar" / FILES["html"]).read_text()
        assert expected in (site.folder / "btar" / FILES["csv"]).read_text()

    seen("pending")
    orders.clock(advance="2h")
    seen("protected")
    orders.patch("shop", "orders", pause={"reason": "storage quota"})
    orders.clock(advance="25h")
    seen("paused")
    orders.patch("shop", "orders", resume=True)
    orders.patch("shop", "orders", stop={"hours_ago": 0})
    orders.clock(advance="3d")
    seen("lagging")


def test_every_status_occurs_on_the_demonstration_fleet(site: Site) -> None:
    site.simulator.seed(240)
    run = audit(site)
    assert all(result(run)["headline"]["by_protection"].values())


@pytest.mark.parametrize(
    ("fail_on", "variables", "code"),
    [
        ("error", {}, 2),
        ("warning", {}, 2),
        ("none", {}, 0),
        # A drill that was never made is a warning.
        ("error", {"btar_drill_max_age_days": 30, "clock": "2h"}, 0),
        ("warning", {"btar_drill_max_age_days": 30, "clock": "2h"}, 2),
    ],
)
def test_it_ends_as_the_severity_asks(
    site: Site, orders: Simulator, fail_on: str, variables: dict[str, Any], code: int
) -> None:
    if advance := variables.pop("clock", None):
        orders.clock(advance=advance)
    run = audit(site, btar_audit_fail_on=fail_on, **variables)
    assert run.returncode == code, run.output
    assert (site.folder / "btar" / FILES["html"]).exists()


def test_details_are_asked_for_only_where_that_tells_more(site: Site, orders: Simulator) -> None:
    orders.add_service(
        "shop", "search", service_type="opensearch", plan="business-4", region=PARTNER, region_age_hours=72
    )
    orders.add_service("shop", "idle", plan="business-4")
    orders.clock(advance="2h")
    assert result(audit(site))["api_calls"]["total"] == 1
    run = audit(site, btar_audit_exact=True)
    assert result(run)["api_calls"]["total"] == 2
    exact = {row["service_name"]: row["rpo_exact"] for row in report(site)["services"]}
    assert exact == {"orders": True, "search": True, "idle": False}


def test_details_that_are_refused_leave_a_warning_that_names_the_permission(site: Site, orders: Simulator) -> None:
    orders.clock(advance="2h")
    orders.fault(kind="403", path="*/backups")
    run = audit(site, btar_audit_exact=True)
    assert run.returncode == 0
    assert "service:configuration:write" in run.output
    assert report(site)["services"][0]["rpo_exact"] is False


def test_it_looks_at_what_it_is_told_to(site: Site, orders: Simulator) -> None:
    orders.add_service("shop", "search", service_type="opensearch", plan="business-4", tags={"env": "prod"})
    orders.add_service("other", "orders", plan="business-4", tags={"env": "test"})
    for variables, expected in (
        ({"btar_audit_service_types": "opensearch"}, {"search"}),
        ({"btar_audit_services": ["ord*"]}, {"orders"}),
        ({"btar_audit_tags": {"env": "pro*"}}, {"search"}),
    ):
        audit(site, **variables)
        assert {row["service_name"] for row in report(site)["services"]} == expected
    audit(site, "--limit", "*.other")
    assert [row["project"] for row in report(site)["services"]] == ["other"]


def test_each_group_has_its_own_rpo_target(site: Site, orders: Simulator) -> None:
    orders.clock(advance="2h")
    site.group_vars("aiven_type_pg", btar_rpo_target="5m")
    orders.patch("shop", "orders", stop={"hours_ago": 0})
    orders.clock(advance="30m")
    audit(site)
    (row,) = report(site)["services"]
    assert (row["protection"], row["rpo_target_seconds"]) == ("lagging", 300)


def test_a_bad_rpo_target_is_named_before_any_call(site: Site, orders: Simulator) -> None:
    site.group_vars("aiven_type_pg", btar_rpo_target="soon")
    run = audit(site)
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "invalid_target"
    assert "btar_rpo_target of host orders.shop is 'soon'" in result(run)["msg"]
    assert result(run)["api_calls"]["total"] == 0


def test_a_project_that_cannot_be_read_fails_the_audit_and_the_rest_is_reported(site: Site, orders: Simulator) -> None:
    orders.add_service("other", "billing", plan="business-4")
    # The inventory is read before.
    orders.fault(kind="403", path="/project/other/service", after=1)
    run = audit(site)
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "permission_denied"
    assert [row["project"] for row in report(site)["services"]] == ["shop"]
    assert list(report(site)["scope"]["unreadable_projects"]) == ["other"]


def test_it_says_what_became_better_and_worse(site: Site, orders: Simulator) -> None:
    audit(site)
    former = site.folder / "btar" / FILES["json"]
    kept = former.rename(site.folder / "former.json")
    orders.clock(advance="2h")
    audit(site, btar_audit_former=str(kept))
    better = {(row["what"], row["before"], row["after"]) for row in report(site)["comparison"]["better"]}
    assert ("protection", "pending", "protected") in better


def test_a_former_report_that_is_none_is_named(site: Site, orders: Simulator, tmp_path: Path) -> None:
    wrong = site.write("wrong.json", "[]")
    run = audit(site, btar_audit_former=str(wrong))
    assert run.returncode == 2
    assert str(wrong) in result(run)["msg"]
    assert "Give the JSON report" in result(run)["msg"]


def test_the_lag_is_drawn(site: Site, orders: Simulator) -> None:
    orders.clock(advance="2h")
    run = audit(site, btar_lag_period="hour")
    assert result(run)["api_calls"]["total"] == 2
    assert report(site)["services"][0]["lag"][0]["points"]


def test_drills_count_when_their_evidence_is_there(site: Site, orders: Simulator) -> None:
    orders.clock(advance="2h")
    evidence = {
        "schema": "offsite.aiven/drill/1",
        "project": "shop",
        "service_name": "orders",
        "secondary_region": PARTNER,
        "fork_name": "orders-drill",
        "started": "2026-08-31T10:00:00Z",
        "finished": "2026-08-31T11:00:00Z",
        "verified": True,
        "rto_seconds": 3000,
    }
    site.write("drills/one.json", json.dumps(evidence))
    site.write("drills/two.json", "not JSON")
    run = audit(
        site, btar_drill_dir=str(site.folder / "drills"), btar_drill_max_age_days=30, btar_drill_rto_target="30m"
    )
    controls = report(site)["services"][0]["controls"]
    assert controls["drill_recent"]["result"] == "pass"
    assert controls["drill_rto"]["result"] == "fail"
    assert "two.json is no evidence" in run.output


def test_a_rollout_ends_with_the_report_of_what_it_changed(site: Site) -> None:
    site.group_vars(btar_region_map=MAP)
    add_services(site.simulator, rows_of("shop", 3))
    run = site.run("rollout", report=True)
    assert run.returncode == 0, run.output
    whole = report(site)
    assert whole["run"]["summary"]["changed"] == 3
    assert {row["before"]["region"] for row in whole["run"]["outcomes"]} == {None}
    assert FILES["html"] in run.output


def test_the_report_is_written_after_a_failed_wave_and_with_a_limit(site: Site) -> None:
    site.group_vars(btar_region_map=MAP)
    add_services(site.simulator, rows_of("shop", 4))
    site.simulator.fault(kind="400", method="PUT", count=None)
    run = site.run("rollout", "--limit", "db-000*:db-001*", report=True)
    assert run.returncode == 2
    assert report(site)["run"]["summary"] == {"changed": 0, "unchanged": 0, "failed": 1, "skipped": 1, "total": 2}
    assert len(report(site)["services"]) == 2


def test_the_headline_is_in_the_statistics(site: Site, orders: Simulator) -> None:
    site.write("ansible.cfg", "[defaults]\nshow_custom_stats = true\n")
    run = audit(site)
    assert '"offsite_aiven_audit"' in run.output or "offsite_aiven_audit:" in run.output
    assert "CUSTOM STATS" in run.output


def test_unwritable_reports_are_named(site: Site, orders: Simulator) -> None:
    blocked = site.write("blocked", "a file")
    run = audit(site, btar_report_dir=str(blocked))
    assert run.returncode == 2
    assert str(blocked) in result(run)["msg"]
    assert "Traceback" not in run.output


def test_an_audit_that_reads_nothing_leaves_the_last_reports(site: Site, orders: Simulator) -> None:
    assert audit(site).returncode == 0
    former = {path.name: path.read_text() for path in (site.folder / "btar").iterdir()}
    site.simulator.fault(kind="401", method="GET", path="/project/*/service", after=1, count=None)
    run = audit(site)
    site.simulator.clear_faults()
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "authentication_failed"
    assert "ansible_stats" not in result(run)
    assert {path.name: path.read_text() for path in (site.folder / "btar").iterdir()} == former


def test_an_api_that_has_gone_does_not_cost_each_project_its_retries(site: Site) -> None:
    """The inventory has read all of them; then nothing answers any more."""
    site.group_vars(btar_region_map=MAP)
    for number in range(12):
        add_services(site.simulator, rows_of(f"project-{number:02}", 1, region=PARTNER))
    site.simulator.fault(kind="reset", method="GET", path="/project/*/service", after=12, count=None)
    environment = {"module_defaults": {"group/offsite.aiven.aiven": {"retry_timeout": 1}}}
    run = site.tasks([{"name": AUDIT, "offsite.aiven.aiven_btar_audit": {}, "run_once": True}], **environment)
    site.simulator.clear_faults()
    assert result(run)["error"]["code"] == "api_unreachable"
    asked = {entry["project"] for entry in site.simulator.requests(operation="ServiceList") if entry["fault"]}
    # Eight are asked at once; by then two have had no answer.
    assert len(asked) <= 9


def test_an_audit_says_what_it_found(site: Site, orders: Simulator) -> None:
    run = audit(site)
    (said,) = [line for line in run.output.splitlines() if line.startswith("audit: ")]
    assert said.startswith("audit: 0 of 1 service that can have a copy is protected; 1 error")
    assert said.endswith(FILES["html"])


def test_controls_that_fail_are_an_error_with_a_code(site: Site, orders: Simulator) -> None:
    site.simulator.patch("shop", "orders", region=None)
    run = audit(site, btar_audit_fail_on="warning")
    assert run.returncode == 2
    assert result(run)["error"]["code"] == "audit_failed"
    assert result(run)["error"]["message"] == result(run)["msg"]


def test_two_audits_on_one_node_are_told_apart(site: Site, orders: Simulator) -> None:
    orders.add_service("other", "orders", plan="business-4")
    names, keys = [], []
    for folder, variables in {
        "all": {},
        "other": {"btar_audit_services": ["orders"]},
        "named": {"btar_audit_name": "nightly"},
    }.items():
        run = audit(site, btar_report_dir=str(site.folder / folder), **variables)
        names.append(result(run)["name"])
        families = text_string_to_metric_families((site.folder / folder / FILES["prometheus"]).read_text())
        keys.append({(each.name, *sorted(each.labels.items())) for family in families for each in family.samples})
    assert names == ["other,shop", "other,shop services=orders", "nightly"]
    assert len(keys[0] | keys[1] | keys[2]) == len(keys[0]) + len(keys[1]) + len(keys[2])


@pytest.mark.parametrize(("variables", "marked"), [({}, True), ({"btar_report_csv_bom": False}, False)])
def test_the_csv_is_marked_as_utf_8_unless_that_is_not_wanted(
    site: Site, orders: Simulator, variables: dict[str, Any], marked: bool
) -> None:
    audit(site, **variables)
    assert (site.folder / "btar" / FILES["csv"]).read_bytes().startswith(b"\xef\xbb\xbf") is marked


def test_what_the_report_says_to_do_mends_it(site: Site, orders: Simulator) -> None:
    orders.add_service("shop", "billing", plan="business-4")
    orders.clock(advance="2h")
    orders.patch("shop", "orders", region=OTHER, region_age_hours=72)
    audit(site)
    todo = {group["id"]: group for group in report(site)["remedies"]}
    assert {key: [row["service_name"] for row in group["services"]] for key, group in todo.items()} == {
        "enable": ["billing"],
        "move": ["orders"],
    }
    assert todo["enable"]["command"] == "ansible-playbook -i inventory offsite.aiven.rollout --limit billing.shop"
    for group in ("enable", "move"):
        run = site.playbooks.command(shlex.split(todo[group]["command"]))
        assert run.returncode == 0, run.output
    audit(site)
    assert [group["id"] for group in report(site)["remedies"]] == ["wait"]
    orders.clock(advance="26h")
    audit(site)
    assert report(site)["remedies"] == []


def test_a_command_has_the_limit_of_the_run_where_it_names_no_hosts(site: Site) -> None:
    site.group_vars(btar_region_map=MAP)
    add_services(site.simulator, rows_of("shop", 30))
    audit(site, "--limit", "db-00*,db-01*,db-02*")
    (group,) = report(site)["remedies"]
    assert group["command"].endswith("offsite.aiven.rollout --limit 'db-00*,db-01*,db-02*'")


@pytest.mark.parametrize(
    "narrowed",
    [{"btar_audit_service_types": "postgres"}, {"btar_audit_services": "odrers"}, {"btar_audit_tags": {"team": "x"}}],
    ids=["types", "services", "tags"],
)
def test_an_audit_that_is_narrowed_to_nothing_says_so(site: Site, orders: Simulator, narrowed: dict[str, Any]) -> None:
    run = audit(site, **narrowed)
    assert run.returncode == 0, run.output
    said = " ".join(run.output.split())
    assert "nothing was audited: " in said and " left out 1 service. " in said, run.output
    assert "their types are pg" in said


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("btar_audit_max_interval", "daily", "btar_audit_max_interval of host orders.shop is 'daily': give"),
        ("btar_drill_max_age_days", -1, "btar_drill_max_age_days of host orders.shop is -1: give days"),
        ("btar_audit_former", "/nowhere.json", "former audit /nowhere.json cannot be read"),
    ],
)
def test_a_mistake_names_the_variable_that_has_it(
    site: Site, orders: Simulator, variable: str, value: Any, words: str
) -> None:
    orders.clear_requests()
    run = audit(site, **{variable: value})
    message = result(run)["msg"]
    assert message.startswith(words)
    assert variable in message
    assert result(run)["api_calls"]["total"] == 0
