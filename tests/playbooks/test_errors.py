# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every error of aiven_btar: its code, what it says, that nothing was written, and that check mode fails alike."""

from __future__ import annotations

import re
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.playbooks.cases import PROJECT, Case, Results, check_result, perform
from tests.playbooks.error_cases import (
    BRIEF,
    ENABLE,
    FRANKFURT,
    NOTHING_WRITTEN,
    OTHERS,
    REAL,
    SAME_IN_CHECK_MODE,
    WRITTEN,
    case,
)
from tests.playbooks.support import PYTHON, Playbooks
from tests.simulator.client import ROOT, Simulator


def refused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as own:
        own.bind(("127.0.0.1", 0))
        return int(own.getsockname()[1])


@pytest.fixture(scope="module")
def unreachable() -> Case:
    url = f"http://127.0.0.1:{refused_port()}"
    return case(
        "api_unreachable", "refused", {**ENABLE, **BRIEF, "api_url": url}, says=[f"api_url {url}", "refused"], runs=REAL
    )


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Python without requests."""
    folder = tmp_path_factory.mktemp("bare")
    subprocess.run([PYTHON, "-m", "venv", "--without-pip", folder], check=True)
    return str(folder / "bin" / "python")


@pytest.fixture(scope="module")
def without_requests(bare_python: str) -> list[Case]:
    keywords = {"vars": {"ansible_python_interpreter": bare_python}}
    words = [
        f"for the interpreter {bare_python}",
        f"{bare_python} -m pip install requests",
        "ansible_python_interpreter",
    ]
    return [
        Case(
            f"missing-{module.replace('_', '-')}",
            options,
            None,
            code="missing_library",
            says=words,
            calls=0,
            module=module,
            keywords=keywords,
            runs=REAL,
        )
        for module, options in {"aiven_btar": ENABLE, "aiven_btar_info": {}, "aiven_cloud_info": {}}.items()
    ]


@pytest.fixture(scope="module")
def results(
    simulator_process: Simulator, playbooks: Playbooks, unreachable: Case, without_requests: list[Case]
) -> Iterator[Results]:
    simulator_process.reset()
    simulator_process.add_project(PROJECT)
    cases = [*NOTHING_WRITTEN, *WRITTEN, *OTHERS, unreachable, *without_requests]
    yield perform(simulator_process, playbooks, cases, "-vvv")


@pytest.mark.parametrize("case", [*NOTHING_WRITTEN, *WRITTEN, *OTHERS], ids=str)
def test_error(results: Results, case: Case) -> None:
    result = results[case, "real"]
    check_result(result, case)
    if case.calls is not None:
        assert result["api_calls"]["total"] == len(results.requests(case, "real")) == case.calls


def test_api_unreachable(results: Results, unreachable: Case) -> None:
    check_result(results[unreachable, "real"], unreachable)


def test_missing_library(results: Results, without_requests: list[Case]) -> None:
    for one in without_requests:
        check_result(results[one, "real"], one)


@pytest.mark.parametrize("case", NOTHING_WRITTEN, ids=str)
def test_nothing_was_written(results: Results, case: Case) -> None:
    result = results[case, "real"]
    assert result.get("changed", False) is False
    if (result.get("diff") or None) is not None:
        assert result["diff"]["before"] == result["diff"]["after"]
    if case.service is not None:
        before = case.service.get("region")
        assert results.service(case)["region"] == before
        if result.get("service"):
            assert result["service"]["region"] == before
    else:
        assert results.simulator.state(project=PROJECT, service=case.name)["services"] == []


@pytest.mark.parametrize("case", SAME_IN_CHECK_MODE, ids=str)
def test_check_mode_fails_alike(results: Results, case: Case) -> None:
    check, real = results[case, "check"], results[case, "real"]
    assert results.writes(case, "check") == results.writes(case, "real") == []
    for key in ("changed", "change", "reason", "diff", "service"):
        assert check.get(key) == real.get(key), key
    check_result(check, case)


def test_a_timeout_after_a_change_is_changed_and_failed(results: Results) -> None:
    changed = {case.name: results[case, "real"]["changed"] for case in WRITTEN}
    assert changed == {"not-applied-put": False, "timeout-enable": True, "timeout-same": False}
    (enabled,) = [case for case in WRITTEN if case.name == "timeout-enable"]
    assert results[enabled, "real"]["diff"]["after"] == {"additional_backup_regions": [FRANKFURT]}
    assert results[enabled, "real"]["service"]["region"] == results.service(enabled)["region"] == FRANKFURT


def test_no_traceback(results: Results) -> None:
    assert "Traceback" not in results.run.output
    assert {row["status"] for row in results.run.rows} == {"failed"}


def test_every_documented_error_code_has_a_case() -> None:
    """The codes of a fleet, of a plan and of a restore are shown elsewhere, missing_library above."""
    elsewhere = {
        "invalid_region_inventory",
        "region_denied",
        "no_region_found",
        "exception_expired",
        "change_not_allowed",
        "too_many_changes",
        "stale_plan",
        "interrupted",
        "skipped_after_failures",
        "audit_failed",
        "drill_failed",
        "hook_failed",
        "fork_forbidden",
        "nothing_to_restore",
        "outside_restore_range",
        "not_owned",
        "missing_library",
    }
    documented = set(re.findall(r"^\| `(\w+)` \|", Path(ROOT, "docs/errors.md").read_text(), re.MULTILINE))
    assert {case.code for case in (*NOTHING_WRITTEN, *WRITTEN, *OTHERS)} == documented - elsewhere
