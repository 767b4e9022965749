# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services a fleet task is about: explicit targets, the hosts of the batch, or the changes of a plan."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import State
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    OVERRIDE,
    RegionInventory,
    RegionInventoryError,
    parse_region_inventory,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import InvalidTargets, parse_targets
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account, Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.artifact import is_artifact, run_of_artifact
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import (
    RUN_ID,
    RecordError,
    Run,
    read_record,
)


def targets_of_rows(rows: Sequence[object], state: State, account: Account) -> list[FleetTarget]:
    """Explicit targets. Raises ``invalid_target`` with every mistake of all of them."""
    filled = [{"state": state, **row} if isinstance(row, Mapping) else row for row in rows]
    try:
        targets = parse_targets(filled)
    except InvalidTargets as error:
        raise AivenError("invalid_target", str(error)) from None
    return [
        FleetTarget(
            target.project,
            target.service_name,
            target.state,
            region=target.region,
            expect=target.expect,
            account=account,
        )
        for target in targets
    ]


def targets_of_hosts(
    hosts: Iterable[HostVariables], state: State, accounts: Accounts, rpo_target: int = DEFAULT_RPO_TARGET
) -> dict[str, FleetTarget]:
    """One target for each host, in their order. A host that names no service, or one that another host names too, or whose
    variables or connection are of no use, has a target with a ``mistake``. ``rpo_target`` is in seconds, for hosts without one.

    Raises ``invalid_region_inventory`` with all mistakes of all region inventories.
    """
    targets: dict[str, FleetTarget] = {}
    inventories = _Inventories()
    hosts = list(hosts)
    owners: dict[tuple[str, str], list[str]] = {}
    for host in hosts:
        owners.setdefault((_text(host.project), _text(host.service_name)), []).append(host.host)
    for host in hosts:
        mistake, account, own_target = host.mistake or _mistake_of_identity(host, owners), None, rpo_target
        if mistake is None:
            try:
                account, own_target = accounts.of(host.shared), _rpo_target(host, rpo_target)
            except AivenError as error:
                mistake = error
        targets[host.host] = FleetTarget(
            project=_text(host.project),
            service_name=_text(host.service_name) or host.host,
            state=state,
            account=account,
            inventory=inventories.of(host) if mistake is None else None,
            override=host.shared.get(OVERRIDE) or None,
            rpo_target=own_target,
            mistake=mistake,
        )
    inventories.check()
    return targets


def planned_targets(plan: object) -> dict[tuple[str, str], FleetTarget]:
    """The changes of the last check-mode run of a record or of an artifact, by project and service name, without an account.
    Raises ``invalid_target``.
    """
    where, found = _runs("plan", plan)
    runs = [run for run in found if run.check_mode]
    if not runs:
        raise AivenError("invalid_target", f"plan {where} holds no plan: give the record of a run with --check.")
    run = runs[-1]
    if not run.whole:
        raise AivenError(
            "invalid_target",
            f"plan {where} is not whole: its run {run.run_id} failed or was interrupted. Make a new plan.",
        )
    targets = _changes(run)
    for target in targets:
        if (target.state == "enabled") is not bool(target.region):
            raise AivenError(
                "invalid_target",
                f"plan {where}: the change of {target.project}/{target.service_name} does not fit its region. Make a new plan.",
            )
    return {(target.project, target.service_name): target for target in targets}


def undoing_targets(undo: object, run_id: str | None) -> tuple[str, dict[tuple[str, str], FleetTarget]]:
    """The id of a run of a record or of an artifact, and what takes back its changes: each service gets the secondary region
    that it had before its first change, if it still has that of its last.

    Without ``run_id`` that is the last run that changed anything and took nothing back itself, so that a rollback that was
    refused or done by half can be run again. Raises ``invalid_target``.
    """
    path, found = _runs("undo", undo)
    # Not the run that is going on: its earlier waves may be recorded in the same file.
    runs = [run for run in found if not run.check_mode and run.run_id != RUN_ID]
    if run_id is not None and run_id not in [run.run_id for run in runs]:
        known = ", ".join(run.run_id for run in runs) or "none, it only holds plans"
        raise AivenError("invalid_target", f"undo_run {run_id} is not in {path}: its runs are {known}.")
    for run in reversed(runs):
        if run.run_id == run_id or (run_id is None and run.undoes is None):
            undone = _undone(run)
            if undone:
                return run.run_id, undone
    which = "no run has changed anything" if run_id is None else f"run {run_id} has changed nothing"
    raise AivenError("invalid_target", f"undo: {which} in {path}: there is nothing to take back.")


def _runs(option: str, value: object) -> tuple[str, list[Run]]:
    """What the value of an option is called in messages, and the runs that it tells of."""
    try:
        if is_artifact(value):
            run = run_of_artifact(value)
            return f"the artifact of run {run.run_id}", [run]
        path = os.path.expanduser(os.path.expandvars(str(value)))
        return path, read_record(path, changes=True)
    except RecordError as error:
        raise AivenError("invalid_target", f"{option}: {error}") from None


