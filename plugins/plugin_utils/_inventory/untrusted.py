# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Texts from outside as values of variables: never templates, neither here nor after an export and import.

Ansible-core before 2.19 templates every variable that is not marked unsafe; newer ones only what is marked as trusted.
``ansible-inventory --list`` keeps these marks in JSON, but its ``--yaml`` drops them on every core, and what imports that
file trusts it. So a text that could be read as a template is changed until it cannot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core before 2.19 trusts everything
    trust_as_template = None

# No template, nor anything else of a meaning to Ansible, can be written with these.
_HARMLESS = re.compile(r"[\w.:/@+-]*")
_TEMPLATE_START = re.compile(r"\{(?=[{%#])|^#(?=jinja2:)")
# Keys that the JSON forms of Ansible's own values have.
_RESERVED_KEY = re.compile(r"^_+(?=ansible)")


def trusted(text: str) -> str:
    """A text of our own, which may be a template."""
    return text if trust_as_template is None else trust_as_template(text)


def inert(text: str) -> str:
    """The text with a space in whatever would start a template: ``{{ x }}`` becomes ``{ { x }}``."""
    return _TEMPLATE_START.sub(r"\g<0> ", text)


class Untrusted:
    """Marks values for one inventory. Equal texts become one object: of 10,000 services most values are the same."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self.changed: list[str] = []

    def value(self, value: Any) -> Any:
        """A text, or a mapping of texts, as what a variable may hold; anything else as it is."""
        if isinstance(value, str):
            known = self._known.get(value)
            return self._mark(value) if known is None else known
        if isinstance(value, Mapping):
            return {self._key(key): self.value(text) for key, text in value.items()}
        return value

    def _key(self, key: str) -> str:
        marked: str = self.value(_RESERVED_KEY.sub("", key))
        return marked

    def _mark(self, text: str) -> str:
        if _HARMLESS.fullmatch(text):
            # Trusting it changes nothing but exports, which would otherwise show {"__ansible_unsafe": "RUNNING"}.
            marked = trusted(text)
        else:
            safe = inert(text)
            if safe != text:
                self.changed.append(text)
            marked = wrap_var(safe) if trust_as_template is None else safe
        self._known[text] = marked
        return marked
