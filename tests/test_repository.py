# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that the repository keeps: who may import whom, and facts that are written down twice."""

from __future__ import annotations

import ast
import re
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = "ansible_collections.offsite.aiven.plugins."

# What would make the core depend on anything but its arguments.
IMPURE = {
    "ansible",
    "http",
    "os",
    "pathlib",
    "random",
    "requests",
    "socket",
    "subprocess",
    "threading",
    "time",
    "urllib",
}

# Each folder below plugins/ with code, and the folders whose code it may import besides its own. Upper ones stand on lower
# ones: what only decides, what talks to the API, what one service needs on top of both, what runs on the controller, and
# the plugins themselves.
CORE, API, RUNNERS = "module_utils/_core", "module_utils/_api", "module_utils/_runners"
ANSIBLE, FLEET = "plugin_utils/_ansible", "plugin_utils/_fleet"
INVENTORY, REPORT = "plugin_utils/_inventory", "plugin_utils/_report"
REGION_DOWN, RESTORES, DRILL = "plugin_utils/_region_down", "plugin_utils/_restores", "plugin_utils/_drill"
EVENTS, FILES = "plugin_utils/_events", "plugin_utils/_files"
MAY_IMPORT: dict[str, set[str]] = {
    CORE: set(),
    API: {CORE},
    RUNNERS: {CORE, API},
    FILES: set(),
    INVENTORY: {CORE, API, RUNNERS},
    ANSIBLE: {CORE, API, INVENTORY, FILES},
    FLEET: {CORE, API, RUNNERS, ANSIBLE, FILES},
    DRILL: {CORE, API, RUNNERS, ANSIBLE, FLEET, FILES},
    REPORT: {CORE, API, RUNNERS, ANSIBLE, FLEET, DRILL, FILES},
    REGION_DOWN: {CORE, API, RUNNERS, ANSIBLE, FLEET, REPORT},
    RESTORES: {CORE, API, RUNNERS, ANSIBLE, FLEET, REPORT, REGION_DOWN, FILES},
    EVENTS: {CORE, API, RUNNERS, INVENTORY, FILES},
    "action": {CORE, API, RUNNERS, ANSIBLE, FLEET, DRILL, REPORT, REGION_DOWN, RESTORES},
    "doc_fragments": set(),
    "inventory": {CORE, API, RUNNERS, INVENTORY},
    "lookup": {ANSIBLE},
    "modules": {CORE, API, RUNNERS},
}


