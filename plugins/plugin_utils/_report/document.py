# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A report as one HTML file that loads nothing: a template, its styles and scripts, and the data as JSON in it.

The browser builds what it shows from that JSON as text, never as markup, and its security policy allows no other script,
no other style and no connection.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._core.words import printable

# What pages share.
SHARED = Path(__file__).parent / "page"

_PLACE = re.compile(r"@@([A-Z_]+)@@")


@dataclass(frozen=True)
class Page:
    """The fixed parts of a report, as files; ``texts`` by the name of their place."""

    template: Path
    styles: tuple[Path, ...]
    scripts: tuple[Path, ...]
    texts: tuple[tuple[str, Path], ...] = ()

    def filled(self, data: Mapping[str, Any], words: Mapping[str, str]) -> str:
        """The page with ``data``, and ``words`` in their places."""
        parts = {
            **self._fixed_parts,
            "DATA": _as_script_data(data),
            **{place: html.escape(printable(text)) for place, text in words.items()},
        }
        # One pass, so that nothing in the data is taken for a place.
        return _PLACE.sub(lambda place: parts[place.group(1)], _read(self.template))

    @cached_property
    def _fixed_parts(self) -> dict[str, str]:
        style = "".join(map(_read, self.styles))
        script = '"use strict";(() => {\n' + "\n".join(map(_read, self.scripts)) + "})();\n"
        return {
            "STYLE": style,
            "STYLE_HASH": _hash(style),
            "SCRIPT": script,
            "SCRIPT_HASH": _hash(script),
            **{place: _read(path).strip() for place, path in self.texts},
        }


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _as_script_data(data: Mapping[str, Any]) -> str:
    """JSON that ends no script element and opens no comment in it, in ASCII, which any reader decodes alike."""
    text = json.dumps(data, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
