# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How every report begins the row of a service."""

from __future__ import annotations

from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Service


def report_facts(service: Service) -> dict[str, Any]:
    """What it is and where, with the keys of the reports' schemas."""
    return {
        "project": service.project,
        "service_name": service.name,
        "service_type": service.service_type,
        "plan": service.plan,
        "state": service.state,
        "tags": dict(service.tags),
        "cloud_name": service.cloud_name,
        "primary_region": service.primary_region,
        "secondary_region": service.secondary_region,
    }