def imports_of(path: Path) -> set[str]:
    """The full names of what a file imports, at any depth of its code."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def own_imports(path: Path) -> set[str]:
    """The files of the collection that a file imports, as paths below plugins/ without their ending."""
    inside = {name.removeprefix(PLUGINS).replace(".", "/") for name in imports_of(path) if name.startswith(PLUGINS)}
    return {name for name in inside if (ROOT / "plugins" / f"{name}.py").is_file()}


def plugin_files() -> list[Path]:
    return sorted(path for path in ROOT.glob("plugins/**/*.py") if path.name != "__init__.py")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT / "plugins").with_suffix(""))


def folder_of(name: str) -> str:
    return name.rpartition("/")[0]


@pytest.mark.parametrize("path", plugin_files(), ids=name_of)
def test_imports_point_downwards(path: Path) -> None:
    own = folder_of(name_of(path))
    assert {folder_of(name) for name in own_imports(path)} <= MAY_IMPORT[own] | {own}


@pytest.mark.parametrize("path", [path for path in plugin_files() if folder_of(name_of(path)) == CORE], ids=name_of)
def test_the_core_is_pure(path: Path) -> None:
    imported = {name.split(".")[0] for name in imports_of(path)}
    assert not imported & IMPURE
    assert imported - {"ansible_collections"} <= sys.stdlib_module_names


def test_imports_have_no_cycle() -> None:
    TopologicalSorter({name_of(path): own_imports(path) for path in plugin_files()}).prepare()


def test_every_shared_folder_is_private() -> None:
    """Names of shared code begin with an underscore, so that nobody outside builds on it."""
    shared = [path for kind in ("module_utils", "plugin_utils") for path in (ROOT / "plugins" / kind).iterdir()]
    assert [path.name for path in shared if path.is_file() and path.name != "__init__.py"] == []
    assert [path.name for path in shared if not path.name.startswith("_")] == []


def test_every_python_file_has_the_licence_header() -> None:
    paths = [path for folder in ("plugins", "tests", "tools", "extensions") for path in ROOT.glob(f"{folder}/**/*.py")]
    bare = [
        str(path.relative_to(ROOT))
        for path in paths
        # REUSE-IgnoreStart
        if path.read_text() and "SPDX-License-Identifier: GPL-3.0-or-later" not in path.read_text()[:400]
        # REUSE-IgnoreEnd
    ]
    assert bare == []


def test_files_fit_in_the_head() -> None:
    paths = [path for folder in ("plugins", "tests", "tools") for path in ROOT.glob(f"{folder}/**/*.py")]
    assert {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths if too_long(path)} == {}


def too_long(path: Path) -> bool:
    return len(path.read_text().splitlines()) > 450


def test_one_version() -> None:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())["version"]
    namespace: dict[str, str] = {}
    exec((ROOT / "plugins/module_utils/_core/version.py").read_text(), namespace)
    assert namespace["VERSION"] == galaxy


def test_action_group_holds_every_module_with_connection_options() -> None:
    group = yaml.safe_load((ROOT / "meta/runtime.yml").read_text()).get("action_groups", {}).get("aiven", [])
    paths = ROOT.glob("plugins/modules/*.py")
    modules = {path.stem for path in paths if "- offsite.aiven.aiven\n" in path.read_text()}
    assert set(group) == modules


def error_codes(path: Path) -> set[str]:
    """The codes that a file gives to errors and refusals."""
    calls = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and node.args]
    makers = {"AivenError", "Refusal", "_refused", "error_of", "refuse", "skip"}
    firsts = [call.args[0] for call in calls if getattr(call.func, "id", getattr(call.func, "attr", "")) in makers]
    return {first.value for first in firsts if isinstance(first, ast.Constant)}


def test_every_error_code_is_documented() -> None:
    used = {code for path in ROOT.glob("plugins/**/*.py") for code in error_codes(path)}
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))
    assert used
    assert used - documented == set()


def test_the_devcontainer_has_what_a_ci_machine_installs() -> None:
    packages = set(re.findall(r"^need (\S+)", (ROOT / ".ci" / "run").read_text(), re.MULTILINE))
    commands = (ROOT / ".devcontainer" / "devcontainer.json").read_text()
    installed = set(commands.partition("apt-get install -y ")[2].partition(" && ")[0].split())
    assert packages - installed == {"make", "python3-venv"}, "its image has these two"


def test_no_name_that_sanity_forbids() -> None:
    """Sanity takes minutes to say so."""
    forbidden = {"_", "foo", "bar", "baz", "toto", "tutu", "tata"}
    for folder in ("plugins", "tests", "tools", "extensions"):
        for path in (ROOT / folder).rglob("*.py"):
            named = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Name)]
            assert not [f"{path}:{node.lineno}" for node in named if node.id in forbidden]


def test_no_sanity_ignores() -> None:
    assert list(ROOT.glob("tests/sanity/ignore*")) == []


# The watch and the restores keep what they have when they are interrupted; the inventory's listing has nothing to keep.
KEEPS_WHAT_IT_HAS = {"_events/watch.py", "_inventory/services.py", "_restores/running.py"}


def _names(node: ast.expr | None) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)} if node is not None else set()


def test_what_goes_on_after_a_failed_call_lets_an_interruption_pass() -> None:
    folder, found = ROOT / "plugins" / "plugin_utils", 0
    for path in sorted(set(folder.rglob("*.py")) - {folder / name for name in KEEPS_WHAT_IT_HAS}):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Try) or "client." not in ast.unparse(node.body):
                continue
            caught = [_names(handler.type) for handler in node.handlers]
            if {"AivenError"} in caught and "raise" not in ast.unparse(node.handlers[-1]):
                found += 1
                assert {"Interrupted"} in caught, f"{path}:{node.lineno} takes an interruption for an error of the call"
    assert found > 5
