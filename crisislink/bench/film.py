"""A worker without a camera: messages of one size, 25 a second, from inside the node's process.

For measuring what comes after the workers. `encoded_us` of its frames is CLOCK_MONOTONIC at the push, so that
a client on the same machine knows how long each was under way; the payload is no picture.
"""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from crisislink.flow.ports import Brief
from crisislink.media.frames import Flag, Message, MessageType
from crisislink.media.workers import CameraWorker, Health, OutputOrder, Report

FPS = 25
GROUP = 50
PAYLOAD_BYTES = 10_240
_STATUS_EVERY = 10


@dataclass(slots=True)
class _Reel:
    order: OutputOrder
    seq: int = 0
    key: bool = True


class FilmWorker:
    """See `workers.CameraWorker`."""

    def __init__(self) -> None:
        self._reels: dict[int, _Reel] = {}
        self._task: asyncio.Task[None] | None = None
        self._produced: Callable[[int, bytes], None]
        self._said: Callable[[Report], None]
        self._exited: Callable[[int], None]

    async def start(
        self,
        *,
        on_produced: Callable[[int, bytes], None],
        on_status: Callable[[Report], None],
        on_exit: Callable[[int], None],
    ) -> None:
        """See `workers.CameraWorker`."""
        self._produced, self._said, self._exited = on_produced, on_status, on_exit
        self._task = asyncio.create_task(self._play())
        self._task.add_done_callback(lambda _: on_exit(0))

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        start_s = loop.time()
        tick = 0
        while True:
            if tick % _STATUS_EVERY == 0:
                self._said(Health("live"))
            for number, reel in tuple(self._reels.items()):
                self._produced(number, _frame(reel))
            tick += 1
            await asyncio.sleep(max(0.0, start_s + tick / FPS - loop.time()))

    def add_output(self, order: OutputOrder) -> None:
        """See `workers.CameraWorker`."""
        self._reels[order.id] = _Reel(order)
        self._produced(order.id, _config(order))

    def drop_output(self, id: int) -> None:
        """See `workers.CameraWorker`."""
        self._reels.pop(id, None)

    def force_key(self, id: int) -> None:
        """See `workers.CameraWorker`."""
        if (reel := self._reels.get(id)) is not None:
            reel.key = True

    def renew(self, id: int, deadline_boot_s: float) -> None:
        """The ring has the deadline too; this worker dies with the node."""

    async def stop(self, grace_s: float) -> None:
        """See `workers.CameraWorker`."""
        del grace_s
        self.kill()
        if self._task is not None:
            with suppress(asyncio.CancelledError):
                await self._task

    def kill(self) -> None:
        """See `workers.CameraWorker`."""
        if self._task is not None:
            self._task.cancel()


def film(brief: Brief, warm_until_s: float) -> CameraWorker:
    """`workers.Hire`."""
    del brief, warm_until_s
    return FilmWorker()


def _config(order: OutputOrder) -> bytes:
    said = {"codec": "avc1.4d401f", "width": 1280, "height": 720, "fps": FPS, "avcc": ""}
    said |= {"camera": order.brief.camera, "grant": order.brief.grant}
    said["rendition"] = order.rendition.name.lower()
    return Message(
        type=MessageType.CONFIG,
        payload=json.dumps(said).encode(),
        epoch=order.epoch,
        config=1,
        rendition=order.rendition,
    ).pack()


def _frame(reel: _Reel) -> bytes:
    key = reel.key or reel.seq % GROUP == 0
    message = Message(
        type=MessageType.FRAME,
        payload=bytes(PAYLOAD_BYTES),
        flags=(Flag.KEY if key else Flag.NONE) | Flag.CAPTURE_ESTIMATED,
        seq=reel.seq,
        epoch=reel.order.epoch,
        config=1,
        rendition=reel.order.rendition,
        capture_us=time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000,
        encoded_us=time.monotonic_ns() // 1_000,
    )
    reel.seq, reel.key = reel.seq + 1, False
    return message.pack()
