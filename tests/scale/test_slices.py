# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Slices of a fleet do the work of the whole, once, and the rate limit that they share makes none of them fail."""

from __future__ import annotations

import pytest

from tests.fleet.support import PARTNER, regions
from tests.scale.slices import Limits, Size, by_host, by_project, fill, roll_out
from tests.simulator.client import Simulator

SIZE = Size(services=400, projects=20, change_each=10)
# A window lasts half a second. No reading is so old that it would be made again, however slow the machine is.
LIMITS = Limits(calls=30, scale=120, max_age=7 * 86400)


@pytest.mark.parametrize("divide", [by_project, by_host])
def test_slices_are_the_whole(divide: object) -> None:
    labels = SIZE.labels
    parts = divide(labels, 3)  # type: ignore[operator]
    assert sorted(label for part in parts for label in part) == sorted(labels)
    assert all(parts)


def test_a_project_is_in_one_slice() -> None:
    parts = [{project for project, _name in part} for part in by_project(SIZE.labels, 3)]
    assert sum(map(len, parts)) == SIZE.projects


def test_slices_by_project_do_the_work_of_the_whole(simulator: Simulator) -> None:
    fill(simulator, SIZE)
    simulator.clear_requests()
    figures = roll_out(simulator, SIZE, 4, LIMITS)
    assert (figures.total("changed"), figures.total("failed")) == (SIZE.changes, 0)
    assert set(regions(simulator).values()) == {PARTNER}
    answered = [row for row in simulator.requests() if row["status"] == 200]
    writes = [row["path"] for row in answered if row["method"] == "PUT"]
    listings = [row["path"] for row in answered if row["path"].endswith("/service")]
    assert len(writes) == len(set(writes)) == SIZE.changes
    assert len(listings) == len(set(listings)) == SIZE.projects
    assert figures.limited == len([row for row in answered if row["path"] != "/clouds"]) > LIMITS.calls
    assert simulator.door("GET", "/")["rate"]["refused"] > 0, "the limit was never reached"


def test_slices_by_host_read_each_project_several_times_and_still_change_each_service_once(
    simulator: Simulator,
) -> None:
    fill(simulator, SIZE)
    simulator.clear_requests()
    figures = roll_out(simulator, SIZE, 4, LIMITS, by_host)
    assert (figures.total("changed"), figures.total("failed")) == (SIZE.changes, 0)
    writes = [row["path"] for row in simulator.requests(method="PUT") if row["status"] == 200]
    assert len(writes) == len(set(writes)) == SIZE.changes
    listings = [row for row in simulator.requests(path="/project/*/service") if row["status"] == 200]
    # A slice with a single service of a project reads that alone.
    assert 3 * SIZE.projects < len(listings) <= 4 * SIZE.projects
