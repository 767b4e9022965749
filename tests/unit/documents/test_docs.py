# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation and code say the same: options, environment variables, return values of every result, error codes.

No sanity test compares an action with the documentation that stands beside it as a module.
"""

from __future__ import annotations

import ast
import importlib
import re
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import yaml
from ansible.module_utils.basic import AnsibleModule
from ansible.plugins.action import ActionBase

from ansible_collections.offsite.aiven.plugins.module_utils._api import argument_specs as _options

ROOT = Path(__file__).resolve().parents[3]
PLUGINS = "ansible_collections.offsite.aiven.plugins"
NAMES = sorted(path.stem for path in ROOT.glob("plugins/modules/aiven_*.py"))


class Captured(Exception):
    """Carries an argument spec out of the code that was about to use it."""


def constant(path: Path, name: str) -> Any:
    """A YAML constant of a plugin, read without running it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Assign) and any(getattr(target, "id", "") == name for target in node.targets):
            return yaml.safe_load(ast.literal_eval(node.value))
    raise KeyError(f"{path}: {name}")


def documented(path: Path) -> dict[str, Any]:
    """The documented options of a plugin, those of the collection's fragments included."""
    documentation = constant(path, "DOCUMENTATION")
    options = dict(documentation.get("options", {}))
    for fragment in documentation.get("extends_documentation_fragment", []):
        name, _dot, part = fragment.removeprefix("offsite.aiven.").partition(".")
        source = ROOT / f"plugins/doc_fragments/{name}.py"
        if fragment.startswith("offsite.aiven.") and source.exists():
            options |= constant(source, part.upper() or "DOCUMENTATION").get("options", {})
    return options


def captured_spec(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The argument spec that a module, or the action of the same name, is about to validate with."""

    def capture(self: object, argument_spec: dict[str, Any], *_args: object, **_keywords: object) -> None:
        raise Captured(argument_spec)

    with pytest.raises(Captured) as caught:
        if (ROOT / f"plugins/action/{name}.py").exists():
            monkeypatch.setattr(ActionBase, "run", lambda *_args: {})
            monkeypatch.setattr(ActionBase, "validate_argument_spec", capture)
            importlib.import_module(f"{PLUGINS}.action.{name}").ActionModule(
                *[MagicMock() for _argument in range(6)]
            ).run(None, {})
        else:
            monkeypatch.setattr(AnsibleModule, "__init__", capture)
            importlib.import_module(f"{PLUGINS}.modules.{name}").main()
    return caught.value.args[0]


def shape_of(options: dict[str, Any], sub: str) -> dict[str, Any]:
    """Options in the one form in which both sides can be compared."""
    shapes = {}
    for name, option in options.items():
        shapes[name] = {
            "type": option.get("type", "str"),
            "elements": option.get("elements"),
            "required": option.get("required", False),
            "default": option.get("default"),
            "choices": sorted(option.get("choices") or []),
            "options": shape_of(option[sub], sub) if option.get(sub) else None,
        }
    return shapes


@pytest.mark.parametrize("name", NAMES)
def test_options_are_documented_as_they_are(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = shape_of(captured_spec(name, monkeypatch), "options")
    assert spec == shape_of(documented(ROOT / f"plugins/modules/{name}.py"), "suboptions")


def test_fragments_of_modules_and_inventories_are_alike() -> None:
    spec = shape_of(_options.connection_options(), "options")
    for fragment in ("aiven", "aiven_inventory"):
        assert (
            shape_of(constant(ROOT / f"plugins/doc_fragments/{fragment}.py", "DOCUMENTATION")["options"], "suboptions")
            == spec
        )


def test_environment_variables_are_documented_as_they_are() -> None:
    fallbacks = {
        name: option["fallback"][1] for name, option in _options.connection_options().items() if "fallback" in option
    }
    modules = constant(ROOT / "plugins/doc_fragments/aiven.py", "DOCUMENTATION")["options"]
    inventory = constant(ROOT / "plugins/doc_fragments/aiven_inventory.py", "DOCUMENTATION")["options"]
    assert {name for name, option in inventory.items() if "env" in option} == set(fallbacks)
    for name, variables in fallbacks.items():
        assert re.findall(r"E\((\w+)\)", str(modules[name]["description"])) == variables
        # ansible-core takes the last of several that are set, the modules take the first.
        assert [entry["name"] for entry in reversed(inventory[name]["env"])] == variables


@pytest.mark.parametrize("name", NAMES)
def test_every_result_has_calls_and_error(name: str) -> None:
    path = ROOT / f"plugins/modules/{name}.py"
    if "api_token" in documented(path):
        assert {"api_calls", "error"} <= set(constant(path, "RETURN"))


@pytest.mark.parametrize("name", NAMES)
def test_examples_use_the_plugin_by_its_full_name(name: str) -> None:
    assert f"offsite.aiven.{name}:" in (ROOT / f"plugins/modules/{name}.py").read_text().partition("EXAMPLES")[2]


@pytest.mark.parametrize("page", ["docs/playbooks.md", "plugins/modules/aiven_btar_fleet.py"])
def test_every_connection_variable_of_a_host_is_told(page: str) -> None:
    text = (ROOT / page).read_text()
    assert [name for name in _options.CONNECTION_VARIABLES.values() if not re.search(rf"[`(]{name}[`)]", text)] == []


def code_tables() -> list[list[str]]:
    """The rows of docs/errors.md: code, meaning, remedy."""
    text = (ROOT / "docs/errors.md").read_text()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\| `.*$", text, re.MULTILINE)]


def test_every_documented_error_code_is_used() -> None:
    """That every used one is documented is a test of the repository."""
    source = "".join(path.read_text() for path in ROOT.glob("plugins/**/*.py"))
    codes = [row[0].strip("`") for row in code_tables()]
    assert len(codes) == len(set(codes))
    assert [code for code in codes if f'"{code}"' not in source] == []


def test_every_error_code_has_a_meaning_and_a_remedy() -> None:
    assert [row for row in code_tables() if len(row) != 3 or not all(cell.endswith(".") for cell in row[1:])] == []


def test_version_added_names_a_release_that_is_or_is_next() -> None:
    releases = yaml.safe_load((ROOT / "changelogs/changelog.yaml").read_text())["releases"]
    known = {*releases, yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]}
    added = [
        (path.name, version)
        for path in (ROOT / "plugins").rglob("*.py")
        for version in re.findall(r"^\s*version_added: (\S+)", path.read_text(), re.MULTILINE)
    ]
    assert added
    assert [(name, version) for name, version in added if version.strip("\"'") not in known] == []
