# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""ansible-test sanity on one supported ansible-core, with nothing but PyPI.

With bare, on the newest, nothing is left of the collection but what must pass alone: BARE.

With cores nothing is tested: the oldest and the newest are installed, for the scenarios that run with them.

Usage: python tools/sanity.py oldest|newest|bare|cores [ARGUMENT of ansible-test sanity...]
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from source_tree import ROOT, source_tree

VENV = ROOT / ".venv"
HOME = VENV / "sanity-home"
BARE = {"galaxy.yml", "meta", "playbooks", "plugins", "roles"}

# ansible-core -> the minor versions of Python 3 that it runs on, of those that this collection supports
CORES = {"2.18": (11, 12, 13), "2.19": (11, 12, 13), "2.20": (12, 13, 14), "2.21": (12, 13, 14)}

# ansible-test makes environments without pip and downloads a script that installs pip into them. Any script of the
# right name in its cache serves; this one takes the pip that ensurepip carries, so that only PyPI is asked.
GET_PIP = """\
import ensurepip, glob, os, runpy, sys
sys.path.insert(0, glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))[0])
sys.argv = ["pip", "install"] + [a for a in sys.argv[1:] if a not in ("--no-setuptools", "--no-wheel")]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def find_pythons() -> dict[int, Path]:
    """Return the interpreters of this machine that have ensurepip: minor version of Python 3 -> real path."""
    folders = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
    folders += sorted(Path.home().glob(".pyenv/versions/3.*/bin"))
    pythons: dict[int, Path] = {}
    for minor in sorted({minor for minors in CORES.values() for minor in minors}):
        for candidate in [VENV / "bin" / "python3", *(folder / f"python3.{minor}" for folder in folders)]:
            real = real_python(candidate, minor)
            if real:
                pythons[minor] = real
                break
    return pythons


def real_python(candidate: Path, minor: int) -> Path | None:
    """Return the interpreter behind a venv or a shim, or None if it does not run or is another version."""
    question = (
        "import ensurepip, os, sys; print(sys.version_info[1]);"
        f"print(os.path.join(sys.base_prefix, 'bin', 'python3.{minor}'))"
    )
    if not os.access(candidate, os.X_OK):
        return None
    answer = subprocess.run([candidate, "-c", question], capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        return None
    found, path = answer.stdout.splitlines()
    return Path(path) if found == str(minor) and os.access(path, os.X_OK) else None


def choose(which: str, pythons: dict[int, Path]) -> tuple[str, int]:
    """Return the oldest or newest core that runs here, and the minor version of the Python for it."""
    order = list(CORES) if which == "oldest" else list(reversed(CORES))
    for core in order:
        usable = [minor for minor in CORES[core] if minor in pythons]
        if usable:
            if core != order[0]:
                print(
                    f"NOTE: ansible-core {order[0]}, the {which} supported, needs one of Python "
                    f"{', '.join(f'3.{minor}' for minor in CORES[order[0]])}, and none is here. Using {core}."
                )
            return core, usable[0] if which == "oldest" else usable[-1]
    raise SystemExit(f"sanity: no Python for any of ansible-core {', '.join(CORES)} found.")


def install(core: str, python: Path) -> Path:
    """Make the environment of one core, once; return its bin folder."""
    venv = VENV / f"core-{core}"
    stamp = venv / f".{python.name}"
    if not stamp.exists():
        subprocess.run([python, "-m", "venv", "--clear", venv], check=True)
        pip = [venv / "bin" / "python", "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*pip, f"ansible-core~={core}.0", "-r", ROOT / "requirements.txt"], check=True)
        stamp.touch()
    return venv / "bin"


def prepare_home(binaries: Path) -> None:
    """Give ansible-test a home of its own: its caches stay in .venv, and pip's settings reach the pips it starts."""
    found = binaries.parent.glob("lib/python3.*/site-packages/ansible_test/_internal/python_requirements.py")
    versions = re.findall(r"""pip=["']([\d.]+)["']""", "".join(path.read_text() for path in found))
    cache = HOME / ".ansible" / "test" / "cache"
    cache.mkdir(parents=True, exist_ok=True)
    for version in versions:
        (cache / f"get_pip_{version.replace('.', '_')}.py").write_text(GET_PIP)

    settings = {name[4:].lower(): value for name, value in os.environ.items() if name.startswith("PIP_")}
    pip_conf = HOME / ".config" / "pip" / "pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    pip_conf.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))


def leave_bare(collection: Path) -> None:
    """Take away what a collection need not have: no test may depend on it."""
    for path in collection.iterdir():
        if path.name not in BARE:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def install_cores() -> None:
    pythons = find_pythons()
    for which in ("oldest", "newest"):
        core, minor = choose(which, pythons)
        print(f"The {which} supported: {install(core, pythons[minor]).relative_to(ROOT)}", flush=True)


def main(which: str, arguments: list[str]) -> int:
    if which == "cores":
        install_cores()
        return 0
    pythons = find_pythons()
    core, minor = choose(which, pythons)
    print(f"ansible-test sanity, {which} supported: ansible-core {core} on Python 3.{minor}", flush=True)
    binaries = install(core, pythons[minor])
    prepare_home(binaries)
    folders = [str(binaries), "/usr/local/bin", "/usr/bin", "/bin"]
    environment = {
        "HOME": str(HOME),
        "LC_ALL": "C.UTF-8",
        "PATH": os.pathsep.join(folders),
        **{name: value for name, value in os.environ.items() if name.lower().endswith("_proxy")},
    }
    with source_tree() as collection:
        if which == "bare":
            leave_bare(collection)
        command = ["ansible-test", "sanity", "--color", "no", "--python", f"3.{minor}", *arguments]
        executable = shutil.which(command[0], path=environment["PATH"])
        assert executable, "the environment of the core holds no ansible-test"
        return subprocess.run([executable, *command[1:]], cwd=collection, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
