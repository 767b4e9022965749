# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The live schema of a service type: which options its services have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse


def schema_supports_btar(body: object) -> bool:
    """Whether the live schema of a service type (ProjectServiceTypesGet) has ``additional_backup_regions``."""
    option = _type_properties(body).get("additional_backup_regions")
    if not isinstance(option, Mapping):
        return False
    limit = option.get("maxItems", option.get("max_items"))
    return not (isinstance(limit, int) and limit < 1)


def parse_type_options(body: object) -> frozenset[str]:
    """The names of the options in the live schema of a service type (ProjectServiceTypesGet)."""
    return frozenset(str(name) for name in _type_properties(body))


def _type_properties(body: object) -> Mapping[str, Any]:
    schema = body.get("user_config_schema") if isinstance(body, Mapping) else None
    if not isinstance(schema, Mapping):
        raise InvalidResponse("no 'user_config_schema' object in the answer about a service type")
    properties = schema.get("properties")
    return properties if isinstance(properties, Mapping) else {}
