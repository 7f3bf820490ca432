"""A viewer whose line carries 30 % of the stream: how old is what it sees, what does it cost the others?"""

import asyncio
import socket
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise

from crisislink.bench.delays import delays_ms, of_socket
from crisislink.bench.latency import SETTLE_S, alone
from crisislink.bench.stand import Stand
from crisislink.bench.watching import ACK_S, Conversation, Watching, Way, acknowledgement, watching

SHARE = 0.3
RATE_S = 2.0
_BUFFER_BYTES = 8_192
_STEP_S = 0.01


@dataclass(frozen=True, slots=True)
class Throttled:
    """Ages of what the slow viewer got, in ms; delays of the other one in each block, with it and without."""

    ages_ms: tuple[float, ...]
    beside_ms: tuple[tuple[float, ...], ...]
    alone_ms: tuple[tuple[float, ...], ...]
    pictures: int
    unread: int  # pictures whose index could not be read


class Paced:
    """Reads no faster than its line: a small receive buffer, and a budget that grows with time."""

    def __init__(self, way: Way) -> None:
        self.said = Conversation()
        self._way = way
        self._socket = socket.socket()

    async def run(self, bytes_per_s: float, until_s: float) -> None:
        """Watch until then (CLOCK_MONOTONIC); the budget never saves more than a tenth of a second."""
        loop = asyncio.get_running_loop()
        with self._socket as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
            line.settimeout(0)
            await loop.sock_connect(line, (self._way.host, self._way.port))
            await loop.sock_sendall(line, self._way.handshake())
            budget, before_s, acked_s = 0.0, time.monotonic(), 0.0
            while (now_s := time.monotonic()) < until_s and self.said.close_code is None:
                budget = min(budget + (now_s - before_s) * bytes_per_s, bytes_per_s / 10)
                before_s = now_s
                budget -= self._read(int(budget))
                if self.said.upgraded and now_s - acked_s >= ACK_S:
                    line.send(self._word(first=acked_s == 0.0))
                    acked_s = now_s
                await asyncio.sleep(_STEP_S)

    def _read(self, most: int) -> int:
        if most <= 0:
            return 0
        with suppress(BlockingIOError):
            data = self._socket.recv(most)
            if not data:
                raise ConnectionError("the server hung up")
            self.said.heard(data, time.monotonic_ns())
            return len(data)
        return 0

    def _word(self, *, first: bool) -> bytes:
        if first:
            return self._way.hello()
        return b"" if self.said.newest is None else acknowledgement(*self.said.newest)


async def throttled(stand: Stand, camera: int, block_s: float) -> Throttled:
    """Four blocks: without, with, with, without."""
    async with alone(stand, [camera]) as grant, watching(await stand.way(grant, camera, "focus")) as other:
        await other.first_picture()
        await asyncio.sleep(SETTLE_S)
        rate = await _bytes_per_s(other)
        marks, slow = [time.monotonic_ns()], []
        for turn in range(4):
            if turn in {1, 2}:
                paced = Paced(await stand.way(grant, camera, "focus"))
                await paced.run(rate * SHARE, time.monotonic() + block_s)
                slow.append(paced.said)
            else:
                await asyncio.sleep(block_s)
            marks.append(time.monotonic_ns())
        sent = await stand.sent(camera)
    shown = of_socket(other.said.kept)
    blocks = [
        tuple(delays_ms([s for s in shown if begin <= s.at_ns < end], sent)) for begin, end in pairwise(marks)
    ]
    ages = tuple(age for one in slow for age in delays_ms(of_socket(one.kept), sent))
    got = sum(one.frames for one in slow)
    return Throttled(ages, (blocks[1], blocks[2]), (blocks[0], blocks[3]), got, got - len(ages))


async def _bytes_per_s(one: Watching) -> float:
    before = one.said.bytes
    await asyncio.sleep(RATE_S)
    return (one.said.bytes - before) / RATE_S
