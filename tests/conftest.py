# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the tests away from the real Aiven, and the developer's settings away from the tests."""

from __future__ import annotations

import os

# The document that the simulator is validated against, and another place of the collection, may come from outside.
SETTINGS_OF_TESTS = ("AIVEN_OPENAPI", "ANSIBLE_COLLECTIONS_PATH")
for name in [name for name in os.environ if name.startswith(("AIVEN_", "ANSIBLE_")) and name not in SETTINGS_OF_TESTS]:
    del os.environ[name]

# A proxy cannot reach the simulator.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"
