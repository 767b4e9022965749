# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The form that the JSON report of an audit must have before another report can be made of it.

It is that of docs/schemas/audit.schema.json, as far as anything is read again; what is not is left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import RESULTS
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import STATUSES as OUTCOMES
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES

# Where a value is not of a form, in words; None where it is.
_Form = Callable[[object], "str | None"]


def mistake_of(report: object) -> str | None:
    """What is wrong with a report, and where; None for one that is whole."""
    return _AUDIT(report)


def _kind(words: str, holds: Callable[[Any], bool]) -> _Form:
    return lambda value: None if holds(value) else f" is no {words}"


def _maybe(form: _Form) -> _Form:
    return lambda value: None if value is None else form(value)


def _keys(forms: Mapping[str, _Form], optional: Mapping[str, _Form] | None = None) -> _Form:
    """An object with these keys, and others. Optional ones may be absent."""

    def checked(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return " is no object"
        for key, form in {**forms, **(optional or {})}.items():
            if key not in value:
                if key in forms:
                    return f" has no {key!r}"
                continue
            wrong = form(value[key])
            if wrong is not None:
                return f".{key}{wrong}"
        return None

    return checked


def _each(form: _Form) -> _Form:
    def checked(value: object) -> str | None:
        if not isinstance(value, list):
            return " is no list"
        return next((f"[{place}]{wrong}" for place, item in enumerate(value) if (wrong := form(item))), None)

    return checked


def _values(form: _Form) -> _Form:
    def checked(value: object) -> str | None:
        if not isinstance(value, Mapping):
            return " is no object"
        return next((f".{key}{wrong}" for key, item in value.items() if (wrong := form(item))), None)

    return checked


_TEXT = _kind("text", lambda value: isinstance(value, str))
_FLAG = _kind("truth value", lambda value: isinstance(value, bool))
_COUNT = _kind("count", lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 63)
_SECONDS = _kind(
    "number of seconds",
    lambda value: isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < 1e12,
)
_TIME = _kind("time", lambda value: parse_time(value) is not None)
_MAYBE_TEXT, _MAYBE_COUNT, _MAYBE_TIME = _maybe(_TEXT), _maybe(_COUNT), _maybe(_TIME)

_FINDING = _keys({"result": _kind("result", lambda value: value in RESULTS), "message": _TEXT})
_SERVICE = _keys(
    {
        **dict.fromkeys(
            ("project", "service_name", "service_type", "plan", "state", "cloud_name", "primary_region", "explanation"),
            _TEXT,
        ),
        **dict.fromkeys(("secondary_region", "planned_region", "planned_reason", "pause_reason"), _MAYBE_TEXT),
        **dict.fromkeys(("restore_point", "oldest_restorable"), _MAYBE_TIME),
        **dict.fromkeys(("rpo_seconds", "replicated_backups", "replicated_bytes"), _MAYBE_COUNT),
        **dict.fromkeys(("migrated", "rpo_exact"), _FLAG),
        "rpo_target_seconds": _COUNT,
        "tags": _values(_TEXT),
        "protection": _kind("protection", lambda value: isinstance(value, str) and value in STATUSES),
        "exception": _maybe(_keys({"reason": _TEXT, "until": _TEXT, "expired": _FLAG})),
        "drill": _maybe(_keys({"finished": _TIME, "verified": _FLAG, "rto_seconds": _maybe(_SECONDS)})),
        "lag": _each(_keys({})),
        "controls": _keys({control.id: _FINDING for control in CONTROLS}),
    }
)
_SCOPE = _keys(
    {},
    {
        **dict.fromkeys(("projects", "services", "service_types"), _each(_TEXT)),
        **dict.fromkeys(("tags", "unreadable_projects"), _values(_TEXT)),
    },
)
_SETTINGS = _keys(
    {
        **dict.fromkeys(
            ("drill_max_age_days", "drill_rto_target_seconds", "max_interval_seconds", "min_retention_seconds"),
            _MAYBE_COUNT,
        ),
        **dict.fromkeys(("key_tag", "owner_tag"), _MAYBE_TEXT),
        "deletion_protection": _FLAG,
    }
)
_RUN = _keys({"summary": _keys(dict.fromkeys((*OUTCOMES, "total"), _COUNT)), "outcomes": _each(_keys({}))})
_AUDIT = _keys(
    {
        **dict.fromkeys(("schema", "name", "generator"), _TEXT),
        "generated_at": _TIME,
        "scope": _SCOPE,
        "settings": _SETTINGS,
        "clouds": _values(_keys({})),
        "services": _each(_SERVICE),
        "run": _maybe(_RUN),
    }
)
