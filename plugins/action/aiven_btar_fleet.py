# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._api.options import fleet_options
from ansible_collections.offsite.aiven.plugins.module_utils._core import plan as _plan
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.action import AivenAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader, named_hosts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import Interruption
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan import Limit, Plan, Policy, Wish, summarise
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.progress import Progress
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RUN_ID, RecordError, RecordWriter
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.sources import (
    parse_limit,
    planned_wishes,
    restrict_to_plan,
    undone_wishes,
    wishes_of_hosts,
    wishes_of_targets,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.wait import wait_for_fleet


class ActionModule(AivenAction):
    # Without it, a forgotten run_once would run the whole batch once for each host.
    BYPASS_HOST_LOOP = True
    constraints: ClassVar = {
        "mutually_exclusive": [("plan", "undo"), ("targets", "hosts")],
        "required_by": {"undo_run": "undo"},
    }

    def argument_spec(self) -> dict[str, Any]:
        return fleet_options()

    def perform(self, client: AivenClient, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        policy = self._policy(params)
        reader = HostReader(task_vars, self._task, self._loader)
        undone, planned = self._planned(params)
        record = _open_record(params["record"], check_mode=policy.check_mode, undoes=undone)
        progress = Progress(self._say, record, check_mode=policy.check_mode)
        ended = "failed"
        plans: list[Plan] = []
        interruption = Interruption()
        client.transport.guard = interruption
        try:
            with interruption:
                hosts, wishes = self._wishes(params, task_vars, reader, planned)
                if undone is not None:
                    count = sum(wish.skip is None for wish in wishes)
                    self._say(f"run {undone} changed {count} of these {len(wishes)} services: taking that back")
                of_hosts = params["targets"] is None
                fleet = Fleet(
                    client,
                    policy,
                    progress,
                    datetime.now(UTC).date(),
                    known_clouds=reader.known_clouds() if of_hosts else (),
                    listed_clouds=reader.listed_clouds() if of_hosts else None,
                )
                plans = fleet.run(wishes)
                ended = fleet.ended
                if params["wait"] and not policy.check_mode and ended != "interrupted":
                    wait_for_fleet(client, plans, params["wait_for"], params["wait_timeout"], progress)
        except AivenError as error:
            if error.code == "interrupted":
                ended = "interrupted"
            raise
        finally:
            if record is not None:
                record.end(ended, summarise(_outcomes(plans)))
            if interruption.orphaned:
                # Nobody is there to take a result, and waiting for somebody would be for ever.
                os._exit(1)
        outcomes = _outcomes(plans)
        if ended == "interrupted":
            raise AivenError(
                "interrupted", "the run was interrupted: what was not tried is skipped in the record; run it again"
            )
        progress.table(outcomes)
        self._warn(dict.fromkeys(text for plan in plans if plan.decision for text in plan.decision.warnings))
        result = _result(outcomes, hosts, params)
        if record is not None and record.broken and "error" not in result:
            result.update(failed=True, msg=record.broken, error=error_of("invalid_target", record.broken))
        if self._task.diff:
            result["diff"] = [
                _plan.diff(plan.target, plan.decision)
                for plan in plans
                if plan.outcome is not None and plan.outcome.changed and plan.decision is not None
            ]
        return result

    def _policy(self, params: dict[str, Any]) -> Policy:
        if params["concurrency"] < 1:
            raise AivenError("invalid_target", f"concurrency is {params['concurrency']}: give 1 or more.")
        timeout = params["wait_timeout"]
        if not (math.isfinite(timeout) and timeout >= 0):
            raise AivenError("invalid_target", f"wait_timeout is {timeout:g}: give seconds, 0 or more.")
        planned = params["plan"] is not None
        stop = Limit(0, percent=False) if params["on_error"] == "stop" else None
        return Policy(
            # A plan was made with its changes opted into, and holds no other.
            changes=frozenset(("enable", "move", "disable") if planned else params["changes"]),
            max_changes=parse_limit("max_changes", params["max_changes"]),
            max_failures=stop or parse_limit("max_failures", params["max_failures"]),
            stale_stops=planned,
            undoes=params["undo"] is not None,
            concurrency=params["concurrency"],
            check_mode=self._task.check_mode,
        )

    def _planned(self, params: dict[str, Any]) -> tuple[str | None, Mapping[tuple[str, str], Wish] | None]:
        """The id of the run to take back, and the only changes that may be made; None where nothing restricts them."""
        if params["plan"] is not None:
            return None, planned_wishes(params["plan"])
        if params["undo"] is None:
            return None, None
        return undone_wishes(params["undo"], params["undo_run"])

    def _wishes(
        self,
        params: dict[str, Any],
        task_vars: dict[str, Any],
        reader: HostReader,
        planned: Mapping[tuple[str, str], Wish] | None,
    ) -> tuple[Sequence[str | None], list[Wish]]:
        """The wishes, and the host of each where there is one."""
        hosts: list[str | None]
        if params["targets"] is not None:
            wishes = wishes_of_targets(params["targets"], params["state"])
            hosts = [None] * len(wishes)
        else:
            read = list(reader.read(named_hosts(params, task_vars)))
            if planned is not None and params["hosts"] is None and not any(host.project for host in read):
                # No services are hosts here, so nothing limits what the plan says.
                return [None] * len(planned), list(planned.values())
            by_host = wishes_of_hosts(read, params["state"])
            hosts, wishes = list(by_host), list(by_host.values())
        if planned is not None:
            wishes = restrict_to_plan(wishes, planned)
        return hosts, wishes

    def _say(self, text: str) -> None:
        self._display.display(text, stderr=True)


def _outcomes(plans: Sequence[Plan]) -> list[Outcome]:
    return [plan.outcome for plan in plans if plan.outcome is not None]


def _open_record(path: str | None, *, check_mode: bool, undoes: str | None) -> RecordWriter | None:
    try:
        return RecordWriter(path, check_mode=check_mode, undoes=undoes) if path is not None else None
    except RecordError as error:
        raise AivenError("invalid_target", str(error)) from None


def _result(outcomes: Sequence[Outcome], hosts: Sequence[str | None], params: Mapping[str, Any]) -> dict[str, Any]:
    told = [
        (host, outcome.as_dict())
        for host, outcome in zip(hosts, outcomes, strict=True)
        if params["results"] == "all" or outcome.changed or outcome.failed
    ]
    summary = summarise(outcomes)
    failed = [outcome for outcome in outcomes if outcome.failed]
    result: dict[str, Any] = {
        "changed": any(outcome.changed for outcome in outcomes),
        "results": [row for _host, row in told],
        "summary": summary,
        "news": {host: row for host, row in told if host is not None and (row["changed"] or row["failed"])},
        "run_id": RUN_ID,
        "record": params["record"],
        "msg": ", ".join(f"{count} {status}" for status, count in summary.items() if status != "total"),
    }
    if failed:
        first = failed[0]
        names = ", ".join(f"{outcome.project}/{outcome.service_name}" for outcome in failed[:3])
        others = f" and {len(failed) - 3} more" if len(failed) > 3 else ""
        error = dict(first.error or error_of("api_error", first.reason))
        message = f"{len(failed)} of {len(outcomes)} targets failed ({names}{others}); the first: {first.reason}"
        result.update(failed=True, msg=message, error={**error, "message": message})
    return result
