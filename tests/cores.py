# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The versions of ansible-core that scenarios run with: that of .venv, the oldest and the newest that the collection supports."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.simulator.client import ROOT

USUAL = "usual"
OTHER_CORES = ("oldest", "newest")
CORES = (USUAL, *OTHER_CORES)
# Where `make cores` installs them, and all that run scenarios begin with it.
_FOLDERS = {USUAL: ".venv", "oldest": ".venv/core-2.18", "newest": ".venv/core-2.21"}


def binaries_of(core: str) -> Path:
    """The bin folder of a core. Skips the test where it could not be installed, as no Python for it is here."""
    binaries = ROOT / _FOLDERS[core] / "bin"
    if not (binaries / "ansible-playbook").exists():
        pytest.skip(f"the {core} ansible-core is not in {_FOLDERS[core]}: run make cores, which says why if it cannot")
    return binaries
