# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The chain of evidence: each file holds the hash of the one before it of the same service, and the ledger that of each.

The hash within a file shows that an earlier one was edited or is missing; the ledger shows it of the last one too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# The file beside the evidence with a line of JSON for each.
LEDGER = "chain.jsonl"

ServiceKey = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Link:
    """One line of the ledger: a file of evidence, the SHA-256 of its bytes, and the service that it is about."""

    file: str
    sha256: str
    project: str
    service_name: str

    @property
    def service(self) -> ServiceKey:
        return self.project, self.service_name

    def as_dict(self) -> dict[str, str]:
        return {
            "file": self.file,
            "sha256": self.sha256,
            "project": self.project,
            "service_name": self.service_name,
        }


@dataclass(frozen=True, slots=True)
class Found:
    """A file of evidence as it is: its name, the SHA-256 of its bytes, and the parsed body, None where it is no evidence."""

    file: str
    sha256: str
    body: Mapping[str, Any] | None

    @property
    def service(self) -> ServiceKey | None:
        return None if self.body is None else (str(self.body["project"]), str(self.body["service_name"]))

    @property
    def is_chained(self) -> bool:
        """Evidence that was written by other means has no ``former``, and nothing can be said about it."""
        return self.body is not None and "former" in self.body


def parse_link(body: object) -> Link | None:
    """The link that a line of the ledger tells of; None for what is none."""
    if not isinstance(body, Mapping):
        return None
    values = [body.get(key) for key in ("file", "sha256", "project", "service_name")]
    return Link(*map(str, values)) if all(isinstance(value, str) and value for value in values) else None


def former_of(links: Sequence[Link], service: ServiceKey) -> dict[str, str] | None:
    """What the next evidence of a service says of the one before; None if there is none."""
    last = next((link for link in reversed(links) if link.service == service), None)
    return None if last is None else {"file": last.file, "sha256": last.sha256}


def breaks(links: Sequence[Link], files: Iterable[Found]) -> dict[ServiceKey, list[str]]:
    """In words, by service, where the evidence is not what was written: edited, removed, or added behind the ledger's back."""
    present = {found.file: found for found in files}
    told: dict[ServiceKey, list[str]] = {}
    for service, words in (*_by_ledger(links, present), *_by_former(links, present)):
        if words not in told.setdefault(service, []):
            told[service].append(words)
    return told


def _by_ledger(links: Sequence[Link], present: Mapping[str, Found]) -> Iterator[tuple[ServiceKey, str]]:
    for link in links:
        found = present.get(link.file)
        if found is None:
            yield link.service, f"{link.file} is missing"
        elif found.sha256 != link.sha256:
            yield link.service, f"{link.file} was edited"
    known = {link.file for link in links}
    for found in present.values():
        if found.is_chained and found.service is not None and found.file not in known:
            yield found.service, f"{found.file} is not in {LEDGER}"


def _by_former(links: Sequence[Link], present: Mapping[str, Found]) -> Iterator[tuple[ServiceKey, str]]:
    """What the files say of each other, for a ledger that was cut or edited as well."""
    for found in present.values():
        former = found.body.get("former") if found.body is not None else None
        if not isinstance(former, Mapping) or found.service is None:
            continue
        name = str(former.get("file"))
        before = present.get(name)
        if before is None:
            yield found.service, f"{name} is missing"
        elif before.sha256 != former.get("sha256"):
            yield found.service, f"{name} was edited"
