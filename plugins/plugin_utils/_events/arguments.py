# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The arguments of the event source become a watch."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    connection_of,
    connection_options,
    misread_option,
    watch_options,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import name_mistakes
from ansible_collections.offsite.aiven.plugins.plugin_utils._events.watch import Watch, Watched

# What ansible-rulebook adds to the arguments of a source that are in its rulebook.
_NOT_OURS = frozenset({"eda_feedback_queue"})


def watch_of(arguments: Mapping[str, Any]) -> Watch:
    """Raises AivenError for arguments that are of no use. An empty one, which a variable that is not set makes, is not given."""
    given = {name: value for name, value in arguments.items() if name not in _NOT_OURS and value not in (None, "")}
    spec = {**connection_options(), **watch_options()}
    checked = ArgumentSpecValidator(spec).validate(given)
    misread = misread_option(spec, given) if checked.error_messages else None
    mistakes = [misread] if misread else checked.error_messages or [*_mistakes(checked.validated_parameters)]
    if mistakes:
        raise AivenError("invalid_target", f"arguments of offsite.aiven.aiven_btar: {'; '.join(mistakes)}")
    params = checked.validated_parameters
    watched = Watched(**{name: params[name] for name in watch_options()})
    return Watch(AivenClient(connection_of(params)), watched)


def _mistakes(params: Mapping[str, Any]) -> list[str]:
    found = [
        f"{name} is {params[name]:g}: give seconds, a number above 0"
        for name in ("interval", "backoff_max", "rpo_target")
        if not (math.isfinite(params[name]) and params[name] > 0)
    ]
    for index, project in enumerate(params["projects"] or ()):
        found += name_mistakes(f"projects[{index}]", project)
    return found
