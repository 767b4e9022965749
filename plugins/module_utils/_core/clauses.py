# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clauses of regulations and standards ask evidence for, and which controls support it: a table.

Clauses are named by their numbers alone, from secondary sources. A control that passes supports evidence; whether a clause is
met is for an auditor to say, never for a report.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

Row = Mapping[str, Any]
# Whether something is asked of a service, by its row and the settings of the audit.
_Asks = Callable[[Row, Row], bool]

# Said beside the table, wherever it is shown.
NOTES = (
    "A control that passes supports evidence for a clause. Whether the clause is met, an auditor says and no report.",
    "A backup in another region is in the same account and under the same control plane as its service, and it is not "
    "immutable: whoever may change or delete the service may delete the copy.",
    "The clauses are named from secondary sources: compare with the official text.",
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One row. ``controls`` None: all of them. ``limit`` is what they do not show of what the clause asks for.

    ``drill_days``: ``drill_recent`` supports it only if a drill may be no older than so many days. ``of_data``: it asks for what
    only the checks of a drill show. ``of_forks``: it asks where a drill restored to.
    """

    id: str
    source: str
    clause: str
    asks_for: str
    evidence: str
    controls: tuple[str, ...] | None
    limit: str | None = None
    drill_days: int | None = None
    of_data: bool = False
    of_forks: bool = False


_DORA = "DORA, Regulation (EU) 2022/2554"
_CIS = "CIS Controls v8"

CLAUSES: tuple[Clause, ...] = (
    Clause(
        "dora-12-1",
        _DORA,
        "Art. 12(1)",
        "a backup policy: its scope, and a minimum frequency by criticality",
        "the list of services with and without a copy; how often each is backed up",
        ("enabled", "region_as_planned", "frequency"),
    ),
    Clause(
        "dora-12-2",
        _DORA,
        "Art. 12(2)",
        "periodic tests of backup, restoration and recovery",
        "drills with their dates and results",
        ("drill_recent", "drill_evidence"),
    ),
    Clause(
        "dora-12-3",
        _DORA,
        "Art. 12(3)",
        "restoring on systems that are physically and logically segregated",
        "where the forks of drills ran: project and region in their evidence",
        ("distinct_region", "drill_recent", "drill_evidence"),
        limit="a fork is in the account of its source and under the same control plane, whatever its project and region",
        of_forks=True,
    ),
    Clause(
        "dora-12-6",
        _DORA,
        "Art. 12(6) and 12(7)",
        "recovery time and recovery point objectives; checks of integrity on recovery",
        "RPO and RTO against their targets; the checks in the evidence of drills",
        ("rpo", "drill_rto", "drill_evidence"),
        of_data=True,
    ),
    Clause(
        "nis2-21-2-c",
        "NIS2, Directive (EU) 2022/2555; Implementing Regulation (EU) 2024/2690",
        "Art. 21(2)(c); Annex 4.2",
        "backups at a sufficient distance, retention, checks of integrity, recovery tests with corrective action",
        "kilometres, how long backups are kept, dates of drills, exceptions with reason and end",
        ("distinct_region", "distance", "retention", "drill_recent", "exception_valid"),
        limit="retention is what plan and options say of base backups; of how long copies in the secondary region are kept Aiven "
        "says nothing",
        of_data=True,
    ),
    Clause(
        "iso-27001-a-8-13",
        "ISO/IEC 27001:2022",
        "A.8.13",
        "copies that are kept and regularly tested",
        "all controls, and the log of restores",
        None,
    ),
    Clause(
        "soc2-a1",
        "SOC 2",
        "A1.2 and A1.3",
        "an infrastructure of backup and recovery; recovery that is tested, with complete data",
        "audits over the period, drills with counts of rows",
        None,
        of_data=True,
    ),
    Clause(
        "hipaa-164-308-a-7",
        "HIPAA",
        "164.308(a)(7)(ii)(A), (B), (D)",
        "exact copies that can be retrieved, restoring, periodic tests",
        "drills with result and what was done about it",
        ("replicated", "drill_recent", "exception_valid"),
        of_data=True,
    ),
    Clause(
        "bsi-con-3",
        "BSI IT-Grundschutz",
        "CON.3 A12, A14, A15",
        "copies that are apart and protected; tests that data come back in a reasonable time",
        "regions and kilometres; deletion protection; times of drills",
        ("distinct_region", "distance", "deletion_protected", "drill_recent", "drill_rto"),
        limit="termination protection keeps a service from being deleted with its backups; who may read or change them is not looked "
        "at",
    ),
    Clause(
        "nist-800-53-cp",
        "NIST SP 800-53 r5",
        "CP-6, CP-9(1), CP-9(2)",
        "a storage site of its own, tests of reliability, restoring samples",
        "regions and kilometres; drills",
        ("distinct_region", "distance", "drill_recent"),
        of_data=True,
    ),
    Clause(
        "cis-11-2",
        _CIS,
        "11.2",
        "backups that are automated",
        "the list of services with and without a copy",
        ("enabled", "replicated"),
    ),
    Clause(
        "cis-11-4",
        _CIS,
        "11.4",
        "an isolated copy",
        "regions",
        ("distinct_region", "replicated"),
        limit="the copy is isolated by its region alone: the account and the control plane are those of the service",
    ),
    Clause(
        "cis-11-5",
        _CIS,
        "11.5",
        "recovery that is tested each quarter",
        "drills at most 90 days old",
        ("drill_recent",),
        drill_days=90,
    ),
)


def clauses_of(
    controls: Iterable[Mapping[str, Any]], rows: Sequence[Row], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """The table with what each control found, as the audit publishes it."""
    results = {control["id"]: control["results"] for control in controls}
    protectable = [row for row in rows if row["protection"] != "unsupported"]
    asked = {
        control: sum(1 for row in protectable if asks(row, settings)) for control, (_variable, asks) in SWITCHES.items()
    }
    return {
        "notes": list(NOTES),
        "clauses": [
            {
                "id": clause.id,
                "source": clause.source,
                "clause": clause.clause,
                "asks_for": clause.asks_for,
                "evidence": clause.evidence,
                "controls": [{"id": control, "results": results[control]} for control in clause.controls or results],
                "caveats": list(_caveats(clause, clause.controls or tuple(results), protectable, asked)),
            }
            for clause in CLAUSES
        ],
    }


def _caveats(clause: Clause, controls: Sequence[str], rows: Sequence[Row], asked: Mapping[str, int]) -> Iterator[str]:
    """What the controls, as they are set and as things are, do not show of what the clause asks for. ``asked`` says of how many of
    the ``rows`` each control that can be off is asked.
    """
    if not rows:
        yield "no service that can have a copy was looked at"
    else:
        yield from _not_asked(controls, asked, len(rows))
        if clause.drill_days is not None:
            yield from _too_rare(clause.drill_days, rows)
        drills = [row["verified_drill"] for row in rows if row["verified_drill"] is not None]
        if clause.of_data:
            yield from _unchecked(drills)
        if clause.of_forks:
            yield from _beside_their_source(rows, drills)
    if clause.limit is not None:
        yield clause.limit


def _not_asked(controls: Sequence[str], asked: Mapping[str, int], services: int) -> Iterator[str]:
    """Controls that are off look like controls that do not apply."""
    for control, (variable, _asks) in SWITCHES.items():
        if control not in controls:
            continue
        if not asked[control]:
            yield f"{control} is off: {variable} is not set"
        elif asked[control] < services:
            yield f"{control} is asked of {asked[control]} of {counted(services, 'service')}, by {variable}"


def _too_rare(most: int, rows: Iterable[Row]) -> Iterator[str]:
    allowed = {row["asked"]["drill_max_age_days"] for row in rows} - {None}
    if longer := sorted(days for days in allowed if days > most):
        yield f"btar_drill_max_age_days is {longer[-1]}: drill_recent supports this with at most {most}"


def _unchecked(drills: Sequence[Row]) -> Iterator[str]:
    unchecked = sum(1 for drill in drills if not (drill["checks"] or {}).get("total"))
    if unchecked:
        of_all = counted(len(drills), "verified drill")
        yield f"{unchecked} of {of_all} checked nothing of the data (btar_drill_verify)"


def _beside_their_source(rows: Iterable[Row], drills: Sequence[Row]) -> Iterator[str]:
    drilled = [row for row in rows if row["verified_drill"] is not None]
    beside = sum(1 for row in drilled if row["verified_drill"]["fork_project"] in (None, row["project"]))
    if beside:
        of_all = counted(len(drills), "verified drill")
        yield f"{beside} of {of_all} restored into the project of the source, or do not say where to (btar_drill_project)"


def _of_service(key: str) -> _Asks:
    return lambda row, _settings: row["asked"][key] is not None


def _of_run(key: str) -> _Asks:
    return lambda _row, settings: bool(settings[key])


# What turns a control on, and whether that is asked of a service.
SWITCHES: Mapping[str, tuple[str, _Asks]] = {
    "frequency": ("btar_audit_max_interval", _of_service("max_interval_seconds")),
    "retention": ("btar_audit_min_retention", _of_service("min_retention_seconds")),
    "deletion_protected": ("btar_audit_deletion_protection", _of_run("deletion_protection")),
    "key_known": ("btar_audit_key_tag", _of_run("key_tag")),
    "owner_known": ("btar_audit_owner_tag", _of_run("owner_tag")),
    "drill_recent": ("btar_drill_max_age_days", _of_service("drill_max_age_days")),
    "drill_rto": ("btar_drill_rto_target", _of_service("drill_rto_target_seconds")),
}
