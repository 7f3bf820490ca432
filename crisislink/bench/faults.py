"""What breaks: a camera that stalls, a worker that is killed. How soon is it seen, how soon well again?"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from itertools import pairwise

from crisislink.bench.latency import SETTLE_S, alone, resting
from crisislink.bench.stand import Stand
from crisislink.bench.watching import Watching, frames_since, watching
from crisislink.demo.behaviour import Behaviour
from crisislink.media.frames import HEADER, MessageType, unpack
from crisislink.media.workers import STEADY_S

VICTIMS = (19, 10, 27, 1)  # H.264, 720p, one stream each
BYSTANDER = 20
LASTING_S = 3.0
_STAGGER_S = 0.17


async def freeze(stand: Stand, camera: int, rounds: int) -> list[float]:
    """Milliseconds from the last byte the camera sent to STATE `stalled` read by the viewer."""
    found = []
    async with alone(stand, [camera]) as grant, watching(await stand.way(grant, camera, "focus")) as one:
        await one.first_picture()
        for turn in range(rounds):
            await asyncio.sleep(SETTLE_S + turn * _STAGGER_S % 1)
            since_ns = time.monotonic_ns()
            await stand.behave(camera, Behaviour.STALL)
            await one.until(lambda at=since_ns: stalled_ns(one, at) is not None)  # type: ignore[misc]
            seen_ns = stalled_ns(one, since_ns)
            assert seen_ns is not None
            last_ns = max(at_ns for _, at_ns in await stand.sent(camera))
            found.append((seen_ns - last_ns) / 1e6)
            frames = one.said.frames
            await stand.behave(camera, Behaviour.NORMAL)
            await one.until(lambda n=frames: one.said.frames > n)  # type: ignore[misc]
    return found


def stalled_ns(one: Watching, since_ns: int) -> int | None:
    """When the first STATE that says so was read, of those that came after an instant."""
    for arrival in one.said.kept:
        says = arrival.at_ns >= since_ns and arrival.data[1] == MessageType.STATE
        if says and json.loads(unpack(arrival.data).payload)["state"] == "stalled":
            return arrival.at_ns
    return None


async def killed(stand: Stand, rounds: int) -> tuple[list[float], list[float], list[float]]:
    """SIGKILL of a worker: ms until its viewer has a picture again; somebody else's longest wait for one,
    after each killing and, to compare, when nothing is killed.

    Each round kills another camera's worker, so that each has lived longer than the back-off remembers.
    """
    again, waits = [], []
    async with AsyncExitStack() as stack:
        stack.push_async_callback(resting, stand)
        pids, viewers = await _victims(stand, stack)
        since_ns = time.monotonic_ns()
        await asyncio.sleep(STEADY_S)  # a worker younger than that is started again later
        before = [longest_gap_ms(viewers[BYSTANDER], since_ns)]
        for turn in range(rounds):
            victim = VICTIMS[turn % len(VICTIMS)]
            one, alive = viewers[victim], set(stand.workers())
            epoch, start_ns = _epoch(one), time.monotonic_ns()
            os.kill(pids[victim], signal.SIGKILL)
            await one.until(lambda v=one, e=epoch: _epoch(v) > e, within_s=15)  # type: ignore[misc]
            again.append((_first_of_epoch(one, epoch) - start_ns) / 1e6)
            await asyncio.sleep(max(0.0, LASTING_S - (time.monotonic_ns() - start_ns) / 1e9))
            [pids[victim]] = set(stand.workers()) - alive
            waits.append(longest_gap_ms(viewers[BYSTANDER], start_ns))
    return again, waits, before


async def _victims(stand: Stand, stack: AsyncExitStack) -> tuple[dict[int, int], dict[int, Watching]]:
    """One viewer for each camera, and its worker's pid: who is new after the grant is the camera's."""
    pids, viewers = {}, {}
    for camera in (*VICTIMS, BYSTANDER):
        before = set(stand.workers())
        grant = await stand.grant([camera])
        stack.push_async_callback(stand.revoke, grant)
        one = await stack.enter_async_context(watching(await stand.way(grant, camera, "wall")))
        await one.first_picture()
        [pids[camera]] = set(stand.workers()) - before
        viewers[camera] = one
    return pids, viewers


def _epoch(one: Watching) -> int:
    return 0 if one.said.newest is None else one.said.newest[0]


def _first_of_epoch(one: Watching, above: int) -> int:
    """When the first picture of a newer encoder was read."""
    return next(
        a.at_ns
        for a in one.said.kept
        if a.data[1] == MessageType.FRAME and HEADER.unpack_from(a.data)[4] > above
    )


def longest_gap_ms(one: Watching, since_ns: int) -> float:
    """The longest time without a picture, from the last one before an instant to now."""
    times: Sequence[int] = [a.at_ns for a in frames_since(one.said.kept, since_ns - 1_000_000_000)]
    return max((b - a) / 1e6 for a, b in pairwise([*times, time.monotonic_ns()]) if b >= since_ns)
