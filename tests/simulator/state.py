# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulator remembers: organizations, projects, tokens, services. Pure data; times are epoch seconds."""

from __future__ import annotations

import fnmatch
import math
import zlib
from dataclasses import dataclass, field
from typing import Any

from .authorities import Authorities
from .catalog import Plan
from .clock import DEFAULT_START, VirtualClock, iso
from .clouds import Cloud, listed_clouds
from .errors import ApiError

DEFAULT_TOKEN = "simulator-token"
DEFAULT_USER = "operator@example.org"


@dataclass
class Settings:
    """What a run of the simulator is told on the command line, or later by ``PUT /_simulator/config``."""

    build_seconds: float = 120.0
    listing_padding: int = 0
    leak_secrets: str = ""
    rate_limit: int = 0
    rate_window: float = 60.0
    rate_scale: float = 1.0
    retry_after: bool = False
    refuse_equal_within_day: bool = False
    """Strict reading of "once in 24 hours": even setting the same region again is refused."""
    change_rebuilds: bool = False
    """A change of the secondary region puts the service to REBUILDING (whether it does is not documented)."""
    list_unreplicated: bool = False
    """A backup names the secondary region before its copy has arrived there (which of both is true is not documented)."""
    replicate_every: float = 0.0
    """Seconds between replications of real services; 0: only when the side door says so."""
    poweroff_503: list[str] = field(default_factory=lambda: ["*/metrics", "*/logs"])
    """Patterns of paths below a service that cannot be read while it is powered off."""


@dataclass(frozen=True)
class Rule:
    """How backups are made: every ``interval`` seconds at ``offset`` past midnight UTC, the newest ``keep`` are kept."""

    offset: int
    interval: int
    keep: int
    powered: bool

    @property
    def takes_backups(self) -> bool:
        return self.powered and self.keep > 0


@dataclass
class Era:
    """A stretch of time under one rule. ``first``: the backup taken out of turn when there is a reason to begin anew."""

    since: float
    rule: Rule
    first: float
    until: float = math.inf


@dataclass
class Gap:
    """Replication to the secondary region stands still: ``paused`` (shown, with a reason) or ``stopped`` (shown nowhere)."""

    since: float
    kind: str
    reason: str = ""
    until: float | None = None


@dataclass
class Replica:
    """The copy in the secondary region: made anew since ``since``; a backup arrives ``lag`` seconds after it was taken."""

    cloud: str
    since: float
    lag: float
    wal_lag: float
    gaps: list[Gap] = field(default_factory=list)

    def open_gap(self) -> Gap | None:
        return next((gap for gap in self.gaps if gap.until is None), None)


@dataclass
class Restore:
    """How the data of a fork arrives: from ``began`` on within ``seconds``, or never, as it hangs in the stage ``hang``.

    Of a real service the engine tells the stage and the counters of each phase."""

    began: float
    seconds: float
    hang: str = ""
    stage: str = "setting_up_vm"
    counters: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class RestoreRule:
    """What the side door wants of the restores of forks whose names match the globs. ``seconds`` None: the usual time."""

    project: str = "*"
    service: str = "*"
    seconds: float | None = None
    hang: str = ""


@dataclass(frozen=True)
class StoredBackup:
    """A base backup in an engine's folder of the primary region; ``replicated``: when it was copied to the secondary one."""

    name: str
    taken: float
    size: int
    replicated: float | None = None


@dataclass(frozen=True)
class Stored:
    """What the folders of an engine hold of one service.

    ``copied_to`` is the secondary region that ``replicated`` and ``reaches`` speak of, and since when it was one; ``reaches``
    are pairs: at that moment, it could be restored to that one."""

    backups: tuple[StoredBackup, ...] = ()
    copied_to: tuple[str, float] | None = None
    reaches: tuple[tuple[float, float], ...] = ()


