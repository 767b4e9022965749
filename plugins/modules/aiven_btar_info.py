#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_info
short_description: Tell which Aiven services are protected by a backup in another region
version_added: 0.1.0
description:
  - Lists services with their secondary region and their protection, that is whether a backup really lies there.
  - One call for each project, and one more if O(projects) is left out.
options:
  projects:
    description:
      - The projects to look into. If unset, all that the token belongs to; one whose services it may not see is left out, with
        a warning.
    type: list
    elements: str
  details:
    description:
      - Whether to ask for the backups of each service, which costs one call a service and needs the permission
        C(service:configuration:write). A listing alone gives an upper bound of the RPO for types with
        point-in-time recovery (V(pg), V(mysql)), and may hold no backups at all.
      - Services that are powered off are not asked for, as Aiven may not answer for them.
      - Where a service has no backup at all, its plan is asked whether it keeps any, one call for each such plan.
    type: bool
    default: false
  rpo_target:
    description: A restore point older than this many seconds makes a service C(lagging). 26 hours by default.
    type: int
    default: 93600
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.selection
  - offsite.aiven.attributes
  - offsite.aiven.attributes.info
  - offsite.aiven.attributes.actiongroup
seealso:
  - module: offsite.aiven.aiven_btar
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Look at every PostgreSQL service that the token sees
  offsite.aiven.aiven_btar_info:
    service_types: [pg]
  register: backups

- name: Name those without a restore point in another region
  ansible.builtin.debug:
    msg: "{{ backups.services | rejectattr('protection', 'in', ['protected', 'lagging']) | map(attribute='service_name') }}"

- name: Know the exact restore range of one service
  offsite.aiven.aiven_btar_info:
    projects: [shop-production]
    services: [orders-*]
    details: true
    lag_period: day
"""

RETURN = r"""
services:
  description: The services, in the order of the projects and of Aiven's listings.
  returned: success
  type: list
  elements: dict
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
      description: Aiven's state of it.
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
    protection:
      description: The first of these that holds.
      type: str
      returned: always
      choices: [unsupported, disabled, unknown, pending, paused, lagging, protected]
    explanation:
      description: Why, in words.
      type: str
      returned: always
    pause_reason:
      description: Why the copying is paused, in Aiven's words.
      type: str
      returned: always
    restore_point:
      description: The newest time that the secondary region can restore to, in UTC.
      type: str
      returned: always
    oldest_restorable:
      description: The oldest time that it can restore to, in UTC.
      type: str
      returned: always
    rpo_seconds:
      description: The age of the restore point in seconds.
      type: int
      returned: always
    rpo_exact:
      description: Whether that is exact. If not, it is an upper bound.
      type: bool
      returned: always
    replicated_backups:
      description: How many backups lie in the current secondary region.
      type: int
      returned: always
    replicated_bytes:
      description: Their size before compression, in bytes.
      type: int
      returned: always
    details_error:
      description: Why the backups of this service could not be read, as C(code), C(message) and C(status); else null.
      type: dict
      returned: if O(details=true)
    lag:
      description:
        - The report on replication lag, an entry for each numeric column of each group, with C(group), C(title), C(column),
          C(unit), C(last), C(max), C(p95) and C(points), in the units that Aiven reports.
        - Null where there is no secondary region, where the service is powered off, or where the report could not be read.
      type: list
      elements: dict
      returned: if O(lag_period) is given
    lag_error:
      description: Why the report could not be read, as C(code), C(message) and C(status); else null.
      type: dict
      returned: if O(lag_period) is given
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 3, retries: 0, total: 3, waited_seconds: 0.0, writes: 0}
error:
  description: What went wrong, as C(code), C(message) and C(status). The codes are listed in the collection's docs.
  returned: on failure
  type: dict
"""

from ansible_collections.offsite.aiven.plugins.module_utils._core.protection import DEFAULT_RPO_TARGET
from ansible_collections.offsite.aiven.plugins.module_utils._runners.ansible_module import AivenModule
from ansible_collections.offsite.aiven.plugins.module_utils._runners.info import describe_services


def main() -> None:
    module = AivenModule(
        argument_spec={
            "projects": {"type": "list", "elements": "str"},
            "services": {"type": "list", "elements": "str"},
            "service_types": {"type": "list", "elements": "str"},
            "details": {"type": "bool", "default": False},
            "lag_period": {"type": "str", "choices": ["hour", "day", "week", "month", "year"]},
            "rpo_target": {"type": "int", "default": DEFAULT_RPO_TARGET},
        }
    )
    module.perform(lambda client: describe_services(client, module.params))


if __name__ == "__main__":
    main()
