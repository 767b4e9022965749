# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several audits made one, as the slices of a run leave them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import (
    InvalidAudit,
    label,
    name_of,
    summed_up,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import NOTHING_WANTED
from ansible_collections.offsite.aiven.plugins.module_utils._core.remedies import Invocation

# The settings of a run. What is asked of services may differ between those of one run.
_OF_RUN = tuple(asdict(NOTHING_WANTED))
# What narrows an audit. Two that were narrowed otherwise are no slices of one run.
_NARROWING = ("services", "service_types", "tags")


def merge_audits(
    audits: Sequence[Mapping[str, Any]],
    name: str | None = None,
    invocation: Invocation | None = None,
    by: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """One audit of what several have looked at, as the slices of a run do: the same as if one had looked at all.

    It is as old as the oldest of them. A service that several have seen is as the newest saw it. ``by`` is who merges them. Raises
    :class:`InvalidAudit` when they were not made alike.
    """
    by_age = sorted(audits, key=lambda audit: str(audit["generated_at"]))
    oldest = by_age[0]
    for place, value in _of_run(oldest).items():
        if any(_of_run(audit)[place] != value for audit in by_age):
            raise InvalidAudit(f"they differ in {place!r}, so they are not of one run")
    newest = {label(row): row for audit in by_age for row in audit["services"]}
    rows = [newest[key] for key in sorted(newest)]
    scope = _merged_scope([audit["scope"] for audit in by_age])
    clouds = {key: cloud for audit in by_age for key, cloud in audit["clouds"].items()}
    return {
        **oldest,
        "name": name or name_of(scope),
        "by": None if by is None else dict(by),
        "scope": scope,
        **summed_up(rows, oldest["settings"], invocation or Invocation()),
        "clouds": dict(sorted(clouds.items())),
        "services": rows,
        "trend": None,
        "comparison": None,
        "run": _merged_runs([audit["run"] for audit in by_age if audit["run"]]),
    }


def _of_run(audit: Mapping[str, Any]) -> dict[str, Any]:
    """What all slices of a run have alike, by its place."""
    return {
        **{key: audit[key] for key in ("schema", "generator")},
        **{f"settings.{key}": audit["settings"].get(key) for key in _OF_RUN},
        **{f"scope.{key}": audit["scope"].get(key) or None for key in _NARROWING},
    }


def _merged_scope(scopes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """That of all. Slices have a limit each, which is none of the whole; how many hosts there are besides nobody knows."""
    rest = {key: value for key, value in scopes[0].items() if key not in ("limit", "hosts", "hosts_in_inventory")}
    limits = sorted({text for scope in scopes for text in [scope.get("limit"), *(scope.get("limits") or ())] if text})
    left_out: Counter[str] = Counter()
    for scope in scopes:
        left_out.update(scope.get("left_out") or {})
    hosts = [scope.get("hosts") for scope in scopes]
    return {
        **rest,
        "projects": sorted({project for scope in scopes for project in scope.get("projects", ())}),
        "unreadable_projects": {
            key: why for scope in scopes for key, why in (scope.get("unreadable_projects") or {}).items()
        },
        **({"limits": limits} if limits else {}),
        "hosts": None if None in hosts else sum(filter(None, hosts)),
        "hosts_in_inventory": None,
        "left_out": dict(sorted(left_out.items())),
        **{key: sorted({text for scope in scopes for text in scope.get(key) or ()}) for key in ("gone", "mistakes")},
    }


def _merged_runs(runs: Sequence[Mapping[str, Any]]) -> dict[str, Any] | None:
    if not runs:
        return None
    summary = {status: sum(run["summary"][status] for run in runs) for status in runs[0]["summary"]}
    return {"summary": summary, "outcomes": [outcome for run in runs for outcome in run["outcomes"]]}
