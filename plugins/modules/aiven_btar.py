#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar
short_description: Give an Aiven service a backup in another region
version_added: 0.1.0
description:
  - Enables, moves and disables Aiven's backup to another region (BTAR) of one service, and creates the service when it is
    missing and that is allowed.
  - Reads first and writes only what differs. Nothing but the secondary region of an existing service is ever changed.
  - One call when nothing differs, at most four to enable. For many services use M(offsite.aiven.aiven_btar_fleet), which
    needs one call for each project instead of one for each service.
  - What Aiven documents as forbidden is refused before anything is sent, in check mode too. That is a region of another
    provider, the region that the service or its primary backups are in, an unknown region, or a service type without the feature.
options:
  project:
    description: The project of the service.
    type: str
    required: true
  service_name:
    description: The name of the service.
    type: str
    required: true
  state:
    description:
      - V(enabled) gives the service its secondary region. One that has another is moved, which deletes the copies there.
        Aiven allows that once in 24 hours.
      - V(disabled) takes the secondary region away and so deletes the copies in it. The service and its primary backups stay.
    type: str
    choices: [enabled, disabled]
    default: enabled
  region:
    description:
      - The secondary region, as Aiven's cloud name, such as V(aws-eu-central-1). Required if O(state=enabled).
      - Its provider must be that of the service.
    type: str
  create:
    description:
      - Permission to create the service when it does not exist, and how.
      - Without it a missing service is an error. A service that exists is never altered by it. If its type differs,
        the module fails; a plan or cloud that differs is a warning.
      - Options that are not set, or empty, are not sent.
    type: dict
    suboptions:
      service_type:
        description: The type, such as V(pg), V(mysql), V(opensearch), V(valkey) or V(grafana).
        type: str
        required: true
      plan:
        description: The plan, such as V(business-4).
        type: str
        required: true
      cloud:
        description: The cloud that the service runs in.
        type: str
        required: true
      user_config:
        description:
          - The service's user configuration. The secondary region is added to it.
          - It is kept out of logs and output as a whole.
        type: dict
      tags:
        description: Tags of the service.
        type: dict
      disk_space_mb:
        description: Disk space in megabytes.
        type: int
      project_vpc_id:
        description:
          - The VPC to put the service into. V(none) puts it outside of any VPC.
          - If unset, Aiven uses the VPC of that cloud if there is one.
        type: str
      termination_protection:
        description: Whether the service is protected against termination and power-off.
        type: bool
      maintenance:
        description: The weekly maintenance window, in UTC.
        type: dict
        suboptions:
          dow:
            description: The day of the week.
            type: str
            choices: [monday, tuesday, wednesday, thursday, friday, saturday, sunday]
          time:
            description: The time as C(HH:MM:SS).
            type: str
      static_ips:
        description: IDs of static IP addresses.
        type: list
        elements: str
      service_integrations:
        description: Integrations to create with the service, with the keys of Aiven's API.
        type: list
        elements: dict
      tech_emails:
        description: Addresses for technical notifications, as text, or as dictionaries with C(email) as in Aiven's API.
        type: list
        elements: raw
      cmk_id:
        description: The ID of a customer managed encryption key.
        type: str
      copy_tags:
        description: Whether a fork takes the tags of its source.
        type: bool
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.waiting
  - offsite.aiven.attributes.changes
  - offsite.aiven.attributes.actiongroup
seealso:
  - module: offsite.aiven.aiven_btar_info
  - name: Backup to another region
    description: Aiven's page on the feature, its limits and its rules.
    link: https://aiven.io/docs/platform/concepts/backup-to-another-region
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Keep a second copy of the backups of orders-db in Frankfurt
  offsite.aiven.aiven_btar:
    project: shop-production
    service_name: orders-db
    region: aws-eu-central-1

- name: Create a database that has a second copy from its first backup on
  offsite.aiven.aiven_btar:
    project: shop-production
    service_name: invoices-db
    region: aws-eu-central-1
    create:
      service_type: pg
      plan: business-4
      cloud: aws-eu-west-1
      tags:
        team: billing
      termination_protection: true
    wait: true

