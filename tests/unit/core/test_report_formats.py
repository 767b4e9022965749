# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The written forms of an audit, each read by a parser of its own field; hostile names break none of them."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from junitparser import JUnitXml
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.offsite.aiven.plugins.module_utils._core.controls import CONTROLS
from ansible_collections.offsite.aiven.plugins.module_utils._core.remedies import Invocation, remedies_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import (
    as_csv,
    as_json,
    as_junit,
    as_prometheus,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import printable
from tests.unit.core.audits import SECONDARY, audit, copied, drill, service, subject
from tests.unit.core.test_audit import fleet, validate

HOSTILE = [
    "=cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd",
    "\uff1d1+1",
    '"><script>alert(1)</script>',
    "]]> <!-- --> & &lt; </testcase>",
    'a",status="protected"} 1\naiven_btar_protection{project="x',
    "back\\slash \\n \\",
    "new\nline\r\ttab\x00nul\x1b[31m\x85",
    "lone \ud800 surrogate, \ufffe",
    "{{ lookup('pipe', 'id') }}",
    "a;b,c",
    "Müller \u202e 日本",
]


def hostile_audit(text: str) -> dict[str, Any]:
    """An audit in which every text that comes from the API or from people is ``text``."""
    exceptions = {"exceptions": [{"match": {"service_name": "*"}, "reason": f"x{text}", "until": "2027-01-31"}]}
    result = audit([subject(service(name="a", backups=(copied(50),)), region=exceptions, drills=(drill(),)), *fleet()])
    result["name"] = text
    for row in result["services"]:
        row["controls"]["rpo"] = {"result": "fail", "message": text}
        row["controls"]["distance"] = {"result": "unknown", "message": text}
        for key in ("service_name", "service_type", "plan", "state", "cloud_name", "secondary_region", "pause_reason"):
            row[key] = text
    invocation = Invocation(inventories=[text], limit=text)
    result["remedies"] = remedies_of(result["controls"], result["services"], invocation)
    return result


def samples(result: dict[str, Any]) -> dict[str, list[tuple[dict[str, str], float]]]:
    found: dict[str, list[tuple[dict[str, str], float]]] = {}
    for family in text_string_to_metric_families("".join(as_prometheus(result))):
        assert family.documentation, family.name
        assert family.type == "gauge"
        assert {sample.labels["audit"] for sample in family.samples} <= {printable(result["name"])}
        found[family.name] = [(without_audit(sample.labels), sample.value) for sample in family.samples]
    return found


def without_audit(labels: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in labels.items() if name != "audit"}


def csv_rows(result: dict[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(as_csv(result)), newline="")))


def junit(result: dict[str, Any]) -> Any:
    return JUnitXml.fromstring("".join(as_junit(result)).encode())


any_text = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


def hostile(test: Callable[[str], None]) -> Callable[[], None]:
    for text in HOSTILE:
        test = example(text)(test)
    texts = st.text(st.characters(exclude_categories=())) | st.text("=\"\\\n\r<>&'{},;\x00\ud800", max_size=12)
    return any_text(given(texts)(test))


@hostile
def test_json_is_read_back_as_it_was(text: str) -> None:
    result = hostile_audit(text)
    body = json.loads("".join(as_json(result)).encode("ascii"))
    assert body == result
    validate(body)


@hostile
def test_csv_has_a_row_of_inert_texts_for_each_service(text: str) -> None:
    result = hostile_audit(text)
    "".join(as_csv(result)).encode()
    rows = csv_rows(result)
    assert len(rows) == len(result["services"])
    for row in rows:
        assert None not in row and None not in row.values()
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d")) for cell in row.values())
        assert row["service_name"].removeprefix("'") == printable(text).removeprefix("'")


@hostile
def test_junit_has_a_case_for_each_control_of_each_service(text: str) -> None:
    result = hostile_audit(text)
    cases = [case for suite in junit(result) for case in suite]
    assert len(cases) == len(result["services"]) * len(result["controls"])
    failed = [case for case in cases if case.is_failure and case.name == "rpo"]
    assert len(failed) == len(result["services"])
    assert {case.result[0].message for case in failed} == {printable(text)}
    assert all("What to do: Look at the lag report" in case.result[0].text for case in failed)


@hostile
def test_prometheus_keeps_the_text_in_its_label(text: str) -> None:
    found = samples(hostile_audit(text))
    protections = found["aiven_btar_protection"]
    assert len(protections) == 10
    assert {labels["service"] for labels, _value in protections} == {printable(text)}
    assert {labels["status"] for labels, _value in protections} > {"lagging", "protected"}


def test_json_has_a_line_for_each_service() -> None:
    lines = "".join(as_json(audit(fleet()))).splitlines()
    assert len(lines) == len(fleet()) + 2
    assert json.loads(lines[1].removesuffix(","))["service_name"] == "disabled"


def test_csv_tells_facts_and_controls() -> None:
    row = next(row for row in csv_rows(audit(fleet())) if row["service_name"] == "lagging")
    expected = {"project": "shop-prod", "protection": "lagging", "rpo_seconds": "180000", "rpo_exact": "true"}
    assert {key: row[key] for key in expected} == expected
    assert (row["rpo"], row["enabled"], row["drill_recent"]) == ("fail", "pass", "not_applicable")
    assert (row["pause_reason"], row["exception_until"]) == ("", "")


