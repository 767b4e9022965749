# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each host's variables are what Ansible itself makes of them: files of a play, encrypted values, tokens of their own."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest
import yaml

from tests.cores import CORES, USUAL, binaries_of
from tests.fleet.support import HOME, OTHER, PARTNER, Site, add_services, read_lines, regions, results_of, rows_of
from tests.playbooks.support import Run, play
from tests.simulator.client import Simulator

PASSWORD = "vault-pAssw0rd"
SECRET_REASON = "kEpt-sEcrEt-reason"


@pytest.fixture
def site(tmp_path: Path, simulator: Simulator) -> Site:
    return Site(tmp_path, simulator)


def command(site: Site, core: str, *arguments: str) -> Run:
    binary = binaries_of(core) / "ansible-playbook"
    site.write("inventory/test.aiven_services.yml", {"plugin": "offsite.aiven.aiven_services"})
    return briefly(site, [str(binary), "-i", "inventory", *arguments])


def briefly(site: Site, arguments: list[str]) -> Run:
    """The newest core makes a socket in TMPDIR, whose path must be short."""
    with tempfile.TemporaryDirectory() as short:
        return Site(site.folder, site.simulator, {**site.environment, "TMPDIR": short}).playbooks.command(arguments)


TASKS = [
    {"name": "fleet", "offsite.aiven.aiven_btar_fleet": {}},
    {"name": "audit", "offsite.aiven.aiven_btar_audit": {"directory": "reports", "formats": ["json"]}},
]


@pytest.mark.parametrize("core", CORES)
def test_files_whose_name_each_host_templates(site: Site, core: str) -> None:
    for project, region in (("one", PARTNER), ("two", OTHER)):
        add_services(site.simulator, rows_of(project, 2))
        site.write(f"regions/{project}.yml", {"btar_region_map": {HOME: region}})
    path = site.write("site.yml", [play(TASKS, hosts="aiven_services", vars_files=["regions/{{ aiven_project }}.yml"])])
    run = command(site, core, str(path))
    assert run.returncode == 0, run.output
    assert regions(site.simulator) == {
        "one/db-000": PARTNER,
        "one/db-001": PARTNER,
        "two/db-000": OTHER,
        "two/db-001": OTHER,
    }
    report = yaml.safe_load((site.folder / "reports" / "btar-audit.json").read_text())
    assert {row["project"]: row["planned_region"] for row in report["services"]} == {"one": PARTNER, "two": OTHER}


@pytest.mark.parametrize("core", CORES)
def test_variables_beside_the_importing_playbook_are_not_read_and_that_is_said(site: Site, core: str) -> None:
    add_services(site.simulator, rows_of("shop", 2))
    site.write("play/group_vars/aiven_services.yml", {"btar_region_map": {HOME: PARTNER}})
    path = site.write("play/site.yml", [{"ansible.builtin.import_playbook": "offsite.aiven.rollout"}])
    run = command(site, core, str(path))
    assert run.returncode == 2, run.output
    assert "no region inventory reaches this host" in " ".join(run.output.split())
    assert set(regions(site.simulator).values()) == {None}


