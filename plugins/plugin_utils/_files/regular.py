# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Files on the controller: written whole or not at all, and read only where reading ends."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

# Nobody but owner and group may write, whatever the umask.
SHARED = 0o664
PRIVATE = 0o600

_NOT_REGULAR = "it is no regular file"


def open_regular(path: str | os.PathLike[str]) -> BinaryIO:
    """A regular file, to be read. Raises OSError, also for a pipe, which would be waited for, or a device, which may not end."""
    # Without O_NONBLOCK, opening a pipe would wait for a writer for ever.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(errno.EINVAL, _NOT_REGULAR)


def read_regular(path: str | os.PathLike[str]) -> bytes:
    """All of a regular file. Raises OSError."""
    with open_regular(path) as file:
        return file.read()


def append_to(path: str | os.PathLike[str], mode: int) -> int:
    """The descriptor of a regular file, or a terminal or other device, to append to; made with this mode less the umask. Raises
    OSError, also for a pipe: without a reader, writing to it would wait for ever.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK, mode)
    if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, _NOT_REGULAR)
    os.set_blocking(descriptor, True)
    return descriptor


def write_whole(path: Path, content: bytes | Iterable[bytes], mode: int, *, lasting: bool = False) -> None:
    """Writes it whole or not at all, with this mode less the umask; ``lasting``: also should the machine fail right after.

    Raises OSError. What somebody else has put where the draft is to be, a link to another file say, is not written through.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    try:
        with open(os.open(draft, flags, mode), "wb") as file:
            file.writelines([content] if isinstance(content, bytes) else content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise
