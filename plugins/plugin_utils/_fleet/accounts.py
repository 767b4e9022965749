# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts that a run works with. Hosts may have tokens of their own: there is one client, with one gate for the rate
limit, for each different connection.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    CONNECTION_VARIABLES,
    connection_of,
    connection_options,
    misread_option,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.circuit_breaker import CircuitBreaker
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import CallCounter, Connection
from ansible_collections.offsite.aiven.plugins.module_utils._runners.write_check import Facts


@dataclass(frozen=True, eq=False)
class Account:
    """A client and what is known through it. ``number`` tells the accounts of a run apart."""

    number: int
    client: AivenClient
    facts: Facts
    breaker: CircuitBreaker


class Accounts:
    """Finds the account of each host. ``params`` are the validated connection options of the task; those that it was given
    itself (``given``) hold for all hosts. ``guard`` is called before each request.
    """

    def __init__(
        self, params: Mapping[str, Any], given: Collection[str] = (), guard: Callable[[], None] | None = None
    ) -> None:
        self._params = params
        self._guard = guard
        self._open = {option: name for option, name in CONNECTION_VARIABLES.items() if option not in given}
        self._by_connection: dict[Connection, Account] = {}
        self._by_variables: dict[tuple[Any, ...], Account | AivenError] = {}

    @property
    def default(self) -> Account:
        """The account of the task itself. Raises AivenError where its options cannot be used."""
        return self.of({})

    def of(self, variables: Mapping[str, Any]) -> Account:
        """The account of a host with these variables. Raises AivenError where they make no connection."""
        own = {option: variables.get(name) for option, name in self._open.items()}
        key = tuple(str(value) for value in own.values())
        if key not in self._by_variables:
            try:
                self._by_variables[key] = self._account({option: own[option] for option in own if _given(own[option])})
            except AivenError as error:
                self._by_variables[key] = error
        found = self._by_variables[key]
        if isinstance(found, AivenError):
            raise found
        return found

    @property
    def api_calls(self) -> dict[str, Any]:
        """The ``api_calls`` of a result: those of all accounts together."""
        total: Counter[str] = Counter(CallCounter().as_dict())
        for account in self._by_connection.values():
            total.update(account.client.api_calls)
        return {key: round(value, 3) for key, value in sorted(total.items())}

    def retirements(self) -> list[str]:
        """Warnings about calls that Aiven retires, those of all accounts, each once."""
        accounts = self._by_connection.values()
        return list(dict.fromkeys(text for account in accounts for text in account.client.retirements.take()))

    def _account(self, own: Mapping[str, Any]) -> Account:
        connection = connection_of({**self._params, **_validated(own)})
        if connection not in self._by_connection:
            client = AivenClient(connection)
            client.transport.guard = self._guard
            number = len(self._by_connection)
            self._by_connection[connection] = Account(number, client, Facts(client), CircuitBreaker())
        return self._by_connection[connection]


def _given(value: object) -> bool:
    return value is not None and str(value) != ""


def _validated(own: Mapping[str, Any]) -> dict[str, Any]:
    if not own:
        return {}
    spec = {option: connection_options()[option] for option in own}
    checked = ArgumentSpecValidator(spec).validate(dict(own))
    if checked.error_messages:
        names = ", ".join(CONNECTION_VARIABLES[option] for option in own)
        mistake = misread_option(spec, own) or "; ".join(checked.error_messages)
        raise AivenError("invalid_target", f"a connection cannot be made of {names}: {mistake}")
    return dict(checked.validated_parameters)
