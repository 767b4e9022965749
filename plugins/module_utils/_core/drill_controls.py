# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controls of drills: whether a copy was restored lately, in time, as things are now, with evidence that is whole."""

from __future__ import annotations

from datetime import timedelta

from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import (
    Circumstances,
    Drill,
    differences,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Case, Finding
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import format_time
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import (
    duration_words,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted


def drill_recent(case: Case) -> Finding:
    days = case.asked.drill_max_age_days
    if days is None:
        return Finding("not_applicable", "btar_drill_max_age_days is not set")
    drill = _verified_drill(case)
    if drill is None:
        return Finding("fail", f"no verified drill in {case.secondary} is on record")
    finished = f"the last verified drill in {case.secondary} ended {format_time(drill.finished)}"
    if case.now - drill.finished > timedelta(days=days):
        return Finding("fail", f"{finished}, more than {counted(days, 'day')} ago")
    return Finding("pass", f"{finished}, within {counted(days, 'day')}")


def drill_rto(case: Case) -> Finding:
    target, drill = case.asked.drill_rto_target, _verified_drill(case)
    if target is None:
        return Finding("not_applicable", "btar_drill_rto_target is not set")
    if drill is None or drill.rto_seconds is None:
        return Finding("unknown", f"no verified drill in {case.secondary} is on record")
    took = f"the last verified drill took {duration_words(int(drill.rto_seconds))}"
    if drill.rto_seconds > target:
        return Finding("fail", f"{took}, {duration_words(target)} are allowed")
    return Finding("pass", f"{took}, within the {duration_words(target)} allowed")


def drill_current(case: Case) -> Finding:
    drill = _verified_drill(case)
    if drill is None:
        former = next((drill for drill in case.drills_elsewhere if drill.verified), None)
        if former is not None:
            return Finding(
                "fail",
                f"the last verified drill was in {former.secondary_region}, its copies are in {case.secondary} now",
            )
        return Finding("not_applicable", f"no verified drill in {case.secondary} is on record")
    if drill.source is None:
        return Finding("unknown", "the evidence of the last verified drill does not say of what kind the service was")
    now = Circumstances(case.service.plan, case.service.cloud_name, case.service.version, case.protection.usual_size)
    changed = differences(drill.source, now)
    if changed:
        return Finding("fail", f"since the last verified drill, {format_time(drill.finished)}: {'; '.join(changed)}")
    return Finding("pass", f"the service is as it was at the last verified drill, {format_time(drill.finished)}")


def drill_evidence(case: Case) -> Finding:
    if case.breaks:
        return Finding("fail", "; ".join(case.breaks))
    count = len(case.drills) + len(case.drills_elsewhere)
    if not count:
        return Finding("not_applicable", "no drill is on record")
    return Finding("pass", f"as it was written, of {counted(count, 'drill')}")


def _verified_drill(case: Case) -> Drill | None:
    return next((drill for drill in case.drills if drill.verified), None)
