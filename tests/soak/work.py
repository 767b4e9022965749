# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a worker does in the soak: the code below the actions, with records, plans, evidence and the guard of an orphan."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import evidence_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import parse_region_inventory
from ansible_collections.offsite.aiven.plugins.module_utils._runners import restore
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.choosing import Choosing, Settings
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import DrillFolder
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import Interruption
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordWriter
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import planned_targets, undoing_targets
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.waves import parse_waves
from ansible_collections.offsite.aiven.plugins.plugin_utils._report import subjects
from tests.chaos.operations import client_of
from tests.fleet.support import HOME, PARTNER, TODAY, Notes, account_of, policy
from tests.simulator.client import Simulator
from tests.unit.runners.restores import options

CONCURRENCY = 4
Label = tuple[str, str]
# Wanted secondary region by project and service name.
Wanted = Mapping[Label, str | None]
_INVENTORY = parse_region_inventory({"btar_region_map": {HOME: PARTNER}})


class _Recorder(Notes):
    """Writes each outcome down as it comes, as a run does."""

    def __init__(self, writer: RecordWriter) -> None:
        super().__init__()
        self._writer = writer

    def outcome(self, outcome: Any) -> None:
        self._writer.outcome(outcome)


def _account(simulator: Simulator) -> Account:
    client = client_of(simulator)
    client.transport.guard = Interruption()
    return account_of(client)


def roll_out(simulator: Simulator, wanted: Wanted, record: Path, *, check_mode: bool = False) -> None:
    """The fleet engine over services, with its record."""
    targets = [
        FleetTarget(*label, "enabled" if region else "disabled", region)  # type: ignore[misc]
        for label, region in wanted.items()
    ]
    _run(simulator, targets, record, check_mode=check_mode)


def apply(simulator: Simulator, plan: Path, record: Path) -> None:
    """Exactly the changes of a plan that is a file."""
    _run(
        simulator, list(planned_targets(str(plan)).values()), record, stale_stops=True, waves=parse_waves(["1", "100%"])
    )


def roll_back(simulator: Simulator, former: Path, record: Path) -> None:
    """What the last run of a record has changed is taken back."""
    try:
        run_id, targets = undoing_targets(str(former), None)
    except AivenError as error:
        if "there is nothing to take back" not in error.message:
            raise
        return
    _run(simulator, list(targets.values()), record, undone=run_id, undoes=True)


def _run(
    simulator: Simulator,
    targets: Sequence[FleetTarget],
    record: Path,
    *,
    check_mode: bool = False,
    undone: str | None = None,
    **more: Any,
) -> None:
    rules = policy(concurrency=CONCURRENCY, check_mode=check_mode, **more)
    account = _account(simulator)
    writer = RecordWriter(str(record), check_mode=check_mode, run_id=_run_id(record), undoes=undone)
    fleet = Fleet(rules, _Recorder(writer), Deciding(rules, TODAY), Reading(observe=False))
    try:
        fleet.run([replace(target, account=account) for target in targets])
    except AivenError as error:
        if error.code != "interrupted":
            raise
    finally:
        writer.end(fleet.ended)


def _run_id(record: Path) -> str:
    """Of its own for each run: all are forked from one process, which has but one."""
    lines = record.read_bytes().count(b"\n") if record.exists() else 0
    return f"{record.name}-{lines}"


def fork(simulator: Simulator, label: Label, **given: Any) -> dict[str, Any]:
    """Makes or deletes a fork."""
    project, name = label
    order = restore.order_of(
        options(**{"project": project, "service_name": name, "fork_name": f"{name}-fork", "wait": False, **given})
    )
    return restore.run(_account(simulator).client, order, check_mode=False, tell=lambda _text: None)


def drill(simulator: Simulator, labels: Sequence[Label], folder: Path, count: int) -> None:
    """What the tasks of a drill do, in their order; what earlier ones have left is cleared away first."""
    account, evidence = _account(simulator), DrillFolder(folder)
    targets = {f"{name}.{project}": FleetTarget(project, name, "enabled", account=account) for project, name in labels}
    chosen = Choosing(targets, Settings("oldest_tested", count, 20, "latest", 30, str(folder), 7200, 1800)).choose()
    for order in chosen.orders.values():
        label = (order["project"], order["service_name"])
        deletions = [
            fork(simulator, label, fork_name=left["name"], purpose="drill", state="absent")
            for left in order["leftovers"]
        ]
        if not any(deletion.get("failed") for deletion in deletions):
            for former in order["unfinished"]:
                draft = evidence.draft(former)
                if draft is not None:
                    evidence.finish(former, evidence_of(draft, "interrupted", datetime.now(UTC), fork_deleted=True))
        if order["fork_name"] is not None:
            _drill(simulator, label, evidence, order)


def _drill(simulator: Simulator, label: Label, evidence: DrillFolder, order: dict[str, Any]) -> None:
    order = {key: value for key, value in order.items() if key not in ("leftovers", "unfinished")}
    name = order["fork_name"]
    evidence.begin({"order": order, "started": _now(), "by": {"user": "soak", "host": "soak"}})
    made = fork(simulator, label, fork_name=name, purpose="drill")
    draft = evidence.draft(order) or {}
    draft.update(
        {"error": made["error"], "failed": _now()} if made.get("error") else {"running": _now(), "verified": _now()}
    )
    evidence.update(draft)
    deleted = fork(simulator, label, fork_name=name, purpose="drill", state="absent")
    result = "failed" if made.get("error") else "passed"
    body = evidence_of(draft, result, datetime.now(UTC), fork_deleted=not deleted.get("error"))  # type: ignore[arg-type]
    evidence.finish(order, body)


def audit(simulator: Simulator, labels: Sequence[Label], told: Path) -> None:
    """Writes what an audit has found: the region of each service, and the projects that could not be read."""
    account = _account(simulator)
    targets = [FleetTarget(*label, "enabled", inventory=_INVENTORY, account=account) for label in labels]  # type: ignore[misc]
    found = subjects.survey(targets, subjects.Proofs(), subjects.Scope(), datetime.now(UTC))
    rows = [[row.service.project, row.service.name, row.service.secondary_region] for row in found.subjects]
    told.write_text(json.dumps({"services": rows, "unreadable": sorted(found.unreadable), "gone": found.gone}))


def _now() -> str:
    return datetime.now(UTC).isoformat().replace("+00:00", "Z")
