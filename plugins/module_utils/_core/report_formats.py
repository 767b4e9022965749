# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as JSON, CSV, JUnit XML and Prometheus text. Whatever the API calls a service, it stays a piece of text.

Each comes piece by piece: the whole takes tens of megabytes for 10,000 services.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple
from xml.sax.saxutils import escape, quoteattr

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import printable

# A spreadsheet takes a cell that starts like this for a formula (OWASP: CSV injection).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

_CSV_COLUMNS = (
    "project",
    "service_name",
    "service_type",
    "plan",
    "state",
    "cloud_name",
    "primary_region",
    "secondary_region",
    "planned_region",
    "protection",
    "rpo_seconds",
    "rpo_exact",
    "rpo_target_seconds",
    "restore_point",
    "oldest_restorable",
    "replicated_backups",
    "replicated_bytes",
    "pause_reason",
    "explanation",
)


class Sample(NamedTuple):
    """A sample of a metric, with its labels as they are written. A value of None is left out."""

    labels: str
    value: float | None


class Told(NamedTuple):
    """What samples are made of: the audit, the label that tells it from others, its controls' severities by id, and its
    services, each with its labels.
    """

    audit: Mapping[str, Any]
    label: str
    severities: Mapping[str, str]
    services: Sequence[tuple[Mapping[str, Any], str]]


def as_json(audit: Mapping[str, Any]) -> Iterator[str]:
    """JSON, one line for a service, so that two audits can be compared with diff."""
    rest = json.dumps({key: value for key, value in audit.items() if key != "services"}, allow_nan=False)
    yield f'{rest[:-1]}, "services": ['
    separator = "\n"
    for row in audit["services"]:
        yield f"{separator}{json.dumps(row, allow_nan=False)}"
        separator = ",\n"
    yield "\n]}\n"


def as_csv(audit: Mapping[str, Any]) -> Iterator[str]:
    """CSV (RFC 4180) with a header: one row for a service, the result of every control in a column of its own."""
    controls = [control["id"] for control in audit["controls"]]
    text = io.StringIO()
    # Texts are quoted always: where a spreadsheet separates by semicolons, one in a text starts no cell.
    writer = csv.writer(text, quoting=csv.QUOTE_NONNUMERIC)
    writer.writerow([*_CSV_COLUMNS, "exception_until", "exception_reason", "last_drill", *controls])
    yield _taken(text)
    for row in audit["services"]:
        exception, drill = row["exception"] or {}, row["drill"] or {}
        cells = [row[column] for column in _CSV_COLUMNS]
        cells += [exception.get("until"), exception.get("reason"), drill.get("finished")]
        results = [row["controls"][control]["result"] for control in controls]
        writer.writerow([*map(_cell, cells), *results])
        yield _taken(text)


def as_junit(audit: Mapping[str, Any]) -> Iterator[str]:
    """JUnit XML: a suite for a project, which is a piece, and a test case for a control of a service.

    What is excepted, does not apply or is not known is skipped, with the reason; a project that could not be read is an
    error. What fails says why, and what to do, in its body too: many readers show nothing else.
    """
    controls = {control["id"]: control for control in audit["controls"]}
    unread = audit["scope"].get("unreadable_projects") or {}
    results = [control["results"] for control in audit["controls"]]
    cases = len(audit["services"]) * len(controls)
    failures, passed = (sum(result[kind] for result in results) for kind in ("fail", "pass"))
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="offsite.aiven audit" tests="{cases + len(unread)}" failures="{failures}" errors="{len(unread)}" '
        f'skipped="{cases - failures - passed}" time="0">\n'
    )
    for item in unread.items():
        yield _unread_suite(*item)
    for project, rows in groupby(audit["services"], key=lambda row: str(row["project"])):
        yield _suite(project, rows, controls, audit["generated_at"])
    yield "</testsuites>\n"


