# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The folder of evidence on the controller: a file for each drill, the ledger of their hashes, and drafts of what runs.

A draft is written before anything is asked of Aiven, so that a drill that was killed leaves a trace.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_chain import (
    LEDGER,
    Found,
    Link,
    former_of,
    parse_link,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_evidence import parse_draft
from ansible_collections.offsite.aiven.plugins.module_utils._core.drills import Drill, InvalidEvidence, parse_drill
from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import (
    SHARED,
    append_to,
    read_regular,
    write_whole,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._fleet.interruption import main_process

_DRAFT = ".begun"
_LOCK = ".lock"
_NOT_IN_FILES = re.compile(r"[^A-Za-z0-9_-]")


class EvidenceError(Exception):
    """The folder of evidence cannot be used. The text names the file and the remedy."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a folder holds. ``warnings`` are in words, one for each file that is no evidence."""

    drills: Sequence[Drill] = ()
    files: Sequence[Found] = ()
    links: Sequence[Link] = ()
    warnings: Sequence[str] = ()


def read_evidence(directory: str | Path) -> Evidence:
    """The evidence in a folder. One that does not exist holds none."""
    drills, files, warnings = [], [], []
    for path in sorted(Path(directory).glob("*.json")):
        body = None
        try:
            content = read_regular(path)
            parsed = parse_json(content)
            drills.append(parse_drill(parsed, path.name, _sha256(content)))
            body = parsed
        except OSError as error:
            warnings.append(f"{path} cannot be read: {error.strerror}")
            continue
        except (ValueError, InvalidEvidence) as error:
            warnings.append(f"{path} is no evidence of a drill: {error}")
        files.append(Found(path.name, _sha256(content), body))
    return Evidence(drills, files, _links(Path(directory)), warnings)


class DrillFolder:
    """Writes evidence and drafts. Raises :class:`EvidenceError` where it cannot."""

    def __init__(self, directory: str | Path) -> None:
        self._folder = Path(directory)

    def begin(self, draft: Mapping[str, Any]) -> None:
        """Writes down that a drill begins, and which process runs it. ``draft`` has ``order`` among others."""
        self.update({**draft, "owner": _owner()})

    def update(self, draft: Mapping[str, Any]) -> None:
        self._write(self._name(draft["order"], _DRAFT), draft)

    def draft(self, order: Mapping[str, Any]) -> dict[str, Any] | None:
        """The draft of a drill; None where there is none that is whole."""
        return _draft_in(self._folder / self._name(order, _DRAFT))

    def unfinished(self) -> list[dict[str, Any]]:
        """The drafts of drills that have not ended, those that still run included."""
        drafts = (_draft_in(path) for path in sorted(self._folder.glob(f"*{_DRAFT}")))
        return [draft for draft in drafts if draft is not None]

    def finish(self, order: Mapping[str, Any], body: Mapping[str, Any]) -> str:
        """Writes the evidence of a drill, chained to the one before, and removes its draft; returns the path."""
        name = self._name(order, ".json")
        with self._locked():
            links = _links(self._folder)
            path = self._folder / name
            # What was killed between the two is completed here.
            if not path.exists():
                former = former_of(links, (body["project"], body["service_name"]))
                self._write(name, {**body, "former": former})
            if name not in {link.file for link in links}:
                link = Link(name, _sha256(self._written(path)), str(body["project"]), str(body["service_name"]))
                self._append(link)
            with contextlib.suppress(FileNotFoundError):
                (self._folder / self._name(order, _DRAFT)).unlink()
        return str(path)

    def _name(self, order: Mapping[str, Any], ending: str) -> str:
        return _NOT_IN_FILES.sub("_", f"{order['project']}--{order['fork_name']}") + ending

    def _write(self, name: str, body: Mapping[str, Any]) -> None:
        path = self._folder / name
        try:
            write_whole(path, f"{json.dumps(body, indent=2)}\n".encode(), SHARED)
        except OSError as error:
            raise _unusable(path, error) from None

    def _written(self, path: Path) -> bytes:
        try:
            return read_regular(path)
        except OSError as error:
            raise _unusable(path, error) from None

    def _append(self, link: Link) -> None:
        path = self._folder / LEDGER
        try:
            with open(append_to(path, SHARED), "ab") as ledger:
                ledger.write(f"{json.dumps(link.as_dict())}\n".encode())
        except OSError as error:
            raise _unusable(path, error) from None

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        """Drills end at any moment, and each is chained to the one before."""
        path = self._folder / _LOCK
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            lock = append_to(path, SHARED)
        except OSError as error:
            raise _unusable(path, error) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def runs_still(draft: Mapping[str, Any]) -> bool | None:
    """Whether the process that began a drill is still there; None where another machine would know."""
    owner = draft.get("owner")
    if not isinstance(owner, Mapping) or owner.get("host") != socket.gethostname():
        return None
    pid, start = owner.get("pid"), owner.get("start")
    return isinstance(pid, int) and start is not None and _start_of(pid) == start


def _owner() -> dict[str, Any]:
    pid = main_process()
    return {"host": socket.gethostname(), "pid": pid, "start": _start_of(pid)}


def _start_of(pid: int) -> str | None:
    """What tells a process from a later one of the same number; None for one that is not there."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return None
    try:
        os.kill(pid, 0)
    except OSError:
        return None
    return "running"


def _links(folder: Path) -> list[Link]:
    try:
        lines = read_regular(folder / LEDGER).splitlines()
    except OSError:
        return []
    links = (parse_link(_parsed(line)) for line in lines)
    return [link for link in links if link is not None]


def _parsed(text: bytes) -> Any:
    try:
        return parse_json(text)
    except ValueError:
        return None


def _draft_in(path: Path) -> dict[str, Any] | None:
    try:
        return parse_draft(_parsed(read_regular(path)))
    except OSError:
        return None


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _unusable(path: Path, error: OSError) -> EvidenceError:
    return EvidenceError(
        f"{path} cannot be written: {error.strerror}. Give btar_drill_dir a folder that can be written to."
    )
