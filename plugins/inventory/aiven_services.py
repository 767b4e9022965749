# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aiven_services
short_description: Aiven services as hosts
version_added: 0.1.0
description:
  - Makes a host of every Aiven service, with the facts that a rollout of backups to another region needs.
  - Costs one call for each project, one for the list of clouds, and one more to learn which projects there are, unless
    O(projects) names them (one for each of O(organizations)). Reading from the cache costs no call.
  - The name of its configuration file must end in C(aiven_services.yml) or C(aiven_services.yaml).
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [offsite.aiven.aiven_services]
  projects:
    description:
      - The projects to read. If neither this nor O(organizations) is given, all that the token sees.
      - An empty list reads none. May be a template.
    type: list
    elements: str
  organizations:
    description: The ids of organizations all of whose projects are read, beside those of O(projects). May be a template.
    type: list
    elements: str
  service_types:
    description: Only services of these types, such as V(pg), become hosts. May be a template.
    type: list
    elements: str
  states:
    description: Only services in these of Aiven's states, such as V(RUNNING) or V(POWEROFF), become hosts. May be a template.
    type: list
    elements: str
  services:
    description: Only services whose name matches one of these globs become hosts. May be a template.
    type: list
    elements: str
  tags:
    description:
      - Only services that have all of these tags become hosts. A value is a glob, V(*) matches every value.
      - May be a template.
    type: dict
  hostname:
    description:
      - How hosts are named, with C(SERVICE) and C(PROJECT) in place of the names. Allowed are C(SERVICE.PROJECT),
        C(PROJECT.SERVICE) and C(SERVICE); between the two may be any of C(.), C(-) and C(_).
      - Services that would get the same name are named C(SERVICE.PROJECT), all of them, with a warning.
    type: str
    default: SERVICE.PROJECT
  rpo_target:
    description: A restore point older than this many seconds makes a service C(lagging). 26 hours by default.
    type: int
    default: 93600
  on_project_error:
    description:
      - What to do about a project that cannot be read. V(fail) ends the reading, so that the services of a project are
        never missing unnoticed. V(warn) goes on without it, and does not fill the cache.
    type: str
    choices: [fail, warn]
    default: fail
extends_documentation_fragment:
  - offsite.aiven.aiven_inventory
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
notes:
  - Every host has the variables C(aiven_project), C(aiven_service_name), C(aiven_service_type), C(aiven_plan), C(aiven_cloud),
    C(aiven_provider), C(aiven_primary_region), C(aiven_state), C(aiven_tags), C(aiven_btar_region) (the secondary region, or
    null) and C(aiven_protection). C(ansible_connection) is V(local), and C(ansible_python_interpreter) is the Python that
    runs the playbook.
  - C(aiven_protection) is the status at the time of the listing; from a cache it is as old as the cache.
  - The group C(aiven_services) holds the groups C(aiven_project_*), C(aiven_cloud_*), C(aiven_type_*) and
    C(aiven_protection_*), so their group_vars win over those of C(aiven_services).
    Characters that group names must not have become underscores.
  - The group C(aiven_clouds) has no hosts. Its variable C(aiven_clouds) is the cloud list, for the audit, and
    C(aiven_unread_projects) has the projects that could not be read, each with the reason, with O(on_project_error=warn).
  - What the API sends is never templated. A value that looks like a template gets a space between its braces.
  - An empty inventory is no error to ansible-core, only a warning. The playbooks of this collection refuse it.
seealso:
  - module: offsite.aiven.aiven_btar_info
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
---
# All services of all projects that the token sees; the token is in AIVEN_TOKEN.
plugin: offsite.aiven.aiven_services
---
# The databases of two projects that run and are tagged as production's, named after the service alone.
plugin: offsite.aiven.aiven_services
projects: [shop-production, payments-production]
service_types: [pg, mysql]
states: [RUNNING]
tags:
  env: prod*
hostname: SERVICE
---
# All projects of an organization but those that the token may not read. The token is looked up when it is needed.
plugin: offsite.aiven.aiven_services
organizations: [org-acme-retail]
api_token: "{{ lookup('ansible.builtin.env', 'AIVEN_TOKEN') }}"
on_project_error: warn
---
# A group for every plan, one for what is not protected, and a variable. Each expression costs about 0.35 ms a host.
plugin: offsite.aiven.aiven_services
keyed_groups:
  - key: aiven_plan
    prefix: plan
groups:
  unprotected: aiven_protection not in ["protected", "unsupported"]
compose:
  owner: aiven_tags.team | default("nobody")
