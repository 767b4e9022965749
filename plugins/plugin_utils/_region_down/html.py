# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report of a lost region as one HTML file that loads nothing, made like that of an audit."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.plugin_utils._report import document
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.document import Page

_OWN = Path(__file__).parent / "page"
_PAGE = Page(
    template=_OWN / "template.html",
    styles=(document.SHARED / "style.css", _OWN / "region_down.css"),
    scripts=(
        document.SHARED / "base.js",
        document.SHARED / "table.js",
        document.SHARED / "frame.js",
        _OWN / "region_down.js",
    ),
)


def as_html(report: Mapping[str, Any]) -> str:
    """The report. ``report`` is what ``region_down`` gives."""
    return _PAGE.filled(report, {"REGION": str(report["region"]), "GENERATOR": str(report["generator"])})