@dataclass
class Service:
    """One service. ``primary_region`` stays where the first backup went, wherever the service moves later."""

    project: str
    name: str
    service_type: str
    plan: str
    cloud: str
    primary_region: str
    created: float
    updated: float
    user_config: dict[str, Any] = field(default_factory=dict)
    tags: dict[str, Any] = field(default_factory=dict)
    termination_protection: bool = False
    maintenance: dict[str, Any] = field(default_factory=lambda: {"dow": "sunday", "time": "03:00:00", "updates": []})
    disk_space_mb: int = 81920
    project_vpc_id: str | None = None
    tech_emails: list[dict[str, str]] = field(default_factory=list)
    service_integrations: list[dict[str, Any]] = field(default_factory=list)
    disaster_recovery_role: str = ""
    """``active``, ``passive`` or ``failed`` in a pair of cross-region disaster recovery; "" outside of one."""
    powered: bool = True
    ready_at: float = 0.0
    eras: list[Era] = field(default_factory=list)
    base_backups: list[float] = field(default_factory=list)
    """Taken for the copy in a new secondary region, if the service runs by then."""
    extra_backups: list[float] = field(default_factory=list)
    """Added by the side door."""
    tasks: list[dict[str, Any]] = field(default_factory=list)
    replica: Replica | None = None
    last_region: str = ""
    last_region_at: float | None = None
    fork_of: dict[str, Any] | None = None
    scenario: str = ""
    state: str = ""
    """A state forced by the side door; "" follows the lifecycle."""
    overlay: dict[str, Any] = field(default_factory=dict)
    """Keys put over the service object as it is sent, whatever their type (side door)."""
    backups_overlay: dict[str, Any] = field(default_factory=dict)
    hide: list[str] = field(default_factory=list)
    hide_in_listing: list[str] = field(default_factory=list)
    restore: Restore | None = None
    primary_lost_at: float | None = None
    """When the region of its primary backups was destroyed."""
    real: bool = False
    """An engine runs it: its backups are those in the engine's folders, whatever the clock would have."""
    stored: Stored = field(default_factory=Stored)
    port: int | None = None
    """Where a real service listens, on 127.0.0.1."""
    version: int = 0
    """Grows with each change: what was rendered of an older version is stale."""

    def seed(self) -> int:
        """A number that is always the same for this service: all its varied looks derive from it."""
        return zlib.crc32(f"{self.project}/{self.name}".encode())

    def password(self) -> str:
        return f"AVNS_{self.seed():08x}"

    def lifecycle_state(self, now: float) -> str:
        if self.state:
            return self.state
        if not self.powered:
            return "POWEROFF"
        return "REBUILDING" if now < self.ready_at else "RUNNING"

    @property
    def follows(self) -> bool:
        """Whether it replicates another service and so has no backups of its own, as long as it is not promoted."""
        kinds = ("read_replica",) if self.disaster_recovery_role == "active" else ("read_replica", "disaster_recovery")
        return any(
            isinstance(one, dict)
            and one.get("integration_type") in kinds
            and (one.get("dest_project") or self.project, one.get("dest_service")) == (self.project, self.name)
            for one in self.service_integrations
        )

    def secondary_region(self) -> str | None:
        regions = self.user_config.get("additional_backup_regions")
        return regions[0] if regions else None


@dataclass
class Project:
    """A project of an organization, with its own (bring your own cloud) regions beside the listed ones."""

    name: str
    organization: str
    default_cloud: str = "aws-eu-west-1"
    tags: dict[str, str] = field(default_factory=dict)
    custom_clouds: dict[str, Cloud] = field(default_factory=dict)
    vpcs: list[dict[str, Any]] = field(default_factory=list)
    btar_enabled: bool = True
    not_offered: dict[str, list[str]] = field(default_factory=dict)
    """Patterns of plans that a cloud lacks, beside those that it lacks anyway (side door)."""
    services: dict[str, Service] = field(default_factory=dict)
    events: list[dict[str, Any]] = field(default_factory=list)

    def cloud(self, name: str) -> Cloud | None:
        return listed_clouds().get(name) or self.custom_clouds.get(name)

    def offers(self, plan: Plan, cloud: Cloud) -> bool:
        lacking = self.not_offered.get(cloud.name, [])
        return plan.runs_in(cloud) and not any(fnmatch.fnmatchcase(plan.name, pattern) for pattern in lacking)


@dataclass
class Organization:
    """An organization with the account that Aiven keeps beside it."""

    organization_id: str
    account_id: str
    name: str


@dataclass
class Token:
    """An access token: its user, the user's roles by project ("*": every project) and the OAuth scopes (None: all)."""

    user: str = DEFAULT_USER
    roles: dict[str, list[str]] = field(default_factory=lambda: {"*": ["admin"]})
    scopes: list[str] | None = None
    expired: bool = False

    def roles_in(self, project: str) -> list[str]:
        return self.roles.get(project, self.roles.get("*", []))


@dataclass
class History:
    """What happened to one name, kept after the service is gone: tests assert on it."""

    creates: int = 0
    deletes: int = 0
    region_changes: list[dict[str, Any]] = field(default_factory=list)


class World:
    """Everything together."""

    def __init__(self, settings: Settings | None = None, start: str = DEFAULT_START, speed: float = 1.0) -> None:
        self.settings = settings or Settings()
        self.clock = VirtualClock(start, speed)
        self.organizations: dict[str, Organization] = {}
        self.projects: dict[str, Project] = {}
        self.tokens: dict[str, Token] = {DEFAULT_TOKEN: Token()}
        self.history: dict[tuple[str, str], History] = {}
        self.no_btar_services: set[tuple[str, str]] = set()
        self.destroyed_regions: set[str] = set()
        self.restore_rules: list[RestoreRule] = []
        self.real_types: frozenset[str] = frozenset()
        """Service types of which new services are real: those that an engine runs."""
        self.authorities = Authorities()

    def visible_projects(self, token: Token) -> list[Project]:
        return [project for project in self.projects.values() if token.roles_in(project.name)]

    def project(self, name: str, token: Token) -> Project:
        """The project if it exists and the token's user is a member: Aiven answers both cases alike (403)."""
        project = self.projects.get(name)
        if project is None or not token.roles_in(name):
            raise ApiError(403, "Not a project member")
        return project

    def service(self, project: Project, name: str) -> Service:
        service = project.services.get(name)
        if service is None:
            raise ApiError(404, f"Service '{name}' does not exist", "service_does_not_exist")
        return service

    def history_of(self, project: str, name: str) -> History:
        return self.history.setdefault((project, name), History())

    def log_event(self, project: Project, actor: str, kind: str, description: str, service: str) -> None:
        project.events.append(
            {
                "actor": actor,
                "event_desc": description,
                "event_type": kind,
                "id": f"{len(project.events) + 1:08d}",
                "service_name": service,
                "time": iso(self.clock.now()),
            }
        )
