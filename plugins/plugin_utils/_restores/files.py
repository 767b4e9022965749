# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file that says which service is which now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import as_json
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import PRIVATE
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import write_file

NAME, PLAN_NAME = "btar-restored.json", "btar-restored.plan.json"


def write_restored(document: Mapping[str, Any], directory: str | Path) -> str:
    """Write the document, mode 0600; returns its absolute path. Raises ReportError.

    In check mode nothing was restored: that must not stand in the place of what was.
    """
    path = Path(directory).absolute() / (PLAN_NAME if document["check_mode"] else NAME)
    return write_file(path, as_json(document), PRIVATE)
