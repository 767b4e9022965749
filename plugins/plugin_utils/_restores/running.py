# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many restores at once: so many under way, the others in their order behind them, and what a person sees of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import restore_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.restores import Planned, outcome
from ansible_collections.offsite.aiven.plugins.module_utils._runners.restore import BackupsPatience, order_of, run
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.progress import ON_TERMINAL

# After so many services on end about whose backups nothing answers, it is tried once for each further one.
_MOST_SILENT = 3
# Of those under way so many are shown.
_MOST_SHOWN = 3
# After these, no further restore into the same project can go better.
_OF_THE_PROJECT = ("permission_denied", "project_not_found", "authentication_failed")

Outcome = dict[str, Any]


class Restores:
    """Restores in up to ``max_forks`` threads. ``done`` has the outcomes by host, of earlier groups too; ``say`` shows one
    line. ``interrupted`` says that the run was, and that nothing further was begun.
    """

    def __init__(
        self,
        say: Callable[[str], None],
        done: Mapping[str, Outcome],
        *,
        max_forks: int,
        check_mode: bool,
        on_terminal: bool = ON_TERMINAL,
    ) -> None:
        self._say = say
        self._max_forks = max_forks
        self._check_mode = check_mode
        self._seconds_between_lines = 1.0 if on_terminal else 15.0
        self._under_way: dict[str, str] = {}
        self._shown = ""
        self._patience = BackupsPatience(_MOST_SILENT)
        self._refused = {
            row["project"]: row["error"]["code"]
            for row in done.values()
            if row["error"] and row["error"]["code"] in _OF_THE_PROJECT
        }
        self.done = dict(done)
        self.interrupted = False

    def run(self, title: str, jobs: Sequence[tuple[Planned, Account]]) -> None:
        """Restores all, the first ones first."""
        with ThreadPoolExecutor(max_workers=self._max_forks) as pool:
            futures = {pool.submit(self._restore, planned, account): planned for planned, account in jobs}
            self._follow(title, futures)

    def _follow(self, title: str, futures: Mapping[Future[Outcome], Planned]) -> None:
        pending, failed, last = set(futures), 0, time.monotonic()
        while pending:
            finished, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
            for future in finished:
                planned, found = futures[future], future.result()
                self.done[planned.host] = found
                failed += found["failed"]
                self._say(f"{planned.label}: {'FAILED: ' if found['failed'] else ''}{found['reason']}")
            if time.monotonic() - last >= self._seconds_between_lines and pending:
                last = time.monotonic()
                told = f", {failed} failed" if failed else ""
                self._show(f"{title}: {len(futures) - len(pending)} of {len(futures)}{told}{self._words()}")

    def _show(self, line: str) -> None:
        if line != self._shown:
            self._shown = line
            self._say(line)

    def _words(self) -> str:
        told = list(self._under_way.copy().values())
        more = f" and {len(told) - _MOST_SHOWN} more" if len(told) > _MOST_SHOWN else ""
        return f"; {', '.join(told[:_MOST_SHOWN])}{more}" if told else ""

    def _restore(self, planned: Planned, account: Account) -> Outcome:
        result: dict[str, Any] = {}
        try:
            if planned.project in self._refused:
                code = self._refused[planned.project]
                raise AivenError(code, f"not tried, as another restore of {planned.project} ended with {code}")
            with account.breaker.call():
                result = self._carry_out(planned, account)
                if "error" in result:
                    raise _raised(result["error"])
        except AivenError as error:
            return self._failed(planned, result, error)
        finally:
            self._under_way.pop(planned.host, None)
        return outcome(planned, "changed" if result["changed"] else "unchanged", result["msg"], result)

    def _carry_out(self, planned: Planned, account: Account) -> dict[str, Any]:
        def tell(text: str) -> None:
            self._under_way[planned.host] = text

        self._under_way[planned.host] = f"{planned.fork_label}: begun"
        order = order_of(parameters_of(planned))
        return run(account.client, order, check_mode=self._check_mode, tell=tell, patience=self._patience)

    def _failed(self, planned: Planned, result: Mapping[str, Any], error: AivenError) -> Outcome:
        if error.code in _OF_THE_PROJECT:
            self._refused[planned.project] = error.code
        if error.code == "interrupted":
            self.interrupted = True
            if not result.get("changed"):
                return outcome(planned, "skipped", error.message, error=error.as_dict())
        return outcome(planned, "failed", error.message, result, error.as_dict())


def parameters_of(planned: Planned) -> dict[str, Any]:
    """The options of aiven_btar_restore that carry it out."""
    defaults = {name: option.get("default") for name, option in restore_options().items()}
    return {
        **defaults,
        "project": planned.project,
        "service_name": planned.service_name,
        "fork_name": planned.fork_name,
        "source": planned.copies,
        "cloud": planned.region if planned.copies == "primary" else None,
        "recover_to": planned.recover_to,
        "plan": planned.plan,
        "project_vpc_id": planned.project_vpc_id,
    }


def _raised(error: Mapping[str, Any]) -> AivenError:
    return AivenError(error["code"], error["message"], error["status"])
