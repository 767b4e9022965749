# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""SQL on the real services of a simulator, as a user would send it: over TLS, by the address and the password that Aiven shows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import psycopg

    from ..client import Simulator

CONNECT_WITHIN = 10


@contextmanager
def connection(simulator: Simulator, project: str, service: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection whose certificate was held against the project's CA; what was done in it is committed at its end."""
    import psycopg  # of the tests' requirements: the simulator itself goes without

    shown = simulator.api("GET", f"/project/{project}/service/{service}?include_secrets=true")[1]["service"]
    certificate = simulator.api("GET", f"/project/{project}/kms/ca")[1]["certificate"]
    with tempfile.NamedTemporaryFile("w", suffix=".pem") as authority:
        authority.write(certificate)
        authority.flush()
        with psycopg.connect(
            shown["service_uri"],
            connect_timeout=CONNECT_WITHIN,
            sslmode="verify-full",
            sslrootcert=authority.name,
        ) as made:
            yield made


def run(
    simulator: Simulator, project: str, service: str, query: str, parameters: Sequence[Any] = ()
) -> list[tuple[Any, ...]]:
    """The rows that a statement returns, none for one that returns nothing; committed."""
    with connection(simulator, project, service) as made:
        cursor = made.execute(query, parameters)
        return cursor.fetchall() if cursor.description else []
