# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence of a drill, made of its draft: what was written down while it ran."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import SCHEMA, Result
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time, parse_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.version import VERSION

# Keys of the result of aiven_btar_restore that go into the draft. The rest is for people, or secret.
_OF_RESTORE = ("fork", "restored", "recovered_to", "phases", "seconds")
HIDDEN = "********"


# Texts of an order that evidence repeats.
_OF_ORDER = ("project", "service_name", "service_type", "secondary_region", "fork_project", "fork_name", "recover_to")
# What a draft holds besides, where it holds it.
_OBJECTS_OF_DRAFT = ("restore", "error", "by", "owner")
_TIMES_OF_DRAFT = ("running", "verified", "failed")
_OBJECTS_OF_RESTORE = ("fork", "restored", "phases")


def parse_draft(body: object) -> dict[str, Any] | None:
    """The draft of a drill, whole enough to make evidence of; None for what is none. It is a file that may be anything."""
    order = body.get("order") if isinstance(body, dict) else None
    if not isinstance(body, dict) or not isinstance(order, dict):
        return None
    texts = all(isinstance(order.get(key), str) and order[key] for key in _OF_ORDER)
    timed = _is_time(body.get("started")) and all(
        _is_time(body[key]) for key in _TIMES_OF_DRAFT if body.get(key) is not None
    )
    restore, checks = body.get("restore") or {}, body.get("checks") or []
    objects = _are_objects(body, _OBJECTS_OF_DRAFT) and _are_objects(restore, _OBJECTS_OF_RESTORE)
    source = isinstance(order.get("source"), Mapping) and _is_number(order.get("verify_timeout", 0))
    checked = isinstance(checks, list) and all(_is_check(check) for check in checks)
    return body if texts and timed and objects and source and checked else None


def _are_objects(body: object, keys: Iterable[str]) -> bool:
    return isinstance(body, Mapping) and all(isinstance(body.get(key) or {}, Mapping) for key in keys)


def _is_check(check: object) -> bool:
    return isinstance(check, Mapping) and (check.get("age_seconds") is None or _is_number(check["age_seconds"]))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e12


def _is_time(value: object) -> bool:
    return parse_time(value) is not None


def facts_of_restore(result: Mapping[str, Any]) -> dict[str, Any]:
    """What a draft keeps of the result of a restore."""
    return {key: result[key] for key in _OF_RESTORE if result.get(key) is not None}


def secrets_of_restore(result: Mapping[str, Any]) -> list[str]:
    """What of the result of a restore must never be shown, the longest first."""
    connection = result.get("connection")
    found = [connection.get(key) for key in ("uri", "password")] if isinstance(connection, Mapping) else []
    return sorted((value for value in found if isinstance(value, str) and value), key=len, reverse=True)


def redacted(text: str, secrets: Iterable[str]) -> str:
    """The text without the secrets."""
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return text


def result_of(error: Mapping[str, Any] | None) -> Result:
    """How a drill ended that ended with this error."""
    if error is None:
        return "passed"
    if error["code"] == "timeout":
        return "timed_out"
    return "interrupted" if error["code"] == "interrupted" else "failed"


def evidence_of(draft: Mapping[str, Any], result: Result, finished: datetime, *, fork_deleted: bool) -> dict[str, Any]:
    """The body of an evidence file but for ``former``, in the form of docs/schemas/drill-evidence.schema.json."""
    order, restore = draft["order"], draft.get("restore") or {}
    restored = restore.get("restored") or {}
    started, verified = parse_time(draft["started"]), parse_time(draft.get("verified"))
    passed = result == "passed"
    checks = list(draft.get("checks") or ())
    return {
        "schema": SCHEMA,
        "project": order["project"],
        "service_name": order["service_name"],
        "service_type": order["service_type"],
        "secondary_region": order["secondary_region"],
        "fork_project": order["fork_project"],
        "fork_name": order["fork_name"],
        "fork_plan": (restore.get("fork") or {}).get("plan"),
        "started": draft["started"],
        "finished": format_time(finished),
        "result": result,
        "verified": passed,
        "recover_to": order["recover_to"],
        "point": restored.get("point"),
        "backup_name": restored.get("backup_name"),
        "recovered_to": format_time(parse_time(restore.get("recovered_to"))),
        "rpo": {"api_seconds": restored.get("rpo_seconds"), "sql_seconds": _rpo_by_sql(checks, started)},
        "rto_seconds": (verified - started).total_seconds() if passed and verified and started else None,
        # What was interrupted is ended by a later run: when its fork was deleted says nothing of how long that takes.
        "phases": _phases(draft, restore, None if result == "interrupted" else finished),
        "checks": checks,
        "source": order["source"],
        "price_usd_per_hour": order.get("price_usd_per_hour"),
        "fork_deleted": fork_deleted,
        "by": draft.get("by"),
        "generator": f"offsite.aiven {VERSION}",
        "error": draft.get("error"),
    }


def _rpo_by_sql(checks: Sequence[Mapping[str, Any]], started: datetime | None) -> float | None:
    """How much older than the beginning of the drill the newest row was that a check found."""
    ages = []
    for check in checks:
        age, at = check.get("age_seconds"), parse_time(check.get("at"))
        if age is not None and at is not None and started is not None:
            ages.append(max(0.0, round(age - (at - started).total_seconds(), 3)))
    return min(ages, default=None)


def _phases(draft: Mapping[str, Any], restore: Mapping[str, Any], finished: datetime | None) -> dict[str, float]:
    """Seconds by phase: those of the restore as Aiven tells them, then verifying, and deleting until ``finished``."""
    running, checked = parse_time(draft.get("running")), parse_time(draft.get("verified") or draft.get("failed"))
    phases = dict(restore.get("phases") or {})
    if running is not None and checked is not None:
        phases["verify"] = (checked - running).total_seconds()
    if checked is not None and finished is not None:
        phases["delete"] = (finished - checked).total_seconds()
    return phases
