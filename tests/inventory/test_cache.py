# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cache: no call on a hit, never the wrong services, nothing secret, and no trust in what it holds."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.inventory.support import Inventories, Listing
from tests.simulator.client import Simulator

SECRET = "canary-service-password"


@pytest.fixture
def fleet(simulator: Simulator) -> Simulator:
    simulator.config(leak_secrets=SECRET)
    simulator.seed(24)
    return simulator


def cached(inventories: Inventories, config: dict[str, Any] | None = None, *arguments: str, **kwargs: str) -> Listing:
    settings = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
    return inventories.list({**settings, **(config or {})}, *arguments, **kwargs)


def cache_files(inventories: Inventories) -> list[Path]:
    return sorted((inventories.folder / "cache").iterdir())


def test_a_hit_makes_no_call(inventories_of_any_core: Inventories, fleet: Simulator) -> None:
    first = cached(inventories_of_any_core)
    fleet.clear_requests()
    second = cached(inventories_of_any_core)
    assert fleet.calls() == 0
    assert len(second.hosts) == 24
    assert second.data == first.data
    assert "WARNING" not in second.output


def test_filters_names_and_expressions_share_what_was_read(inventories: Inventories, fleet: Simulator) -> None:
    cached(inventories)
    fleet.clear_requests()
    listing = cached(
        inventories,
        {
            "service_types": ["pg"],
            "hostname": "PROJECT.SERVICE",
            "on_project_error": "warn",
            "keyed_groups": [{"key": "aiven_plan", "prefix": "plan"}],
        },
    )
    assert fleet.calls() == 0
    assert {host["aiven_service_type"] for host in listing.hosts.values()} == {"pg"}
    assert any(name.startswith("plan_") for name in listing.groups)


@pytest.mark.parametrize(
    "config",
    [{"projects": ["sandbox"]}, {"organizations": ["org-acme-labs"]}, {"rpo_target": 1}],
    ids=["projects", "organizations", "rpo_target"],
)
def test_what_else_is_read_is_cached_apart(inventories: Inventories, fleet: Simulator, config: dict[str, Any]) -> None:
    cached(inventories)
    fleet.clear_requests()
    cached(inventories, config)
    assert fleet.calls() > 0


def test_a_token_sees_only_what_it_may(inventories: Inventories, fleet: Simulator) -> None:
    fleet.add_token("small", user="small@example.org", roles={"sandbox": ["read_only"]})
    cached(inventories)
    listing = cached(inventories, AIVEN_TOKEN="small")
    assert {host["aiven_project"] for host in listing.hosts.values()} == {"sandbox"}
    assert "small" not in " ".join(path.name for path in cache_files(inventories))


def test_flush_cache_reads_again(inventories: Inventories, fleet: Simulator) -> None:
    cached(inventories)
    fleet.add_service("sandbox", "newcomer", service_type="pg", cloud="do-ams", plan="business-4")
    assert "newcomer.sandbox" not in cached(inventories).hosts
    assert "newcomer.sandbox" in cached(inventories, None, "--flush-cache").hosts
    assert "newcomer.sandbox" in cached(inventories).hosts


def test_an_incomplete_reading_is_not_kept(inventories: Inventories, fleet: Simulator) -> None:
    fleet.fault(kind="403", path="/project/sandbox/service")
    config = {"on_project_error": "warn"}
    assert not any(name.endswith(".sandbox") for name in cached(inventories, config).hosts)
    assert any(name.endswith(".sandbox") for name in cached(inventories, config).hosts)


def test_no_secret_is_kept(inventories: Inventories, fleet: Simulator) -> None:
    assert SECRET in json.dumps(fleet.api("GET", "/project/sandbox/service")[1]), "or this proves nothing"
    listing = cached(inventories, None, "-vvvv")
    (path,) = cache_files(inventories)
    for text in (path.read_text(), path.name, listing.run.output, json.dumps(listing.data)):
        assert SECRET not in text
        assert fleet.token not in text


def change(path: Path, changed: dict[str, Any]) -> None:
    """Change what the plugin has put into the cache. Newer cores keep it as a text in an envelope."""
    found = json.loads(path.read_text())
    envelope = "__payload__" in found
    value = {**(json.loads(found["__payload__"]) if envelope else found), **changed}
    path.write_text(json.dumps({"__payload__": json.dumps(value)} if envelope else value))


@pytest.mark.parametrize(
    "changed",
    [
        {"format": 0},
        {"projects": "many"},
        {"projects": "7"},
        {"projects": True},
        {"projects": -1},
        {"projects": 1e400},
        {"clouds": "7"},
        {"clouds": '["x"]'},
        {"services": '{"abcdefghijk": 1}'},
        {"services": "null"},
        {"services": []},
        {"services": "no JSON"},
        {"services": "[[1]]"},
        {"services": "[[1, 2, 3, 4, 5, 6, 7, 8, {}, 10, 11]]"},
        {"services": '[["p", "s", "pg", "b", "c", null, "c", "RUNNING", {"tag": 1}, null, "disabled"]]'},
    ],
    ids=str,
)
def test_what_cannot_be_used_is_read_again(inventories: Inventories, fleet: Simulator, changed: dict[str, Any]) -> None:
    cached(inventories)
    (path,) = cache_files(inventories)
    change(path, changed)
    listing = cached(inventories)
    assert listing.run.returncode == 0, listing.output
    assert len(listing.hosts) == 24
    assert "asking the API" in listing.output
    assert "Traceback" not in listing.output
    assert "WARNING" not in cached(inventories).output, "what was read again is kept"


@pytest.mark.parametrize(
    "content",
    [
        [],
        [1, 2],
        "text",
        7,
        None,
        True,
        {},
        {"__payload__": 7},
        {"__payload__": "[]"},
        {"__payload__": "no JSON"},
        {"plugin": "another", "services": {}},
    ],
    ids=str,
)
def test_a_file_of_another_shape_is_read_again(
    inventories_of_any_core: Inventories, fleet: Simulator, content: Any
) -> None:
    cached(inventories_of_any_core)
    (path,) = cache_files(inventories_of_any_core)
    path.write_text(json.dumps(content))
    listing = cached(inventories_of_any_core)
    assert listing.run.returncode == 0, listing.output
    assert len(listing.hosts) == 24
    assert "asking the API" in listing.output
    assert "Traceback" not in listing.output
    assert "WARNING" not in cached(inventories_of_any_core).output, "what was read again is kept"


def test_a_file_that_is_broken_is_read_again(inventories_of_any_core: Inventories, fleet: Simulator) -> None:
    cached(inventories_of_any_core)
    (path,) = cache_files(inventories_of_any_core)
    path.write_text(path.read_text()[:-10])
    listing = cached(inventories_of_any_core)
    assert len(listing.hosts) == 24, listing.output
    assert "asking the API" in listing.output
