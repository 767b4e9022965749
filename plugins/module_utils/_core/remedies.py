# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What to do about controls that failed: services grouped by what mends them, the worst first.

To add a remedy: a row in ``REMEDIES``, and the controls that lead to it in ``_remedy_of``. A control without one of its own
gets its remediation from the table of controls, and the command that looks again.
"""

from __future__ import annotations

import json
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ansible_collections.offsite.aiven.plugins.module_utils._core.region_choice import NO_COMMON_PROVIDER
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import printable

Row = Mapping[str, Any]

# A command that names more hosts can be read by nobody: then it is limited as the run was.
MOST_HOSTS = 20
_MOST_REASONS = 3

# What --limit takes as it is: no separator and no pattern.
_PLAIN_HOST = re.compile(r"[\w.-]+", re.ASCII)
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9-]*")

_OF_REGIONS = ("enabled", "region_as_planned", "provider_matches", "distinct_region", "distance", "residency")
_OF_COPIES = {"replicated": "wait", "rpo": "lag"}
_OF_ONE_CONTROL = {
    "exception_valid": "exception",
    "not_paused": "paused",
    "owner_known": "owner",
    "powered_on": "power_on",
    "drill_recent": "drill",
    "drill_current": "drill",
    "drill_rto": "drill_rto",
}


class Invocation(NamedTuple):
    """How the run was called: its inventories, its limit, and its host for each service, by project and service name."""

    inventories: Sequence[str] = ()
    limit: str | None = None
    hosts: Mapping[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Remedy:
    """A row of the table. ``variables`` are YAML to be set before ``command`` is run; ``why`` tells of one service what the
    remedy depends on, None where there is nothing to tell.
    """

    id: str
    title: str
    advice: str
    command: Callable[[Sequence[Row], Invocation], str] | None = None
    variables: Callable[[Sequence[Row]], str] | None = None
    why: Callable[[Row], str | None] = field(default=lambda _row: None)


def remedies_of(controls: Iterable[Row], rows: Iterable[Row], invocation: Invocation) -> list[dict[str, Any]]:
    """The groups, as the audit publishes them. A service is in each group that mends something that failed for it."""
    by_id = {control["id"]: control for control in controls}
    groups: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        for control, finding in row["controls"].items():
            if finding["result"] == "fail":
                groups.setdefault(_remedy_of(control, row), {}).setdefault(control, []).append(row)
    table = {**{remedy.id: remedy for remedy in REMEDIES}, **_left_to_controls(by_id)}
    told = [_as_dict(remedy, groups[remedy.id], by_id, invocation) for remedy in table.values() if remedy.id in groups]
    return sorted(told, key=lambda group: group["severity"] != "error")


def _left_to_controls(controls: Mapping[str, Row]) -> dict[str, Remedy]:
    return {
        key: Remedy(key, str(control["title"]), str(control["remediation"]), _look_again())
        for key, control in controls.items()
        if key not in (*_OF_REGIONS, *_OF_COPIES, *_OF_ONE_CONTROL)
    }


def _as_dict(
    remedy: Remedy, failed: Mapping[str, list[Row]], controls: Mapping[str, Row], invocation: Invocation
) -> dict[str, Any]:
    rows = list({(row["project"], row["service_name"]): row for rows in failed.values() for row in rows}.values())
    reasons = Counter(reason for row in rows if (reason := remedy.why(row)))
    severe = any(controls[control]["severity"] == "error" for control in failed)
    return {
        "id": remedy.id,
        "title": remedy.title,
        "severity": "error" if severe else "warning",
        "advice": remedy.advice,
        "controls": [control for control in controls if control in failed],
        "reasons": [reason for reason, _count in reasons.most_common(_MOST_REASONS)],
        "variables": remedy.variables(rows) if remedy.variables else None,
        "command": remedy.command(rows, invocation) if remedy.command else None,
        "services": [{"project": row["project"], "service_name": row["service_name"]} for row in rows],
    }


def _remedy_of(control: str, row: Row) -> str:
    if control in _OF_REGIONS:
        return _region_remedy(row)
    if control in _OF_COPIES:
        return next(
            (_OF_ONE_CONTROL[cause] for cause in ("powered_on", "not_paused") if _fails(row, cause)),
            _OF_COPIES[control],
        )
    return _OF_ONE_CONTROL.get(control, control)


def _region_remedy(row: Row) -> str:
    if _fails(row, "exception_valid"):
        return "exception"
    planned = row["planned_region"]
    # Where nothing is known of clouds, nothing is planned and no reason is given.
    if row["planned_reason"] is not None and planned in (None, row["secondary_region"]):
        return "provider" if row["planned_reason"].endswith(NO_COMMON_PROVIDER) else "region"
    return "enable" if row["secondary_region"] is None else "move"


def _fails(row: Row, control: str) -> bool:
    return control in row["controls"] and row["controls"][control]["result"] == "fail"


def _playbook(name: str, *arguments: str) -> Callable[[Sequence[Row], Invocation], str]:
    """The command that runs a playbook of the collection for the hosts of some services."""

    def command(rows: Sequence[Row], invocation: Invocation) -> str:
        inventories = [part for path in invocation.inventories for part in ("-i", path)]
        limit = _limit(rows, invocation)
        words = ["ansible-playbook", *inventories, f"offsite.aiven.{name}", *arguments]
        return shlex.join([printable(word) for word in (*words, *(["--limit", limit] if limit else []))])

    return command


def _look_again() -> Callable[[Sequence[Row], Invocation], str]:
    return _playbook("audit")


def _limit(rows: Sequence[Row], invocation: Invocation) -> str | None:
    hosts = [invocation.hosts.get((row["project"], row["service_name"]), "") for row in rows]
    if len(hosts) > MOST_HOSTS or not all(_PLAIN_HOST.fullmatch(host) for host in hosts):
        return invocation.limit
    return ",".join(hosts)


def _power_on(rows: Sequence[Row], _invocation: Invocation) -> str:
    names = [(printable(row["project"]), printable(row["service_name"])) for row in rows]
    return "\n".join(shlex.join(["avn", "service", "update", "--project", *name, "--power-on"]) for name in names)


def _region_map(rows: Sequence[Row]) -> str:
    return "\n".join(
        [
            "btar_region_map:",
            *(f"  {_key(region)}: REGION" for region in sorted({row["primary_region"] for row in rows})),
        ]
    )


def _renewed(rows: Sequence[Row]) -> str:
    return _exceptions([(row, row["exception"]["reason"]) for row in rows if row["exception"]])


def _without_region(rows: Sequence[Row]) -> str:
    return _exceptions([(row, printable(row["planned_reason"])) for row in rows])


def _exceptions(reasons: Iterable[tuple[Row, str]]) -> str:
    entries = [
        f"  - match: {{project: {_key(row['project'])}, service_name: {_key(row['service_name'])}}}\n"
        f"    reason: {json.dumps(reason)}\n"
        "    until: YYYY-MM-DD"
        for row, reason in reasons
    ]
    return "\n".join(["btar_region_exceptions:", *entries])


def _key(text: str) -> str:
    """The text as YAML has it."""
    return text if _PLAIN_KEY.fullmatch(text) else json.dumps(text)


def _drill_rto(rows: Sequence[Row]) -> str:
    drills = [row["drill"] for row in rows]
    took = [drill["rto_seconds"] for drill in drills if drill["verified"] and drill["rto_seconds"] is not None]
    # What is told is the newest drill, which need not be the verified one that took too long.
    target = f"{int(max(took) // 60) + 1}m" if len(took) == len(rows) else "TIME"
    return f"btar_drill_rto_target: {target}"


def _exception_words(row: Row) -> str | None:
    return f"until {row['exception']['until']}: {row['exception']['reason']}" if row["exception"] else None


REMEDIES: tuple[Remedy, ...] = (
    Remedy(
        "enable",
        "Turn on the backup to another region",
        "No secondary region is set, and the region inventory names one. With --check --diff in addition, the rollout only "
        "shows what it would do.",
        _playbook("rollout"),
    ),
    Remedy(
        "exception",
        "Renew or remove exceptions that have ended",
        "Give an exception a later end, if there still is a reason for it; else remove it and roll out.",
        _playbook("rollout"),
        _renewed,
        _exception_words,
    ),
    Remedy(
        "region",
        "Name a region",
        "The region inventory leaves none that would do. Name one for each primary region, or loosen btar_region_rules, then "
        "roll out.",
        _playbook("rollout", "-e", "btar_changes=enable,move"),
        _region_map,
        lambda row: str(row["planned_reason"]),
    ),
    Remedy(
        "provider",
        "Bring services and their backups to one provider, or make an exception",
        "Aiven allows a secondary region of the provider of both alone, so naming a region does not help. Migrate a service to a "
        "cloud of the provider that its backups are with, or say with an exception that it goes without; then look again.",
        _look_again(),
        _without_region,
        lambda row: str(row["planned_reason"]),
    ),
    Remedy(
        "move",
        "Move copies to the planned region",
        "Copies in the present secondary region are deleted, and the planned one begins without any: look first, with "
        "--check --diff in addition. Aiven allows a region to be changed once in 24 hours.",
        _playbook("rollout", "-e", "btar_changes=enable,move"),
    ),
    Remedy(
        "power_on",
        "Power services on",
        "A service that is powered off copies nothing, and Aiven deletes it after 180 days. Power it on, or take a last "
        "restore from it and delete it.",
        _power_on,
    ),
    Remedy(
        "paused",
        "Remove what pauses copying",
        "Remove what Aiven gives as the reason, or ask Aiven's support; then look again.",
        _look_again(),
        why=lambda row: str(row["pause_reason"] or "Aiven gives no reason"),
    ),
    Remedy(
        "lag",
        "Find out why copies are old",
        "Look at the lag of the last day, and ask Aiven's support if it grows. Where this age is allowed, say so with "
        "btar_rpo_target.",
        _playbook("audit", "-e", "btar_lag_period=day"),
    ),
    Remedy(
        "wait",
        "Wait for the first copy",
        "It comes with the next daily backup: look again tomorrow. If it is still not there then, ask Aiven's support.",
        _look_again(),
    ),
    Remedy(
        "owner",
        "Say whose services are",
        "Find out who answers for each, and set the tag to that name, in Aiven's console or with avn service tags update "
        "--project PROJECT --add-tag TAG=OWNER SERVICE; then look again.",
        _look_again(),
        why=lambda row: str(row["controls"]["owner_known"]["message"]),
    ),
    Remedy(
        "drill",
        "Try a restore",
        "Each service is forked from its secondary region and the fork is deleted again, which costs what a fork costs. "
        "Name tasks that verify it with -e btar_drill_verify=FILE, and look again afterwards.",
        _playbook("drill", "-e", "btar_drill_select=all"),
    ),
    Remedy(
        "drill_rto",
        "Make restores faster, or allow more time",
        "Restore to a larger plan, or make the data smaller; or agree on a longer recovery time.",
        variables=_drill_rto,
    ),
)
