# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many services in one run: snapshot, decide, and only then write, concurrently.

Nothing is written before everything is decided, so that limits (``max_changes``, ``max_failures``, a stale plan) hold
before the first write. Calls: one for each project, one cloud list and one schema for each type if any enable or move
is wanted, one for each change.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import Outlook
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core import plan as _plan
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    TYPES_WITH_BTAR,
    Clouds,
    Outcome,
    Refusal,
    Service,
    Target,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.plan import Decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    Choice,
    CloudsNeeded,
    RegionInventory,
    RegionInventoryError,
    check_region_inventory,
    choose,
)
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import not_applied, service_facts
from ansible_collections.offsite.aiven.plugins.module_utils._runners.write_check import Facts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.plan import Plan, Policy, Watcher, Wish
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordError


class Fleet:
    """One run over many services."""

    def __init__(
        self,
        client: AivenClient,
        policy: Policy,
        watcher: Watcher,
        today: date,
        known_clouds: Iterable[str] = (),
        listed_clouds: Clouds | None = None,
    ) -> None:
        """``known_clouds`` are clouds that services outside of this run are in, so that naming them is no mistake.
        ``listed_clouds`` is a cloud list that may be old: good enough to find that nothing is to be changed.
        """
        self._client = client
        self._policy = policy
        self._watcher = watcher
        self._today = today
        self._known_clouds = frozenset(known_clouds)
        self._listed_clouds = listed_clouds
        self._facts = Facts(client)
        self._outlook = Outlook()
        self._failures = 0
        self._stopped = False
        self._lock = threading.Lock()
        self.ended: Literal["finished", "stopped", "interrupted"] = "finished"

    def run(self, wishes: Sequence[Wish]) -> list[Plan]:
        """What became of each wish, in their order; every plan has an outcome."""
        plans = [Plan(wish, _target(wish, wish.region)) for wish in wishes]
        for plan in plans:
            if plan.wish.skip is not None:
                plan.settle("skipped", plan.wish.skip)
        self._snapshot([plan for plan in plans if plan.outcome is None])
        for plan in plans:
            if plan.outcome is None:
                self._decide(plan)
        self._check_inventories(plans)
        self._hold_limits(plans)
        self._watcher.decided(plans)
        for plan in plans:
            if plan.outcome is not None:
                self._tell(plan.outcome)
        self._apply([plan for plan in plans if plan.outcome is None], len(plans))
        return plans

    # Snapshot

    def _snapshot(self, plans: Sequence[Plan]) -> None:
        """The services of all plans: one call for each project, a listing unless the project has a single target."""
        by_project: dict[str, list[Plan]] = {}
        for plan in plans:
            by_project.setdefault(plan.wish.project, []).append(plan)
        with ThreadPoolExecutor(max_workers=self._policy.concurrency) as pool:
            self._follow("reading projects", [pool.submit(self._read_project, *item) for item in by_project.items()])

    def _read_project(self, project: str, plans: Sequence[Plan]) -> None:
        try:
            if self._client.transport.guard is not None:
                self._client.transport.guard()
            with self._outlook.call():
                if len(plans) == 1:
                    answer = self._client.find_service(project, plans[0].wish.service_name)
                    plans[0].service = answer.value if answer is not None else None
                    return
                names = {plan.wish.service_name for plan in plans}
                services = self._client.list_services(project, with_backups=False, only=names).value
        except AivenError as error:
            if error.code == "interrupted":
                raise
            for plan in plans:
                plan.fail(error)
            return
        by_name = {service.name: service for service in services}
        for plan in plans:
            plan.service = by_name.get(plan.wish.service_name)

    # Decide

    def _decide(self, plan: Plan) -> None:
        """Sets the decision; and the outcome, unless there is a change to make."""
        try:
            choice = self._choose(plan)
            if plan.outcome is not None:
                return
            plan.decision = self._decision(plan, choice)
        except AivenError as error:
            if error.code == "interrupted":
                raise
            plan.fail(error)
            return
        decision = plan.decision
        if decision.refusal is not None:
            self._refuse(plan, decision.refusal)
        elif decision.change is None:
            plan.settle("unchanged", decision.reason)

    def _choose(self, plan: Plan) -> Choice | None:
        """The region inventory's choice; None where the target names the region, or is not to have one."""
        wish, service = plan.wish, plan.service
        if wish.inventory is None or service is None:
            return None
        plan.decision = Decision(None, service.secondary_region, service.secondary_region, "")
        if service.service_type not in TYPES_WITH_BTAR and service.secondary_region is None:
            plan.settle("skipped", f"Aiven has no backup to another region for {service.service_type} services")
            return None
        if wish.state == "disabled":
            return None
        choice = self._choice(wish, wish.inventory, service)
        if choice.exempt:
            plan.settle("skipped", choice.reason)
        elif choice.refusal is not None:
            self._refuse(plan, choice.refusal)
        else:
            plan.target = _target(wish, choice.region)
        return choice

    def _choice(self, wish: Wish, inventory: RegionInventory, service: Service) -> Choice:
        """The choice, with as little of the cloud lists as it needs."""
        try:
            return choose(service, inventory, None, override=wish.override, today=self._today)
        except CloudsNeeded:
            pass
        if self._listed_clouds:
            choice = choose(service, inventory, self._listed_clouds, override=wish.override, today=self._today)
            if choice.region is not None and choice.region == service.secondary_region:
                return choice
        clouds = self._facts.clouds_for(wish.project, (service.cloud_name, service.primary_region))
        choice = choose(service, inventory, clouds, override=wish.override, today=self._today)
        if choice.refusal is not None and choice.refusal.code == "unknown_region":
            clouds = self._facts.project_clouds(wish.project)
            choice = choose(service, inventory, clouds, override=wish.override, today=self._today)
        return choice

    def _decision(self, plan: Plan, choice: Choice | None) -> Decision:
        if plan.service is None:
            return Decision(None, None, None, "").refuse("service_not_found", _not_found(plan.wish))
        decision = _plan.compare(plan.target, plan.service)
        if choice is not None:
            reason = f"{decision.reason} ({choice.reason})"
            decision = replace(decision, reason=reason, warnings=decision.warnings + choice.warnings)
        if decision.refusal is not None or decision.change is None:
            return decision
        expected = plan.wish.expect
        if expected is not None and (stale := _stale(plan, expected)):
            return decision.refuse("stale_plan", stale)
        if decision.change not in self._policy.changes:
            return decision.refuse(
                "change_not_allowed", _not_allowed(plan.target, decision, choice, undoes=self._policy.undoes)
            )
        return self._facts.check(decision, plan.target, plan.service)

    def _refuse(self, plan: Plan, refusal: Refusal) -> None:
        if refusal.code == "unsupported_service_type" and plan.wish.inventory is not None:
            plan.settle("skipped", refusal.message)
        else:
            plan.settle("failed", refusal.message, error_of(refusal.code, refusal.message))

    def _check_inventories(self, plans: Sequence[Plan]) -> None:
        """Mistakes of the region inventory that only the cloud list shows; looked for when a change is to be made.

        Raises ``invalid_region_inventory`` with all of them: what it says for other services is then in doubt as well.
        """
        if not any(
            plan.outcome is None and plan.wish.inventory is not None and plan.wish.state == "enabled" for plan in plans
        ):
            return
        runs_on = set(self._known_clouds)
        runs_on |= {plan.service.cloud_name for plan in plans if plan.service is not None}
        runs_on |= {plan.service.primary_region for plan in plans if plan.service is not None}
        mistakes: dict[str, None] = {}
        for inventory in {id(plan.wish.inventory): plan.wish.inventory for plan in plans}.values():
            if inventory is not None:
                found = check_region_inventory(inventory, self._facts.clouds(), also_known=runs_on)
                mistakes.update(dict.fromkeys(found))
        if mistakes:
            raise AivenError("invalid_region_inventory", str(RegionInventoryError(mistakes)))

    def _hold_limits(self, plans: Sequence[Plan]) -> None:
        """Refuses or skips every change when a limit is broken before the first write."""
        changes = [plan for plan in plans if plan.outcome is None]
        limit = self._policy.max_changes
        if limit is not None and limit.exceeded_by(len(changes), len(plans)):
            message = (
                f"{len(changes)} of {len(plans)} services would be changed, max_changes is {limit}: none was. "
                "Raise max_changes, or limit the run."
            )
            for plan in changes:
                plan.settle("failed", message, error_of("too_many_changes", message))
        failed = [plan for plan in plans if plan.outcome is not None and plan.outcome.failed]
        self._failures = len(failed)
        stale = [plan for plan in failed if plan.outcome and (plan.outcome.error or {}).get("code") in _STALE]
        if self._policy.stale_stops and stale:
            names = ", ".join(plan.target.label for plan in stale[:3])
            self._skip_all(changes, f"the plan is stale for {len(stale)} services ({names}): make a new plan")
        elif self._too_many_failures(len(plans)):
            self._skip_all(changes, f"{self._failures} targets failed before the first write: none was sent")

    def _skip_all(self, plans: Iterable[Plan], reason: str) -> None:
        for plan in plans:
            if plan.outcome is None:
                plan.skip("skipped_after_failures", reason)
                self._end("stopped")

    def _too_many_failures(self, total: int) -> bool:
        limit = self._policy.max_failures
        return limit is not None and limit.exceeded_by(self._failures, total)

    # Apply

    def _apply(self, plans: Sequence[Plan], total: int) -> None:
        if self._policy.check_mode:
            for plan in plans:
                self._tell(plan.settle("changed", _reason(plan), after=plan.target.region))
            return
        with ThreadPoolExecutor(max_workers=self._policy.concurrency) as pool:
            self._follow("changing services", [pool.submit(self._apply_one, plan, total) for plan in plans])

    def _follow(self, phase: str, futures: Sequence[Future[None]]) -> None:
        """Waits for all, with a tick at least every half a second; raises what one of them raised."""
        pending = set(futures)
        while pending:
            finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
            self._watcher.tick(phase, len(futures) - len(pending), len(futures))

    def _apply_one(self, plan: Plan, total: int) -> None:
        stopped = f"not tried: {self._failures} targets had failed before" if self._stopped else None
        outcome = plan.skip("skipped_after_failures", stopped) if stopped else self._write(plan)
        self._tell(outcome)
        with self._lock:
            self._failures += outcome.failed
            too_many = not self._stopped and self._too_many_failures(total)
            self._stopped = self._stopped or too_many
        if too_many:
            self._end("stopped")

    def _tell(self, outcome: Outcome) -> None:
        try:
            self._watcher.outcome(outcome)
        except RecordError as error:
            # What nobody would know of is not done.
            self._outlook.give_up(AivenError("invalid_target", str(error)))

    def _end(self, how: Literal["stopped", "interrupted"]) -> None:
        """An interrupted run stays one, whatever fails while its last calls finish."""
        with self._lock:
            if self.ended != "interrupted":
                self.ended = how

    def _write(self, plan: Plan) -> Outcome:
        decision = plan.decision
        if decision is None:
            raise ValueError("a plan without a decision is not written")
        target = plan.target
        try:
            with self._outlook.call():
                service = self._client.update_service(
                    target.project,
                    target.service_name,
                    _plan.update_body(decision),
                    lambda found: found.secondary_region == decision.after,
                )
            if service.secondary_region != decision.after:
                raise not_applied(target, decision, service)
        except AivenError as error:
            if error.code == "interrupted":
                self._end("interrupted")
                return plan.skip("interrupted", error.message)
            return plan.fail(error)
        plan.service = service
        return plan.settle("changed", _reason(plan), after=decision.after)


