# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""By which tags forks are known, what their nodes tell, and how they are connected to."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._core import forks as _forks
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import InvalidResponse
from tests.unit.core.restores import ROW, subject


def syncing(*updates: dict[str, Any], state: str = "syncing_data") -> dict[str, Any]:
    return {"name": "orders-1", "state": state, "progress_updates": list(updates)}


DONE = {"phase": "prepare", "completed": True, "min": 0, "max": 10, "current": 10, "unit": "bytes"}


def test_a_short_source_is_named_as_it_is() -> None:
    assert _forks.source_tag("shop", "orders") == "shop/orders"
    assert _forks.source_tag("p" * 31, "s" * 32) == "p" * 31 + "/" + "s" * 32


def test_a_long_source_is_cut_and_stays_its_own() -> None:
    long, other = (_forks.source_tag("p" * 60, "s" * 60 + end) for end in ("a", "b"))
    assert len(long) == len(other) == 64
    assert long.startswith("p" * 55 + "-")
    assert long != other


@pytest.mark.parametrize(
    ("state", "nodes", "phase", "progress"),
    [
        ("REBUILDING", [], "rebuilding", "rebuilding"),
        ("RUNNING", [syncing(state="running")], "running", "running"),
        ("", [], "unknown", "unknown"),
        ("REBUILDING", [syncing(state="setting_up_vm")], "setting_up_vm", "setting_up_vm"),
        # Without power of the state nothing is said of updates that are left over.
        ("REBUILDING", [syncing({"phase": "stream", "completed": False}, state="leaving")], "leaving", "leaving"),
        ("REBUILDING", [syncing()], "syncing_data", "syncing_data"),
        ("REBUILDING", [syncing(DONE)], "syncing_data", "syncing_data"),
        (
            "REBUILDING",
            [syncing(DONE, {"phase": "basebackup", "completed": False, "min": 0, "max": 200, "current": 50})],
            "basebackup",
            "basebackup 25 %",
        ),
        (
            "REBUILDING",
            [
                syncing(
                    {
                        "phase": "basebackup",
                        "completed": False,
                        "min": None,
                        "max": 3,
                        "current": 4,
                        "position": {"chain_index": 2, "chain_total": 3, "backup_incremental": True},
                    }
                )
            ],
            "basebackup",
            "basebackup 100 %, part 2 of 3",
        ),
        ("REBUILDING", [syncing({"phase": "stream", "completed": None, "max": 0, "current": 1})], "stream", "stream"),
        ("REBUILDING", [syncing({"phase": "stream", "max": float("nan"), "current": 1})], "stream", "stream"),
        # The first node that is not up tells.
        (
            "REBUILDING",
            [syncing(state="running"), syncing({"phase": "finalize"}), syncing(state="setting_up_vm")],
            "finalize",
            "finalize",
        ),
    ],
)
def test_what_the_nodes_tell(state: str, nodes: list[Any], phase: str, progress: str) -> None:
    seen = subject(state=state, node_states=nodes)
    assert (seen.phase, seen.progress) == (phase, progress)


@pytest.mark.parametrize(
    "odd", [None, {}, "x", [None, 3], [{}], [{"progress_updates": {}}], [{"progress_updates": [1]}]]
)
def test_nodes_that_cannot_be_read_are_no_error(odd: Any) -> None:
    assert subject(node_states=odd).service.name == "orders"


def test_whether_something_has_moved() -> None:
    def at(current: int) -> _forks.ServiceWithNodes:
        return subject(state="REBUILDING", node_states=[syncing({"phase": "stream", "max": 100, "current": current})])

    assert at(40).looks_like(at(40))
    # A percentage that falls is something that moves.
    assert not at(30).looks_like(at(40))
    assert not subject(state="RUNNING").looks_like(subject(state="REBUILDING"))


def test_subjects_of_a_listing() -> None:
    rows = [{**ROW, "service_name": name} for name in ("orders", "other", "orders-restored")]
    # What was not asked for need not be readable.
    found = _forks.parse_services_with_nodes(
        "shop", {"services": [*rows, {"service_name": 3}]}, {"orders", "orders-restored"}
    )
    assert list(found) == ["orders", "orders-restored"]
    for body in ({}, {"services": {}}, {"services": [3]}, []):
        with pytest.raises(InvalidResponse, match="services of project shop"):
            _forks.parse_services_with_nodes("shop", body, {"orders"})


def test_connection() -> None:
    params = {"host": "h", "port": "13579", "user": "u", "password": "p", "dbname": "d", "ssl": "require"}
    body = {"service": {**ROW, "service_uri": "postgres://u:p@h:13579/d", "service_uri_params": params}}
    assert _forks.parse_connection(body) == {
        "host": "h",
        "port": 13579,
        "user": "u",
        "password": "p",
        "dbname": "d",
        "uri": "postgres://u:p@h:13579/d",
    }
    empty = _forks.parse_connection({"service": {**ROW, "service_uri": None}})
    assert set(empty.values()) == {None}
    for odd in ({}, {"service": 3}):
        with pytest.raises(InvalidResponse):
            _forks.parse_connection(odd)


def test_the_ca_of_a_project() -> None:
    assert _forks.parse_project_ca({"certificate": "-----BEGIN"}) == "-----BEGIN"
    with pytest.raises(InvalidResponse, match="certificate"):
        _forks.parse_project_ca({"certificate": None})
