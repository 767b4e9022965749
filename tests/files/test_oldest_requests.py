# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The client with the oldest requests that requirements.txt allows, and a urllib3 of its time."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.simulator.client import ROOT

OLDEST = ("requests==2.28.0", "urllib3==1.26.9")
TESTS = ("test_bodies.py", "test_client_reads.py", "test_client_writes.py", "test_transport.py")


@pytest.mark.slow
def test_the_oldest_requests_will_do(tmp_path: Path) -> None:
    assert "requests>=2.28" in (ROOT / "requirements.txt").read_text()
    install = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--target",
        str(tmp_path),
    ]
    subprocess.run([*install, *OLDEST], check=True)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    told = "import requests, urllib3; print(requests.__version__, urllib3.__version__)"
    version = subprocess.run([sys.executable, "-c", told], env=environment, check=True, capture_output=True, text=True)
    assert version.stdout.split() == ["2.28.0", "1.26.9"]
    paths = [f"tests/unit/api/{name}" for name in TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *paths]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:]
