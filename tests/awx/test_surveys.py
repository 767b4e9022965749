# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Surveys say the same as argument specs and documentation; what AWX would refuse is not in them; the pattern has the same."""

from __future__ import annotations

import json
import re
from typing import Any

import jsonschema
import pytest
import yaml

from tests.awx import checks
from tests.awx.data import configuration, playbook_of, questions, templates
from tests.playbooks.role_options import SPECS as ROLE
from tests.playbooks.role_options import option_of
from tests.simulator.client import ROOT

# Lists and dictionaries may be text as well.
NARROW = ("str", "bool", "int", "float")

# The variables of the role, with types and choices of the options that they become.
SPECS: dict[str, dict[str, Any]] = {}
for entry, spec in ROLE.items():
    for variable, option in spec["options"].items():
        narrow = {key: value for key, value in option_of(entry, variable).items() if key in ("type", "choices")}
        SPECS[variable] = {**option, **(narrow if narrow["type"] in NARROW else {})}
# Defaults of the playbooks, which differ from those of the role.
PLAYBOOK_DEFAULTS = {
    name.removeprefix("__"): str(value)
    for name, value in yaml.safe_load((ROOT / "playbooks/run_in_waves.yml").read_text())[0]["vars"].items()
    if "{{" not in str(value)
}
TABLE = dict(re.findall(r"^\| `(btar_\w+)` \| (.*?) \|", (ROOT / "docs/playbooks.md").read_text(), re.MULTILINE))
BOOLEAN = ["true", "false"]
ALL = {
    (name, variable): question
    for name, template in templates().items()
    for variable, question in questions(template).items()
}


def expected_type(spec: dict[str, Any]) -> str:
    """The type of a question for a variable, by its argument spec."""
    if "choices" in spec or spec["type"] == "bool":
        return "multiplechoice"
    return {"int": "integer", "float": "float"}.get(spec["type"], "text")


def choices_of(variable: str, spec: dict[str, Any]) -> list[str] | None:
    """An argument spec cannot give choices to what is a list or a text with commas: the options of the action do."""
    lists = {
        "btar_changes": ["enable", "move", "disable"],
        "btar_report_formats": SPECS["btar_report_formats"]["default"],
    }
    return lists.get(variable, BOOLEAN if spec["type"] == "bool" else spec.get("choices"))


def as_answer(value: object) -> object:
    if isinstance(value, bool):
        return str(value).lower()
    return "\n".join(value) if isinstance(value, list) else value


@pytest.mark.parametrize(("template", "variable"), [key for key in ALL if key[1] in SPECS])
def test_questions_equal_the_argument_specs(template: str, variable: str) -> None:
    question, spec = ALL[template, variable], SPECS[variable]
    choices = choices_of(variable, spec)
    assert question.get("choices") == choices
    if spec["type"] == "raw":
        assert question["type"] in ("multiselect" if choices else "text", "textarea")
    else:
        assert question["type"] == expected_type(spec)
    waves = playbook_of(templates()[template]) != "audit"
    default = PLAYBOOK_DEFAULTS.get(variable) if waves else None
    assert question["default"] == (default or as_answer(spec.get("default", "")))


@pytest.mark.parametrize(("template", "variable"), [key for key in ALL if key[1] not in SPECS and key[1] in TABLE])
def test_other_questions_equal_the_documentation(template: str, variable: str) -> None:
    question, documented = ALL[template, variable], TABLE[variable]
    if documented.startswith("`"):
        assert str(question["default"]) == documented.strip("`")
        assert question["required"] is (variable == "btar_confirm_disable")
    else:
        assert question["default"] == ""
        assert question["required"] is not (documented.startswith("the last") or documented == "not checked")
    assert question.get("choices") == (BOOLEAN if documented in ("`true`", "`false`") else None)


def test_every_question_is_about_a_variable_that_there_is() -> None:
    """Those of drills and restores are known once their playbooks are here."""
    shipped = {path.stem for path in (ROOT / "playbooks").glob("*.yml")}
    here = {name for name, template in templates().items() if playbook_of(template) in shipped}
    unknown = {variable for name, variable in ALL if name in here and variable not in SPECS and variable not in TABLE}
    assert unknown == set()
    assert len(here) >= 7


@pytest.mark.parametrize("name", templates())
def test_surveys_are_well_formed(name: str) -> None:
    checks.survey(templates()[name]["survey_spec"], ValueError)


def test_the_survey_of_the_workflow_asks_as_the_templates_do() -> None:
    (workflow,) = configuration()["controller_workflows"]
    checks.survey(workflow["survey_spec"], ValueError)
    for variable, question in questions(workflow).items():
        assert question in [found for (_template, name), found in ALL.items() if name == variable]


def test_the_workflow_holds_what_is_approved() -> None:
    """Its apply is one job: a slice of it would write while another refuses."""
    apply = templates()["apply"]
    assert apply["job_slice_count"] == 1
    assert "ask_job_slice_count_on_launch" not in apply
    assert templates()["plan"]["job_type"] == "check"


def test_every_playbook_of_the_repository_is_offered() -> None:
    offered = checks.playbooks_of(ROOT / "playbooks")
    shipped = {path.name for path in (ROOT / "playbooks").glob("*.yml")}
    assert offered == shipped


def test_the_small_project_has_every_playbook() -> None:
    shipped = {path.name for path in (ROOT / "playbooks").glob("*.yml")} - {"run_in_waves.yml", "awx.yml"}
    project = ROOT / "extensions/awx/project"
    assert shipped <= checks.playbooks_of(project)
    for path in project.glob("*.yml"):
        (play,) = yaml.safe_load(path.read_text())
        assert play["ansible.builtin.import_playbook"] == f"offsite.aiven.{path.stem}"


# The pattern


PATTERN = ROOT / "extensions/patterns/btar_rollout"


def test_the_pattern_is_as_its_schema_says() -> None:
    pattern = json.loads((PATTERN / "meta/pattern.json").read_text())
    jsonschema.validate(pattern, json.loads((ROOT / "tests/awx/pattern.schema.json").read_text()))
    assert pattern["name"] == PATTERN.name
    assert (PATTERN / "README.md").is_file()
    offered = checks.playbooks_of(PATTERN / "playbooks")
    resources = pattern["aap_resources"]
    named = [template["playbook"] for template in resources["controller_job_templates"]]
    assert set(named) == offered
    assert [template.get("primary", False) for template in resources["controller_job_templates"]].count(True) == 1


def test_the_pattern_asks_as_the_templates_do() -> None:
    pattern = json.loads((PATTERN / "meta/pattern.json").read_text())
    for template in pattern["aap_resources"]["controller_job_templates"]:
        for question in template["survey"]["spec"]:
            others = [found for (_name, variable), found in ALL.items() if variable == question["variable"]]
            assert (question.get("choices"), question.get("default", "")) in [
                (other.get("choices"), str(other["default"])) for other in others
            ]
