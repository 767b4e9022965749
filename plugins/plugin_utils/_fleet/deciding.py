# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet run does about each service, once it is read: the region that is wanted, the change, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core import decision as _decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import Decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.eligibility import cannot_have_copy
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    Clouds,
    Refusal,
    Service,
    Target,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import (
    Choice,
    CloudsNeeded,
    RegionInventory,
    RegionInventoryError,
    check_region_inventory,
    choose,
)
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import service_facts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, FleetTarget, Policy

# Refusals that say of a host's service: there is nothing that could be copied.
_NOTHING_TO_COPY = frozenset({"unsupported_service_type", "no_own_backups"})


class Deciding:
    """Decides about cases whose services are read.

    ``known_clouds`` are clouds that services outside of the run are in, so that naming them is no mistake.
    ``listed_clouds`` is a cloud list that may be old: good enough to find that nothing is to be changed.
    """

    def __init__(
        self,
        policy: Policy,
        today: date,
        known_clouds: Iterable[str] = (),
        listed_clouds: Clouds | None = None,
    ) -> None:
        self._policy = policy
        self._today = today
        self._known_clouds = frozenset(known_clouds)
        self._listed_clouds = listed_clouds

    def decide(self, case: Case) -> None:
        """Sets the decision; and the outcome, unless there is a change to make. Raises Interrupted."""
        try:
            choice = self._choose(case)
            if case.outcome is not None:
                return
            case.decision = self._decision(case, choice)
        except Interrupted:
            raise
        except AivenError as error:
            case.fail(error)
            return
        self._settle(case)

    def hold(self, case: Case) -> None:
        """Holds a case that was decided against its service, which was read again; sets the outcome unless it still is to be
        changed as decided. Raises Interrupted.
        """
        decided = case.decision
        if decided is None:
            raise ValueError("only a case with a decision can be held against its service")
        try:
            decision = self._compared(case)
            if decision.refusal is None and decision.change is not None:
                if decision.before != decided.before:
                    decision = decision.refuse("stale_plan", _stale(case, {"region": decided.before}))
                else:
                    decision = case.account.facts.check(decision, case.target, case.service)
                    decision = replace(decision, reason=decided.reason, warnings=decided.warnings)
            case.decision = decision
        except Interrupted:
            raise
        except AivenError as error:
            case.fail(error)
            return
        self._settle(case)

    def check_inventories(self, cases: Sequence[Case]) -> None:
        """Mistakes of the region inventory that only the cloud list shows; looked for when a change is to be made.

        Raises ``invalid_region_inventory`` with all of them: what it says for other services is then in doubt as well.
        """
        first = next(
            (
                case
                for case in cases
                if case.outcome is None and case.asked.inventory is not None and case.asked.state == "enabled"
            ),
            None,
        )
        if first is None:
            return
        runs_on = set(self._known_clouds)
        runs_on |= {case.service.cloud_name for case in cases if case.service is not None}
        runs_on |= {case.service.primary_region for case in cases if case.service is not None}
        mistakes: dict[str, None] = {}
        for inventory in {id(case.asked.inventory): case.asked.inventory for case in cases}.values():
            if inventory is not None:
                found = check_region_inventory(inventory, first.account.facts.clouds(), also_known=runs_on)
                mistakes.update(dict.fromkeys(found))
        if mistakes:
            raise AivenError("invalid_region_inventory", str(RegionInventoryError(mistakes)))

    def _choose(self, case: Case) -> Choice | None:
        """The region inventory's choice; None where the target names the region, or is not to have one."""
        asked, service = case.asked, case.service
        if asked.inventory is None or service is None:
            return None
        case.decision = Decision(None, service.secondary_region, service.secondary_region, "")
        impossible = cannot_have_copy(service)
        if impossible is not None and service.secondary_region is None:
            case.settle("skipped", impossible.message)
            return None
        if asked.state == "disabled":
            return None
        choice = self._choice(case, asked.inventory, service)
        if choice.exempt:
            case.settle("skipped", choice.reason)
        elif choice.refusal is not None:
            _refuse(case, choice.refusal)
        else:
            case.target = target_of(asked, choice.region)
        return choice

    def _choice(self, case: Case, inventory: RegionInventory, service: Service) -> Choice:
        """The choice, with as little of the cloud lists as it needs."""
        override, facts = case.asked.override, case.account.facts
        try:
            return choose(service, inventory, None, override=override, today=self._today)
        except CloudsNeeded:
            pass
        if self._listed_clouds:
            choice = choose(service, inventory, self._listed_clouds, override=override, today=self._today)
            if choice.region is not None and choice.region == service.secondary_region:
                return choice
        clouds = facts.clouds_for(case.asked.project, (service.cloud_name, service.primary_region))
        choice = choose(service, inventory, clouds, override=override, today=self._today)
        if choice.refusal is not None and choice.refusal.code == "unknown_region":
            clouds = facts.project_clouds(case.asked.project)
            choice = choose(service, inventory, clouds, override=override, today=self._today)
        return choice

    def _decision(self, case: Case, choice: Choice | None) -> Decision:
        decision = self._compared(case)
        if choice is not None and case.service is not None:
            reason = f"{decision.reason} ({choice.reason})"
            decision = replace(decision, reason=reason, warnings=decision.warnings + choice.warnings)
        if decision.refusal is not None or decision.change is None:
            return decision
        expected = case.asked.expect
        if expected is not None and (stale := _stale(case, expected)):
            return decision.refuse("stale_plan", stale)
        if decision.change not in self._policy.changes:
            return decision.refuse(
                "change_not_allowed", _not_allowed(case.target, decision, choice, undoes=self._policy.undoes)
            )
        return case.account.facts.check(decision, case.target, case.service)

    def _compared(self, case: Case) -> Decision:
        if case.service is None:
            return Decision(None, None, None, "").refuse("service_not_found", _not_found(case.asked))
        return _decision.compare(case.target, case.service)

    def _settle(self, case: Case) -> None:
        decision = case.decision
        if decision is None:
            raise ValueError("a case without a decision cannot be settled")
        if decision.refusal is not None:
            _refuse(case, decision.refusal)
        elif decision.change is None:
            case.settle("unchanged", decision.reason)


