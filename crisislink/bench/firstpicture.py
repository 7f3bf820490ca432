"""How long until something is seen: joining what runs, first viewer of a warmed camera, and from nothing.

    warm       before connecting the WebSocket → first picture decoded; somebody else watches the same picture
    prewarmed  the same; the camera was opened by the approval two seconds ago and nobody watches yet
    cold       before sending the approval → first picture decoded; nothing of the camera ran

The picture is decoded after the run; that time is measured and added.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

import av

from crisislink.bench.arrivals import Arrival
from crisislink.bench.chains import Chain
from crisislink.bench.delays import decoder_of
from crisislink.bench.latency import alone, resting
from crisislink.bench.stand import Stand
from crisislink.bench.watching import watching
from crisislink.demo.clips import load_clip
from crisislink.media.frames import MessageType, unpack

WARMED_S = 2.0
_STAGGER_S = 0.13  # no multiple of a frame or of a group of pictures: every phase is met


async def warm(stand: Stand, camera: int, n: int) -> list[float]:
    """Milliseconds, joining beside another viewer."""
    found = []
    async with alone(stand, [camera]) as grant, watching(await stand.way(grant, camera, "focus")) as other:
        await other.first_picture()
        await asyncio.sleep(WARMED_S)
        for turn in range(n):
            await asyncio.sleep(0.2 + turn * _STAGGER_S % 1)
            async with watching(await stand.way(grant, camera, "focus")) as one:
                await one.first_picture()
                found.append(seen_ms(one.said.kept, one.said.asked_ns))
    return found


async def prewarmed(stand: Stand, camera: int, n: int) -> list[float]:
    """Milliseconds, first viewer after the approval opened the camera."""
    found = []
    for turn in range(n):
        async with alone(stand, [camera]) as grant:
            await asyncio.sleep(WARMED_S + turn * _STAGGER_S % 1)
            async with watching(await stand.way(grant, camera, "focus")) as one:
                await one.first_picture()
                found.append(seen_ms(one.said.kept, one.said.asked_ns))
    return found


async def cold(stand: Stand, camera: int, n: int) -> list[float]:
    """Milliseconds from the approval."""
    found = []
    for turn in range(n):
        await asyncio.sleep(turn * _STAGGER_S % 1)
        request = await stand.ask([camera])
        asked_ns = time.monotonic_ns()
        grant = await stand.approve(request)
        async with watching(await stand.way(grant, camera, "focus")) as one:
            await one.first_picture()
            found.append(seen_ms(one.said.kept, asked_ns))
        await stand.revoke(grant)
        await resting(stand)
    return found


async def peer_cold(start: Callable[[], AbstractAsyncContextManager[Chain]], n: int) -> list[float]:
    """Milliseconds from starting the peer's process to the last byte of its first picture."""
    found = []
    for turn in range(n):
        await asyncio.sleep(turn * _STAGGER_S % 1)
        async with start() as chain:
            found.append((chain.kept[0].at_ns - chain.asked_ns) / 1e6)
    return found


def seen_ms(kept: list[Arrival], asked_ns: int) -> float:
    """Until the first picture's last byte, and what its decoding takes.

    Raises:
        ValueError: there is no picture, or it does not decode.
    """
    decoder: av.VideoCodecContext | None = None
    for arrival in kept:
        message = unpack(arrival.data)
        if message.type is MessageType.CONFIG:
            decoder = decoder_of(message)
        elif message.type is MessageType.FRAME and decoder is not None:
            start_s = time.perf_counter()
            if not decoder.decode(av.Packet(message.payload)):
                raise ValueError("the first picture does not decode")
            return (arrival.at_ns - asked_ns) / 1e6 + (time.perf_counter() - start_s) * 1e3
    raise ValueError("no picture came")


async def handshake_ms(address: str, n: int = 5) -> float:
    """What opening the camera takes anybody (FFmpeg's client, no probing): the longest of n."""

    def opened_ms() -> float:
        start_s = time.perf_counter()
        options = {"rtsp_transport": "tcp", "probesize": "32", "analyzeduration": "0"}
        with av.open(address, options=options):
            return (time.perf_counter() - start_s) * 1e3

    return max([await asyncio.to_thread(opened_ms) for _ in range(n)])


def group_ms(clip: str) -> float:
    """The longest wait for a key frame in this scene."""
    footage = load_clip(clip)
    keys = [n for n, frame in enumerate(footage.frames) if frame.key]
    ends = [*keys[1:], keys[0] + len(footage.frames)]
    return max(end - key for key, end in zip(keys, ends, strict=True)) / footage.fps * 1e3
