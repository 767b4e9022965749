# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file in which a watch keeps its state. It is input as well: whatever is in it, or whatever it is, ends in words."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.watch_state import (
    InvalidState,
    WatchState,
    parse_state,
)

# 100,000 services take 20 MB.
MOST_BYTES = 1 << 30


class StateFile:
    """Reads and writes the state of a watch of ``scope`` (see :class:`WatchState`)."""

    def __init__(self, path: str, scope: Mapping[str, Any]) -> None:
        self.path = Path(path).expanduser().absolute()
        self._scope = scope
        self._written: bytes | None = None

    def read(self) -> WatchState | None:
        """The state that was kept; None where there is no file. Raises InvalidState for what cannot be read."""
        try:
            return parse_state(json.loads(self._content()), self._scope)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InvalidState(error.strerror or "it cannot be read") from None
        except (ValueError, RecursionError):
            raise InvalidState("it is not JSON") from None

    def write(self, state: WatchState) -> None:
        """Whole or not at all, mode 0600, and only where it differs from what was written last. Raises OSError."""
        content = json.dumps(state.as_dict(), separators=(",", ":")).encode("ascii")
        if content == self._written:
            return
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            # What a killed process of the same number has left, or somebody else has put there, is not written through.
            with suppress(FileNotFoundError):
                draft.unlink()
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)
        except OSError:
            with suppress(OSError):
                draft.unlink()
            raise
        self._written = content

    def _content(self) -> bytes:
        # Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
        with open(os.open(self.path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise InvalidState("it is no regular file")
            if status.st_size > MOST_BYTES:
                raise InvalidState(f"it has {status.st_size} bytes, more than any state")
            return file.read()
