# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for the API of AWX, as far as the modules of awx.awx use it for what extensions/awx configures.

It refuses what AWX refuses: fields without what they refer to, a playbook that is not in the project, a survey that is not
well formed, injectors that name no input. It keeps secrets to itself as AWX does. Everything else is stored as it comes.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.awx import checks

PREFIX = "/api/v2/"
TOKEN = "token-of-the-stand-in"

# Fields that refer to objects of other kinds, and those that a kind must have.
REFERENCES = {
    "organization": "organizations",
    "credential_type": "credential_types",
    "project": "projects",
    "source_project": "projects",
    "inventory": "inventories",
    "credential": "credentials",
    "execution_environment": "execution_environments",
    "workflow_job_template": "workflow_job_templates",
    "unified_job_template": "unified_job_templates",
}
REQUIRED = {
    "organizations": ("name",),
    "labels": ("name", "organization"),
    "credential_types": ("name", "kind"),
    "credentials": ("name", "credential_type"),
    "execution_environments": ("name", "image"),
    "notification_templates": ("name", "organization", "notification_type", "notification_configuration"),
    "projects": ("name",),
    "inventories": ("name", "organization"),
    "inventory_sources": ("name", "inventory", "source"),
    "job_templates": ("name", "project", "playbook"),
    "workflow_job_templates": ("name",),
    "workflow_job_template_nodes": ("workflow_job_template", "identifier"),
    "workflow_approval_templates": ("name",),
    "schedules": ("name", "rrule", "unified_job_template"),
}
# What may be launched; one kind of object as far as workflows and schedules go.
UNIFIED = ("projects", "inventory_sources", "job_templates", "workflow_job_templates", "workflow_approval_templates")
ASSOCIATIONS = {
    "credentials": "credentials",
    "labels": "labels",
    "success_nodes": "workflow_job_template_nodes",
    "failure_nodes": "workflow_job_template_nodes",
    "always_nodes": "workflow_job_template_nodes",
    **dict.fromkeys(
        (f"notification_templates_{when}" for when in ("started", "success", "error", "approvals")),
        "notification_templates",
    ),
}


class Refused(Exception):
    """An answer with a status of 4xx; the argument is its body."""

    def __init__(self, body: Any, status: int = 400) -> None:
        super().__init__(body)
        self.body, self.status = body, status