# What shows that a service is not as a plan found it.
_STALE = ("stale_plan", "service_not_found")


def _target(wish: Wish, region: str | None) -> Target:
    return Target(wish.project, wish.service_name, wish.state, region if wish.state == "enabled" else None, wish.expect)


def _stale(plan: Plan, expected: Mapping[str, Any]) -> str:
    """In words, what is not as the plan expects it; empty when all is."""
    actual = service_facts(plan.service) if plan.service is not None else {}
    different = [
        f"{key} is {actual.get(key)!r}, the plan expects {value!r}"
        for key, value in expected.items()
        if actual.get(key) != value
    ]
    return f"{plan.target.label}: {'; '.join(different)}. Make a new plan." if different else ""


def _not_found(wish: Wish) -> str:
    remedy = "correct the name" if wish.inventory is None else "read the inventory anew, its cache may be old"
    return f"service {wish.project}/{wish.service_name} does not exist: {remedy}."


def _not_allowed(target: Target, decision: Decision, choice: Choice | None, *, undoes: bool) -> str:
    why = {"move": "it deletes the copies in the present region and starts anew", "disable": "it deletes the copies"}
    note = why.get(decision.change or "", "it is not among changes")
    wanted = f" ({choice.reason})" if choice is not None else ""
    switch = "btar_accept_loss=true of the playbook rollback does" if undoes else "btar_changes of the playbooks"
    return (
        f"{target.label}: the {decision.change} from {decision.before} to {decision.after or 'none'}{wanted} was not opted into, "
        f"as {note}. Add {decision.change} to changes to allow it ({switch})."
    )


def _reason(plan: Plan) -> str:
    return plan.decision.reason if plan.decision is not None else ""
