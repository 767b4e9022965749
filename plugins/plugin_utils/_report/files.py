# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of an audit on the controller: the reports that it writes, and the former audit that it reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from itertools import chain
from json import JSONDecodeError
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import InvalidAudit, with_run
from ansible_collections.offsite.aiven.plugins.module_utils._core.comparison import compare_audits
from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.oscal import as_oscal
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_form import mistake_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import (
    as_csv,
    as_json,
    as_junit,
    as_prometheus,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import trend_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import SHARED, read_regular, write_whole
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.html import as_html

# Format -> name of its file, and who writes it.
_WRITERS: Mapping[str, tuple[str, Callable[[Mapping[str, Any]], str | Iterable[str]]]] = {
    "html": ("btar-audit.html", as_html),
    "json": ("btar-audit.json", as_json),
    "csv": ("btar-audit.csv", as_csv),
    "junit": ("btar-audit.junit.xml", as_junit),
    "prometheus": ("btar-audit.prom", as_prometheus),
    "oscal": ("btar-audit.oscal.json", as_oscal),
}
FORMATS = tuple(_WRITERS)
_BOM = "\ufeff"


class ReportError(Exception):
    """A file of an audit cannot be written or read. The text names the file and the remedy."""


def write_reports(
    audit: Mapping[str, Any],
    outcomes: Iterable[Mapping[str, Any]],
    directory: str | Path,
    formats: Iterable[str] = FORMATS,
    former: Mapping[str, Any] | None = None,
    *,
    history: Iterable[Mapping[str, Any]] | None = None,
    csv_bom: bool = True,
) -> dict[str, str]:
    """Write the reports of an audit; returns the absolute path by format.

    ``outcomes`` are those of the run that the audit follows, in their public shape; ``former`` is what
    :func:`read_former` gave, ``history`` what :func:`~_history.read_history` gave. ``csv_bom`` begins the CSV with a byte order
    mark: without one, spreadsheets take UTF-8 for the encoding of their system. Each file appears whole or not at all. Raises
    :class:`ReportError`.
    """
    whole = with_run(audit, outcomes)
    if former is not None:
        whole["comparison"] = compare_audits(former, audit)
    if history is not None:
        whole["trend"] = trend_of(history, audit)
    folder = Path(directory).absolute()
    paths = {}
    for name in formats:
        file_name, write = _WRITERS[name]
        text = write(whole)
        if name == "csv" and csv_bom:
            text = chain((_BOM,), text)
        paths[name] = write_file(folder / file_name, text)
    return paths


def read_former(path: str | Path, what: str = "former audit") -> dict[str, Any]:
    """The former audit in a JSON report, called ``what`` in messages. Raises :class:`ReportError` when there is none."""
    try:
        former = parse_json(read_regular(path))
        # Comparing with itself reads all of it that a comparison needs.
        compare_audits(former, former)
    except (OSError, ValueError, InvalidAudit, KeyError, TypeError) as error:
        reason = getattr(error, "strerror", None) or error
        if isinstance(error, JSONDecodeError):
            reason = f"it is no JSON ({error})"
        raise ReportError(f"{what} {path} cannot be read: {reason}. Give the JSON report of an audit.") from None
    return dict(former)


def read_report(path: str | Path) -> dict[str, Any]:
    """The audit in a JSON report, whole enough to make others of it. Raises :class:`ReportError`."""
    report = read_former(path, "report")
    mistake = mistake_of(report)
    if mistake is not None:
        raise ReportError(f"report {path} is not whole: it{mistake}. Give the JSON report of an audit by this version.")
    return report


def write_file(path: Path, text: str | Iterable[str], mode: int = SHARED) -> str:
    """Write the text, or its pieces, whole or not at all, with this mode less the umask; returns the path. Raises
    :class:`ReportError`.
    """
    pieces = (text,) if isinstance(text, str) else text
    try:
        write_whole(path, (piece.encode() for piece in pieces), mode)
    except OSError as error:
        raise ReportError(
            f"directory: {path} cannot be written: {error.strerror}. Give a folder that can be written to."
        ) from None
    return str(path)
