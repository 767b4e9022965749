# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the API says of a real service is what its folders hold, and only who may sees its password."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from tests.judges.openapi import deviations, needs_document
from tests.simulator.client import Simulator

from .support import (
    PRIMARY,
    SECONDARY,
    SERVICE,
    backups_of,
    epoch,
    fork,
    secondary_range,
    sell,
    server_time,
    sold,
    until,
)


def folder(shop: Simulator, region: str) -> Path:
    """Where a region keeps the base backups of ``orders``."""
    (data,) = shop.sql("shop", "orders", "SHOW data_directory")[0]
    server = Path(data).parent
    (found,) = server.parent.parent.glob(f"regions-*/region-{region}/{server.name}/base")
    return found


def held(shop: Simulator, region: str) -> set[str]:
    return {path.name for path in folder(shop, region).iterdir()}


def copied(shop: Simulator) -> set[str]:
    return {one["backup_name"] for one in backups_of(shop)["backups"] if one["additional_regions"]}


def test_backups_are_those_in_the_folders(shop: Simulator) -> None:
    (first,) = backups_of(shop)["backups"]
    assert (held(shop, PRIMARY), held(shop, SECONDARY)) == ({first["backup_name"]}, set())
    assert (copied(shop), backups_of(shop)["pitr"]["additional_regions"]) == (set(), [])
    shop.replicate("shop", "orders")
    assert held(shop, SECONDARY) == copied(shop) == {first["backup_name"]}
    shop.back_up("shop", "orders")
    assert held(shop, SECONDARY) == copied(shop) == {first["backup_name"]}
    names = {one["backup_name"] for one in backups_of(shop)["backups"]}
    assert len(names) == 2
    assert held(shop, PRIMARY) == names
    listed = shop.api("GET", "/project/shop/service")[1]["services"][0]["backups"]
    assert listed == backups_of(shop)["backups"] == shop.api("GET", SERVICE)[1]["service"]["backups"]
    assert listed[0]["data_size"] > 1_000_000


def test_the_plan_says_how_many_backups_are_kept(shop: Simulator) -> None:
    assert shop.api("PUT", SERVICE, {"plan": "startup-4"})[0] == 200
    for _backup in range(2):
        shop.replicate("shop", "orders")
        shop.back_up("shop", "orders")
    names = [one["backup_name"] for one in backups_of(shop)["backups"]]
    assert len(names) == 2
    assert held(shop, PRIMARY) == set(names)
    assert held(shop, SECONDARY) == copied(shop) == {names[0]}


def test_the_range_ends_where_all_that_was_committed_before_replication_is_in_it(shop: Simulator) -> None:
    before = server_time(shop)
    shop.replicate("shop", "orders")
    start, end = secondary_range(shop)
    assert epoch(start) <= epoch(before) <= epoch(end) <= epoch(shop.clock()["now"])
    assert shop.service("shop", "orders")["restore_point"] == end
    late = {"service_to_fork_from": "orders", "recovery_target_time": server_time(shop)}
    body = {"service_name": "late", "service_type": "pg", "plan": "business-4", "cloud": SECONDARY}
    status, answer = shop.api("POST", "/project/shop/service", {**body, "user_config": late})
    assert (status, "must be between" in answer["message"]) == (400, True)


def test_a_region_that_is_set_by_the_api_gets_a_base_backup(postgres: Simulator) -> None:
    postgres.add_project("shop")
    postgres.add_service("shop", "orders", plan="business-4")
    region = {"user_config": {"additional_backup_regions": [SECONDARY]}}
    assert postgres.api("PUT", SERVICE, region)[0] == 200
    assert postgres.replicate("shop", "orders")["replicated_backups"] == 1
    assert len(backups_of(postgres)["backups"]) == 2
    assert postgres.api("PUT", SERVICE, {"user_config": {"additional_backup_regions": []}})[0] == 200
    assert copied(postgres) == set()
    with pytest.raises(RuntimeError, match="has no secondary region"):
        postgres.replicate("shop", "orders")


