# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file in which a watch keeps its state. It is input as well: whatever is in it, or whatever it is, ends in words."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.json_text import parse_json
from ansible_collections.offsite.aiven.plugins.module_utils._core.watch_state import (
    InvalidState,
    WatchState,
    parse_state,
)
from ansible_collections.offsite.aiven.plugins.plugin_utils._files.regular import PRIVATE, open_regular, write_whole

# 100,000 services take 20 MB.
MOST_BYTES = 1 << 30


class StateFile:
    """Reads and writes the state of a watch of ``scope`` (see :class:`WatchState`)."""

    def __init__(self, path: str, scope: Mapping[str, Any]) -> None:
        # A ~ that stands for nobody stays as it is: Path.expanduser would raise.
        self.path = Path(os.path.expanduser(path)).absolute()
        self._scope = scope
        self._written: bytes | None = None

    def read(self) -> WatchState | None:
        """The state that was kept; None where there is no file. Raises InvalidState for what cannot be read."""
        try:
            return parse_state(parse_json(self._content()), self._scope)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise InvalidState(error.strerror or "it cannot be read") from None
        except ValueError:
            raise InvalidState("it is not JSON") from None

    def write(self, state: WatchState) -> None:
        """Whole or not at all, mode 0600, and only where it differs from what was written last. Raises OSError."""
        content = json.dumps(state.as_dict(), separators=(",", ":")).encode("ascii")
        if content == self._written:
            return
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_whole(self.path, content, PRIVATE, lasting=True)
        self._written = content

    def _content(self) -> bytes:
        with open_regular(self.path) as file:
            size = os.fstat(file.fileno()).st_size
            if size > MOST_BYTES:
                raise InvalidState(f"it has {size} bytes, more than any state")
            return file.read()
