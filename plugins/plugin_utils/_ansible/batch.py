# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task for a batch of hosts, and exactly those of them for which Ansible would run it.

Ansible runs an action with BYPASS_HOST_LOOP for the first host of the batch only, and looks at the conditions of that host
alone. What stands for many hosts must ask each: its conditions are every ``when`` of the task and of what holds it, block,
role, import and include.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any, ClassVar

from ansible.errors import AnsibleError
from ansible.playbook.conditional import Conditional
from ansible.playbook.task_include import TaskInclude
from ansible.plugins.action import ActionBase
from ansible.template import Templar

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError

Variables = Mapping[str, Any]


class OnceForTheBatch(type(ActionBase)):  # type: ignore[misc]
    """The class of an action that works once for all hosts of the batch: gives it BYPASS_HOST_LOOP.

    The attribute is true, and Ansible runs the task for the first host, unless the conditions of that host do not hold:
    then Ansible would skip the task and ask no other host. If they hold for another one, the attribute is false: Ansible
    asks every host, and the first one for which it runs the action, here called the leader, works for all.

    Ansible's linear strategy is the only place that knows task and host when it asks for the attribute, so they are read
    there. Every strategy that is not linear gets the plain answer and says itself that it cannot do it.
    """

    # The step of the strategy (its list of hosts and tasks), its answer, and the leader where every host is asked.
    _step: ClassVar[tuple[object, bool, str | None]] = (None, True, None)

    @property
    def BYPASS_HOST_LOOP(cls) -> bool:
        frame = sys._getframe(1)
        step = frame.f_locals.get("host_tasks")
        if step is None or not hasattr(frame.f_locals.get("task"), "_parent"):
            return True
        if OnceForTheBatch._step[0] is not step:
            leader = _leader_besides_the_first(frame)
            OnceForTheBatch._step = (step, leader is None, leader)
        return OnceForTheBatch._step[1]

    @property
    def leader(cls) -> str | None:
        """The host that works for all, where Ansible asks every host; the worker of a task inherits it from its parent."""
        return OnceForTheBatch._step[2]


def conditions_of(task: Any) -> list[Any]:
    """Every condition that Ansible looks at before it runs the task for a host. Those of a dynamic include are not inherited:
    Ansible looks at them when it includes.
    """
    found = list(task.when or ())
    parent = task._parent
    while parent is not None:
        if isinstance(parent, TaskInclude) and not parent.statically_loaded:
            found = [*(getattr(parent, "_when", None) or ()), *found]
        parent = getattr(parent, "_parent", None)
    return found


def hosts_that_match(
    conditions: Sequence[Any], names: Iterable[str], variables_of: Callable[[str], Variables], loader: Any
) -> Iterator[str]:
    """The hosts for which all conditions hold. Raises ``invalid_target`` for a host for which one cannot be evaluated."""
    for name in names:
        try:
            if _hold(conditions, variables_of(name), loader):
                yield name
        except AnsibleError as error:
            raise AivenError(
                "invalid_target",
                f"a condition (when) of this task cannot be evaluated for host {name}, so nothing is done for any host: {error}",
            ) from None


def _hold(conditions: Sequence[Any], variables: Variables, loader: Any) -> bool:
    templar = Templar(loader=loader, variables=variables)
    if hasattr(templar, "evaluate_conditional"):
        return all(condition in (None, "") or templar.evaluate_conditional(condition) for condition in conditions)
    # ansible-core 2.18
    check = Conditional(loader=loader)
    check.when = list(conditions)
    return bool(check.evaluate_conditional(templar, variables))


def _leader_besides_the_first(frame: FrameType) -> str | None:
    """The first host for which the conditions hold, if that is not the very first of a step of the linear strategy.

    Raises AnsibleError where a ``run_once`` that somebody wrote would keep Ansible from asking that host.
    """
    task, strategy, iterator, templar = (frame.f_locals.get(name) for name in ("task", "self", "iterator", "templar"))
    if task is None or not task.when or strategy is None or iterator is None or templar is None:
        return None
    # Hosts at which the strategy waits for others have another task in this step.
    hosts = [host.name for host, other in frame.f_locals["host_tasks"] if other and other._uuid == task._uuid]

    def variables_of(name: str) -> Variables:
        found: Variables = strategy._variable_manager.get_vars(
            play=iterator._play,
            host=strategy._inventory.get_host(name),
            task=task,
            _hosts=strategy._hosts_cache,
            _hosts_all=strategy._hosts_cache_all,
        )
        return found

    try:
        match = next(hosts_that_match(task.when, hosts, variables_of, strategy._loader), None)
    except AivenError:
        # A condition that cannot be evaluated is for the task itself to report.
        return None
    if match is None or match == hosts[0]:
        return None
    if templar.template(task.run_once):
        raise AnsibleError(
            f"run_once makes Ansible look at the conditions (when) of {hosts[0]} alone, which does not match, although {match} "
            f"does: remove run_once from the task {task.get_name()!r}. Without it, it runs once for all hosts that match."
        )
    return match
