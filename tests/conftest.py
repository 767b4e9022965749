# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the tests away from the real Aiven, and the developer's settings away from the tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# The document that the simulator is validated against, and another place of the collection, may come from outside.
SETTINGS_OF_TESTS = ("AIVEN_OPENAPI", "ANSIBLE_COLLECTIONS_PATH")
for name in [name for name in os.environ if name.startswith(("AIVEN_", "ANSIBLE_")) and name not in SETTINGS_OF_TESTS]:
    del os.environ[name]

# A proxy cannot reach the simulator.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"

# Scenarios that `make test-long` runs and `make test` does not: folders and files of tests.
LONG = (
    "audit/test_audit_playbook.py",
    "audit/test_auditors_pack.py",
    "audit/test_merge.py",
    "awx/test_configuration.py",
    "awx/test_execution_environment.py",
    "awx/test_jobs.py",
    "canary",
    "drill",
    "engine",
    "events",
    "files",
    "fleet/test_artifact.py",
    "fleet/test_concurrency.py",
    "fleet/test_exactly.py",
    "fleet/test_guards.py",
    "fleet/test_hosts.py",
    "fleet/test_interruption.py",
    "fleet/test_kill.py",
    "fleet/test_plan.py",
    "fleet/test_progress.py",
    "fleet/test_rate.py",
    "fleet/test_retirements.py",
    "fleet/test_settings.py",
    "fleet/test_variables.py",
    "fleet/test_waves.py",
    "fuzz",
    "inventory/test_cache.py",
    "inventory/test_errors.py",
    "inventory/test_examples.py",
    "inventory/test_hostile.py",
    "inventory/test_hosts.py",
    "playbooks/test_examples.py",
    "playbooks/test_faults.py",
    "playbooks/test_wait.py",
    "region_down",
    "restore/test_kill.py",
    "restore_many",
    "runbooks",
    "scale",
    "test_first_steps.py",
    "test_lab.py",
    "test_release.py",
)
HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    paths = {HERE / name for name in LONG}
    for item in items:
        if not paths.isdisjoint((item.path, *item.path.parents)):
            item.add_marker(pytest.mark.long)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What tests have counted and told with ``record_property("told", ...)``."""
    reports = [report for kind in ("passed", "failed") for report in terminalreporter.stats.get(kind, [])]
    for report in reports:
        for name, value in report.user_properties if report.when == "call" else ():
            if name == "told":
                terminalreporter.write_line(str(value))