def test_a_paused_copy_is_not_replicated(shop: Simulator) -> None:
    shop.patch("shop", "orders", pause={"reason": "full"})
    with pytest.raises(RuntimeError, match="paused or stopped"):
        shop.replicate("shop", "orders")
    shop.patch("shop", "orders", resume=True)
    assert shop.replicate("shop", "orders")["replicated_backups"] == 1


def test_replication_can_go_on_by_itself(shop: Simulator) -> None:
    shop.config(replicate_every=0.2)
    shop.replicate("shop", "orders")
    first = shop.service("shop", "orders")["restore_point"]
    until(lambda: shop.service("shop", "orders")["restore_point"] != first)


def test_the_password_is_shown_only_to_who_asks_and_may(shop: Simulator) -> None:
    shown = shop.api("GET", f"{SERVICE}?include_secrets=true")[1]["service"]
    password = shown["service_uri_params"]["password"]
    assert [user["password"] for user in shown["users"]] == [password] * 2
    (uri,) = shown["connection_info"]["pg"]
    assert uri == shown["service_uri"]
    plain = shop.api("GET", SERVICE)[1]["service"]
    assert password not in str(plain)
    assert "<redacted>" in plain["service_uri"]
    shop.add_token("reader", roles={"*": ["read_only"]})
    assert shop.api("GET", f"{SERVICE}?include_secrets=true", token="reader")[0] == 403
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(shown["service_uri"].replace(password, "wrong"))
    with pytest.raises(psycopg.OperationalError, match="no encryption"):
        psycopg.connect(shown["service_uri"], sslmode="disable")


def test_each_project_has_its_own_authority(shop: Simulator, tmp_path: Path) -> None:
    shop.add_project("other")
    ours, theirs = (shop.api("GET", f"/project/{name}/kms/ca")[1]["certificate"] for name in ("shop", "other"))
    assert ours != theirs
    (tmp_path / "ca.pem").write_text(theirs)
    uri = shop.api("GET", f"{SERVICE}?include_secrets=true")[1]["service"]["service_uri"]
    with pytest.raises(psycopg.OperationalError, match="certificate verify failed"):
        psycopg.connect(uri, sslmode="verify-full", sslrootcert=str(tmp_path / "ca.pem"))


@needs_document
def test_answers_are_those_of_the_document(shop: Simulator) -> None:
    shop.replicate("shop", "orders")
    shop.restores(service="hangs", hang="stream")
    body = {"service_name": "hangs", "service_type": "pg", "plan": "business-4", "cloud": SECONDARY}
    _status, created = shop.api(
        "POST", "/project/shop/service", {**body, "user_config": {"service_to_fork_from": "orders"}}
    )
    fork(shop, "copy", SECONDARY)
    assert deviations("ServiceCreate", created) == []
    for operation, path in (
        ("ServiceList", "/project/shop/service"),
        ("ServiceGet", SERVICE),
        ("ServiceGet", f"{SERVICE}?include_secrets=true"),
        ("ServiceGet", "/project/shop/service/hangs"),
        ("ServiceGet", "/project/shop/service/copy"),
        ("ServiceBackupsGet", f"{SERVICE}/backups"),
        ("ServiceBackupsGet", "/project/shop/service/copy/backups"),
        ("ProjectKmsGetCA", "/project/shop/kms/ca"),
    ):
        status, answer = shop.api("GET", path)
        assert status == 200, path
        assert deviations(operation, answer) == [], path


def test_a_deleted_service_takes_its_server_along(shop: Simulator) -> None:
    uri = shop.api("GET", f"{SERVICE}?include_secrets=true")[1]["service"]["service_uri"]
    assert shop.api("DELETE", SERVICE)[0] == 200
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        psycopg.connect(uri)
    shop.add_service("shop", "orders", plan="business-4", region=SECONDARY)
    (table,) = shop.sql("shop", "orders", "SELECT to_regclass('sales')")[0]
    assert table is None, "the next one of that name is another"


def test_a_destroyed_server_answers_nobody(shop: Simulator) -> None:
    sell(shop, 1)
    assert sold(shop) == [1]
    shop.destroy_region(PRIMARY)
    with pytest.raises(psycopg.OperationalError, match="Connection refused"):
        sold(shop)
    for call in (shop.back_up, shop.replicate):
        with pytest.raises(RuntimeError, match="409"):
            call("shop", "orders")
