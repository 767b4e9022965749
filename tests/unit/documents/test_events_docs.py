# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The event source, its schema, its rulebooks and its page say the same."""

from __future__ import annotations

import ast
import json
import re
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import connection_options, watch_options
from ansible_collections.offsite.aiven.plugins.module_utils._core.protection_changes import Kind
from tests.unit.documents.test_docs import constant, shape_of

ROOT = Path(__file__).resolve().parents[3]
EDA = ROOT / "extensions" / "eda"
SOURCE = EDA / "plugins" / "event_source" / "aiven_btar.py"
SCHEMA = json.loads((SOURCE.parent / "schemas" / "aiven_btar.json").read_text())
PAGE = (ROOT / "docs" / "events.md").read_text()
RULEBOOKS = sorted(EDA.glob("rulebooks/*.yml"))
OPTIONS = {**watch_options(), **connection_options()}
JSON_TYPES = {
    "path": "string",
    "str": "string",
    "int": "integer",
    "float": "number",
    "bool": "boolean",
    "list": "array",
}


def test_arguments_are_documented_as_they_are() -> None:
    assert shape_of(constant(SOURCE, "DOCUMENTATION")["options"], "suboptions") == shape_of(OPTIONS, "options")


def test_environment_variables_are_documented_as_they_are() -> None:
    documented = constant(SOURCE, "DOCUMENTATION")["options"]
    for name, option in connection_options().items():
        variables = re.findall(r"E\((\w+)\)", str(documented[name]["description"]))
        assert variables == (option["fallback"][1] if "fallback" in option else [])


def test_the_schema_has_the_same_arguments() -> None:
    properties = SCHEMA["properties"]
    assert {name: row["type"] for name, row in properties.items()} == {
        name: JSON_TYPES[option["type"]] for name, option in OPTIONS.items()
    }
    assert {name: row.get("default") for name, row in properties.items()} == {
        name: option.get("default") for name, option in OPTIONS.items()
    }
    assert SCHEMA["required"] == [name for name, option in OPTIONS.items() if option.get("required")]


def test_the_schema_takes_the_example_and_no_mistyped_argument() -> None:
    validator = jsonschema.Draft202012Validator(SCHEMA)
    ((example,),) = [row.values() for row in constant(SOURCE, "EXAMPLES")]
    validator.validate(example)
    assert not validator.is_valid({**example, "intervall": 5})
    assert not validator.is_valid({**example, "interval": 0})


@given(st.dictionaries(st.sampled_from(sorted(OPTIONS)), st.integers() | st.text(max_size=3), max_size=3))
def test_the_schema_judges_anything(arguments: dict[str, Any]) -> None:
    if jsonschema.Draft202012Validator(SCHEMA).is_valid(arguments):
        assert "state_file" in arguments


def test_the_page_tells_every_kind_of_event() -> None:
    watch = (ROOT / "plugins/plugin_utils/_events/watch.py").read_text()
    kinds = {*get_args(Kind), *re.findall(r'_of_the_watch\("(\w+)"', watch)}
    assert set(re.findall(r"^\| `(\w+)` \| (?:`worse`|`better`|null) \|", PAGE, re.MULTILINE)) == kinds


def test_the_page_tells_every_argument_and_its_default() -> None:
    rows = dict(re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| ([^|]+) \|", PAGE.partition("## Arguments")[2], re.MULTILINE))
    for name, option in watch_options().items():
        (default,) = [cell for names, cell in rows.items() if f"`{name}`" in names]
        wanted = "required" if option.get("required") else str(option.get("default") or "all")
        assert default.startswith(wanted), name


@pytest.mark.parametrize("path", RULEBOOKS, ids=lambda path: path.stem)
def test_a_rulebook_uses_names_that_are_there(path: Path) -> None:
    (ruleset,) = yaml.safe_load(path.read_text())
    (source,) = ruleset["sources"]
    assert set(source["offsite.aiven.aiven_btar"]) <= set(OPTIONS)
    playbooks = [rule["action"].get("run_playbook", {}).get("name") for rule in ruleset["rules"]]
    for name in filter(None, playbooks):
        assert (ROOT / "playbooks" / f"{name.removeprefix('offsite.aiven.')}.yml").exists()
    text = path.read_text()
    assert set(re.findall(r"\b(?:eda|ansible)\.\w+\.\w+", text)) <= {"eda.builtin.insert_hosts_to_meta"}
    assert f"offsite.aiven.{path.stem}" in PAGE
    for variable in re.findall(r"{{ (\w+)", text):
        assert f"`{variable}`" in PAGE


def test_conditions_ask_for_kinds_that_are_there() -> None:
    text = "".join(path.read_text() for path in RULEBOOKS)
    watch = (ROOT / "plugins/plugin_utils/_events/watch.py").read_text()
    kinds = {*get_args(Kind), *re.findall(r'_of_the_watch\("(\w+)"', watch)}
    lists = re.findall(r"aiven_btar\.kind in (\[[^\]]*\])", text)
    asked = {
        *re.findall(r'aiven_btar\.kind == "(\w+)"', text),
        *(kind for row in lists for kind in ast.literal_eval(row)),
    }
    assert asked and asked <= kinds


def test_it_ships() -> None:
    ignored = yaml.safe_load((ROOT / "galaxy.yml").read_text())["build_ignore"]
    assert [entry for entry in ignored if entry == "extensions" or entry.startswith("extensions/eda")] == []
