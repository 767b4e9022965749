# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of the collection does around its work: options in, result out, failures as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import (
    client_of,
    connection_options,
    misread_option,
    not_a_dictionary,
)
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError, error_of
from ansible_collections.offsite.aiven.plugins.module_utils._api.transport import CallCounter
from ansible_collections.offsite.aiven.plugins.module_utils._runners.secrets import SHORTEST_UNSURE, secret_values

_MASK = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


class AivenModule(AnsibleModule):
    """An AnsibleModule with the connection options, whose every result has ``api_calls`` and whose failures have ``error``."""

    def __init__(self, argument_spec: Mapping[str, Any], **kwargs: Any) -> None:
        spec = {**connection_options(), **argument_spec}
        try:
            super().__init__(argument_spec=spec, supports_check_mode=True, **kwargs)
        except TypeError:
            if (mistake := not_a_dictionary(spec, self.params)) is None:
                raise
            self.fail_json(f"{mistake}.")
        self._mask_secrets_only()

    def fail_json(self, msg: str, **kwargs: Any) -> NoReturn:
        """Failures of the options themselves come here from ansible-core: they get an ``error`` as well."""
        if "error" not in kwargs:
            if (mistake := not_a_dictionary(self.argument_spec, self.params)) is not None:
                msg = msg if msg.startswith(mistake) else f"{mistake}: {msg}"
            msg = misread_option(self.argument_spec, self.params) or msg
        self._mask_secrets_only()
        kwargs.setdefault("error", error_of("invalid_target", msg))
        kwargs.setdefault("api_calls", CallCounter().as_dict())
        kwargs.setdefault("invocation", {"module_args": self._public_params(understood=False)})
        super().fail_json(msg, **kwargs)

    def perform(self, work: Callable[[AivenClient], dict[str, Any]]) -> NoReturn:
        """Runs ``work``, whose result may hold ``error``, and ends the module with it."""
        client = None
        try:
            client = client_of(self.params)
            result = work(client)
        except AivenError as error:
            result = {"error": error.as_dict()}
        calls = client.api_calls if client is not None else CallCounter().as_dict()
        result.update(api_calls=calls, invocation={"module_args": self._public_params()})
        retirements = client.retirements.take() if client is not None else []
        for warning in [*result.pop("warnings", ()), *retirements]:
            self.warn(warning)
        if (failure := result.get("error")) is not None:
            self.fail_json(failure["message"], **result)
        self.exit_json(**result)

    def _public_params(self, *, understood: bool = True) -> dict[str, Any]:
        """The options as they may be shown. Of options that could not be understood nobody knows what a ``create`` of any
        form holds, or an option of a mistyped name: they are not shown."""
        params = {key: value for key, value in self.params.items() if key in self.argument_spec}
        if params.get("api_token"):
            params["api_token"] = _MASK
        if params.get("create"):
            params["create"] = _public_create(params["create"]) if understood else _MASK
        return params

    def _mask_secrets_only(self) -> None:
        """``user_config`` is no_log as a whole, and ansible-core would then mask each of its values wherever it occurs,
        so that a 16 in it changed names like pg-16. Only values under keys that look secret stay masked.
        """
        create = self.params.get("create") or {}
        configs = _configs(create) if isinstance(create, Mapping) else [create]
        if all(isinstance(config, Mapping) for config in configs):
            secrets = {text for config in configs for text in secret_values(config)}
        else:
            secrets = {text for text in map(str, self.no_log_values) if len(text) >= SHORTEST_UNSURE}
        token = self.params.get("api_token")
        self.no_log_values = secrets | ({token} if token else set())


def _configs(create: Mapping[str, Any]) -> list[object]:
    """The parts of a ``create`` that may hold secrets."""
    integrations = create.get("service_integrations")
    rows = integrations if isinstance(integrations, list) else []
    found = [create.get("user_config"), *(row.get("user_config") for row in rows if isinstance(row, Mapping))]
    return [config for config in found if config]


def _public_create(create: Mapping[str, Any]) -> dict[str, Any]:
    public = dict(create)
    if create.get("user_config"):
        public["user_config"] = _MASK
    if create.get("service_integrations"):
        public["service_integrations"] = [
            {key: _MASK if key == "user_config" else value for key, value in row.items()}
            for row in create["service_integrations"]
        ]
    return public
