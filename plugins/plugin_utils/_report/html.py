# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as one HTML file that loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import named_by_tag
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.document import SHARED, Page

_SCRIPTS = (
    "base.js",
    "audit.js",
    "table.js",
    "map.js",
    "about.js",
    "overview.js",
    "todo.js",
    "services.js",
    "changes.js",
    "coverage.js",
    "clauses.js",
    "drills.js",
    "frame.js",
    "main.js",
)
_PAGE = Page(
    template=SHARED / "template.html",
    styles=(SHARED / "style.css",),
    scripts=tuple(SHARED / name for name in _SCRIPTS),
    texts=(("LAND", SHARED / "land.txt"),),
)

# Texts that many services share are written once: 10,000 services take about 5 MB instead of 20.
_SHARED_TEXTS = (
    "project",
    "service_type",
    "plan",
    "state",
    "cloud_name",
    "primary_region",
    "secondary_region",
    "planned_region",
    "planned_reason",
    "protection",
    "pause_reason",
)
_OWN_VALUES = (
    "service_name",
    "tags",
    "migrated",
    "restore_point",
    "oldest_restorable",
    "rpo_seconds",
    "rpo_exact",
    "replicated_backups",
    "replicated_bytes",
    "explanation",
    "rpo_target_seconds",
    "exception",
    "drill",
    "verified_drill",
    "lag",
)


def as_html(audit: Mapping[str, Any]) -> str:
    """The report. ``audit`` is what :func:`~_audit.evaluate` gives, with or without run and comparison."""
    return _PAGE.filled(compact(audit), {"DAY": str(audit["generated_at"])[:10], "GENERATOR": str(audit["generator"])})


def compact(audit: Mapping[str, Any]) -> dict[str, Any]:
    """The audit with services as rows: shared texts and findings are numbers, places in ``texts`` and ``findings``; the
    services of a remedy are places in ``services``.
    """
    texts, findings = _Numbered(), _Numbered()
    controls = [control["id"] for control in audit["controls"]]
    owner_tag = audit["settings"]["owner_tag"]
    rows = [
        [
            *(texts.number(row[key]) for key in _SHARED_TEXTS),
            None if owner_tag is None else texts.number(named_by_tag(row["tags"], owner_tag)),
            *(row[key] for key in _OWN_VALUES),
            [
                findings.number((row["controls"][control]["result"], row["controls"][control]["message"]))
                for control in controls
            ],
        ]
        for row in audit["services"]
    ]
    places = {(row["project"], row["service_name"]): place for place, row in enumerate(audit["services"])}
    remedies = [
        {**remedy, "services": [places[row["project"], row["service_name"]] for row in remedy["services"]]}
        for remedy in audit["remedies"]
    ]
    return {
        **{key: value for key, value in audit.items() if key != "services"},
        "remedies": remedies,
        "shared": (*_SHARED_TEXTS, "owner"),
        "own": _OWN_VALUES,
        "services": rows,
        "texts": texts.values,
        "findings": findings.values,
    }


class _Numbered:
    """Values, each once, in the order in which they came; None stays None."""

    def __init__(self) -> None:
        self._numbers: dict[Any, int] = {}

    @property
    def values(self) -> list[Any]:
        return list(self._numbers)

    def number(self, value: Any) -> int | None:
        return None if value is None else self._numbers.setdefault(value, len(self._numbers))
