# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fleet run is told, and what becomes of each service on its way: targets, policy, cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.decision import Decision
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    STATUSES,
    Change,
    Outcome,
    Service,
    State,
    Status,
    Target,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET, Protection
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import RegionInventory
from ansible_collections.offsite.aiven.plugins.module_utils._runners.wait import WaitFor
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.waves import ALL_AT_ONCE, Limit, WaveSize


@dataclass(frozen=True, slots=True)
class FleetTarget:
    """What is wanted of one service. With ``inventory``, its region is chosen once the service is known, and a service
    whose type has no backup to another region is skipped; without, ``region`` says it.

    ``skip`` says why nothing is to be done about it; ``mistake`` why nothing can be. A target with a mistake has no account. ``rpo_target`` is in seconds.
    """

    project: str
    service_name: str
    state: State
    region: str | None = None
    expect: Mapping[str, Any] | None = None
    inventory: RegionInventory | None = None
    override: object = None
    rpo_target: int = DEFAULT_RPO_TARGET
    skip: str | None = None
    mistake: AivenError | None = None
    account: Account | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """What a run may do, and how.

    ``max_failures`` None: go on whatever fails. ``wave_max_failures``: of a wave's changes, before the next wave.
    ``wait_for`` with ``wait_timeout`` in seconds: each wave ends when its services are so. ``undoes``: it takes back
    another run. ``max_age`` is how many seconds old the reading of a service may be when it is written. ``observe``: tell
    the protection of each service as well.
    """

    changes: frozenset[Change]
    max_changes: Limit | None = None
    max_failures: Limit | None = None
    waves: Sequence[WaveSize] = ALL_AT_ONCE
    wave_max_failures: Limit | None = None
    wait_for: WaitFor | None = None
    wait_timeout: float = 0
    stale_stops: bool = False
    undoes: bool = False
    concurrency: int = 8
    max_age: float = 60
    observe: bool = False
    check_mode: bool = False


class Watcher(Protocol):
    """Who is told what happens: the record and the progress display."""

    def decided(self, cases: Sequence[Case], waves: int) -> None:
        """All is decided and nothing is written yet; the changes make so many waves."""

    def outcome(self, outcome: Outcome) -> None:
        """One target is done with."""

    def tick(self, phase: str, done: int, total: int) -> None:
        """So far is a phase."""

    def wave_ended(self, cases: Sequence[Case]) -> None:
        """All changes of a wave are done with."""


@dataclass(slots=True)
class Case:
    """A target on its way: what is asked, the service as it is, what to do about it, and what has become of it."""

    asked: FleetTarget
    target: Target
    service: Service | None = None
    protection: Protection | None = None
    decision: Decision | None = None
    outcome: Outcome | None = None

    def settle(
        self, status: Status, reason: str, error: Mapping[str, Any] | None = None, after: str | None = None
    ) -> Outcome:
        """Sets the outcome. ``after`` is what stays unless the change was, or would be, made."""
        decision = self.decision
        before = decision.before if decision is not None else None
        done = status == "changed"
        self.outcome = Outcome(
            project=self.asked.project,
            service_name=self.asked.service_name,
            status=status,
            changed=done,
            change=decision.change if decision is not None else None,
            reason=reason,
            before=before,
            after=after if done else before,
            error=error,
        )
        return self.outcome

    def fail(self, error: AivenError) -> Outcome:
        return self.settle("failed", error.message, error.as_dict())

    def skip(self, code: str, reason: str) -> Outcome:
        return self.settle("skipped", reason, error_of(code, reason))

    @property
    def account(self) -> Account:
        """Where it is read and written. Nothing of a target with a mistake is."""
        if self.asked.account is None:
            raise ValueError(f"{self.target.label} has no account")
        return self.asked.account

    @property
    def error_code(self) -> str | None:
        error = self.outcome.error if self.outcome is not None else None
        return error["code"] if error else None


def summarise(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """The ``summary`` of a result."""
    counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
    for outcome in outcomes:
        counts[outcome.status] += 1
    return {**counts, "total": sum(counts.values())}
