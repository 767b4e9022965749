# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has started a run, and where: for what is evidence later."""

from __future__ import annotations

import getpass
import socket
from collections.abc import Mapping
from typing import Any

# What AWX and automation controller call the one who has started a job.
_USER_VARIABLES = ("awx_user_name", "tower_user_name")


def operator_of(variables: Mapping[str, Any]) -> dict[str, str]:
    """The ``user`` and the ``host`` of the controller."""
    told = (variables.get(name) for name in _USER_VARIABLES)
    return {"user": str(next((name for name in told if name), None) or _user()), "host": socket.gethostname()}


def _user() -> str:
    """Containers run with numbers that have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"
