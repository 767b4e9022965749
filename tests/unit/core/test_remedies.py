# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do now: each failure leads to the remedy that mends it, and its command is one that works."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import Any

import pytest
import yaml

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import AuditSettings, Subject, evaluate
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Circumstances
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.remedies import (
    MOST_HOSTS,
    REMEDIES,
    Invocation,
    remedies_of,
)
from tests.unit.core.audits import NOW, audit, copied, drill, service, subject
from tests.unit.core.regions import CLOUDS

ENDED = {"exceptions": [{"match": {"project": "*"}, "reason": "a: test", "until": "2026-08-01"}]}
GOOGLE = "google-europe-west1"
FAR = {"map": {"aws-eu-west-1": "aws-eu-north-1"}}
NEAR = {"map": {"aws-eu-west-1": "aws-eu-west-2"}, "rules": {"min_distance_km": 5000}}


def groups(*subjects: Subject, **settings: Any) -> dict[str, dict[str, Any]]:
    return {group["id"]: group for group in audit(subjects, **settings)["remedies"]}


def only(*subjects: Subject, **settings: Any) -> dict[str, Any]:
    ((_id, group),) = groups(*subjects, **settings).items()
    return group


def called(*subjects: Subject, **invocation: Any) -> list[dict[str, Any]]:
    result = evaluate(subjects, clouds=CLOUDS, settings=AuditSettings(NOW), invocation=Invocation(**invocation))
    return list(result["remedies"])


OFF = {"state": "POWEROFF"}
OUTGROWN = replace(drill(), source=Circumstances(plan="hobbyist"))


@pytest.mark.parametrize(
    ("remedy", "controls", "facts", "more", "settings"),
    [
        ("enable", ["enabled"], {"secondary": None}, {}, {}),
        ("exception", ["enabled", "exception_valid"], {"secondary": None}, {"region": ENDED}, {}),
        ("region", ["enabled"], {"secondary": None}, {"region": NEAR}, {}),
        ("region", ["enabled"], {"secondary": None}, {"region": {"otherwise": "refuse"}}, {}),
        ("region", ["region_as_planned", "distance"], {}, {"region": NEAR}, {}),
        (
            "provider",
            ["enabled"],
            {"secondary": None, "cloud_name": "do-ams"},
            {"region": {"otherwise": "nearest"}},
            {},
        ),
        ("provider", ["enabled"], {"secondary": None, "cloud_name": GOOGLE}, {"region": {"otherwise": "nearest"}}, {}),
        ("move", ["region_as_planned"], {}, {"region": FAR}, {}),
        ("power_on", ["powered_on"], OFF, {}, {}),
        ("power_on", ["rpo", "powered_on"], {**OFF, "backups": (copied(50),)}, {}, {}),
        ("power_on", ["replicated", "powered_on"], {**OFF, "backups": ()}, {}, {}),
        ("paused", ["not_paused"], {"backups": (copied(5, paused=True),)}, {}, {}),
        ("paused", ["not_paused", "rpo"], {"backups": (copied(50, paused=True),)}, {}, {}),
        ("lag", ["rpo"], {"backups": (copied(50),)}, {}, {}),
        ("wait", ["replicated"], {"backups": ()}, {}, {}),
        ("owner", ["owner_known"], {}, {}, {"wanted": Wanted(owner_tag="team")}),
        ("drill", ["drill_recent"], {}, {}, {"drill_max_age_days": 30}),
        ("drill", ["drill_current"], {}, {"drills": (OUTGROWN,)}, {}),
        ("drill_rto", ["drill_rto"], {}, {"drills": (drill(rto=600),)}, {"drill_rto_target": 60}),
    ],
)
def test_what_failed_leads_to_what_mends_it(
    remedy: str, controls: list[str], facts: dict[str, Any], more: dict[str, Any], settings: dict[str, Any]
) -> None:
    group = only(subject(service(**facts), **more), **settings)
    assert (group["id"], group["controls"]) == (remedy, controls)
    assert group["services"] == [{"project": "shop-prod", "service_name": "orders-db"}]
    assert group["variables"] or group["command"]
    severities = {control.severity for control in CONTROLS if control.id in controls}
    assert group["severity"] == ("error" if "error" in severities else "warning")


def test_every_remedy_is_reached() -> None:
    (cases,) = test_what_failed_leads_to_what_mends_it.pytestmark  # type: ignore[attr-defined]
    assert {row[0] for row in cases.args[1]} == {remedy.id for remedy in REMEDIES}


def test_nothing_failed_is_nothing_to_do() -> None:
    assert audit([subject(service())])["remedies"] == []


def test_without_clouds_a_service_without_region_is_still_to_be_enabled() -> None:
    assert [group["id"] for group in audit([subject(service(None))], None)["remedies"]] == ["enable"]


