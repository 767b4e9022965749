# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stateful stand-in for Aiven's REST API: services, backups on a virtual clock, refusals, faults.

Start it with ``python -m tests.simulator``; drive it from tests with :class:`tests.simulator.client.Simulator`.
"""
