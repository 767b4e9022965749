# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence that a drill leaves: one JSON file, whose form is docs/schemas/drill-evidence.schema.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time, parse_time

SCHEMA = "offsite.aiven/drill/1"

_TEXTS = ("project", "service_name", "secondary_region", "fork_name")


class InvalidEvidence(Exception):
    """What should be the evidence of a drill is none. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Drill:
    """A fork made from a secondary region. ``recovered_to`` is None for the newest backup there.

    ``rto_seconds`` is the time from ``started`` until the fork was verified; None where it never was.
    """

    project: str
    service_name: str
    secondary_region: str
    fork_name: str
    started: datetime
    finished: datetime
    verified: bool
    rto_seconds: float | None
    recovered_to: datetime | None = None

    def as_dict(self) -> dict[str, Any]:
        return {
            "secondary_region": self.secondary_region,
            "fork_name": self.fork_name,
            "started": format_time(self.started),
            "finished": format_time(self.finished),
            "recovered_to": format_time(self.recovered_to),
            "verified": self.verified,
            "rto_seconds": self.rto_seconds,
        }


def parse_drill(body: object) -> Drill:
    """The drill that a parsed evidence file tells of. Raises :class:`InvalidEvidence`; unknown keys are left alone."""
    if not isinstance(body, Mapping) or body.get("schema") != SCHEMA:
        raise InvalidEvidence(f"'schema' is not {SCHEMA}")
    for key in _TEXTS:
        if not isinstance(body.get(key), str) or not body[key]:
            raise InvalidEvidence(f"'{key}' is not a text")
    if not isinstance(body.get("verified"), bool):
        raise InvalidEvidence("'verified' is neither true nor false")
    rto = body.get("rto_seconds")
    if (rto is not None or body["verified"]) and not _is_duration(rto):
        raise InvalidEvidence("'rto_seconds' is not a number of seconds")
    return Drill(
        **{key: body[key] for key in _TEXTS},
        started=_time(body, "started"),
        finished=_time(body, "finished"),
        verified=body["verified"],
        rto_seconds=None if rto is None else float(rto),
        recovered_to=None if body.get("recovered_to") is None else _time(body, "recovered_to"),
    )


def drills_by_service(drills: Iterable[Drill]) -> dict[tuple[str, str], list[Drill]]:
    """The drills of each (project, service name), newest first."""
    found: dict[tuple[str, str], list[Drill]] = {}
    for drill in sorted(drills, key=lambda drill: drill.finished, reverse=True):
        found.setdefault((drill.project, drill.service_name), []).append(drill)
    return found


def _time(body: Mapping[str, Any], key: str) -> datetime:
    time = parse_time(body.get(key))
    if time is None:
        raise InvalidEvidence(f"'{key}' is not a time like 2026-09-01T12:00:00Z")
    return time


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
