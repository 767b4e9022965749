# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit held against a former one: what became better and worse, and what only one of the two has looked at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import SCHEMA, InvalidAudit, label, named
from ansible_collections.offsite.aiven.plugins.module_utils._core.forms import MAYBE_TEXT, TEXT, TIME, keys, values
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import STATUSES
from ansible_collections.offsite.aiven.plugins.module_utils._core.report_form import SCOPE
from ansible_collections.offsite.aiven.plugins.module_utils._core.scope import covers
from ansible_collections.offsite.aiven.plugins.module_utils._core.trend import unlike

Row = Mapping[str, Any]

# From worst to best. What does not apply before or after says nothing about better or worse.
_RESULTS_RANKED = ("fail", "unknown", "excepted", "pass")
_STATUSES_RANKED = tuple(status for status in STATUSES if status != "unsupported")

_FORMER = keys({"generated_at": TIME}, {"name": TEXT, "generator": TEXT, "scope": SCOPE, "settings": keys({})})
_ROW = keys(
    {
        **dict.fromkeys(("project", "service_name", "protection"), TEXT),
        "controls": values(keys({"result": TEXT})),
    },
    {"service_type": MAYBE_TEXT, "tags": values(TEXT)},
)


def compare_audits(former: object, audit: Row) -> dict[str, Any]:
    """What became better and worse since a ``former`` audit. Raises :class:`InvalidAudit` when it is none.

    A service that only one of them has is new or gone, unless the other has not looked: its project could not be read, or it
    looked at fewer services. ``differs`` is what of version and settings was not alike.
    """
    checked = _checked(former)
    before = {label(row): row for row in checked["services"]}
    after = {label(row): row for row in audit["services"]}
    differences = [
        item for key in sorted(before.keys() & after.keys()) for item in _differences(before[key], after[key])
    ]
    left, come = (sorted(ours.keys() - others.keys()) for ours, others in ((before, after), (after, before)))
    scope, former_scope = audit["scope"], checked.get("scope") or {}
    unseen_now = {key for key in left if not _looks_at(scope, former_scope, before[key])}
    unseen_then = {key for key in come if not _looks_at(former_scope, scope, after[key])}
    return {
        "former_name": checked.get("name"),
        "former_generator": checked.get("generator"),
        "former_generated_at": checked["generated_at"],
        "differs": list(unlike(checked, audit)),
        "better": [item for better, item in differences if better],
        "worse": [item for better, item in differences if not better],
        "appeared": [named(after[key]) for key in come if key not in unseen_then],
        "gone": [named(before[key]) for key in left if key not in unseen_now],
        "not_seen_then": [named(after[key]) for key in come if key in unseen_then],
        "not_seen_now": [named(before[key]) for key in left if key in unseen_now],
    }


def _looks_at(scope: Row, other: Row, row: Row) -> bool:
    """Whether an audit of ``scope`` would have told of a service that was seen with the scope ``other``. Which services a
    limit lets pass nobody knows, unless it is the same.
    """
    if row["project"] in (scope.get("unreadable_projects") or {}):
        return False
    if scope.get("limit") and scope["limit"] != other.get("limit"):
        return False
    return covers(
        scope.get("services") or (),
        scope.get("service_types") or (),
        scope.get("tags") or {},
        name=row["service_name"],
        service_type=row.get("service_type") or "",
        own=row.get("tags") or {},
    )


def _checked(former: object) -> Row:
    schema = former.get("schema") if isinstance(former, Mapping) else None
    if not isinstance(former, Mapping) or schema != SCHEMA:
        raise InvalidAudit(f"its schema is {schema!r}, not {SCHEMA!r}")
    rows = former.get("services")
    if not isinstance(rows, list) or any(_ROW(row) for row in rows):
        raise InvalidAudit("its 'services' is not a list of audited services")
    mistake = _FORMER(former)
    if mistake is not None:
        raise InvalidAudit(f"it{mistake}")
    return former


def _differences(before: Row, after: Row) -> Iterator[tuple[bool, dict[str, Any]]]:
    """What changed for one service: whether for the better, and what from where to where."""
    pairs: list[tuple[str, str, str, Sequence[str]]] = [
        ("protection", before["protection"], after["protection"], _STATUSES_RANKED)
    ]
    for key, finding in after["controls"].items():
        former = before["controls"].get(key)
        if former is not None:
            pairs.append((key, former["result"], finding["result"], _RESULTS_RANKED))
    for what, old, new, ranked in pairs:
        if old != new and old in ranked and new in ranked:
            yield ranked.index(new) > ranked.index(old), {**named(after), "what": what, "before": old, "after": new}
