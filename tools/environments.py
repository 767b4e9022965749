# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Environments for tools that would not agree with those in .venv: .venv/NAME, made of tests/requirements/NAME.txt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def environment(name: str, python: Path = Path(sys.executable), *more: str, folder: str = "") -> Path:
    """The bin folder of .venv/FOLDER (else .venv/NAME), made anew when what it is made of has changed.

    more: further requirements, such as "ansible-core~=2.18.0". Raises CalledProcessError if pip cannot install them.
    """
    requirements = ROOT / "tests" / "requirements" / f"{name}.txt"
    venv = ROOT / ".venv" / (folder or name)
    stamp = venv / ".made-of"
    made_of = "\n".join([str(python), *more, requirements.read_text(), (ROOT / "requirements.txt").read_text()])
    if not stamp.is_file() or stamp.read_text() != made_of:
        subprocess.run([python, "-m", "venv", "--clear", venv], check=True)
        pip = [venv / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, *more, "-r", requirements], check=True)
        stamp.write_text(made_of)
    return venv / "bin"
