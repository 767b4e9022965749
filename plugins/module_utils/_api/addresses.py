# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the API is: what an ``api_url`` must be, and to whom a token may be sent in the clear."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from ansible_collections.offsite.aiven.plugins.module_utils._api.errors import AivenError


def base_url(url: str, *, allow_plain_http: bool) -> str:
    """``url`` without ``/v1`` and slashes at its end. Raises ``api_unreachable`` for one that cannot be used.

    Over plain http everybody on the way reads the token: it is refused but for an address of this machine itself.
    """
    base = (url or "").strip().rstrip("/").removesuffix("/v1").rstrip("/")
    try:
        parts = urlsplit(base)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        valid = valid and not (parts.query or parts.fragment) and base.isprintable() and " " not in base
        valid = valid and bool((parts.hostname or "").encode("idna"))  # a ValueError where no such host can be
        secret = parts.username is not None or parts.password is not None
    except ValueError:
        valid, secret = False, False
    if secret:
        raise AivenError(
            "api_unreachable", "api_url must not hold a user name or password; give the token as api_token"
        )
    if not valid:
        shown = url.rpartition("@")[2]  # before it, a malformed URL may hold a password
        raise AivenError("api_unreachable", f"api_url {shown!r} is not an http(s) URL such as https://api.aiven.io")
    if parts.scheme == "http" and not (allow_plain_http or is_loopback(parts.hostname or "")):
        raise AivenError(
            "api_unreachable",
            f"api_url {base!r} would send the token in the clear: use https, or set allow_plain_http (or AIVEN_ALLOW_PLAIN_HTTP) "
            "to true where the way there is safe",
        )
    return base


def is_loopback(host: str) -> bool:
    """Whether a host can only be this machine itself. Other names than localhost are not looked up: that may change."""
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback
