# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks for known weaknesses in what the tests are locked to; what cannot be looked up fails as well.

Usage: python tools/audit_deps.py
"""

from __future__ import annotations

import subprocess
import sys

from environments import ROOT, environment

if __name__ == "__main__":
    locked = ROOT / "tests" / "requirements" / "test.lock.txt"
    command = [environment("audit-deps") / "pip-audit", "--strict", "--require-hashes", "--disable-pip", "-r", locked]
    code = subprocess.run(command, check=False).returncode
    print(
        f"Nothing of {locked.name} has a known weakness."
        if code == 0
        else "FAILED: see above. make lock takes what is newer."
    )
    sys.exit(code)
