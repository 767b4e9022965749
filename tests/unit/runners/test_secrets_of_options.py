# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which values of a service's user_config are secrets, to be masked wherever they occur."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.offsite.aiven.plugins.module_utils._runners.secrets import secret_values


@pytest.mark.parametrize(
    ("config", "secrets"),
    [
        ({"admin_password": "long enough"}, {"long enough"}),
        # Aiven refuses it as too short, and says it.
        ({"admin_password": "x7"}, {"x7"}),
        ({"admin_password": 12345678}, {"12345678"}),
        ({"api_key": "k1", "ssh": {"private_key": "k2"}, "tokens": ["t1", {"any": "t2"}]}, {"k1", "k2", "t1", "t2"}),
        ({"authorization": "Basic"}, {"Basic"}),
        # A number, an empty text and a flag would be cut out of half of the result.
        ({"max_keys": 3, "password": "", "secret": None, "token": True}, set()),
        ({"valkey_persistence": "rdb", "auth_failure_listeners": {"type": "username"}, "pg_version": "16"}, set()),
    ],
)
def test_secrets(config: dict[str, Any], secrets: set[str]) -> None:
    assert set(secret_values(config)) == secrets
