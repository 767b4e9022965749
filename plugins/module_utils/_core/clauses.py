# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What clauses of regulations and standards ask evidence for, and which controls support it: a table.

Clauses are named by their numbers alone, from secondary sources. A control that passes supports evidence; whether a clause is
met is for an auditor to say, never for a report.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Said beside the table, wherever it is shown.
NOTES = (
    "A control that passes supports evidence for a clause. Whether the clause is met, an auditor says and no report.",
    "A backup in another region is in the same account and under the same control plane as its service, and it is not "
    "immutable: whoever may change or delete the service may delete the copy.",
    "The clauses are named from secondary sources: compare with the official text.",
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One row. ``controls`` None: all of them. ``drill_days``: ``drill_recent`` supports it only if a drill may be no older
    than so many days.
    """

    id: str
    source: str
    clause: str
    asks_for: str
    evidence: str
    controls: tuple[str, ...] | None
    drill_days: int | None = None


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
    ),
    Clause(
        "dora-12-6",
        _DORA,
        "Art. 12(6) and 12(7)",
        "recovery time and recovery point objectives; checks of integrity on recovery",
        "RPO and RTO against their targets; the checks in the evidence of drills",
        ("rpo", "drill_rto", "drill_evidence"),
    ),
    Clause(
        "nis2-21-2-c",
        "NIS2, Directive (EU) 2022/2555; Implementing Regulation (EU) 2024/2690",
        "Art. 21(2)(c); Annex 4.2",
        "backups at a sufficient distance, retention, checks of integrity, recovery tests with corrective action",
        "kilometres, how long backups are kept, dates of drills, exceptions with reason and end",
        ("distinct_region", "distance", "retention", "drill_recent", "exception_valid"),
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
    ),
    Clause(
        "hipaa-164-308-a-7",
        "HIPAA",
        "164.308(a)(7)(ii)(A), (B), (D)",
        "exact copies that can be retrieved, restoring, periodic tests",
        "drills with result and what was done about it",
        ("replicated", "drill_recent", "exception_valid"),
    ),
    Clause(
        "bsi-con-3",
        "BSI IT-Grundschutz",
        "CON.3 A12, A14, A15",
        "copies that are apart and protected; tests that data come back in a reasonable time",
        "regions and kilometres; deletion protection; times of drills",
        ("distinct_region", "distance", "deletion_protected", "drill_recent", "drill_rto"),
    ),
    Clause(
        "nist-800-53-cp",
        "NIST SP 800-53 r5",
        "CP-6, CP-9(1), CP-9(2)",
        "a storage site of its own, tests of reliability, restoring samples",
        "regions and kilometres; drills",
        ("distinct_region", "distance", "drill_recent"),
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
        "regions; the notes on what such a copy is not",
        ("distinct_region", "replicated"),
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


def clauses_of(controls: Iterable[Mapping[str, Any]], settings: Mapping[str, Any]) -> dict[str, Any]:
    """The table with what each control found, as the audit publishes it."""
    results = {control["id"]: control["results"] for control in controls}
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
                "caveat": _caveat(clause, settings["drill_max_age_days"]),
            }
            for clause in CLAUSES
        ],
    }


def _caveat(clause: Clause, days: int | None) -> str | None:
    if clause.drill_days is None or (days is not None and days <= clause.drill_days):
        return None
    given = "is not set" if days is None else f"is {days}"
    return f"btar_drill_max_age_days {given}: drill_recent supports this with at most {clause.drill_days}"
