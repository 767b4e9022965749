# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One PostgreSQL server: its data, its settings, its process, its base backups and its WAL."""

from __future__ import annotations

import math
import random
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from .programs import Programs

ADDRESS = "127.0.0.1"
# Below the range from which the kernel takes the ports of outgoing connections: nobody else takes ours meanwhile.
PORTS = range(20000, 32000)
LOOK_EVERY = 0.1
STOP_WITHIN = 10.0
ARCHIVE_WITHIN = 60.0
ADMIN, USERS, DATABASE = "avnadmin", ("avnadmin", "app"), "defaultdb"

# Small, and without the flushes that would save data from a crash of the machine. Nobody but us reads the socket's folder.
SETTINGS = """
port = {port}
unix_socket_directories = '{folder}'
unix_socket_permissions = 0700
hba_file = '{folder}/hba.conf'
ident_file = '{folder}/ident.conf'
max_connections = 25
max_wal_senders = 3
max_worker_processes = 4
max_parallel_workers_per_gather = 0
shared_buffers = '8MB'
min_wal_size = '4MB'
max_wal_size = '64MB'
fsync = off
autovacuum = off
wal_init_zero = off
wal_recycle = off
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
wal_level = replica
hot_standby = on
"""
ALONE = """
listen_addresses = ''
"""
SERVING = """
listen_addresses = '{address}'
ssl = on
ssl_cert_file = '{folder}/service.crt'
ssl_key_file = '{folder}/service.key'
password_encryption = 'scram-sha-256'
archive_mode = on
archive_command = 'cp "%p" "{archive}/%f.part" && mv "{archive}/%f.part" "{archive}/%f"'
"""
RECOVERY = """
restore_command = 'cp "{archive}/%f" "%p"'
recovery_target_time = '{target}'
recovery_target_action = 'promote'
"""
ACCESS = f"""
local all,replication all trust
hostssl all all {ADDRESS}/32 scram-sha-256
"""


class Ended(Exception):
    """The server was told to be no more while something waited for it."""


@dataclass(frozen=True)
class Identity:
    """What makes a server that of one service (PEM)."""

    certificate: str
    key: str


@dataclass(frozen=True)
class Recovery:
    """The archive to recover from, and the moment to recover to (epoch seconds)."""

    archive: Path
    moment: float

    def settings(self) -> str:
        target = datetime.fromtimestamp(self.moment, UTC).strftime("%Y-%m-%d %H:%M:%S.%f+00")
        return RECOVERY.format(archive=self.archive, target=target)


def free_port() -> int:
    """A port on which nothing listens."""
    while True:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex((ADDRESS, port)):
                return port