def as_prometheus(audit: Mapping[str, Any]) -> Iterator[str]:
    """Prometheus text exposition format, for the textfile collector of node_exporter.

    Every sample has the label ``audit``, so that those of two audits stay apart. Only the status that holds and the
    controls that failed have a sample: a mended service has none.
    """
    label = f'audit="{_label_value(audit["name"])}"'
    severities = {control["id"]: control["severity"] for control in audit["controls"]}
    told = Told(audit, label, severities, [(row, _service_labels(label, row)) for row in audit["services"]])
    for name, words, samples_of in _METRICS:
        yield f"# HELP {name} {words}\n# TYPE {name} gauge\n"
        for labels, value in samples_of(told):
            if value is not None:
                yield f"{name}{{{labels}}} {value}\n"


def _taken(text: io.StringIO) -> str:
    """What was written so far, which is forgotten."""
    written = text.getvalue()
    text.seek(0)
    text.truncate()
    return written


def _cell(value: object) -> object:
    if isinstance(value, str):
        text = printable(value)
        return f"'{text}" if value.startswith(_FORMULA_STARTS) else text
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else value


def _unread_suite(project: str, reason: str) -> str:
    return (
        f'<testsuite name={_attribute(project)} tests="1" failures="0" errors="1" skipped="0" time="0">\n'
        f'<testcase classname={_attribute(project)} name="readable" time="0"><error message={_attribute(reason)}>'
        f"{_text(reason)}</error></testcase>\n</testsuite>\n"
    )


def _suite(
    project: str, rows: Iterable[Mapping[str, Any]], controls: Mapping[str, Mapping[str, Any]], generated_at: str
) -> str:
    cases, failed, skipped = _junit_cases(rows, controls)
    return (
        f'<testsuite name={_attribute(project)} tests="{len(cases)}" failures="{failed}" errors="0" '
        f'skipped="{skipped}" timestamp={_attribute(generated_at)} time="0">\n{"".join(cases)}</testsuite>\n'
    )


def _junit_cases(
    rows: Iterable[Mapping[str, Any]], controls: Mapping[str, Mapping[str, Any]]
) -> tuple[list[str], int, int]:
    cases, failed, skipped = [], 0, 0
    known: dict[tuple[str, str, str], str] = {}
    for row in rows:
        label = _attribute(f"{row['project']}.{row['service_name']}")
        for control, finding in row["controls"].items():
            result, message = finding["result"], finding["message"]
            failed += result == "fail"
            skipped += result not in ("fail", "pass")
            key = control, result, message
            if (end := known.get(key)) is None:
                end = known[key] = _end_of_case(controls[control], result, message)
            cases.append(f"<testcase classname={label}{end}")
    return cases, failed, skipped


def _end_of_case(control: Mapping[str, Any], result: str, message: str) -> str:
    """What follows the label of a test case; most services have many of them in common."""
    inside = ""
    if result == "fail":
        body = _text(f"{message}\n\nWhat to do: {control['remediation']}")
        inside = f'<failure type="{control["severity"]}" message={_attribute(message)}>{body}</failure>'
    elif result != "pass":
        inside = f"<skipped message={_attribute(f'{result}: {message}')}/>"
    return f' name="{control["id"]}" time="0">{inside}</testcase>\n'


def _service_labels(label: str, row: Mapping[str, Any]) -> str:
    labels = (("project", "project"), ("service", "service_name"), ("service_type", "service_type"))
    return ",".join([label, *(f'{name}="{_label_value(row[key])}"' for name, key in labels)])


def _label_value(text: str) -> str:
    return printable(text).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _epoch(text: str | None) -> int | None:
    time = parse_time(text)
    return None if time is None else int(time.timestamp())


def _attribute(text: str) -> str:
    return quoteattr(printable(text))


def _text(text: str) -> str:
    return escape(printable(text))


