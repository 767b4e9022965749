# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import fleet_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core import decision as _decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.artifact import as_artifact
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.batch_action import BatchAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget, Policy, summarise
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.progress import Progress
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RUN_ID, RecordError, RecordWriter
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.run import Fleet
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.snapshot import take_snapshot
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import (
    planned_targets,
    restrict_to_plan,
    targets_of_hosts,
    targets_of_rows,
    undoing_targets,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.waves import Limit, parse_limit, parse_waves

_CANNOT_BE_TAKEN_BACK = (
    "Copies that the run deleted, by a move or a disable, stay deleted. A region that is set again starts with no copies.",
    "Taking back an enable or a move deletes the copies made since. The playbook rollback does it with btar_accept_loss=true only.",
    "Aiven allows a region to be changed once in 24 hours. A move that is younger is refused.",
)
_INTERRUPTED = "the run was interrupted: what was not tried is skipped in the record; run it again"


_WITHOUT_VARIABLE = ("targets", "max_failures", "refusal", "results", "snapshot")


class ActionModule(BatchAction):
    variables: ClassVar = {
        **{option: f"btar_{option}" for option in fleet_options() if option not in _WITHOUT_VARIABLE},
        "defer": "btar_defer_outcomes",
    }
    constraints: ClassVar = {
        "mutually_exclusive": [("plan", "undo")],
        "required_by": {"undo_run": "undo"},
    }

    def argument_spec(self) -> dict[str, Any]:
        return fleet_options()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        if params["defer"]:
            run_folder.begin_run()
        try:
            hosts = reader.batch() if params["targets"] is None else []
            if params["defer"]:
                run_folder.keep_batch(hosts, self.host)
            result = self._run(accounts, params, reader, hosts)
        except AivenError as error:
            if not params["defer"]:
                raise
            error = self.with_variable(error)
            result = {"failed": True, "msg": error.message, "error": error.as_dict(), "news": {}, "outcomes": []}
        outcomes = result.pop("outcomes")
        return self._deferred(result, outcomes, params["show_hosts"]) if params["defer"] else result

    def _run(
        self, accounts: Accounts, params: dict[str, Any], reader: HostReader, batch: Sequence[str]
    ) -> dict[str, Any]:
        if params["refusal"] is not None:
            raise AivenError("change_not_allowed", params["refusal"])
        policy = self._policy(params)
        undone, planned = self._planned(params)
        record = _open_record(params["record"], check_mode=policy.check_mode, undoes=undone)
        progress = Progress(self._say, record, check_mode=policy.check_mode)
        fleet: Fleet | None = None
        ended = "failed"
        try:
            hosts, targets = self._targets(params, accounts, reader, batch, planned)
            if undone is not None:
                count = sum(target.skip is None for target in targets)
                self._say(f"run {undone} changed {count} of {counted(len(targets), 'service')}: taking that back")
                for line in _CANNOT_BE_TAKEN_BACK:
                    self._say(f"  {line}")
            of_hosts = params["targets"] is None
            deciding = Deciding(
                policy,
                datetime.now(UTC).date(),
                known_clouds=reader.known_clouds() if of_hosts else (),
                listed_clouds=reader.listed_clouds() if of_hosts else None,
            )
            fleet = Fleet(policy, progress, deciding, Reading(observe=policy.observe))
            fleet.run(targets)
            ended = fleet.ended
        except AivenError as error:
            ended = "interrupted" if isinstance(error, Interrupted) else "failed"
            raise
        except BaseException:
            ended = fleet.ended if fleet is not None else "failed"
            raise
        finally:
            if record is not None:
                record.end(ended)
            if self.interruption.orphaned:
                # Nobody is there to take a result, and waiting for somebody would be for ever.
                os._exit(1)
        return self._told(fleet, hosts, progress, record, params, undone)

    def _told(
        self,
        fleet: Fleet,
        hosts: Sequence[str | None],
        progress: Progress,
        record: RecordWriter | None,
        params: Mapping[str, Any],
        undone: str | None,
    ) -> dict[str, Any]:
        """The result, after all that is shown of the run."""
        outcomes = [case.outcome for case in fleet.cases if case.outcome is not None]
        if not params["defer"]:
            progress.table(outcomes)
        progress.end(outcomes)
        self._warn(dict.fromkeys(text for case in fleet.cases if case.decision for text in case.decision.warnings))
        if params["snapshot"]:
            run_folder.keep_snapshot(take_snapshot(fleet.cases, fleet.reading.seen, fleet.written))
        result = _result(outcomes, hosts, params)
        broken = record.broken if record is not None else None
        if fleet.ended == "interrupted":
            result.update(failed=True, msg=_INTERRUPTED, error=error_of("interrupted", _INTERRUPTED))
        elif broken and "error" not in result:
            result.update(failed=True, msg=broken, error=error_of("invalid_target", broken))
        if self._task.diff and not params["defer"]:
            result["diff"] = [_diff(case) for case in fleet.cases if case.outcome is not None and case.outcome.changed]
        figures = {**result["summary"], "run_id": RUN_ID, "record": params["record"]}
        published = {"offsite_aiven_run": figures}
        if params["artifact"]:
            published |= self._artifact(fleet, result, undone)
        result["ansible_stats"] = {"data": published, "per_host": False, "aggregate": False}
        return {**result, "outcomes": outcomes}

    def _artifact(self, fleet: Fleet, result: dict[str, Any], undone: str | None) -> dict[str, Any]:
        """The changes to publish. A plan that is not whole is none; what cannot be published fails the run."""
        check_mode = self._task.check_mode
        if check_mode and fleet.ended == "interrupted":
            return {}
        outcomes = [case.outcome for case in fleet.cases if case.outcome is not None]
        try:
            artifact = as_artifact(outcomes, check_mode=check_mode, undoes=undone)
        except RecordError as error:
            message = f"artifact: {error}"
            result.update(failed=True, msg=message, error=error_of("too_many_changes", message))
            return {}
        return {"offsite_aiven_plan" if check_mode else "offsite_aiven_changes": artifact}

    def _deferred(self, result: dict[str, Any], outcomes: Sequence[Outcome], most: int) -> dict[str, Any]:
        """Shows nothing as changed or failed: the hosts do it themselves later, and where nothing was decided the end of the
        run.
        """
        news: dict[str, dict[str, Any]] = result.pop("news")
        if len(news) > most:
            shown = {host: row for host, row in news.items() if row["failed"]}
            self._say(
                f"{counted(len(news), 'service has', 'services have')} changed or failed, more than show_hosts ({most}): "
                f"their hosts show {counted(len(shown), 'failure')} only"
            )
            news = shown
        of_targets = result.get("error") is not None and any(outcome.failed for outcome in outcomes)
        if result.get("failed") and (result["error"]["code"] == "interrupted" or not of_targets):
            run_folder.keep_error(result["msg"], self.host)
        failed = {host for host, row in news.items() if row["failed"]}
        run_folder.keep_outcomes(
            news, self.host if self.host not in failed else next(iter(set(news) - failed), self.host)
        )
        kept: dict[str, Any] = {
            key: result[key]
            for key in ("summary", "run_id", "record", "msg", "error", "ansible_stats")
            if key in result
        }
        return {**kept, "results": result.get("results", [])}

    def _policy(self, params: dict[str, Any]) -> Policy:
        if params["concurrency"] < 1:
            raise AivenError("invalid_target", f"concurrency is {params['concurrency']}: give 1 or more.")
        for option in ("wait_timeout", "snapshot_max_age"):
            if not (math.isfinite(params[option]) and params[option] >= 0):
                raise AivenError("invalid_target", f"{option} is {params[option]:g}: give seconds, 0 or more.")
        planned = params["plan"] is not None
        stop = Limit(0, percent=False) if params["on_error"] == "stop" else None
        return Policy(
            # A plan was made with its changes opted into, and holds no other.
            changes=frozenset(("enable", "move", "disable") if planned else params["changes"]),
            max_changes=parse_limit("max_changes", params["max_changes"]),
            max_failures=stop or parse_limit("max_failures", params["max_failures"]),
            waves=parse_waves(params["waves"]),
            wave_max_failures=parse_limit("wave_max_failures", params["wave_max_failures"]),
            wait_for=params["wait_for"] if params["wait"] else None,
            wait_timeout=params["wait_timeout"],
            stale_stops=planned,
            undoes=params["undo"] is not None,
            concurrency=params["concurrency"],
            max_age=params["snapshot_max_age"],
            observe=params["snapshot"],
            check_mode=self._task.check_mode,
        )

    def _planned(self, params: dict[str, Any]) -> tuple[str | None, Mapping[tuple[str, str], FleetTarget] | None]:
        """The id of the run to take back, and the only changes that may be made; None where nothing restricts them."""
        if params["plan"] is not None:
            return None, planned_targets(params["plan"])
        if params["undo"] is None:
            return None, None
        return undoing_targets(params["undo"], params["undo_run"])

    def _targets(
        self,
        params: dict[str, Any],
        accounts: Accounts,
        reader: HostReader,
        batch: Sequence[str],
        planned: Mapping[tuple[str, str], FleetTarget] | None,
    ) -> tuple[Sequence[str | None], list[FleetTarget]]:
        """The targets, and the host of each where there is one."""
        hosts: list[str | None]
        if params["targets"] is not None:
            targets = targets_of_rows(params["targets"], params["state"], accounts.default)
            hosts = [None] * len(targets)
        else:
            read = list(reader.read(batch))
            if planned is not None and not any(host.project for host in read):
                # No services are hosts here, so nothing limits what the plan says.
                account = accounts.default
                return [None] * len(planned), [replace(target, account=account) for target in planned.values()]
            by_host = targets_of_hosts(read, params["state"], accounts)
            hosts, targets = list(by_host), list(by_host.values())
        if planned is not None:
            targets = restrict_to_plan(targets, planned)
        return hosts, targets


def _open_record(path: str | None, *, check_mode: bool, undoes: str | None) -> RecordWriter | None:
    try:
        return RecordWriter(path, check_mode=check_mode, undoes=undoes) if path is not None else None
    except RecordError as error:
        raise AivenError("invalid_target", str(error)) from None


def _diff(case: Case) -> dict[str, Any]:
    if case.decision is None:
        raise ValueError("a change has a decision")
    return _decision.diff(case.target, case.decision)


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
        message = (
            f"{len(failed)} of {counted(len(outcomes), 'target')} failed ({names}{others}); the first: {first.reason}"
        )
        result.update(failed=True, msg=message, error={**error, "message": message})
    return result