class Server:
    """A server in ``folder``, which archives its WAL to ``archive``. What waits ends with :class:`Ended` once ``ended`` is set."""

    def __init__(self, programs: Programs, folder: Path, archive: Path, ended: Event) -> None:
        self._programs = programs
        self.folder = folder
        self.data = folder / "data"
        self._archive = archive
        self._ended = ended
        self._process: subprocess.Popen[str] | None = None
        self._port = 0

    # --- its folder ------------------------------------------------------------------------------------------------------

    def make_folder(self) -> None:
        self.folder.mkdir(mode=0o700)
        self._programs.own(self.folder)

    def take_data(self, source: Path) -> None:
        """Data of a cluster that does not run, as the user who owns it."""
        self._programs.run("cp", "-a", source, self.data)

    def configure(self, port: int, identity: Identity | None = None, recovery: Recovery | None = None) -> None:
        """Write all settings. Without an ``identity`` it serves nobody but us and archives nothing."""
        self._port = port
        told = {"address": ADDRESS, "port": port, "folder": self.folder, "archive": self._archive}
        settings = SETTINGS + (SERVING if identity else ALONE)
        if identity:
            self._write("service.crt", identity.certificate)
            self._write("service.key", identity.key)
        self._write("hba.conf", ACCESS)
        self._write("ident.conf", "")
        self._write("data/postgresql.conf", settings.format(**told) + (recovery.settings() if recovery else ""))
        self._write("data/postgresql.auto.conf", "")
        if recovery:
            self._write("data/recovery.signal", "")

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        self._programs.own(path)

    # --- its process -----------------------------------------------------------------------------------------------------

    def start(self) -> None:
        if self._ended.is_set():
            raise Ended
        self._process = self._programs.start("postgres", "-D", self.data, log=self.folder / "log")

    def wait_until_ready(self) -> None:
        """Until it takes writes: after recovery, if it recovers. Raises RuntimeError with its last words if it ends instead."""
        while not self.is_ready():
            self.pause(LOOK_EVERY)

    def is_ready(self) -> bool:
        if not self.runs():
            self.check_ended()
            log = (self.folder / "log").read_text(errors="replace")
            raise RuntimeError(f"the server in {self.folder} has ended: {log[-2000:]}")
        return self._try("SELECT pg_is_in_recovery()") == "f"

    def replayed(self) -> int | None:
        """How far its recovery has come, as a position in the log; None while that cannot be asked."""
        told = self._try("SELECT pg_last_wal_replay_lsn() - '0/0'::pg_lsn")
        return int(told) if told else None

    def _try(self, query: str) -> str | None:
        try:
            return self.sql(query)
        except RuntimeError:
            return None

    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Power off in order: what was written is archived."""
        self._signal(signal.SIGINT)

    def kill(self) -> None:
        """As in a crash."""
        self._signal(signal.SIGQUIT)

    def _signal(self, number: int) -> None:
        process = self._process
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(STOP_WITHIN)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._process = None

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def check_ended(self) -> None:
        if self._ended.is_set():
            raise Ended

    def pause(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise Ended

    # --- its content -----------------------------------------------------------------------------------------------------

    def sql(self, *statements: str, database: str = "postgres") -> str:
        """What the statements return, each a transaction of its own, as the superuser."""
        commands = [part for statement in statements for part in ("-c", statement)]
        place = ("-h", self.folder, "-p", self._port, "-U", "postgres", "-d", database)
        return self._programs.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *place, *commands)

    def set_passwords(self, password: str) -> None:
        self.sql(*(f"ALTER ROLE {user} PASSWORD '{password}'" for user in USERS))

    def base_backup(self, target: Path) -> None:
        place = ("-h", self.folder, "-p", self._port, "-U", "postgres")
        # Without the WAL of its own the program would wait for the archive, in steps of a second.
        self._programs.run("pg_basebackup", *place, "-D", target, "-X", "fetch", "-c", "fast", "--no-sync")

    def archive(self) -> float:
        """Archive all WAL up to now; the newest whole second that the archive can be recovered to (it has all before).

        Recovery to a time fails unless it meets a later commit: so one is written after that second and goes along.
        """
        moment = math.floor(time.time()) + 1.0
        while time.time() <= moment:
            self.pause(max(0.0, moment - time.time()) + 0.001)
        self.sql("SELECT pg_current_xact_id()")
        last = self.sql("SELECT pg_walfile_name(pg_switch_wal() - 1)")
        deadline = time.monotonic() + ARCHIVE_WITHIN
        while not (self._archive / last).exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{last} of the server in {self.folder} was not archived in {ARCHIVE_WITHIN} s")
            self.pause(LOOK_EVERY / 5)
        return moment


def make_template(programs: Programs, server: Server) -> None:
    """The data that every new service begins with: made once, as initdb takes longer than a copy."""
    server.make_folder()
    options = ("-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8", "--wal-segsize=1", "--no-sync")
    programs.run("initdb", "-D", server.data, *options)
    server.configure(free_port())
    server.start()
    server.wait_until_ready()
    server.sql(
        *(f"CREATE ROLE {user} LOGIN" for user in USERS),
        f"ALTER ROLE {ADMIN} CREATEDB CREATEROLE REPLICATION",
        f"GRANT pg_monitor, pg_read_all_data TO {ADMIN}",
        f"CREATE DATABASE {DATABASE} OWNER {ADMIN}",
    )
    server.stop()