def test_csv_tells_the_exception() -> None:
    row = next(row for row in csv_rows(audit(fleet())) if row["service_name"] == "excepted")
    assert (row["exception_until"], row["exception_reason"], row["enabled"]) == ("2027-01-31", "test", "excepted")


def test_junit_counts_what_it_holds() -> None:
    result = audit(fleet())
    report = junit(result)
    cases = [case for suite in report for case in suite]
    counts = Counter("failure" if case.is_failure else "skipped" if case.is_skipped else "passed" for case in cases)
    assert (report.tests, report.failures, report.skipped) == (len(cases), counts["failure"], counts["skipped"])
    assert [suite.name for suite in report] == ["another", "shop-prod"]
    assert [(suite.tests, suite.failures) for suite in report] == [(len(CONTROLS), 1), (8 * len(CONTROLS), 3)]
    paused = next(case for case in cases if case.classname == "shop-prod.paused" and case.name == "not_paused")
    assert (paused.result[0].type, "is paused (disk full)" in paused.result[0].message) == ("error", True)
    unknown = next(case for case in cases if case.classname == "shop-prod.unknown" and case.name == "rpo")
    assert unknown.result[0].message.startswith("unknown: ")


def test_a_project_that_could_not_be_read_is_an_error_not_a_pass() -> None:
    result = audit([subject(service())], scope={"unreadable_projects": {'lost"<&': "403: no\nmember"}})
    validate(result)
    report = junit(result)
    assert (report.tests, report.errors) == (1 + len(CONTROLS), 1)
    assert [suite.name for suite in report] == ['lost"<&', "shop-prod"]
    assert [case.result[0].message for suite in report for case in suite if case.is_error] == ["403: no\nmember"]
    assert [case.result[0].text for suite in report for case in suite if case.is_error] == ["403: no\nmember"]
    assert samples(result)["aiven_btar_unreadable_projects"] == [({}, 1)]


def test_what_failed_says_why_and_what_to_do_in_its_body() -> None:
    report = junit(audit(fleet()))
    (paused,) = [case for suite in report for case in suite if case.classname.endswith(".paused") and case.is_failure]
    why, remedy = paused.result[0].text.split("\n\n")
    assert why == paused.result[0].message
    assert remedy.startswith("What to do: Remove the reason that Aiven gives for the pause")


def test_samples_of_two_audits_of_the_same_services_stay_apart() -> None:
    results = [audit(fleet(), name=name) for name in ("nightly", "hourly")]
    keys = [
        [
            (sample.name, *sorted(sample.labels.items()))
            for family in text_string_to_metric_families("".join(as_prometheus(result)))
            for sample in family.samples
        ]
        for result in results
    ]
    assert len(keys[0]) == len(keys[1]) == len(set(keys[0]))
    assert not set(keys[0]) & set(keys[1])


def test_prometheus_values() -> None:
    result = audit([*fleet(), subject(service(name="drilled"), drills=(drill(rto=66.5),))], drill_rto_target=60)
    found = samples(result)

    def of(name: str, service_name: str) -> list[tuple[dict[str, str], float]]:
        common = {"project": "shop-prod", "service": service_name, "service_type": "opensearch"}
        mine = [(labels, value) for labels, value in found[name] if labels["service"] == service_name]
        assert all(common.items() <= labels.items() for labels, _value in mine)
        return [({key: labels[key] for key in labels.keys() - common.keys()}, value) for labels, value in mine]

    assert of("aiven_btar_protection", "lagging") == [({"status": "lagging"}, 1)]
    assert of("aiven_btar_rpo_seconds", "lagging") == [({}, 180000)]
    assert of("aiven_btar_rpo_seconds", "pending") == []
    assert of("aiven_btar_rpo_target_seconds", "lagging") == [({}, 93600)]
    assert of("aiven_btar_restore_point_timestamp_seconds", "lagging") == [({}, 1788084000)]
    assert of("aiven_btar_replicated_backups", "protected") == [({}, 2)]
    assert of("aiven_btar_replicated_bytes", "protected") == [({}, 2000)]
    assert of("aiven_btar_drill_rto_seconds", "drilled") == [({"verified": "true"}, 66.5)]
    assert of("aiven_btar_drill_finished_timestamp_seconds", "drilled") == [({"verified": "true"}, 1788177600)]
    assert of("aiven_btar_control_failed", "lagging") == [({"control": "rpo", "severity": "error"}, 1)]
    assert of("aiven_btar_control_failed", "drilled") == [({"control": "drill_rto", "severity": "warning"}, 1)]
    assert ({"status": "paused"}, 1) in found["aiven_btar_services"]
    counted = {"control": "replicated", "severity": "error", "result": "unknown"}
    assert (counted, 1) in found["aiven_btar_controls"]
    assert found["aiven_btar_audit_timestamp_seconds"] == [({}, 1788264000)]


@pytest.mark.parametrize("write", [as_json, as_csv, as_junit, as_prometheus])
def test_an_audit_of_nothing_can_be_written(write: Callable[[Any], Iterable[str]]) -> None:
    assert "".join(write(audit([])))


def test_parsers_read_an_audit_of_nothing() -> None:
    assert junit(audit([])).tests == 0
    assert samples(audit([]))["aiven_btar_protection"] == []
    assert csv_rows(audit([])) == []


def test_the_secondary_region_is_told() -> None:
    assert csv_rows(audit([subject(service())]))[0]["secondary_region"] == SECONDARY
