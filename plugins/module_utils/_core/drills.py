# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The evidence that a drill leaves: one JSON file, whose form is docs/schemas/drill-evidence.schema.json."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time, parse_time

SCHEMA = "offsite.aiven/drill/1"

Result = Literal["passed", "failed", "timed_out", "interrupted"]
RESULTS: tuple[Result, ...] = ("passed", "failed", "timed_out", "interrupted")

# Data that has grown by more than this factor is of another size class: it takes longer to restore.
_GROWTH = 2

# Evidence is dated by the clock of the machine that drilled, an audit by the API's.
_CLOCKS_DIFFER = timedelta(hours=1)

_TEXTS = ("project", "service_name", "secondary_region", "fork_name")


class InvalidEvidence(Exception):
    """What should be the evidence of a drill is none. The text says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a drill proves depends on these facts of its source. ``data_bytes`` is the usual size of a backup; None: not told."""

    plan: str | None = None
    cloud: str | None = None
    version: str | None = None
    data_bytes: int | None = None

    def as_dict(self) -> dict[str, Any]:
        return {"plan": self.plan, "cloud": self.cloud, "version": self.version, "data_bytes": self.data_bytes}


@dataclass(frozen=True, slots=True)
class Drill:
    """A fork made from a secondary region. ``recovered_to`` is None where it is not known.

    ``rto_seconds`` is the time from ``started`` until the fork was verified; None where it never was. ``result`` and
    ``source`` are None in evidence that was not written by a drill of this collection, and so may be what follows: the
    project of the fork, how many ``checks`` passed of how many, who drilled. ``file`` and ``sha256`` say where that is written.
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
    result: Result | None = None
    source: Circumstances | None = None
    fork_project: str | None = None
    checks: tuple[int, int] | None = None
    by: str | None = None
    file: str | None = None
    sha256: str | None = None

    def is_after(self, now: datetime) -> bool:
        """Whether it ended later than ``now``, by clocks that differ more than they may."""
        return self.finished > now + _CLOCKS_DIFFER

    def as_dict(self) -> dict[str, Any]:
        checks = self.checks
        return {
            "secondary_region": self.secondary_region,
            "fork_project": self.fork_project,
            "fork_name": self.fork_name,
            "started": format_time(self.started),
            "finished": format_time(self.finished),
            "recovered_to": format_time(self.recovered_to),
            "verified": self.verified,
            "rto_seconds": self.rto_seconds,
            "result": self.result,
            "checks": None if checks is None else {"passed": checks[0], "total": checks[1]},
            "by": self.by,
            "file": self.file,
            "sha256": self.sha256,
        }


def parse_drill(body: object, file: str | None = None, sha256: str | None = None) -> Drill:
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
        result=_result(body),
        source=_circumstances(body.get("source")),
        fork_project=_text(body.get("fork_project")),
        checks=_checks(body.get("checks")),
        by=_who(body.get("by")),
        file=file,
        sha256=sha256,
    )


def differences(before: Circumstances, after: Circumstances) -> list[str]:
    """In words, what has changed so much that a drill proves nothing any more. What is not told on either side has not."""
    found = [
        f"{what} was {old} and is {new}"
        for what, old, new in (
            ("its plan", before.plan, after.plan),
            ("its cloud", before.cloud, after.cloud),
            ("its version", _major(before.version), _major(after.version)),
        )
        if old is not None and new is not None and old != new
    ]
    if before.data_bytes and after.data_bytes and after.data_bytes > _GROWTH * before.data_bytes:
        found.append(f"its data has grown from {before.data_bytes:,} to {after.data_bytes:,} bytes")
    return found


def drills_by_service(drills: Iterable[Drill]) -> dict[tuple[str, str], list[Drill]]:
    """The drills of each (project, service name), newest first."""
    found: dict[tuple[str, str], list[Drill]] = {}
    for drill in sorted(drills, key=lambda drill: drill.finished, reverse=True):
        found.setdefault((drill.project, drill.service_name), []).append(drill)
    return found


def _result(body: Mapping[str, Any]) -> Result | None:
    told = body.get("result")
    if told is None:
        return None
    found = next((result for result in RESULTS if result == told), None)
    if found is None or (found == "passed") is not body["verified"]:
        raise InvalidEvidence(f"'result' is {told!r}, which does not go with 'verified'")
    return found


def _circumstances(body: object) -> Circumstances | None:
    if body is None:
        return None
    if not isinstance(body, Mapping):
        raise InvalidEvidence("'source' is not an object")
    size, texts = body.get("data_bytes"), [body.get(key) for key in ("plan", "cloud", "version")]
    plan, cloud, version = (text if isinstance(text, str) else None for text in texts)
    return Circumstances(
        plan, cloud, version, data_bytes=size if isinstance(size, int) and not isinstance(size, bool) else None
    )


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _checks(body: object) -> tuple[int, int] | None:
    """How many passed, of how many; None where the evidence does not say what was looked at."""
    if not isinstance(body, list):
        return None
    return sum(1 for check in body if isinstance(check, Mapping) and check.get("passed") is True), len(body)


def _who(body: object) -> str | None:
    """Like ``ann@machine``."""
    if not isinstance(body, Mapping):
        return None
    return "@".join(filter(None, map(_text, (body.get("user"), body.get("host"))))) or None


def _major(version: str | None) -> str | None:
    return None if version is None else version.partition(".")[0]


def _time(body: Mapping[str, Any], key: str) -> datetime:
    time = parse_time(body.get(key))
    if time is None:
        raise InvalidEvidence(f"'{key}' is not a time like 2026-09-01T12:00:00Z")
    return time


def _is_duration(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e9
