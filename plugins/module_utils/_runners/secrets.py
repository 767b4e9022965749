# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values of a service's user_config are secrets."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_SECRET_KEY = re.compile(
    r"passw|passphrase|secret|token|credential|authorization|(^|[^a-z0-9])(pass|keys?|uri|dsn)($|[^a-z0-9])",
    re.IGNORECASE,
)
# Shorter numbers, and values of which nobody knows what they are, would be cut out of every word that they are a part of.
SHORTEST_UNSURE = 6


def secret_values(value: object, *, under_secret: bool = False) -> Iterator[str]:
    """The texts, and the numbers as text, that stand under a key that looks secret, at any depth."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from secret_values(item, under_secret=under_secret or bool(_SECRET_KEY.search(str(key))))
    elif isinstance(value, list):
        for item in value:
            yield from secret_values(item, under_secret=under_secret)
    elif under_secret and isinstance(value, str) and value:
        yield value
    elif under_secret and isinstance(value, int | float) and len(str(value)) >= SHORTEST_UNSURE:
        yield str(value)
