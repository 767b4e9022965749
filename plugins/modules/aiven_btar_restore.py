#!/usr/bin/python
# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: aiven_btar_restore
short_description: Restore an Aiven service from its copy in another region
version_added: 1.0.0
description:
  - Forks a service from its copies in the secondary region, or from its primary backups, to the latest point, to a base
    backup or to a time, waits for the fork, and deletes it again when told to.
  - It works when the source is powered off and its region is gone. What Aiven cannot tell then is taken from the listing
    of the project, with a warning that says what could not be checked.
  - The source is never changed. A fork carries the tags C(offsite_fork_source) and C(offsite_fork_purpose), by which it is
    known again; no second one of that name is made, and nothing without these tags is ever deleted.
  - All that can be known to fail is refused before anything is sent, in check mode too.
  - One call when the fork is there already, at most five to make it, and those of the wait. A fork that is there already
    in another project than its source costs one more, and O(connection=true) two more.
  - The work is done on the controller, by an action plugin, which shows its progress on standard error.
options:
  project:
    description: The project of the source.
    type: str
    required: true
  service_name:
    description: The service to restore.
    type: str
    required: true
  fork_name:
    description: The name of the new service, of at most 64 lower-case letters, digits and hyphens, of which the first is a letter.
    type: str
    required: true
  fork_project:
    description:
      - The project in which the new service is made. If unset, that of the source.
      - Aiven forks only between projects of one organization.
    type: str
  state:
    description:
      - V(present) makes the fork if it does not exist. A service of that name that is no fork of this source, or is in
        another cloud, is an error.
      - V(absent) deletes the fork, and refuses to delete anything that was not made from this source.
    type: str
    choices: [present, absent]
    default: present
  source:
    description:
      - Which copies to restore. The V(secondary) ones can only be restored in the region where they are, so the fork is
        made there.
      - The V(primary) ones can be restored everywhere but there.
    type: str
    choices: [secondary, primary]
    default: secondary
  cloud:
    description:
      - The cloud of the fork, with O(source=primary) only. If unset, that of the source.
    type: str
  recover_to:
    description:
      - V(latest) is the latest point that the copies can be restored to.
      - V(backup) is the newest base backup there.
      - A time, in ISO 8601 with an offset or C(Z), such as V(2026-09-01T12:00:00Z). Only for types with point-in-time
        recovery, which are V(pg) and V(mysql).
      - The name of a base backup. For types with point-in-time recovery that is the time of the backup.
      - For types without point-in-time recovery V(latest) is the same as V(backup).
    type: str
    default: latest
  purpose:
    description:
      - What the fork is for, written into its tag C(offsite_fork_purpose). If unset, a new fork is for a V(restore), and
        one that exists may be for either.
      - If set, a fork that was made for another purpose is neither taken for the wanted one nor deleted.
    type: str
    choices: [restore, drill]
  plan:
    description: The plan of the fork. If unset, that of the source.
    type: str
  user_config:
    description:
      - Further user configuration of the fork. Aiven copies the source's.
      - It must not hold the keys that follow from the other options, such as C(service_to_fork_from).
      - It is kept out of logs and output as a whole.
    type: dict
  tags:
    description: Tags of the fork, beside those by which it is known again.
    type: dict
  project_vpc_id:
    description:
      - The VPC to put the fork into. V(none) puts it outside of any VPC.
      - If unset, Aiven uses the VPC of that cloud if there is one.
    type: str
  disk_space_mb:
    description: Disk space in megabytes.
    type: int
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
  termination_protection:
    description: Whether the fork is protected against termination and power-off, also by O(state=absent).
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until the fork runs. The first look is after 10 seconds, later ones every 10 to 30 seconds.
      - A fork that was there already is waited for too if it does not run yet.
    type: bool
    default: true
  wait_timeout:
    description: Seconds to wait in all. A timeout after a fork was made is a result that is changed and failed.
    type: float
    default: 7200
  stall_timeout:
    description: Seconds to wait without any change in the fork's state or progress.
    type: float
    default: 1800
  connection:
    description:
      - Whether to read how to connect to the fork, with its password. The whole result is then hidden in output and logs,
        and available where it is registered.
      - The token needs C(service:secrets:read) for it.
    type: bool
    default: false
extends_documentation_fragment:
  - offsite.aiven.aiven
  - offsite.aiven.attributes
  - offsite.aiven.attributes.actiongroup
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
seealso:
  - module: offsite.aiven.aiven_btar
  - module: offsite.aiven.aiven_btar_info
  - name: Fork and restore
    description: Aiven's page on restoring a backup in another region.
    link: https://aiven.io/docs/platform/howto/btar/manage-backup-to-another-region
