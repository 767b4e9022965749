# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The form that the JSON report of an audit must have before another report can be made of it.

It is that of docs/schemas/audit.schema.json, as far as anything is read again; what is not is left alone.
"""

from __future__ import annotations

from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import ASKED, RESULTS
from ansible_collections.offsite.aiven.plugins.module_utils._core.forms import (
    COUNT,
    FLAG,
    MAYBE_COUNT,
    MAYBE_TEXT,
    MAYBE_TIME,
    SECONDS,
    TEXT,
    TIME,
    each,
    keys,
    kind,
    maybe,
    values,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import STATUSES as OUTCOMES
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES


def mistake_of(report: object) -> str | None:
    """What is wrong with a report, and where; None for one that is whole."""
    return _AUDIT(report)


_FINDING = keys({"result": kind("result", lambda value: value in RESULTS), "message": TEXT})
_DRILL = keys(
    {
        **dict.fromkeys(("started", "finished"), TIME),
        **dict.fromkeys(("secondary_region", "fork_name"), TEXT),
        **dict.fromkeys(("fork_project", "result", "by", "file", "sha256"), MAYBE_TEXT),
        "recovered_to": MAYBE_TIME,
        "verified": FLAG,
        "rto_seconds": maybe(SECONDS),
        "checks": maybe(keys({"passed": COUNT, "total": COUNT})),
    }
)
_SERVICE = keys(
    {
        **dict.fromkeys(
            ("project", "service_name", "service_type", "plan", "state", "cloud_name", "primary_region", "explanation"),
            TEXT,
        ),
        **dict.fromkeys(("secondary_region", "planned_region", "planned_reason", "pause_reason"), MAYBE_TEXT),
        **dict.fromkeys(("restore_point", "oldest_restorable"), MAYBE_TIME),
        **dict.fromkeys(("rpo_seconds", "replicated_backups", "replicated_bytes"), MAYBE_COUNT),
        **dict.fromkeys(("migrated", "rpo_exact"), FLAG),
        "rpo_target_seconds": COUNT,
        "tags": values(TEXT),
        "protection": kind("protection", lambda value: isinstance(value, str) and value in STATUSES),
        "exception": maybe(keys({"reason": TEXT, "until": TEXT, "expired": FLAG})),
        "drill": maybe(_DRILL),
        "verified_drill": maybe(_DRILL),
        "asked": keys(dict.fromkeys(ASKED, MAYBE_COUNT)),
        "lag": each(keys({})),
        "controls": keys({control.id: _FINDING for control in CONTROLS}),
    }
)
SCOPE = keys(
    {},
    {
        **dict.fromkeys(("projects", "services", "service_types"), each(TEXT)),
        **dict.fromkeys(("gone", "mistakes", "limits"), each(TEXT)),
        **dict.fromkeys(("tags", "unreadable_projects"), values(TEXT)),
        **dict.fromkeys(("hosts", "hosts_in_inventory"), MAYBE_COUNT),
        "limit": MAYBE_TEXT,
        "left_out": values(COUNT),
    },
)
_SETTINGS = keys(
    {
        **dict.fromkeys(ASKED, MAYBE_COUNT),
        **dict.fromkeys(("key_tag", "owner_tag"), MAYBE_TEXT),
        "deletion_protection": FLAG,
        "differing": each(TEXT),
    }
)
_RUN = keys({"summary": keys(dict.fromkeys((*OUTCOMES, "total"), COUNT)), "outcomes": each(keys({}))})
_AUDIT = keys(
    {
        **dict.fromkeys(("schema", "name", "generator"), TEXT),
        "generated_at": TIME,
        "scope": SCOPE,
        "settings": _SETTINGS,
        "clouds": values(keys({})),
        "services": each(_SERVICE),
        "run": maybe(_RUN),
        "by": maybe(keys({"user": TEXT, "host": TEXT})),
    }
)
