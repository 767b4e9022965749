# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tarball of the collection: built from the sources with README's links made absolute, and what must be in it."""

from __future__ import annotations

import re
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import yaml
from source_tree import ROOT, source_tree

# Galaxy shows the README away from the files that it links to.
RELATIVE_LINK = re.compile(r"(\]\(|src=\"|srcset=\")(?!https?://|#)([\w./-]+)(#[\w-]+)?")
SHIPPED = {
    "CHANGELOG.md",
    "LICENSE",
    "README.md",
    "changelogs/changelog.yaml",
    "docs/playbooks.md",
    "docs/docsite/links.yml",
    "docs/schemas/audit.schema.json",
    "extensions/awx/templates.yml",
    "extensions/eda/plugins/event_source/aiven_btar.py",
    "extensions/patterns/btar_rollout/meta/pattern.json",
    "inventories/demo/demo.aiven_services.yml",
    "meta/runtime.yml",
    "playbooks/rollout.yml",
    "plugins/action/aiven_btar_fleet.py",
    "plugins/modules/aiven_btar.py",
    "requirements.txt",
    "roles/btar/README.md",
    "roles/btar/meta/argument_specs.yml",
}
FOLDERS = {"LICENSES", "changelogs", "docs", "extensions", "inventories", "meta", "playbooks", "plugins", "roles"}
FILES = {
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "FILES.json",
    "LICENSE",
    "MAINTAINERS.md",
    "MANIFEST.json",
    "README.md",
    "REUSE.toml",
    "SECURITY.md",
    "requirements.txt",
}
UNWANTED = re.compile(r"(^|/)(__pycache__|\.[^/]+|molecule)(/|$)|\.(pyc|retry|log|tar\.gz)$")


def metadata() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    return found


def absolute_links(text: str, repository: str, version: str) -> str:
    """The text with each link to a file of the repository made one to that file at this version."""

    def absolute(match: re.Match[str]) -> str:
        start, path, anchor = match[1], match[2], match[3] or ""
        kind = "raw" if Path(path).suffix in (".png", ".svg") else "blob"
        return f"{start}{repository}/{kind}/{version}/{path}{anchor}"

    return RELATIVE_LINK.sub(absolute, text)


def build(output: Path) -> Path:
    """Build the tarball into a folder; its path."""
    facts = metadata()
    with source_tree() as collection:
        readme = collection / "README.md"
        readme.write_text(absolute_links(readme.read_text(), facts["repository"], facts["version"]))
        command = [ROOT / ".venv/bin/ansible-galaxy", "collection", "build", "--force", "--output-path", output]
        subprocess.run(command, cwd=collection, check=True, stdout=subprocess.DEVNULL)
    return output / f"{facts['namespace']}-{facts['name']}-{facts['version']}.tar.gz"


def faults(names: set[str]) -> list[str]:
    """What is wrong with the files of a tarball, in words."""
    tops = {name.partition("/")[0] for name in names}
    return [
        *(f"{name} is missing" for name in sorted(SHIPPED - names)),
        *(
            f"{top} does not belong into it: add it to build_ignore of galaxy.yml"
            for top in sorted(tops - FOLDERS - FILES)
        ),
        *(f"{name} was left behind by a tool" for name in sorted(names) if UNWANTED.search(name)),
    ]


def names_in(path: Path) -> set[str]:
    with tarfile.open(path) as archive:
        return {member.name for member in archive if member.isfile()}
