# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a release: dist/offsite-aiven-VERSION.tar.gz, tried as its users will.

With --check everything is tried that a release needs, but its address and its changelog may be missing, and nothing is kept.

Usage: python tools/release.py [--check]
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml
from environments import environment
from source_tree import ROOT
from tarball import build, faults, metadata, names_in

PLACEHOLDER = "https://git.example.org/"
IMPORTER = """[galaxy-importer]
check_required_tags = True
require_v1_or_greater = True
run_ansible_lint = False
run_ansible_test = False
"""


def obstacles(facts: dict[str, Any]) -> list[str]:
    """What the sources lack for a release, in words."""
    released = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text())["releases"]
    fragments = sorted(path.name for path in (ROOT / "changelogs" / "fragments").glob("*.yml"))
    lacking = []
    if str(facts["repository"]).startswith(PLACEHOLDER):
        lacking.append(
            "galaxy.yml: repository is a placeholder. Write the address where the sources are, and those of documentation, "
            "homepage and issues."
        )
    if facts["version"] not in released or fragments:
        lacking.append(
            f"the changelog lacks {facts['version']} or has fragments left: run make changelog, look at CHANGELOG.md, commit it."
        )
    return lacking


def say(title: str) -> None:
    print(f"--- {title}", flush=True)


def check_content(tarball: Path) -> None:
    say(f"{tarball.name}: content")
    found = faults(names_in(tarball))
    if found:
        raise SystemExit("\n".join(found))


def check_as_galaxy(tarball: Path, folder: Path) -> None:
    say(f"{tarball.name}: the checks of Galaxy")
    binaries = environment("importer")
    (folder / "importer.cfg").write_text(IMPORTER)
    environ = {
        **os.environ,
        "GALAXY_IMPORTER_CONFIG": str(folder / "importer.cfg"),
        "HOME": str(folder),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
    }
    command = [binaries / "python", "-m", "galaxy_importer.main", tarball]
    done = subprocess.run(
        command, cwd=folder, env=environ, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    print(done.stdout)
    complaints = [line for line in done.stdout.splitlines() if line.startswith(("ERROR", "WARNING"))]
    if done.returncode or complaints:
        raise SystemExit("Galaxy would refuse it, or complain.")


def check_as_user(tarball: Path, folder: Path) -> None:
    say(f"{tarball.name}: installed where nothing else is, and the first steps followed with it")
    binaries = environment("user")
    collections = folder / "collections"
    environ = {**os.environ, "HOME": str(folder), "ANSIBLE_COLLECTIONS_PATH": str(collections)}
    galaxy = [binaries / "ansible-galaxy", "collection"]
    subprocess.run([*galaxy, "install", "--offline", "-p", collections, tarball], check=True, env=environ)
    subprocess.run([*galaxy, "verify", "--offline", "offsite.aiven"], check=True, env=environ)
    command = [ROOT / ".venv/bin/pytest", "-q", ROOT / "tests/test_first_steps.py"]
    environ |= {"OFFSITE_USER": str(binaries)}
    subprocess.run(command, cwd=ROOT, check=True, env=environ)


def main(arguments: list[str]) -> int:
    facts = metadata()
    lacking = obstacles(facts)
    print("\n".join(f"NOTE: {line}" for line in lacking), flush=True)
    if lacking and "--check" not in arguments:
        print("FAILED: nothing was built.")
        return 1
    with tempfile.TemporaryDirectory(prefix="offsite-aiven-release-") as name:
        folder = Path(name)
        tarball = build(folder)
        check_content(tarball)
        check_as_galaxy(tarball, folder)
        check_as_user(tarball, folder)
        if "--check" in arguments:
            print(
                f"{tarball.name} can be released."
                if not lacking
                else f"{tarball.name} is good, but see the notes above."
            )
            return 0
        (ROOT / "dist").mkdir(exist_ok=True)
        kept = tarball.replace(ROOT / "dist" / tarball.name)
    print(f"Built {kept.relative_to(ROOT)}. Publish it: ansible-galaxy collection publish {kept.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
