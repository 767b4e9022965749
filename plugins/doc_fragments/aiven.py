# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # How to reach the API: options of every module and action (module_utils/_api/argument_specs.py, compared by a test).
    DOCUMENTATION = r"""
options:
  api_token:
    description:
      - The token of a user or, better for machines, of an application user.
      - If unset, the environment variables E(AIVEN_TOKEN) and then E(AIVEN_AUTH_TOKEN) are used.
      - It is sent in the request header and shown nowhere.
    type: str
  api_url:
    description:
      - Where the API is, without C(/v1).
      - If unset, the environment variable E(AIVEN_WEB_URL) is used.
    type: str
    default: https://api.aiven.io
  ca_path:
    description:
      - A PEM file, or a folder of them, with the certificate authorities to trust. Needed behind a TLS-inspecting proxy.
      - If unset, the environment variable E(AIVEN_CA_CERT) is used.
    type: path
  validate_certs:
    description: Whether the API's TLS certificate is verified.
    type: bool
    default: true
  request_timeout:
    description: Seconds to wait for a connection, and then for each piece of an answer. A whole answer may take ten times as long.
    type: float
    default: 30
  retry_timeout:
    description:
      - Seconds that all retries of one call may take together.
      - Reads are repeated after connection errors and the statuses 408, 429 and 5xx. A write whose answer was lost is
        only repeated after a look at the service, so that nothing is created or moved twice.
    type: float
    default: 300
  allow_plain_http:
    description:
      - Whether the token may be sent over plain HTTP. Without it an O(api_url) that begins with C(http) is refused, as everybody on
        the way could read the token, unless it is a loopback address.
      - If unset, the environment variable E(AIVEN_ALLOW_PLAIN_HTTP) is used.
    type: bool
    default: false
requirements:
  - requests >= 2.28
"""
