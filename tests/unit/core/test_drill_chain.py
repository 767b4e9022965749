# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from dataclasses import replace

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core.drill_chain import (
    Found,
    Link,
    breaks,
    former_of,
    parse_link,
)

ORDERS = ("shop", "orders")


def link(number: int, service_name: str = "orders") -> Link:
    return Link(f"{service_name}-{number}.json", f"sha-{number}", "shop", service_name)


def found(link: Link, former: Link | None = None) -> Found:
    told = None if former is None else {"file": former.file, "sha256": former.sha256}
    return Found(link.file, link.sha256, {"project": link.project, "service_name": link.service_name, "former": told})


ONE, TWO, THREE, OTHER = link(1), link(2), link(3), link(1, "carts")
LINKS = [ONE, OTHER, TWO, THREE]
FILES = {"one": found(ONE), "other": found(OTHER), "two": found(TWO, ONE), "three": found(THREE, TWO)}


def without(name: str) -> list[Found]:
    return [file for key, file in FILES.items() if key != name]


def edited(name: str) -> list[Found]:
    return [*without(name), replace(FILES[name], sha256="another")]


def test_what_is_as_it_was_written_has_no_break() -> None:
    assert breaks(LINKS, FILES.values()) == {}


@pytest.mark.parametrize("name", ["one", "two", "three"])
def test_each_that_is_removed_or_edited_is_named(name: str) -> None:
    file = FILES[name].file
    assert breaks(LINKS, without(name)) == {ORDERS: [f"{file} is missing"]}
    assert breaks(LINKS, edited(name)) == {ORDERS: [f"{file} was edited"]}


def test_what_can_no_longer_be_read_was_edited() -> None:
    broken = Found(TWO.file, "another", None)
    assert breaks(LINKS, [*without("two"), broken]) == {ORDERS: [f"{TWO.file} was edited"]}


def test_a_ledger_that_was_cut_is_found_out() -> None:
    assert breaks(LINKS[:-1], FILES.values()) == {ORDERS: [f"{THREE.file} is not in chain.jsonl"]}
    told = breaks([], FILES.values())
    assert {key: len(words) for key, words in told.items()} == {ORDERS: 3, ("shop", "carts"): 1}


def test_a_file_and_its_line_that_are_removed_together_are_missed_by_the_next() -> None:
    assert breaks([ONE, OTHER, THREE], without("two")) == {ORDERS: [f"{TWO.file} is missing"]}


def test_a_ledger_that_was_made_to_fit_an_edit_is_found_out_by_the_next() -> None:
    links = [ONE, OTHER, replace(TWO, sha256="another"), THREE]
    assert breaks(links, edited("two")) == {ORDERS: [f"{TWO.file} was edited"]}


def test_evidence_by_other_means_is_left_alone() -> None:
    alien = Found("mine.json", "x", {"project": "shop", "service_name": "orders"})
    assert breaks(LINKS, [*FILES.values(), alien]) == {}


def test_the_next_follows_the_last_of_its_service() -> None:
    assert former_of(LINKS, ORDERS) == {"file": THREE.file, "sha256": THREE.sha256}
    assert former_of(LINKS, ("bank", "orders")) is None


def test_lines_are_read_as_they_are_written() -> None:
    assert parse_link(ONE.as_dict()) == ONE
    assert [parse_link(body) for body in (None, [], {}, {**ONE.as_dict(), "sha256": 7})] == [None] * 4
