# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection's actions that call the API do around their work: options in, result out, failures as data."""

from __future__ import annotations

import gc
import os
import re
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    client_of,
    connection_options,
    misread_option,
    not_a_dictionary,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import CallCounter
from ansible_collections.offsite.aiven.plugins.module_utils._core.words import counted

# Garbage is looked for after so many new objects, not after 700: the listings of a fleet make millions, and no cycles.
_OBJECTS_BETWEEN_COLLECTIONS = 100_000
_MOST_WARNINGS = 10
# Without these an action works for more than was meant, so an empty one is a mistake.
_NEVER_EMPTY = frozenset({"targets", "region"})


class AivenAction(ActionBase):
    """An action with the connection options, whose every result has ``api_calls`` and whose failures have ``error``."""

    TRANSFERS_FILES = False
    _supports_check_mode = True
    _supports_async = False

    # Further arguments of validate_argument_spec.
    constraints: ClassVar[dict[str, Any]] = {}
    # Options and the variables from which the playbooks and the role take them.
    variables: ClassVar[dict[str, str]] = {}

    def argument_spec(self) -> dict[str, Any]:
        """The options besides the connection."""
        raise NotImplementedError

    def perform(self, client: AivenClient, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """The work; its result may be a failed one. Raises AivenError."""
        raise NotImplementedError

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result: dict[str, Any] = super().run(tmp, task_vars)
        # This process is the task's own. What it inherited stays, and the search for garbage would copy it page by page.
        gc.freeze()
        gc.set_threshold(_OBJECTS_BETWEEN_COLLECTIONS, 20, 20)
        self.api_calls = CallCounter().as_dict()
        try:
            result.update(self.work(self._params(), task_vars or {}))
        except AivenError as error:
            error = self.with_variable(error)
            result.update(failed=True, msg=error.message, error=error.as_dict())
        result.setdefault("changed", False)
        result["api_calls"] = self.api_calls
        return result

    def work(self, params: dict[str, Any], task_vars: dict[str, Any]) -> dict[str, Any]:
        """Performs with the client that the options make."""
        client = client_of(params)
        try:
            return self.perform(client, params, task_vars)
        finally:
            self.api_calls = client.api_calls
            self._warn(client.retirements.take())

    def _warn(self, warnings: Iterable[str]) -> None:
        """Shows the first of them: a fleet has as many as it has services."""
        texts = list(warnings)
        for text in texts[:_MOST_WARNINGS]:
            self._display.warning(text)
        if len(texts) > _MOST_WARNINGS:
            self._display.warning(f"and {counted(len(texts) - _MOST_WARNINGS, 'more warning')} of this task")

    def _params(self) -> dict[str, Any]:
        for variables in self._task.environment or []:
            # The environment of a task reaches modules only; this process is the task's own.
            os.environ.update({str(key): str(value) for key, value in (variables or {}).items()})
        spec = {**connection_options(), **self.argument_spec()}
        self._task.args = given_options(self._task.args, spec)
        try:
            _validated, params = self.validate_argument_spec(spec, **self.constraints)
        except (AnsibleActionFail, TypeError) as error:
            mistake = not_a_dictionary(spec, self._task.args)
            if mistake is None and isinstance(error, TypeError):
                raise
            message = misread_option(spec, self._task.args) or (str(error) if mistake is None else f"{mistake}.")
            raise AivenError("invalid_target", f"{message}{self._variables_in(message)}") from None
        return dict(params)

    def with_variable(self, error: AivenError) -> AivenError:
        """A mistake that begins with the option that has it also names the variable behind that, once."""
        option = error.message.partition(" ")[0].removesuffix(":")
        if error.code != "invalid_target" or option not in self.variables or self.variables[option] in error.message:
            return error
        return AivenError("invalid_target", f"{error.message}{self._variables_in(option)}")

    def _variables_in(self, message: str) -> str:
        """The variables behind the options that a message names, for who knows but the playbooks."""
        named = [name for option, name in self.variables.items() if re.search(rf"\b{option}\b", message)]
        return f" (In the playbooks and the role: {', '.join(named)}.)" if named else ""


def given_options(arguments: Mapping[str, Any], spec: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were given. An empty one was not: so AWX sends the answer to a question that nobody answered. A list
    may be a text with commas, or with a line for each, as AWX sends a multiple selection.
    """
    given = {}
    for option, value in arguments.items():
        if value in (None, "") and option not in _NEVER_EMPTY:
            continue
        if isinstance(value, str) and spec.get(option, {}).get("type") == "list":
            value = [part.strip() for part in re.split(r"[,\n]", value) if part.strip()]
        given[option] = value
    return given
