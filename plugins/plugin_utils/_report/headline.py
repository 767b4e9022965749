# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The figures of an audit in one line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted


def headline_words(headline: Mapping[str, Any]) -> str:
    """What the ``headline`` of an audit says."""
    failed = headline["failed_controls"]
    of_all = counted(
        headline["protectable"],
        "service that can have a copy is protected",
        "services that can have a copy are protected",
    )
    errors, warnings = (counted(failed[severity], severity) for severity in ("error", "warning"))
    return f"{headline['protected']} of {of_all}; {errors} and {warnings}"
