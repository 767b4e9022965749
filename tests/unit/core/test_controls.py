# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each control says of a service. A new control gets its rows in ``CASES``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Circumstances
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import Limits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import SEVERITIES, Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.integrations import Follows
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.schedules import Schedule
from ansible_collections.offsite.aiven.plugins.module_utils._core.service_plans import (
    ServicePlans,
    parse_service_plans,
)
from tests.unit.core.audits import PRIMARY, SECONDARY, audit, copied, drill, hours_ago, service, subject
from tests.unit.core.losses import EVERYWHERE, plans
from tests.unit.core.regions import CLOUDS

GONE = {"match": {"project": "shop-*"}, "reason": "throw-away data", "until": "2026-08-31"}
HOLDS = {**GONE, "until": "2026-09-01"}
NO_PROVIDER = {**CLOUDS, SECONDARY: replace(CLOUDS[SECONDARY], provider=None, latitude=None, geo_region=None)}


NOTHING: Mapping[str, Any] = MappingProxyType({})


class Case(NamedTuple):
    control: str
    result: str
    words: str
    service: Mapping[str, Any] = NOTHING
    subject: Mapping[str, Any] = NOTHING
    settings: Mapping[str, Any] = NOTHING
    clouds: Clouds | None = CLOUDS


def rules(**rules: Any) -> dict[str, Any]:
    return {"region": {"rules": rules}}


def exception(written: dict[str, Any]) -> dict[str, Any]:
    return {"region": {"exceptions": [written]}}


def limits(**known: Any) -> dict[str, Any]:
    return {"limits": Limits(**known)}


def backed_up(**config: Any) -> ServicePlans:
    """The plans of a type: business-4 with this ``backup_config``."""
    offers = {cloud: {"price_usd": "0.3"} for cloud in (PRIMARY, SECONDARY)}
    row = {"service_plan": "business-4", "regions": offers, "backup_config": config}
    return parse_service_plans({"service_plans": [row]})


NEAREST_ANY = {"region": {"nearest_min_km": 0}}
OFF = {"secondary": None}
KAFKA = {"secondary": None, "service_type": "kafka"}
PENDING = {"backups": ()}
UNKNOWN = {"backups": None}
OLD = {**PENDING, "create_time": hours_ago(240)}
NOT_PERSISTENT = {"service_type": "valkey", "persistent": False, "backups": ()}
REPLICA = {"follows": Follows("read_replica", "shop-prod/source"), "backups": ()}
OWN_CLOUD = {"cloud_name": "custom-aws-eu-west-1"}
MIGRATED_THERE = {"cloud_name": SECONDARY}
MIGRATED_ACROSS = {"cloud_name": "google-europe-west1"}

DAILY = limits(plans=backed_up(interval=24, max_count=2, recovery_mode="pitr"))
TWO_PACES = {
    "interval": 24,
    "max_count": 14,
    "frequent_interval_minutes": 60,
    "frequent_oldest_age_minutes": 1440,
    "infrequent_interval_minutes": 1440,
    "infrequent_oldest_age_minutes": 20160,
}
NOWHERE_TOLD = parse_service_plans({"service_plans": [{"service_plan": "business-4"}]})
DAY_WANTED = {"max_interval": 86400}
HALF_DAY_WANTED = {"max_interval": 43200}
TWO_DAYS_WANTED = {"min_retention": 2 * 86400}
THREE_DAYS_WANTED = {"min_retention": 3 * 86400}
PROTECTION_WANTED = {"wanted": Wanted(deletion_protection=True)}
KEY_WANTED = {"wanted": Wanted(key_tag="key")}
OWNER_WANTED = {"wanted": Wanted(owner_tag="team")}
KEY = {"customer_key": True}

DRILLED = replace(drill(), source=Circumstances("business-4", PRIMARY, "16", 1000))
SMALL = replace(drill(), source=Circumstances("business-4", PRIMARY, "16", 499))

