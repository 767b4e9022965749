# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The collection awx.awx, from PyPI's package of collections, where Galaxy cannot be reached.

Usage: python tools/awx_collection.py    installs it into .venv/awx and prints the folder; nothing if it is there already
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".venv" / "awx"
# The last with awx.awx 24.6.1 that Python 3.11 takes.
PACKAGE = "ansible~=12.0"


def install() -> Path:
    """The folder to name in ANSIBLE_COLLECTIONS_PATH. Raises CalledProcessError if it cannot be downloaded."""
    if not (FOLDER / "ansible_collections/awx/awx/MANIFEST.json").is_file():
        with tempfile.TemporaryDirectory() as folder:
            options = [
                "--quiet",
                "--disable-pip-version-check",
                "--no-deps",
                "--only-binary",
                ":all:",
                "--dest",
                folder,
            ]
            subprocess.run(
                [sys.executable, "-m", "pip", "download", *options, PACKAGE], check=True, capture_output=True
            )
            (wheel,) = Path(folder).glob("*.whl")
            with zipfile.ZipFile(wheel) as archive:
                names = [name for name in archive.namelist() if name.startswith("ansible_collections/awx/awx/")]
                # Its manifest tells that all is there, so it comes last.
                archive.extractall(FOLDER, sorted(names, key=lambda name: name.endswith("MANIFEST.json")))
    return FOLDER


if __name__ == "__main__":
    print(install())
