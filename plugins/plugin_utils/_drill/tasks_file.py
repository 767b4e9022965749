# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The user's file of tasks: found and looked through before any fork is made."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.loader import action_loader

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError

_BLOCKS = ("block", "rescue", "always")


def tasks_file(path: str | None, loader: Any) -> str | None:
    """The path as seen from the folder in which Ansible was started: the tasks that include it are elsewhere.

    Raises ``invalid_target`` for what is no file of tasks, and for actions that would run once for all hosts: each host
    goes its own way in a drill, and Ansible ends the whole run when it meets one of those there.
    """
    if path is None:
        return None
    found = Path(path).absolute()
    try:
        tasks = loader.load_from_file(str(found))
    except AnsibleError as error:
        raise _wrong(found, f"which cannot be read: {error}") from None
    if tasks is not None and not (isinstance(tasks, list) and all(isinstance(task, dict) for task in tasks)):
        raise _wrong(found, "which is no list of tasks")
    once = next(_once_for_all(tasks or []), None)
    if once is not None:
        instead = " To wait, use ansible.builtin.wait_for with a timeout." if once.endswith("pause") else ""
        raise _wrong(
            found, f"in which {once} would run once for all hosts, but each fork is verified by itself.{instead}"
        )
    return str(found)


def _once_for_all(tasks: list[dict[str, Any]]) -> Iterator[str]:
    for task in tasks:
        for key, value in task.items():
            if key in _BLOCKS and isinstance(value, list):
                yield from _once_for_all([item for item in value if isinstance(item, dict)])
            elif getattr(action_loader.get(str(key), class_only=True), "BYPASS_HOST_LOOP", False):
                yield str(key)


def _wrong(path: Path, what: str) -> AivenError:
    return AivenError("invalid_target", f"btar_drill_verify is {path}, {what}")
