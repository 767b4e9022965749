# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A project has one certificate authority, also for services that are made at the same moment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from tests.simulator import authorities


def test_two_services_at_once_share_the_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    together = Barrier(2, timeout=30)

    class Slow(authorities.Authority):
        def __init__(self, project: str) -> None:
            together.wait()
            super().__init__(project)

    monkeypatch.setattr(authorities, "Authority", Slow)
    known = authorities.Authorities()
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(known.of, ["shop", "shop"])
    assert first is second is known.of("shop")
