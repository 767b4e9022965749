# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An audit as OSCAL assessment results (NIST's Open Security Controls Assessment Language), as JSON.

Services are inventory items, and each control has a finding with one observation for each result that it came to. Identifiers
follow from what they name: the same audit is the same document, and a service has the same one in all audits.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from ansible_collections.offsite.aiven.plugins.module_utils._core.scope import made_by, not_seen
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted, printable

OSCAL_VERSION = "1.1.2"
# The namespace of our identifiers and of properties that OSCAL does not have.
NAMESPACE = "https://github.com/offsite/aiven/oscal"

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_ROOT = uuid5(NAMESPACE_URL, NAMESPACE)
# What a control observed, the worst first; what does not apply was not observed.
_OBSERVED = ("fail", "unknown", "excepted", "pass")
_OF_DRILLS = ("drill_recent", "drill_rto", "drill_current", "drill_evidence")
# The facts of a service that are told as properties, by their name there.
_FACTS = {
    "project": "project",
    "service-name": "service_name",
    "service-type": "service_type",
    "plan": "plan",
    "primary-region": "primary_region",
    "secondary-region": "secondary_region",
    "protection": "protection",
}


def as_oscal(audit: Mapping[str, Any]) -> str:
    """The text of the document, with a final newline."""
    return json.dumps({"assessment-results": _document(audit)}, allow_nan=False) + "\n"


def _document(audit: Mapping[str, Any]) -> dict[str, Any]:
    this = uuid5(_ROOT, json.dumps([audit["name"], audit["generated_at"]]))
    resource = str(uuid5(_ROOT, "controls"))
    notes = " ".join(audit["compliance"]["notes"])
    return {
        "uuid": str(this),
        "metadata": {
            "title": f"Audit of backups in another region: {_line(audit['name'])}",
            "last-modified": audit["generated_at"],
            "version": audit["generated_at"],
            "oscal-version": OSCAL_VERSION,
            "props": _properties({"generator": audit["generator"], "made-by": made_by(audit)}),
            "remarks": notes,
        },
        "import-ap": {
            "href": f"#{resource}",
            "remarks": "The audit follows its table of controls and no assessment plan.",
        },
        "local-definitions": {"objectives-and-methods": [_objective(control) for control in audit["controls"]]},
        "results": [_result(audit, this, notes)],
        "back-matter": {
            "resources": [
                {
                    "uuid": resource,
                    "title": "Controls of offsite.aiven",
                    "description": "What the controls check, in docs/audit.md of the collection.",
                }
            ]
        },
    }


def _objective(control: Mapping[str, Any]) -> dict[str, Any]:
    part = {"name": "assessment-objective", "id": control["id"], "prose": control["checks"]}
    return {"control-id": control["id"], "parts": [part]}


def _result(audit: Mapping[str, Any], this: UUID, notes: str) -> dict[str, Any]:
    items = {(row["project"], row["service_name"]): str(_item_id(row)) for row in audit["services"]}
    observations = {control["id"]: list(_observations(audit, control, this, items)) for control in audit["controls"]}
    findings = [
        _finding(audit, control, this, observations[control["id"]])
        for control in audit["controls"]
        if observations[control["id"]]
    ]
    score = audit["score"]["percent"]
    selected = [{"control-id": control["id"]} for control in audit["controls"]]
    found: dict[str, Any] = {
        "uuid": str(uuid5(this, "result")),
        "title": "Controls held against every service",
        "description": printable(" ".join([f"{counted(len(items), 'service')}.", *not_seen(audit), notes])),
        "start": audit["generated_at"],
        "end": audit["generated_at"],
        "props": [
            *_properties({"score-percent": None if score is None else str(score)}),
            *(prop for name, value in _scope(audit) for prop in _properties({name: value})),
        ],
        "local-definitions": {"inventory-items": [_item(row, items) for row in audit["services"]]} if items else None,
        "reviewed-controls": {"control-selections": [{"include-controls": selected}]},
        "observations": [observation for each in observations.values() for observation in each],
        "findings": findings,
    }
    # OSCAL has no empty lists.
    return {key: value for key, value in found.items() if value}


