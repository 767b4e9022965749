# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forks: by which tags they are known as ours, and how far one has got.

What a restore needs to know of a service beyond :class:`Service` is read here, and only for the few services that a
restore looks at.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    InvalidResponse,
    Service,
    parse_service_answer,
)

Purpose = Literal["restore", "drill"]

PURPOSES: tuple[Purpose, ...] = ("restore", "drill")
SOURCE_TAG = "offsite_fork_source"
PURPOSE_TAG = "offsite_fork_purpose"

# What Aiven takes as the value of a tag (its page on resource tags).
_LONGEST_VALUE = 64
_HASH_LENGTH = 8


@dataclass(frozen=True, slots=True)
class Update:
    """One entry of ``node_states[].progress_updates``: numbers may be missing, and ``maximum`` may change."""

    phase: str
    completed: bool
    current: int | None = None
    minimum: int | None = None
    maximum: int | None = None
    chain_index: int | None = None
    chain_total: int | None = None

    @property
    def percent(self) -> int | None:
        """How much of the phase is done, from 0 to 100."""
        low = self.minimum or 0
        if self.current is None or self.maximum is None or self.maximum <= low:
            return None
        return max(0, min(100, (self.current - low) * 100 // (self.maximum - low)))


@dataclass(frozen=True, slots=True)
class Node:
    """One node of a service. ``updates`` say something only while its state is ``syncing_data``."""

    state: str
    updates: tuple[Update, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceWithNodes:
    """A service as a restore sees it: how far it has got shows in its nodes."""

    service: Service
    nodes: tuple[Node, ...] = ()

    @property
    def is_running(self) -> bool:
        return self.service.state == "RUNNING"

    @property
    def phase(self) -> str:
        """What is being done: the phase of the first node that is not up, else its state, else that of the service."""
        node = next((node for node in self.nodes if node.state != "running"), None)
        if node is None:
            return self.service.state.lower() or "unknown"
        update = _current(node)
        return update.phase if update is not None else node.state

    @property
    def progress(self) -> str:
        """The phase in words, with what is known of how much is done."""
        node = next((node for node in self.nodes if node.state != "running"), None)
        update = _current(node) if node is not None else None
        if update is None:
            return self.phase
        percent = f" {update.percent} %" if update.percent is not None else ""
        parts = (
            f", part {update.chain_index} of {update.chain_total}" if update.chain_index and update.chain_total else ""
        )
        return f"{self.phase}{percent}{parts}"

    def looks_like(self, other: ServiceWithNodes) -> bool:
        """Whether nothing has moved between two looks at the same service."""
        return (self.service.state, self.nodes) == (other.service.state, other.nodes)


def source_tag(project: str, service_name: str) -> str:
    """The value of the tag that names the source: PROJECT/SERVICE, ended by a hash where that is too long for a tag."""
    label = f"{project}/{service_name}"
    if len(label) <= _LONGEST_VALUE:
        return label
    digest = hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:_HASH_LENGTH]
    return f"{label[: _LONGEST_VALUE - _HASH_LENGTH - 1]}-{digest}"


def fork_tags(project: str, service_name: str, purpose: Purpose) -> dict[str, str]:
    """The tags by which a fork of this source is known again."""
    return {SOURCE_TAG: source_tag(project, service_name), PURPOSE_TAG: purpose}


def is_fork_of(fork: Service, project: str, service_name: str, purpose: Purpose | None = None) -> bool:
    """Whether ``fork`` carries the tags of a fork of this source; with ``purpose``, of one made for that."""
    if (fork.project, fork.name) == (project, service_name):
        return False
    purposes = PURPOSES if purpose is None else (purpose,)
    return fork.tags.get(SOURCE_TAG) == source_tag(project, service_name) and fork.tags.get(PURPOSE_TAG) in purposes


def parse_service_with_nodes(project: str, body: object) -> ServiceWithNodes:
    """The answer of ServiceGet and of ServiceCreate."""
    service = parse_service_answer(project, body)
    return _with_nodes(service, body["service"] if isinstance(body, Mapping) else {})


def parse_services_with_nodes(project: str, body: object, names: Collection[str]) -> dict[str, ServiceWithNodes]:
    """Those of ``names`` that the answer of ServiceList holds, by name."""
    rows = body.get("services") if isinstance(body, Mapping) else None
    if not isinstance(rows, list) or not all(isinstance(row, Mapping) for row in rows):
        raise InvalidResponse(f"expected the services of project {project} under 'services', got something else")
    chosen = [row for row in rows if isinstance(name := row.get("service_name"), str) and name in names]
    return {row["service_name"]: parse_service_with_nodes(project, {"service": row}) for row in chosen}


def parse_connection(body: object) -> dict[str, Any]:
    """How to connect to a service, from the answer of ServiceGet with secrets; what the type does not have is None."""
    row = body.get("service") if isinstance(body, Mapping) else None
    if not isinstance(row, Mapping):
        raise InvalidResponse("no 'service' object in the answer about a service and its secrets")
    parts = row.get("service_uri_params")
    params: Mapping[str, Any] = parts if isinstance(parts, Mapping) else {}
    port = params.get("port")
    return {
        "host": params.get("host"),
        "port": int(port) if isinstance(port, str) and port.isascii() and port.isdigit() else port,
        "user": params.get("user"),
        "password": params.get("password"),
        "dbname": params.get("dbname"),
        "uri": row.get("service_uri"),
    }


def parse_project_ca(body: object) -> str:
    """The certificate of a project's CA, as PEM (ProjectKmsGetCA)."""
    certificate = body.get("certificate") if isinstance(body, Mapping) else None
    if not isinstance(certificate, str) or not certificate:
        raise InvalidResponse("no 'certificate' in the answer about a project's CA")
    return certificate


def _with_nodes(service: Service, row: Mapping[str, Any]) -> ServiceWithNodes:
    return ServiceWithNodes(service, tuple(_node(item) for item in _mappings(row.get("node_states"))))


def _node(row: Mapping[str, Any]) -> Node:
    updates = [_update(item) for item in _mappings(row.get("progress_updates"))]
    return Node(_text(row.get("state")) or "unknown", tuple(updates))


def _update(row: Mapping[str, Any]) -> Update:
    found = row.get("position")
    position: Mapping[str, Any] = found if isinstance(found, Mapping) else {}
    return Update(
        phase=_text(row.get("phase")) or "unknown",
        completed=row.get("completed") is True,
        current=_integer(row.get("current")),
        minimum=_integer(row.get("min")),
        maximum=_integer(row.get("max")),
        chain_index=_integer(position.get("chain_index")),
        chain_total=_integer(position.get("chain_total")),
    )


def _current(node: Node) -> Update | None:
    """The phase that a node is in: the first that is not completed, as Aiven lists them in their order."""
    if node.state != "syncing_data":
        return None
    return next((update for update in node.updates if not update.completed), None)


def _mappings(rows: object) -> list[Mapping[str, Any]]:
    return [row for row in rows if isinstance(row, Mapping)] if isinstance(rows, list) else []


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _integer(value: object) -> int | None:
    """A whole number; JSON, as Python reads it, may also hold NaN and Infinity."""
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < 1e18:
        return None
    return int(value)
