# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import audit_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._core.audit import (
    AuditSettings,
    audit_fails,
    evaluate,
    short_limit,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_chain import breaks
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import drills_by_service
from ansible_collections.offsite.aiven.plugins.module_utils._core.findings import Asked, Wanted
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import Clouds
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible import run_folder
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.host_variables import HostReader
from ansible_collections.offsite.aiven.plugins.plugin_utils._ansible.operator import operator_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._drill.folder import Evidence, read_evidence
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.accounts import Accounts
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.batch_action import BatchAction
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.case import FleetTarget
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.record import RUN_ID, RecordError, read_record
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.targets import parse_duration, targets_of_hosts
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.asked import ASKED_VARIABLES, asked_of_hosts
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.files import ReportError
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.headline import headline_words
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.invocation import invocation_of
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.publishing import Publisher
from ansible_collections.offsite.aiven.plugins.plugin_utils._report.subjects import Proofs, Survey, scope_of, survey


class ActionModule(BatchAction):
    more_variables = ASKED_VARIABLES
    variables: ClassVar = {
        "directory": "btar_report_dir",
        "formats": "btar_report_formats",
        "csv_bom": "btar_report_csv_bom",
        "drills": "btar_drill_dir",
        **{option: f"btar_{option}" for option in ("lag_period", "record")},
        **{
            option: f"btar_audit_{option}"
            for option in (
                *("name", "services", "service_types", "tags", "exact", "former", "history", "fail_on", "plans"),
                *("deletion_protection", "key_tag", "owner_tag"),
            )
        },
    }

    def argument_spec(self) -> dict[str, Any]:
        return audit_options()

    def perform_for_batch(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        try:
            result = self._audit(accounts, params, reader)
        except (ReportError, RecordError, AivenError) as raised:
            error = raised if isinstance(raised, AivenError) else AivenError("invalid_target", str(raised))
            error = self.with_variable(error)
            result = {"failed": True, "msg": error.message, "error": error.as_dict()}
        if params["defer"] and result.get("failed"):
            run_folder.keep_error(result["msg"], self.host)
            self._say(f"audit: {result['msg']}")
            result = {"deferred": result}
        return result

    def _audit(self, accounts: Accounts, params: dict[str, Any], reader: HostReader) -> dict[str, Any]:
        # What was asked for wrongly is said before the first call.
        publisher = Publisher(params)
        evidence = read_evidence(params["drills"]) if params["drills"] else Evidence()
        outcomes = _outcomes(params["record"])
        rpo_target = parse_duration("rpo_target", params["rpo_target"])
        settings = _settings(params)
        # The hosts of the run that is reported, which one host may stand for.
        batch = run_folder.batch() if params["snapshot"] else None
        hosts = list(reader.read(reader.batch() if batch is None else batch))
        by_host = targets_of_hosts(hosts, "enabled", accounts, rpo_target)
        targets = list(by_host.values())
        scope, asked = scope_of(params), asked_of_hosts(hosts, settings.asked)

        kept = run_folder.snapshot() if params["snapshot"] else None
        proofs = Proofs(drills_by_service(evidence.drills), breaks(evidence.links, evidence.files))
        found = survey(targets, proofs, scope, settings.now, kept, asked)
        audit = evaluate(
            found.subjects,
            clouds=reader.listed_clouds() or _clouds(targets),
            settings=replace(settings, now=found.now),
            scope=_scope_words(params, targets, found, reader),
            name=params["name"],
            invocation=invocation_of(hosts, reader.task_vars),
            by=operator_of(reader.task_vars),
        )
        paths = {}
        # Reports of nothing would stand in the place of the last good ones.
        if found.subjects or not (found.unreadable or found.mistakes):
            paths = publisher.publish(audit, outcomes)
        told = [*publisher.warnings(audit), *evidence.warnings, *found.warnings]
        self._warn([*told, *_gone(found.gone), *_nothing(params, found)])
        unshown = _without_what_hosts_show(found, by_host) if params["defer"] else found
        result = self._result(audit, paths, unshown, params["fail_on"])
        if found.unreadable and not found.subjects:
            del result["ansible_stats"]
        if "failed" not in result:
            where = paths.get("html") or next(iter(paths.values()), None)
            self._say(f"audit: {result['msg']}{'; report: ' + where if where else ''}")
        return result

    def _result(self, audit: dict[str, Any], paths: dict[str, str], found: Survey, fail_on: str) -> dict[str, Any]:
        headline = audit["headline"]
        result: dict[str, Any] = {
            "changed": False,
            "name": audit["name"],
            "headline": headline,
            "failing": {row["id"]: row["results"]["fail"] for row in audit["controls"] if row["results"]["fail"]},
            "reports": paths,
            "msg": headline_words(headline),
            "ansible_stats": {"data": {"offsite_aiven_audit": headline}, "per_host": False, "aggregate": False},
        }
        if found.unreadable:
            project, error = next(iter(found.unreadable.items()))
            unread = counted(len(found.unreadable), "project")
            message = f"{unread} could not be read, the first, {project}: {error.message}"
            result.update(failed=True, msg=message, error={**error.as_dict(), "message": message})
        elif found.mistakes:
            first = found.mistakes[0]
            message = f"{counted(len(found.mistakes), 'host')} could not be looked at; the first: {first.message}"
            result.update(failed=True, msg=message, error={**first.as_dict(), "message": message})
        elif audit_fails(audit, fail_on):  # type: ignore[arg-type]
            where = f", see {paths['html']}" if "html" in paths else ""
            message = f"the audit fails: {result['msg']}{where}"
            result.update(failed=True, msg=message, error=error_of("audit_failed", message))
        return result


def _without_what_hosts_show(found: Survey, targets: Mapping[str, FleetTarget]) -> Survey:
    """What the hosts of a run have failed with already is no second failure, on a host that it does not belong to."""

    def failed(host: str) -> bool:
        return bool((run_folder.outcome_of(host) or {}).get("failed"))

    projects = {
        target.project for host, target in targets.items() if target.project in found.unreadable and not failed(host)
    }
    return replace(
        found,
        unreadable={project: error for project, error in found.unreadable.items() if project in projects},
        mistakes=[
            target.mistake for host, target in targets.items() if target.mistake is not None and not failed(host)
        ],
    )


def _outcomes(path: str | None) -> list[dict[str, Any]]:
    """The last outcome of each service in this run; none where the run wrote no record."""
    if path is None or not os.path.isfile(path):
        return []
    rows = [row for run in read_record(path, RUN_ID) for row in run.outcomes]
    return list({(row["project"], row["service_name"]): row for row in rows}.values())


def _clouds(targets: list[FleetTarget]) -> Clouds:
    """The cloud list, of whichever account there is."""
    account = next((target.account for target in targets if target.account is not None), None)
    return account.facts.clouds() if account is not None else {}


def _settings(params: Mapping[str, Any]) -> AuditSettings:
    """What is asked of the services; ``now`` is when they are read, and not known yet."""
    wanted = Wanted(
        deletion_protection=params["deletion_protection"],
        key_tag=params["key_tag"] or None,
        owner_tag=params["owner_tag"] or None,
    )
    days = params["drill_max_age_days"]
    if days is not None and days < 0:
        raise AivenError("invalid_target", f"drill_max_age_days is {days}: give days, 0 or more.")
    asked = Asked(
        max_interval=_seconds(params, "max_interval"),
        min_retention=_seconds(params, "min_retention"),
        drill_max_age_days=days,
        drill_rto_target=_seconds(params, "drill_rto_target"),
    )
    return AuditSettings(datetime.now(UTC), asked, wanted)


def _seconds(params: Mapping[str, Any], option: str) -> int | None:
    return None if params[option] in (None, "") else parse_duration(option, params[option])


def _scope_words(
    params: dict[str, Any], targets: list[FleetTarget], found: Survey, reader: HostReader
) -> dict[str, Any]:
    """What was looked at, and what was not: other projects and services look like ones that there are not."""
    asked = {key: params[key] for key in ("services", "service_types", "tags", "lag_period") if params[key]}
    unread = reader.unread_projects()
    projects = {target.project for target in targets if target.account is not None} | unread.keys()
    limit, size = reader.task_vars.get("ansible_limit"), reader.fleet_size()
    narrowed = limit and (size is None or len(targets) < size)
    return {
        "projects": sorted(projects),
        **asked,
        **({"limit": short_limit(str(limit))} if narrowed else {}),
        "exact": params["exact"],
        "hosts": len(targets),
        "hosts_in_inventory": size,
        "unreadable_projects": {**unread, **{project: error.message for project, error in found.unreadable.items()}},
        "gone": sorted(found.gone),
        "left_out": dict(sorted(found.left_out.items())),
        "mistakes": [error.message for error in found.mistakes],
    }


def _gone(labels: list[str]) -> list[str]:
    if not labels:
        return []
    shown = ", ".join(labels[:5]) + (" and others" if len(labels) > 5 else "")
    those = counted(len(labels), "service of the inventory is", "services of the inventory are")
    return [f"{those} not there any more ({shown}): refresh the inventory's cache"]


def _nothing(params: Mapping[str, Any], found: Survey) -> list[str]:
    """What is narrowed down to nothing looks like an audit that found no fault. A slice may rightly have none of a type."""
    narrowed = ", ".join(f"{key} {params[key]!r}" for key in ("services", "service_types", "tags") if params[key])
    if found.subjects or not found.left_out or not narrowed:
        return []
    types = ", ".join(sorted(found.left_out))
    return [
        f"nothing was audited: {narrowed} left out {counted(found.left_out.total(), 'service')}. "
        f"Correct that, unless there may be none; their types are {types}"
    ]
