# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What holds for every restore: made once it is done, predicted it is the same, in the region whose copy is meant, to a point
that was there, and it shows no secret.

A few lines stand for Aiven: they take the very body that would be sent and answer with a service as the API does.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.offsite.aiven.plugins.module_utils._core import restore as _restore
from ansible_collections.offsite.aiven.plugins.module_utils._core.forks import (
    ServiceWithNodes,
    fork_tags,
    is_fork_of,
    parse_service_with_nodes,
    source_tag,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.model import (
    BackupDetails,
    parse_backup_details,
    parse_time,
)
from ansible_collections.offsite.aiven.plugins.module_utils._core.restore import ForkTarget
from tests.unit.core.restores import HOME, NOW, OTHER, PARTNER, ROW, decide, target

CANARY = "cAnArY-secret"
CLOUDS = [HOME, PARTNER, OTHER]

names = st.text("abc-", min_size=1, max_size=80)
clouds = st.sampled_from(CLOUDS)
moments = st.integers(-5 * 86400, 600).map(lambda seconds: NOW + timedelta(seconds=seconds))
times = moments.map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
backups = st.lists(
    st.fixed_dictionaries(
        {
            "backup_name": st.sampled_from(["base-a", "base-b", "base-c", None]),
            "backup_time": times | st.none(),
            "storage_location": clouds,
            "additional_regions": st.lists(clouds.map(lambda cloud: {"cloud": cloud}), max_size=1),
        }
    ),
    max_size=4,
)
ends = st.fixed_dictionaries({"pitr_range_start": times | st.none(), "pitr_range_end": times | st.none()})
pitr = st.none() | st.fixed_dictionaries(
    {
        "primary_region": ends,
        "additional_regions": st.lists(st.builds(lambda cloud, end: {"cloud": cloud, **end}, clouds, ends), max_size=1),
    }
)
found_backups = st.none() | st.builds(
    lambda rows, ranges: parse_backup_details({"backups": rows, "pitr": ranges}), backups, pitr
)
sources = st.fixed_dictionaries(
    {
        "service_type": st.sampled_from(["pg", "mysql", "opensearch", "valkey", "grafana", "kafka", "clickhouse"]),
        "plan": st.sampled_from(["business-4", "startup-4", "startup-4", "free-1"]),
        "cloud_name": clouds,
        "state": st.sampled_from(["RUNNING", "REBUILDING", "POWEROFF", "SOMETHING_NEW"]),
        "user_config": st.fixed_dictionaries(
            {"admin_password": st.just(CANARY), "additional_backup_regions": st.lists(clouds, max_size=1)}
        ),
        "service_uri": st.just(f"postgres://{CANARY}"),
    },
    optional={"backups": backups},
).map(lambda row: parse_service_with_nodes("shop", {"service": {**ROW, **row}}))
targets = st.builds(
    lambda recover_to, place, cloud, **rest: target(recover_to, place=place, cloud=cloud, **rest),
    st.sampled_from(["latest", "backup", "base-a", "base-b"]) | times,
    st.sampled_from(["secondary", "primary"]),
    st.none() | clouds,
    fork_project=st.sampled_from(["shop", "lab"]),
    plan=st.none() | st.sampled_from(["startup-4", "business-4"]),
    purpose=st.sampled_from([None, "restore", "drill"]),
    options=st.fixed_dictionaries(
        {},
        optional={
            "user_config": st.just({"admin_password": CANARY}),
            "tags": st.dictionaries(names, names, max_size=2),
            "termination_protection": st.booleans(),
        },
    ),
)


def made(wanted: ForkTarget, source: ServiceWithNodes, cloud: str, point: Any) -> ServiceWithNodes:
    """Aiven: what becomes of the body."""
    body = _restore.body_of(wanted, source.service, cloud, point)
    return parse_service_with_nodes(
        wanted.fork_project, {"service": {**body, "cloud_name": body.pop("cloud"), "state": "REBUILDING"}}
    )


@settings(max_examples=300, deadline=None)
@given(targets, sources, found_backups)
def test_a_second_run_finds_what_the_first_one_made(
    wanted: ForkTarget, source: ServiceWithNodes, found: BackupDetails | None
) -> None:
    decided = decide(wanted, source, found)
    if decided.refusal is not None:
        return
    fork = made(wanted, source, decided.cloud, decided.point)
    assert _restore.is_made(wanted, source.service, decided.cloud, fork.service)
    assert _restore.compare(wanted, source, fork).refusal is None
    removal = _restore.removal_refusal(wanted, fork.service)
    assert (removal is None) is not fork.service.termination_protection


@settings(max_examples=300, deadline=None)
@given(targets, sources, found_backups)
def test_what_is_predicted_is_what_comes(
    wanted: ForkTarget, source: ServiceWithNodes, found: BackupDetails | None
) -> None:
    decided = decide(wanted, source, found)
    if decided.refusal is None:
        fork = made(wanted, source, decided.cloud, decided.point)
        assert _restore.predict(wanted, source.service, decided.cloud) == fork.service


@settings(max_examples=300, deadline=None)
@given(targets, sources, found_backups)
def test_the_cloud_decides_which_copy_aiven_takes(
    wanted: ForkTarget, source: ServiceWithNodes, found: BackupDetails | None
) -> None:
    decided = decide(wanted, source, found)
    if decided.refusal is None:
        assert (decided.cloud == source.service.secondary_region) is (wanted.place == "secondary")


@settings(max_examples=500, deadline=None)
@given(targets, sources, found_backups)
def test_points_are_in_the_past_and_never_of_a_backup_after_them(
    wanted: ForkTarget, source: ServiceWithNodes, found: BackupDetails | None
) -> None:
    decided = decide(wanted, source, found)
    point = decided.point
    if decided.refusal is not None:
        return
    assert point.target_time is None or point.basebackup_name is None
    if wanted.recover_to.time is not None:
        assert parse_time(point.target_time) == wanted.recover_to.time <= NOW
    if wanted.recover_to.kind == "backup":
        assert point.asked is None
    known = found.backups if found is not None else source.service.backups or ()
    bases = [backup.time for backup in known if backup.name == point.backup_name and backup.time is not None]
    if point.backup_name is not None and point.time is not None and bases:
        assert min(bases) <= point.time


@settings(max_examples=300, deadline=None)
@given(targets, sources, found_backups)
def test_nothing_that_is_shown_holds_a_secret(
    wanted: ForkTarget, source: ServiceWithNodes, found: BackupDetails | None
) -> None:
    decided = decide(wanted, source, found)
    assert CANARY not in repr(decided) + repr(source)
    if decided.refusal is None:
        fork = _restore.predict(wanted, source.service, decided.cloud)
        shown = _restore.diff(wanted, {}, _restore.diff_facts(fork, fork.tags, decided.point))
        assert shown["before"] != shown["after"]
        assert CANARY not in json.dumps(shown)


@settings(max_examples=300, deadline=None)
@given(names, names, names, names)
def test_a_fork_belongs_to_its_source_alone(project: str, name: str, other_project: str, other_name: str) -> None:
    tag = source_tag(project, name)
    assert len(tag) <= 64
    row = {**ROW, "service_name": "fork", "tags": fork_tags(project, name, "restore")}
    fork = parse_service_with_nodes("lab", {"service": row}).service
    assert is_fork_of(fork, project, name)
    if f"{project}/{name}" != f"{other_project}/{other_name}":
        assert not is_fork_of(fork, other_project, other_name)
