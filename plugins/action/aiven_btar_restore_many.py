# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import restore_many_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.endpoints import parse_endpoints
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_down import PRIORITY
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore import parse_recover_to
from ansible_collections.offsite.aiven.plugins.module_utils._core.restores import (
    PLAN,
    VPC,
    Planned,
    group_sizes,
    outcome,
    restored_document,
    summary_words,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account, Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.batch_action import BatchAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._region_down.loss import Loss, read_loss
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError
from ansible_collections.offsite.aiven.plugins.plugin_utils._restores.files import write_restored
from ansible_collections.offsite.aiven.plugins.plugin_utils._restores.planning import planned_restores
from ansible_collections.offsite.aiven.plugins.plugin_utils._restores.running import Restores
from ansible_collections.offsite.aiven.plugins.plugin_utils._restores.table import table_of

# The fact by which the playbook says which task of a hook has failed on a host. What it failed with may hold secrets.
HOOK_FAILED = "__btar_hook_failed"
_INTERRUPTED = "the restore was interrupted: run it again, and it goes on where it was"
_ENDED = "not tried: a hook ended this host"

State = dict[str, Any]


class ActionModule(BatchAction):
    variables: ClassVar = {
        "region": "btar_region",
        "directory": "btar_report_dir",
        **{name: f"btar_restore_{name}" for name in ("suffix", "recover_to", "max_forks", "before", "after")},
    }
    more_variables = (PRIORITY, PLAN, VPC, HOOK_FAILED)

    def argument_spec(self) -> dict[str, Any]:
        return restore_many_options()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        if params["max_forks"] < 1:
            raise AivenError("invalid_target", f"max_forks is {params['max_forks']}: give 1 or more.")
        steps: Mapping[str, Callable[[Accounts, dict[str, Any], HostReader], dict[str, Any]]] = {
            "plan": self._plan,
            "restore": self._restore,
            "report": self._report,
        }
        try:
            return steps[params["step"]](accounts, params, reader)
        except ReportError as error:
            raise AivenError("invalid_target", str(error)) from None
        finally:
            if self.interruption.orphaned:
                # Nobody is there to take a result, and waiting for somebody would be for ever.
                os._exit(1)

    # The steps

    def _plan(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        run_folder.begin_run()
        region = (params["region"] or "").strip() or None
        if region is None and not reader.task_vars.get("ansible_limit"):
            raise AivenError(
                "invalid_target",
                "neither a region nor services are named, and nothing else tells what to restore: name the cloud that is "
                "gone with -e btar_region=aws-eu-west-1, or services with --limit.",
            )
        if parse_recover_to(params["recover_to"]) is None:
            raise AivenError(
                "invalid_target",
                f"btar_restore_recover_to is {params['recover_to']!r}: give latest, backup, or a time with an offset or Z, "
                "such as 2026-09-01T12:00:00Z.",
            )
        for option in ("before", "after"):
            if params[option] and not Path(params[option]).is_file():
                raise AivenError(
                    "invalid_target", f"btar_restore_{option} is {params[option]}: there is no such file of tasks."
                )
        loss = read_loss(reader, accounts, region, exact=False, local_now=datetime.now(UTC))
        report = loss.report({})
        planned = planned_restores(loss, report, suffix=params["suffix"], recover_to=params["recover_to"])
        self._warn(report["unchecked"])
        outcomes = {
            each.host: outcome(each, "failed", each.error["message"], error=each.error)
            for each in planned
            if each.error
        }
        outcomes.update(_of_no_service(loss))
        sizes = group_sizes(planned)
        hosts = list(dict.fromkeys([*(each.host for each in planned), *outcomes])) or [self.host]
        run_folder.keep_restores(
            {
                "region": region,
                "hosts": hosts,
                "planned": [each.as_dict() for each in planned],
                "outcomes": outcomes,
                "endpoints": [],
                "interrupted": False,
            }
        )
        told = f"{counted(sum(sizes), 'service')} to restore in {counted(len(sizes), 'group')}"
        if outcomes:
            told += f", {len(outcomes)} that cannot be"
        self._say(told)
        return {"changed": False, "msg": told, "planned": [each.as_dict() for each in planned]}

    def _restore(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        state = _state()
        hosts = {host.host: host for host in reader.read(reader.batch())}
        planned = [each for each in _planned(state) if each.host in hosts and each.host not in state["outcomes"]]
        restores = Restores(
            self._say, state["outcomes"], max_forks=params["max_forks"], check_mode=self._task.check_mode
        )
        jobs: list[tuple[Planned, Account]] = []
        for each in planned:
            failed_task = hosts[each.host].shared.get(HOOK_FAILED)
            if state["interrupted"]:
                restores.done[each.host] = outcome(
                    each, "skipped", _INTERRUPTED, error=error_of("interrupted", _INTERRUPTED)
                )
            elif failed_task:
                restores.done[each.host] = _hook_failed(each, "before", str(failed_task))
            else:
                jobs.append((each, accounts.of(hosts[each.host].shared)))
        title = f"group {planned[0].group} of {len(group_sizes(_planned(state)))}" if planned else ""
        restores.run(title, jobs)
        if restores.interrupted:
            run_folder.keep_error(_INTERRUPTED, self.host)
        state.update(outcomes=restores.done, interrupted=state["interrupted"] or restores.interrupted)
        state["endpoints"] += [] if self._task.check_mode else self._endpoints(jobs)
        run_folder.keep_restores(state)
        self._write(state, params)
        return {"changed": False, "results": [restores.done[each.host] for each in planned]}

    def _report(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        state = _state()
        planned = _planned(state)
        outcomes = state["outcomes"]
        facts = {host.host: host.shared.get(HOOK_FAILED) for host in reader.read([each.host for each in planned])}
        for each in planned:
            found = outcomes.setdefault(each.host, outcome(each, "skipped", _ENDED))
            if facts[each.host] and found["status"] in ("changed", "unchanged"):
                outcomes[each.host] = _hook_failed(each, "after", str(facts[each.host]), found)
        document, path = self._write(state, params)
        for line in [*table_of(document), f"{summary_words(document)}; {path}"]:
            self._say(line)
        news = {host: row for host, row in outcomes.items() if row["changed"] or row["failed"]}
        healthy = [host for host in state["hosts"] if not outcomes.get(host, {}).get("failed")]
        run_folder.keep_outcomes(news, next(iter(healthy), self.host))
        return {"changed": False, "msg": summary_words(document), "summary": document["summary"], "path": path}

    # How

    def _write(self, state: State, params: Mapping[str, Any]) -> tuple[dict[str, Any], str]:
        document = restored_document(
            state["region"],
            datetime.now(UTC),
            _planned(state),
            state["outcomes"],
            {(project, name): endpoint for project, name, endpoint in state["endpoints"]},
            check_mode=self._task.check_mode,
        )
        return document, write_restored(document, params["directory"])

    def _endpoints(self, jobs: Sequence[tuple[Planned, Account]]) -> list[tuple[str, str, dict[str, Any]]]:
        """Where the old and the new services are reached: one listing for each project."""
        names: dict[str, set[str]] = {}
        owners = {}
        for planned, account in jobs:
            owners[planned.project] = account
            names.setdefault(planned.project, set()).update((planned.service_name, planned.fork_name))
        found: list[tuple[str, str, dict[str, Any]]] = []
        for project, wanted in names.items():
            try:
                with owners[project].breaker.call():
                    read = owners[project].client.read_services(project, partial(parse_endpoints, names=wanted))
            except AivenError as error:
                self._warn([f"where the services of {project} are reached is not in the file: {error.message}"])
                continue
            found += [(project, name, endpoint) for name, endpoint in read.value.items()]
        return found


def _state() -> State:
    state = run_folder.restores()
    if state is None:
        raise AivenError("invalid_target", "nothing is planned: begin with step plan, as the playbook restore does.")
    return state


def _planned(state: State) -> list[Planned]:
    return [Planned(**row) for row in state["planned"]]


def _of_no_service(loss: Loss) -> dict[str, dict[str, Any]]:
    """The outcomes of hosts that are no service, or cannot be read."""
    outcomes = {}
    for host, mistake in loss.mistaken.items():
        none = Planned(host, "", "", None, None, "")
        outcomes[host] = outcome(none, "failed", mistake, error=error_of("invalid_target", mistake))
    return outcomes


def _hook_failed(planned: Planned, hook: str, task: str, former: Mapping[str, Any] | None = None) -> dict[str, Any]:
    what = f"{planned.fork_label} is there" if former else "not tried"
    message = f"{what}, but task {task!r} of btar_restore_{hook} failed: see its own result, mend it and run again."
    return outcome(planned, "failed", message, former, error_of("hook_failed", message))