def _scope(audit: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What was looked at and what was not, each by the name of its property."""
    scope = audit["scope"]
    for key in ("projects", "services", "service_types", "limits", "gone"):
        yield from ((f"scope-{key.replace('_', '-')}", text) for text in scope.get(key) or ())
    yield from (("scope-tags", f"{key}: {value}") for key, value in (scope.get("tags") or {}).items())
    yield from (("scope-limit", scope[key]) for key in ("limit",) if scope.get(key))
    yield from (("unreadable-project", project) for project in scope.get("unreadable_projects") or {})
    yield from ((key.replace("_", "-"), str(value)) for key, value in audit["settings"].items() if _is_asked(value))


def _is_asked(value: object) -> bool:
    return value is not None and value is not False and value != []


def _item_id(row: Mapping[str, Any]) -> UUID:
    return uuid5(_ROOT, json.dumps([row["project"], row["service_name"]]))


def _item(row: Mapping[str, Any], items: Mapping[tuple[str, str], str]) -> dict[str, Any]:
    return {
        "uuid": items[row["project"], row["service_name"]],
        "description": printable(f"Aiven service {row['project']}/{row['service_name']}"),
        "props": _properties({name: row[key] for name, key in _FACTS.items()}),
    }


def _observations(
    audit: Mapping[str, Any], control: Mapping[str, Any], this: UUID, items: Mapping[tuple[str, str], str]
) -> Iterator[dict[str, Any]]:
    subjects: dict[str, list[dict[str, str]]] = {result: [] for result in _OBSERVED}
    for row in audit["services"]:
        finding = row["controls"][control["id"]]
        if finding["result"] in subjects:
            subjects[finding["result"]].append(
                {
                    "subject-uuid": items[row["project"], row["service_name"]],
                    "type": "inventory-item",
                    "remarks": printable(finding["message"]),
                }
            )
    for result, found in subjects.items():
        if found:
            yield {
                "uuid": str(_observation_id(this, control["id"], result)),
                "title": f"{control['id']}: {result}",
                "description": f"{control['title']}: {counted(len(found), 'service')} with the result {result}",
                "methods": ["TEST"],
                "types": ["control-objective"],
                "subjects": found,
                "collected": audit["generated_at"],
                **_evidence(audit["services"], control["id"], result),
            }


def _evidence(rows: Iterable[Mapping[str, Any]], control: str, result: str) -> dict[str, Any]:
    """The files that the result of a control of drills rests on: where to look, and by which hash they are known."""
    drills = [
        row["verified_drill"]
        for row in rows
        if control in _OF_DRILLS
        and row["controls"][control]["result"] == result
        and row["verified_drill"] is not None
        and row["verified_drill"]["file"]
    ]
    told = [
        {
            "href": _reference(drill["file"]),
            "description": f"Evidence of a drill in {_line(drill['secondary_region'])} that ended {drill['finished']}",
            "props": _properties({"sha256": drill["sha256"], "fork-project": drill["fork_project"], "by": drill["by"]}),
        }
        for drill in drills
    ]
    return (
        {"relevant-evidence": [{key: value for key, value in each.items() if value} for each in told]} if told else {}
    )


def _observation_id(this: UUID, control: str, result: str) -> UUID:
    return uuid5(this, f"observation {control} {result}")


def _finding(
    audit: Mapping[str, Any], control: Mapping[str, Any], this: UUID, observations: Iterable[Mapping[str, Any]]
) -> dict[str, Any]:
    results = control["results"]
    worst = next(result for result in _OBSERVED if results[result])
    clauses = [
        {
            **_properties({"supports-evidence-for": f"{clause['source']}, {clause['clause']}"})[0],
            **({"remarks": f"{'; '.join(clause['caveats'])}."} if clause["caveats"] else {}),
        }
        for clause in audit["compliance"]["clauses"]
        if any(each["id"] == control["id"] for each in clause["controls"])
    ]
    return {
        "uuid": str(uuid5(this, f"finding {control['id']}")),
        "title": control["title"],
        "description": control["checks"],
        "props": [
            *_properties({"severity": control["severity"]}),
            *clauses,
        ],
        "target": {
            "type": "objective-id",
            "target-id": control["id"],
            "status": {
                # What holds only by an exception does not hold.
                "state": "satisfied" if worst == "pass" else "not-satisfied",
                "reason": worst if worst in ("pass", "fail") else "other",
                "remarks": ", ".join(f"{result}: {results[result]}" for result in results),
            },
        },
        "related-observations": [{"observation-uuid": observation["uuid"]} for observation in observations],
    }


def _reference(file: str) -> str:
    """The name of a file as a relative URI (RFC 3986)."""
    text = printable(file).encode("utf-8")
    return "".join(chr(byte) if chr(byte) in _UNRESERVED else f"%{byte:02X}" for byte in text)


def _properties(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """Those that there are: OSCAL has no empty value, and none with space around it."""
    texts = {name: _line(str(value)) for name, value in values.items() if value is not None}
    return [{"name": name, "ns": NAMESPACE, "value": text} for name, text in texts.items() if text]


def _line(text: str) -> str:
    return " ".join(printable(text).split())
