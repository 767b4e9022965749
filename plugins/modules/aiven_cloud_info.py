#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_cloud_info
short_description: List Aiven's cloud regions, the nearest first
version_added: 0.1.0
description:
  - Lists the clouds with their provider, geographical region and coordinates, to choose secondary regions from.
  - Costs one call. The public list needs no token.
options:
  project:
    description:
      - List the clouds of this project instead of the public ones. They include its custom (BYOC) clouds.
      - Needs a token that may manage the project's services.
    type: str
  near:
    description:
      - Sort by the distance from this cloud, nearest first. Clouds without coordinates come last. The cloud itself is left out.
    type: str
  same_provider_as:
    description:
      - Only other clouds of the provider of this cloud. Sorted by distance from it unless O(near) says otherwise.
    type: str
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.attributes
  - offsite.aiven.attributes.info
  - offsite.aiven.attributes.actiongroup
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Find where the backups of a service in Ireland can go
  offsite.aiven.aiven_cloud_info:
    same_provider_as: aws-eu-west-1
  register: candidates

- name: Show the three nearest
  ansible.builtin.debug:
    msg: "{{ item.cloud_name }}: {{ item.distance_km }} km"
  loop: "{{ candidates.clouds[:3] }}"
  loop_control:
    label: "{{ item.cloud_name }}"
"""

RETURN = r"""
clouds:
  description: The clouds, sorted by distance where one was asked for, else by name.
  returned: success
  type: list
  elements: dict
  contains:
    cloud_name:
      description: The name that the API uses.
      type: str
      returned: always
      sample: aws-eu-central-1
    provider:
      description: Aiven's code of the provider, or null where Aiven gives none.
      type: str
      returned: always
      sample: aws
    geo_region:
      description: The geographical region.
      type: str
      returned: always
      sample: europe
    geo_latitude:
      description: Degrees north, or null.
      type: float
      returned: always
    geo_longitude:
      description: Degrees east, or null.
      type: float
      returned: always
    cloud_description:
      description: Aiven's description.
      type: str
      returned: always
    distance_km:
      description: Great circle distance in kilometres, or null where the coordinates of either cloud are not known.
      type: float
      returned: when O(near) or O(same_provider_as) is given
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 1, retries: 0, total: 1, waited_seconds: 0.0, writes: 0}
error:
  description: What went wrong, as C(code), C(message) and C(status). The codes are listed in the collection's docs.
  returned: on failure
  type: dict
  sample: {code: unknown_region, message: near 'aws-nowhere' is not a cloud that Aiven lists, status: null}
"""

from ansible_collections.offsite.aiven.plugins.module_utils._runners.ansible_module import AivenModule
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import list_clouds


def main() -> None:
    module = AivenModule(
        argument_spec={
            "project": {"type": "str"},
            "near": {"type": "str"},
            "same_provider_as": {"type": "str"},
        }
    )
    params = module.params
    module.perform(lambda client: list_clouds(client, params["project"], params["near"], params["same_provider_as"]))


if __name__ == "__main__":
    main()
