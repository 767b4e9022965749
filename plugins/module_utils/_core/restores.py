# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The restore of many services: which, in which order and groups, and what must not be tried.

A group is what shares a priority. The result is plain data, as docs/schemas/restored.schema.json publishes it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import PURPOSE_TAG, SOURCE_TAG, source_tag
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.obstacles import OBSTACLES
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import NEW_NAME_PATTERN
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

SCHEMA = "offsite.aiven/restored/1"
STATUSES = ("changed", "unchanged", "failed", "skipped")
# The status of a service whose turn has not come.
PENDING = "pending"
# The variables of a host by which what stands in the way is seen to.
PLAN, VPC = "btar_restore_plan", "btar_restore_project_vpc_id"

# Obstacles that keep a service from being restored at once, and the variable that sees to each. One that may put a service
# outside of the VPC that it was in is among them though it is not known.
_SEEN_TO_BY: Mapping[str, str] = {"plan_not_offered": PLAN, "vpc_missing": VPC, "vpc_unchecked": VPC}
# Obstacles that block and are error codes themselves; the others leave nothing to restore.
_OWN_CODES = frozenset({"no_own_backups", "fork_forbidden", "unsupported_service_type"})
_KINDS = {kind.code: kind for kind in OBSTACLES}

ServiceName = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Planned:
    """One service to restore. ``copies`` says which (``secondary``, ``primary``), ``region`` where they are and the fork will
    be. ``order`` and ``group`` count from 1, and are 0 where it must not be tried, for the reason in ``error``.
    """

    host: str
    project: str
    service_name: str
    service_type: str | None
    cloud: str | None
    fork_name: str
    copies: str | None = None
    region: str | None = None
    plan: str | None = None
    project_vpc_id: str | None = None
    recover_to: str = "latest"
    priority: int | None = None
    order: int = 0
    group: int = 0
    error: Mapping[str, Any] | None = None

    @property
    def label(self) -> str:
        return f"{self.project}/{self.service_name}"

    @property
    def fork_label(self) -> str:
        return f"{self.project}/{self.fork_name}"

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def plan_restores(
    report: Mapping[str, Any],
    hosts: Mapping[ServiceName, str],
    settings: Mapping[ServiceName, Mapping[str, str]],
    errors: Mapping[ServiceName, Mapping[str, Any]],
    *,
    suffix: str,
    recover_to: str,
) -> list[Planned]:
    """What is to be restored of the services in ``report`` (see ``region_down``), in its order; first what can be.

    By project and name: ``hosts``, ``settings`` (of the variables :data:`PLAN` and :data:`VPC`, those that are given) and
    ``errors``, which are why a service must not be tried although nothing stands in its way.
    """
    rows = [row for row in report["services"] if row["runs_in_region"] and not _is_fork(row, hosts, report["region"])]
    order, groups = 0, 0
    former: object = object()
    tried, refused = [], []
    for row in rows:
        name = (row["project"], row["service_name"])
        facts = _facts(row, hosts[name], settings.get(name, {}), suffix, recover_to)
        error = _error(row, settings.get(name, {})) or errors.get(name) or _name_error(facts["fork_name"])
        if error is not None:
            refused.append(Planned(**facts, error=error))
            continue
        order += 1
        if row["priority"] != former:
            former, groups = row["priority"], groups + 1
        tried.append(Planned(**facts, order=order, group=groups))
    return [*tried, *refused]


def group_sizes(planned: Iterable[Planned]) -> list[int]:
    """How many services each group has."""
    counts = Counter(each.group for each in planned if each.error is None)
    return [counts[group] for group in sorted(counts)]


def outcome(
    planned: Planned, status: str, reason: str, result: Mapping[str, Any] | None = None, error: object = None
) -> dict[str, Any]:
    """What became of one service, in the shape that aiven_btar_outcome shows. ``result`` is that of the restore."""
    found = result or {}
    changed = bool(found.get("changed", False))
    return {
        "project": planned.project,
        "service_name": planned.service_name,
        "status": status,
        "changed": changed,
        "failed": status == "failed",
        "change": "restore" if changed else None,
        "reason": reason,
        "before": {},
        "after": {},
        "error": error,
        **{key: found.get(key) for key in ("fork", "restored", "diff")},
        "seconds": found.get("seconds", 0.0),
        "warnings": list(found.get("warnings", ())),
    }


