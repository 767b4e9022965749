# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # The connection options of doc_fragments/aiven.py, with the environment variables in the form that only plugins may
    # document. Of several that are set ansible-core takes the last.
    DOCUMENTATION = r"""
options:
  api_token:
    description:
      - The token of a user or, better for machines, of an application user.
      - Of the environment variables E(AIVEN_TOKEN) wins over E(AIVEN_AUTH_TOKEN).
      - May be a template, or encrypted with Ansible Vault. It is sent in the request header and shown nowhere.
    type: str
    env:
      - name: AIVEN_AUTH_TOKEN
      - name: AIVEN_TOKEN
  api_url:
    description: Where the API is, without C(/v1).
    type: str
    default: https://api.aiven.io
    env:
      - name: AIVEN_WEB_URL
  ca_path:
    description:
      - A PEM file, or a folder of them, with the certificate authorities to trust. Needed behind a TLS-inspecting proxy.
    type: path
    env:
      - name: AIVEN_CA_CERT
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
      - Calls are repeated after connection errors and the statuses 408, 429 and 5xx.
    type: float
    default: 300
  allow_plain_http:
    description:
      - Whether the token may be sent over plain HTTP. Without it an O(api_url) that begins with C(http) is refused, as everybody on
        the way could read the token, unless it is a loopback address.
    type: bool
    default: false
    env:
      - name: AIVEN_ALLOW_PLAIN_HTTP
requirements:
  - requests >= 2.28
"""
