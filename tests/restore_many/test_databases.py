# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three real databases whose region is gone: after the playbook restore, exactly what was replicated is there."""

from __future__ import annotations

from pathlib import Path

from tests.fleet.support import HOME, Site
from tests.region_down.region import READY
from tests.restore_many.support import made, mapping, priority, restore
from tests.simulator.client import Simulator
from tests.simulator.fixtures import postgres, postgres_process

__all__ = ["postgres", "postgres_process"]

# Name -> its priority, and what is in it, but not in what was replicated.
DATABASES = {"orders": 2, "customers": 1, "stock": 3}


def rows(postgres: Simulator, name: str) -> list[int]:
    return [row[0] for row in postgres.sql("shop", name, "SELECT id FROM facts ORDER BY id")]


def write(postgres: Simulator, name: str, first: int, last: int) -> None:
    postgres.sql("shop", name, "INSERT INTO facts SELECT generate_series(%s::int, %s::int)", [first, last])


def test_what_was_replicated_is_there_and_nothing_else(tmp_path: Path, postgres: Simulator) -> None:
    facts = {key: value for key, value in READY.items() if key != "region_age_hours"}
    for number, (name, place) in enumerate(DATABASES.items(), 1):
        postgres.add_service("shop", name, tags=priority(place), cloud=HOME, **facts)
        postgres.sql("shop", name, "CREATE TABLE facts (id int PRIMARY KEY)")
        write(postgres, name, 1, number * 10)
        postgres.back_up("shop", name)
        postgres.replicate("shop", name)
        write(postgres, name, 1000, 1005)
    postgres.clear_requests()
    postgres.destroy_region(HOME)
    # Nobody can be asked up to when they can be restored, so it is their newest base backups.
    site = Site(tmp_path, postgres)
    run = restore(site)
    assert run.returncode == 0, run.output
    assert made(postgres) == ["customers-restored", "orders-restored", "stock-restored"]
    for number, name in enumerate(DATABASES, 1):
        assert rows(postgres, f"{name}-restored") == list(range(1, number * 10 + 1))
    for row in mapping(site)["services"]:
        assert row["new"]["port"] == postgres.service("shop", row["new"]["service_name"])["port"]


def test_with_answers_about_backups_all_that_was_replicated_comes_back(tmp_path: Path, postgres: Simulator) -> None:
    postgres.add_service("shop", "orders", cloud=HOME, plan=READY["plan"], region=READY["region"])
    postgres.sql("shop", "orders", "CREATE TABLE facts (id int PRIMARY KEY)")
    postgres.back_up("shop", "orders")
    write(postgres, "orders", 1, 5)
    postgres.replicate("shop", "orders")
    write(postgres, "orders", 6, 9)
    run = restore(Site(tmp_path, postgres))
    assert run.returncode == 0, run.output
    assert rows(postgres, "orders-restored") == [1, 2, 3, 4, 5]
