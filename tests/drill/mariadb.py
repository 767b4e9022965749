# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real MariaDB server on the loopback address, with a certificate that an authority of its own has signed."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.simulator.authorities import ADDRESS, Authority
from tests.simulator.engine.programs import Programs

# What a file of options would read as a quotation, an escape and a comment.
PASSWORD = 'AVNS_it\'s \\a "new" #1'
MISSING = "MariaDB's server is not installed: on Debian with apt-get install mariadb-server"
_FOLDERS = (Path("/usr/sbin"), Path("/usr/libexec"), Path("/usr/bin"))
_START = (
    "CREATE DATABASE defaultdb",
    "CREATE DATABASE archive",
    "CREATE USER avnadmin IDENTIFIED BY '{password}'",
    "GRANT ALL ON *.* TO avnadmin",
    "USE defaultdb",
    "CREATE TABLE orders (id int PRIMARY KEY, created timestamp)",
    "INSERT INTO orders SELECT seq, now() - INTERVAL 1 MINUTE FROM seq_1_to_1000",
    "CREATE TABLE currencies (code char(3))",
    "INSERT INTO currencies VALUES ('EUR'), ('SEK'), ('USD')",
    "CREATE TABLE archive.orders SELECT * FROM orders WHERE id > 1",
)


def folder_of_server() -> Path | None:
    return next((folder for folder in _FOLDERS if (folder / "mariadbd").is_file()), None)


@contextlib.contextmanager
def server(folder: Path) -> Iterator[dict[str, Any]]:
    """A server with 1000 orders in defaultdb and 999 in archive; how to connect, in the form of aiven_btar_restore."""
    programs, authority = Programs(folder), Authority("shop")
    home = Path(tempfile.mkdtemp(prefix="mariadb-"))
    programs.own(home)
    try:
        files = dict(zip(("cert.pem", "key.pem"), authority.issue("orders"), strict=True))
        files["start.sql"] = "".join(f"{line};\n" for line in _START).replace("{password}", _literal(PASSWORD))
        for name, content in files.items():
            (home / name).write_text(content)
            (home / name).chmod(0o600)
            programs.own(home / name)
        programs.run(
            "mariadb-install-db", "--no-defaults", f"--datadir={home / 'data'}", "--skip-test-db", "--skip-name-resolve"
        )
        port = _free_port()
        process = programs.start(
            "mariadbd",
            "--no-defaults",
            f"--datadir={home / 'data'}",
            f"--socket={home / 'socket'}",
            f"--pid-file={home / 'pid'}",
            f"--bind-address={ADDRESS}",
            f"--port={port}",
            f"--ssl-cert={home / 'cert.pem'}",
            f"--ssl-key={home / 'key.pem'}",
            f"--init-file={home / 'start.sql'}",
            log=home / "log",
        )
        try:
            _wait(process, port, home / "log")
            yield {
                "host": ADDRESS,
                "port": port,
                "user": "avnadmin",
                "password": PASSWORD,
                "dbname": "defaultdb",
                "uri": f"mysql://avnadmin@{ADDRESS}:{port}/defaultdb?ssl-mode=REQUIRED",
                "ca": authority.certificate(),
            }
        finally:
            process.terminate()
            process.wait(timeout=30)
    finally:
        shutil.rmtree(home)


def _literal(text: str) -> str:
    return text.replace("\\", "\\\\").replace("'", "\\'")


def _free_port() -> int:
    with socket.create_server((ADDRESS, 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _wait(process: subprocess.Popen[str], port: int, log: Path) -> None:
    deadline = time.monotonic() + 60
    while True:
        with contextlib.suppress(OSError), socket.create_connection((ADDRESS, port), timeout=1):
            return
        if process.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError(f"MariaDB does not start: {log.read_text()[-2000:]}")
        time.sleep(0.1)
