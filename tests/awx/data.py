# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of extensions/awx as a controller has it, and as jobs get it."""

from __future__ import annotations

from typing import Any

import yaml

from tests.simulator.client import ROOT

FILES = ("settings", "resources", "templates", "workflows")


class _Loader(yaml.SafeLoader):
    """Takes !unsafe for the text that it is."""


_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(node))


def configuration() -> dict[str, Any]:
    """All variables; templates are still text."""
    loaded: dict[str, Any] = {}
    for name in FILES:
        loaded.update(yaml.load((ROOT / f"extensions/awx/{name}.yml").read_text(), _Loader))
    return loaded


def templates() -> dict[str, dict[str, Any]]:
    """The job templates by what their names have after "Aiven BTAR"."""
    return {row["name"].removeprefix("Aiven BTAR "): row for row in configuration()["controller_templates"]}


def questions(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The questions of a survey by their variables."""
    return {question["variable"]: question for question in template["survey_spec"]["spec"]}


def playbook_of(template: dict[str, Any]) -> str:
    """The name of its playbook, without folder and ending."""
    return str(template["playbook"]).rpartition("}}")[2].removesuffix(".yml")
