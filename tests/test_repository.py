# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules that the repository keeps: who may import whom, and facts that are written down twice."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
PLUGINS = "ansible_collections.offsite.aiven.plugins."

DECIDING = ["_audit", "_lag", "_model", "_plan", "_protection", "_regions"]

# What would make deciding depend on anything but its arguments.
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

# Kind of plugin -> the kinds whose code it may import.
MAY_IMPORT = {
    "action": {"module_utils", "plugin_utils"},
    "doc_fragments": set(),
    "inventory": {"module_utils", "plugin_utils"},
    "lookup": set(),
    "module_utils": {"module_utils"},
    "modules": {"module_utils"},
    "plugin_utils": {"module_utils", "plugin_utils"},
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
    """The parts of the collection that a file imports, as KIND.NAME."""
    inside = {name.removeprefix(PLUGINS) for name in imports_of(path) if name.startswith(PLUGINS)}
    return {".".join(name.split(".")[:2]) for name in inside if "." in name}


def plugin_files() -> list[Path]:
    return sorted(path for path in ROOT.glob("plugins/*/*.py") if path.name != "__init__.py")


def name_of(path: Path) -> str:
    return f"{path.parent.name}.{path.stem}"


def reachable(start: str) -> set[str]:
    """A part of the collection and all that it imports, directly or not."""
    seen: set[str] = set()
    waiting = {start}
    while waiting:
        name = waiting.pop()
        seen.add(name)
        waiting |= own_imports(ROOT / "plugins" / f"{name.replace('.', '/')}.py") - seen
    return seen


@pytest.mark.parametrize("name", DECIDING)
def test_deciding_is_pure(name: str) -> None:
    for part in reachable(f"module_utils.{name}"):
        top = {imported.split(".")[0] for imported in imports_of(ROOT / "plugins" / f"{part.replace('.', '/')}.py")}
        assert not top & IMPURE, f"{name} must be pure, but {part} imports {', '.join(sorted(top & IMPURE))}"


@pytest.mark.parametrize("path", plugin_files(), ids=name_of)
def test_imports_point_downwards(path: Path) -> None:
    kinds = {name.split(".")[0] for name in own_imports(path)}
    assert kinds <= MAY_IMPORT[path.parent.name]


def test_imports_have_no_cycle() -> None:
    TopologicalSorter({name_of(path): own_imports(path) for path in plugin_files()}).prepare()


def test_every_shared_file_is_private() -> None:
    shared = [*ROOT.glob("plugins/module_utils/*.py"), *ROOT.glob("plugins/plugin_utils/*.py")]
    assert [path.name for path in shared if not path.name.startswith("_")] == []


def test_every_python_file_has_the_licence_header() -> None:
    paths = [path for folder in ("plugins", "tests", "tools", "extensions") for path in ROOT.glob(f"{folder}/**/*.py")]
    bare = [
        str(path.relative_to(ROOT))
        for path in paths
        if path.read_text() and "SPDX-License-Identifier: GPL-3.0-or-later" not in path.read_text()[:400]
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
    exec((ROOT / "plugins/module_utils/_version.py").read_text(), namespace)
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
    used = {code for path in ROOT.glob("plugins/*/*.py") for code in error_codes(path)}
    documented = set(re.findall(r"^\| `(\w+)` \|", (ROOT / "docs/errors.md").read_text(), re.MULTILINE))
    assert used
    assert used - documented == set()


def test_no_sanity_ignores() -> None:
    assert list(ROOT.glob("tests/sanity/ignore*")) == []
