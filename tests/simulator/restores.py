# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How far the restore of a fork has come: stages as a function of time, or as an engine tells them.

The form is that of Aiven's documentation (static/includes/restore-progress-tracking.md): updates only while a node is in
``syncing_data``, and even then not always; counters that may be missing, a ``max`` that changes, percentages that fall.
"""

from __future__ import annotations

import fnmatch
import math
from typing import Any

from . import backups
from .state import Restore, RestoreRule, Service, World

VM = "setting_up_vm"
# Each stage and the share of the whole time at which it ends. In the second one the data is restored and nothing told.
STAGES = ((VM, 0.1), ("untold", 0.2), ("prepare", 0.3), ("basebackup", 0.6), ("stream", 0.9), ("finalize", 1.0))
PHASES = [name for name, _end in STAGES[2:]]
HANGS = [VM, *PHASES]
LOOKS = 40
"""What is told changes so many times during a restore."""
LONGEST_LOOK = 10.0
"""Seconds: Aiven's progress refreshes every 10."""
_ROLES = ("master", "standby", "standby")


def begin(world: World, service: Service) -> None:
    """Let the data of a fork arrive as long as the rules of the side door, or building a service, say."""
    rule = next((rule for rule in world.restore_rules if _meets(rule, service)), None)
    seconds = world.settings.build_seconds if rule is None or rule.seconds is None else rule.seconds
    service.restore = Restore(service.created, seconds, rule.hang if rule else "")
    service.ready_at = math.inf if service.restore.hang else service.created + seconds


def _meets(rule: RestoreRule, service: Service) -> bool:
    return fnmatch.fnmatchcase(service.project, rule.project) and fnmatch.fnmatchcase(service.name, rule.service)


def release(service: Service) -> None:
    """Let a restore that hangs go on."""
    restore = service.restore
    if restore and restore.hang:
        restore.hang = ""
        if not service.real:
            service.ready_at = restore.began + restore.seconds


def next_look(service: Service, now: float) -> float:
    """When the progress may look different; inf if the service restores nothing."""
    restore = service.restore
    if restore is None or now >= service.ready_at or service.real:
        return math.inf
    look = _look(restore)
    return restore.began + (math.floor((now - restore.began) / look) + 1) * look if look else math.inf


def _look(restore: Restore) -> float:
    return min(LONGEST_LOOK, restore.seconds / LOOKS)


def node_states(service: Service, count: int, state: str, now: float) -> list[dict[str, Any]]:
    """``node_states[]``: only the first node of a fork restores, the others wait for it."""
    if state == "POWEROFF":
        return []
    nodes = [
        {
            "availability_zone": f"zone-{index + 1}",
            "name": f"{service.name}-{index + 1}",
            "role": _ROLES[index % 3],
            "state": VM if state == "REBUILDING" else "running",
            "progress_updates": [],
        }
        for index in range(count)
    ]
    if state == "REBUILDING" and service.restore and nodes:
        _show(nodes[0], service, service.restore, now)
    return nodes


def _show(node: dict[str, Any], service: Service, restore: Restore, now: float) -> None:
    stage, share = (restore.stage, 1.0) if service.real else _stage(restore, now)
    if stage == VM:
        return
    node["state"] = "syncing_data"
    if stage == "untold":
        del node["progress_updates"]
        return
    phases = [phase for phase in PHASES if phase != "stream" or backups.has_pitr(service)]
    done = [phase for phase in phases if PHASES.index(phase) < PHASES.index(stage)]
    node["progress_updates"] = [_update(service, restore, phase, None, now) for phase in done]
    if stage in phases:
        node["progress_updates"].append(_update(service, restore, stage, share, now))


def _stage(restore: Restore, now: float) -> tuple[str, float]:
    """The stage by the clock, and the share of it that is done (0 to 1), in steps of one look."""
    look = _look(restore)
    whole = math.floor((now - restore.began) / look) * look / restore.seconds if look else 1.0
    begun = 0.0
    for name, end in STAGES:
        if whole < end or name == restore.hang or name == STAGES[-1][0]:
            return name, min(1.0, (whole - begun) / (end - begun))
        begun = end
    raise AssertionError(restore.hang)


def _update(service: Service, restore: Restore, phase: str, share: float | None, now: float) -> dict[str, Any]:
    """One phase; ``share`` None: completed."""
    told = restore.counters.get(phase, {}) if service.real else _counters(service, restore, phase, share)
    return {"phase": phase, "completed": share is None, **told}


def _counters(service: Service, restore: Restore, phase: str, share: float | None) -> dict[str, Any]:
    """Made-up counters: the size is found to be larger half way, the log grows while it is read."""
    if phase == "basebackup":
        size = backups.data_size(service, service.created)
        found = size if share is not None and share < 0.5 else size * 3 // 2
        current = found if share is None else int(size * share)
        told = {"min": 0, "max": found, "current": current, "unit": "bytes_compressed"}
        return {**told, "position": _position(service)} if service.service_type == "mysql" else told
    if phase == "stream":
        start, length = service.seed(), 64_000_000
        if share is not None and share < 0.2:
            return {"min": start, "max": start + length, "current": None, "unit": _LOG_UNITS[service.service_type]}
        read, end = (2 * length, 2 * length) if share is None else (int(length * share), int(length * (1 + share)))
        return {"min": start, "max": start + end, "current": start + read, "unit": _LOG_UNITS[service.service_type]}
    return {}


def _position(service: Service) -> dict[str, Any]:
    """Where in the chain of its incremental backups the one is that is being restored (GO 6c66a10)."""
    name = service.fork_of["backup_name"] if service.fork_of else ""
    return {"backup_name": name, "backup_incremental": False, "chain_index": 1, "chain_total": 1}


_LOG_UNITS = {"pg": "wal_lsn", "mysql": "binlogs"}
