"""How late a picture is, and what it costs: ours and the peers', in turns, on the same camera and core.

    last RTP byte out of the camera → last byte of the picture in the client
    CPU time of the process that makes the pictures, over the pictures of the same seconds

While one subject works nothing of the others runs: our grant is revoked, which ends its worker.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from itertools import pairwise

from crisislink.bench.chains import Chain
from crisislink.bench.delays import Sent, delays_ms, of_container, of_socket
from crisislink.bench.processes import cpu_s
from crisislink.bench.stand import Granted, Stand
from crisislink.bench.watching import Watching, frames_since, watching
from crisislink.media.frames import Rendition

SETTLE_S = 2.0
SLICE_S = 2.0
_REST_S = 3.0
_X264 = re.compile(rb"x264 - core [^\0]*? - options: ([^\0]+)\0")


@dataclass(frozen=True, slots=True)
class Block:
    """What one subject did in one block. `cpu_ms`: for each slice, per picture. `bytes`: of a picture."""

    delays_ms: tuple[float, ...]
    cpu_ms: tuple[float, ...]
    service_cpu_ms: tuple[float, ...]
    bytes: float
    x264: str


@asynccontextmanager
async def alone(stand: Stand, cameras: Sequence[int]) -> AsyncIterator[Granted]:
    """A grant, and on leaving no worker any more."""
    grant = await stand.grant(cameras)
    try:
        yield grant
    finally:
        await stand.revoke(grant)
        await resting(stand)


async def resting(stand: Stand) -> None:
    """Wait until no worker lives.

    Raises:
        TimeoutError: one does after three seconds.
    """
    async with asyncio.timeout(_REST_S):
        while stand.workers():  # noqa: ASYNC110 - other people's children: there is no event
            await asyncio.sleep(0.05)


async def ours(stand: Stand, camera: int, rendition: Rendition, block_s: float) -> Block:
    """One block of our chain with one viewer."""
    async with alone(stand, [camera]) as grant:
        way = await stand.way(grant, camera, rendition.name.lower())
        async with watching(way) as one:
            await one.first_picture()
            await asyncio.sleep(SETTLE_S)
            [worker] = stand.workers()  # the camera has one stream only
            used = await _spent(
                lambda: cpu_s(worker), lambda: cpu_s(stand.service_pid), lambda: one.said.frames, block_s
            )
            return _block(used, one, await stand.sent(camera))


def _block(used: "_Spent", one: Watching, sent: Sent) -> Block:
    counted = frames_since(one.said.kept, used.since_ns)
    return Block(
        tuple(delays_ms(of_socket(one.said.kept), sent, since_ns=used.since_ns)),
        used.cpu_ms,
        used.more_ms,
        sum(len(a.data) for a in counted) / len(counted),
        x264_settings(a.data for a in one.said.kept),
    )


async def theirs(
    stand: Stand,
    camera: int,
    start: Callable[[], AbstractAsyncContextManager[Chain]],
    block_s: float,
) -> Block:
    """One block of a peer's chain."""
    async with start() as chain:
        await asyncio.sleep(SETTLE_S)
        used = await _spent(chain.cpu_s, lambda: 0.0, lambda: len(chain.kept), block_s)
        sent = await stand.sent(camera)
    shown = of_container(chain.head, chain.kept, chain.container)
    counted = [a for a in chain.kept if a.at_ns >= used.since_ns]
    return Block(
        tuple(delays_ms(shown, sent, since_ns=used.since_ns)),
        used.cpu_ms,
        (),
        sum(len(a.data) for a in counted) / len(counted),
        x264_settings([chain.head, *(a.data for a in chain.kept)]),
    )


@dataclass(frozen=True, slots=True)
class _Spent:
    """CPU time per picture of each slice: of who makes pictures, and of who else takes part."""

    since_ns: int
    cpu_ms: tuple[float, ...]
    more_ms: tuple[float, ...]


async def _spent(
    maker_s: Callable[[], float], more_s: Callable[[], float], pictures: Callable[[], int], block_s: float
) -> _Spent:
    since_ns = time.monotonic_ns()
    slices = max(1, round(block_s / SLICE_S))
    looks = [(maker_s(), more_s(), pictures())]
    for _ in range(slices):
        await asyncio.sleep(block_s / slices)
        looks.append((maker_s(), more_s(), pictures()))
    steps = [(b[0] - a[0], b[1] - a[1], b[2] - a[2]) for a, b in pairwise(looks)]
    made = [s for s in steps if s[2]]
    return _Spent(
        since_ns, tuple(cpu / n * 1e3 for cpu, _, n in made), tuple(more / n * 1e3 for _, more, n in made)
    )


def x264_settings(parts: Iterable[bytes]) -> str:
    """What x264 says of itself in the stream (SEI): its settings, without its version. Empty: nothing."""
    found = _X264.search(b"".join(parts))
    return found[1].decode("ascii", "replace") if found else ""
