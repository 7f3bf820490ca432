"""A viewer who only keeps: a WebSocket by hand that notes when each message's last byte came.

It decodes nothing, and acknowledges every 250 ms as the player does. With `keep_all` false it remembers the
newest configuration and what came since the last key frame.
"""

import asyncio
import base64
import json
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import cast

from crisislink.bench.arrivals import Arrival, WebSocketFrames
from crisislink.media.frames import HEADER, Flag, MessageType

ACK_S = 0.25
_ANSWER_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """All one socket needs. `cookies` and `ticket` are secrets of this run."""

    host: str
    port: int
    origin: str
    cookies: str = field(repr=False)
    ticket: str = field(repr=False)
    rendition: str

    def handshake(self) -> bytes:
        """The HTTP request (RFC 6455, 4.1)."""
        return upgrade("/stream", port=self.port, origin=self.origin, cookies=self.cookies)

    def hello(self) -> bytes:
        """The first message."""
        return masked(json.dumps({"ticket": self.ticket, "rendition": self.rendition, "clock": 0}).encode())


def upgrade(path: str, *, port: int, origin: str, cookies: str) -> bytes:
    """The HTTP request that opens a WebSocket (RFC 6455, 4.1)."""
    lines = (
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        f"Origin: {origin}",
        f"Cookie: {cookies}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
    )
    return "\r\n".join((*lines, "", "")).encode()


def masked(text: bytes) -> bytes:
    """A client's text frame below 64 KiB; the mask is zero: nobody on this machine is to be fooled."""
    size = len(text)
    head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + size.to_bytes(2)
    return head + bytes(4) + text


def acknowledgement(epoch: int, seq: int) -> bytes:
    """What the player says every 250 ms."""
    return masked(json.dumps({"type": "ack", "epoch": epoch, "received": seq}).encode())


class Conversation:
    """The client's state, without input or output: bytes in, messages kept, the next acknowledgement out."""

    def __init__(self, *, keep_all: bool = True) -> None:
        self.kept: list[Arrival] = []
        self.asked_ns = 0
        self.last_byte_ns = 0
        self.frames = 0
        self.bytes = 0
        self.newest: tuple[int, int] | None = None
        self._keep_all = keep_all
        self._config: Arrival | None = None
        self._head = bytearray()
        self._upgraded = False
        self._frames = WebSocketFrames()

    @property
    def close_code(self) -> int | None:
        """Of the server's close frame."""
        return self._frames.closed

    def pongs(self) -> bytes:
        """What answers the server's pings since the last call."""
        return self._frames.pongs()

    @property
    def upgraded(self) -> bool:
        """Whether the handshake is over."""
        return self._upgraded

    def heard(self, data: bytes, at_ns: int) -> list[Arrival]:
        """What these bytes completed; it is kept too.

        Raises:
            ConnectionError: the server refused the handshake.
        """
        self.last_byte_ns = at_ns
        if not self._upgraded:
            self._head += data
            head, end, data = bytes(self._head).partition(b"\r\n\r\n")
            if not end:
                return []
            if not head.startswith(b"HTTP/1.1 101"):
                raise ConnectionError(head.split(b"\r\n", 1)[0].decode())
            self._upgraded = True
        new = self._frames.feed(data, at_ns)
        for arrival in new:
            self._keep(arrival)
        return new

    def _keep(self, arrival: Arrival) -> None:
        _, kind, flags, seq, epoch, *_ = HEADER.unpack_from(arrival.data)
        if kind == MessageType.CONFIG:
            self._config = arrival
        elif kind == MessageType.FRAME:
            self.frames += 1
            self.bytes += len(arrival.data)
            self.newest = (epoch, seq)
            if not self._keep_all and flags & Flag.KEY:
                self.kept = [] if self._config is None else [self._config]
        if self._keep_all or kind in {MessageType.CONFIG, MessageType.FRAME}:
            self.kept.append(arrival)


class Watching(asyncio.Protocol):
    """A conversation on an asyncio transport. Use `watching`."""

    def __init__(self, way: Way, *, keep_all: bool = True) -> None:
        self.said = Conversation(keep_all=keep_all)
        self.gone = asyncio.Event()
        self._way = way
        self._changed = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self._ack: asyncio.TimerHandle | None = None
        self._refused: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass
        self._transport.write(self._way.handshake())

    def data_received(self, data: bytes) -> None:
        """Note the time first."""
        at_ns = time.monotonic_ns()
        before = self.said.upgraded
        try:
            self.said.heard(data, at_ns)
        except (ConnectionError, ValueError) as error:
            self._refused = error
            self._close()
        if self.said.upgraded and not before:
            self._write(self._way.hello())
            self._acknowledge()
        if pongs := self.said.pongs():
            self._write(pongs)
        if self.said.close_code is not None:
            self._close()
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        del exc
        if self._ack is not None:
            self._ack.cancel()
        self.gone.set()
        self._changed.set()

    def _acknowledge(self) -> None:
        if self.said.newest is not None:
            self._write(acknowledgement(*self.said.newest))
        self._ack = asyncio.get_running_loop().call_later(ACK_S, self._acknowledge)

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def abort(self) -> None:
        """Leave without a word."""
        if self._transport is not None:
            self._transport.abort()

    async def until(self, true: Callable[[], bool], *, within_s: float = _ANSWER_S) -> None:
        """Wait until what was heard makes it true.

        Raises:
            TimeoutError: it did not in time.
            ConnectionError: the server ended the conversation.
        """
        async with asyncio.timeout(within_s):
            while not true():
                if self.gone.is_set():
                    raise ConnectionError(f"ended: {self.said.close_code}") from self._refused
                self._changed.clear()
                await self._changed.wait()

    async def moving(self, pictures: int = 2) -> None:
        """Wait until so many more pictures came.

        Raises:
            TimeoutError, ConnectionError: see `until`.
        """
        before = self.said.frames
        await self.until(lambda: self.said.frames >= before + pictures)

    async def first_picture(self, *, within_s: float = _ANSWER_S) -> None:
        """Wait for one picture at least. Raises what `until` raises."""
        await self.until(lambda: self.said.frames > 0, within_s=within_s)


@asynccontextmanager
async def watching(way: Way, *, keep_all: bool = True) -> AsyncIterator[Watching]:
    """Connected; gone on leaving. `said.asked_ns` is noted before connecting."""
    one = Watching(way, keep_all=keep_all)
    one.said.asked_ns = time.monotonic_ns()
    await asyncio.get_running_loop().create_connection(lambda: one, way.host, way.port)
    try:
        yield one
    finally:
        one.abort()
        await one.gone.wait()


def frames_since(arrivals: list[Arrival], since_ns: int) -> list[Arrival]:
    """The FRAME messages that came at or after an instant."""
    return [a for a in arrivals if a.at_ns >= since_ns and a.data[1] == MessageType.FRAME]
