# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as one HTML file that loads nothing: a template, its style and scripts, and the audit as JSON in it.

The browser builds what it shows from that JSON as text, never as markup, and its security policy allows no other script,
no other style and no connection.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "page"
_SCRIPTS = ("base.js", "table.js", "map.js", "overview.js", "todo.js", "services.js", "changes.js", "main.js")
_PLACE = re.compile(r"@@([A-Z_]+)@@")

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
    "lag",
)


def as_html(audit: Mapping[str, Any]) -> str:
    """The report. ``audit`` is what :func:`~_audit.evaluate` gives, with or without run and comparison."""
    parts = {
        **_fixed_parts(),
        "DATA": _as_script_data(compact(audit)),
        "DAY": html.escape(str(audit["generated_at"])[:10]),
        "GENERATOR": html.escape(str(audit["generator"])),
    }
    # One pass, so that nothing in the data is taken for a place.
    return _PLACE.sub(lambda place: parts[place.group(1)], _read("template.html"))


def compact(audit: Mapping[str, Any]) -> dict[str, Any]:
    """The audit with services as rows: shared texts and findings are numbers, places in ``texts`` and ``findings``; the
    services of a remedy are places in ``services``.
    """
    texts, findings = _Numbered(), _Numbered()
    controls = [control["id"] for control in audit["controls"]]
    rows = [
        [
            *(texts.number(row[key]) for key in _SHARED_TEXTS),
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
        "shared": _SHARED_TEXTS,
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


@lru_cache(maxsize=1)
def _fixed_parts() -> dict[str, str]:
    style = _read("style.css")
    script = '"use strict";(() => {\n' + "\n".join(_read(name) for name in _SCRIPTS) + "})();\n"
    return {
        "STYLE": style,
        "STYLE_HASH": _hash(style),
        "SCRIPT": script,
        "SCRIPT_HASH": _hash(script),
        "LAND": _read("land.txt").strip(),
    }


def _read(name: str) -> str:
    return (_FOLDER / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _as_script_data(data: Mapping[str, Any]) -> str:
    """JSON that ends no script element and opens no comment in it, in ASCII, which any reader decodes alike."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