def _undone(run: Run) -> dict[tuple[str, str], FleetTarget]:
    befores: dict[tuple[str, str], str | None] = {}
    afters: dict[tuple[str, str], str | None] = {}
    for row in run.outcomes:
        if row["changed"]:
            key = (row["project"], row["service_name"])
            befores.setdefault(key, row["before"]["region"])
            afters[key] = row["after"]["region"]
    return {
        key: FleetTarget(*key, "enabled" if before else "disabled", region=before, expect={"region": afters[key]})
        for key, before in befores.items()
        if before != afters[key]
    }


def restrict_to_plan(
    targets: Sequence[FleetTarget], planned: Mapping[tuple[str, str], FleetTarget]
) -> list[FleetTarget]:
    """The planned target in place of each, in its account; what is not planned to change is skipped without a call."""
    return [_restricted(target, planned.get((target.project, target.service_name))) for target in targets]


def _restricted(target: FleetTarget, planned: FleetTarget | None) -> FleetTarget:
    if target.mistake is not None:
        return target
    if planned is None:
        return replace(target, skip="no change of it is asked for")
    return replace(planned, account=target.account, rpo_target=target.rpo_target)


def _changes(run: Run) -> list[FleetTarget]:
    last = {(row["project"], row["service_name"]): row for row in run.outcomes}
    return [
        FleetTarget(
            project=row["project"],
            service_name=row["service_name"],
            state="disabled" if row["change"] == "disable" else "enabled",
            region=row["after"]["region"],
            expect=row["before"],
        )
        for row in last.values()
        if row["changed"] and row["change"] in ("enable", "move", "disable")
    ]


def parse_duration(name: str, value: object) -> int:
    """Seconds of ``93600``, ``26h``, ``2d`` and the like. Raises ``invalid_target``."""
    match = _DURATION.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if match is None:
        raise AivenError("invalid_target", f"{name} is {value!r}: give seconds, or a duration such as 90m, 26h or 2d.")
    return int(match.group(1)) * _UNITS[match.group(2)]


_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(\d+)\s*([smhd]?)")


def _rpo_target(host: HostVariables, default: int) -> int:
    own = host.shared.get("btar_rpo_target")
    return default if own in (None, "") else parse_duration(f"btar_rpo_target of host {host.host}", own)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def not_named(host: HostVariables) -> AivenError | None:
    """A host that names no service."""
    if _text(host.project) and _text(host.service_name):
        return None
    for variable, value in (("aiven_project", host.project), ("aiven_service_name", host.service_name)):
        if value not in (None, "") and not isinstance(value, str):
            message = f"{variable} of host {host.host} is {value!r}, which is no text: give the name in quotes."
            return AivenError("invalid_target", message)
    return AivenError(
        "invalid_target",
        f"host {host.host} has no aiven_project or no aiven_service_name, so it names no service: have the play run over the "
        "group aiven_services, take the host out of that group, or give it both.",
    )


def _mistake_of_identity(host: HostVariables, owners: Mapping[tuple[str, str], Sequence[str]]) -> AivenError | None:
    """A host that is no service, or the same as another: nobody knows which of them is meant."""
    project, name = _text(host.project), _text(host.service_name)
    if (mistake := not_named(host)) is not None:
        return mistake
    if len(same := owners[project, name]) == 1:
        return None
    return AivenError(
        "invalid_target",
        f"hosts {' and '.join(same[:3])} are the same service {project}/{name}: limit the run to one of them.",
    )


class _Inventories:
    """Region inventories, parsed once for each different value."""

    def __init__(self) -> None:
        self._by_id: dict[int, tuple[Mapping[str, Any], RegionInventory]] = {}
        self._by_value: dict[str, RegionInventory] = {}
        self._mistakes: dict[str, list[str]] = {}

    def of(self, host: HostVariables) -> RegionInventory:
        known = self._by_id.get(id(host.shared))
        if known is None:
            known = self._by_id[id(host.shared)] = (host.shared, self._parsed(host))
        return known[1]

    def check(self) -> None:
        """Raises ``invalid_region_inventory`` with all mistakes, each with a host that has it."""
        if self._mistakes:
            texts = [f"{mistake} ({_hosts(hosts)})" for mistake, hosts in self._mistakes.items()]
            raise AivenError("invalid_region_inventory", str(RegionInventoryError(texts)))

    def _parsed(self, host: HostVariables) -> RegionInventory:
        variables = {key: value for key, value in host.shared.items() if key != OVERRIDE}
        key = json.dumps(variables, sort_keys=True, default=str)
        if key not in self._by_value:
            try:
                self._by_value[key] = parse_region_inventory(variables)
            except RegionInventoryError as error:
                self._by_value[key] = RegionInventory()
                for mistake in error.mistakes:
                    self._mistakes.setdefault(mistake, []).append(host.host)
        return self._by_value[key]


def _hosts(names: Sequence[str]) -> str:
    return f"host {names[0]}" if len(names) == 1 else f"host {names[0]} and others"
