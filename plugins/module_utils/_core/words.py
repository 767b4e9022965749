# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Numbers and their nouns, for every message that counts something."""

from __future__ import annotations


def counted(number: int, one: str, many: str | None = None) -> str:
    """``1 service``, ``2 services``, ``0 services``. ``many`` is what more than one are called, if not ``one`` with an s."""
    return f"{number} {one if number == 1 else many or one + 's'}"