- name: Delete the second copy
  offsite.aiven.aiven_btar:
    project: shop-production
    service_name: orders-db
    state: disabled

- name: Branch on the error code
  block:
    - name: Try a region of another provider
      offsite.aiven.aiven_btar:
        project: shop-production
        service_name: invoices-db
        region: google-europe-west1
      register: attempt
  rescue:
    - name: Say what to do
      ansible.builtin.debug:
        msg: "{{ ansible_failed_result.error.message }}"
      when: ansible_failed_result.error.code == 'provider_mismatch'
"""

RETURN = r"""
change:
  description: What was changed, or would be in check mode. Null when nothing differs.
  returned: when the service could be read
  type: str
  choices: [create, enable, move, disable]
  sample: enable
reason:
  description: Why, in words.
  returned: when the service could be read
  type: str
  sample: no secondary region, aws-eu-central-1 wanted
service:
  description:
    - The public facts of the service after the change; in check mode as they would be. If the change failed, as they are.
  returned: when the service exists, or is created
  type: dict
  contains:
    project:
      description: Its project.
      type: str
      returned: always
    service_name:
      description: Its name.
      type: str
      returned: always
    service_type:
      description: Its type.
      type: str
      returned: always
    plan:
      description: Its plan.
      type: str
      returned: always
    cloud_name:
      description: The cloud that it runs in.
      type: str
      returned: always
    state:
      description: Aiven's state, such as C(RUNNING), C(REBUILDING), C(REBALANCING) or C(POWEROFF).
      type: str
      returned: always
    primary_region:
      description: Where the newest primary backup is; the cloud of the service until there is one.
      type: str
      returned: always
    region:
      description: The secondary region, or null.
      type: str
      returned: always
    migrated:
      description:
        - Whether it was migrated, as far as its regions tell, which is that it runs elsewhere than its primary backups are.
        - Backups of a provider that stores none, DigitalOcean or UpCloud, always lie elsewhere and are no sign of it.
      type: bool
      returned: always
    termination_protection:
      description: Whether it is protected against termination.
      type: bool
      returned: always
    tags:
      description: Its tags.
      type: dict
      returned: always
    create_time:
      description: When it was created, in UTC.
      type: str
      returned: always
    update_time:
      description: When it was last changed, in UTC.
      type: str
      returned: always
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 3, retries: 0, total: 4, waited_seconds: 0.0, writes: 1}
error:
  description: What went wrong. The codes are listed in the collection's docs.
  returned: on failure
  type: dict
  contains:
    code:
      description: A stable code, such as V(provider_mismatch) or V(permission_denied).
      type: str
      returned: always
    message:
      description: The same text as RV(ignore:msg).
      type: str
      returned: always
    status:
      description: The HTTP status, where there was an answer.
      type: int
      returned: always
"""

from typing import Any

from ansible_collections.offsite.aiven.plugins.module_utils._api.argument_specs import create_options, wait_options
from ansible_collections.offsite.aiven.plugins.module_utils._api.client import AivenClient
from ansible_collections.offsite.aiven.plugins.module_utils._runners.ansible_module import AivenModule
from ansible_collections.offsite.aiven.plugins.module_utils._runners.service import (
    create_spec_of,
    run,
    target_of,
    waiting_of,
)


def main() -> None:
    module = AivenModule(
        argument_spec={
            "project": {"type": "str", "required": True},
            "service_name": {"type": "str", "required": True},
            "state": {"type": "str", "choices": ["enabled", "disabled"], "default": "enabled"},
            "region": {"type": "str"},
            "create": {"type": "dict", "options": create_options()},
            **wait_options(),
        },
        required_if=[("state", "enabled", ["region"])],
    )
    params = module.params

    def work(client: AivenClient) -> dict[str, Any]:
        target = target_of(params)
        create = create_spec_of(params["create"], target.region)
        return run(client, target, create, waiting_of(params), check_mode=module.check_mode)

    module.perform(work)


if __name__ == "__main__":
    main()
