# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders of regions: base backups and WAL of each service, in the region where they are and where they are copied to."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from .programs import Programs

SEGMENT = 1 << 20
"""Bytes of a WAL file (initdb --wal-segsize=1)."""
PART = ".part"
"""What a file is called that is not yet whole: archive_command names them so too."""


class Copies:
    """What one region holds of one service: ``base/NAME/`` are base backups, ``wal/`` is the archive."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        self.base, self.wal = folder / "base", folder / "wal"

    def make(self) -> None:
        for folder in (self._folder.parent, self._folder, self.base, self.wal):
            folder.mkdir(mode=0o700, exist_ok=True)
            self._programs.own(folder)

    def remove(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, take: Callable[[Path], str]) -> None:
        """Let ``take`` fill a folder with a base backup and say its name: it is there once it is whole."""
        part = self._folder / PART
        shutil.rmtree(part, ignore_errors=True)
        part.rename(self.base / take(part))

    def names(self) -> set[str]:
        return {path.name for path in self.base.iterdir()}

    def keep(self, names: set[str]) -> None:
        """Remove all other base backups."""
        for name in self.names() - names if self.base.is_dir() else ():
            shutil.rmtree(self.base / name, ignore_errors=True)

    def copy_from(self, other: Copies, names: set[str]) -> None:
        """Copy what is not here yet: the base backups of those names, and all WAL."""
        self._copy([other.base / name for name in (names & other.names()) - self.names()], self.base)
        here = {path.name for path in self.wal.iterdir()}
        self._copy([path for path in other.wal.iterdir() if path.suffix != PART and path.name not in here], self.wal)

    def _copy(self, sources: list[Path], target: Path) -> None:
        """Files or folders into a folder, where each is only once it is whole."""
        if not sources:
            return
        part = self._folder / PART
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(mode=0o700)
        self._programs.own(part)
        self._programs.run("cp", "-a", *sources, part)
        for source in sources:
            (part / source.name).rename(target / source.name)

    def size(self, name: str) -> int:
        """Bytes of a base backup."""
        return sum(path.stat().st_size for path in (self.base / name).rglob("*") if path.is_file())

    def log_range(self, name: str) -> tuple[int, int]:
        """Where in the log a base backup begins, and where the archive ends."""
        label = (self.base / name / "backup_label").read_text()
        high, low = (int(part, 16) for part in re.findall(r"START WAL LOCATION: (\w+)/(\w+)", label)[0])
        files = [path.name for path in self.wal.iterdir() if re.fullmatch("[0-9A-F]{24}", path.name)]
        ends = [(int(file[8:16], 16) << 32) + (int(file[16:], 16) + 1) * SEGMENT for file in files]
        return (high << 32) + low, max(ends)

    def restore(self, name: str, target: Path, told: Callable[[int], None]) -> None:
        """Copy a base backup to where a server will run on it; ``told`` hears how many bytes there are so far."""
        done = 0
        for folder, _folders, files in os.walk(self.base / name):
            place = target / Path(folder).relative_to(self.base / name)
            place.mkdir(mode=0o700)
            self._programs.own(place)
            for file in files:
                shutil.copyfile(Path(folder, file), place / file)
                (place / file).chmod(0o600)
                self._programs.own(place / file)
                done += (place / file).stat().st_size
            told(done)


class Regions:
    """The storage of all regions, below one folder."""

    def __init__(self, programs: Programs, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        folder.mkdir(mode=0o700)
        programs.own(folder)

    def copies(self, cloud: str, key: str) -> Copies:
        return Copies(self._programs, self._region(cloud) / key)

    def destroy(self, cloud: str) -> None:
        shutil.rmtree(self._region(cloud), ignore_errors=True)

    def _region(self, cloud: str) -> Path:
        return self._folder / f"region-{quote(cloud, safe='')}"
