# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The waves of a run are those that `serial` would make of the hosts within --limit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader

from ansible_collections.offsite.aiven.plugins.lookup.aiven_waves import LookupModule

HOSTS = [f"db-{number}.shop" for number in range(10)]
GROUPS = {
    "all": ["bastion", *HOSTS],
    "ungrouped": ["bastion"],
    "aiven_services": HOSTS,
    "aiven_type_pg": HOSTS[::2],
    "aiven_cloud_aws": HOSTS[:3],
}


def waves(*sizes: Any, limit: str | None = None, groups: dict[str, list[str]] | None = None) -> list[list[str]]:
    variables: dict[str, Any] = {"groups": GROUPS if groups is None else groups}
    if limit is not None:
        variables["ansible_limit"] = limit
    lookup = LookupModule(loader=DataLoader())
    lookup._load_name = "offsite.aiven.aiven_waves"
    lookup.set_options = lambda **_options: None
    return lookup.run(list(sizes), variables)


@pytest.mark.parametrize(
    ("sizes", "lengths"),
    [
        ([], [10]),
        (["100%"], [10]),
        (["1,10%,100%"], [1, 1, 8]),
        ([["1", "10%", "100%"]], [1, 1, 8]),
        (["1", "30%"], [1, 3, 3, 3]),
        ([4], [4, 4, 2]),
        ([" 2 , 5 "], [2, 5, 3]),
        (["1%"], [1] * 10),
        (["20"], [10]),
    ],
)
def test_sizes_are_counts_or_percentages_and_the_last_repeats(sizes: list[Any], lengths: list[int]) -> None:
    found = waves(*sizes)
    assert [len(wave) for wave in found] == lengths
    assert [name for wave in found for name in wave] == HOSTS


@pytest.mark.parametrize("wrong", ["0", "many", "-1", "0%", "1.5", "", "10%%", "1,,2", None])
def test_what_is_no_size_is_named(wrong: object) -> None:
    with pytest.raises(AnsibleError, match="not the size of a wave") as failed:
        waves("1", wrong)
    assert "such as 1,10%,100%" in str(failed.value)


@pytest.mark.parametrize(
    ("limit", "left"),
    [
        ("db-3.shop", [3]),
        ("db-3.shop,db-1.shop", [1, 3]),
        ("aiven_type_pg", [0, 2, 4, 6, 8]),
        ("aiven_type_pg:&aiven_cloud_aws", [0, 2]),
        ("all:!aiven_cloud_aws", [3, 4, 5, 6, 7, 8, 9]),
        ("aiven_services[2:4]", [2, 3, 4]),
        ("~db-[89][.]", [8, 9]),
        ("db-*", list(range(10))),
    ],
)
def test_only_hosts_within_the_limit_take_part(limit: str, left: list[int]) -> None:
    assert waves(limit=limit) == [[HOSTS[number] for number in left]]


def test_a_limit_may_name_a_file(tmp_path: Path) -> None:
    path = tmp_path / "rollout.retry"
    path.write_text("db-7.shop\ndb-2.shop\n")
    assert waves("1", limit=f"@{path}") == [["db-2.shop"], ["db-7.shop"]]


@pytest.mark.parametrize("groups", [{}, {"all": ["bastion"]}, {"aiven_services": []}])
def test_an_inventory_without_services_is_refused(groups: dict[str, list[str]]) -> None:
    with pytest.raises(AnsibleError, match=r"no host in the group aiven_services.*check the inventory source"):
        waves(groups=groups)


def test_a_limit_that_leaves_no_service_is_refused() -> None:
    with pytest.raises(AnsibleError, match="within --limit bastion"):
        waves(limit="bastion")
