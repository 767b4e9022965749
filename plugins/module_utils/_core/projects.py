# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which projects there are, as Aiven tells it of a token and of an organization."""

from __future__ import annotations

from collections.abc import Mapping

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse, rows_of


def parse_project_names(body: object) -> list[str]:
    """The projects that a token sees, from the answer of UserInfo (``GET /me``), sorted."""
    user = body.get("user") if isinstance(body, Mapping) else None
    if not isinstance(user, Mapping):
        raise InvalidResponse("no 'user' object in the answer about the token's user")
    names: set[str] = set()
    projects = user.get("projects")
    if isinstance(projects, list):
        names.update(name for name in projects if isinstance(name, str))
    for key in ("project_memberships", "project_membership"):
        memberships = user.get(key)
        if isinstance(memberships, Mapping):
            names.update(name for name in memberships if isinstance(name, str))
    if not names and not isinstance(projects, list):
        raise InvalidResponse("no 'projects' in the answer about the token's user")
    return sorted(names)


def parse_organization_projects(body: object) -> list[str]:
    """The projects of an organization (OrganizationProjectsList), sorted. Their id is the name used in paths."""
    names = (
        row.get("project_id") or row.get("project_name") for row in rows_of(body, "projects", "a list of projects")
    )
    return sorted(name for name in names if isinstance(name, str))
