# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks by the REUSE specification that every file says who owns it and under which licence.

Usage: python tools/reuse.py
"""

from __future__ import annotations

import subprocess
import sys

from environments import environment
from source_tree import source_tree

if __name__ == "__main__":
    with source_tree() as collection:
        command = [environment("reuse") / "reuse", "--root", collection, "lint", "--lines"]
        code = subprocess.run(command, check=False).returncode
    print("Every file says who owns it." if code == 0 else "FAILED: see REUSE.toml.")
    sys.exit(code)
