# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Aiven announces about its own API: calls that it is going to retire.

It sends the headers ``Deprecation`` (RFC 9745, ``@`` and seconds) and ``Sunset`` (RFC 8594, a date), and later answers 410
(docs/platform/reference/eol-for-major-versions.md of Aiven's documentation).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping
from datetime import UTC, datetime

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import UPDATE, parse_date

# A call is the same whatever it is about: names are taken out of its path, so that each call is told of once.
_NAMES = re.compile(r"/(project|service|organization|service-types)/[^/?]+")
_SECONDS = re.compile(r"@(\d{1,12})")


class Retirements:
    """Collects from the answers of all threads what is going to be retired."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._texts: dict[str, str] = {}
        self._taken: set[str] = set()

    def note(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """``headers`` are those of an answer, whatever their case."""
        deprecation, sunset = headers.get("Deprecation"), headers.get("Sunset")
        if deprecation is None and sunset is None:
            return
        call = " ".join((method, _NAMES.sub(r"/\1/{\1}", path.partition("?")[0])))
        since, until = _date(deprecation), _date(sunset)
        dates = [f"deprecated since {since}" if since else "deprecated", f"gone after {until}" if until else ""]
        with self._lock:
            self._texts[call] = f"Aiven retires {call} ({', '.join(filter(None, dates))}). {UPDATE}"

    def take(self) -> list[str]:
        """Warnings that have not been taken yet, one for each call."""
        with self._lock:
            new = [self._texts[call] for call in sorted(self._texts) if call not in self._taken]
            self._taken.update(self._texts)
        return new


def _date(header: str | None) -> str | None:
    """The day that a header names, None where it names none: ``Deprecation: true`` was usual before its RFC."""
    match = _SECONDS.fullmatch((header or "").strip())
    try:
        time = datetime.fromtimestamp(int(match[1]), UTC) if match else parse_date(header or "")
    except (ValueError, OverflowError, OSError):
        return None
    return f"{time:%Y-%m-%d}" if time else None
