"""A viewer that decodes: takes a ticket, opens the video socket, acknowledges, keeps what it saw and when."""

import asyncio
import base64
import json
import time
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed

from crisislink.check.report import Failed
from crisislink.check.visitor import Visitor
from crisislink.demo import strip
from crisislink.media.frames import Flag, Message, MessageType, unpack

ACK_S = 0.1
_KEPT = 8


@dataclass(frozen=True, slots=True)
class Picture:
    """One decoded frame: planes as uint8 arrays (height × width, chroma half of each), and its times."""

    message: Message
    received_ns: int  # CLOCK_MONOTONIC when the whole message was read
    luma: NDArray[np.uint8]
    u: NDArray[np.uint8]
    v: NDArray[np.uint8]


@dataclass(slots=True)
class Stream:
    """What one viewer got. `codecs` are those of every CONFIG. `arrivals`: for each frame whose strip could
    be read, its index in the camera's clip and when it was received (CLOCK_MONOTONIC, ns). `pictures`: the
    newest few."""

    camera: str
    arrivals: list[tuple[int, int]] = field(default_factory=list)
    pictures: deque[Picture] = field(default_factory=lambda: deque(maxlen=_KEPT))
    codecs: set[str] = field(default_factory=set)
    end: dict[str, Any] | None = None
    close_code: int | None = None
    last_byte_ns: int = 0
    last_frame_wall_us: int = 0
    frames: int = 0
    received: tuple[int, int] | None = None  # epoch and seq of the newest frame
    first: asyncio.Event = field(default_factory=asyncio.Event)
    closed: asyncio.Event = field(default_factory=asyncio.Event)


async def ticket(person: Visitor, grant: str, camera: str) -> str:
    """A stream ticket."""
    return (await _opened(person, grant, camera))[0]


async def _opened(person: Visitor, grant: str, camera: str) -> tuple[str, str]:
    """A stream ticket, and the address of the media node it is for."""
    opened = await person.post(f"/api/grants/{grant}/tickets", {"camera": camera})
    return str(opened["ticket"]), str(opened["url"])


async def watch(person: Visitor, grant: str, camera: str, seen: Stream, *, rendition: str = "focus") -> None:
    """Watch until the server ends it; everything goes into `seen`."""
    sealed, url = await _opened(person, grant, camera)
    hello = {"ticket": sealed, "rendition": rendition, "clock": 0}
    async with person.socket("/stream", at=url) as socket:
        await socket.send(json.dumps(hello))
        acking = asyncio.create_task(_acknowledge(socket, seen))
        try:
            await _read(socket, seen)
        finally:
            acking.cancel()
            await asyncio.gather(acking, return_exceptions=True)
            seen.close_code = socket.close_code
            seen.closed.set()


async def _acknowledge(socket: ClientConnection, seen: Stream) -> None:
    with suppress(ConnectionClosed):
        while True:
            await asyncio.sleep(ACK_S)
            if seen.received is not None:
                epoch, seq = seen.received
                await socket.send(json.dumps({"type": "ack", "epoch": epoch, "received": seq}))


async def _read(socket: ClientConnection, seen: Stream) -> None:
    decoder: av.VideoCodecContext | None = None
    while True:
        try:
            raw = await socket.recv()
        except ConnectionClosed:
            return
        now_ns = time.monotonic_ns()
        if isinstance(raw, str):
            raise Failed(f"text on the video socket: {raw[:100]}")
        seen.last_byte_ns = now_ns
        message = unpack(raw)
        if message.type is MessageType.CONFIG:
            decoder = _decoder(message, seen)
        elif message.type is MessageType.FRAME:
            seen.received = (message.epoch, message.seq)
            seen.last_frame_wall_us = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1000
            _decode(decoder, message, now_ns, seen)
        elif message.type is MessageType.END:
            seen.end = json.loads(message.payload)


def _decoder(message: Message, seen: Stream) -> av.VideoCodecContext:
    config = json.loads(message.payload)
    seen.codecs.add(config["codec"])
    decoder = av.CodecContext.create("h264", "r")
    assert isinstance(decoder, av.VideoCodecContext)
    decoder.extradata = base64.b64decode(config["avcc"])
    decoder.options = {"flags": "low_delay"}
    decoder.thread_count = 1
    return decoder


def _decode(decoder: av.VideoCodecContext | None, message: Message, now_ns: int, seen: Stream) -> None:
    if decoder is None:
        raise Failed("a frame before its configuration")
    if not seen.pictures and not message.flags & Flag.KEY:
        raise Failed("the first frame is no key frame")
    for frame in decoder.decode(av.Packet(message.payload)):
        picture = Picture(
            message,
            now_ns,
            _plane(frame, 0, frame.height, frame.width),
            _plane(frame, 1, frame.height // 2, frame.width // 2),
            _plane(frame, 2, frame.height // 2, frame.width // 2),
        )
        seen.frames += 1
        seen.pictures.append(picture)
        height, width = picture.luma.shape
        if (index := strip.read(picture.luma, width=width, height=height)) is not None:
            seen.arrivals.append((index, now_ns))
        seen.first.set()


def _plane(frame: av.VideoFrame, index: int, height: int, width: int) -> NDArray[np.uint8]:
    plane = frame.planes[index]
    rows: NDArray[np.uint8] = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[:height, :width].copy()
