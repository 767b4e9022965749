# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""PostgreSQL's programs, and the unprivileged user that runs them: a server refuses to run as root."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NEEDED = ("initdb", "postgres", "pg_basebackup", "psql")
DEBIAN = Path("/usr/lib/postgresql")
MISSING = (
    f"PostgreSQL's programs ({', '.join(NEEDED)}) are neither below {DEBIAN}/*/bin nor on PATH: "
    "install them, on Debian with apt-get install postgresql"
)
USERS = ("postgres", "nobody")


def find() -> Path | None:
    """The folder with all of the programs: the newest of Debian's, else the one on PATH; None if there is none."""
    folders = sorted(DEBIAN.glob("*/bin"), key=_major, reverse=True)
    on_path = shutil.which("postgres")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return next((folder for folder in folders if all((folder / name).is_file() for name in NEEDED)), None)


def _major(folder: Path) -> int:
    found = re.match(r"\d+", folder.parent.name)
    return int(found[0]) if found else 0


class Programs:
    """Runs the programs of one folder, as an unprivileged user where we are root."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._owner = _unprivileged() if os.geteuid() == 0 else None

    def own(self, path: Path) -> None:
        """Give a file or folder to the user that runs the programs."""
        if self._owner:
            os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def run(self, name: str, *arguments: object) -> str:
        """What the program printed. Raises RuntimeError with what it said if it failed."""
        done = subprocess.run(self._command(name, arguments), capture_output=True, **self._options(), check=False)
        if done.returncode:
            raise RuntimeError(f"{name} failed ({done.returncode}): {done.stderr.strip()[-2000:]}")
        return str(done.stdout).strip()

    def start(self, name: str, *arguments: object, log: Path) -> subprocess.Popen[str]:
        """Start a program that goes on; it writes to ``log``."""
        with log.open("a") as output:
            return subprocess.Popen(
                self._command(name, arguments),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                **self._options(),
            )

    def _command(self, name: str, arguments: Sequence[object]) -> list[str]:
        own = self._folder / name
        return [str(own) if own.is_file() else name, *map(str, arguments)]

    def _options(self) -> dict[str, Any]:
        options: dict[str, Any] = {
            "text": True,
            "errors": "replace",
            "cwd": "/",
            "stdin": subprocess.DEVNULL,
            "env": {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        }
        if self._owner:
            options |= {"user": self._owner.pw_uid, "group": self._owner.pw_gid, "extra_groups": []}
        return options


def _unprivileged() -> pwd.struct_passwd:
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    return next(known[name] for name in USERS if name in known)
