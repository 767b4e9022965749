# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where services are reached, without the secrets that are needed there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse


def parse_endpoints(body: object, names: Collection[str]) -> dict[str, dict[str, Any]]:
    """``{"host", "port"}`` of those of ``names`` that the answer of ServiceList holds; null where it tells none."""
    rows = body.get("services") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidResponse("expected the services of a project under 'services', got something else")
    return {row["service_name"]: _endpoint(row) for row in rows if row.get("service_name") in names}


def _endpoint(row: Mapping[str, Any]) -> dict[str, Any]:
    params = row.get("service_uri_params")
    host = params.get("host") if isinstance(params, Mapping) else None
    port = params.get("port") if isinstance(params, Mapping) else None
    number = int(port) if isinstance(port, str) and port.isascii() and port.isdigit() else port
    return {
        "host": host if isinstance(host, str) else None,
        "port": number if isinstance(number, int) and not isinstance(number, bool) else None,
    }
