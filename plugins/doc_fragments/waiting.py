# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # Options of what may wait for its changes (module_utils/_api/argument_specs.py, wait_options).
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait for what O(wait_for) says. The first look is 2 seconds after a change, later ones every 10 seconds.
      - A service that is powered off is not waited for.
    type: bool
    default: false
  wait_for:
    description:
      - V(running) waits for the service to be in the state C(RUNNING).
      - V(protected) waits until a backup lies in the secondary region. That can take until the next backup is made.
        With O(state=disabled) it is the same as V(running).
    type: str
    choices: [running, protected]
    default: running
  wait_timeout:
    description:
      - Seconds to wait. A timeout after a change is a result that is changed and failed.
      - A look that fails by a passing fault, such as the rate limit, is one of several and no reason to fail.
    type: float
    default: 1200
"""
