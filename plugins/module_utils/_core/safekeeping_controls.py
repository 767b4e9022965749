# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controls of what keeps a copy: the plan's backups, who may delete the service, who holds the key, whose it is."""

from __future__ import annotations

from ansible_collections.offsite.aiven.plugins.module_utils._core.coverage import named_by_tag
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Case, Finding
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import duration_words

_INTERVAL_UNSET = Finding("not_applicable", "btar_audit_max_interval is not set")
_RETENTION_UNSET = Finding("not_applicable", "btar_audit_min_retention is not set")
_DELETION_UNASKED = Finding("not_applicable", "btar_audit_deletion_protection does not ask for it")
_DELETION_PROTECTED = Finding("pass", "its termination protection is on")
_DELETION_OPEN = Finding("fail", "its termination protection is off: one call deletes it, and its backups with it")
_KEY_TAG_UNSET = Finding("not_applicable", "btar_audit_key_tag is not set")
_OWNER_TAG_UNSET = Finding("not_applicable", "btar_audit_owner_tag is not set")
_KEY_OF_AIVEN = Finding("not_applicable", "no key of your own encrypts it (cmk_id)")


def frequency(case: Case) -> Finding:
    most = case.asked.max_interval
    if most is None:
        return _INTERVAL_UNSET
    interval = case.limits.schedule_of(case.service).interval
    if interval is None:
        return _not_told(case, "how often it is backed up")
    text = f"it is backed up every {duration_words(interval)}"
    if interval > most:
        return Finding("fail", f"{text}, {duration_words(most)} are allowed")
    return Finding("pass", f"{text}, within the {duration_words(most)} allowed")


def retention(case: Case) -> Finding:
    least = case.asked.min_retention
    if least is None:
        return _RETENTION_UNSET
    kept = case.limits.schedule_of(case.service).retention
    if kept is None:
        return _not_told(case, "how long its backups are kept")
    text = f"its backups are kept for {duration_words(kept)}"
    if kept < least:
        return Finding("fail", f"{text}, at least {duration_words(least)} are wanted")
    return Finding("pass", f"{text}, of the {duration_words(least)} wanted")


def _not_told(case: Case, what: str) -> Finding:
    service, plans = case.service, case.limits.plans
    if plans is not None and service.plan in plans and plans[service.plan].max_backups == 0:
        return Finding("fail", f"the plan {service.plan} keeps no backups (backup_config.max_count is 0)")
    if plans is None:
        return Finding("unknown", f"{what} is not known: the plans of {service.service_type} were not read")
    return Finding("unknown", f"{what} is not known: the list of plans does not tell of {service.plan}")


def deletion_protected(case: Case) -> Finding:
    if not case.wanted.deletion_protection:
        return _DELETION_UNASKED
    return _DELETION_PROTECTED if case.service.termination_protection else _DELETION_OPEN


def key_known(case: Case) -> Finding:
    tag = case.wanted.key_tag
    if tag is None:
        return _KEY_TAG_UNSET
    if not case.service.customer_key:
        return _KEY_OF_AIVEN
    holder = named_by_tag(case.service.tags, tag)
    if holder is None:
        return Finding("fail", f"its copies need your own key (cmk_id), and no tag {tag} says who holds it")
    return Finding("pass", f"its copies need your own key (cmk_id), which {holder} holds (tag {tag})")


def owner_known(case: Case) -> Finding:
    tag = case.wanted.owner_tag
    if tag is None:
        return _OWNER_TAG_UNSET
    owner = named_by_tag(case.service.tags, tag)
    if owner is None:
        return Finding("fail", f"no tag {tag} says whose it is")
    return Finding("pass", f"it is {owner}'s (tag {tag})")
