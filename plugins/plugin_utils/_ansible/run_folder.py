# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tasks of one ansible-playbook leave for each other: a folder that only they see and that Ansible removes at the end.

Facts would not do: ansible-core copies them several times, gives them to fact caches, and a task that stands for many
hosts registers on one only.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible import constants

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import PRIVATE, write_whole

_BATCH = "batch.json"
_HOSTS = "hosts.json"
_ERROR = "error.json"
_SNAPSHOT = "snapshot"
_RESTORES = "restores.json"
_DRILLS = "drills.json"


def _folder() -> Path:
    """Ansible's own temporary folder on the controller: mode 0700, made by each ansible-playbook for itself."""
    return Path(constants.DEFAULT_LOCAL_TMP) / "offsite.aiven"


def begin_run() -> None:
    """Forgets what an earlier run of the same ansible-playbook has left."""
    shutil.rmtree(_folder(), ignore_errors=True)


def _write(name: str, data: bytes) -> None:
    """Whole or not at all, mode 0600. Raises ``invalid_target`` where it cannot be."""
    path = _folder() / name
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(path, data, PRIVATE)
    except OSError as error:
        raise AivenError(
            "invalid_target",
            f"{path} cannot be written: {error.strerror}. Give Ansible another folder for its temporary files "
            "(ANSIBLE_LOCAL_TEMP), or make room.",
        ) from None


def _read(name: str) -> Any:
    try:
        return json.loads((_folder() / name).read_bytes())
    except FileNotFoundError:
        return None


def _name_of(host: str, kind: str = "outcomes") -> str:
    return f"{kind}/{hashlib.sha256(host.encode()).hexdigest()}"


def keep_batch(hosts: Sequence[str], leader: str) -> None:
    """The hosts of the run, and the one that works for all of them."""
    _write(_BATCH, json.dumps({"hosts": list(hosts), "leader": leader}).encode())


def batch() -> list[str] | None:
    """The hosts of the run that an earlier task has begun; None where none has."""
    kept = _read(_BATCH)
    return None if kept is None else list(kept["hosts"])


def leader() -> str | None:
    """The host that works for all hosts of the run."""
    kept = _read(_BATCH)
    return None if kept is None else str(kept["leader"])


def keep_outcomes(outcomes: Mapping[str, Mapping[str, Any]], end_host: str) -> None:
    """The outcomes to show, by host. ``end_host`` is the host on which the run fails if it must."""
    for host, outcome in outcomes.items():
        keep_outcome(host, outcome)
    _write(_HOSTS, json.dumps({"news": list(outcomes), "end": end_host}).encode())


def keep_outcome(host: str, outcome: Mapping[str, Any]) -> None:
    """The outcome to show for one host."""
    _write(_name_of(host), json.dumps(outcome).encode())


def outcome_of(host: str) -> dict[str, Any] | None:
    """The outcome of a host that there is to show."""
    found: dict[str, Any] | None = _read(_name_of(host))
    return found


def keep_error(message: str, end_host: str) -> None:
    """What the run is to fail with at its end. The first one is kept."""
    if _read(_ERROR) is None:
        _write(_ERROR, json.dumps(message).encode())
    if _read(_HOSTS) is None:
        _write(_HOSTS, json.dumps({"news": [], "end": end_host}).encode())


def error_of_run() -> str | None:
    """What the run is to fail with at its end."""
    found: str | None = _read(_ERROR)
    return found


def hosts_with_news() -> Sequence[str]:
    """The hosts with outcomes to show; and where the run is to fail, the one on which it does."""
    kept = _read(_HOSTS)
    if kept is None:
        return []
    end = [kept["end"]] if error_of_run() is not None and kept["end"] not in kept["news"] else []
    return [*kept["news"], *end]


def keep_snapshot(snapshot: object) -> None:
    """What was read of the services, for a later task of the same run. Read by this module alone, within seconds."""
    _write(_SNAPSHOT, pickle.dumps(snapshot, protocol=pickle.HIGHEST_PROTOCOL))


def snapshot() -> Any:
    """What an earlier task of this run has kept; None where none has."""
    try:
        return pickle.loads((_folder() / _SNAPSHOT).read_bytes())
    except FileNotFoundError:
        return None


def keep_restores(plan: Mapping[str, Any]) -> None:
    """The restores of this run: ``hosts`` (all that have news), ``planned`` (with ``host``, ``order`` and ``group``) and
    ``outcomes`` by host, as far as there are any; and whatever else the tasks want to know again.
    """
    _write(_RESTORES, json.dumps(plan).encode())


def restores() -> dict[str, Any] | None:
    """What was kept of them last."""
    found: dict[str, Any] | None = _read(_RESTORES)
    return found


def keep_drills(orders: Mapping[str, Mapping[str, Any]]) -> None:
    """What is to be done on each host: its drill, and what earlier ones have left."""
    for host, order in orders.items():
        _write(_name_of(host, "drills"), json.dumps(order).encode())
    _write(_DRILLS, json.dumps(list(orders)).encode())


def drill_of(host: str) -> dict[str, Any] | None:
    """What is to be done on a host; None for nothing."""
    found: dict[str, Any] | None = _read(_name_of(host, "drills"))
    return found


def hosts_with_drills() -> Sequence[str]:
    """The hosts on which there is something to do for drills."""
    found: list[str] = _read(_DRILLS) or []
    return found


def keep_checks(host: str, checks: Sequence[Mapping[str, Any]]) -> None:
    """What was checked of the fork of a host, beside what was kept before. The tasks of one host follow each other."""
    _write(_name_of(host, "checks"), json.dumps([*checks_of(host), *checks]).encode())


def checks_of(host: str) -> list[dict[str, Any]]:
    """All that was checked of the fork of a host."""
    found: list[dict[str, Any]] = _read(_name_of(host, "checks")) or []
    return found


def forget_checks(host: str) -> None:
    """A new fork is about to be checked."""
    (_folder() / _name_of(host, "checks")).unlink(missing_ok=True)
