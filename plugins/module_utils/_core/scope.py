# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit looks at; in words, what it did not look at, and who made it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.globs import glob_matches
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

Audit = Mapping[str, Any]


def covers(
    globs: Sequence[str],
    types: Sequence[str],
    tags: Mapping[str, str],
    *,
    name: str,
    service_type: str,
    own: Mapping[str, str],
) -> bool:
    """Whether the filters of a scope, ``globs`` of names, ``types`` and globs by tag, let a service with such tags of its
    ``own`` pass. An empty filter lets all pass.
    """
    return (
        (not types or service_type in types)
        and (not globs or any(glob_matches(glob, name) for glob in globs))
        and all(key in own and glob_matches(glob, own[key]) for key, glob in tags.items())
    )


def made_by(audit: Audit) -> str | None:
    """Like ``ann@machine``; None where it is not known."""
    by = audit["by"]
    return None if by is None else f"{by['user']}@{by['host']}"


def not_seen(audit: Audit) -> Iterator[str]:
    """A sentence for each reason for which something was not looked at."""
    scope = audit["scope"]
    unread, hosts, size = scope.get("unreadable_projects") or {}, scope.get("hosts"), scope.get("hosts_in_inventory")
    if unread:
        yield f"Not all was seen: {counted(len(unread), 'project')} could not be read."
    if hosts is not None and size is not None and hosts < size:
        why = f", by the limit {scope['limit']}" if scope.get("limit") else ""
        yield f"{size - hosts} of {counted(size, 'service')} of the inventory were left out{why}."
    if scope.get("limits"):
        yield "The audits that were merged had limits; whether they were all is not known."
    if left_out := sum((scope.get("left_out") or {}).values()):
        yield f"The filters left out {counted(left_out, 'service')}."
    if gone := len(scope.get("gone") or ()):
        yield f"{counted(gone, 'service')} of the inventory {'is' if gone == 1 else 'are'} not there any more."
    if mistakes := len(scope.get("mistakes") or ()):
        yield f"{counted(mistakes, 'host')} could not be looked at."
