# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wanted of services, as rows: read as they are meant, or refused with every mistake and its place."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.targets import InvalidTargets, parse_targets

ROW: dict[str, Any] = {"project": "shop", "service_name": "orders", "region": "aws-eu-central-1"}


def mistakes(*rows: object) -> tuple[str, ...]:
    with pytest.raises(InvalidTargets) as caught:
        parse_targets(rows)
    assert str(caught.value) == " ".join(caught.value.mistakes)
    return caught.value.mistakes


def test_rows_become_targets_in_their_order() -> None:
    expect = {"region": None}
    first, second = parse_targets([ROW | {"expect": expect}, ROW | {"service_name": "search", "state": "disabled"}])
    assert (first.project, first.service_name, first.state, first.region) == (
        "shop",
        "orders",
        "enabled",
        ROW["region"],
    )
    assert first.expect == expect
    # What is to be off has no region, whatever the row says.
    assert (second.service_name, second.state, second.region, second.expect) == ("search", "disabled", None, None)


def test_what_is_to_be_off_needs_no_region() -> None:
    (target,) = parse_targets([{"project": "shop", "service_name": "orders", "state": "disabled", "region": ""}])
    assert (target.state, target.region) == ("disabled", None)


@pytest.mark.parametrize(
    ("row", "mistake"),
    [
        ("orders", "targets[0] is 'orders': give a dictionary with project, service_name, state and region."),
        (
            ROW | {"zone": 1, "cloud": 2},
            "targets[0] has unknown keys cloud, zone: known are project, service_name, state, region, expect.",
        ),
        (ROW | {"project": None}, "targets[0].project is missing: give the name as Aiven shows it."),
        (ROW | {"service_name": "a/b"}, "targets[0].service_name is 'a/b': give the name as Aiven shows it."),
        (ROW | {"state": "on"}, "targets[0].state is 'on': give enabled or disabled."),
        (ROW | {"region": None}, "targets[0].region is missing: give the secondary region, or state: disabled."),
        (ROW | {"region": 5}, "targets[0].region is 5: give a cloud name such as aws-eu-central-1."),
        (ROW | {"region": "EU!"}, "targets[0].region is 'EU!': give a cloud name such as aws-eu-central-1."),
        (
            ROW | {"expect": "nothing"},
            "targets[0].expect is 'nothing': give the `before` of a plan, such as {region: null}.",
        ),
    ],
)
def test_a_row_that_cannot_be_meant(row: object, mistake: str) -> None:
    assert mistakes(row) == (mistake,)


def test_every_mistake_is_told_with_its_place() -> None:
    found = mistakes(ROW, ROW, ROW | {"service_name": ""}, 7)
    assert [mistake.split()[0] for mistake in found] == ["targets[2].service_name", "targets[3]", "targets[0]"]
    assert found[2] == "targets[0] and targets[1] are the same service shop/orders: keep one of them."


def test_a_long_value_is_cut() -> None:
    (mistake,) = mistakes(ROW | {"state": "x" * 100})
    assert mistake == f"targets[0].state is '{'x' * 76}...: give enabled or disabled."
