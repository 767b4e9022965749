# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which services a fleet task is about: explicit targets, the hosts of the batch, or the changes of a plan."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import State
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    OVERRIDE,
    RegionInventory,
    RegionInventoryError,
    parse_region_inventory,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import InvalidTargets, parse_targets
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan import Limit, Wish
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import (
    RUN_ID,
    RecordError,
    Run,
    read_record,
)


def wishes_of_targets(rows: Sequence[object], state: State) -> list[Wish]:
    """Explicit targets. Raises ``invalid_target`` with every mistake of all of them."""
    filled = [{"state": state, **row} if isinstance(row, Mapping) else row for row in rows]
    try:
        targets = parse_targets(filled)
    except InvalidTargets as error:
        raise AivenError("invalid_target", str(error)) from None
    return [
        Wish(target.project, target.service_name, target.state, region=target.region, expect=target.expect)
        for target in targets
    ]


def wishes_of_hosts(hosts: Iterable[HostVariables], state: State) -> dict[str, Wish]:
    """One wish for each host, in their order. Raises when a host names no service, two name the same, or the region
    inventory of one has mistakes; always with all of them.
    """
    wishes: dict[str, Wish] = {}
    inventories = _Inventories()
    rows = []
    for host in hosts:
        rows.append((host.host, host.project, host.service_name))
        override = host.shared.get(OVERRIDE) or None
        wishes[host.host] = Wish(
            project=str(host.project),
            service_name=str(host.service_name),
            state=state,
            inventory=inventories.of(host),
            override=override,
        )
    _check_identities(rows)
    inventories.check()
    return wishes


def planned_wishes(path: str) -> dict[tuple[str, str], Wish]:
    """The changes of the last check-mode run of a record, by project and service name. Raises ``invalid_target``."""
    try:
        runs = [run for run in read_record(path) if run.check_mode]
    except RecordError as error:
        raise AivenError("invalid_target", f"plan: {error}") from None
    if not runs:
        raise AivenError("invalid_target", f"plan {path} holds no plan: give the record of a run with --check.")
    run = runs[-1]
    if not run.whole:
        raise AivenError(
            "invalid_target",
            f"plan {path} is not whole: its run {run.run_id} failed or was interrupted. Make a new plan.",
        )
    return {(wish.project, wish.service_name): wish for wish in _changes(run)}


def undone_wishes(path: str, run_id: str | None) -> tuple[str, dict[tuple[str, str], Wish]]:
    """The id of a run, and what takes back its changes: each service gets the secondary region that it had before its first
    change, if it still has that of its last.

    Without ``run_id`` that is the last run that changed anything and took nothing back itself, so that a rollback that was
    refused or done by half can be run again. Raises ``invalid_target``.
    """
    try:
        # Not the run that is going on: its earlier waves may be recorded in the same file.
        runs = [run for run in read_record(path) if not run.check_mode and run.run_id != RUN_ID]
    except RecordError as error:
        raise AivenError("invalid_target", f"undo: {error}") from None
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


def _undone(run: Run) -> dict[tuple[str, str], Wish]:
    befores: dict[tuple[str, str], str | None] = {}
    afters: dict[tuple[str, str], str | None] = {}
    for row in run.outcomes:
        if row["changed"]:
            key = (row["project"], row["service_name"])
            befores.setdefault(key, row["before"]["region"])
            afters[key] = row["after"]["region"]
    return {
        key: Wish(*key, state="enabled" if before else "disabled", region=before, expect={"region": afters[key]})
        for key, before in befores.items()
        if before != afters[key]
    }


def restrict_to_plan(wishes: Sequence[Wish], planned: Mapping[tuple[str, str], Wish]) -> list[Wish]:
    """The planned wish in place of each; what is not planned to change is skipped without a call."""
    return [
        planned.get((wish.project, wish.service_name)) or replace(wish, skip="no change of it is asked for")
        for wish in wishes
    ]


def parse_limit(option: str, value: str | None) -> Limit | None:
    """``3`` or ``10%``. Raises ``invalid_target``."""
    if value is None or not str(value).strip():
        return None
    text = str(value).strip()
    number = text.removesuffix("%").strip()
    if not number.isascii() or not number.replace(".", "", 1).isdigit():
        raise AivenError(
            "invalid_target", f"{option} is {value!r}: give a count such as 3, or a percentage such as 10%."
        )
    return Limit(float(number), text.endswith("%"))


def _changes(run: Run) -> list[Wish]:
    last = {(row["project"], row["service_name"]): row for row in run.outcomes}
    return [
        Wish(
            project=row["project"],
            service_name=row["service_name"],
            state="disabled" if row["change"] == "disable" else "enabled",
            region=row["after"]["region"],
            expect=row["before"],
        )
        for row in last.values()
        if row["changed"] and row["change"] in ("enable", "move", "disable")
    ]


def _check_identities(rows: Sequence[tuple[str, object, object]]) -> None:
    mistakes: list[str] = []
    owners: dict[tuple[str, str], str] = {}
    for host, project, name in rows:
        if not (isinstance(project, str) and project and isinstance(name, str) and name):
            mistakes.append(
                f"host {host} has no aiven_project or no aiven_service_name: target hosts of aiven_services only."
            )
        elif (other := owners.setdefault((project, name), host)) != host:
            mistakes.append(
                f"hosts {other} and {host} are the same service {project}/{name}: limit the run to one of them."
            )
    if mistakes:
        shown = mistakes[:20]
        more = f" And {len(mistakes) - 20} more." if len(mistakes) > 20 else ""
        raise AivenError("invalid_target", " ".join(shown) + more)


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
