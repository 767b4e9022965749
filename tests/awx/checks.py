# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What AWX checks of what it is given, and what it makes of it."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

Refuse = Callable[[Any], Exception]

# The types of an answer's default by the type of its question.
DEFAULTS: Mapping[str, type] = {
    **dict.fromkeys(("text", "textarea", "password", "multiplechoice", "multiselect"), str),
    "integer": int,
    "float": float,
}
_PLAYBOOK = re.compile(r"^\s*?-?\s*?(hosts|(ansible\.builtin\.)?import_playbook):\s*?.*?$", re.MULTILINE)
# Folders in which AWX looks for no playbook.
_NO_PLAYBOOKS = {"roles", "tasks", "group_vars", "host_vars"}


def playbooks_of(project: Path) -> set[str]:
    """The playbooks that AWX offers of a project: files that look like one. It does not follow links to folders."""
    found = set()
    for folder, names, files in os.walk(project):
        names[:] = [name for name in names if name not in _NO_PLAYBOOKS and not name.startswith(".")]
        for name in files:
            path = Path(folder, name)
            if path.suffix in (".yml", ".yaml") and _PLAYBOOK.search(path.read_text()):
                found.add(str(path.relative_to(project)))
    return found


def rendered(
    injectors: Mapping[str, Any], inputs: Mapping[str, Any], filename: str, *, strict: bool = False
) -> dict[str, str]:
    """The environment that injectors make of inputs; ``file`` is what is to be in the file."""
    options = {"undefined": StrictUndefined} if strict else {}
    jinja = ImmutableSandboxedEnvironment(**options)
    values = {**inputs, "tower": {"filename": filename}}
    made = {name: jinja.from_string(text).render(values) for name, text in injectors.get("env", {}).items()}
    template = injectors.get("file", {}).get("template")
    return {**made, **({"file": jinja.from_string(template).render(values)} if template else {})}


def injectors(kind: Mapping[str, Any], refuse: Refuse) -> None:
    """Injectors name inputs that there are, and no variable of Ansible's own."""
    example = {field["id"]: "EXAMPLE" for field in kind["inputs"]["fields"]}
    if set(kind["inputs"].get("required", [])) - set(example):
        raise refuse({"inputs": ["'required' names an input that is not there"]})
    for name in kind["injectors"].get("env", {}):
        if not re.fullmatch(r"[A-Z_][A-Z0-9_]*", name) or name.startswith("ANSIBLE_"):
            raise refuse({"injectors": [f"Environment variable {name} is not allowed"]})
    try:
        rendered(kind["injectors"], example, "EXAMPLE", strict=True)
    except TemplateError as error:
        raise refuse({"injectors": [str(error)]}) from None


def rrule(rule: str, refuse: Refuse) -> None:
    if not re.fullmatch(r"DTSTART(;TZID=[^:]+)?:\d{8}T\d{6}Z? RRULE:FREQ=\w+;INTERVAL=\d+(;\w+=[\w,]+)*", rule):
        raise refuse({"rrule": [f"{rule} is not a rule"]})


def survey(spec: Mapping[str, Any], refuse: Refuse) -> None:
    """A survey is well formed. Its mistakes are AWX's ``error``."""
    for field, kind in (("name", str), ("description", str), ("spec", list)):
        if not isinstance(spec.get(field), kind):
            raise refuse({"error": f"Field '{field}' is missing from survey spec."})
    if not spec["spec"]:
        raise refuse({"error": "'spec' doesn't contain any items."})
    seen: set[str] = set()
    for number, question in enumerate(spec["spec"]):
        mistake = _mistake(question) or ("duplicated" if question["variable"] in seen else None)
        if mistake:
            raise refuse({"error": f"survey question {number}: {mistake}"})
        seen.add(question["variable"])


def _mistake(question: Mapping[str, Any]) -> str | None:
    if not all(isinstance(question.get(field), str) for field in ("type", "question_name", "variable")):
        return "type, question_name or variable is missing"
    if not isinstance(question.get("required"), bool):
        return "'required' expected to be boolean"
    kind, default = question["type"], question.get("default", "")
    if kind not in DEFAULTS:
        return f"{kind} is not one of the types"
    if default != "" and not isinstance(default, DEFAULTS[kind]):
        return f"default value {default!r} expected to be {DEFAULTS[kind].__name__}"
    if kind in ("multiplechoice", "multiselect"):
        chosen = default.splitlines()
        if not question.get("choices"):
            return "must specify choices"
        if any(one not in question["choices"] for one in chosen) or (kind == "multiplechoice" and len(chosen) > 1):
            return "the default must be one of the choices"
    return None
