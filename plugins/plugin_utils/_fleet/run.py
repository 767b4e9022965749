# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many services in one run: read, decide about all, and only then write, wave by wave.

Nothing is written before everything is decided, so that limits (``max_changes``, ``max_failures``, a stale plan) hold
before the first write, and waves are made of changes. Calls: one for each project, one cloud list and one schema for each
type if any enable or move is wanted, one for each change; and one more for each project of a wave whose reading is old.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from typing import Literal

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core import decision as _decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import not_applied
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget, Policy, Watcher
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.deciding import Deciding, target_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.reading import Place, Reading
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordError
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.wait import wait_for_fleet
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.waves import cut

# What shows that a service is not as a plan found it.
_STALE = ("stale_plan", "service_not_found")


class Fleet:
    """One run over many services. ``cases`` is what has become of each target, in their order; ``ended`` how the run has."""

    def __init__(self, policy: Policy, watcher: Watcher, deciding: Deciding, reading: Reading) -> None:
        self._policy = policy
        self._watcher = watcher
        self._deciding = deciding
        self.reading = reading
        self._failures = 0
        self._stopped = False
        self._lock = threading.Lock()
        self.cases: list[Case] = []
        self.written: set[Place] = set()
        self.ended: Literal["failed", "finished", "stopped", "interrupted"] = "failed"

    def run(self, targets: Sequence[FleetTarget]) -> list[Case]:
        """Decides and changes; every case has an outcome. Raises Interrupted before all is decided, and
        ``invalid_region_inventory``. Whatever else ends it early, each case that is decided has its outcome.
        """
        try:
            self._run(targets)
        except AivenError:
            raise
        except BaseException as error:
            if self.ended != "failed":
                self._interrupt(self.cases, Interrupted(f"not tried: the run broke off ({error!r})"))
            raise
        return self.cases

    def _run(self, targets: Sequence[FleetTarget]) -> None:
        self.cases = [Case(asked, target_of(asked, asked.region)) for asked in targets]
        for case in self.cases:
            if case.asked.mistake is not None:
                case.fail(case.asked.mistake)
            elif case.asked.skip is not None:
                case.settle("skipped", case.asked.skip)
        unread = [case for case in self.cases if case.outcome is None]
        self._in_parallel("reading projects", self.reading.read, self.reading.places(unread).items())
        for case in self.cases:
            if case.outcome is None:
                self._deciding.decide(case)
        self._deciding.check_inventories(self.cases)
        self._hold_limits(self.cases)
        self.ended = "stopped" if self._stopped else "finished"
        changes = [case for case in self.cases if case.outcome is None]
        waves = [changes] if self._policy.check_mode else list(cut(changes, self._policy.waves))
        self._watcher.decided(self.cases, len(waves))
        for case in self.cases:
            if case.outcome is not None:
                self._tell(case.outcome)
        if self._policy.check_mode:
            for case in changes:
                self._tell(case.settle("changed", _reason(case), after=case.target.region))
        else:
            self._apply(waves)

    # Before the first write

    def _hold_limits(self, cases: Sequence[Case]) -> None:
        """Refuses or skips every change when a limit is broken before the first write."""
        changes = [case for case in cases if case.outcome is None]
        limit = self._policy.max_changes
        if limit is not None and limit.exceeded_by(len(changes), len(cases)):
            message = (
                f"{len(changes)} of {counted(len(cases), 'service')} would be changed, max_changes is {limit}: none was. "
                "Raise max_changes (btar_max_changes of the playbooks), or limit the run."
            )
            for case in changes:
                case.settle("failed", message, error_of("too_many_changes", message))
        failed = [case for case in cases if case.outcome is not None and case.outcome.failed]
        self._failures = len(failed)
        stale = [case.target.label for case in failed if case.error_code in _STALE]
        if self._policy.stale_stops and stale:
            reason = f"the plan is stale for {len(stale)} of {counted(len(cases), 'service')} ({', '.join(stale[:3])}): make a new plan"
            self._stop(changes, reason)
        elif self._too_many_failures():
            self._stop(changes, f"{counted(self._failures, 'target')} failed before the first write: none was sent")

    def _stop(self, cases: Iterable[Case], reason: str) -> None:
        """Skips what is left."""
        for case in cases:
            if case.outcome is None:
                case.skip("skipped_after_failures", reason)
                self._stopped = True

    def _too_many_failures(self) -> bool:
        limit = self._policy.max_failures
        return limit is not None and limit.exceeded_by(self._failures, len(self.cases))

    # Wave by wave

    def _apply(self, waves: Sequence[Sequence[Case]]) -> None:
        for number, wave in enumerate(waves):
            try:
                self._refresh(wave)
            except Interrupted as error:
                self._interrupt([case for rest in waves[number:] for case in rest], error)
                return
            left = [case for case in wave if case.outcome is None]
            self._in_parallel("changing services", self._apply_one, [(case,) for case in left])
            self._wait(wave)
            self._watcher.wave_ended(wave)
            if self.ended != "finished":
                reason = (
                    "the run was interrupted"
                    if self.ended == "interrupted"
                    else f"{counted(self._failures, 'target')} had failed"
                )
            elif self._failed_too_much(wave):
                failed = _failed(wave)
                reason = f"{failed} of {counted(len(wave), 'change')} of wave {number + 1} had failed, wave_max_failures is {self._policy.wave_max_failures}"
            else:
                continue
            self._leave([case for rest in waves[number + 1 :] for case in rest], reason)
            return

    def _leave(self, cases: Sequence[Case], reason: str) -> None:
        code = "interrupted" if self.ended == "interrupted" else "skipped_after_failures"
        if cases:
            self._end("stopped")
        for case in cases:
            self._tell(case.skip(code, f"not tried: {reason} before"))

    def _interrupt(self, cases: Sequence[Case], error: Interrupted) -> None:
        self._end("interrupted")
        for case in cases:
            if case.outcome is None:
                self._tell(case.skip("interrupted", error.message))

    def _failed_too_much(self, wave: Sequence[Case]) -> bool:
        limit = self._policy.wave_max_failures
        return limit is not None and limit.exceeded_by(_failed(wave), len(wave))

    def _refresh(self, wave: Sequence[Case]) -> None:
        """Reads projects again that were read too long ago, and holds their services against the plan."""
        old = self.reading.old(wave, self._policy.max_age)
        self._in_parallel("reading projects", self.reading.read, old.items())
        for cases in old.values():
            for case in cases:
                if case.outcome is None:
                    self._deciding.hold(case)
                if case.outcome is not None:
                    self._tell(case.outcome)
        self._count(_failed(wave))

    def _wait(self, wave: Sequence[Case]) -> None:
        if self._policy.wait_for is None or self.ended == "interrupted":
            return
        before = _failed(wave)
        try:
            wait_for_fleet(wave, self._policy.wait_for, self._policy.wait_timeout, self._watcher)
        except Interrupted:
            self._end("interrupted")
        self._count(_failed(wave) - before)

    def _count(self, failures: int) -> None:
        """After more failures than are allowed nothing further is begun."""
        with self._lock:
            self._failures += failures
            too_many = not self._stopped and self._too_many_failures()
            self._stopped = self._stopped or too_many
        if too_many:
            self._end("stopped")

    # How

    def _in_parallel(self, phase: str, work: object, items: Iterable[tuple[object, ...]]) -> None:
        """Does all, with a tick at least every half a second. What one of them raises is raised once all are over: then what
        has not begun is not begun.
        """
        with ThreadPoolExecutor(max_workers=self._policy.concurrency) as pool:
            futures: list[Future[None]] = [pool.submit(work, *item) for item in items]  # type: ignore[arg-type]
            try:
                self._follow(phase, futures)
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _follow(self, phase: str, futures: Sequence[Future[None]]) -> None:
        pending = set(futures)
        while pending:
            finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            self._watcher.tick(phase, len(futures) - len(pending), len(futures))

    def _apply_one(self, case: Case) -> None:
        stopped = f"not tried: {counted(self._failures, 'target')} had failed before" if self._stopped else None
        outcome = case.skip("skipped_after_failures", stopped) if stopped else self._write(case)
        self._tell(outcome)
        self._count(outcome.failed)

    def _tell(self, outcome: Outcome) -> None:
        try:
            self._watcher.outcome(outcome)
        except RecordError as error:
            # What nobody would know of is not done.
            broken = AivenError("invalid_target", str(error))
            for account in {case.asked.account for case in self.cases}:
                if account is not None:
                    account.breaker.give_up(broken)

    def _end(self, how: Literal["stopped", "interrupted"]) -> None:
        """An interrupted run stays one, whatever fails while its last calls finish."""
        with self._lock:
            if self.ended != "interrupted":
                self.ended = how

    def _write(self, case: Case) -> Outcome:
        decision = case.decision
        if decision is None:
            raise ValueError("a case without a decision is not written")
        target, account = case.target, case.account
        try:
            with account.breaker.call():
                self.written.add((account, target.project))
                service = account.client.update_service(
                    target.project,
                    target.service_name,
                    _decision.update_body(decision),
                    lambda found: found.secondary_region == decision.after,
                )
            if service.secondary_region != decision.after:
                raise not_applied(target, decision, service)
        except Interrupted as error:
            self._end("interrupted")
            return case.skip("interrupted", error.message)
        except AivenError as error:
            return case.fail(error)
        except BaseException as error:
            text = f"{target.label}: {error!r}. Whether the change was made is not known: run again."
            self._tell(case.fail(AivenError("api_error", text)))
            raise
        case.service = replace(service, backups=None)
        return case.settle("changed", _reason(case), after=decision.after)


def _failed(cases: Iterable[Case]) -> int:
    return sum(case.outcome is not None and case.outcome.failed for case in cases)


def _reason(case: Case) -> str:
    return case.decision.reason if case.decision is not None else ""
