"""The cut: from sending the revocation to the last byte that any of its viewers reads, while sixteen run."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from crisislink.bench.latency import resting
from crisislink.bench.stand import Granted, Stand
from crisislink.bench.watching import Watching, watching

CAMERAS = (14, 17, 22, 24)  # H.264, each with a smaller stream, from which the wall's pictures are made
GRANTS = 4
_GONE_S = 5.0
MOVING_S = 1.0


@dataclass(frozen=True, slots=True)
class _Watched:
    grant: Granted
    viewers: tuple[Watching, ...]


async def cut(stand: Stand, rounds: int, *, grants: int) -> tuple[list[list[float]], int]:
    """Milliseconds of each viewer, a list for each round, and how many streams ran.

    A round revokes one grant of all its cameras; the last one is the kill switch, for everybody.
    """
    found = []
    async with AsyncExitStack() as stack:
        running = [await _watched(stand, stack) for _ in range(grants)]
        streams = sum(len(one.viewers) for one in running)
        for turn in range(rounds):
            await _moving(running)
            one = running.pop(0)
            start_ns = time.monotonic_ns()
            await stand.revoke(one.grant)
            found.append(await _ended(one.viewers, start_ns))
            if turn < rounds - 1:
                running.append(await _watched(stand, stack))
        await _moving(running)
        start_ns = time.monotonic_ns()
        await stand.stop_sharing()
        found.append(await _ended([v for one in running for v in one.viewers], start_ns))
    await resting(stand)
    return found, streams


async def _watched(stand: Stand, stack: AsyncExitStack) -> _Watched:
    grant = await stand.grant(CAMERAS)
    viewers = [
        await stack.enter_async_context(watching(await stand.way(grant, camera, "wall"), keep_all=False))
        for camera in CAMERAS
    ]
    return _Watched(grant, tuple(viewers))


async def _moving(running: Sequence[_Watched]) -> None:
    """Every one of them gets pictures now."""
    for viewer in (v for one in running for v in one.viewers):
        before = viewer.said.frames
        await viewer.until(lambda one=viewer, seen=before: one.said.frames > seen + 2)  # type: ignore[misc]
    await asyncio.sleep(MOVING_S)


async def _ended(viewers: Sequence[Watching], start_ns: int) -> list[float]:
    """When each read its last byte. Zero: before the revocation was even sent."""
    async with asyncio.timeout(_GONE_S):
        for viewer in viewers:
            await viewer.gone.wait()
    return [max(0.0, (viewer.said.last_byte_ns - start_ns) / 1e6) for viewer in viewers]
