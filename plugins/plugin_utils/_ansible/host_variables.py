# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The region inventory of the hosts of a batch, read from their variables at the cost of a few hosts.

``hostvars`` merges the variables of one host in a third of a millisecond, which is seconds for 10,000 hosts that share
what matters here. So hosts are sorted into classes which cannot differ in it (the same groups with variables, nothing of
their own) and one host of each is asked. A host with variables of its own, or a value that holds a template, is asked
itself; so is every host where variables come from plugins that this module does not know.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.plugins.loader import vars_loader
from ansible.template import Templar

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Cloud, InvalidResponse, parse_clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import OVERRIDE
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import CLOUD_GROUP

try:
    from ansible.template import is_trusted_as_template
except ImportError:  # ansible-core 2.18 marks what is not to be trusted instead

    def is_trusted_as_template(value: object) -> bool:
        return not getattr(value, "__UNSAFE__", False)


IDENTITY = ("aiven_project", "aiven_service_name")
# What is read of a host besides its region inventory.
_MORE_VARIABLES = (OVERRIDE, "btar_rpo_target")
_CLOUD_VARIABLES = ("aiven_cloud", "aiven_primary_region")
_KNOWN_VARS_PLUGIN = "host_group_vars"


@dataclass(frozen=True, slots=True)
class HostVariables:
    """What a host says of its service. ``shared`` is the same object for hosts that share their region inventory."""

    host: str
    project: object
    service_name: object
    shared: Mapping[str, Any]


def named_hosts(params: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Sequence[str]:
    """The names in the option ``hosts`` of an action; without it, the hosts of the current batch."""
    batch: Sequence[str] = task_vars.get("ansible_play_batch") or []
    hosts: Sequence[str] | None = params["hosts"]
    return batch if hosts is None else hosts


class HostReader:
    """Reads hosts of a running play. ``task_vars`` and ``task`` are those of the action."""

    def __init__(self, task_vars: Mapping[str, Any], task: Any, loader: Any) -> None:
        self._hostvars = task_vars["hostvars"]
        self._inventory = self._hostvars._inventory
        self._manager = self._hostvars._variable_manager
        self._task = task
        self._play = _play_of(task)
        self._loader = loader
        self._batch: list[str] = []

    def read(self, names: Sequence[str]) -> Iterator[HostVariables]:
        """The hosts in their order. Raises ``invalid_target`` for a name that the inventory does not have."""
        self._batch = list(names)
        own_names, carriers = self._own_names(), self._carrying_groups()
        classes: dict[tuple[str, ...], dict[str, Any] | None] = {}
        for name in names:
            host = self._inventory.get_host(name)
            if host is None:
                raise AivenError("invalid_target", f"{name} is no host of the inventory: name hosts that it has.")
            if own_names is None or name in own_names or self._has_own(host):
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

    def _class_values(self, host: Any) -> dict[str, Any] | None:
        """What the hosts of a class share; None when each has to be asked itself."""
        values = self._variables(host)
        overridden = any(values.get(variable) != host.vars.get(variable) for variable in IDENTITY)
        found = _region_values(values)
        return None if overridden or _holds_template(found) else found

    def _individual(self, name: str, host: Any) -> HostVariables:
        values = self._variables(host)
        wanted = {key: values[key] for key in (*IDENTITY, *_region_values(values)) if key in values}
        if _holds_template(wanted):
            templar = Templar(loader=self._loader, variables={**values, "hostvars": self._hostvars})
            wanted = {key: _templated(templar, name, key, value) for key, value in wanted.items()}
        project, service_name = (wanted.pop(variable, None) for variable in IDENTITY)
        return HostVariables(name, project, service_name, wanted)

    def _variables(self, host: Any) -> dict[str, Any]:
        values: dict[str, Any] = self._manager.get_vars(
            play=self._play,
            host=host,
            task=self._task,
            include_hostvars=False,
            _hosts=self._batch,
            _hosts_all=self._batch,
        )
        return values

    def _has_own(self, host: Any) -> bool:
        """Whether a variable that matters was set for this host alone: in the inventory, by set_fact or the like."""
        caches = [
            getattr(self._manager, cache, None) for cache in ("_vars_cache", "_nonpersistent_fact_cache", "_fact_cache")
        ]
        if None in caches:
            return True
        own = [host.vars, *(_cached(cache, host.name) for cache in caches)]
        return any(_is_region_variable(key) for values in own for key in values) or any(
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


def _templated(templar: Any, host: str, key: str, value: object) -> object:
    try:
        return templar.template(value)
    except AnsibleError as error:
        raise AivenError("invalid_region_inventory", f"{key} of host {host} cannot be templated: {error}") from None


def _cached(cache: Any, name: str) -> Mapping[str, Any]:
    try:
        return cache.get(name) or {}
    except KeyError:  # the fact cache of ansible-core 2.19 and newer
        return {}


def _region_values(values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: values[key] for key in values if _is_region_variable(key)}


def _is_region_variable(name: str) -> bool:
    """Those of no meaning too: one is a misspelt other, and is to be shown as a mistake."""
    return name in _MORE_VARIABLES or name.startswith("btar_region_")


def _is_plain(value: object) -> bool:
    return isinstance(value, str) and not _holds_template(value)


def _holds_template(value: object) -> bool:
    if isinstance(value, str):
        return ("{{" in value or "{%" in value or "{#" in value) and is_trusted_as_template(value)
    if isinstance(value, Mapping):
        return any(_holds_template(key) or _holds_template(item) for key, item in value.items())
    return isinstance(value, list | tuple) and any(_holds_template(item) for item in value)


def _play_of(task: Any) -> Any:
    parent = task
    while parent is not None:
        play = getattr(parent, "_play", None)
        if play is not None:
            return play
        parent = getattr(parent, "_parent", None)
    return None