def _each_service(
    samples_of: Callable[[Mapping[str, Any], Mapping[str, str]], Iterable[Sample]],
) -> Callable[[Told], Iterator[Sample]]:
    """The samples of every service: ``samples_of`` gives those of one, with labels beside its own, each after a comma."""

    def samples(told: Told) -> Iterator[Sample]:
        for row, labels in told.services:
            for more, value in samples_of(row, told.severities):
                yield Sample(labels + more, value)

    return samples


def _value_of(key: str) -> Callable[[Told], Iterator[Sample]]:
    return _each_service(lambda row, _severities: [Sample("", row[key])])


def _drill_samples(row: Mapping[str, Any], key: str) -> list[Sample]:
    drill = row["drill"]
    if drill is None:
        return []
    value = drill[key] if key == "rto_seconds" else _epoch(drill[key])
    return [Sample(f',verified="{str(drill["verified"]).lower()}"', value)]


def _failed_controls(row: Mapping[str, Any], severities: Mapping[str, str]) -> list[Sample]:
    failed = (control for control, finding in row["controls"].items() if finding["result"] == "fail")
    return [Sample(f',control="{control}",severity="{severities[control]}"', 1) for control in failed]


def _services_by_control(told: Told) -> Iterator[Sample]:
    for control in told.audit["controls"]:
        for result, count in control["results"].items():
            labels = f'{told.label},control="{control["id"]}",severity="{control["severity"]}",result="{result}"'
            yield Sample(labels, count)


def _services_by_protection(told: Told) -> Iterator[Sample]:
    for status, count in told.audit["headline"]["by_protection"].items():
        yield Sample(f'{told.label},status="{status}"', count)


def _unreadable_projects(told: Told) -> Iterator[Sample]:
    yield Sample(told.label, len(told.audit["scope"].get("unreadable_projects") or {}))


def _audit_time(told: Told) -> Iterator[Sample]:
    yield Sample(told.label, _epoch(told.audit["generated_at"]))


_METRICS: tuple[tuple[str, str, Callable[[Told], Iterator[Sample]]], ...] = (
    (
        "aiven_btar_protection",
        "Protection of a service, the label status says which; always 1.",
        _each_service(lambda row, _severities: [Sample(f',status="{row["protection"]}"', 1)]),
    ),
    (
        "aiven_btar_rpo_seconds",
        "Age of the restore point in the secondary region at the audit.",
        _value_of("rpo_seconds"),
    ),
    (
        "aiven_btar_rpo_target_seconds",
        "Age that the restore point may have.",
        _value_of("rpo_target_seconds"),
    ),
    (
        "aiven_btar_restore_point_timestamp_seconds",
        "Newest time that the secondary region can restore to.",
        _each_service(lambda row, _severities: [Sample("", _epoch(row["restore_point"]))]),
    ),
    (
        "aiven_btar_replicated_backups",
        "Backups in the current secondary region.",
        _value_of("replicated_backups"),
    ),
    (
        "aiven_btar_replicated_bytes",
        "Size of the backups in the current secondary region, before compression.",
        _value_of("replicated_bytes"),
    ),
    (
        "aiven_btar_drill_finished_timestamp_seconds",
        "When the newest drill in the current secondary region ended.",
        _each_service(lambda row, _severities: _drill_samples(row, "finished")),
    ),
    (
        "aiven_btar_drill_rto_seconds",
        "How long the newest drill took until its fork was verified.",
        _each_service(lambda row, _severities: _drill_samples(row, "rto_seconds")),
    ),
    (
        "aiven_btar_control_failed",
        "A control that failed for a service; always 1.",
        _each_service(_failed_controls),
    ),
    (
        "aiven_btar_services",
        "Number of services by protection.",
        _services_by_protection,
    ),
    (
        "aiven_btar_controls",
        "Number of services by control and result.",
        _services_by_control,
    ),
    (
        "aiven_btar_unreadable_projects",
        "Number of projects that could not be read, of which nothing is known.",
        _unreadable_projects,
    ),
    (
        "aiven_btar_audit_timestamp_seconds",
        "When the audit was made.",
        _audit_time,
    ),
)