def restored_document(
    region: str | None,
    now: datetime,
    planned: Sequence[Planned],
    outcomes: Mapping[str, Mapping[str, Any]],
    endpoints: Mapping[ServiceName, Mapping[str, Any]],
    *,
    check_mode: bool,
) -> dict[str, Any]:
    """Which service is which now, for those who change connection strings. It holds no secret.

    ``outcomes`` are by host; ``endpoints`` (``{"host", "port"}``) by project and name.
    """
    rows = [_restored_row(each, outcomes.get(each.host), endpoints) for each in planned]
    counts = Counter(row["status"] for row in rows)
    return {
        "schema": SCHEMA,
        "generator": f"offsite.aiven {VERSION}",
        "generated_at": format_time(now),
        "check_mode": check_mode,
        "region": region,
        "summary": {status: counts[status] for status in (*STATUSES, PENDING)},
        "services": rows,
    }


def summary_words(document: Mapping[str, Any]) -> str:
    """The figures in one sentence."""
    counts, made = document["summary"], "would be restored" if document["check_mode"] else "restored"
    parts = [
        (counts["changed"], made),
        (counts["unchanged"], "restored before"),
        (counts["failed"], "failed"),
        (counts["skipped"] + counts["pending"], "not tried"),
    ]
    told = ", ".join(f"{count} {words}" for count, words in parts if count)
    total = counted(len(document["services"]), "service")
    return f"{total}: {told}" if told else "no service is to be restored"


def _is_fork(row: Mapping[str, Any], hosts: Collection[ServiceName], region: str | None) -> bool:
    """Whether it is there for a drill only; or, where services are named and not a region, the result of an earlier run."""
    if row["tags"].get(PURPOSE_TAG) == "drill":
        return True
    sources = {source_tag(project, name) for project, name in hosts} if region is None else set()
    return row["tags"].get(SOURCE_TAG) in sources


def _facts(
    row: Mapping[str, Any], host: str, settings: Mapping[str, str], suffix: str, recover_to: str
) -> dict[str, Any]:
    source = row["restore_from"] or {}
    region = source.get("region")
    return {
        "host": host,
        "project": row["project"],
        "service_name": row["service_name"],
        "service_type": row["service_type"],
        "cloud": row["cloud_name"],
        "fork_name": row["service_name"] + suffix,
        # Where both are in one region, Aiven takes the secondary copy.
        "copies": "secondary" if region == row["secondary_region"] else source.get("copies"),
        "region": region,
        "plan": settings.get(PLAN),
        "project_vpc_id": settings.get(VPC),
        "recover_to": recover_to,
        "priority": row["priority"],
    }


def _error(row: Mapping[str, Any], settings: Mapping[str, str]) -> dict[str, Any] | None:
    """Why a service must not be tried."""
    label = f"{row['project']}/{row['service_name']}"
    for obstacle in row["obstacles"]:
        code, kind = obstacle["code"], _KINDS[obstacle["code"]]
        if kind.level == "blocks":
            return _error_of(
                code if code in _OWN_CODES else "nothing_to_restore", f"{label}: {obstacle['message']}. {kind.remedy}"
            )
        variable = _SEEN_TO_BY.get(code)
        if variable is not None and not settings.get(variable):
            remedy = f"{kind.remedy} Say so with the host variable {variable}."
            return _error_of("invalid_target", f"{label}: {obstacle['message']}. {remedy}")
    return None


def _name_error(fork_name: str) -> dict[str, Any] | None:
    if NEW_NAME_PATTERN.fullmatch(fork_name):
        return None
    message = (
        f"{fork_name!r} cannot be the name of a service: give a btar_restore_suffix of lower-case letters, digits and "
        "hyphens, with which it is no longer than 64."
    )
    return _error_of("invalid_target", message)


def _error_of(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "message": message, "status": None}


def _restored_row(
    planned: Planned, outcome: Mapping[str, Any] | None, endpoints: Mapping[ServiceName, Mapping[str, Any]]
) -> dict[str, Any]:
    found = outcome or {}
    fork = found.get("fork")
    unknown = {"host": None, "port": None}
    return {
        "order": planned.order or None,
        "group": planned.group or None,
        "priority": planned.priority,
        "status": found.get("status", PENDING),
        "old": {
            "project": planned.project,
            "service_name": planned.service_name,
            "service_type": planned.service_type,
            "cloud": planned.cloud,
            **endpoints.get((planned.project, planned.service_name), unknown),
        },
        "new": None
        if fork is None
        else {
            **{key: fork[key] for key in ("project", "service_name", "service_type", "plan", "cloud", "state")},
            **endpoints.get((fork["project"], fork["service_name"]), unknown),
        },
        "restored": found.get("restored"),
        "seconds": found.get("seconds"),
        "error": found.get("error"),
    }
