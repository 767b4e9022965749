# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controls of an audit: a table of what is checked of every service, and one small function for each.

CONTRIBUTING.md has the recipe for one more. Reports, schema and playbooks take everything else from the table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_controls import (
    drill_current,
    drill_evidence,
    drill_recent,
    drill_rto,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import (
    may_forbid_forks,
    never_copied,
    never_restored,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import (
    Case,
    Finding,
    Severity,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import not_offered
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    duration_words,
    unsupported_reason,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import (
    NEAREST_MIN_KM,
    RULES,
    Rules,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_rules import Break, breaks, too_near
from ansible_collections.offsite.aiven.plugins.module_utils._core.safekeeping_controls import (
    deletion_protected,
    frequency,
    key_known,
    owner_known,
    retention,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted


@dataclass(frozen=True, slots=True)
class Control:
    """One row of the table. ``needs_secondary``: says nothing of a service that has no secondary region."""

    id: str
    severity: Severity
    title: str
    checks: str
    remediation: str
    check: Callable[[Case], Finding]
    needs_secondary: bool = True

    def as_dict(self) -> dict[str, str]:
        return {
            "id": self.id,
            "severity": self.severity,
            "title": self.title,
            "checks": self.checks,
            "remediation": self.remediation,
        }


_NO_SECONDARY = Finding("not_applicable", "no secondary region is set")


def findings_of(case: Case) -> Mapping[str, Finding]:
    """What each control found, by its id. Under an exception that holds, what is wrong is reported as excepted."""
    if case.protection.status == "unsupported":
        text = unsupported_reason(case.service, case.limits)
        findings = dict.fromkeys((control.id for control in CONTROLS), Finding("not_applicable", text))
        if never := never_copied(case.service, case.limits):
            findings["restorable"] = _excepted(case, Finding("fail", never))
        return findings
    return {control.id: _excepted(case, _checked(control, case)) for control in CONTROLS}


def _checked(control: Control, case: Case) -> Finding:
    if control.needs_secondary and case.service.secondary_region is None:
        return _NO_SECONDARY
    return control.check(case)


def _excepted(case: Case, finding: Finding) -> Finding:
    exception = case.exception
    if exception is None or exception.until < case.today or finding.result not in ("fail", "unknown"):
        return finding
    return Finding("excepted", f"until {exception.until}: {exception.reason}; without the exception: {finding.message}")


def _enabled(case: Case) -> Finding:
    if case.service.secondary_region is None:
        return Finding("fail", "no secondary region is set")
    return Finding("pass", f"the secondary region is {case.secondary}")


def _region_as_planned(case: Case) -> Finding:
    choice = case.choice
    if choice is None:
        return Finding("unknown", "what the region inventory plans depends on the list of clouds, which is not known")
    if choice.exempt:
        return Finding("not_applicable", f"no region is planned: {choice.reason}")
    if choice.refusal is not None and choice.refusal.code == "exception_expired":
        return Finding("not_applicable", "no region is planned while its ended exception stands")
    if choice.region is None:
        return Finding("fail", f"the region inventory names no region: {choice.reason}")
    if choice.region != case.secondary:
        return Finding(
            "fail", f"the secondary region is {case.secondary}, planned is {choice.region} ({choice.reason})"
        )
    return Finding("pass", choice.reason)


def _provider_matches(case: Case) -> Finding:
    providers = {
        name: case.clouds[name].provider if name in case.clouds else None for name in (case.secondary, *case.places)
    }
    wanted = providers[case.secondary]
    for place, what in case.places.items():
        if None not in (wanted, providers[place]) and providers[place] != wanted:
            return Finding("fail", f"{case.secondary} is on {wanted}, {place}, {what}, on {providers[place]}")
    unknown = [name for name, provider in providers.items() if provider is None]
    if unknown:
        return Finding("unknown", f"the provider of {' and '.join(unknown)} is not known")
    return Finding("pass", f"{' and '.join(providers)} are on {wanted}")


def _distinct_region(case: Case) -> Finding:
    same = case.places.get(case.secondary)
    if same:
        return Finding("fail", f"{case.secondary} is also {same}: one outage takes both copies")
    return Finding("pass", f"{case.secondary} is neither where the primary backups are nor where the service runs")


def _distance(case: Case) -> Finding:
    ruled = case.rules.min_distance_km
    minimum, variable = (case.nearest_min_km, NEAREST_MIN_KM) if ruled is None else (ruled, f"{RULES}.min_distance_km")
    if not minimum:
        return Finding("not_applicable", f"neither {RULES}.min_distance_km nor {NEAREST_MIN_KM} asks for a distance")
    finding = _found(case, too_near(case.secondary, case.places, minimum, variable, case.clouds))
    if finding.result != "pass":
        return finding
    distances = (distance_km(case.clouds[case.secondary], case.clouds[place]) or 0 for place in case.places)
    return Finding("pass", f"{case.secondary} is {min(distances):,.0f} km away, at least {minimum:,g} km are wanted")


def _residency(case: Case) -> Finding:
    rules = Rules(same_geo_region=case.rules.same_geo_region, allowed=case.rules.allowed, denied=case.rules.denied)
    if rules == Rules():
        return Finding("not_applicable", "btar_region_rules does not say where data may be")
    return _found(case, breaks(case.secondary, case.places, rules, case.clouds))


def _found(case: Case, broken: Iterable[Break]) -> Finding:
    found = list(broken)
    if not found:
        return Finding("pass", f"{case.secondary} keeps the rules of btar_region_rules")
    known = [item.text for item in found if item.known]
    return Finding("fail", "; ".join(known)) if known else Finding("unknown", "; ".join(item.text for item in found))


def _replicated(case: Case) -> Finding:
    if case.protection.status in ("unknown", "pending"):
        return Finding("unknown" if case.protection.status == "unknown" else "fail", case.protection.explanation)
    count = case.protection.replicated_backups or 0
    return Finding("pass", f"{counted(count, 'backup is', 'backups are')} in {case.secondary}")


def _restorable(case: Case) -> Finding:
    if never := never_restored(case.service, case.limits):
        return Finding("fail", never)
    if may_forbid_forks(case.service) and case.limits.allows_forks is None:
        text = "whether its compliance forbids forks (deployment_model) is not in the list of clouds"
        return Finding("unknown", f"{case.service.cloud_name} is a cloud of your own: {text}")
    if case.limits.plans is not None:
        missing = not_offered(case.limits.plans, case.service.plan, case.secondary)
        if missing is not None:
            return Finding("fail", f"a copy can only be restored to another plan: {missing}")
    if case.protection.restore_point is None and case.limits.plan_keeps_backups is None:
        return _no_copy(case)
    return Finding("pass", f"nothing is known to keep a copy in {case.secondary} from being restored")


def _not_paused(case: Case) -> Finding:
    if case.protection.restore_point is None:
        return _no_copy(case)
    if case.protection.status == "paused":
        return Finding("fail", case.protection.explanation)
    return Finding("pass", f"copying to {case.secondary} is not paused")


def _rpo(case: Case) -> Finding:
    rpo = case.protection.rpo_seconds
    if rpo is None:
        return _no_copy(case)
    age = f"{'' if case.protection.rpo_exact else 'at most '}{duration_words(rpo)}"
    if rpo > case.rpo_target:
        return Finding("fail", f"the RPO is {age}, {duration_words(case.rpo_target)} are allowed")
    return Finding("pass", f"the RPO is {age}, within the {duration_words(case.rpo_target)} allowed")


def _no_copy(case: Case) -> Finding:
    if case.protection.status == "unknown":
        return Finding("unknown", case.protection.explanation)
    return Finding("not_applicable", f"nothing is in {case.secondary} yet")


def _powered_on(case: Case) -> Finding:
    if case.service.powered_off:
        return Finding(
            "fail", "it is powered off: nothing is copied, and Aiven deletes a service after 180 days without power"
        )
    return Finding("pass", f"its state is {case.service.state}")


def _exception_valid(case: Case) -> Finding:
    exception = case.exception
    if exception is None:
        return Finding("not_applicable", "no exception is written for it")
    if exception.until < case.today:
        return Finding("fail", f"its exception ended on {exception.until}: {exception.reason}")
    return Finding("pass", f"excepted until {exception.until}: {exception.reason}")


CONTROLS: tuple[Control, ...] = (
    Control(
        "enabled",
        "error",
        "Backup to another region is on",
        "The service has a secondary region.",
        "Run the rollout playbook for it, or write an exception with a reason and an end.",
        _enabled,
        needs_secondary=False,
    ),
    Control(
        "region_as_planned",
        "error",
        "The secondary region is the planned one",
        "The secondary region is the one that the region inventory names for the service.",
        "Run the rollout playbook with move allowed (the copy starts anew), or correct the region inventory.",
        _region_as_planned,
    ),
    Control(
        "provider_matches",
        "error",
        "Same cloud provider",
        "The secondary region is of the provider of the service and of its primary backups, as Aiven requires.",
        "Move the secondary region to one of the same provider; where service and backups are not on the same, ask Aiven.",
        _provider_matches,
    ),
    Control(
        "distinct_region",
        "error",
        "A region of its own",
        "The secondary region is neither where the primary backups are nor where the service runs.",
        "Move the secondary region: after a migration into it, one outage would take service and copy.",
        _distinct_region,
    ),
    Control(
        "distance",
        "warning",
        "Far enough away",
        "The secondary region is at least btar_region_rules.min_distance_km, else btar_region_nearest_min_km, away.",
        "Move the secondary region to one further away, or lower the distance that is wanted.",
        _distance,
    ),
    Control(
        "residency",
        "error",
        "Data stays where it may be",
        "The secondary region keeps btar_region_rules: allowed, denied and same_geo_region.",
        "Move the secondary region to one that the rules allow; disabling deletes the copy where it must not be.",
        _residency,
    ),
    Control(
        "replicated",
        "error",
        "A backup is there",
        "At least one backup is replicated to the current secondary region.",
        "Wait for the next daily backup; if none comes within a day, see whether the plan keeps any, and ask Aiven's support.",
        _replicated,
    ),
    Control(
        "restorable",
        "error",
        "A copy can become a service",
        "The plan keeps backups and is offered in the secondary region, persistence is not off, and the cloud of the service does "
        "not forbid forks.",
        "Choose a plan that keeps backups and is offered there, turn persistence on, or move to a cloud that allows forks; else "
        "write an exception.",
        _restorable,
    ),
    Control(
        "not_paused",
        "error",
        "Copying is not paused",
        "The newest backup in the secondary region is not marked as paused.",
        "Remove the reason that Aiven gives for the pause, or ask Aiven's support.",
        _not_paused,
    ),
    Control(
        "rpo",
        "error",
        "The copy is recent enough",
        "The restore point in the secondary region is not older than btar_rpo_target.",
        "Look at the lag report and at the service's state; a powered off service copies nothing.",
        _rpo,
    ),
    Control(
        "frequency",
        "warning",
        "Backed up often enough",
        "The time from one backup to the next, by the plan and the options of the service, is at most btar_audit_max_interval.",
        "Choose a plan with more frequent backups, set backup_interval_hours where the plan allows it, or ask for less.",
        frequency,
    ),
    Control(
        "retention",
        "warning",
        "Backups are kept long enough",
        "Backups are kept for at least btar_audit_min_retention, by the plan and the options of the service.",
        "Choose a plan that keeps backups for longer, set backup_retention_days where the plan allows it, or ask for less.",
        retention,
    ),
    Control(
        "deletion_protected",
        "warning",
        "Not deleted by mistake",
        "The termination protection of the service is on, where btar_audit_deletion_protection asks for it.",
        "Turn termination protection on: whoever deletes a service deletes its backups.",
        deletion_protected,
    ),
    Control(
        "key_known",
        "warning",
        "Somebody holds the key",
        "Where a key of your own encrypts the service (cmk_id), the tag named by btar_audit_key_tag says who holds it.",
        "Find out who holds the key, and give the service the tag: without the key every copy is worthless.",
        key_known,
    ),
    Control(
        "owner_known",
        "warning",
        "Somebody answers for the service",
        "The tag named by btar_audit_owner_tag says whose the service is.",
        "Find out whose the service is, and give it the tag: else nobody is asked when it is to be restored.",
        owner_known,
        needs_secondary=False,
    ),
    Control(
        "powered_on",
        "warning",
        "The service is powered on",
        "The service is not powered off: one that is copies nothing, and its restore point only grows older.",
        "Power it on, or take a last restore from it and delete it before Aiven does.",
        _powered_on,
    ),
    Control(
        "drill_recent",
        "warning",
        "Restoring was tried lately",
        "A verified drill in the current secondary region ended within btar_drill_max_age_days.",
        "Run a drill: fork from the secondary region, verify the fork and keep the evidence.",
        drill_recent,
    ),
    Control(
        "drill_rto",
        "warning",
        "Restoring is fast enough",
        "The last verified drill took no longer than btar_drill_rto_target.",
        "Restore to a larger plan, make the data smaller, or agree on a longer recovery time.",
        drill_rto,
    ),
    Control(
        "drill_current",
        "warning",
        "What was proven still holds",
        "Since the last verified drill neither plan, regions nor major version have changed, and the data has not doubled.",
        "Run a drill of the service as it is now.",
        drill_current,
    ),
    Control(
        "drill_evidence",
        "warning",
        "The evidence of drills is whole",
        "No evidence of a drill was edited or removed since it was written, as the chain of hashes shows, and none is dated after the audit.",
        "Bring the files and chain.jsonl back from a backup of the folder, or run a drill and explain the gap.",
        drill_evidence,
        needs_secondary=False,
    ),
    Control(
        "exception_valid",
        "error",
        "Exceptions have not ended",
        "The exception in btar_region_exceptions that is written for the service has not ended.",
        "Give the exception a later end, or remove it and give the service a secondary region.",
        _exception_valid,
        needs_secondary=False,
    ),
)