class Controller:
    """What an AWX holds. ``playbooks`` are the files that its project has; ``writes`` all that were asked for."""

    def __init__(self, project: Path) -> None:
        self.playbooks = checks.playbooks_of(project)
        self.objects: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in REQUIRED}
        self.secrets: dict[int, dict[str, Any]] = {}
        self.writes: list[tuple[str, str]] = []
        self._next = 0
        self.create("organizations", {"name": "Default"})

    def by_name(self, kind: str, name: str) -> dict[str, Any]:
        (found,) = [item for item in self.objects[kind].values() if item.get("name", item.get("identifier")) == name]
        return found

    def associated(self, kind: str, name: str, association: str) -> list[str]:
        """The names of what is associated with an object."""
        others = self.objects[ASSOCIATIONS[association]]
        ids = self.by_name(kind, name)["_associations"].get(association, [])
        return [others[one].get("name", others[one].get("identifier")) for one in ids]

    # What the requests do

    def list(self, kind: str, filters: Mapping[str, str]) -> dict[str, Any]:
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        items = [
            item
            for one in kinds
            for item in self.objects[one].values()
            if all(_matches(item, field, value) for field, value in filters.items())
        ]
        return {"count": len(items), "next": None, "previous": None, "results": [self.shown(item) for item in items]}

    def shown(self, item: Mapping[str, Any]) -> dict[str, Any]:
        return {key: value for key, value in item.items() if not key.startswith("_")}

    def create(self, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
        missing = {field: ["This field is required."] for field in REQUIRED[kind] if given.get(field) in (None, "")}
        if missing:
            raise Refused(missing)
        self._next += 1
        number = self._next
        url = f"{PREFIX}{kind}/{number}/"
        item = {
            "id": number,
            "type": kind.removesuffix("s") if kind != "inventories" else "inventory",
            "url": url,
            "related": {"survey_spec": f"{url}survey_spec/"}
            if kind in ("job_templates", "workflow_job_templates")
            else {},
            "summary_fields": {},
            "description": "",
            "scm_revision": "",
            "_kind": kind,
            "_associations": {},
        }
        self._take(kind, item, given)
        self.objects[kind][number] = item
        return item

    def change(self, item: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        self._take(item["_kind"], item, given)
        return item

    def _take(self, kind: str, item: dict[str, Any], given: Mapping[str, Any]) -> None:
        draft = {**item, **given}
        for field, other in REFERENCES.items():
            if draft.get(field) is not None and self._found(other, draft[field]) is None:
                raise Refused({field: [f'Invalid pk "{draft[field]}" - object does not exist.']})
        if kind == "job_templates" and draft["playbook"] not in self.playbooks:
            raise Refused({"playbook": ["Playbook not found for project."]})
        if kind == "credential_types":
            checks.injectors(draft, Refused)
        if kind == "credentials":
            draft["inputs"] = self._hidden(item["id"], draft)
        if kind == "schedules":
            checks.rrule(draft["rrule"], Refused)
        if kind == "workflow_job_template_nodes" and draft.get("unified_job_template"):
            unified = self._found("unified_job_templates", draft["unified_job_template"])
            draft["related"] = {"unified_job_template": unified["url"]} if unified else {}
        item.update(draft)

    def _hidden(self, number: int, draft: Mapping[str, Any]) -> dict[str, Any]:
        """Secret inputs are kept, and shown as AWX shows them."""
        fields = self.objects["credential_types"][draft["credential_type"]]["inputs"]["fields"]
        known = {field["id"] for field in fields}
        inputs = draft.get("inputs") or {}
        if set(inputs) - known:
            raise Refused({"inputs": [f"Additional properties are not allowed ({sorted(set(inputs) - known)})"]})
        secret = {field["id"] for field in fields if field.get("secret")}
        fresh = {key: value for key, value in inputs.items() if value != "$encrypted$"}
        self.secrets.setdefault(number, {}).update(fresh)
        return {key: "$encrypted$" if key in secret else value for key, value in inputs.items()}

    def associate(self, item: dict[str, Any], association: str, given: Mapping[str, Any]) -> None:
        ids = item["_associations"].setdefault(association, [])
        if given.get("disassociate"):
            ids.remove(given["id"])
        elif self._found(ASSOCIATIONS[association], given["id"]) is None:
            raise Refused({"error": "no such object"})
        else:
            ids.append(given["id"])

    def approval(self, node: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
        made = self.create("workflow_approval_templates", given)
        self.change(node, {"unified_job_template": made["id"]})
        return made

    def _found(self, kind: str, number: Any) -> dict[str, Any] | None:
        kinds = UNIFIED if kind == "unified_job_templates" else (kind,)
        return next((self.objects[one][number] for one in kinds if number in self.objects[one]), None)


def _matches(item: Mapping[str, Any], field: str, value: str) -> bool:
    if field.startswith("or__"):
        return any(str(item.get(key)) == value for key in ("id", "name"))
    return str(item.get(field)) == value


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    controller: Controller
    lock: threading.Lock

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: who runs the tests does not read it."""

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length) or b"{}") if length else {}
        address = urlsplit(self.path)
        try:
            with self.lock:
                status, answer = self._answer(address.path, dict(parse_qsl(address.query)), body)
        except Refused as refused:
            status, answer = refused.status, refused.body
        data = b"" if status == 204 else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("X-API-Product-Name", "AWX")
        self.send_header("X-API-Product-Version", "24.6.1")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_DELETE = _serve

    def _answer(self, path: str, query: Mapping[str, str], body: Mapping[str, Any]) -> tuple[int, Any]:
        if path == f"{PREFIX}ping/":
            return 200, {"version": "24.6.1"}
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Refused({"detail": "Authentication credentials were not provided."}, 401)
        if self.command != "GET":
            self.controller.writes.append((self.command, path))
        match = re.fullmatch(rf"{PREFIX}(\w+)/(?:(\d+)/)?(?:(\w+)/)?", path)
        kind, number, sub = match.groups() if match else (None, None, None)
        if kind is None or (kind not in REQUIRED and kind != "unified_job_templates"):
            raise Refused({"detail": "Not found."}, 404)
        if number is None:
            if self.command == "GET":
                return 200, self.controller.list(kind, query)
            return 201, self.controller.shown(self.controller.create(kind, body))
        item = self.controller.objects[kind].get(int(number))
        if item is None:
            raise Refused({"detail": "Not found."}, 404)
        return self._of_one(item, sub, body)

    def _of_one(self, item: dict[str, Any], sub: str | None, body: Mapping[str, Any]) -> tuple[int, Any]:
        if sub is None:
            if self.command == "PATCH":
                self.controller.change(item, body)
            return 200, self.controller.shown(item)
        if sub == "survey_spec":
            if self.command == "POST":
                checks.survey(body, Refused)
                item["_survey"] = body
            return 200, item.get("_survey", {})
        if sub == "create_approval_template":
            return 201, self.controller.shown(self.controller.approval(item, body))
        if sub not in ASSOCIATIONS:
            raise Refused({"detail": "Not found."}, 404)
        if self.command == "POST":
            self.controller.associate(item, sub, body)
            return 204, None
        others = self.controller.objects[ASSOCIATIONS[sub]]
        found = [self.controller.shown(others[one]) for one in item["_associations"].get(sub, [])]
        return 200, {"count": len(found), "next": None, "results": found}


@contextmanager
def serving(controller: Controller) -> Iterator[str]:
    """The address at which a controller answers."""
    handler = type("Handler", (_Handler,), {"controller": controller, "lock": threading.Lock()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
