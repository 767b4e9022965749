# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports of mutated answers: each format can be read by who reads it, and what an answer says stays a piece of text in it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import AuditSettings, evaluate
from ansible_collections.offsite.aiven.plugins.module_utils._core.comparison import compare_audits
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Asked
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import parse_region_inventory
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_formats import (
    as_csv,
    as_json,
    as_junit,
    as_prometheus,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.restores import plan_restores
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.html import as_html as region_down_as_html
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.loss import Loss
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.survey import survey as survey_region
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.table import headline_words, table_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.html import as_html
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.subjects import Proofs, Scope, survey
from tests.fuzz.api_targets import INVENTORY, ApiTarget, BrokenPromise
from tests.fuzz.world import PROJECT, SERVICES, World, account_of, client_of
from tests.unit.report.test_html import Page

_FORMULA_STARTS = "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20"
# Elements of the pages that their templates have; no answer adds one.
_ELEMENTS: dict[str, int] = {}


def audit(world: World, seed: str) -> bool:
    """An audit as HTML, JSON, CSV, JUnit XML and Prometheus text."""
    made, _transport = client_of(world, seed)
    account, inventory = account_of(made), parse_region_inventory(INVENTORY)
    targets = [FleetTarget(PROJECT, name, "enabled", inventory=inventory, account=account) for name in SERVICES]
    found = survey(targets, Proofs(), Scope(exact=True, lag_period="day"), world.now)
    try:
        clouds = account.facts.clouds()
    except AivenError:
        clouds = None
    unreadable = {project: error.message for project, error in found.unreadable.items()}
    scope = {"projects": [PROJECT], "exact": True, "unreadable_projects": unreadable}
    whole = evaluate(
        found.subjects,
        clouds=clouds,
        settings=AuditSettings(found.now, Asked(drill_max_age_days=30, drill_rto_target=600)),
        scope=scope,
    )
    whole["comparison"] = compare_audits(whole, whole)
    check_formats(whole)
    return not found.unreadable and not found.gone


def check_formats(whole: Mapping[str, Any]) -> None:
    """All files of an audit."""
    check_page("audit", as_html(whole))
    if json.loads("".join(as_json(whole)), parse_constant=_no_number) != json.loads(json.dumps(whole)):
        raise BrokenPromise("the JSON is not the audit")
    text = "".join(as_csv(whole))
    text.encode("utf-8-sig")
    for row in csv.reader(io.StringIO(text, newline="")):
        for cell in row:
            if cell.startswith(tuple(_FORMULA_STARTS)) and not _is_number(cell):
                raise BrokenPromise(f"a formula in the CSV: {cell!r}")
    ElementTree.fromstring("".join(as_junit(whole)).encode())
    families = list(text_string_to_metric_families("".join(as_prometheus(whole))))
    if any(not family.name.startswith("aiven_btar_") for family in families):
        raise BrokenPromise("a metric that is none of ours")


def check_page(name: str, text: str) -> None:
    """The page has the elements of its template, whatever the data."""
    text.encode()
    count = len(Page(text).elements)
    if _ELEMENTS.setdefault(name, count) != count:
        raise BrokenPromise(f"a text of an answer became markup of the page: {count} elements")


def _no_number(text: str) -> None:
    raise BrokenPromise(f"{text} is no JSON")


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def region_down(world: World, seed: str) -> bool:
    """A region that is gone: its report, its page, its table, and what is to be restored of it."""
    made, _transport = client_of(world, seed)
    account = account_of(made)
    hosts = {(PROJECT, name): HostVariables(f"{name}.{PROJECT}", PROJECT, name, {}) for name in SERVICES}
    owners = {PROJECT: account}
    found = survey_region(owners, {PROJECT: list(SERVICES)}, "aws-eu-*", exact=True, local_now=world.now)
    report = Loss("aws-eu-*", hosts, owners, found).report({"exact": True})
    check_page("region down", region_down_as_html(report))
    json.loads("".join(as_json(report)), parse_constant=_no_number)
    for line in (headline_words(report), *table_of(report)):
        line.encode("utf-8", "backslashreplace")
    names = {name: host.host for name, host in hosts.items()}
    for planned in plan_restores(report, names, {}, {}, suffix="-restored", recover_to="latest"):
        json.dumps(planned.as_dict())
    return not found.unreadable


TARGETS: dict[str, ApiTarget] = {"audit": audit, "region down": region_down}
