# Copyright (c) 2026, offsite.aiven contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Receiving a whole answer within a time and a size: a timeout of the socket holds between two bytes only."""

from __future__ import annotations

import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

try:
    from requests.adapters import HTTPAdapter
    from requests.exceptions import ContentDecodingError
except ImportError:
    HTTPAdapter = object  # type: ignore[assignment, misc]
    ContentDecodingError = Exception  # type: ignore[assignment, misc]

# How much of an answer is read at once, in bytes. In the 10 KB that requests reads by itself a listing takes twice the time.
PIECE = 1 << 20
# The largest answer, in bytes, unpacked: 25 times a project of 1,000 services.
LARGEST = 256 << 20
# A whole answer may take so many times request_timeout.
DEADLINE_FACTOR = 10
# What this module can unpack bit by bit, so that a small answer never becomes a large one in memory at once.
ACCEPTED_ENCODING = "gzip"

_MEGABYTE = 1 << 20
# Any header, of gzip as of zlib.
_GZIP_OR_ZLIB = 47
_GZIP_MARK = b"\x1f"


class TooLarge(Exception):
    """The answer is larger than any that can be meant."""

    def __init__(self) -> None:
        super().__init__(f"it is larger than {LARGEST // _MEGABYTE} MB")


class Watch:
    """Ends what is received over a connection when its time is over, however slowly it comes."""

    def __init__(self) -> None:
        self.expired = False
        self._connection: Any = None
        self._socket: Any = None

    def follow(self, connection: Any) -> None:
        """Watches ``connection`` from now on, whenever it is made."""
        connect: Callable[[], None] = connection.connect

        def connected() -> None:
            connect()
            # http.client gives its socket away where the answer ends with the connection.
            self._socket = connection.sock

        connection.connect = connected
        self._connection, self._socket = connection, None

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """What waits for the connection fails after so many seconds; ``expired`` tells that it was this."""
        self.expired = False
        done = threading.Event()
        threading.Thread(target=self._wait, args=(done, seconds), daemon=True).start()
        try:
            yield
        finally:
            done.set()

    def _wait(self, done: threading.Event, seconds: float) -> None:
        while not done.wait(seconds):
            self.expired = True
            # Again and again: there may have been no connection yet.
            seconds = 1.0
            for found in (getattr(self._connection, "sock", None), self._socket):
                # TLS within the TLS of a proxy has its socket inside.
                sock = getattr(found, "socket", found)
                if sock is not None:
                    with suppress(OSError, TypeError):
                        socket.socket.shutdown(sock, socket.SHUT_RDWR)


class WatchedAdapter(HTTPAdapter):
    """An adapter for one thread, which shows a watch the connection that it uses."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__(pool_connections=1, pool_maxsize=1, max_retries=0)

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        return self._watched(super().get_connection_with_tls_context(*args, **kwargs))

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        """What requests before 2.32 calls."""
        return self._watched(super().get_connection(*args, **kwargs))

    def _watched(self, pool: Any) -> Any:
        make: Callable[..., Any] = type(pool).ConnectionCls

        def connection(*args: Any, **kwargs: Any) -> Any:
            made = make(*args, **kwargs)
            self._watch.follow(made)
            return made

        pool.ConnectionCls = connection
        return pool


class Body:
    """The unpacked content of an answer, as far as it was received."""

    def __init__(self, largest: int) -> None:
        self._left = largest
        self._pieces: list[bytes] = []

    @property
    def content(self) -> bytes:
        return b"".join(self._pieces)

    def receive(self, response: Any) -> None:
        """Reads ``response`` to its end. Raises :class:`TooLarge`, and what requests raises."""
        # urllib3 before 2.0 takes an answer that broke off for a whole one.
        response.raw.enforce_content_length = True
        # urllib3 would unpack a piece in one go, to a thousand times its size.
        encoding = response.raw.headers.pop("Content-Encoding", "identity").strip().lower()
        pieces = response.iter_content(PIECE)
        if encoding in ("", "identity"):
            for piece in pieces:
                self._add(piece)
        elif encoding in ("gzip", "x-gzip", "deflate"):
            self._unpack(pieces)
        else:
            raise ContentDecodingError(f"its Content-Encoding is {encoding[:40]!r}, which was not asked for")

    def _add(self, piece: bytes) -> None:
        self._left -= len(piece)
        if self._left < 0:
            raise TooLarge
        self._pieces.append(piece)

    def _unpack(self, pieces: Iterator[bytes]) -> None:
        unpacker, begun = zlib.decompressobj(_GZIP_OR_ZLIB), False
        try:
            for piece in pieces:
                begun = True
                unpacker = self._unpack_piece(unpacker, piece)
        except zlib.error as error:
            raise ContentDecodingError(f"it cannot be unpacked: {error}") from None
        if begun and not unpacker.eof:
            raise ContentDecodingError("it cannot be unpacked: it broke off")

    def _unpack_piece(self, unpacker: Any, piece: bytes) -> Any:
        """The unpacker to go on with: an answer may be several packed one after the other. What follows them is no matter."""
        more = True
        while more:
            if unpacker.eof:
                if not piece.startswith(_GZIP_MARK):
                    break
                unpacker = zlib.decompressobj(_GZIP_OR_ZLIB)
            unpacked = unpacker.decompress(piece, PIECE)
            self._add(unpacked)
            piece = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            # A full piece may leave more to come of what was taken in already.
            more = bool(piece) or (len(unpacked) == PIECE and not unpacker.eof)
        return unpacker
