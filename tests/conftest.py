# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the tests away from the real Aiven, and the developer's settings away from the tests."""

from __future__ import annotations

import os

# The document that the simulator is validated against is the one thing that a test may be told from outside.
for name in [name for name in os.environ if name.startswith(("AIVEN_", "ANSIBLE_")) and name != "AIVEN_OPENAPI"]:
    del os.environ[name]

# A proxy cannot reach the simulator.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
