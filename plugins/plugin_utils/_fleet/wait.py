# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Waiting for many services: each look is one call a project, not one a service."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, Interrupted
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import unsupported_reason
from ansible_collections.offsite.aiven.plugins.module_utils._runners.wait import Looks, WaitFor, progress
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Account
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import Case, Watcher
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RecordError

# An account, and a project and a service of it.
_Key = tuple[Account, str, str]


def wait_for_fleet(cases: Sequence[Case], wait_for: WaitFor, timeout: float, watcher: Watcher) -> None:
    """Polls the changed services until each is ``running`` or ``protected``.

    One that is not after ``timeout`` seconds ends changed and failed; one that is powered off is not waited for.
    """
    waiting = {_key(case): case for case in cases if _is_worth_waiting_for(case, wait_for)}
    where = dict.fromkeys(waiting, "it was not looked at")
    if not waiting:
        return
    total = len(waiting)
    some_transport = next(iter(waiting))[0].client.transport
    looks = Looks(some_transport, timeout, lambda: watcher.tick(_PHASE, total - len(waiting), total))
    for turn, _look in enumerate(looks):
        for account, project in dict.fromkeys((account, project) for account, project, _name in waiting):
            # The first turn sees every project, even if it is the last one.
            if looks.barred or (turn and looks.over):
                break
            for key, (over, where[key]) in _seen(account, project, waiting, wait_for, looks).items():
                if over:
                    del waiting[key]
        if not waiting:
            return
    for key, case in waiting.items():
        _time_out(case, f"not {wait_for} after wait_timeout {timeout:g} s, {where[key]}", watcher)


_PHASE = "waiting for services"


def _key(case: Case) -> _Key:
    return case.account, case.asked.project, case.asked.service_name


def _is_worth_waiting_for(case: Case, wait_for: WaitFor) -> bool:
    """A changed service, even if the answer to the write shows it running: that may be the state before the change."""
    changed = case.outcome is not None and case.outcome.status == "changed"
    if not changed or case.service is None or case.service.powered_off:
        return False
    return wait_for == "running" or not unsupported_reason(case.service)


def _seen(
    account: Account, project: str, waiting: dict[_Key, Case], wait_for: WaitFor, looks: Looks
) -> dict[_Key, tuple[bool, str]]:
    """For each awaited service of a project whether it is ready, and where it stands in words. A look that fails is only a
    look: the next one may succeed.
    """
    client = account.client
    keys = [key for key in waiting if key[:2] == (account, project)]
    seen: dict[_Key, tuple[bool, str]] = {}
    try:
        services, now = _read(client, project, [key[2] for key in keys], looks.deadline)
        for key in keys:
            service = services.get(key[2])
            if service is None:
                seen[key] = False, "it is not listed any more"
            else:
                seen[key] = progress(client, service, _reachable(service, wait_for), now, looks.deadline)
    except Interrupted:
        raise
    except AivenError as error:
        text = looks.failed(error)
        seen.update({key: (False, text) for key in keys if key not in seen})
    return seen


def _read(client: AivenClient, project: str, names: Sequence[str], until: float) -> tuple[dict[str, Service], datetime]:
    if len(names) == 1:
        answer = client.get_service(project, names[0], until=until)
        return {answer.value.name: answer.value}, answer.now
    listing = client.list_services(project, only=set(names), until=until)
    return {service.name: service for service in listing.value}, listing.now


def _reachable(service: Service, wait_for: WaitFor) -> WaitFor:
    """A service whose secondary region was taken away is never protected again: it is awaited to run."""
    return wait_for if service.secondary_region is not None else "running"


def _time_out(case: Case, text: str, watcher: Watcher) -> None:
    if case.outcome is None:
        return
    error = AivenError("timeout", f"{case.target.label} is {text}. The change itself was made.")
    case.outcome = replace(case.outcome, status="failed", reason=error.message, error=error.as_dict())
    # A record that cannot be written any more is told at the end: the changes are made, and have outcomes.
    with suppress(RecordError):
        watcher.outcome(case.outcome)
