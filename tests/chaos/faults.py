# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later


"""What goes wrong: the columns of the matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

READS, WRITES = "GET", "POST|PUT|DELETE"


@dataclass(frozen=True)
class Fault:
    """One column. ``lasts``: once, for ever, or for ever after the second request (midway). ``slow`` costs real seconds."""

    name: str
    kind: str
    on: str
    lasts: Literal["once", "ever", "midway"] = "once"
    more: Mapping[str, Any] = field(default_factory=dict)
    slow: bool = False

    @property
    def spec(self) -> dict[str, Any]:
        """The fault as the simulator takes it."""
        count = 1 if self.lasts == "once" else None
        after = 2 if self.lasts == "midway" and self.on == READS else 1 if self.lasts == "midway" else 0
        return {"kind": self.kind, "method": self.on, "count": count, "after": after, **self.more}

    @property
    def code(self) -> str | None:
        """The error code of what this ends as where it cannot be healed."""
        return CODES.get(self.kind.partition("_")[0])


# By kind of fault: docs/errors.md in the words of the wire.
CODES = {
    **dict.fromkeys(("408", "502", "503", "504"), "api_error"),
    "bomb": "invalid_response",
    "429": "rate_limited",
    "reset": "api_unreachable",
    "truncated": "invalid_response",
    "empty": "invalid_response",
    "body": "invalid_response",
    "401": "authentication_failed",
    "403": "permission_denied",
}
_LOST = ("408", "502", "503", "504", "reset", "truncated", "empty")
_ARRAY = {"body": []}
_WAIT = {"wait": 0.1}
_DRIP = {"seconds": 0.2}
# How often an old state is read.
_STALE = {"reads": 2}
# The simulator's clock begins on 1 September 2026 at 12:00.
_DATES = {
    "2 h behind": "Tue, 01 Sep 2026 10:00:00 GMT",
    "2 h ahead": "Tue, 01 Sep 2026 14:00:00 GMT",
    "40 days ahead": "Sun, 11 Oct 2026 12:00:00 GMT",
    "unreadable": "yesterday",
}

FAULTS = (
    *(
        Fault(f"read {kind} once", kind, READS)
        for kind in ("408", "502", "503", "504", "reset", "cut", "truncated", "empty")
    ),
    Fault("read array once", "body", READS, more=_ARRAY),
    Fault("read 429 once", "429", READS, more=_WAIT),
    *(Fault(f"read {kind} ever", kind, READS, "ever") for kind in ("408", "502", "503", "504", "reset", "truncated")),
    *(Fault(f"read {kind} ever", kind, READS, "ever") for kind in ("401", "403")),
    Fault("read 429 ever", "429", READS, "ever", _WAIT),
    Fault("read array ever", "body", READS, "ever", _ARRAY),
    *(Fault(f"read {kind} midway", kind, READS, "midway") for kind in ("503", "reset", "401")),
    Fault("read drip once", "drip", READS, more=_DRIP, slow=True),
    Fault("read endless once", "endless", READS, slow=True),
    Fault("read bomb once", "bomb", READS, slow=True),
    Fault("read bomb ever", "bomb", READS, "ever", slow=True),
    *(Fault(f"clock {name}", "headers", "*", "ever", {"headers": {"date": date}}) for name, date in _DATES.items()),
    *(Fault(f"write {kind} before", f"{kind}_before", WRITES) for kind in _LOST),
    *(Fault(f"write {kind} after", f"{kind}_after", WRITES) for kind in _LOST),
    Fault("write 429 once", "429", WRITES, more=_WAIT),
    *(Fault(f"write {kind} ever", f"{kind}_before", WRITES, "ever") for kind in ("503", "reset", "truncated")),
    Fault("write 403 ever", "403", WRITES, "ever"),
    *(Fault(f"write {kind} after ever", f"{kind}_after", WRITES, "ever") for kind in ("503", "reset", "truncated")),
    *(Fault(f"write {kind} midway", f"{kind}_before", WRITES, "midway") for kind in ("503", "reset")),
    # What was changed is not seen at once.
    Fault("write stale ever", "stale", WRITES, "ever", _STALE),
    Fault("write stale and lost", "stale_lost", WRITES, more=_STALE),
    Fault("write drip after", "drip_after", WRITES, more=_DRIP, slow=True),
)
