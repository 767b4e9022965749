# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes of a run as one value, small enough to travel from job to job where there is no disk that both see.

``{schema, run_id, time, check_mode, undoes, changes}``; each change is ``project``, ``service_name``, ``change``, ``before`` and
``after`` as an outcome has them. With ``check_mode`` it is a plan.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome, format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RUN_ID, RecordError, Run, is_whole

SCHEMA = "offsite.aiven/changes/1"
# Automation controllers keep an artifact in a row of their database and give it to the next job on its command line's behalf.
MOST_BYTES = 500_000

_TAKEN = ("project", "service_name", "change", "before", "after")


def as_artifact(outcomes: Iterable[Outcome], *, check_mode: bool, undoes: str | None) -> dict[str, Any]:
    """The changes that were made, or in check mode would be. Raises RecordError if they are too many for an artifact."""
    rows = [outcome.as_dict() for outcome in outcomes if outcome.changed and outcome.change]
    artifact = {
        "schema": SCHEMA,
        "run_id": RUN_ID,
        "time": format_time(datetime.now(UTC)),
        "check_mode": check_mode,
        "undoes": undoes,
        "changes": [{key: row[key] for key in _TAKEN} for row in rows],
    }
    size = len(json.dumps(artifact))
    if size > MOST_BYTES:
        raise RecordError(
            f"{counted(len(rows), 'change')} are {size} bytes, an artifact may have {MOST_BYTES}: limit the run to fewer services, "
            "or set btar_artifact=false and keep the record (btar_record) where the next job can read it"
        )
    return artifact


def run_of_artifact(value: object) -> Run:
    """The run that an artifact, or its JSON text, tells of. Raises RecordError."""
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError:
            raise RecordError("the text is not JSON: give the artifact whole") from None
    if not isinstance(value, Mapping) or value.get("schema") != SCHEMA:
        found = value.get("schema") if isinstance(value, Mapping) else type(value).__name__
        raise RecordError(f"it is {found!r} and not {SCHEMA!r}: give a file that `record` has written, or an artifact")
    changes = value.get("changes")
    if not isinstance(changes, list):
        raise RecordError("the artifact has no list of changes: it was changed after it was made")
    return Run(
        run_id=str(value.get("run_id")),
        check_mode=value.get("check_mode") is True,
        time=str(value.get("time")),
        undoes=str(value["undoes"]) if value.get("undoes") else None,
        outcomes=[_checked(number, row) for number, row in enumerate(changes, start=1)],
        ends=["finished"],
    )


def is_artifact(value: object) -> bool:
    """Whether it is a value, or the text of one, and not the path of a record."""
    return not isinstance(value, str) or value.lstrip().startswith("{")


def _checked(number: int, row: object) -> dict[str, Any]:
    if not isinstance(row, Mapping) or row.get("change") is None or not is_whole({**row, "changed": True}):
        raise RecordError(f"change {number} of the artifact is not whole: it was changed after it was made")
    return {**{key: row[key] for key in _TAKEN}, "changed": True}
