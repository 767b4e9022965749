# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the bill of materials of a release: the collection and what requirements.txt brings with it, as CycloneDX 1.5 JSON.

Versions are those of .venv. Usage: python tools/sbom.py FILE
"""

from __future__ import annotations

import importlib.metadata
import json
import re
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_SEPARATORS = re.compile(r"[-_.]+")


def required() -> list[str]:
    """The libraries that requirements.txt names, and those that they need in turn."""
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    waiting = [line for line in lines if line and not line.startswith("#")]
    found: dict[str, None] = {}
    while waiting:
        match = _NAME.match(waiting.pop())
        name = _SEPARATORS.sub("-", match.group().lower()) if match else ""
        if name and name not in found:
            found[name] = None
            needs = importlib.metadata.requires(name) or []
            waiting += [need for need in needs if "extra ==" not in need]
    return sorted(found)


def component(name: str) -> dict[str, Any]:
    told: Any = importlib.metadata.metadata(name)
    licence = told.get("License-Expression") or told.get("License")
    return {
        "type": "library",
        "bom-ref": f"pkg:pypi/{name}@{told['Version']}",
        "name": name,
        "version": told["Version"],
        "purl": f"pkg:pypi/{name}@{told['Version']}",
        **({"licenses": [{"license": {"name": licence}}]} if licence else {}),
    }


def bill() -> dict[str, Any]:
    galaxy = yaml.safe_load((ROOT / "galaxy.yml").read_text())
    label = f"{galaxy['namespace']}.{galaxy['name']}"
    components = [component(name) for name in required()]
    own = {
        "type": "application",
        "bom-ref": label,
        "name": label,
        "version": galaxy["version"],
        "description": galaxy["description"],
        "licenses": [{"license": {"id": "GPL-3.0-or-later"}}],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": own},
        "components": components,
        "dependencies": [{"ref": label, "dependsOn": [part["bom-ref"] for part in components]}],
    }


if __name__ == "__main__":
    target = Path(sys.argv[1])
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(bill(), indent=2) + "\n")
    print(f"Wrote {target}")
