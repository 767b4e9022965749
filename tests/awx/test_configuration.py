# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""playbooks/awx.yml, with the real modules of awx.awx, on a stand-in for AWX: twice, the second time without a change."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.awx import checks
from tests.awx.controller import TOKEN, Controller, serving
from tests.cores import OTHER_CORES, binaries_of
from tests.missing import missing
from tests.playbooks.support import Playbooks, Run
from tests.simulator.client import ROOT
from tools.awx_collection import install

README = (ROOT / "README.md").read_text()
SECRET = "the-token-of-aiven-canary"
PROJECT = ROOT / "extensions/awx/project"
SITE = {
    "btar_awx_scm_url": "https://git.example.org/btar.git",
    "btar_awx_image": "registry.example.org/btar:1",
    "btar_awx_playbook_folder": "",
    "btar_awx_inventory_path": "inventory/aiven_services.yml",
}
WEBHOOK = {
    "name": "On call",
    "organization": "Default",
    "notification_type": "webhook",
    "notification_configuration": {"url": "https://chat.example.org/hook", "headers": {}, "http_method": "POST"},
}


@pytest.fixture(scope="session")
def awx_collection() -> Path:
    try:
        return install()
    except subprocess.CalledProcessError as error:
        missing(f"awx.awx cannot be downloaded: {error.stderr.decode()[-200:]}")


@pytest.fixture
def controller() -> Controller:
    return Controller(PROJECT)


@pytest.fixture
def address(controller: Controller) -> Iterator[str]:
    with serving(controller) as address:
        yield address


class Awx:
    """Runs the playbook against a stand-in, with the collections of ``path``."""

    def __init__(self, folder: Path, address: str, awx: Path | None, binaries: Path = ROOT / ".venv/bin") -> None:
        collections = [str(ROOT / ".venv/collections"), *([str(awx)] if awx else [])]
        self._playbooks = Playbooks(
            folder,
            {
                "ANSIBLE_COLLECTIONS_PATH": ":".join(collections),
                "CONTROLLER_HOST": address,
                "CONTROLLER_OAUTH_TOKEN": TOKEN,
            },
        )
        self._program = str(binaries / "ansible-playbook")

    def apply(self, *arguments: str, **settings: Any) -> Run:
        site = self._playbooks.folder / "site.yml"
        site.write_text(yaml.safe_dump({**SITE, **settings}))
        return self.command(self._program, "offsite.aiven.awx", "-e", f"@{site}", *arguments)

    def command(self, *command: str) -> Run:
        return self._playbooks.command(command)


def changed(run: Run) -> list[str]:
    return sorted({row["task"] for row in run.rows if row["result"].get("changed")})


def failures(run: Run) -> str:
    """What went wrong, with the items of loops."""
    told = [item for row in run.rows for item in [row["result"], *row["result"].get("results", [])]]
    return "\n".join(str(result.get("msg")) for result in told if result.get("failed"))


def test_applied_twice_it_changes_nothing(
    tmp_path: Path, address: str, controller: Controller, awx_collection: Path
) -> None:
    awx = Awx(tmp_path, address, awx_collection)
    settings = {"btar_awx_token": SECRET, "btar_awx_notifications": [WEBHOOK], "btar_awx_report_dir": "/reports"}
    first = awx.apply(**settings)
    assert first.returncode == 0, failures(first) or first.output
    assert len(changed(first)) == 12, changed(first)
    writes = len(controller.writes)
    second = awx.apply(**settings)
    assert second.returncode == 0, failures(second) or second.output
    assert changed(second) == []
    assert controller.writes[writes:] == []
    assert SECRET not in first.output + second.output
    assert SECRET not in str(first.rows) + str(second.rows)
    as_it_should_be(controller)


