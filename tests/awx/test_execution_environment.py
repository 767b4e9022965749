# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The execution environment: its definition, what the collection says that it needs, and a venv with exactly that."""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.drill.support import drill, evidence
from tests.fleet.support import HOME, PARTNER, Site, add_services, regions, rows_of
from tests.simulator.client import ROOT, Simulator
from tools.source_tree import source_tree

BIN = ROOT / ".venv/bin"
METADATA = ("meta/execution-environment.yml", "meta/ee-requirements.txt", "meta/ee-bindep.txt")


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def tarball(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("dist")
    with source_tree() as collection:
        run(str(BIN / "ansible-galaxy"), "collection", "build", "--output-path", str(folder), folder=collection)
    (path,) = folder.glob("*.tar.gz")
    yield path


def test_the_tarball_has_what_controllers_look_for(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = set(archive.getnames())
    wanted = {
        *METADATA,
        "extensions/awx/settings.yml",
        "extensions/awx/execution-environment.yml",
        "extensions/awx/project/collections/requirements.yml",
        "extensions/awx/project/inventory/group_vars/aiven_services.yml",
        "extensions/patterns/btar_rollout/meta/pattern.json",
    }
    assert wanted - names == set()
    assert not [name for name in names if name.startswith(("extensions/molecule", "collections", "tests", "tools"))]


def needs(tarball: Path, folder: Path) -> list[str]:
    """The Python packages that ansible-builder finds for the collection."""
    run(
        str(BIN / "ansible-galaxy"),
        "collection",
        "install",
        "--offline",
        "-p",
        str(folder / "c"),
        str(tarball),
        folder=folder,
    )
    introspect = ["-m", "ansible_builder._target_scripts.introspect", "introspect", str(folder / "c")]
    run(str(BIN / "python"), *introspect, "--write-pip", "pip.txt", "--write-bindep", "bindep.txt", folder=folder)
    bindep = (folder / "bindep.txt").read_text()
    for package in ("ca-certificates", "postgresql-client", "default-mysql-client"):
        assert package in bindep
    lines = [line.partition("#")[0].strip() for line in (folder / "pip.txt").read_text().splitlines()]
    return [line for line in lines if line]


def test_the_metadata_is_what_the_collection_needs(tarball: Path, tmp_path: Path) -> None:
    required = [line for line in (ROOT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert needs(tarball, tmp_path) == required


def test_an_image_can_be_described(tarball: Path, tmp_path: Path) -> None:
    definition = (ROOT / "extensions/awx/execution-environment.yml").read_text()
    (tmp_path / "execution-environment.yml").write_text(definition)
    (tmp_path / "offsite-aiven.tar.gz").write_bytes(tarball.read_bytes())
    run(str(BIN / "ansible-builder"), "create", "--output-filename", "Containerfile", folder=tmp_path)
    build = tmp_path / "context/_build"
    assert (build / "collections/offsite-aiven.tar.gz").read_bytes() == tarball.read_bytes()
    assert "collections/offsite-aiven.tar.gz" in (build / "requirements.yml").read_text()
    assert "ansible-galaxy collection install" in (tmp_path / "context/Containerfile").read_text()


@pytest.fixture(scope="module")
def environment(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What leads to a venv with exactly what the collection says that it needs, and to the collection in it."""
    folder = tmp_path_factory.mktemp("environment")
    venv = folder / "venv"
    run(str(BIN / "python"), "-m", "venv", str(venv), folder=folder)
    packages = [*needs(tarball, folder), "ansible-core>=2.18,<2.22"]
    pip = [str(venv / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run(*pip, *packages, folder=folder)
    return {
        "PATH": f"{venv / 'bin'}:/usr/bin:/bin",
        "ANSIBLE_COLLECTIONS_PATH": str(folder / "c"),
        "ANSIBLE_PYTHON_INTERPRETER": str(venv / "bin/python"),
    }


@pytest.mark.slow
def test_it_rolls_out_and_audits(environment: dict[str, str], tmp_path: Path, simulator: Simulator) -> None:
    site = Site(tmp_path, simulator, environment)
    site.group_vars(btar_region_map={HOME: PARTNER})
    add_services(simulator, rows_of("shop", 3))
    for playbook, settings in (("rollout", {"report": True}), ("audit", {"btar_audit_fail_on": "none"})):
        done = site.run(playbook, **settings)
        assert done.returncode == 0, done.output
    assert set(regions(simulator).values()) == {PARTNER}


@pytest.mark.slow
def test_it_drills_a_real_database(environment: dict[str, str], tmp_path: Path, postgres: Simulator) -> None:
    postgres.add_service("shop", "orders", plan="business-4", cloud=HOME, region=PARTNER)
    postgres.sql("shop", "orders", "CREATE TABLE orders AS SELECT generate_series(1, 3) id")
    postgres.replicate("shop", "orders")
    site = Site(tmp_path, postgres, environment)
    check = {"name": "three orders", "sql": "SELECT count(*) FROM orders", "equals": 3}
    verification = {"connection": "{{ btar_drill_connection }}", "checks": [check]}
    tasks = [{"name": "Look", "offsite.aiven.aiven_btar_drill_postgres": verification}]
    done = drill(site, btar_drill_verify=str(site.write("verify.yml", tasks)))
    assert done.returncode == 0, done.output
    body = evidence(site)["orders"]
    assert (body["result"], body["fork_deleted"]) == ("passed", True)
    assert [row["passed"] for row in body["checks"] if row["name"] == "three orders"] == [True]
