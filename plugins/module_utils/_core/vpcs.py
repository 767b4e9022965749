# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPCs of a project: its own networks, one in a cloud."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse

ACTIVE = "ACTIVE"


@dataclass(frozen=True, slots=True)
class Vpc:
    """A VPC of a project. Only one whose ``state`` is ``ACTIVE`` takes services."""

    id: str
    cloud_name: str
    state: str

    @property
    def active(self) -> bool:
        return self.state == ACTIVE


def parse_vpcs(body: object) -> tuple[Vpc, ...]:
    """The answer of VpcList. Raises :class:`InvalidResponse`."""
    rows = body.get("vpcs") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        raise InvalidResponse("expected the VPCs of a project under 'vpcs', got something else")
    found = []
    for row in rows:
        texts = [row.get(key) for key in ("project_vpc_id", "cloud_name", "state")] if isinstance(row, Mapping) else []
        if not texts or not all(isinstance(text, str) for text in texts):
            raise InvalidResponse("a VPC without 'project_vpc_id', 'cloud_name' or 'state' in the list of VPCs")
        found.append(Vpc(*map(str, texts)))
    return tuple(found)
