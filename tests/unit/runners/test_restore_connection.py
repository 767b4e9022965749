# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to connect to a fork: with which calls and permissions, and that it is read for nobody who does not ask."""

from __future__ import annotations

from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import source_tag
from ansible_collections.offsite.aiven.plugins.module_utils._runners.restore import order_of, run
from tests.unit.api.fake_api import PROJECT, FakeApi, service_row
from tests.unit.conftest import MakeClient
from tests.unit.runners.restores import Bench, calls, code, options


def test_how_to_connect(bench: Bench) -> None:
    made = bench.restore(wait=True, connection=True)
    secret = made["connection"]
    assert set(secret) == {"host", "port", "user", "password", "dbname", "uri", "ca"}
    assert (secret["user"], secret["dbname"]) == ("avnadmin", "defaultdb")
    assert secret["host"].startswith("orders-restored-shop.")
    assert secret["password"] in secret["uri"]
    queries = [entry for entry in bench.simulator.requests() if entry["query"]]
    assert [(entry["path"], entry["query"]) for entry in queries] == [
        ("/project/shop/service/orders-restored", "include_secrets=true")
    ]
    again = bench.restore(connection=True)
    assert (again["connection"], again["changed"], calls(again)) == (secret, False, 3)
    assert "connection" not in bench.restore(connection=True, check_mode=True)


def test_the_ca_of_the_project(api: FakeApi, make_client: MakeClient) -> None:
    name, label = "copy", source_tag(PROJECT, "orders")
    tags = {"offsite_fork_source": label, "offsite_fork_purpose": "restore"}
    api.service = service_row(
        service_name=name, tags=tags, service_uri_params={"host": "h"}, service_uri="postgres://h"
    )
    api.answers[f"/v1/project/{PROJECT}/kms/ca"] = {"certificate": "-----BEGIN CERTIFICATE-----"}
    order = order_of(options(project=PROJECT, service_name="orders", fork_name=name, connection=True))
    result = run(make_client(), order, check_mode=False, tell=lambda text: None)
    assert code(result) is None
    assert result["connection"]["host"] == "h"
    assert result["connection"]["ca"] == "-----BEGIN CERTIFICATE-----"
    assert [seen.query for seen in api.seen] == ["", "include_secrets=true", ""]


def test_a_ca_that_cannot_be_read_is_a_warning(bench: Bench) -> None:
    bench.simulator.fault(kind="403", path="*/kms/ca", count=None)
    result = bench.restore(connection=True)
    assert result["connection"]["ca"] is None
    assert "the CA certificate of shop could not be read" in result["warnings"][0]


def test_a_token_that_may_not_read_secrets_is_told_so(bench: Bench) -> None:
    roles = {"*": ["project:services:write", "developer"]}
    bench.simulator.add_token("no-secrets", roles=roles)
    result = bench.restore(client=bench.client(api_token="no-secrets"), connection=True)
    assert (code(result), result["changed"]) == ("permission_denied", True)
    assert "service:secrets:read" in result["msg"]