def as_it_should_be(controller: Controller) -> None:
    """Nothing needs hand work any more."""
    credential = controller.by_name("credentials", "Aiven BTAR")
    assert controller.secrets[credential["id"]] == {"token": SECRET}
    assert credential["inputs"] == {"token": "$encrypted$"}
    kind = controller.by_name("credential_types", "Aiven API")
    assert checks.rendered(kind["injectors"], {"token": SECRET}, "/runner/env/file") == {
        "AIVEN_TOKEN": SECRET,
        "AIVEN_WEB_URL": "",
        "AIVEN_CA_CERT": "",
        "file": "",
    }
    assert checks.rendered(kind["injectors"], {"token": "t", "url": "u", "ca": "PEM"}, "/f")["AIVEN_CA_CERT"] == "/f"
    source = controller.by_name("inventory_sources", "Aiven services")
    assert (source["update_on_launch"], source["overwrite"], source["credential"]) == (True, True, credential["id"])
    for name in ("plan", "rollout", "apply", "audit", "disable", "rollback", "region down", "restore", "drill"):
        template = f"Aiven BTAR {name}"
        assert controller.associated("job_templates", template, "credentials") == ["Aiven BTAR"]
        assert controller.associated("job_templates", template, "notification_templates_error") == ["On call"]
        assert "aiven-btar" in controller.associated("job_templates", template, "labels")
        assert controller.by_name("job_templates", template)["_survey"]["spec"]
    steps = {"plan": ["approve"], "approve": ["apply"], "apply": ["audit"], "audit": []}
    nodes = {name: controller.associated("workflow_job_template_nodes", name, "success_nodes") for name in steps}
    assert nodes == steps
    approval = controller.by_name("workflow_approval_templates", "Approve of the plan")
    assert controller.by_name("workflow_job_template_nodes", "approve")["unified_job_template"] == approval["id"]


def test_without_a_token_all_but_the_secret_is_there(
    tmp_path: Path, address: str, controller: Controller, awx_collection: Path
) -> None:
    """Neither image nor notification nor token: the credential waits to be filled in, and what was filled in stays."""
    awx = Awx(tmp_path, address, awx_collection)
    assert awx.apply(btar_awx_image="").returncode == 0
    credential = controller.by_name("credentials", "Aiven BTAR")
    controller.change(credential, {"inputs": {"token": SECRET}})
    again = awx.apply(btar_awx_image="")
    assert changed(again) == []
    assert controller.secrets[credential["id"]] == {"token": SECRET}
    assert not controller.objects["execution_environments"]


@pytest.mark.slow
@pytest.mark.parametrize("core", OTHER_CORES)
def test_it_works_with_the_cores_that_the_collection_supports(
    core: str, tmp_path_factory: pytest.TempPathFactory, address: str, awx_collection: Path
) -> None:
    awx = Awx(tmp_path_factory.mktemp("a"), address, awx_collection, binaries_of(core))
    run = awx.apply(btar_awx_token=SECRET)
    assert run.returncode == 0, failures(run) or run.output


def test_the_readme_leaves_nothing_to_do(
    tmp_path: Path, address: str, controller: Controller, awx_collection: Path
) -> None:
    """Its file and its last command, word for word."""
    (section,) = re.findall(r"^## AWX in ten minutes$(.*?)^## ", README, re.MULTILINE | re.DOTALL)
    site, commands = re.findall(r"^```\w+\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    first, _newline, text = site.partition("\n")
    (tmp_path / first.removeprefix("# ")).write_text(text)
    awx = Awx(tmp_path, address, awx_collection)
    run = awx.command(*commands.splitlines()[-1].split())
    assert run.returncode == 0, failures(run) or run.output
    assert controller.by_name("workflow_job_templates", "Aiven BTAR plan, approve, apply")
    assert controller.by_name("credentials", "Aiven BTAR")["inputs"] == {}


def test_what_is_missing_is_said(tmp_path: Path, address: str) -> None:
    run = Awx(tmp_path, address, None).apply()
    assert run.returncode != 0
    said = " ".join(run.output.split())
    assert "ansible-galaxy collection install awx.awx" in said
    assert "CONTROLLER_OAUTH_TOKEN" in said
    run = Awx(tmp_path, address, None).apply(btar_awx_scm_url="")
    assert "btar_awx_scm_url" in run.output


def test_the_stand_in_refuses_what_awx_refuses(
    tmp_path: Path, address: str, controller: Controller, awx_collection: Path
) -> None:
    run = Awx(tmp_path, address, awx_collection).apply(btar_awx_playbook_folder="nowhere/")
    assert run.returncode != 0
    assert "Playbook not found for project" in run.output
    assert not controller.objects["job_templates"]
