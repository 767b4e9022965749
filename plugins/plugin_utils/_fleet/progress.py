# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person sees while a fleet run goes on: on stderr, a line a second on a terminal, every 15 s elsewhere."""

from __future__ import annotations

import os
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Outcome
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordWriter

# The module is imported by ansible's main process; the worker that runs the action has no terminal of its own. The one that
# ansible-runner makes (and tells the job by this variable) is read by no person.
ON_TERMINAL = sys.stderr.isatty() and "AWX_ISOLATED_DATA_DIR" not in os.environ
MOST_ROWS = 40


class Progress:
    """Tells the record and the person. ``say`` shows one line."""

    def __init__(
        self,
        say: Callable[[str], None],
        record: RecordWriter | None,
        *,
        check_mode: bool,
        on_terminal: bool = ON_TERMINAL,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._say = say
        self._record = record
        self._check_mode = check_mode
        self._interval = 1.0 if on_terminal else 15.0
        self._clock = clock
        self._last = clock()
        self._failed = 0
        self._waves = 1
        self._wave = 0

    def decided(self, cases: Sequence[Case], waves: int) -> None:
        """Before the first write: what will be copied anew, and which copies will be lost."""
        open_cases = [case for case in cases if case.outcome is None and case.decision is not None]
        settled = Counter(case.outcome.status for case in cases if case.outcome is not None)
        projects = len({case.asked.project for case in cases})
        rest = ", ".join(
            f"{settled[status]} {status}" for status in ("unchanged", "failed", "skipped") if settled[status]
        )
        would = "would change" if self._check_mode else "to change"
        services = f"{counted(len(cases), 'service')} in {counted(projects, 'project')}"
        self._waves = waves
        in_waves = f" in {waves} waves" if waves > 1 else ""
        self._say(f"{services}: {len(open_cases)} {would}{in_waves}{', ' + rest if rest else ''}")
        for change, text in _CHANGES.items():
            chosen = [case.decision for case in open_cases if case.decision and case.decision.change == change]
            if chosen:
                routes = Counter((decision.before, decision.after) for decision in chosen)
                shown = [
                    f"{count} {text.format(before=route[0], after=route[1])}" for route, count in routes.most_common(6)
                ]
                more = [f"and {counted(len(routes) - 6, 'more route')}"] if len(routes) > 6 else []
                self._say(f"  {change} {len(chosen)}: {'; '.join([*shown, *more])}")
        self._skipped([case.outcome for case in cases if case.outcome is not None])

    def _skipped(self, outcomes: Sequence[Outcome]) -> None:
        reasons = Counter(
            _OF_A_TYPE.sub("for their types", outcome.reason) for outcome in outcomes if outcome.status == "skipped"
        )
        common, total = reasons.most_common(3), reasons.total()
        shown = [f"{count} ({reason})" for reason, count in common]
        if more := total - sum(count for _reason, count in common):
            shown.append(f"and {more} more")
        if shown:
            self._say(f"  skip {total}: {'; '.join(shown)}")

    def outcome(self, outcome: Outcome) -> None:
        """Safe to call from several threads."""
        if self._record is not None:
            self._record.outcome(outcome)
        if outcome.failed:
            self._failed += 1

    def tick(self, phase: str, done: int, total: int) -> None:
        now = self._clock()
        if now - self._last >= self._interval:
            self._last = now
            failed = f", {self._failed} failed" if self._failed else ""
            self._say(f"{phase}: {done} of {total}{failed}")

    def wave_ended(self, cases: Sequence[Case]) -> None:
        """What became of the changes of a wave; a single wave is summed up by the end."""
        self._wave += 1
        if self._waves > 1:
            counts = Counter(_status(case.outcome) for case in cases if case.outcome is not None)
            said = ", ".join(f"{count} {status}" for status, count in counts.most_common())
            number = f"{self._wave:{len(str(self._waves))}} of {self._waves}"
            self._say(f"  wave {number}: {len(cases):5} change{'s' if len(cases) != 1 else ' '}  {said}")

    def end(self, outcomes: Sequence[Outcome]) -> None:
        """The figures of the run, and how it goes on where it was stopped."""
        counts = Counter(_status(outcome) for outcome in outcomes)
        said = ", ".join(
            f"{counts[status]} {'would change' if self._check_mode and status == 'changed' else status}"
            for status in ("changed", "unchanged", "failed", "skipped", _NOT_TRIED)
            if counts[status] or status in ("changed", "unchanged", "failed")
        )
        kept = f"; {'plan' if self._check_mode else 'record'}: {self._record.path}" if self._record is not None else ""
        self._say(f"{said}{kept}")
        if counts[_NOT_TRIED]:
            # Where the same fails again, the run would stop again before it came to them.
            before = "mend what failed, or leave it out (--limit '!HOST'), then " if counts["failed"] else ""
            self._say(
                f"  {counts[_NOT_TRIED]} not tried: {before}run the same again, and it goes on with them. "
                "They have not failed, so a retry file (--limit @...) would leave them out."
            )

    def table(self, outcomes: Sequence[Outcome]) -> None:
        """What has changed and what has failed, a line each."""
        news = sorted(
            (outcome for outcome in outcomes if outcome.changed or outcome.failed), key=lambda item: not item.failed
        )
        rows = [_row(outcome, check_mode=self._check_mode) for outcome in news[:MOST_ROWS]]
        widths = [max((len(row[column]) for row in rows), default=0) for column in range(2)]
        for row in rows:
            self._say(f"  {row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}".rstrip())
        if len(news) > MOST_ROWS:
            where = f"; all are in {self._record.path}" if self._record is not None else ""
            self._say(f"  ... and {len(news) - MOST_ROWS} more{where}")


# Services are skipped for one reason, whatever types they have.
_OF_A_TYPE = re.compile(r"for the type \S+")

_CHANGES = {
    "enable": "to be copied to {after}",
    "move": "whose copies in {before} are lost and which are copied anew to {after}",
    "disable": "whose copies in {before} are lost",
}


_NOT_TRIED = "not tried"


def _status(outcome: Outcome) -> str:
    code = (outcome.error or {}).get("code")
    return _NOT_TRIED if code in ("skipped_after_failures", "interrupted") and not outcome.failed else outcome.status


def _row(outcome: Outcome, *, check_mode: bool) -> tuple[str, str, str]:
    name = f"{outcome.project}/{outcome.service_name}"
    if outcome.failed:
        return name, "FAILED", outcome.reason
    change = f"would {outcome.change}" if check_mode else str(outcome.change)
    return name, change, f"{outcome.before or '-'} -> {outcome.after or '-'}"
