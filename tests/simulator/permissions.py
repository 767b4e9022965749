# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what: tokens, roles and permissions (Aiven's permissions.yaml of 2026-08), OAuth scopes."""

from __future__ import annotations

from .errors import ApiError
from .state import Token, World

READ = ("project:services:read",)
WRITE = ("project:services:write",)
CONFIGURE = ("service:configuration:write",)
CREATE = ("project:services:write", "role:services:recover")
UPDATE = ("project:services:write", "role:services:maintenance", "role:services:recover", "service:configuration:write")
MEMBER = ("developer", "operator", "read_only")
EVENTS = ("project:audit_logs:read", "project:event_logs:read")
LOGS = ("service:logs:read",)
METRICS = ("service:metrics:read",)
ANYONE: tuple[str, ...] = ()

ALL = {*READ, *WRITE, *CONFIGURE, *CREATE, *UPDATE, *MEMBER, *EVENTS, *LOGS, *METRICS, "service:secrets:read"}

# What a role holds beside itself. That project:services:write includes the backup settings is DOC permissions.md L95-112.
IMPLIED: dict[str, set[str]] = {
    "admin": ALL,
    "operator": ALL,
    "developer": {*READ, *CONFIGURE, *LOGS, *METRICS, *EVENTS},
    "read_only": {*READ, *LOGS, *METRICS, *EVENTS},
    "project:services:write": {*READ, *CONFIGURE},
    "role:services:maintenance": {*READ},
    "role:services:recover": {*READ},
}


def authenticate(world: World, header: str | None) -> Token:
    """The token behind an Authorization header, ``aivenv1 TOKEN`` or ``Bearer TOKEN``. Raises 401."""
    scheme, _space, value = (header or "").partition(" ")
    if scheme.lower() not in ("aivenv1", "bearer") or not value:
        raise ApiError(401, "Missing (expired) db token" if not header else "Invalid token")
    token = world.tokens.get(value.strip())
    if token is None:
        raise ApiError(401, "Invalid token")
    if token.expired:
        raise ApiError(401, "Missing (expired) db token")
    return token


def permissions_of(token: Token, project: str) -> set[str]:
    roles = set(token.roles_in(project))
    return roles.union(*(IMPLIED.get(role, set()) for role in roles))


def allow(token: Token, project: str, needed: tuple[str, ...]) -> None:
    """Any one of ``needed`` is enough; none needed: every member may."""
    if needed and not permissions_of(token, project) & set(needed):
        raise ApiError(403, "User role does not allow this operation", "user_role_not_allowed_to_perform_operation")


def allow_scope(token: Token, scope: str) -> None:
    """OAuth scopes of the token, if it is limited to some: ``services`` holds ``services:read`` and ``services:write``."""
    family = scope.partition(":")[0]
    if token.scopes is not None and not {scope, family, "all"} & set(token.scopes):
        raise ApiError(403, f"Token scope does not allow this operation: {scope} is needed", "permission_denied")
