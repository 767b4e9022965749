# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reports of a lost region on the controller."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import as_json
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.html import as_html
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import write_file

# Format -> name of its file, and who writes it.
_WRITERS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str | Iterable[str]]]] = {
    "html": ("btar-region-down.html", as_html),
    "json": ("btar-region-down.json", as_json),
}
FORMATS = tuple(_WRITERS)


def write_reports(report: Mapping[str, Any], directory: str | Path, formats: Iterable[str] = FORMATS) -> dict[str, str]:
    """Write the reports; returns the absolute path by format. Each file appears whole or not at all. Raises ReportError."""
    folder = Path(directory).absolute()
    return {name: write_file(folder / _WRITERS[name][0], _WRITERS[name][1](report)) for name in formats}
