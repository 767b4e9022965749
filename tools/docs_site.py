# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Builds the documentation site into dist/docs: the pages of docs/ and the reference of all plugins and roles.

A warning of Sphinx is an error: a link that leads nowhere, a page that no list has.

Usage: python tools/docs_site.py
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from environments import environment
from source_tree import ROOT, source_tree

OUTPUT = ROOT / "dist" / "docs"


def lay_out(collection: Path, site: Path) -> None:
    """Put together what Sphinx reads: the pages, and what holds them together."""
    shutil.copytree(collection / "docs", site, ignore=shutil.ignore_patterns("docsite"))
    shutil.copytree(collection / "tools" / "docs", site, dirs_exist_ok=True)
    for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"):
        # They link to pages of docs/, which lie beside them here.
        text = (collection / name).read_text().replace("](docs/", "](")
        (site / name.lower()).write_text(text)


def write_reference(binaries: Path, collection: Path, site: Path) -> None:
    reference = site / "reference"
    reference.mkdir()
    command = ["collection", "--use-current", "--squash-hierarchy", "--fail-on-error", "--dest-dir", reference]
    environ = {
        **os.environ,
        "ANSIBLE_COLLECTIONS_PATH": str(collection.parents[2]),
        "ANSIBLE_HOME": str(collection.parents[2] / "home"),
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
    }
    subprocess.run([binaries / "antsibull-docs", *command, "offsite.aiven"], check=True, env=environ)


def main() -> int:
    binaries = environment("site")
    with source_tree() as collection:
        site = collection.parents[2] / "site"
        lay_out(collection, site)
        write_reference(binaries, collection, site)
        shutil.rmtree(OUTPUT, ignore_errors=True)
        command = [binaries / "sphinx-build", "-q", "-W", "--keep-going", "-b", "html", site, OUTPUT]
        code = subprocess.run(command, check=False).returncode
    if code == 0:
        print(f"The site is in {OUTPUT.relative_to(ROOT)}: open {OUTPUT.relative_to(ROOT)}/index.html")
    return code


if __name__ == "__main__":
    sys.exit(main())
