# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and variables that the collection reads again: each is input, whoever wrote it last."""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import InvalidAudit
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_chain import breaks
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_choice import last_tested
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import evidence_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import drills_by_service
from ansible_collections.offsite.aiven.plugins.module_utils._core.merging import merge_audits
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    CloudsNeeded,
    RegionInventoryError,
    check_region_inventory,
    choose,
    parse_region_inventory,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import history_line, trend_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.watch_state import InvalidState
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import (
    DrillFolder,
    EvidenceError,
    read_evidence,
    runs_still,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.state_file import StateFile
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.artifact import as_artifact
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordWriter
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import planned_targets, undoing_targets
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import (
    CACHE_FORMAT,
    HostFacts,
    from_cache,
    name_hosts,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError, read_report, write_reports
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.history import read_history
from tests.fuzz.api_targets import BrokenPromise
from tests.fuzz.mutations import mutated, mutated_text
from tests.fuzz.report_targets import check_formats
from tests.unit.core import regions
from tests.unit.core.audits import NOW, audit, service, subject
from tests.unit.core.test_audit import fleet, validate

FileTarget = Callable[[str], bool]
OUTCOMES = (
    Outcome("shop", "orders", "changed", "enable", "r", None, "aws-eu-central-1", None, True),
    Outcome("shop", "search", "changed", "move", "r", "aws-eu-south-1", "aws-eu-central-1", None, True),
    Outcome("shop", "cache", "changed", "disable", "r", "aws-eu-south-1", None, None, True),
    Outcome("shop", "events", "failed", None, "r", None, None, {"code": "rejected", "message": "m", "status": 400}),
)
STATE_SCOPE = {"api_url": "https://api.aiven.io", "services": None, "service_types": None}
VARIABLES: Mapping[str, Any] = {
    "btar_region_map": {"aws-eu-west-1": "aws-eu-central-1", "google-*": "google-europe-north1"},
    "btar_region_otherwise": "nearest",
    "btar_region_nearest_min_km": 100,
    "btar_region_rules": {
        "same_geo_region": True,
        "min_distance_km": 300,
        "allowed": ["aws-*"],
        "denied": ["aws-eu-south-2"],
    },
    "btar_region_exceptions": [{"match": {"project": "sandbox-*"}, "reason": "throw-away data", "until": "2027-01-31"}],
}
DRILL: Mapping[str, Any] = {
    "schema": "offsite.aiven/drill/1",
    "project": "shop",
    "service_name": "orders",
    "secondary_region": "aws-eu-central-1",
    "fork_name": "orders-drill-1",
    "started": "2026-08-30T00:00:00Z",
    "finished": "2026-08-30T01:00:00Z",
    "verified": True,
    "rto_seconds": 600,
    "recovered_to": "2026-08-29T00:00:00Z",
    "result": "passed",
    "source": {"plan": "business-4", "cloud": "aws-eu-west-1", "version": "16", "data_bytes": 1000},
    "former": {"file": "shop--orders-drill-0.json", "sha256": "0" * 64},
}
DRAFT: Mapping[str, Any] = {
    "order": {
        "project": "shop",
        "service_name": "orders",
        "service_type": "pg",
        "secondary_region": "aws-eu-central-1",
        "fork_project": "shop",
        "fork_name": "orders-drill-1",
        "recover_to": "latest",
        "source": DRILL["source"],
    },
    "started": "2026-08-30T00:00:00Z",
    "running": "2026-08-30T00:30:00Z",
    "verified": "2026-08-30T00:40:00Z",
    "owner": {"host": "h", "pid": 1, "start": "1"},
    "checks": [{"name": "rows", "passed": True, "age_seconds": 12, "at": "2026-08-30T00:35:00Z"}],
    "restore": {
        "fork": {"plan": "business-4"},
        "restored": {"point": "2026-08-29T00:00:00Z"},
        "phases": {"build": 1.5},
    },
}


@contextmanager
def _folder() -> Any:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@cache
def _record_lines(check_mode: bool) -> tuple[Any, ...]:
    with _folder() as folder:
        writer = RecordWriter(str(folder / "r"), check_mode=check_mode, run_id="20260901T120000Z-abcdef")
        for outcome in OUTCOMES:
            writer.outcome(outcome)
        writer.end("finished")
        return tuple(json.loads(line) for line in (folder / "r").read_text().splitlines())


def _chance(seed: str) -> random.Random:
    return random.Random(seed)


def record(seed: str) -> bool:
    """A record as a plan, and to be taken back."""
    chance = _chance(seed)
    with _folder() as folder:
        for check_mode in (True, False):
            lines = [json.dumps(line).encode() for line in _record_lines(check_mode)]
            for _time in range(0 if seed.endswith(" 0") else chance.randint(1, 2)):
                place = chance.randrange(len(lines))
                lines[place] = mutated_text(_record_lines(check_mode)[place], chance)
            (folder / f"{check_mode}").write_bytes(b"\n".join(lines) + b"\n")
        return _targets(str(folder / "True"), str(folder / "False"))


def artifact(seed: str) -> bool:
    """A plan or a run that came as a value or as its JSON text."""
    chance = _chance(seed)
    values = []
    for check_mode in (True, False):
        value: Any = as_artifact(OUTCOMES[:3], check_mode=check_mode, undoes=None)
        value["run_id"] = "20260901T120000Z-abcdef"
        if not seed.endswith(" 0"):
            as_text = chance.random() < 0.5
            value = (
                "{" + mutated_text(value, chance).decode("utf-8", "replace")[1:] if as_text else mutated(value, chance)
            )
        values.append(value)
    return _targets(*values)


def _targets(plan: object, undo: object) -> bool:
    understood = True
    for read in (lambda: planned_targets(plan), lambda: undoing_targets(undo, None)[1]):
        try:
            for target in read().values():
                _check_target(target)
        except AivenError as error:
            if error.code != "invalid_target":
                raise
            understood = False
    return understood


def _check_target(target: FleetTarget) -> None:
    """A change comes from a file only where it is written down beyond doubt, and holds what the service is to be still."""
    texts = isinstance(target.project, str) and isinstance(target.service_name, str)
    if not texts or not isinstance(target.region, str | None) or (target.state == "enabled") is not bool(target.region):
        raise BrokenPromise(f"a target that nobody has: {target}")
    if target.expect is None or not isinstance(target.expect.get("region", ""), str | None):
        raise BrokenPromise(f"a target without what it was decided upon: {target}")


def evidence(seed: str) -> bool:
    """A folder of evidence: files, ledger and drafts."""
    chance = _chance(seed)
    plain = seed.endswith(" 0")
    with _folder() as folder:
        files = {"shop--orders-drill-1.json": DRILL, "shop--orders-drill-2.begun": DRAFT}
        files["chain.jsonl"] = {
            "file": "shop--orders-drill-1.json",
            "sha256": "0" * 64,
            "project": "shop",
            "service_name": "orders",
        }
        for name, body in files.items():
            (folder / name).write_bytes(json.dumps(body).encode() if plain else mutated_text(body, chance))
        found = read_evidence(folder)
        json.dumps(list(found.warnings))
        json.dumps([words for told in breaks(found.links, found.files).values() for words in told])
        for drills in drills_by_service(found.drills).values():
            last_tested(drills, NOW)
            json.dumps([drill.as_dict() for drill in drills], allow_nan=False)
        for draft in DrillFolder(folder).unfinished():
            runs_still(draft)
            try:
                body = evidence_of(draft, "interrupted", NOW, fork_deleted=True)
                DrillFolder(folder).finish(draft["order"], body)
            except EvidenceError:
                return False
        return not found.warnings


@cache
def _audit() -> dict[str, Any]:
    return audit([subject(service(name="a")), *fleet()], scope={"projects": ["shop-prod"]})


def reports(seed: str) -> bool:
    """Former audits, and audits to be merged: what comes of them can be written in every format."""
    chance = _chance(seed)
    plain = seed.endswith(" 0")
    with _folder() as folder:
        for name in ("a", "b"):
            (folder / name).write_bytes(
                json.dumps(_audit()).encode() if plain or name == "b" else mutated_text(_audit(), chance)
            )
        try:
            audits = [read_report(folder / name) for name in ("a", "b")]
            whole = merge_audits(audits, "m")
            write_reports(whole, (), folder / "out", former=audits[0])
        except (ReportError, InvalidAudit):
            return False
        check_formats(whole)
    return True


def history(seed: str) -> bool:
    """The history of audits: whatever is in it, what comes of it is as published."""
    chance, whole = _chance(seed), _audit()
    with _folder() as folder:
        path = folder / "history.jsonl"
        path.write_bytes(json.dumps(history_line(whole)).encode() + b"\n")
        if not seed.endswith(" 0"):
            path.write_bytes(path.read_bytes() + mutated_text(history_line(whole), chance) + b"\n")
        try:
            found = read_history(path)
        except ReportError:
            return False
        json.dumps(found.warnings_for(path, whole["name"]))
        validate({**whole, "trend": trend_of(found.lines, whole)})
        return not found.warnings


def state(seed: str) -> bool:
    """The state of a watch."""
    sight = ["pg", "protected", "aws-eu-central-1", "2026-08-30T00:00:00Z", None, "2026-08-30T00:00:00Z"]
    body = {
        "schema": "offsite.aiven/watch/1",
        "scope": STATE_SCOPE,
        "projects": {"shop": {"orders": sight}},
        "blind": {"bank": "2026-08-30T00:00:00Z"},
    }
    with _folder() as folder:
        path = folder / "state.json"
        path.write_bytes(json.dumps(body).encode() if seed.endswith(" 0") else mutated_text(body, _chance(seed)))
        try:
            StateFile(str(path), STATE_SCOPE).read()
        except InvalidState:
            return False
    return True


def inventory_cache(seed: str) -> bool:
    """A cache of the inventory, whose services and clouds are JSON within it."""
    facts = HostFacts(
        "shop",
        "orders",
        "pg",
        "business-4",
        "aws-eu-west-1",
        "aws",
        "aws-eu-west-1",
        "RUNNING",
        {"a": "b"},
        None,
        "disabled",
    )
    chance = _chance(seed)
    value: Any = {"format": CACHE_FORMAT, "projects": 1, "services": json.dumps([facts]), "clouds": "[]"}
    if not seed.endswith(" 0"):
        if chance.random() < 0.5:
            value["services"] = mutated_text([list(facts)], chance).decode("utf-8", "replace")
        else:
            value = mutated(value, chance)
    found = from_cache(value)
    if found is not None:
        name_hosts(found.facts, "SERVICE.PROJECT")
    return found is not None


def region_inventory(seed: str) -> bool:
    """Variables of a region inventory, as people and generators write them."""
    variables = dict(VARIABLES) if seed.endswith(" 0") else mutated(dict(VARIABLES), _chance(seed))
    if not isinstance(variables, dict):
        return False
    try:
        inventory = parse_region_inventory(variables)
        list(check_region_inventory(inventory, regions.CLOUDS))
    except RegionInventoryError as error:
        json.dumps(error.mistakes)
        return False
    try:
        choice = choose(service(), inventory, regions.CLOUDS, override=None, today=date(2026, 9, 1))
    except (CloudsNeeded, RegionInventoryError):
        return False
    if choice.region is not None and choice.region not in regions.CLOUDS and choice.refusal is None:
        raise BrokenPromise(f"a region that nobody lists: {choice}")
    return True


TARGETS: dict[str, FileTarget] = {
    "record": record,
    "artifact": artifact,
    "evidence": evidence,
    "reports to merge": reports,
    "history of audits": history,
    "state of the watch": state,
    "inventory cache": inventory_cache,
    "region inventory": region_inventory,
}
