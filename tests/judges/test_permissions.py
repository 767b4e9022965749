# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may do what: roles and permissions of a project, scopes of a token."""

from __future__ import annotations

import pytest

from tests.simulator.client import Simulator

from .support import NEW, SERVICE, fork, refused


@pytest.mark.parametrize(
    ("roles", "may", "may_not"),
    [
        (
            ["project:services:read"],
            ["GET "],
            ["PUT ", "GET /backups", "POST /backup_to_another_region/report", "DELETE ", "GET /tags"],
        ),
        (
            ["service:configuration:write"],
            ["PUT ", "GET /backups", "POST /backup_to_another_region/report"],
            ["GET ", "DELETE "],
        ),
        (["project:services:read", "service:configuration:write"], ["GET ", "PUT ", "GET /backups"], ["DELETE "]),
        (["read_only"], ["GET "], ["PUT ", "GET /backups", "DELETE "]),
        (["admin"], ["GET ", "PUT ", "GET /backups", "DELETE "], []),
        ([], [], ["GET ", "PUT "]),
    ],
)
def test_permissions(shop: Simulator, roles: list[str], may: list[str], may_not: list[str]) -> None:
    shop.add_token("limited", user="limited@example.org", roles={"shop": roles} if roles else {})
    for call in (*may, *may_not):
        method, _space, rest = call.partition(" ")
        body = {} if method in ("PUT", "POST") else None
        status = shop.api(method, SERVICE + rest, body, "limited")[0]
        assert status == (200 if call in may else 403), call


# Aiven's permissions.yaml asks for a role where one would expect project:services:read.
FOR_ROLES = (
    "/service-types/pg",
    "/service-types/pg/plans/business-4",
    "/pricing/service-types/pg/plans/business-4/clouds/aws-eu-west-1",
    "/tags",
    "/alerts",
    "/service/orders-pg/alerts",
)
FOR_READERS = ("", "/service", "/service/orders-pg", "/service_types", "/service-types")


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        ("project:services:read", FOR_READERS, FOR_ROLES),
        ("role:services:maintenance", FOR_READERS, FOR_ROLES),
        ("role:services:recover", FOR_READERS, FOR_ROLES),
        ("project:services:write", FOR_READERS, FOR_ROLES),
        ("read_only", (*FOR_READERS, *FOR_ROLES), ()),
        ("developer", (*FOR_READERS, *FOR_ROLES), ()),
        ("operator", (*FOR_READERS, *FOR_ROLES), ()),
        ("admin", (*FOR_READERS, *FOR_ROLES), ()),
    ],
)
def test_what_needs_a_role(shop: Simulator, role: str, may: tuple[str, ...], may_not: tuple[str, ...]) -> None:
    shop.add_token("limited", user="limited@example.org", roles={"shop": [role]})
    for path in may:
        assert shop.api("GET", f"/project/shop{path}", token="limited")[0] == 200, path
    for path in may_not:
        refused(shop, "GET", f"/project/shop{path}", None, 403, "does not allow this operation", token="limited")


def test_who_may_recover_may_fork_but_not_create(shop: Simulator) -> None:
    shop.add_token("limited", user="limited@example.org", roles={"shop": ["role:services:recover"]})
    refused(shop, "POST", "/project/shop/service", NEW, 403, "does not allow this operation", token="limited")
    assert shop.api("POST", "/project/shop/service", fork(), token="limited")[0] == 200


def test_who_is_not_a_member_sees_nothing(shop: Simulator) -> None:
    shop.add_project("other")
    shop.add_token("limited", user="limited@example.org", roles={"other": ["project:services:read"]})
    assert shop.api("GET", "/me", token="limited")[1]["user"]["project_memberships"] == {
        "other": ["project:services:read"]
    }
    refused(shop, "GET", "/project/shop/service", None, 403, "Not a project member", token="limited")
    refused(shop, "GET", "/project/other/clouds", None, 403, "does not allow", token="limited")
    assert shop.api("GET", "/clouds", token="nonsense")[0] == 200, "public without a token"


def test_scopes(shop: Simulator) -> None:
    shop.add_token("reader", scopes=["services:read"])
    assert shop.api("GET", SERVICE, token="reader")[0] == 200
    refused(shop, "PUT", SERVICE, {}, 403, "services:write is needed", token="reader")
    refused(shop, "POST", f"{SERVICE}/metrics", {}, 403, "services:write is needed", token="reader")


def test_tokens(shop: Simulator) -> None:
    refused(shop, "GET", "/me", None, 401, "Invalid token", token="nonsense")
    shop.add_token("old", expired=True)
    refused(shop, "GET", "/me", None, 401, "Missing (expired) db token", token="old")
