# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An event source for ansible-rulebook: the protection of Aiven services in another region, as it becomes worse or better."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

DOCUMENTATION = r"""
---
short_description: Watch the protection of Aiven services in another region
description:
  - Reads the services of each project once an interval, with one call a project, and tells which became worse or better
    protected since it looked last, each change once.
  - Every event is below C(event.aiven_btar); its C(kind) is C(lost), C(unknown), C(paused), C(lagging), C(gone), C(improved),
    C(recovered) or C(appeared), and of the watch itself C(began), C(blind), C(seeing) or C(state_not_kept).
  - While a project cannot be read, there is one event C(blind) in the beginning and one C(seeing) at the end.
options:
  state_file:
    description:
      - Where the watch keeps what it has seen, so that a restart tells nothing twice and misses nothing.
      - One file for each watch, in a place that survives a restart. It holds no secret; its mode is 0600.
    type: path
    required: true
  projects:
    description: The projects to watch. If unset, all that the token sees, which costs one more call an interval.
    type: list
    elements: str
  services:
    description: Globs of service names; a service that none of them matches is not watched.
    type: list
    elements: str
  service_types:
    description: The types to watch, such as C(pg).
    type: list
    elements: str
  rpo_target:
    description: Seconds; a restore point that is older makes a service C(lagging).
    type: int
    default: 93600
  interval:
    description: Seconds from one look to the next.
    type: float
    default: 300
  backoff_max:
    description:
      - A project that cannot be read is tried again after twice as long each time, up to this many seconds, or O(interval) where
        that is more.
    type: float
    default: 900
  api_token:
    description:
      - The token of a user or, better for machines, of an application user.
      - If unset, the environment variables E(AIVEN_TOKEN) and then E(AIVEN_AUTH_TOKEN) are used.
    type: str
  api_url:
    description:
      - Where the API is, without C(/v1).
      - If unset, the environment variable E(AIVEN_WEB_URL) is used.
    type: str
    default: https://api.aiven.io
  ca_path:
    description:
      - A PEM file, or a folder of them, with the certificate authorities to trust.
      - If unset, the environment variable E(AIVEN_CA_CERT) is used.
    type: path
  validate_certs:
    description: Whether the API's TLS certificate is verified.
    type: bool
    default: true
  request_timeout:
    description: Seconds to wait for a connection, and then for each piece of an answer.
    type: float
    default: 30
  retry_timeout:
    description: Seconds that all retries of one call may take together; never more than O(interval).
    type: float
    default: 300
  allow_plain_http:
    description:
      - Whether the token may be sent over plain HTTP to anything but a loopback address.
      - If unset, the environment variable E(AIVEN_ALLOW_PLAIN_HTTP) is used.
    type: bool
    default: false
"""

EXAMPLES = r"""
- offsite.aiven.aiven_btar:
    projects: [shop-production]
    interval: 300
    state_file: /var/lib/offsite.aiven/shop.json
"""

# ansible_collections/offsite/aiven/extensions/eda/plugins/event_source/aiven_btar.py
_COLLECTIONS = Path(__file__).absolute().parents[6]


def _find_the_collection() -> None:
    """ansible-rulebook runs a source as a lone file, and knows nothing of imports from collections.

    A package ansible_collections may be there already, such as that of PyPI's ansible.
    """
    if str(_COLLECTIONS.parent) not in sys.path:
        sys.path.append(str(_COLLECTIONS.parent))
    import ansible_collections

    if str(_COLLECTIONS) not in list(ansible_collections.__path__):
        ansible_collections.__path__.append(str(_COLLECTIONS))


async def main(queue: asyncio.Queue[Any], args: dict[str, Any]) -> None:
    """Tells events until it is cancelled. Raises AivenError for arguments that are of no use."""
    _find_the_collection()
    from ansible_collections.offsite.aiven.plugins.plugin_utils._events.arguments import watch_of

    watch = await asyncio.to_thread(watch_of, args)
    try:
        while True:
            for event in await asyncio.to_thread(watch.look):
                await queue.put({"aiven_btar": dict(event.data)})
                event.told()
            for event in await asyncio.to_thread(watch.keep):
                await queue.put({"aiven_btar": dict(event.data)})
            await asyncio.sleep(watch.seconds_to_next_look())
    finally:
        watch.close()
