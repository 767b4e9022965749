# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a secret is found, in whatever form, and how much was looked at."""

from __future__ import annotations

import base64
import gzip
import io
import threading
import urllib.parse
import zipfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path


def forms(secret: str) -> Iterator[bytes]:
    """A text as it is, and as it may be hidden by accident: in base64 at any place, in hexadecimal, in a URL, in UTF-16."""
    plain = secret.encode()
    yield plain
    for place, begin in enumerate((0, 2, 3)):
        text = base64.b64encode(b"\0" * place + plain)
        yield text[begin : (place + len(plain)) * 8 // 6]
    yield plain.hex().encode()
    yield secret.encode("utf-16-le")
    yield urllib.parse.quote(secret, safe="").encode()


@dataclass
class Search:
    """``secrets`` by name. ``hits`` says which was found where; the counts say how much was looked at."""

    secrets: Mapping[str, str]
    hits: list[str] = field(default_factory=list)
    files: int = 0
    texts: int = 0
    size: int = 0
    processes: int = 0
    environments: int = 0

    def __post_init__(self) -> None:
        self._forms = {name: set(forms(secret)) for name, secret in self.secrets.items()}
        # Files are looked at while the processes that write them are watched.
        self._lock = threading.Lock()

    def found_in(self, content: bytes) -> list[str]:
        """The names of the secrets in it."""
        return [name for name, known in self._forms.items() if any(form in content for form in known)]

    def look(self, where: str, content: bytes, but: Collection[str] = ()) -> None:
        """``but`` are names of secrets that may be there."""
        with self._lock:
            self.size += len(content)
        for name in self.found_in(content):
            if name not in but:
                self.hits.append(f"{name} in {where}")

    def text(self, where: str, content: str) -> None:
        self.texts += 1
        self.look(where, content.encode("utf-8", "surrogateescape"))

    def file(self, path: Path, where: str = "", content: bytes | None = None) -> None:
        self.files += 1
        self.look(f"the name of {path}", str(path).encode())
        for part in contents(path.read_bytes() if content is None else content):
            self.look(where or str(path), part)

    def folder(self, folder: Path, but: Collection[Path] = ()) -> None:
        """All files below, but those below ``but``."""
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(path.is_relative_to(other) for other in but):
                self.file(path)

    def __str__(self) -> str:
        return (
            f"{len(self.secrets)} secrets in {self.texts} outputs, {self.files} files, {self.size} bytes, {self.processes} processes, "
            f"{self.environments} environments: {len(self.hits)} hits"
        )


def contents(content: bytes) -> Iterator[bytes]:
    """What a file holds, and what it holds packed. A file that is being written may not be whole yet."""
    yield content
    try:
        if content[:2] == b"\x1f\x8b":
            yield gzip.decompress(content)
        elif content[:2] == b"PK":
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                yield from map(archive.read, archive.namelist())
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error):
        return