strict: true
---
# For half an hour runs share what one of them has read.
plugin: offsite.aiven.aiven_services
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/aiven-services
cache_timeout: 1800
"""

import contextlib
import gc
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from ansible.constants import LOCALHOST
from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.host import Host
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable, to_safe_group_name
from ansible.utils.path import basedir

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    TOKEN_VARIABLES,
    connection_of,
    connection_options,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import Connection
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted, did_you_mean
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.services import (
    CLOUD_GROUP,
    FLEET,
    UNREAD_PROJECTS,
    VARIABLES,
    Filters,
    HostFacts,
    ProjectError,
    Reading,
    Scope,
    cache_key,
    check_hostname,
    check_tags,
    few,
    from_cache,
    name_hosts,
    read_fleet,
    to_cache,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._inventory.untrusted import Untrusted, trusted

CONNECTION = tuple(connection_options())
FILTERS = ("service_types", "states", "services", "tags")
TEMPLATES = ("api_token", "api_url", "ca_path", "projects", "organizations", *FILTERS)

FITTING_NAMES = ("aiven_services.yml", "aiven_services.yaml")
_BEGINNING = 65536
_NAMES_THIS_PLUGIN = re.compile(
    r"""^[ \t{]*["']?plugin["']?[ \t]*:[ \t]*["']?offsite\.aiven\.aiven_services["']?[ \t]*(?:[#,}\r]|$)""",
    re.MULTILINE,
)

# The groups that a service belongs to, each after a field of its facts.
FAMILIES = {"project": "project", "cloud": "cloud", "type": "service_type", "protection": "protection"}


def names_this_plugin(path: str) -> bool:
    """Whether a file, of any kind, looks like a configuration of this plugin. Only its beginning is read."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return _NAMES_THIS_PLUGIN.search(file.read(_BEGINNING)) is not None
    except OSError:
        return False


@contextlib.contextmanager
def garbage_collection_paused() -> Iterator[None]:
    """JSON makes millions of objects and no cycle; looking for cycles among them costs a third of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "offsite.aiven.aiven_services"

    def verify_file(self, path: str) -> bool:
        if not super().verify_file(path):
            return False
        if not path.endswith(FITTING_NAMES) and names_this_plugin(path):
            # ansible-core would only say that the file could not be verified.
            self.display.warning(f"{path}: its name must end in {' or '.join(FITTING_NAMES)}, so it is not read")
        return path.endswith(FITTING_NAMES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._set_options(path)
        with garbage_collection_paused():
            try:
                reading = self._read(path, cache)
            except (AivenError, ProjectError) as error:
                raise AnsibleParserError(f"{path}: {self._words(error)}") from None
            for failure in reading.failures:
                self.display.warning(f"{path}: {failure}. Its services are missing.")
            self._populate(path, reading)

    def _words(self, error: AivenError | ProjectError) -> str:
        if isinstance(error, ProjectError):
            return f"{error}. With on_project_error: warn its services would only be missing."
        if error.code == "missing_library":
            return f"the Python library requests is missing. Install it: {sys.executable} -m pip install requests"
        return f"the inventory cannot be read ({error.code}): {error.message}"

    # Options

    def _set_options(self, path: str) -> None:
        config = self._read_config_data(path)
        unknown = [key for key in config if key not in self._options]
        if unknown:
            everything = "see ansible-doc -t inventory offsite.aiven.aiven_services"
            hint = did_you_mean(str(unknown[0]), self._options, most=1) or everything
            raise AnsibleParserError(f"{path}: there is no option {unknown[0]!r}; {hint}")
        self.templar.available_variables = self._vars
        for name in TEMPLATES:
            if config.get(name) is not None:
                self._template_option(path, name, config[name])
        try:
            check_hostname(self.get_option("hostname"))
            check_tags(self.get_option("tags") or {})
        except ValueError as error:
            raise AnsibleParserError(f"{path}: {error}") from None

    def _template_option(self, path: str, name: str, value: Any) -> None:
        """Only values of the file are templated: those of the environment are plain."""
        try:
            self.set_option(name, self.templar.template(value))
        except AnsibleError as error:
            said = "its value cannot be shown" if name == "api_token" else str(error)
            raise AnsibleParserError(f"{path}: {name} cannot be templated or used: {said}") from None

    def _connection(self, path: str) -> Connection:
        params = {name: self.get_option(name) for name in CONNECTION}
        if not params["api_token"]:
            # The last variable that is set wins, even if it is empty.
            params["api_token"] = next((os.environ[name] for name in TOKEN_VARIABLES if os.environ.get(name)), None)
        if not params["api_token"]:
            raise AnsibleParserError(
                f"{path}: api_token is missing; set the environment variable {TOKEN_VARIABLES[0]}, or give api_token here"
            )
        return connection_of(params)

    # Reading

    def _read(self, path: str, cache: bool) -> Reading:
        connection = self._connection(path)
        scope = Scope(self.get_option("projects"), self.get_option("organizations"), self.get_option("rpo_target"))
        key = cache_key(self.get_cache_key(path), connection, scope)
        use_cache = self.get_option("cache")
        if use_cache and cache and (cached := self._cached(path, key)) is not None:
            return cached
        client = AivenClient(connection)
        try:
            reading = read_fleet(client, scope, fail=self.get_option("on_project_error") == "fail")
        finally:
            for warning in client.retirements.take():
                self.display.warning(warning)
        if use_cache and not reading.failures:
            self._cache[key] = to_cache(reading)
        return reading

    def _cached(self, path: str, key: str) -> Reading | None:
        try:
            value = self._cache[key]
        except KeyError:
            # A cache plugin raises it, too, for a file in which it finds not even its own frame.
            if not self._cache._plugin.contains(key):
                return None
            value = None
        except AnsibleError as error:
            self.display.warning(f"{path}: the cache cannot be read, asking the API: {error}")
            return None
        except (TypeError, ValueError, AttributeError, RecursionError):
            # What a cache plugin raises for content that it has not written.
            value = None
        reading = from_cache(value)
        if reading is None:
            self.display.warning(f"{path}: the cache holds something else than services, asking the API")
        return reading

    # Hosts and groups

    def _populate(self, path: str, reading: Reading) -> None:
        filters = Filters(**{name: self.get_option(name) for name in FILTERS})
        found = [facts for facts in reading.facts if filters.pass_(facts)]
        hosts, warnings = name_hosts(found, self.get_option("hostname"))
        untrusted, groups = Untrusted(), Groups(self.inventory)
        add_host = host_maker(self.inventory)
        for name, facts in hosts.items():
            host = add_host(name)
            host.vars.update(zip(VARIABLES, map(untrusted.value, facts), strict=True))
            groups.add(host, facts)
        groups.link()
        self.inventory.add_group(CLOUD_GROUP)
        self.inventory.set_variable(CLOUD_GROUP, CLOUD_GROUP, list(map(untrusted.value, reading.clouds)))
        if reading.failures:
            known = self.inventory.groups[CLOUD_GROUP].vars.get(UNREAD_PROJECTS) or {}
            unread = {failure.project: failure.reason for failure in reading.failures}
            self.inventory.set_variable(CLOUD_GROUP, UNREAD_PROJECTS, {**known, **untrusted.value(unread)})
        if self._is_constructed():
            for name in hosts:
                self._construct(name)
        warnings += groups.warnings()
        if untrusted.changed:
            warnings.append(
                f"values that look like templates are changed: {few([repr(text) for text in untrusted.changed])}"
            )
        if not hosts:
            warnings.append(self._why_empty(reading, filters))
        for warning in warnings:
            self.display.warning(f"{path}: {warning}")

    def _is_constructed(self) -> bool:
        return any(self.get_option(name) for name in ("compose", "groups", "keyed_groups"))

    def _construct(self, name: str) -> None:
        variables, strict = self.inventory.hosts[name].vars, self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict)

    def _why_empty(self, reading: Reading, filters: Filters) -> str:
        if not reading.projects:
            return "no hosts, because there is no project to read"
        projects = counted(reading.projects, "project")
        if not reading.facts:
            return f"no hosts, because no service is seen in {projects}"
        used = ", ".join(name for name in FILTERS if getattr(filters, name) is not None)
        services = counted(len(reading.facts), "service")
        return f"no hosts, because none of {services} in {projects} passes {used or 'as a host'}"


def host_maker(inventory: Any) -> Callable[[str], Any]:
    """Adds hosts with the variables that all of them share.

    Like ``inventory.add_host``, but for looking up the folder of the inventory again for each host.
    """
    own = {
        "ansible_connection": trusted("local"),
        "ansible_python_interpreter": trusted("{{ ansible_playbook_python }}"),
    }
    source = inventory.current_source
    where = {"inventory_file": source, "inventory_dir": basedir(source) if source else None}

    def add_host(name: str) -> Any:
        if name in inventory.hosts or name in LOCALHOST:
            inventory.add_host(name)
        else:
            inventory.hosts[name] = Host(name)
            inventory.hosts[name].vars.update(where)
        host = inventory.hosts[name]
        host.vars.update(own)
        return host

    return add_host


class Groups:
    """The plugin's own groups. Only once they are full they become children of aiven_services: it is far cheaper so."""

    def __init__(self, inventory: Any) -> None:
        self._inventory = inventory
        self._known: dict[tuple[str, str], Any] = {}
        self._values: dict[str, set[str]] = {}
        inventory.add_group(FLEET)

    def add(self, host: Any, facts: HostFacts) -> None:
        for family, field in FAMILIES.items():
            value = getattr(facts, field)
            group = self._known.get((family, value)) or self._make(family, value)
            group.add_host(host)

    def _make(self, family: str, value: str) -> Any:
        name = to_safe_group_name(f"aiven_{family}_{value}")
        self._values.setdefault(name, set()).add(value)
        self._inventory.add_group(name)
        group = self._known[family, value] = self._inventory.groups[name]
        return group

    def link(self) -> None:
        for name in self._values:
            self._inventory.add_child(FLEET, name)

    def warnings(self) -> list[str]:
        return [
            f"the group {name} holds the services of several: {few([repr(value) for value in sorted(values)])}"
            for name, values in self._values.items()
            if len(values) > 1
        ]
