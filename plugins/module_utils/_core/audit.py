# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit: every control held against every service, summed up, and held against a former audit.

The result is plain data, ready for JSON, in the form that docs/schemas/audit.schema.json publishes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.clauses import clauses_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS, findings_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import coverage_of, score_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.distances import distance_km
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import UNASKED, Limits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import (
    ASKED,
    NOTHING_ASKED,
    NOTHING_WANTED,
    RESULTS,
    SEVERITIES,
    Asked,
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
_LONGEST_LIMIT = 500
# What controls find of copies alone.
_OF_COPIES = frozenset(control.id for control in CONTROLS if control.needs_secondary)

FailOn = Literal["none", "warning", "error"]


class InvalidAudit(Exception):
    """What should be a former audit is none. The text says what was found."""


@dataclass(frozen=True, slots=True)
class Subject:
    """One service to be audited, and what is wanted of it.

    ``inventory`` and ``override`` are its region inventory and its host's ``btar_secondary_region``; ``rpo_target`` is
    in seconds; ``drills`` are newest first, ``breaks`` says in words what is wrong with their evidence; ``limits`` is what
    further calls told; ``asked`` is what is asked of this service, None: what is of all. Share one inventory among services
    with the same: choosing gets faster.
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
    asked: Asked | None = None


@dataclass(frozen=True, slots=True)
class AuditSettings:
    """``now`` is the API's time; ``asked`` holds for services that have none of their own."""

    now: datetime
    asked: Asked = NOTHING_ASKED
    wanted: Wanted = NOTHING_WANTED

    def as_dict(self) -> dict[str, Any]:
        """What tells audits apart that were not made alike, as the audit publishes it."""
        return {**self.asked.as_dict(), **asdict(self.wanted)}


def evaluate(
    subjects: Iterable[Subject],
    *,
    clouds: Clouds | None,
    settings: AuditSettings,
    scope: Mapping[str, Any] | None = None,
    name: str | None = None,
    invocation: Invocation | None = None,
    by: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The audit of ``subjects``. ``clouds`` None: what depends on them is unknown. ``scope`` says what was looked at,
    ``name`` tells this audit from others of the same fleet, ``invocation`` is what the commands that it names look like, ``by``
    is who makes it: a user and a host.
    """
    told: dict[Finding, dict[str, str]] = {}
    rows = sorted(
        (_service_row(subject, clouds, settings, told) for subject in subjects),
        key=lambda row: (row["project"], row["service_name"]),
    )
    return {
        "schema": SCHEMA,
        "name": name or name_of(scope or {}),
        "generator": f"offsite.aiven {VERSION}",
        "generated_at": format_time(settings.now),
        "by": None if by is None else dict(by),
        "scope": dict(scope or {}),
        **summed_up(rows, settings.as_dict(), invocation or Invocation()),
        "clouds": _clouds_used(rows, clouds or {}),
        "services": rows,
        "trend": None,
        "comparison": None,
        "run": None,
    }


def summed_up(rows: list[dict[str, Any]], settings: Mapping[str, Any], invocation: Invocation) -> dict[str, Any]:
    """What follows from the audited services and the ``settings`` of the run alone."""
    settings = _settings_of(rows, settings)
    controls: list[dict[str, Any]] = [
        {**control.as_dict(), "results": _results(rows, control.id)} for control in CONTROLS
    ]
    without_copy = next(control["results"]["fail"] for control in controls if control["id"] == "enabled")
    return {
        "settings": settings,
        "headline": _headline(rows),
        "score": score_of(controls, without_copy, _OF_COPIES),
        "coverage": coverage_of(rows, settings["owner_tag"]),
        "remedies": remedies_of(controls, rows, invocation),
        "controls": controls,
        "compliance": clauses_of(controls, rows, settings),
    }


def _settings_of(rows: Iterable[Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The ``settings``, with what is asked of all services; null and named as differing what is not asked alike of all."""
    found = [row["asked"] for row in rows]
    told = {key: {asked[key] for asked in found} or {settings[key]} for key in ASKED}
    alike = {key: next(iter(values)) if len(values) == 1 else None for key, values in told.items()}
    return {**settings, **alike, "differing": [key for key, values in told.items() if len(values) > 1]}


def audit_fails(audit: Mapping[str, Any], fail_on: FailOn) -> bool:
    """Whether a control failed whose severity is at least ``fail_on``."""
    if fail_on == "none":
        return False
    counted = SEVERITIES if fail_on == "warning" else ("error",)
    return any(audit["headline"]["failed_controls"][severity] for severity in counted)


def with_run(audit: Mapping[str, Any], outcomes: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The audit with the outcomes of the run that it follows; unchanged services are only counted."""
    found = list(outcomes)
    if not found:
        return dict(audit)
    counts = Counter(str(outcome["status"]) for outcome in found)
    summary = {status: counts[status] for status in ("changed", "unchanged", "failed", "skipped")}
    told = [dict(outcome) for outcome in found if outcome["status"] != "unchanged"]
    return {**audit, "run": {"summary": {**summary, "total": len(found)}, "outcomes": told}}


def short_limit(limit: str) -> str:
    """The limit of a run; one that names thousands of hosts is cut, and told from others by its hash."""
    if len(limit) <= _LONGEST_LIMIT:
        return limit
    return f"{limit[:_LONGEST_LIMIT]}... ({_digest(limit)})"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()[:8]


def name_of(scope: Mapping[str, Any]) -> str:
    """What is looked at, in few words: the same from one day to the next, another for an audit of other services."""
    parts = [",".join(scope.get("projects") or ["none"])]
    parts += [f"{key}={','.join(scope[key])}" for key in ("services", "service_types") if scope.get(key)]
    parts += [f"{key}:{value}" for key, value in sorted((scope.get("tags") or {}).items())]
    parts += [f"limit={scope['limit']}"] if scope.get("limit") else []
    text = " ".join([*parts, *(["exact"] if scope.get("exact") else [])])
    if len(text) <= _LONGEST_NAME:
        return text
    return f"{text[: _LONGEST_NAME - 14].rpartition(',')[0]}... ({_digest(text)})"


def _service_row(
    subject: Subject, clouds: Clouds | None, settings: AuditSettings, told: dict[Finding, dict[str, str]]
) -> dict[str, Any]:
    """``told`` are the findings of other services: most are alike, and each is kept once."""
    service = subject.service
    choice = _choice(subject, clouds, settings)
    exceptions = (item for item in subject.inventory.exceptions if item.matches(service))
    exception = max(exceptions, key=lambda item: item.until, default=None)
    asked = subject.asked or settings.asked
    believed = tuple(drill for drill in subject.drills if not drill.is_after(settings.now))
    later = (drill for drill in subject.drills if drill.is_after(settings.now))
    drills = tuple(drill for drill in believed if drill.secondary_region == service.secondary_region)
    case = Case(
        service=service,
        protection=subject.protection,
        now=settings.now,
        clouds=clouds or {},
        rules=subject.inventory.rules,
        choice=choice,
        exception=exception,
        drills=drills,
        drills_elsewhere=tuple(drill for drill in believed if drill not in drills),
        breaks=(*subject.breaks, *map(_too_late, later)),
        rpo_target=subject.rpo_target,
        asked=asked,
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
        "asked": asked.as_dict(),
        "exception": None
        if exception is None
        else {
            "reason": exception.reason,
            "until": exception.until.isoformat(),
            "expired": exception.until < case.today,
        },
        "drill": drills[0].as_dict() if drills else None,
        "verified_drill": next((drill.as_dict() for drill in drills if drill.verified), None),
        "lag": [series.as_dict(SPARKLINE_POINTS) for series in subject.lag],
        "controls": {key: told.setdefault(finding, _as_dict(finding)) for key, finding in findings_of(case).items()},
    }


def _too_late(drill: Drill) -> str:
    where = drill.file or f"the evidence of the fork {drill.fork_name}"
    return f"{where} is dated {format_time(drill.finished)}, after this audit: a clock was wrong"


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
        else {**named(worst), "rpo_seconds": worst["rpo_seconds"], "rpo_exact": worst["rpo_exact"]},
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


def label(row: Mapping[str, Any]) -> tuple[str, str]:
    return row["project"], row["service_name"]


def named(row: Mapping[str, Any]) -> dict[str, str]:
    return {"project": row["project"], "service_name": row["service_name"]}
