# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region inventory of the hosts of a batch, read from their variables at the cost of a few hosts.

``hostvars`` merges the variables of one host in a third of a millisecond, which is seconds for 10,000 hosts that share
what matters here. So hosts are sorted into classes which cannot differ in it (the same groups with variables, nothing of
their own) and one host of each is asked. A host with variables of its own, or a value that holds a template or an
encrypted text, is asked itself; so is every host where variables come from what may differ between hosts in a way that
is not known here: plugins, or a file of the play whose name is a template.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.playbook.handler import Handler
from ansible.plugins.loader import vars_loader
from ansible.template import Templar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import CONNECTION_VARIABLES
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, InvalidResponse, parse_clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import OVERRIDE
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_inventory import Concealed
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.batch import conditions_of, hosts_that_match
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import (
    CLOUD_GROUP,
    FLEET,
    UNREAD_PROJECTS,
)

try:
    from ansible.template import is_trusted_as_template
except ImportError:  # ansible-core 2.18 marks what is not to be trusted instead

    def is_trusted_as_template(value: object) -> bool:
        return not getattr(value, "__UNSAFE__", False)


IDENTITY = ("aiven_project", "aiven_service_name")
# What is read of a host besides its region inventory.
_MORE_VARIABLES = frozenset((OVERRIDE, "btar_rpo_target", *CONNECTION_VARIABLES.values()))
# What a task with a loop sees besides.
_LOOP_VARIABLES = ("ansible_loop", "ansible_loop_var", "ansible_index_var")
# What the strategy adds to the variables of a play.
_PLAY_VARIABLES = ("ansible_current_hosts", "ansible_failed_hosts")
_CLOUD_VARIABLES = ("aiven_cloud", "aiven_primary_region")
_KNOWN_VARS_PLUGIN = "host_group_vars"


@dataclass(frozen=True, slots=True)
class HostVariables:
    """What a host says of its service. ``shared`` is the same object for hosts that share their region inventory.
    ``mistake`` is set where its variables cannot be read.
    """

    host: str
    project: object
    service_name: object
    shared: Mapping[str, Any]
    mistake: AivenError | None = None