def test_the_worst_is_first() -> None:
    found = groups(
        subject(service(name="d", **OFF)),
        subject(service(name="c", backups=(copied(50),))),
        subject(service(name="b", backups=(copied(5, paused=True),))),
        subject(service(None, name="a")),
    )
    assert [(key, group["severity"]) for key, group in found.items()] == [
        ("enable", "error"),
        ("paused", "error"),
        ("lag", "error"),
        ("power_on", "warning"),
    ]


def test_a_control_without_a_remedy_of_its_own_is_told_by_its_remediation() -> None:
    controls = [{"id": "new", "severity": "warning", "title": "New", "remediation": "Do it."}]
    row = {"project": "p", "service_name": "s", "controls": {"new": {"result": "fail", "message": "x"}}}
    (group,) = remedies_of(controls, [row], Invocation(hosts={("p", "s"): "s.p"}))
    assert (group["title"], group["advice"]) == ("New", "Do it.")
    assert group["command"] == "ansible-playbook offsite.aiven.audit --limit s.p"


def test_commands_name_inventory_and_hosts() -> None:
    off = [subject(service(None, name=name)) for name in ("one", "two")]
    hosts = {("shop-prod", name): f"{name}.shop-prod" for name in ("one", "two")}
    (group,) = called(*off, inventories=["inventory", "/a b/c.yml"], hosts=hosts, limit="other")
    assert group["command"] == (
        "ansible-playbook -i inventory -i '/a b/c.yml' offsite.aiven.rollout --limit one.shop-prod,two.shop-prod"
    )


@pytest.mark.parametrize("limit", [None, "prod:!old"])
def test_many_hosts_are_limited_as_the_run_was(limit: str | None) -> None:
    names = [f"s-{number}" for number in range(MOST_HOSTS + 1)]
    hosts = {("shop-prod", name): name for name in names}
    (group,) = called(*(subject(service(None, name=name)) for name in names), hosts=hosts, limit=limit)
    expected = "ansible-playbook offsite.aiven.rollout" + (f" --limit '{limit}'" if limit else "")
    assert group["command"] == expected


@pytest.mark.parametrize("host", ["a,b", "all:!x", "a b", "~.*", "@file", "x\n", ""])
def test_a_host_that_is_a_pattern_is_not_named(host: str) -> None:
    (group,) = called(subject(service(None)), hosts={("shop-prod", "orders-db"): host})
    assert group["command"] == "ansible-playbook offsite.aiven.rollout"


@pytest.mark.parametrize("name", ["$(id)", "a; id", "'", "--all", "\x1b[201~\nid\n", "x\ny"])
def test_a_hostile_name_is_one_word_of_a_command(name: str) -> None:
    group = only(subject(service(name=name, **OFF)))
    words = shlex.split(group["command"])
    assert len(words) == 7
    assert not set("\x1b\x00\r") & set(group["command"])


def test_variables_are_yaml_with_places_to_fill_in() -> None:
    group = only(subject(service(None, name='a"b: {}'), region=ENDED))
    (entry,) = yaml.safe_load(group["variables"])["btar_region_exceptions"]
    assert entry["match"] == {"project": "shop-prod", "service_name": 'a"b: {}'}
    assert (entry["reason"], entry["until"]) == ("a: test", "YYYY-MM-DD")
    assert group["reasons"] == ["until 2026-08-01: a: test"]
    named = only(subject(service(None), region=NEAR))
    assert yaml.safe_load(named["variables"]) == {"btar_region_map": {"aws-eu-west-1": "REGION"}}
    assert "breaks the rules" in named["reasons"][0]


def test_the_drill_target_is_one_that_the_drills_keep() -> None:
    slow = [subject(service(name=name), drills=(drill(rto=rto),)) for name, rto in (("a", 5400.5), ("b", 70))]
    assert only(*slow, drill_rto_target=60)["variables"] == "btar_drill_rto_target: 91m"
    failed = drill(rto=0, verified=False)
    newest = subject(service(), drills=(replace(failed, rto_seconds=None), drill(2, rto=70)))
    assert only(newest, drill_rto_target=60)["variables"] == "btar_drill_rto_target: TIME"


def test_reasons_are_the_commonest() -> None:
    paused = [subject(service(name=f"s{n}", backups=(copied(5, paused=True),))) for n in range(3)]
    assert only(*paused)["reasons"] == ["disk full"]


def test_the_copy_of_one_service_may_need_two_remedies() -> None:
    found = groups(subject(service(backups=(copied(50),)), region=FAR))
    assert set(found) == {"move", "lag"}
    assert found["lag"]["services"] == found["move"]["services"]
