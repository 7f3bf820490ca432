"""A room's events socket that only keeps: each message with the time its last byte was read.

Hundreds of them in one process: nothing is parsed until the run is over.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from crisislink.bench.arrivals import Arrival, WebSocketFrames
from crisislink.bench.watching import masked, upgrade

_ANSWER_S = 30.0


@dataclass(frozen=True, slots=True)
class Heard:
    """One event: its body, and when its last byte was read (CLOCK_REALTIME, aware UTC)."""

    event: dict[str, Any]
    at: datetime

    @property
    def since_recorded_ms(self) -> float:
        """How long after its register entry's time."""
        return (self.at - datetime.fromisoformat(self.event["at"])).total_seconds() * 1_000


class Hearing(asyncio.Protocol):
    """One socket. Use it as a context (`listening`)."""

    def __init__(self, *, host: str, port: int, origin: str, cookies: str, after: int) -> None:
        self._host, self._port = host, port
        self._opening = upgrade("/api/live", port=port, origin=origin, cookies=cookies)
        self._hello = masked(json.dumps({"after": after}).encode())
        self._head = bytearray()
        self._upgraded = False
        self._frames = WebSocketFrames()
        self._kept: list[Arrival] = []
        self._changed = asyncio.Event()
        self._gone = asyncio.Event()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are no subclass
        self._transport.write(self._opening)

    def data_received(self, data: bytes) -> None:
        """Note the time first."""
        at_ns = time.clock_gettime_ns(time.CLOCK_REALTIME)
        assert self._transport is not None
        if not self._upgraded:
            self._head += data
            head, end, data = bytes(self._head).partition(b"\r\n\r\n")
            if not end:
                return
            if not head.startswith(b"HTTP/1.1 101"):
                self._transport.close()
                return
            self._upgraded = True
            self._transport.write(self._hello)
        self._kept += self._frames.feed(data, at_ns)
        if pongs := self._frames.pongs():
            self._transport.write(pongs)
        self._changed.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        del exc
        self._gone.set()
        self._changed.set()

    def events(self) -> Iterator[Heard]:
        """All events so far."""
        for arrival in self._kept:
            message = json.loads(arrival.data)
            if message["type"] == "event":
                yield Heard(message, datetime.fromtimestamp(arrival.at_ns / 1e9, UTC))

    async def until(self, true: Callable[["Hearing"], bool], *, within_s: float = _ANSWER_S) -> None:
        """Wait until what was heard makes it true.

        Raises:
            TimeoutError: it did not in time.
            ConnectionError: the server ended the conversation.
        """
        async with asyncio.timeout(within_s):
            while not true(self):
                if self._gone.is_set():
                    raise ConnectionError(f"events socket closed: {self._frames.closed}")
                self._changed.clear()
                await self._changed.wait()

    def messages(self) -> int:
        """How many messages came, ticks included."""
        return len(self._kept)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Hearing"]:
        """Connected, and told where things stand."""
        loop = asyncio.get_running_loop()
        await loop.create_connection(lambda: self, self._host, self._port)
        try:
            await self.until(lambda one: one.messages() > 0)
            yield self
        finally:
            if self._transport is not None:
                self._transport.abort()
                await self._gone.wait()