class HostReader:
    """Reads hosts of a running play. ``task_vars`` and ``task`` are those of the action; ``more`` are further variables to
    read, whose values are the error where they cannot be templated.
    """

    def __init__(self, task_vars: Mapping[str, Any], task: Any, loader: Any, more: Iterable[str] = ()) -> None:
        self.task_vars = task_vars
        self._hostvars = task_vars["hostvars"]
        self._inventory = self._hostvars._inventory
        self._manager = self._hostvars._variable_manager
        self._task = task
        self._play = _play_of(task)
        self._loader = loader
        self._optional = frozenset(more)
        self._more = _MORE_VARIABLES | self._optional

    def batch(self) -> list[str]:
        """The hosts of the current batch for which Ansible would run this task, in their order: those that have not failed or
        ended and for which every condition holds.

        Raises ``invalid_target`` where a condition cannot be evaluated.
        """
        names: list[str] = list(self.task_vars.get("ansible_play_batch") or ())
        if isinstance(self._task, Handler):
            notified = {host.name for host in self._task.notified_hosts}
            names = [name for name in names if name in notified]
        conditions = conditions_of(self._task)
        if not conditions:
            return names
        loop: list[Any] = [*_LOOP_VARIABLES, *(self.task_vars.get(name) for name in _LOOP_VARIABLES[1:])]
        here = {name: self.task_vars[name] for name in loop if name in self.task_vars}

        def variables_of(name: str) -> Mapping[str, Any]:
            own = self._variables(self._inventory.get_host(name))
            return {**own, **here, "hostvars": self._hostvars}

        return list(hosts_that_match(conditions, names, variables_of, self._loader))

    def read(self, names: Sequence[str]) -> Iterator[HostVariables]:
        """The hosts in their order. Raises ``invalid_target`` for a name that the inventory does not have."""
        own_names, carriers = self._own_names(), self._carrying_groups()
        each = own_names is None or self._play_differs_by_host()
        classes: dict[tuple[str, ...], dict[str, Any] | None] = {}
        for name in names:
            host = self._inventory.get_host(name)
            if host is None:
                raise AivenError("invalid_target", f"{name} is no host of the inventory: name hosts that it has.")
            if each or name in (own_names or ()) or self._has_own(host):
                yield self._individual(name, host)
                continue
            key = tuple(sorted(group.name for group in host.groups if group.name in carriers))
            if key not in classes:
                classes[key] = self._class_values(host)
            shared = classes[key]
            own = host.vars
            if shared is None or not all(_is_plain(own.get(variable)) for variable in IDENTITY):
                yield self._individual(name, host)
            else:
                project, service_name = (own.get(variable) for variable in IDENTITY)
                yield HostVariables(name, project, service_name, shared)

    def known_clouds(self) -> set[str]:
        """The clouds that services of the inventory are in, as its host variables say; also of hosts outside the batch."""
        values = (host.vars.get(key) for host in self._inventory.hosts.values() for key in _CLOUD_VARIABLES)
        return {str(value) for value in values if isinstance(value, str)}

    def listed_clouds(self) -> dict[str, Cloud]:
        """The cloud list that the inventory plugin left on its group of clouds; empty with another inventory."""
        group = self._inventory.groups.get(CLOUD_GROUP)
        body = group.vars.get(CLOUD_GROUP) if group is not None else None
        try:
            return parse_clouds({"clouds": body})
        except InvalidResponse:
            return {}

    def unread_projects(self) -> dict[str, str]:
        """The projects that the inventory plugin could not read, each with the reason: their services are no hosts. None under
        a limit, which nobody knows to mean them.
        """
        group = self._inventory.groups.get(CLOUD_GROUP)
        told = (
            group.vars.get(UNREAD_PROJECTS) if group is not None and not self.task_vars.get("ansible_limit") else None
        )
        return {str(project): str(why) for project, why in told.items()} if isinstance(told, Mapping) else {}

    def fleet_size(self) -> int | None:
        """How many services the inventory has, whatever the run is limited to; None without the group of all services."""
        group = self._inventory.groups.get(FLEET)
        return None if group is None else len(group.get_hosts())

    def _class_values(self, host: Any) -> dict[str, Any] | None:
        """What the hosts of a class share; None when each has to be asked itself."""
        try:
            values = self._variables(host)
        except AnsibleError:
            return None
        overridden = any(values.get(variable) != host.vars.get(variable) for variable in IDENTITY)
        found = self._wanted(values)
        return None if overridden or _needs_templating(found) else found

    def _individual(self, name: str, host: Any) -> HostVariables:
        wanted: dict[str, Any] = {}
        mistake = None
        try:
            values = self._variables(host)
            wanted = {key: values[key] for key in (*IDENTITY, *self._wanted(values)) if key in values}
            if _needs_templating(wanted):
                templar = Templar(loader=self._loader, variables={**values, "hostvars": self._hostvars})
                wanted = {key: self._templated(templar, name, key, value) for key, value in wanted.items()}
        except AivenError as error:
            mistake = error
        except AnsibleError as error:
            mistake = AivenError("invalid_target", f"the variables of host {name} cannot be read: {error}")
        project, service_name = (wanted.pop(variable, None) for variable in IDENTITY)
        return HostVariables(name, project, service_name, wanted, mistake)

    def _templated(self, templar: Any, host: str, key: str, value: object) -> object:
        try:
            plain = _decrypted(value)
            return templar.template(plain) if _needs_templating(plain) else plain
        except AnsibleError as error:
            mistake = AivenError("invalid_region_inventory", f"{key} of host {host} cannot be templated: {error}")
            if key not in self._optional:
                raise mistake from None
            return mistake

    def _variables(self, host: Any) -> dict[str, Any]:
        values: dict[str, Any] = self._manager.get_vars(
            play=self._play,
            host=host,
            task=self._task,
            include_hostvars=False,
            _hosts=self.task_vars.get("ansible_play_batch") or [],
            _hosts_all=self.task_vars.get("ansible_play_hosts_all") or [],
        )
        values.update({name: self.task_vars[name] for name in _PLAY_VARIABLES if name in self.task_vars})
        return values

    def _wanted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: values[key] for key in values if self._is_wanted(key)}

    def _is_wanted(self, name: str) -> bool:
        """Variables of the region inventory, those of no meaning too: one is a misspelt other, and is to be shown as a mistake."""
        return name in self._more or name.startswith("btar_region_")

    def _play_differs_by_host(self) -> bool:
        """Whether the play reads a file whose name each host may template differently."""
        return self._play is not None and _needs_templating(self._play.get_vars_files())

    def _has_own(self, host: Any) -> bool:
        """Whether a variable that matters was set for this host alone: in the inventory, by set_fact or the like."""
        caches = [
            getattr(self._manager, cache, None) for cache in ("_vars_cache", "_nonpersistent_fact_cache", "_fact_cache")
        ]
        if None in caches:
            return True
        own = [host.vars, *(_cached(cache, host.name) for cache in caches)]
        return any(self._is_wanted(key) for values in own for key in values) or any(
            key in IDENTITY for values in own[1:] for key in values
        )

    def _own_names(self) -> set[str] | None:
        """Names with a file in a ``host_vars`` folder; None when other vars plugins may know more."""
        plugins = {plugin.__module__.rpartition(".")[2] for plugin in vars_loader.all(class_only=True)}
        enabled = {name.rpartition(".")[2] for name in constants.VARIABLE_PLUGINS_ENABLED}
        if (plugins | enabled) - {_KNOWN_VARS_PLUGIN}:
            return None
        return set(self._entries("host_vars"))

    def _carrying_groups(self) -> set[str]:
        """The groups that have variables, in the inventory or in a ``group_vars`` folder."""
        files = set(self._entries("group_vars"))
        return {name for name, group in self._inventory.groups.items() if group.vars or name in files}

    def _entries(self, folder: str) -> Iterator[str]:
        for base in self._folders():
            path = os.path.join(base, folder)
            for entry in os.listdir(path) if os.path.isdir(path) else ():
                stem, extension = os.path.splitext(entry)
                yield entry
                if extension in constants.YAML_FILENAME_EXTENSIONS:
                    yield stem

    def _folders(self) -> Iterable[str]:
        sources = [
            source for source in self._inventory._sources if source and ("," not in source or os.path.exists(source))
        ]
        beside = [source if os.path.isdir(source) else os.path.dirname(source) for source in sources]
        return dict.fromkeys([*beside, *self._task.get_search_path(), self._loader.get_basedir()])


