# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit: every control held against every service, summed up, and held against a former audit.

The result is plain data, ready for JSON, in the form that docs/schemas/audit.schema.json publishes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.clauses import clauses_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS, findings_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import coverage_of, score_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import UNASKED, Limits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import (
    NOTHING_WANTED,
    RESULTS,
    SEVERITIES,
    Case,
    Finding,
    Wanted,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.lag import LagSeries
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, Clouds, Service, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    DEFAULT_RPO_TARGET,
    STATUSES,
    Protection,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    Choice,
    CloudsNeeded,
    RegionInventory,
    choose,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.remedies import Invocation, remedies_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_facts import report_facts
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION

SCHEMA = "offsite.aiven/audit/1"
SPARKLINE_POINTS = 60

_LONGEST_NAME = 80

FailOn = Literal["none", "warning", "error"]

# From worst to best. What does not apply before or after says nothing about better or worse.
_RESULTS_RANKED = ("fail", "unknown", "excepted", "pass")
_STATUSES_RANKED = tuple(status for status in STATUSES if status != "unsupported")


class InvalidAudit(Exception):
    """What should be a former audit is none. The text says what was found."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One service to be audited, and what is wanted of it.

    ``inventory`` and ``override`` are its region inventory and its host's ``btar_secondary_region``; ``rpo_target`` is
    in seconds; ``drills`` are newest first, ``breaks`` says in words what is wrong with their evidence; ``limits`` is what
    further calls told. Share one inventory among services with the same: choosing gets faster.
    """

    service: Service
    protection: Protection
    inventory: RegionInventory
    override: str | None = None
    rpo_target: int = DEFAULT_RPO_TARGET
    drills: tuple[Drill, ...] = ()
    breaks: tuple[str, ...] = ()
    lag: tuple[LagSeries, ...] = ()
    limits: Limits = UNASKED


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """``now`` is the API's time. ``drill_rto_target`` is in seconds; None switches a drill control off."""

    now: datetime
    drill_max_age_days: int | None = None
    drill_rto_target: int | None = None
    wanted: Wanted = NOTHING_WANTED

    def as_dict(self) -> dict[str, Any]:
        """What tells audits apart that were not made alike, as the audit publishes it."""
        return {
            "drill_max_age_days": self.drill_max_age_days,
            "drill_rto_target_seconds": self.drill_rto_target,
            "max_interval_seconds": self.wanted.max_interval,
            "min_retention_seconds": self.wanted.min_retention,
            "deletion_protection": self.wanted.deletion_protection,
            "key_tag": self.wanted.key_tag,
            "owner_tag": self.wanted.owner_tag,
        }


def evaluate(
    subjects: Iterable[Subject],
    *,
    clouds: Clouds | None,
    settings: AuditSettings,
    scope: Mapping[str, Any] | None = None,
    name: str | None = None,
    invocation: Invocation | None = None,
) -> dict[str, Any]:
    """The audit of ``subjects``. ``clouds`` None: what depends on them is unknown. ``scope`` says what was looked at,
    ``name`` tells this audit from others of the same fleet, ``invocation`` is what the commands that it names look like.
    """
    told: dict[Finding, dict[str, str]] = {}
    rows = sorted(
        (_service_row(subject, clouds, settings, told) for subject in subjects),
        key=lambda row: (row["project"], row["service_name"]),
    )
    asked = settings.as_dict()
    return {
        "schema": SCHEMA,
        "name": name or _name_of(scope or {}),
        "generator": f"offsite.aiven {VERSION}",
        "generated_at": format_time(settings.now),
        "scope": dict(scope or {}),
        "settings": asked,
        **_summed_up(rows, asked, invocation or Invocation()),
        "clouds": _clouds_used(rows, clouds or {}),
        "services": rows,
        "trend": None,
        "comparison": None,
        "run": None,
    }


def merge_audits(
    audits: Sequence[Mapping[str, Any]], name: str | None = None, invocation: Invocation | None = None
) -> dict[str, Any]:
    """One audit of what several have looked at, as the slices of a run do: the same as if one had looked at all.

    It is as old as the oldest of them. A service that several have seen is as the newest saw it. Raises
    :class:`InvalidAudit` when they were not made alike.
    """
    by_age = sorted(audits, key=lambda audit: str(audit["generated_at"]))
    oldest = by_age[0]
    for key in ("schema", "generator", "settings"):
        if any(audit[key] != oldest[key] for audit in by_age):
            raise InvalidAudit(f"they differ in {key!r}, so they are not of one run")
    newest = {_label(row): row for audit in by_age for row in audit["services"]}
    rows = [newest[label] for label in sorted(newest)]
    scope = _merged_scope([audit["scope"] for audit in by_age])
    clouds = {key: cloud for audit in by_age for key, cloud in audit["clouds"].items()}
    return {
        **oldest,
        "name": name or _name_of(scope),
        "scope": scope,
        **_summed_up(rows, oldest["settings"], invocation or Invocation()),
        "clouds": dict(sorted(clouds.items())),
        "services": rows,
        "trend": None,
        "comparison": None,
        "run": _merged_runs([audit["run"] for audit in by_age if audit["run"]]),
    }


def _merged_scope(scopes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    projects = sorted({project for scope in scopes for project in scope.get("projects", ())})
    unreadable = {key: why for scope in scopes for key, why in scope.get("unreadable_projects", {}).items()}
    return {**scopes[0], "projects": projects, "unreadable_projects": unreadable}


def _merged_runs(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not runs:
        return None
    summary = {status: sum(run["summary"][status] for run in runs) for status in runs[0]["summary"]}
    return {"summary": summary, "outcomes": [outcome for run in runs for outcome in run["outcomes"]]}


def _summed_up(rows: list[dict[str, Any]], settings: Mapping[str, Any], invocation: Invocation) -> dict[str, Any]:
    """What follows from the audited services and the ``settings`` alone."""
    controls = [{**control.as_dict(), "results": _results(rows, control.id)} for control in CONTROLS]
    return {
        "headline": _headline(rows),
        "score": score_of(controls),
        "coverage": coverage_of(rows, settings["owner_tag"]),
        "remedies": remedies_of(controls, rows, invocation),
        "controls": controls,
        "compliance": clauses_of(controls, settings),
    }


def audit_fails(audit: Mapping[str, Any], fail_on: FailOn) -> bool:
    """Whether a control failed whose severity is at least ``fail_on``."""
    if fail_on == "none":
        return False
    counted = SEVERITIES if fail_on == "warning" else ("error",)
    return any(audit["headline"]["failed_controls"][severity] for severity in counted)


def compare_audits(former: object, audit: Mapping[str, Any]) -> dict[str, Any]:
    """What became better and worse since a ``former`` audit. Raises :class:`InvalidAudit` when it is none."""
    before, generated_at = _former_services(former)
    after = {_label(row): row for row in audit["services"]}
    differences = [
        item for label in sorted(before.keys() & after.keys()) for item in _differences(before[label], after[label])
    ]
    return {
        "former_generated_at": generated_at,
        "better": [item for better, item in differences if better],
        "worse": [item for better, item in differences if not better],
        "appeared": [_named(after[label]) for label in sorted(after.keys() - before.keys())],
        "gone": [_named(before[label]) for label in sorted(before.keys() - after.keys())],
    }


def with_run(audit: Mapping[str, Any], outcomes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The audit with the outcomes of the run that it follows; unchanged services are only counted."""
    found = list(outcomes)
    if not found:
        return dict(audit)
    counts = Counter(str(outcome["status"]) for outcome in found)
    summary = {status: counts[status] for status in ("changed", "unchanged", "failed", "skipped")}
    told = [dict(outcome) for outcome in found if outcome["status"] != "unchanged"]
    return {**audit, "run": {"summary": {**summary, "total": len(found)}, "outcomes": told}}


def _name_of(scope: Mapping[str, Any]) -> str:
    """What is looked at, in few words: the same from one day to the next, another for an audit of other services."""
    parts = [",".join(scope.get("projects") or ["none"])]
    parts += [f"{key}={','.join(scope[key])}" for key in ("services", "service_types") if scope.get(key)]
    parts += [f"{key}:{value}" for key, value in sorted((scope.get("tags") or {}).items())]
    text = " ".join([*parts, *(["exact"] if scope.get("exact") else [])])
    if len(text) <= _LONGEST_NAME:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()
    return f"{text[: _LONGEST_NAME - 14].rpartition(',')[0]}... ({digest[:8]})"


def _service_row(
    subject: Subject, clouds: Clouds | None, settings: AuditSettings, told: dict[Finding, dict[str, str]]
) -> dict[str, Any]:
    """``told`` are the findings of other services: most are alike, and each is kept once."""
    service = subject.service
    choice = _choice(subject, clouds, settings)
    exceptions = (item for item in subject.inventory.exceptions if item.matches(service))
    exception = max(exceptions, key=lambda item: item.until, default=None)
    drills = tuple(drill for drill in subject.drills if drill.secondary_region == service.secondary_region)
    case = Case(
        service=service,
        protection=subject.protection,
        now=settings.now,
        clouds=clouds or {},
        rules=subject.inventory.rules,
        choice=choice,
        exception=exception,
        drills=drills,
        drills_elsewhere=tuple(drill for drill in subject.drills if drill not in drills),
        breaks=subject.breaks,
        rpo_target=subject.rpo_target,
        drill_max_age_days=settings.drill_max_age_days,
        drill_rto_target=settings.drill_rto_target,
        limits=subject.limits,
        wanted=settings.wanted,
        nearest_min_km=subject.inventory.nearest_min_km,
    )
    return {
        **report_facts(service),
        "planned_region": choice.region if choice else None,
        "planned_reason": choice.reason if choice else None,
        "migrated": service.migrated,
        **subject.protection.as_dict(),
        "rpo_target_seconds": subject.rpo_target,
        "exception": None
        if exception is None
        else {
            "reason": exception.reason,
            "until": exception.until.isoformat(),
            "expired": exception.until < case.today,
        },
        "drill": drills[0].as_dict() if drills else None,
        "lag": [series.as_dict(SPARKLINE_POINTS) for series in subject.lag],
        "controls": {key: told.setdefault(finding, _as_dict(finding)) for key, finding in findings_of(case).items()},
    }


def _choice(subject: Subject, clouds: Clouds | None, settings: AuditSettings) -> Choice | None:
    if subject.protection.status == "unsupported":
        return None
    try:
        return choose(subject.service, subject.inventory, clouds, override=subject.override, today=settings.now.date())
    except CloudsNeeded:
        return None


def _as_dict(finding: Finding) -> dict[str, str]:
    return {"result": finding.result, "message": finding.message}


def _headline(rows: list[dict[str, Any]]) -> dict[str, Any]:
    severities = {control.id: control.severity for control in CONTROLS}
    failed = Counter(severities[key] for row in rows for key in _failed(row))
    statuses = Counter(row["protection"] for row in rows)
    measured = [row for row in rows if row["rpo_seconds"] is not None]
    worst = max(measured, key=lambda row: row["rpo_seconds"], default=None)
    return {
        "services": len(rows),
        "protectable": len(rows) - statuses["unsupported"],
        "protected": statuses["protected"],
        "by_protection": {status: statuses[status] for status in STATUSES},
        "worst_rpo": None
        if worst is None
        else {**_named(worst), "rpo_seconds": worst["rpo_seconds"], "rpo_exact": worst["rpo_exact"]},
        "failed_controls": {severity: failed[severity] for severity in SEVERITIES},
        "services_failing": sum(1 for row in rows if any(True for _key in _failed(row))),
        "services_excepted": sum(
            1 for row in rows if any(finding["result"] == "excepted" for finding in row["controls"].values())
        ),
    }


def _failed(row: Mapping[str, Any]) -> Iterator[str]:
    return (key for key, finding in row["controls"].items() if finding["result"] == "fail")


def _results(rows: list[dict[str, Any]], control: str) -> dict[str, int]:
    found = [row["controls"][control]["result"] for row in rows]
    return {result: found.count(result) for result in RESULTS}


def _clouds_used(rows: list[dict[str, Any]], clouds: Clouds) -> dict[str, Any]:
    """Where the regions named by the services are, to draw a map; null where it is not known."""
    names = {row[key] for row in rows for key in ("cloud_name", "primary_region", "secondary_region", "planned_region")}
    return {name: _cloud(clouds.get(name)) for name in sorted(names - {None})}


def _cloud(cloud: Cloud | None) -> dict[str, Any]:
    placed = cloud is not None and distance_km(cloud, cloud) is not None
    return {
        "provider": cloud.provider if cloud else None,
        "geo_region": cloud.geo_region if cloud else None,
        "latitude": cloud.latitude if cloud and placed else None,
        "longitude": cloud.longitude if cloud and placed else None,
        "description": cloud.description if cloud else None,
    }


def _former_services(former: object) -> tuple[dict[tuple[str, str], Mapping[str, Any]], str]:
    schema = former.get("schema") if isinstance(former, Mapping) else None
    if not isinstance(former, Mapping) or schema != SCHEMA:
        raise InvalidAudit(f"its schema is {schema!r}, not {SCHEMA!r}")
    rows = former.get("services")
    if not isinstance(rows, list) or not all(_is_service_row(row) for row in rows):
        raise InvalidAudit("its 'services' is not a list of audited services")
    return {_label(row): row for row in rows}, str(former.get("generated_at"))


def _is_service_row(row: object) -> bool:
    if not isinstance(row, Mapping) or not isinstance(row.get("controls"), Mapping):
        return False
    texts = (row.get("project"), row.get("service_name"), row.get("protection"))
    return all(isinstance(text, str) for text in texts) and all(
        isinstance(finding, Mapping) and isinstance(finding.get("result"), str) for finding in row["controls"].values()
    )


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[bool, dict[str, Any]]]:
    """What changed for one service: whether for the better, and what from where to where."""
    pairs: list[tuple[str, str, str, Sequence[str]]] = [
        ("protection", before["protection"], after["protection"], _STATUSES_RANKED)
    ]
    for key, finding in after["controls"].items():
        former = before["controls"].get(key)
        if former is not None:
            pairs.append((key, former["result"], finding["result"], _RESULTS_RANKED))
    for what, old, new, ranked in pairs:
        if old != new and old in ranked and new in ranked:
            yield ranked.index(new) > ranked.index(old), {**_named(after), "what": what, "before": old, "after": new}


def _label(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["project"], row["service_name"]


def _named(row: Mapping[str, Any]) -> dict[str, str]:
    return {"project": row["project"], "service_name": row["service_name"]}