def encrypted(site: Site, text: str) -> str:
    site.write("password", PASSWORD)
    done = subprocess.run(
        [str(binaries_of(USUAL) / "ansible-vault"), "encrypt_string", "--vault-password-file", "password", text],
        cwd=site.folder,
        env=site.playbooks._environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.mark.parametrize("core", CORES)
def test_encrypted_values_are_what_they_are_and_not_shown(site: Site, core: str) -> None:
    add_services(site.simulator, [*rows_of("shop", 2), *rows_of("play", 1)])
    region, reason, token = (encrypted(site, text) for text in (PARTNER, SECRET_REASON, site.simulator.token))
    site.write(
        "inventory/group_vars/all.yml",
        f"aiven_api_token: {token}\n"
        f"btar_region_map:\n  {HOME}: {region}\n"
        f"btar_region_exceptions:\n  - match: {{project: play}}\n    reason: {reason}\n    until: 2099-12-31\n",
    )
    site.write(
        "inventory/static.yml",
        f"aiven_services:\n  hosts:\n    db-000.shop:\n      aiven_project: {encrypted(site, 'shop')}\n",
    )
    run = command(site, core, "offsite.aiven.rollout", "-vvv", "--vault-password-file", "password")
    assert run.returncode == 0, run.output
    assert regions(site.simulator) == {"shop/db-000": PARTNER, "shop/db-001": PARTNER, "play/db-000": None}
    written = "".join(path.read_text() for path in (site.folder / "btar").iterdir())
    assert SECRET_REASON not in run.output + written
    assert "(an encrypted value)" in written


def test_an_encrypted_mistake_is_not_shown(site: Site) -> None:
    add_services(site.simulator, rows_of("shop", 1))
    site.write("inventory/group_vars/all.yml", f"btar_region_map:\n  {HOME}: {encrypted(site, 'No Cloud')}\n")
    run = command(site, USUAL, "offsite.aiven.rollout", "--vault-password-file", "password")
    assert run.returncode == 2
    assert f"btar_region_map.{HOME}: (an encrypted value) is not the name of a cloud" in " ".join(run.output.split())
    assert "No Cloud" not in run.output


@pytest.mark.parametrize("core", CORES)
def test_two_accounts_in_one_run(site: Site, core: str) -> None:
    """Each project belongs to another token; none is in the environment."""
    tokens = {project: f"token-of-{project}" for project in ("one", "two")}
    hosts = {}
    for project, token in tokens.items():
        site.simulator.add_project(project)
        site.simulator.add_token(token, user=f"user-{project}", roles={project: ["admin"]})
        add_services(site.simulator, rows_of(project, 2))
        hosts[project] = {
            "hosts": {
                f"db-{number:03}.{project}": {"aiven_project": project, "aiven_service_name": f"db-{number:03}"}
                for number in range(2)
            },
            "vars": {"aiven_api_token": token, "aiven_api_url": site.simulator.url},
        }
    tree = {"aiven_services": {"children": hosts, "vars": {"btar_region_map": {HOME: PARTNER}}}}
    inventory = site.write("hosts.yml", tree)
    binary = binaries_of(core) / "ansible-playbook"
    environment = {"AIVEN_TOKEN": "", "AIVEN_AUTH_TOKEN": "", "AIVEN_WEB_URL": ""}
    arguments = [str(binary), "-vvv", "-i", str(inventory), "offsite.aiven.rollout"]
    run = briefly(Site(site.folder, site.simulator, environment), arguments)
    assert run.returncode == 0, run.output
    assert set(regions(site.simulator).values()) == {PARTNER}
    assert {(entry["user"], entry["project"]) for entry in site.simulator.requests() if entry["project"]} == {
        ("user-one", "one"),
        ("user-two", "two"),
    }
    for token in tokens.values():
        assert token not in run.output


def test_a_token_of_no_use_fails_its_hosts_alone(site: Site) -> None:
    for project in ("one", "two"):
        add_services(site.simulator, rows_of(project, 2))
    site.group_vars(btar_region_map={HOME: PARTNER})
    site.group_vars("aiven_project_two", aiven_request_timeout="soon")
    run = site.run("rollout")
    assert run.returncode == 2
    assert {label for label, region in regions(site.simulator).items() if region} == {"one/db-000", "one/db-001"}
    assert "aiven_request_timeout" in run.output


# A task timeout.


@pytest.mark.parametrize("core", CORES)
def test_a_task_timeout_is_an_interruption(site: Site, core: str) -> None:
    add_services(site.simulator, rows_of("shop", 60))
    site.simulator.fault(kind="slow", method="PUT", seconds=0.5, count=None)
    site.group_vars(btar_region_map={HOME: PARTNER})
    extra = ["-e", "btar_waves=100%", "-e", "btar_concurrency=4"]
    environment = {"ANSIBLE_TASK_TIMEOUT": "4"}
    run = command(Site(site.folder, site.simulator, environment), core, "offsite.aiven.rollout", *extra)
    assert run.returncode == 2, run.output
    changed = {label for label, region in regions(site.simulator).items() if region}
    assert 0 < len(changed) < 60
    lines = read_lines(site.record)
    outcomes = [line for line in lines if line["type"] == "outcome"]
    assert lines[-1]["status"] == "interrupted"
    assert {f"shop/{line['service_name']}" for line in outcomes if line["changed"]} == changed
    assert lines[-1]["summary"]["changed"] == len(changed)
    assert lines[-1]["summary"]["total"] == len(outcomes) == 60
    shown = [row for row in results_of(run, "Show the outcome") if row["result"].get("changed")]
    assert len(shown) == len(changed)
    assert list((site.folder / "btar").glob("*.html"))
    (ended,) = [row for row in results_of(run, "Fail for what belongs to no service") if row["status"] == "failed"]
    assert "interrupted" in ended["result"]["msg"]
