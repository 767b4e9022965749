# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of each service, by the variables of its host: more of the critical ones than of others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Asked
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostVariables
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import parse_duration

_DAYS = "btar_drill_max_age_days"
_DURATIONS = {
    "max_interval": "btar_audit_max_interval",
    "min_retention": "btar_audit_min_retention",
    "drill_rto_target": "btar_drill_rto_target",
}
ASKED_VARIABLES = (_DAYS, *_DURATIONS.values())


def asked_of_hosts(hosts: Iterable[HostVariables], default: Asked) -> dict[tuple[str, str], Asked]:
    """What is asked of the service of each host, ``default`` where its variables say nothing. Raises ``invalid_target``."""
    found: dict[tuple[str, str], Asked] = {}
    # Most hosts share their variables.
    known: dict[int, Asked] = {}
    for host in hosts:
        if host.mistake is None:
            key = id(host.shared)
            if key not in known:
                known[key] = _asked(host, default)
            found[str(host.project), str(host.service_name)] = known[key]
    return found


def _asked(host: HostVariables, default: Asked) -> Asked:
    own = {name: _seconds(host, variable) for name, variable in _DURATIONS.items()}
    own["drill_max_age_days"] = parse_days(f"{_DAYS} of host {host.host}", _given(host, _DAYS))
    return replace(default, **{name: value for name, value in own.items() if value is not None})


def _seconds(host: HostVariables, variable: str) -> int | None:
    value = _given(host, variable)
    return None if value is None else parse_duration(f"{variable} of host {host.host}", value)


def _given(host: HostVariables, variable: str) -> object:
    value = host.shared.get(variable)
    if isinstance(value, AivenError):
        raise value
    return None if value == "" else value


def parse_days(name: str, value: object) -> int | None:
    """Whole days, None where none are given. Raises ``invalid_target``."""
    if value is None:
        return None
    text = str(value).strip()
    if isinstance(value, bool) or not text.isdecimal() or len(text) > 6:
        raise AivenError("invalid_target", f"{name} is {value!r}: give days as a whole number, 0 or more.")
    return int(text)
