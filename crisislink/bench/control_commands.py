"""The way of a command, measured where the person waits: asking, deciding, ending one access, ending all.

The service is busy meanwhile: hundreds of grants live, and pictures run to a hundred viewers. People ask and
decide over HTTP as the pages do; the pictures are `bench.film`'s, everything after them is the product.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from math import ceil
from typing import Any, TypeVar

from crisislink.bench.fanout import PER_BROWSER
from crisislink.bench.stand import Granted, Stand
from crisislink.bench.watching import Watching, watching

PER_GRANT = 4
LONG_S = 1_800
_AT_ONCE = 4
_ROOM_EVERY = 10
_GONE_S = 10.0
T = TypeVar("T")


@dataclass(slots=True)
class Waits:
    """Milliseconds of each, as the person waits for it; `revocation`: until the viewer's last byte."""

    nearby: list[float] = field(default_factory=list)
    room: list[float] = field(default_factory=list)
    request: list[float] = field(default_factory=list)
    decision: list[float] = field(default_factory=list)
    revocation: list[float] = field(default_factory=list)


def cameras(stand: Stand, turn: int) -> list[int]:
    """Four that may be shared, other ones each turn."""
    first = turn * PER_GRANT
    return [stand.shareable[(first + n) % len(stand.shareable)] for n in range(PER_GRANT)]


async def _timed(work: Awaitable[T], into: list[float]) -> T:
    start_ns = time.monotonic_ns()
    answer = await work
    into.append((time.monotonic_ns() - start_ns) / 1e6)
    return answer


async def asked(stand: Stand, n: int) -> list[dict[str, Any]]:
    """So many requests, none decided."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def ask(turn: int) -> dict[str, Any]:
        async with turns:
            return await stand.ask(cameras(stand, turn), duration_s=LONG_S)

    return list(await asyncio.gather(*map(ask, range(n))))


async def approved(
    stand: Stand, requests: Sequence[dict[str, Any]], duration_s: Callable[[], int] = lambda: LONG_S
) -> list[Granted]:
    """All of them, each for as long as is said when its turn comes."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def approve(request: dict[str, Any]) -> Granted:
        async with turns:
            return await stand.approve(request, duration_s=duration_s())

    return list(await asyncio.gather(*map(approve, requests)))


@asynccontextmanager
async def watched(stand: Stand, grants: Sequence[Granted]) -> AsyncIterator[list[Watching]]:
    """A viewer of one camera of each grant, with moving pictures; as many browsers as walls need."""
    async with AsyncExitStack() as stack:
        browsers = await stack.enter_async_context(stand.browsers(ceil(len(grants) / PER_BROWSER)))
        viewers = []
        for grant, who in zip(grants, islice(cycle(browsers), len(grants)), strict=True):
            way = await stand.way(grant, grant.cameras[0], "wall", who)
            viewers.append(await stack.enter_async_context(watching(way, keep_all=False)))
        for viewer in viewers:
            await viewer.moving()
        yield viewers


async def commands(stand: Stand, rounds: int) -> Waits:
    """The whole way, one round after the other: who stands near, ask, approve, watch, revoke."""
    seen = Waits()
    for turn in range(rounds):
        await _timed(stand.nearby(), seen.nearby)
        request = await _timed(stand.ask(cameras(stand, turn)), seen.request)
        grant = await _timed(stand.approve(request), seen.decision)
        async with watching(await stand.way(grant, grant.cameras[0], "wall"), keep_all=False) as viewer:
            await viewer.moving()
            start_ns = time.monotonic_ns()
            await stand.revoke(grant)
            seen.revocation += await _gone([viewer], start_ns)
        if turn % _ROOM_EVERY == 0:
            await _timed(stand.room(), seen.room)
    return seen


async def cut_all(stand: Stand, viewers: Sequence[Watching]) -> list[float]:
    """The kill switch: of each viewer, from sending it to the last byte read."""
    for viewer in viewers:
        await viewer.moving()
    start_ns = time.monotonic_ns()
    await stand.stop_sharing()
    return await _gone(viewers, start_ns)


async def _gone(viewers: Sequence[Watching], start_ns: int) -> list[float]:
    async with asyncio.timeout(_GONE_S):
        for viewer in viewers:
            await viewer.gone.wait()
    return [max(0.0, (viewer.said.last_byte_ns - start_ns) / 1e6) for viewer in viewers]