author:
  - offsite.aiven contributors (@offsite-aiven)
"""

EXAMPLES = r"""
- name: Restore customers-db from its copy in the secondary region, to the latest point there
  offsite.aiven.aiven_btar_restore:
    project: shop-production
    service_name: customers-db
    fork_name: customers-db-restored
  register: restore

- name: Show what was restored, and how old it is
  ansible.builtin.debug:
    var: restore.restored

- name: Have a look at the data of a moment, on a small plan, without waiting for it
  offsite.aiven.aiven_btar_restore:
    project: shop-production
    service_name: customers-db
    fork_name: customers-db-before-the-mistake
    recover_to: "2026-08-31T22:15:00Z"
    plan: startup-4
    tags:
      team: data
    wait: false

- name: Read how to connect to the restored database
  offsite.aiven.aiven_btar_restore:
    project: shop-production
    service_name: customers-db
    fork_name: customers-db-restored
    connection: true
  register: reachable

- name: Use it, without showing it
  ansible.builtin.assert:
    that: reachable.connection.host is defined
  no_log: true

- name: Delete the look at the past
  offsite.aiven.aiven_btar_restore:
    project: shop-production
    service_name: customers-db
    fork_name: customers-db-before-the-mistake
    state: absent
"""

RETURN = r"""
msg:
  description: What was done, in words.
  returned: always
  type: str
  sample: shop/orders-restored is made from shop/orders, from the secondary copy in aws-eu-central-1, as of 2026-09-01T11:55:00Z
fork:
  description: The fork as it is now; in check mode as it would be; the deleted one with O(state=absent).
  returned: when there is one
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
    cloud:
      description: The cloud that it runs in.
      type: str
      returned: always
    state:
      description: Aiven's state, such as C(RUNNING) or C(REBUILDING).
      type: str
      returned: always
    create_time:
      description: When it was created, in UTC; null in check mode.
      type: str
      returned: always
restored:
  description: What was restored. For a fork that was there already only what was asked for.
  returned: with O(state=present)
  type: dict
  contains:
    source:
      description: Which copies, see O(source).
      type: str
      returned: always
    region:
      description: Where these copies are; null for a fork of V(primary) ones that was there already if its source was not read.
      type: str
      returned: always
    backup_name:
      description: The base backup that is restored, as far as it is known.
      type: str
      returned: always
    recover_to:
      description: The point that was asked for, see O(recover_to).
      type: str
      returned: always
    point:
      description: The time or base backup that Aiven was asked for; null if it was asked for none, and so for the newest base backup.
      type: str
      returned: always
    rpo_seconds:
      description: How much older the restored data is than now, in seconds; null if that is not known.
      type: int
      returned: always
recovered_to:
  description:
    - The time whose data the fork has, which is that of the base backup where no time was asked for. Null if it is not known, as
      for a fork that was there already.
  returned: always
  type: str
  sample: "2026-09-01T11:55:00Z"
phases:
  description:
    - Seconds by phase of the restore, as far as the looks at the fork could tell. C(create) lasts until the first look.
    - Aiven's phases are C(prepare), C(basebackup), C(stream) and C(finalize); states of nodes such as C(setting_up_vm)
      stand for the time without one.
  returned: always
  type: dict
  sample: {create: 10.3, setting_up_vm: 44.1, basebackup: 126.0, stream: 30.2}
seconds:
  description: Seconds from the request until the fork ran, or until the end of the wait.
  returned: always
  type: float
connection:
  description: How to connect to the fork. What the type does not have is null.
  returned: with O(connection=true), not in check mode
  type: dict
  contains:
    host:
      description: The host.
      type: str
      returned: always
    port:
      description: The port.
      type: int
      returned: always
    user:
      description: The user.
      type: str
      returned: always
    password:
      description: The password.
      type: str
      returned: always
    dbname:
      description: The database.
      type: str
      returned: always
    uri:
      description: All of that in one URI.
      type: str
      returned: always
    ca:
      description: The certificate of the project's CA, as PEM; null if it could not be read.
      type: str
      returned: always
warnings:
  description:
    - What could not be checked, and what differs from the options and was left as it is.
    - Newer versions of ansible-core take an empty list out of a result.
  returned: when there are any
  type: list
  elements: str
api_calls:
  description: The requests that were sent, and how long was waited between them.
  returned: always
  type: dict
  sample: {reads: 5, retries: 0, total: 6, waited_seconds: 22.0, writes: 1}
error:
  description: What went wrong, as C(code), C(message) and C(status).
  returned: on failure
  type: dict
"""