def target_of(asked: FleetTarget, region: str | None) -> Target:
    """What is wanted, once the region is known."""
    return Target(
        asked.project, asked.service_name, asked.state, region if asked.state == "enabled" else None, asked.expect
    )


def _refuse(case: Case, refusal: Refusal) -> None:
    if refusal.code in _NOTHING_TO_COPY and case.asked.inventory is not None:
        case.settle("skipped", refusal.message)
    else:
        case.settle("failed", refusal.message, error_of(refusal.code, refusal.message))


def _stale(case: Case, expected: Mapping[str, Any]) -> str:
    """In words, what is not as the plan expects it; empty when all is."""
    actual = service_facts(case.service) if case.service is not None else {}
    different = [
        f"{key} is {actual.get(key)!r}, the plan expects {value!r}"
        for key, value in expected.items()
        if actual.get(key) != value
    ]
    return f"{case.target.label}: {'; '.join(different)}. Make a new plan." if different else ""


def _not_found(asked: FleetTarget) -> str:
    remedy = "correct the name" if asked.inventory is None else "read the inventory anew, its cache may be old"
    return f"service {asked.project}/{asked.service_name} does not exist: {remedy}."


def _not_allowed(target: Target, decision: Decision, choice: Choice | None, *, undoes: bool) -> str:
    why = {"move": "it deletes the copies in the present region and starts anew", "disable": "it deletes the copies"}
    note = why.get(decision.change or "", "it is not among changes")
    wanted = f" ({choice.reason})" if choice is not None else ""
    switch = (
        "btar_accept_loss=true of the playbook rollback does" if undoes else _SWITCHES[decision.change == "disable"]
    )
    return (
        f"{target.label}: the {decision.change} from {decision.before} to {decision.after or 'none'}{wanted} was not opted into, "
        f"as {note}. Add {decision.change} to changes to allow it ({switch})."
    )


_SWITCHES = {
    False: "btar_changes of the playbooks",
    True: "btar_confirm_disable=true of the playbook disable, or btar_changes of the role",
}