def _cached(cache: Any, name: str) -> Mapping[str, Any]:
    try:
        return cache.get(name) or {}
    except KeyError:  # the fact cache of ansible-core 2.19 and newer
        return {}


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and not _needs_templating(value)


def _needs_templating(value: object) -> bool:
    """Whether a value is not yet what Ansible would make of it: it holds a template, or is encrypted (``!vault``)."""
    if isinstance(value, str):
        return ("{{" in value or "{%" in value or "{#" in value) and is_trusted_as_template(value)
    if isinstance(value, Mapping):
        return any(_needs_templating(key) or _needs_templating(item) for key, item in value.items())
    if isinstance(value, list | tuple):
        return any(_needs_templating(item) for item in value)
    return _is_encrypted(value)


def _is_encrypted(value: object) -> bool:
    """The classes of ansible-core 2.18, and of newer ones."""
    return type(value).__name__ in ("AnsibleVaultEncryptedUnicode", "EncryptedString")


def _decrypted(value: object) -> object:
    """The value with all encrypted texts in it decrypted. The reason of an exception is for people, and so would be printed."""
    if isinstance(value, Mapping):
        return {
            key: repr(Concealed()) if key == "reason" and _is_encrypted(item) else _decrypted(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_decrypted(item) for item in value]
    return Concealed(str(value)) if _is_encrypted(value) else value


def _play_of(task: Any) -> Any:
    parent = task
    while parent is not None:
        play = getattr(parent, "_play", None)
        if play is not None:
            return play
        parent = getattr(parent, "_parent", None)
    return None
