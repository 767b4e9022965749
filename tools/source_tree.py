# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A copy of the sources under ansible_collections/offsite/aiven.

ansible-test, ansible-lint and antsibull-docs go by the resolved path of the collection: a symlink will not do. The copy lies
outside of the repository, because inside of it they would ask git for the files and find them all ignored.

Usage: python tools/source_tree.py COMMAND [ARGUMENT...]    runs the command in such a copy
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LEFT_OUT_AT_THE_TOP = {".ansible", ".git", ".venv", "btar", "collections", "dist"}
LEFT_OUT = shutil.ignore_patterns(".hypothesis", ".*_cache", "__pycache__", "output", "*.tar.gz")


def left_out(folder: str, names: list[str]) -> set[str]:
    """What tools leave behind, and what is no source."""
    top = LEFT_OUT_AT_THE_TOP if Path(folder) == ROOT else set()
    return top.intersection(names) | LEFT_OUT(folder, names)


@contextlib.contextmanager
def source_tree() -> Iterator[Path]:
    """Yield the folder of a temporary copy of the collection."""
    with tempfile.TemporaryDirectory(prefix="offsite-aiven-") as top:
        collection = Path(top, "ansible_collections", "offsite", "aiven")
        shutil.copytree(ROOT, collection, ignore=left_out)
        yield collection


def main(command: list[str]) -> int:
    with source_tree() as collection:
        environment = {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": str(collection.parents[2]),
            "ANSIBLE_HOME": str(collection.parents[2] / "home"),
            "PATH": f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}",
        }
        return subprocess.run(command, cwd=collection, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
