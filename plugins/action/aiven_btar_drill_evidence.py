# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import drill_evidence_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, cut, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import (
    evidence_of,
    facts_of_restore,
    redacted,
    result_of,
    secrets_of_restore,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Result
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import parse_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.operator import operator_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import DrillFolder, EvidenceError


class ActionModule(ActionBase):
    """Each step is one of the moments of a drill, in their order."""

    TRANSFERS_FILES = False
    _supports_check_mode = True

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        _validated, params = self.validate_argument_spec(drill_evidence_options())
        self._vars = task_vars or {}
        self._host = str(self._vars.get("inventory_hostname", "localhost"))
        self._folder = DrillFolder(params["drill"]["directory"])
        self._now = datetime.now(UTC)
        result["changed"] = False
        if self._task.check_mode:
            return result
        steps: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "cleared": self._cleared,
            "begun": self._begun,
            "running": self._running,
            "verified": self._verified,
            "failed": self._failed,
            "ended": self._ended,
        }
        try:
            result.update(steps[params["step"]](params))
        except EvidenceError as error:
            result.update(failed=True, msg=str(error), error=error_of("invalid_target", str(error)))
        except AivenError as error:
            result.update(failed=True, msg=error.message, error=error.as_dict())
        return result

    def _cleared(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Of drills that were killed the evidence is written now, if their forks are gone."""
        order = params["drill"]
        remaining, messages = set(), []
        for deletion in params["deletions"] or ():
            if deletion.get("failed"):
                left = deletion.get("item") or {}
                remaining.add((left.get("project"), left.get("name")))
                messages.append(str(deletion.get("msg")))
        paths = []
        for former in order["unfinished"]:
            draft = self._folder.draft(former)
            if draft is None or (former["fork_project"], former["fork_name"]) in remaining:
                continue
            draft["error"] = error_of("interrupted", "the run that drilled it was ended before the drill was")
            paths.append(self._finish(draft, "interrupted", fork_deleted=True))
        if messages:
            self._keep_outcome(f"forks of earlier drills could not be deleted: {'; '.join(messages)}", "failed")
        return {"evidence": paths, "msg": f"{counted(len(paths), 'interrupted drill')} written down"}

    def _begun(self, params: Mapping[str, Any]) -> dict[str, Any]:
        order = {key: value for key, value in params["drill"].items() if key not in ("leftovers", "unfinished")}
        self._folder.begin({"order": order, "started": self._time(), "by": operator_of(self._vars)})
        return {"msg": f"drill of {order['project']}/{order['service_name']} begun"}

    def _running(self, params: Mapping[str, Any]) -> dict[str, Any]:
        draft = self._draft(params)
        draft.update(restore=facts_of_restore(params["restore"] or {}), running=self._time())
        self._folder.update(draft)
        run_folder.forget_checks(self._host)
        # Seconds by the clock, for the templates that limit the tasks of the verification.
        return {"deadline": self._deadline(draft).timestamp()}

    def _verified(self, params: Mapping[str, Any]) -> dict[str, Any]:
        draft = self._draft(params)
        if self._now > self._deadline(draft):
            raise self._overrun(draft)
        draft.update(verified=self._time(), checks=run_folder.checks_of(self._host))
        if draft["order"]["verify"]:
            took = (self._now - self._since(draft)).total_seconds()
            draft["checks"].append({"name": "all tasks of btar_drill_verify", "passed": True, "seconds": took})
        self._folder.update(draft)
        return {"msg": f"{draft['order']['fork_name']} is verified"}

    def _failed(self, params: Mapping[str, Any]) -> dict[str, Any]:
        draft = self._draft(params)
        restore, failure = params["restore"] or {}, params["failure"] or {}
        secrets = secrets_of_restore(restore)
        message = cut(redacted(str(failure.get("msg") or "it gives no reason"), secrets))
        told: Any = failure.get("error")
        told = told if isinstance(told, Mapping) else {}
        error = error_of(str(told.get("code") or "drill_failed"), f"{params['task']}: {message}", told.get("status"))
        if draft.get("running") is None:
            draft["restore"] = facts_of_restore(restore)
        else:
            draft["checks"] = run_folder.checks_of(self._host)
            draft["checks"].append({"name": params["task"], "passed": False, "message": message})
            # A task that was ended by what is left of the time is ended a moment before it is over.
            if self._now + timedelta(seconds=1) > self._deadline(draft):
                error = self._overrun(draft).as_dict()
        draft.update(error=error, failed=self._time())
        self._folder.update(draft)
        return {"msg": error["message"]}

    def _ended(self, params: Mapping[str, Any]) -> dict[str, Any]:
        draft = self._draft(params)
        deletion: Mapping[str, Any] = next(iter(params["deletions"] or ()), {})
        kept = draft["order"]["keep"]
        deleted = not kept and not deletion.get("failed")
        result = result_of(draft.get("error"))
        path = self._finish(draft, result, fork_deleted=deleted)
        label = f"{draft['order']['project']}/{draft['order']['service_name']}"
        message = f"drill of {label}: {result}"
        if draft.get("error"):
            message += f"; {draft['error']['message']}"
        if not kept and not deleted:
            message += f"; its fork could not be deleted: {deletion.get('msg')}"
        self._keep_outcome(message, None if result == "passed" and (deleted or kept) else result)
        self._display.display(f"{message}; evidence: {path}", stderr=True)
        return {"msg": message, "result": result, "evidence": [path]}

    def _finish(self, draft: Mapping[str, Any], result: Result, *, fork_deleted: bool) -> str:
        body = evidence_of(draft, result, self._now, fork_deleted=fork_deleted)
        return self._folder.finish(draft["order"], body)

    def _keep_outcome(self, message: str, failure: str | None) -> None:
        """What the last play shows on the host."""
        outcome = {"changed": False, "failed": failure is not None, "change": None, "reason": message}
        error = None if failure is None else error_of("drill_failed", message)
        run_folder.keep_outcome(self._host, {**outcome, "before": None, "after": None, "error": error})

    def _draft(self, params: Mapping[str, Any]) -> dict[str, Any]:
        draft = self._folder.draft(params["drill"])
        if draft is None:
            raise EvidenceError(
                f"there is no draft of this drill in {params['drill']['directory']}: it could not be written when the drill began, or was "
                "removed since. Begin the drill anew (step: begun)."
            )
        return draft

    def _since(self, draft: Mapping[str, Any]) -> datetime:
        return parse_time(draft.get("running")) or self._now

    def _deadline(self, draft: Mapping[str, Any]) -> datetime:
        return self._since(draft) + timedelta(seconds=draft["order"]["verify_timeout"])

    def _overrun(self, draft: Mapping[str, Any]) -> AivenError:
        limit = draft["order"]["verify_timeout"]
        return AivenError("timeout", f"the verification took longer than btar_drill_verify_timeout, {limit:g} s")

    def _time(self) -> str:
        return self._now.isoformat().replace("+00:00", "Z")
