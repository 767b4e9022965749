# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables that playbooks and role read, to tell a mistyped one: Ansible takes any name, and a limit that is none limits nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import CONNECTION_VARIABLES

RUN_VARIABLES = frozenset(
    {
        "btar_accept_loss",
        "btar_artifact",
        "btar_audit_deletion_protection",
        "btar_audit_exact",
        "btar_audit_fail_on",
        "btar_audit_former",
        "btar_audit_history",
        "btar_audit_key_tag",
        "btar_audit_max_interval",
        "btar_audit_min_retention",
        "btar_audit_name",
        "btar_audit_owner_tag",
        "btar_audit_plans",
        "btar_audit_service_types",
        "btar_audit_services",
        "btar_audit_tags",
        "btar_changes",
        "btar_concurrency",
        "btar_confirm_disable",
        "btar_confirm_drill_price",
        "btar_defer_outcomes",
        "btar_drill_connection",
        "btar_drill_count",
        "btar_drill_dir",
        "btar_drill_fork",
        "btar_drill_keep",
        "btar_drill_max_age_days",
        "btar_drill_max_forks",
        "btar_drill_max_price",
        "btar_drill_max_total",
        "btar_drill_plan",
        "btar_drill_point",
        "btar_drill_project",
        "btar_drill_restore_timeout",
        "btar_drill_restored",
        "btar_drill_rto_target",
        "btar_drill_select",
        "btar_drill_verify",
        "btar_drill_verify_timeout",
        "btar_drill_window_days",
        "btar_lag_period",
        "btar_max_changes",
        "btar_merge_reports",
        "btar_on_error",
        "btar_plan",
        "btar_record",
        "btar_region",
        "btar_region_exact",
        "btar_region_exceptions",
        "btar_region_map",
        "btar_region_nearest_min_km",
        "btar_region_otherwise",
        "btar_region_rules",
        "btar_report",
        "btar_report_csv_bom",
        "btar_report_dir",
        "btar_report_formats",
        "btar_restore_after",
        "btar_restore_before",
        "btar_restore_max_forks",
        "btar_restore_plan",
        "btar_restore_priority",
        "btar_restore_project_vpc_id",
        "btar_restore_recover_to",
        "btar_restore_service",
        "btar_restore_suffix",
        "btar_rpo_target",
        "btar_secondary_region",
        "btar_show_hosts",
        "btar_snapshot_max_age",
        "btar_state",
        "btar_undo",
        "btar_undo_run",
        "btar_wait",
        "btar_wait_for",
        "btar_wait_timeout",
        "btar_wave_max_failures",
        "btar_waves",
        "btar_when_empty",
    }
)
# So close is a mistake and no variable of somebody's own.
_CLOSE = 0.9


def mistyped(names: Iterable[str]) -> Iterator[str]:
    """What is said of those names that are nearly those of variables. Those of a region inventory have checks of their own."""
    known = {"btar": RUN_VARIABLES, "aiven": frozenset(CONNECTION_VARIABLES.values())}
    for name in sorted(names):
        ours = known.get(name.partition("_")[0], frozenset())
        if name not in ours and not name.startswith("btar_region_"):
            for close in difflib.get_close_matches(name, sorted(ours), n=1, cutoff=_CLOSE):
                yield f"the variable {name} has no effect: did you mean {close}?"