CASES = [
    Case("enabled", "pass", "aws-eu-central-1"),
    Case("enabled", "fail", "no secondary region", OFF),
    Case("enabled", "not_applicable", "for the type kafka", KAFKA),
    Case("enabled", "fail", "no secondary region", OFF, exception(GONE)),
    Case(
        "enabled", "excepted", "until 2026-09-01: throw-away data; without the exception: no sec", OFF, exception(HOLDS)
    ),
    Case("region_as_planned", "pass", "kept: it satisfies the rules"),
    Case(
        "region_as_planned", "pass", "aws-eu-west-1 -> aws-eu-central-1", {}, {"region": {"map": {PRIMARY: SECONDARY}}}
    ),
    Case("region_as_planned", "pass", "of the host", {}, {"override": SECONDARY}),
    Case(
        "region_as_planned",
        "fail",
        "aws-eu-central-1, planned is aws-eu-north-1 (btar_region_map",
        {},
        {"region": {"map": {PRIMARY: "aws-eu-north-1"}}},
    ),
    Case("region_as_planned", "fail", "names no region", {}, {"region": {"otherwise": "refuse"}}),
    Case("region_as_planned", "not_applicable", "no secondary region", OFF),
    Case("region_as_planned", "not_applicable", "no region is planned: exception until", {}, exception(HOLDS)),
    Case("region_as_planned", "not_applicable", "while its ended exception stands", {}, exception(GONE)),
    Case("region_as_planned", "unknown", "list of clouds", {}, rules(same_geo_region=True), clouds=None),
    Case("provider_matches", "pass", "are on aws"),
    Case("provider_matches", "fail", "is on aws, google-europe-west1, where it runs, on google", MIGRATED_ACROSS),
    Case("provider_matches", "unknown", "the provider of aws-eu-central-1 is not known", clouds=NO_PROVIDER),
    Case("provider_matches", "unknown", "aws-eu-central-1 and aws-eu-west-1", clouds=None),
    Case("provider_matches", "not_applicable", "no secondary region", OFF),
    Case("distinct_region", "pass", "neither"),
    Case("distinct_region", "fail", "also where it runs: one outage", MIGRATED_THERE),
    Case("distinct_region", "fail", "also where its primary backups are", {"secondary": PRIMARY}),
    Case("distinct_region", "not_applicable", "no secondary region", OFF),
    Case("distance", "not_applicable", "neither btar_region_rules.min_distance_km nor", {}, NEAREST_ANY),
    Case("distance", "not_applicable", "no secondary region", OFF),
    Case("distance", "pass", "1,086 km away, at least 100 km are wanted"),
    Case("distance", "fail", "0 km from aws-eu-central-1 (btar_region_nearest_min_km: 100)", MIGRATED_THERE),
    Case("distance", "fail", "(btar_region_nearest_min_km: 1,200)", {}, {"region": {"nearest_min_km": 1200}}),
    Case(
        "distance", "pass", "at least 50 km", {}, {"region": {"nearest_min_km": 1200, "rules": {"min_distance_km": 50}}}
    ),
    Case("distance", "unknown", "without coordinates", clouds=NO_PROVIDER),
    Case("distance", "pass", "1,086 km away, at least 300 km are wanted", {}, rules(min_distance_km=300)),
    Case("distance", "fail", "1,086 km from aws-eu-west-1", {}, rules(min_distance_km=1200)),
    Case("distance", "fail", "0 km from aws-eu-central-1", MIGRATED_THERE, rules(min_distance_km=300)),
    Case("distance", "unknown", "without coordinates", {}, rules(min_distance_km=300), clouds=NO_PROVIDER),
    Case("residency", "not_applicable", "does not say where data may be", {}, rules(min_distance_km=300)),
    Case("residency", "pass", "keeps the rules", {}, rules(allowed=["aws-eu-*"], same_geo_region=True)),
    Case("residency", "fail", "not among the allowed", {}, rules(allowed=["aws-us-*"])),
    Case("residency", "fail", "is denied", {}, rules(denied=["*-central-*"])),
    Case("residency", "unknown", "geo region of aws-eu-central-1", {}, rules(same_geo_region=True), clouds=NO_PROVIDER),
    Case("residency", "fail", "denied", {}, rules(same_geo_region=True, denied=[SECONDARY]), clouds=NO_PROVIDER),
    Case("replicated", "pass", "2 backups are in aws-eu-central-1"),
    Case("replicated", "pass", "1 backup is in", {"backups": (copied(1),)}),
    Case("replicated", "fail", "nothing is in aws-eu-central-1 yet", PENDING),
    Case("replicated", "not_applicable", "no secondary region", OFF),
    Case("replicated", "unknown", "holds no backups", UNKNOWN),
    Case("replicated", "excepted", "without the exception: unknown", UNKNOWN, exception(HOLDS)),
    Case("replicated", "fail", "although it is 10 d old: perhaps its plan business-4 keeps none", OLD),
    Case("replicated", "not_applicable", "never be there: valkey_persistence is off", NOT_PERSISTENT),
    Case("restorable", "pass", "nothing is known to keep a copy in aws-eu-central-1 from"),
    Case("restorable", "fail", "never be there: valkey_persistence is off", NOT_PERSISTENT),
    Case("restorable", "fail", "never be there: valkey_persistence is off", {**NOT_PERSISTENT, **OFF}),
    Case("restorable", "excepted", "without the exception: a copy can never", NOT_PERSISTENT, exception(HOLDS)),
    Case("restorable", "fail", "the plan business-4 keeps no backups", PENDING, limits(plan_keeps_backups=False)),
    Case("restorable", "pass", "", PENDING, limits(plan_keeps_backups=True)),
    Case("restorable", "not_applicable", "nothing is in", PENDING),
    Case("restorable", "unknown", "holds no backups", UNKNOWN),
    Case("restorable", "not_applicable", "no secondary region", OFF),
    Case("restorable", "not_applicable", "for the type kafka", KAFKA),
    Case("restorable", "not_applicable", "is a read replica of shop-prod/source", REPLICA),
    Case("enabled", "not_applicable", "is a read replica of shop-prod/source", {**REPLICA, **OFF}),
    Case("restorable", "unknown", "deployment_model) is not in the list of clouds", OWN_CLOUD),
    Case("restorable", "pass", "", OWN_CLOUD, limits(deployment_model="standard")),
    Case(
        "restorable",
        "fail",
        "never be restored: custom-aws-eu-west-1 has the deployment model pci_dss, which forbids forks",
        OWN_CLOUD,
        limits(deployment_model="pci_dss"),
    ),
    Case("not_paused", "pass", "not paused"),
    Case("not_paused", "fail", "paused (disk full)", {"backups": (copied(1, paused=True),)}),
    Case("not_paused", "not_applicable", "nothing is in", PENDING),
    Case("not_paused", "unknown", "holds no backups", UNKNOWN),
    Case("rpo", "pass", "the RPO is 11 h, within the 1 d 2 h allowed"),
    Case("rpo", "pass", "the RPO is at most 11 h", {"service_type": "pg"}),
    Case("rpo", "fail", "the RPO is 11 h, 10 h are allowed", {}, {"rpo_target": 36000}),
    Case("rpo", "fail", "the RPO is 1 d 6 h", {"backups": (copied(30, paused=True),)}),
    Case("rpo", "not_applicable", "nothing is in", PENDING),
    Case("rpo", "unknown", "holds no backups", UNKNOWN),
    Case("restorable", "pass", "nothing is known", {}, limits(plans=EVERYWHERE)),
    Case(
        "restorable",
        "fail",
        "to another plan: business-4 is not offered in aws-eu-central-1; offered there and as large: business-8",
        {},
        limits(plans=plans(business_4=(PRIMARY,), business_8=(PRIMARY, SECONDARY))),
    ),
    Case("restorable", "pass", "nothing is known", {}, limits(plans=NOWHERE_TOLD)),
    Case("frequency", "not_applicable", "btar_audit_max_interval is not set"),
    Case("frequency", "not_applicable", "no secondary region", OFF, DAILY, DAY_WANTED),
    Case("frequency", "pass", "it is backed up every 1 d, within the 1 d allowed", {}, DAILY, DAY_WANTED),
    Case("frequency", "fail", "it is backed up every 1 d, 12 h are allowed", {}, DAILY, HALF_DAY_WANTED),
    Case("frequency", "pass", "every 12 h", {"schedule": Schedule(43200, None)}, DAILY, HALF_DAY_WANTED),
    Case("frequency", "pass", "every 1 h", {}, limits(plans=backed_up(**TWO_PACES)), HALF_DAY_WANTED),
    Case("frequency", "unknown", "the plans of opensearch were not read", {}, {}, DAY_WANTED),
    Case("frequency", "unknown", "does not tell of business-4", {}, limits(plans={}), DAY_WANTED),
    Case("frequency", "fail", "keeps no backups", {}, limits(plans=backed_up(interval=0, max_count=0)), DAY_WANTED),
    # An interval of backups of which none is kept is none.
    Case("frequency", "fail", "keeps no backups", {}, limits(plans=backed_up(interval=24, max_count=0)), DAY_WANTED),
    Case("retention", "not_applicable", "btar_audit_min_retention is not set"),
    Case("retention", "pass", "its backups are kept for 2 d, of the 2 d wanted", {}, DAILY, TWO_DAYS_WANTED),
    Case("retention", "fail", "its backups are kept for 2 d, at least 3 d are wanted", {}, DAILY, THREE_DAYS_WANTED),
    Case("retention", "pass", "kept for 30 d", {"schedule": Schedule(None, 30 * 86400)}, DAILY, THREE_DAYS_WANTED),
    Case("retention", "pass", "kept for 14 d", {}, limits(plans=backed_up(**TWO_PACES)), THREE_DAYS_WANTED),
    Case("retention", "unknown", "the plans of opensearch were not read", {}, {}, THREE_DAYS_WANTED),
    Case("retention", "fail", "keeps no", {}, limits(plans=backed_up(interval=24, max_count=0)), TWO_DAYS_WANTED),
    Case("deletion_protected", "not_applicable", "does not ask for it"),
    Case("deletion_protected", "pass", "is on", {"termination_protection": True}, {}, PROTECTION_WANTED),
    Case("deletion_protected", "fail", "is off: one call deletes it", {}, {}, PROTECTION_WANTED),
    Case("key_known", "not_applicable", "btar_audit_key_tag is not set", {"customer_key": True}),
    Case("key_known", "not_applicable", "no key of your own", {}, {}, KEY_WANTED),
    Case("key_known", "pass", "which security holds (tag key)", {**KEY, "tags": {"key": "security"}}, {}, KEY_WANTED),
    Case("key_known", "fail", "no tag key says who holds it", {**KEY, "tags": {"owner": "a"}}, {}, KEY_WANTED),
    Case("key_known", "fail", "no tag key says who holds it", {**KEY, "tags": {"key": " "}}, {}, KEY_WANTED),
    Case("owner_known", "not_applicable", "btar_audit_owner_tag is not set", {"tags": {"team": "pay"}}),
    Case("owner_known", "pass", "it is pay's (tag team)", {"tags": {"team": "pay"}}, {}, OWNER_WANTED),
    Case("owner_known", "pass", "it is pay's (tag team)", {**OFF, "tags": {"team": "pay"}}, {}, OWNER_WANTED),
    Case("owner_known", "fail", "no tag team says whose it is", {"tags": {"owner": "pay"}}, {}, OWNER_WANTED),
    Case("owner_known", "fail", "no tag team says whose it is", {**OFF, "tags": {"team": " "}}, {}, OWNER_WANTED),
    Case("powered_on", "pass", "its state is RUNNING"),
    Case("powered_on", "fail", "powered off: nothing is copied", {"state": "POWEROFF"}),
    Case("powered_on", "not_applicable", "no secondary region", OFF),
    Case("drill_recent", "not_applicable", "btar_drill_max_age_days is not set"),
    Case("drill_recent", "pass", "within 90 days", {}, {"drills": (drill(90),)}, {"drill_max_age_days": 90}),
    Case("drill_recent", "fail", "more than 90 days ago", {}, {"drills": (drill(90.1),)}, {"drill_max_age_days": 90}),
    Case("drill_recent", "fail", "more than 1 day ago", {}, {"drills": (drill(1.1),)}, {"drill_max_age_days": 1}),
    Case("drill_recent", "fail", "no verified drill", {}, {}, {"drill_max_age_days": 90}),
    Case("drill_recent", "fail", "no verified", {}, {"drills": (drill(verified=False),)}, {"drill_max_age_days": 90}),
    Case(
        "drill_recent", "fail", "no ver", {}, {"drills": (drill(region="aws-eu-north-1"),)}, {"drill_max_age_days": 90}
    ),
    Case(
        "drill_recent", "pass", "30", {}, {"drills": (drill(1, verified=False), drill(2))}, {"drill_max_age_days": 30}
    ),
    Case("drill_rto", "not_applicable", "btar_drill_rto_target is not set"),
    Case("drill_rto", "pass", "took 10 min, within", {}, {"drills": (drill(rto=600),)}, {"drill_rto_target": 600}),
    Case("drill_rto", "fail", "took 11 min, 10 min", {}, {"drills": (drill(rto=660),)}, {"drill_rto_target": 600}),
    Case("drill_rto", "unknown", "no verified drill", {}, {}, {"drill_rto_target": 600}),
    Case("drill_current", "not_applicable", "no verified drill"),
    Case("drill_current", "not_applicable", "no secondary region", OFF, {"drills": (DRILLED,)}),
    Case("drill_current", "pass", "is as it was", {}, {"drills": (DRILLED,)}),
    Case("drill_current", "pass", "is as it was", {"version": "16.4"}, {"drills": (DRILLED,)}),
    Case("drill_current", "unknown", "does not say", {}, {"drills": (drill(),)}),
    Case(
        "drill_current", "fail", "plan was business-4 and is business-8", {"plan": "business-8"}, {"drills": (DRILLED,)}
    ),
    Case("drill_current", "fail", "cloud was aws-eu-west-1", {"cloud_name": "aws-eu-west-2"}, {"drills": (DRILLED,)}),
    Case("drill_current", "fail", "version was 16 and is 17", {"version": "17"}, {"drills": (DRILLED,)}),
    Case("drill_current", "fail", "grown from 499 to 1,000 bytes", {}, {"drills": (SMALL,)}),
    Case("drill_current", "fail", "was in aws-eu-north-1", {}, {"drills": (drill(region="aws-eu-north-1"),)}),
    Case("drill_evidence", "not_applicable", "no drill is on record"),
    Case("drill_evidence", "pass", "of 1 drill", {}, {"drills": (drill(),)}),
    Case("drill_evidence", "fail", "a.json was edited", {}, {"drills": (drill(),), "breaks": ("a.json was edited",)}),
    Case("drill_evidence", "fail", "a.json is missing", OFF, {"breaks": ("a.json is missing",)}),
    Case("exception_valid", "not_applicable", "no exception"),
    Case("exception_valid", "pass", "excepted until 2026-09-01: throw-away data", OFF, exception(HOLDS)),
    Case("exception_valid", "fail", "ended on 2026-08-31: throw-away data", OFF, exception(GONE)),
    Case("exception_valid", "pass", "until 2026-09-01", OFF, {"region": {"exceptions": [GONE, HOLDS]}}),
]


