"""Real pictures without the work of making them: one street, encoded once, played to every tile of the wall.

For what comes after the workers: sixteen encoders do not run on two cores beside a browser.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import av

import crisislink.demo
from crisislink.bench.film import FilmWorker
from crisislink.flow.ports import Brief
from crisislink.media.encoder import BOUNDS, TIME_BASE, Encoder
from crisislink.media.frames import Flag, Message, MessageType, Rendition
from crisislink.media.workers import CameraWorker, Health, OutputOrder

CLIP = Path(crisislink.demo.__file__).parent / "clips" / "carrefour.mov"
SECONDS = 4
SIZE = BOUNDS[Rendition.WALL]


@dataclass(frozen=True, slots=True)
class Reel:
    """`units`: access units and whether each is a key frame; the first is."""

    encoder: Encoder
    units: tuple[tuple[bytes, bool], ...]


@cache
def reel() -> Reel:
    """Some seconds of a street, at the size and rate of the wall."""
    encoder = Encoder(Rendition.WALL, SIZE.width, SIZE.height)
    made: list[tuple[bytes, bool]] = []
    with av.open(str(CLIP)) as clip:
        for n, frame in enumerate(clip.decode(video=0)):
            if n % 2 == 0 and len(made) < SECONDS * SIZE.fps:
                small = frame.reformat(width=SIZE.width, height=SIZE.height, format="yuv420p")
                unit = encoder.encode(small, round(len(made) / SIZE.fps / TIME_BASE))
                assert unit is not None
                made.append(unit)
    return Reel(encoder, tuple(made))


@dataclass(slots=True)
class _Played:
    order: OutputOrder
    seq: int = 0
    at: int = 0


class ReelWorker(FilmWorker):
    """See `workers.CameraWorker`. Whatever size is ordered, the wall's is played."""

    def __init__(self) -> None:
        super().__init__()
        self._played: dict[int, _Played] = {}

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        start_s, turn = loop.time(), 0
        while True:
            self._said(Health("live"))
            for number, played in tuple(self._played.items()):
                self._produced(number, _frame(played))
            turn += 1
            await asyncio.sleep(max(0.0, start_s + turn / SIZE.fps - loop.time()))

    def add_output(self, order: OutputOrder) -> None:
        """See `workers.CameraWorker`."""
        self._played[order.id] = _Played(order)
        said = reel().encoder.config(camera=order.brief.camera, grant=order.brief.grant)
        config = Message(
            type=MessageType.CONFIG, payload=said, epoch=order.epoch, config=1, rendition=order.rendition
        )
        self._produced(order.id, config.pack())

    def drop_output(self, id: int) -> None:
        """See `workers.CameraWorker`."""
        self._played.pop(id, None)

    def force_key(self, id: int) -> None:
        """See `workers.CameraWorker`."""
        if (played := self._played.get(id)) is not None:
            played.at = 0


def hire_reel(brief: Brief, warm_until_s: float) -> CameraWorker:
    """`workers.Hire`."""
    del brief, warm_until_s
    return ReelWorker()


def _frame(played: _Played) -> bytes:
    units = reel().units
    unit, key = units[played.at % len(units)]
    now_us = time.clock_gettime_ns(time.CLOCK_REALTIME) // 1_000
    message = Message(
        type=MessageType.FRAME,
        payload=unit,
        flags=(Flag.KEY if key else Flag.NONE) | Flag.CAPTURE_ESTIMATED,
        seq=played.seq,
        epoch=played.order.epoch,
        config=1,
        rendition=played.order.rendition,
        capture_us=now_us,
        encoded_us=now_us,
    )
    played.seq, played.at = played.seq + 1, played.at + 1
    return message.pack()
