"""The front: the only way from a client to a lab database.

Per instance it listens on the endpoint's address, asks who may come in, and passes bytes both ways without reading
them, so that TLS and authentication are between client and server. It resets what may not pass, because a dropped
packet would only make the tests wait. It must never let a connection outlive the region it leads to.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from .configuration import FRONT_ADDRESS, LISTEN_ADDRESS

RESET_ON_CLOSE = struct.pack("ii", 1, 0)
BUFFER = 256 * 1024
_log = logging.getLogger(__name__)


@dataclass
class Door:
    """One endpoint: where it listens, where it leads, and who decides."""

    region: str
    address: str
    port: int
    target: Callable[[], int | None]
    """The port of the server, or nothing while there is none."""
    admits: Callable[[str], bool]
    """Whether a client with that source address may connect now."""
    server: asyncio.Server | None = None
    links: set[Link] = field(default_factory=set)


class Link(asyncio.Protocol):
    """One direction's end of a passed connection; writes what it reads to its peer."""

    def __init__(self, door: Door) -> None:
        self.door = door
        self.transport: asyncio.Transport | None = None
        self.peer: Link | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.set_write_buffer_limits(high=BUFFER)
        self.door.links.add(self)

    def data_received(self, data: bytes) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.write(data)

    def eof_received(self) -> bool:
        """One side has said all; the other may still answer. When both have, the connection is over."""
        self.ended = True
        peer = self.peer
        if peer is None or peer.transport is None or peer.ended:
            return False
        if peer.transport.can_write_eof():
            peer.transport.write_eof()
        return True

    def pause_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.pause_reading()

    def resume_writing(self) -> None:
        if self.peer is not None and self.peer.transport is not None:
            self.peer.transport.resume_reading()

    def connection_lost(self, error: Exception | None) -> None:
        self.door.links.discard(self)
        if self.peer is not None and self.peer.transport is not None:
            (reset if error else close)(self.peer.transport)

    def cut(self) -> None:
        """End this side at once, with a reset."""
        if self.transport is not None:
            reset(self.transport)


class Entrance(Link):
    """The client's side: decides before the first byte, then joins the two sides."""

    def __init__(self, door: Door) -> None:
        super().__init__(door)
        self.early = bytearray()
        """What the client said before the other side was there."""
        self.joining: asyncio.Task[None] | None = None

    def data_received(self, data: bytes) -> None:
        if self.peer is None:
            self.early += data
            if len(self.early) > BUFFER:
                self.cut()
        else:
            super().data_received(data)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self.transport is not None
        source = transport.get_extra_info("peername")[0]
        if not admitted(self.door, source) or (port := self.door.target()) is None:
            self.cut()
            return
        self.joining = asyncio.get_running_loop().create_task(self._join(port))

    async def _join(self, port: int) -> None:
        try:
            _, exit_side = await asyncio.get_running_loop().create_connection(
                lambda: Link(self.door), LISTEN_ADDRESS, port, local_addr=(FRONT_ADDRESS, 0)
            )
        except OSError:
            self.cut()
            return
        if self.transport is None or self.transport.is_closing():
            exit_side.cut()
            return
        self.peer, exit_side.peer = exit_side, self
        self.data_received(bytes(self.early))
        self.early.clear()


def admitted(door: Door, source: str) -> bool:
    """Ask the door; a question that cannot be answered is a no."""
    try:
        return door.admits(source)
    except Exception:
        _log.exception("cannot tell whether %s may connect to %s", source, door.address)
        return False


def reset(transport: asyncio.Transport) -> None:
    """Abort with a TCP reset, so that the client notices at once."""
    connection = transport.get_extra_info("socket")
    if connection is not None and connection.fileno() >= 0:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    transport.abort()


def close(transport: asyncio.Transport) -> None:
    """End in order, after what is still to be written."""
    transport.close()


class Front:
    """All doors of one lab, served by one thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._doors: set[Door] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="database-front", daemon=True)
        self._thread.start()

    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=30)

    def open(self, door: Door) -> None:
        """Start to listen; a door that is open already stays as it is."""
        self._call(self._open(door))

    async def _open(self, door: Door) -> None:
        if door.server is None:
            door.server = await self._loop.create_server(
                lambda: Entrance(door), door.address, door.port, reuse_address=True
            )

    def shut(self, door: Door) -> None:
        """Stop to listen and cut every connection at once."""
        self._call(self._shut(door))

    async def _shut(self, door: Door) -> None:
        if door.server is not None:
            door.server.close()
            door.server = None
        for link in list(door.links):
            link.cut()

    def cut(self, door: Door) -> None:
        """Cut every connection, but keep listening."""
        self._call(self._cut(door))

    async def _cut(self, door: Door) -> None:
        for link in list(door.links):
            link.cut()

    def close(self) -> None:
        """End the thread; the doors must be shut before."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()