@pytest.mark.parametrize("case", CASES, ids=[f"{case.control}-{case.result}-{i}" for i, case in enumerate(CASES)])
def test_control(case: Case) -> None:
    result = audit([subject(service(**case.service), **case.subject)], case.clouds, **case.settings)
    found = result["services"][0]["controls"][case.control]
    assert (found["result"], case.words in found["message"]) == (case.result, True), found


@pytest.mark.parametrize("control", [control.id for control in CONTROLS])
def test_every_control_can_pass_fail_and_be_without_a_say(control: str) -> None:
    results = {case.result for case in CASES if case.control == control}
    assert {"pass", "fail", "not_applicable"} <= results


def test_the_table_is_complete() -> None:
    assert [control.id for control in CONTROLS] == [
        "enabled",
        "region_as_planned",
        "provider_matches",
        "distinct_region",
        "distance",
        "residency",
        "replicated",
        "restorable",
        "not_paused",
        "rpo",
        "frequency",
        "retention",
        "deletion_protected",
        "key_known",
        "owner_known",
        "powered_on",
        "drill_recent",
        "drill_rto",
        "drill_current",
        "drill_evidence",
        "exception_valid",
    ]
    for control in CONTROLS:
        assert control.severity in SEVERITIES
        assert all(text.endswith(".") for text in (control.checks, control.remediation)), control.id
